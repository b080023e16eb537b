// The form for an absence, with its letter. What was typed stays until the service has taken it.

import { upload } from "./api.js";
import { byId, complain, number, show, text } from "./page.js";
import { shrink } from "./photo.js";
import { explainRequest } from "./request_words.js";

// A typed page stays legible.
const LETTER = { size: { long: 1600, short: 1200 }, quality: 0.75 };

const form = byId("absence-form");
const mostBytes = Number(form.querySelector(".letter").dataset.most);

let letter = null;

async function choose(input) {
  const [file] = input.files;
  input.value = ""; // so that the same file can be chosen again
  if (!file) return;
  const small = file.type.startsWith("image/") ? await shrink(file, LETTER) : file;
  if (small.size > mostBytes) return complain(byId("absence-problem"), text("letter_too_large"));
  show(byId("absence-problem"), false);
  letter = small;
  byId("letter-name").textContent = text("letter_chosen", {
    name: file.name,
    kilobytes: number(Math.ceil(small.size / 1000), 0),
  });
  show(byId("letter-chosen"));
}

function removeLetter() {
  letter = null;
  byId("letter-name").textContent = "";
  show(byId("letter-chosen"), false);
}

function followFirst() {
  const { first, last } = form.elements;
  last.min = first.value;
  if (!last.value || last.value < first.value) last.value = first.value;
}

async function send(done, { path, sent }) {
  const body = new FormData();
  for (const name of ["kind", "first", "last", "note"]) body.set(name, form.elements[name].value);
  if (letter) body.set("letter", letter, "letter");
  busy(true);
  try {
    await upload(path, body, {
      signal: new AbortController().signal,
      onProgress: (share) => (byId("absence-progress").value = share),
    });
    byId("absence").close();
    form.reset();
    removeLetter();
    await done(text(sent));
  } catch (error) {
    complain(byId("absence-problem"), explainRequest(error));
  } finally {
    busy(false);
  }
}

function busy(now) {
  byId("absence-progress").value = 0;
  byId("absence-send").disabled = now;
  show(byId("absence-sending"), now && letter !== null);
}

/** With a day to begin with, where one was chosen. */
export function openAbsence(day) {
  show(byId("absence-problem"), false);
  if (day) form.elements.first.value = form.elements.last.value = day;
  followFirst();
  byId("absence").showModal();
}

/** `done` is told in words what has come of it. `path`: where it is sent; `sent`: the key of what is said then. */
export function prepareAbsence(done, { path = "/api/absences", sent = "request_sent" } = {}) {
  byId("ask-absence").addEventListener("click", () => openAbsence());
  for (const id of ["letter-camera", "letter-file"]) {
    byId(id).addEventListener("change", (event) => choose(event.currentTarget));
  }
  byId("letter-remove").addEventListener("click", () => {
    removeLetter();
    byId("letter-file").focus();
  });
  form.elements.first.addEventListener("change", followFirst);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(byId("absence-problem"), false);
    const filled = ["kind", "first", "last", "note"].every((name) => form.elements[name].value.trim());
    if (filled) send(done, { path, sent });
    else complain(byId("absence-problem"), text("fill_in_absence"));
  });
}
