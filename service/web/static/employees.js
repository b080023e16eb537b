import { call, signInAgain } from "./api.js";
import { byId, complain, explain, show, stamp, text } from "./page.js";
import { Pager } from "./pager.js";
import { showSetupLink } from "./setup_link.js";

const problem = byId("problem");
const form = byId("add-form");
const adding = byId("adding");
const pager = new Pager(load);

byId("query").value = new URL(location.href).searchParams.get("query") || "";

async function load() {
  const query = byId("query").value.trim();
  const search = new URLSearchParams({ query, page: pager.page });
  history.replaceState(null, "", query || pager.page > 1 ? `?${search}` : location.pathname);
  show(problem, false);
  try {
    render(await call("GET", `/api/employees?${search}`), query);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(problem, explain(error));
  }
}

function render(answer, query) {
  const rows = answer.employees.map(row);
  byId("list").tBodies[0].replaceChildren(...rows);
  show(byId("list"), rows.length > 0);
  show(byId("empty"), rows.length === 0 && !query);
  show(byId("nothing"), rows.length === 0 && query !== "");
  byId("count").textContent =
    answer.total === 1 ? text("one_employee") : answer.total ? text("employees", { total: answer.total }) : "";
  pager.render(answer);
}

function row(employee) {
  const { content, fields } = stamp(byId("row"));
  fields.name.textContent = employee.name;
  fields.nip.textContent = employee.nip;
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

byId("add").addEventListener("click", () => {
  form.reset();
  show(byId("add-problem"), false);
  show(form);
  show(byId("added"), false);
  adding.showModal();
  byId("nip").focus();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { nip, name, role = "employee" } = Object.fromEntries(new FormData(form));
  if (!nip.trim() || !name.trim()) return complain(byId("add-problem"), text("fill_in"));
  const button = form.querySelector("button.primary");
  button.disabled = true;
  show(byId("add-problem"), false);
  try {
    const json = { nip: nip.trim(), name: name.trim(), role };
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

load();
