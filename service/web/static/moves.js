// The units an employee was in, is in and will be in; moves from a day on; planned ones taken back.

import { call } from "./api.js";
import { byId, complain, explain, language, momentOf, show, stamp, text } from "./page.js";
import { offerUnits } from "./unit_choice.js";

const form = byId("move-form");
const day = new Intl.DateTimeFormat(language, { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" });
const inWords = (date) => day.format(new Date(date));

let path = null;
let taken = null;

/** `units`: within reach. */
export async function offerMoves(ofEmployee, employee, units) {
  path = `${ofEmployee}/moves`;
  offerUnits(byId("unit"), units);
  byId("unit").value = employee.unit || "";
  showUnit(employee);
  show(byId("moving"), units.length > 0);
  form.addEventListener("submit", move);
  byId("confirm-take-back").addEventListener("click", takeBack);
  render((await call("GET", path)).moves);
}

function showUnit({ unit_name: name }) {
  byId("unit-now").textContent = name ? text("unit_now", { unit: name }) : text("no_unit_now");
}

function render(moves) {
  const now = moves.find((one) => one.present);
  if (now) showUnit(now);
  byId("moves").replaceChildren(...moves.map(entry));
  show(byId("moves"), moves.length > 0);
}

function entry(one) {
  const { content, fields } = stamp(byId("stay"));
  const name = one.unit_name || text("no_unit");
  fields.unit.textContent = name;
  fields.days.textContent = daysOf(one);
  fields.state.textContent = text(one.planned ? "stay_planned" : "stay_present");
  fields.state.dataset.tone = one.planned ? "wait" : "good";
  show(fields.state, one.planned || one.present);
  fields.reason.textContent = why(one);
  show(fields.take, one.planned);
  fields.take.setAttribute("aria-label", text("take_back_of", { unit: name, day: one.first_day && inWords(one.first_day) }));
  fields.take.addEventListener("click", () => {
    taken = one.id;
    byId("taking-what").textContent = `${name}, ${daysOf(one)}`;
    show(byId("taking-problem"), false);
    byId("taking").showModal();
  });
  return content;
}

function daysOf({ first_day: first, last_day: last }) {
  const said = { first: first && inWords(first), last: last && inWords(last) };
  if (!first) return text("stay_until", said);
  return text(last ? "stay_between" : "stay_since", said);
}

function why({ first_day: first, reason, by, entered_at: at }) {
  if (!first) return "";
  const entered = by ? text("move_entered_by", { by, time: momentOf(at) }) : momentOf(at);
  return reason ? `${reason} – ${entered}` : entered;
}

async function move(event) {
  event.preventDefault();
  const { unit, first_day: first, reason } = form.elements;
  show(byId("move-problem"), false);
  byId("move-done").textContent = "";
  if (!first.value || !reason.value.trim()) return complain(byId("move-problem"), text("fill_in_move"));
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const json = { unit: unit.value || null, first_day: first.value, reason: reason.value };
    render((await call("POST", path, { json })).moves);
    reason.value = "";
    byId("move-done").textContent = text("move_saved");
  } catch (error) {
    complain(byId("move-problem"), explain(error));
  } finally {
    button.disabled = false;
  }
}

async function takeBack() {
  const button = byId("confirm-take-back");
  button.disabled = true;
  try {
    await call("DELETE", `${path}/${taken}`);
    byId("taking").close();
    render((await call("GET", path)).moves);
    byId("move-done").textContent = text("move_taken_back");
  } catch (error) {
    complain(byId("taking-problem"), explain(error));
  } finally {
    button.disabled = false;
  }
}
