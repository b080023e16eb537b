import { signInAgain } from "./api.js";
import { Live } from "./live.js";
import { announce, byId, complain, explain, hasText, language, number, show, stamp, text, timeZone } from "./page.js";
import { Pager } from "./pager.js";
import { fetchUnits, offerUnits } from "./unit_choice.js";

const STATUSES = ["missing", "late", "present", "left", "not_expected"];
const TONES = { missing: "bad", late: "wait", present: "good", left: "", not_expected: "" };
const IN_NO_UNIT = "-";
const INDENT = "\u2003"; // a wide space: a browser leaves out plain ones
// Whoever listens is told the totals no more often than this.
const SAY_EVERY_MS = 60000;

const pager = new Pager(() => live.restart());
const live = new Live({ address, onAnswer, onError });
const clocks = new Map();
const second = new Intl.DateTimeFormat(language, {
  timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short",
});
let shown = null;
let asOf = null;
let said = "";
let saidAt = 0;

function address() {
  const query = chosen();
  history.replaceState(null, "", query.toString() ? `?${query}` : location.pathname);
  return `/api/today/staff?${query}`;
}

function chosen() {
  const query = new URLSearchParams();
  for (const id of ["unit", "status"]) if (byId(id).value) query.set(id, byId(id).value);
  if (pager.page > 1) query.set("page", pager.page);
  return query;
}

function onAnswer(changed, moment) {
  asOf = moment;
  byId("as-of").textContent = text("as_of", { time: second.format(new Date(moment)) });
  for (const id of ["lost", "problem"]) show(byId(id), false);
  if (changed) {
    shown = changed;
    render();
  }
  sayTotals();
}

function onError(error) {
  if (error.status === 401) return signInAgain();
  if (error.status === 404) {
    show(byId("content"), false);
    return complain(byId("problem"), explain(error));
  }
  const words = asOf ? text("lost", { time: second.format(new Date(asOf)) }) : explain(error);
  if (byId("lost").hidden) announce(words);
  byId("lost").textContent = words;
  show(byId("lost"));
}

/** Politely: what changes all the time would keep a screen reader talking. */
function sayTotals() {
  const words = text("totals_now", counted(shown.total));
  if (words === said || performance.now() - saidAt < SAY_EVERY_MS) return;
  said = words;
  saidAt = performance.now();
  announce(words);
}

function counted(counts) {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, number(count, 0)]));
}

function render() {
  const { total, reasons, people } = shown;
  show(byId("content"));
  for (const field of document.querySelectorAll("[data-total]")) {
    field.textContent = number(total[field.dataset.total], 0);
  }
  const why = Object.entries(reasons).map(([reason, count]) =>
    text("reason_count", { reason: wordOf(reason), count: number(count, 0) }));
  byId("reasons").textContent = why.length ? text("not_expected_are", { list: why.join(", ") }) : "";
  show(byId("empty"), total.people === 0);
  renderUnits();
  show(byId("people-section"), people !== null);
  if (people) renderPeople(people);
}

function wordOf(reason) {
  const key = hasText(`because_${reason}`) ? `because_${reason}` : `kind_${reason}`;
  return hasText(key) ? text(key) : reason;
}

/** The unit that is chosen is in the totals already. */
function unitsToShow() {
  const { units, no_unit: noUnit } = shown;
  const rows = units.filter(({ code, all }) => code !== byId("unit").value && all.people > 0)
    .map(({ code, name, depth, all }) => ({ code, name, depth, ...all }));
  if (noUnit.people && byId("unit").value !== IN_NO_UNIT) {
    rows.push({ code: IN_NO_UNIT, name: text("no_unit"), depth: 0, ...noUnit });
  }
  if (byId("order").value === "tree") return rows;
  const share = ({ missing, people }) => missing / people;
  return rows.sort((one, other) => share(other) - share(one) || other.missing - one.missing || other.late - one.late);
}

