// The form for a manual period, with the people of a unit to choose from.

import { call } from "./api.js";
import { byId, complain, explain, number, show, stamp, text } from "./page.js";

const form = byId("enter-form");
const chosen = new Set();

let people = [];
let unitOfPeople = null;

/** Those who work there now, page by page. */
async function fetchPeople(unit) {
  const found = [];
  let page = 1;
  let pages = 1;
  while (page <= pages) {
    const answer = await call("GET", `/api/employees?unit=${encodeURIComponent(unit)}&page=${page}`);
    found.push(...answer.employees.filter((person) => person.active));
    pages = answer.pages;
    page += 1;
  }
  return found;
}

async function offerPeople() {
  const some = form.elements.whom.value === "some";
  const unit = form.elements.unit.value;
  show(byId("choose-people"), some && unit !== "");
  if (!some || !unit || unit === unitOfPeople) return;
  unitOfPeople = unit;
  people = [];
  chosen.clear();
  renderPeople();
  try {
    const found = await fetchPeople(unit);
    if (unit !== unitOfPeople) return; // another was chosen meanwhile
    people = found;
    renderPeople();
  } catch (error) {
    unitOfPeople = null;
    complain(byId("enter-problem"), explain(error));
  }
}

function renderPeople() {
  const wanted = byId("people-search").value.trim().toLowerCase();
  const fitting = people.filter(({ nip, name }) => `${name} ${nip}`.toLowerCase().includes(wanted));
  byId("people").replaceChildren(...fitting.map(entry));
  renderCount();
}

function renderCount() {
  byId("people-count").textContent = text("chosen_of", {
    chosen: number(chosen.size, 0),
    total: number(people.length, 0),
  });
}

function entry({ nip, name }) {
  const { content, fields } = stamp(byId("person"));
  fields.tick.id = `person-${nip}`;
  fields.tick.checked = chosen.has(nip);
  fields.label.htmlFor = fields.tick.id;
  fields.name.textContent = name;
  fields.nip.textContent = nip;
  fields.tick.addEventListener("change", (event) => {
    event.stopPropagation();
    if (fields.tick.checked) chosen.add(nip);
    else chosen.delete(nip);
    renderCount();
  });
  return content;
}

async function save(done) {
  const { unit, first, last, begins, ends, reason, whom } = form.elements;
  byId("enter-save").disabled = true;
  try {
    const { period } = await call("POST", "/api/periods", {
      json: {
        unit: unit.value,
        first: first.value,
        last: last.value,
        begins: begins.value || null,
        ends: ends.value || null,
        reason: reason.value,
        nips: whom.value === "some" ? [...chosen] : null,
      },
    });
    byId("entering").close();
    form.reset();
    chosen.clear();
    unitOfPeople = null;
    show(byId("choose-people"), false);
    await done(text("period_saved", { count: number(period.people, 0) }));
  } catch (error) {
    complain(byId("enter-problem"), explain(error));
  } finally {
    byId("enter-save").disabled = false;
  }
}

function followFirst() {
  const { first, last } = form.elements;
  last.min = first.value;
  if (!last.value || last.value < first.value) last.value = first.value;
}

/** `done` is told in words what has come of it. */
export function prepareEntering(done) {
  byId("enter").addEventListener("click", () => byId("entering").showModal());
  byId("people-search").addEventListener("input", renderPeople);
  form.elements.first.addEventListener("change", followFirst);
  form.addEventListener("change", offerPeople);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(byId("enter-problem"), false);
    const filled = ["unit", "first", "last", "reason"].every((name) => form.elements[name].value.trim());
    if (!filled) complain(byId("enter-problem"), text("fill_in_period"));
    else if (form.elements.whom.value === "some" && chosen.size === 0) {
      complain(byId("enter-problem"), text("choose_somebody"));
    } else save(done);
  });
}
