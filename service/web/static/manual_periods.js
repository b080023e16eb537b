import { call, signInAgain } from "./api.js";
import { prepareEntering } from "./new_period.js";
import { byId, complain, explain, listOf, momentOf, number, show, stamp, text } from "./page.js";
import { Pager } from "./pager.js";
import { clock, dateOf, daysOf } from "./request_words.js";
import { fetchUnits, offerUnits } from "./unit_choice.js";

const pager = new Pager(load);
let opened = null;

async function prepare() {
  const address = new URL(location.href);
  try {
    const units = await fetchUnits();
    for (const id of ["unit", "enter-unit"]) offerUnits(byId(id), units);
    show(byId("unit-field"), units.length > 1);
  } catch (error) {
    if (error.status === 401) return signInAgain();
  }
  for (const id of ["unit", "month"]) byId(id).value = address.searchParams.get(id) || "";
  await load();
}

async function load() {
  const chosen = new URLSearchParams();
  for (const id of ["unit", "month"]) if (byId(id).value) chosen.set(id, byId(id).value);
  if (pager.page > 1) chosen.set("page", pager.page);
  history.replaceState(null, "", chosen.toString() ? `?${chosen}` : location.pathname);
  show(byId("problem"), false);
  try {
    const answer = await call("GET", `/api/periods?${chosen}`);
    pager.render(answer);
    byId("list").tBodies[0].replaceChildren(...answer.periods.map(row));
    show(byId("list"), answer.periods.length > 0);
    show(byId("empty"), answer.periods.length === 0);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

const unitOf = (period) => period.unit_name || text("no_unit");
const peopleIn = (count) => text("people_covered", { count: number(count, 0) });

function momentIn(day, time) {
  return time ? text("from_moment", { day: dateOf(day), time: clock(time) }) : dateOf(day);
}

function whenOf({ first, last, begins, ends }) {
  if (!begins && !ends) return daysOf(first, last);
  if (first === last && begins && ends) return `${dateOf(first)} ${clock(begins)}–${clock(ends)}`;
  return text("days_from_to", { first: momentIn(first, begins), last: momentIn(last, ends) });
}

function badge(element, period) {
  element.textContent = text(period.revoked_at ? "revoked" : "in_force");
  element.dataset.tone = period.revoked_at ? "bad" : "good";
}

function row(period) {
  const { content, fields } = stamp(byId("row"));
  fields.unit.textContent = unitOf(period);
  fields.people.textContent = peopleIn(period.people);
  fields.when.textContent = whenOf(period);
  fields.reason.textContent = period.reason;
  badge(fields.state, period);
  fields.open.setAttribute("aria-label", text("open_period", { unit: unitOf(period), when: whenOf(period) }));
  fields.open.addEventListener("click", () => open(period.id));
  return content;
}

async function open(id) {
  try {
    const { period, people } = await call("GET", `/api/periods/${id}`);
    opened = id;
    render(period, people);
    byId("period").showModal();
    byId("period-unit").focus();
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

function render(period, people) {
  byId("period-unit").textContent = unitOf(period);
  byId("period-when").textContent = whenOf(period);
  byId("period-reason").textContent = period.reason;
  badge(byId("period-state"), period);
  byId("period-entered").textContent = text("entered_by", { by: period.entered_by, time: momentOf(period.entered_at) });
  byId("period-revoked").textContent = period.revoked_at
    ? text("revoked_by", { by: period.revoked_by, time: momentOf(period.revoked_at), note: period.revoke_reason })
    : "";
  byId("period-count").textContent = peopleIn(people.length);
  byId("period-people").replaceChildren(...listOf(people.map(({ name, nip }) => `${name} · ${nip}`)));
  byId("revoke-note").value = "";
  show(byId("revoke-problem"), false);
  show(byId("revoke-form"), !period.revoked_at);
}

async function done(message) {
  pager.restart();
  await load();
  byId("done").textContent = message;
  show(byId("done"));
  byId("done").focus();
}

byId("revoke-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  byId("revoke").disabled = true;
  try {
    await call("POST", `/api/periods/${opened}/revocation`, { json: { note: byId("revoke-note").value } });
    byId("period").close();
    await done(text("period_revoked"));
  } catch (error) {
    complain(byId("revoke-problem"), explain(error));
  } finally {
    byId("revoke").disabled = false;
  }
});
byId("filter").addEventListener("change", () => {
  pager.restart();
  show(byId("done"), false);
  load();
});
byId("filter").addEventListener("submit", (event) => event.preventDefault());
prepareEntering(done);
prepare();