function renderUnits() {
  const units = unitsToShow();
  show(byId("units-section"), units.length > 0);
  const inTree = byId("order").value === "tree";
  keepRows(byId("units"), units.map((unit) => [unit.code, () => unitRow(unit, inTree)]));
}

function unitRow(unit, inTree) {
  const { content, fields } = stamp(byId("unit-row"));
  fields.name.textContent = unit.name;
  fields.name.href = `/today?${new URLSearchParams({ unit: unit.code })}`;
  if (inTree) fields.name.before(INDENT.repeat(unit.depth));
  for (const name of [...STATUSES, "people"]) {
    fields[name].textContent = number(unit[name], 0);
    fields[name].parentElement.classList.toggle("none", unit[name] === 0);
  }
  return content.firstElementChild;
}

function renderPeople(people) {
  pager.render(people);
  byId("people-heading").textContent = text("people_of", { count: number(people.total, 0) });
  show(byId("people"), people.people.length > 0);
  show(byId("nobody"), people.people.length === 0);
  keepRows(byId("people"), people.people.map((one) => [one.nip, () => personRow(one)]));
}

function personRow(one) {
  const { content, fields } = stamp(byId("person-row"));
  fields.name.textContent = one.name;
  fields.nip.textContent = one.nip;
  fields.unit.textContent = one.unit_name || text("no_unit");
  fields.status.textContent = one.reason ? wordOf(one.reason) : text(`is_${one.status}`);
  fields.status.dataset.tone = TONES[one.status];
  if (!one.in_review) fields.review.remove();
  fields.when.textContent = whenOf(one);
  return content.firstElementChild;
}

function whenOf(one) {
  const at = (moment) => (moment ? clockOf(one.time_zone).format(new Date(moment)) : "…");
  if (one.status === "missing") return text("since", { time: at(one.starts_at) });
  if (one.status === "late") return text("came_late", { time: at(one.first_in), minutes: number(one.late_min, 0) });
  if (one.status === "present") return text("came", { time: at(one.first_in) });
  if (one.first_in || one.last_out) return text("from_to", { first: at(one.first_in), last: at(one.last_out) });
  if (one.reason === "later") return text("shift_at", { first: at(one.starts_at), last: at(one.ends_at) });
  return "";
}

/** By the clock of their place, which is named. */
function clockOf(zone) {
  if (!clocks.has(zone)) {
    clocks.set(zone, new Intl.DateTimeFormat(language, {
      timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short",
    }));
  }
  return clocks.get(zone);
}

/** Rows by their keys; those that say the same stay as they are, and so does the focus. */
function keepRows(table, wanted) {
  const body = table.tBodies[0];
  const there = new Map(Array.from(body.rows, (row) => [row.dataset.key, row]));
  const focused = document.activeElement.closest("tr");
  const rows = wanted.map(([key, make]) => {
    const made = make();
    made.dataset.key = key;
    const old = there.get(key);
    return old && old.isEqualNode(made) ? old : made;
  });
  if (rows.length === body.rows.length && rows.every((row, at) => row === body.rows[at])) return;
  body.replaceChildren(...rows);
  const again = focused && rows.find((row) => row.dataset.key === focused.dataset.key);
  const link = again && again.querySelector("a");
  if (link) link.focus({ preventScroll: true });
}

async function prepare() {
  const asked = new URL(location.href).searchParams;
  try {
    const units = await fetchUnits();
    offerUnits(byId("unit"), units);
  } catch (error) {
    if (error.status === 401) return signInAgain();
  }
  if (asked.get("unit") === IN_NO_UNIT) byId("unit").add(new Option(text("no_unit"), IN_NO_UNIT));
  for (const id of ["unit", "status"]) byId(id).value = asked.get(id) || "";
  await live.restart();
}

for (const id of ["unit", "status"]) {
  byId(id).addEventListener("change", () => {
    pager.restart();
    live.restart();
  });
}
byId("order").addEventListener("change", () => shown && renderUnits());
byId("filter").addEventListener("submit", (event) => event.preventDefault());
prepare();
