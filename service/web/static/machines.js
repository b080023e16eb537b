import { call, signInAgain } from "./api.js";
import { prepareForm } from "./machine_form.js";
import { openImports } from "./machine_imports.js";
import { openNumbers } from "./machine_numbers.js";
import { announce, byId, complain, explain, momentOf, number, show, stamp, text } from "./page.js";
import { fetchUnits } from "./unit_choice.js";

let machines = [];
let chosen = null;

const form = prepareForm(async (code) => {
  await load();
  announce(text("saved"));
  if (chosen) render();
  else byId("list").querySelector(`button[data-code="${CSS.escape(code)}"]`).focus();
});

async function prepare() {
  try {
    const [units, { sites }] = await Promise.all([fetchUnits(), call("GET", "/api/sites")]);
    form.offerPlaces(sites, units);
    show(byId("add"), units.length > 0);
    show(byId("no-units"), units.length === 0);
    await load();
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

async function load() {
  ({ machines } = await call("GET", "/api/machines"));
  const wanted = new URL(location.href).searchParams.get("machine");
  const before = chosen;
  chosen = machines.find(({ code }) => code === wanted) || null;
  renderList();
  if (chosen && !before) render();
}

function renderList() {
  byId("list").tBodies[0].replaceChildren(...machines.map(row));
  show(byId("list"), machines.length > 0);
  show(byId("empty"), machines.length === 0 && !byId("add").hidden);
  show(byId("overview"), !chosen);
  show(byId("detail"), Boolean(chosen));
  show(byId("files"), !chosen);
}

const placeOf = (machine) => machine.site_name || text("in_unit", { unit: machine.unit_name });

function row(machine) {
  const { content, fields } = stamp(byId("row"));
  fields.name.textContent = machine.name;
  fields.code.textContent = machine.code;
  fields.place.textContent = placeOf(machine);
  fields.zone.textContent = machine.time_zone;
  fields.latest.textContent = latestOf(machine);
  const [state, tone] = stateOf(machine);
  fields.state.textContent = state;
  fields.state.dataset.tone = tone;
  fields.open.dataset.code = machine.code;
  fields.open.setAttribute("aria-label", text("open_of", { name: machine.name }));
  fields.open.addEventListener("click", () => open(machine));
  return content;
}

function latestOf({ latest }) {
  if (!latest) return text("never");
  const time = momentOf(latest.imported_at);
  return latest.finished ? text("latest", { time, count: number(latest.added, 0) }) : text("broken_off", { time });
}

function stateOf({ closed_at: closed, unmatched }) {
  if (closed) return [text("closed"), "plain"];
  if (unmatched) return [text("unmatched_numbers", { count: number(unmatched, 0) }), "wait"];
  return [text("in_use"), "good"];
}

function open(machine) {
  chosen = machine;
  history.pushState(null, "", `?${new URLSearchParams({ machine: machine.code })}`);
  renderList();
  render();
  byId("machine-name").focus();
}

function render() {
  byId("machine-name").textContent = chosen.name;
  const facts = { code: chosen.code, place: placeOf(chosen), zone: chosen.time_zone };
  byId("machine-facts").textContent = text("facts", facts);
  show(byId("import-card"), !chosen.closed_at);
  const path = `/api/machines/${encodeURIComponent(chosen.code)}`;
  openNumbers(path);
  openImports(path, async () => {
    openNumbers(path);
    await load();
  });
}

byId("add").addEventListener("click", () => form.open(null));
byId("change").addEventListener("click", () => form.open(chosen));
byId("back").addEventListener("click", (event) => {
  event.preventDefault();
  history.pushState(null, "", location.pathname);
  const { code } = chosen;
  chosen = null;
  renderList();
  byId("list").querySelector(`button[data-code="${CSS.escape(code)}"]`).focus();
});
window.addEventListener("popstate", () => location.reload());
prepare();
