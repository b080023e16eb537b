import { call, signInAgain } from "./api.js";
import { byId, complain, explain, show, stamp, text } from "./page.js";
import { Pager } from "./pager.js";
import { showSetupLink } from "./setup_link.js";
import { fetchUnits, offerUnits } from "./unit_choice.js";

const problem = byId("problem");
const form = byId("add-form");
const adding = byId("adding");
const pager = new Pager(load);

const address = new URL(location.href);
byId("query").value = address.searchParams.get("query") || "";
byId("missing").checked = address.searchParams.get("face") === "missing";

async function begin() {
  try {
    const units = await fetchUnits();
    for (const id of ["in-unit", "unit"]) offerUnits(byId(id), units);
    for (const id of ["unit-filter", "unit-field"]) show(byId(id), units.length > 0);
    byId("in-unit").value = address.searchParams.get("unit") || "";
    if (byId("in-unit").selectedIndex < 0) byId("in-unit").value = ""; // a unit that is there no more
  } catch (error) {
    if (error.status === 401) return signInAgain();
    return complain(problem, explain(error));
  }
  await load();
}

async function load() {
  const query = byId("query").value.trim();
  const unit = byId("in-unit").value;
  const search = new URLSearchParams({ query, page: pager.page });
  const { checked: missing } = byId("missing");
  if (unit) search.set("unit", unit);
  if (missing) search.set("face", "missing");
  history.replaceState(null, "", query || unit || missing || pager.page > 1 ? `?${search}` : location.pathname);
  show(problem, false);
  try {
    render(await call("GET", `/api/employees?${search}`), { asked: query || unit || missing, missing });
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(problem, explain(error));
  }
}

function render(answer, { asked, missing }) {
  const rows = answer.employees.map(row);
  byId("list").tBodies[0].replaceChildren(...rows);
  show(byId("list"), rows.length > 0);
  show(byId("empty"), rows.length === 0 && !asked);
  const onlyMissing = missing && !byId("query").value.trim();
  show(byId("all-enrolled"), rows.length === 0 && onlyMissing);
  show(byId("nothing"), rows.length === 0 && Boolean(asked) && !onlyMissing);
  byId("count").textContent =
    answer.total === 1 ? text("one_employee") : answer.total ? text("employees", { total: answer.total }) : "";
  pager.render(answer);
}

function row(employee) {
  const { content, fields } = stamp(byId("row"));
  fields.name.textContent = employee.name;
  fields.nip.textContent = employee.nip;
  fields.unit.textContent = employee.unit_name || "";
  const [state, tone] = faceState(employee);
  fields.state.textContent = state;
  fields.state.dataset.tone = tone;
  const action = text(employee.enrolled ? "open" : "enrol");
  fields.open.textContent = action;
  fields.open.href = pathOf(employee.nip);
  fields.open.setAttribute("aria-label", text("open_of", { action, name: employee.name }));
  return content;
}

function faceState({ active, enrolled, photos }) {
  if (!active) return [text("inactive"), "plain"];
  if (!enrolled) return [text("not_enrolled"), "wait"];
  return [photos === 1 ? text("one_photo") : text("photos", { count: photos }), "good"];
}

const pathOf = (nip) => `/employees/${encodeURIComponent(nip)}`;

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  pager.restart();
  load();
});

for (const id of ["in-unit", "missing"]) {
  byId(id).addEventListener("change", () => {
    pager.restart();
    load();
  });
}

byId("add").addEventListener("click", () => {
  form.reset();
  show(byId("add-problem"), false);
  show(form);
  show(byId("added"), false);
  if (byId("in-unit").value !== "-") byId("unit").value = byId("in-unit").value;
  if (byId("unit").selectedIndex < 0) byId("unit").selectedIndex = 0;
  adding.showModal();
  byId("nip").focus();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { nip, name, unit, role = "employee" } = Object.fromEntries(new FormData(form));
  if (!nip.trim() || !name.trim()) return complain(byId("add-problem"), text("fill_in"));
  const button = form.querySelector("button.primary");
  button.disabled = true;
  show(byId("add-problem"), false);
  try {
    const json = { nip: nip.trim(), name: name.trim(), role, unit: unit || null };
    const added = await call("POST", "/api/employees", { json });
    byId("added-heading").textContent = text("added", { name: added.name });
    byId("enrol-added").href = pathOf(added.nip);
    showSetupLink(added);
    show(form, false);
    show(byId("added"));
    byId("added").focus();
    await load();
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("add-problem"), explain(error));
  } finally {
    button.disabled = false;
  }
});

begin();
