import { call, signInAgain } from "./api.js";
import { byId, complain, explain, momentOf, number, show, stamp, text } from "./page.js";

const TONES = { not_over: "", open: "wait", ready: "", closed: "good" };
// Deeper ones stand below each other: a phone has no room for more.
const DEEPEST_SHOWN = 5;

async function load() {
  const month = byId("month").value;
  if (!/^\d{4}-\d{2}$/.test(month)) return;
  history.replaceState(null, "", `?${new URLSearchParams({ month })}`);
  show(byId("problem"), false);
  try {
    render(await call("GET", `/api/closing?${new URLSearchParams({ month })}`));
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

function render({ month, units, without_unit: nowhere }) {
  byId("list").tBodies[0].replaceChildren(...units.map((unit) => row(unit, month)));
  show(byId("list"), units.length > 0);
  show(byId("empty"), units.length === 0);
  const having = (state) => number(units.filter((unit) => unit.state === state).length, 0);
  byId("sums").textContent = units.length
    ? text("closed_of", { closed: having("closed"), ready: having("ready"), total: number(units.length, 0) })
    : "";
  byId("without-unit").textContent = text("without_unit", { count: number(nowhere, 0) });
  show(byId("without-unit"), nowhere > 0);
}

function row(unit, month) {
  const { content, fields } = stamp(byId("row"));
  content.querySelector("tr").dataset.depth = Math.min(unit.depth, DEEPEST_SHOWN);
  fields.unit.textContent = unit.name;
  fields.unit.href = `/closing/${encodeURIComponent(unit.code)}/${month}`;
  fields.code.textContent = unit.code;
  fields.people.textContent = number(unit.people, 0);
  fields.state.textContent = text(unit.state);
  fields.state.dataset.tone = TONES[unit.state];
  if (unit.state === "open") {
    const counts = Object.entries(unit.open).filter(([, count]) => count);
    fields.open.textContent = counts.map(([line, count]) => text(`open_${line}`, { count })).join(" · ");
  }
  if (unit.closed_at) {
    fields.closed.textContent = text(unit.anyway ? "closed_anyway_by" : "closed_by", {
      by: unit.closed_by, time: momentOf(unit.closed_at),
    });
  }
  if (unit.after) fields.after.textContent = text("came_after", { count: number(unit.after, 0) });
  if (unit.unlocked) fields.unlocked.textContent = text("unlocked_before", { count: number(unit.unlocked, 0) });
  return content;
}

byId("filter").addEventListener("change", load);
byId("filter").addEventListener("submit", (event) => event.preventDefault());
const asked = new URL(location.href).searchParams.get("month");
if (asked) byId("month").value = asked;
load();
