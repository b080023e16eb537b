// The form for a correction. What was typed stays until the service has taken it.

import { call } from "./api.js";
import { byId, complain, show, text } from "./page.js";
import { explainRequest } from "./request_words.js";

const form = byId("correction-form");

async function send(done, { path, sent }) {
  const { day, arrival, departure, departs_next_day: nextDay, note } = form.elements;
  byId("correction-send").disabled = true;
  try {
    await call("POST", path, {
      json: {
        day: day.value,
        arrival: arrival.value || null,
        departure: departure.value || null,
        departs_next_day: nextDay.checked,
        note: note.value,
      },
    });
    byId("correction").close();
    form.reset();
    await done(text(sent));
  } catch (error) {
    complain(byId("correction-problem"), explainRequest(error));
  } finally {
    byId("correction-send").disabled = false;
  }
}

/** Of a day, where one was chosen. */
export function openCorrection(day) {
  show(byId("correction-problem"), false);
  if (day) form.elements.day.value = day;
  byId("correction").showModal();
}

/** `done` is told in words what has come of it. `path`: where it is sent; `sent`: the key of what is said then. */
export function prepareCorrection(done, { path = "/api/corrections", sent = "request_sent" } = {}) {
  byId("ask-correction").addEventListener("click", () => openCorrection());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(byId("correction-problem"), false);
    const { day, arrival, departure, note } = form.elements;
    if (day.value && (arrival.value || departure.value) && note.value.trim()) send(done, { path, sent });
    else complain(byId("correction-problem"), text("fill_in_correction"));
  });
}
