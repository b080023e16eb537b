// Name, position, class and dates of an employee, and whether they work here.

import { call } from "./api.js";
import { byId, complain, explain, show, text } from "./page.js";

const FIELDS = ["name", "position", "employment", "works_from", "works_until"];
const form = byId("details-form");

let stored = null;

/** What the form says otherwise than what is stored; an empty field is nothing. Somebody else may be at the rest. */
function differing() {
  const written = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value.trim() || null]));
  written.active = form.elements.active.checked;
  return Object.fromEntries(Object.entries(written).filter(([name, value]) => value !== stored[name]));
}

function fill(employee) {
  stored = employee;
  for (const name of FIELDS) form.elements[name].value = employee[name] || "";
  form.elements.active.checked = employee.active;
}

/** `changed` is told what is stored now. */
export function offerDetails(path, employee, changed) {
  fill(employee);
  show(byId("details"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    show(byId("details-problem"), false);
    byId("details-done").textContent = "";
    const json = differing();
    if (json.name === null) complain(byId("details-problem"), text("need_name"));
    else if (Object.keys(json).length === 0) byId("details-done").textContent = text("details_same");
    else if (json.active === false) byId("leaves").showModal();
    else await save(path, json, changed);
  });
  byId("confirm-leaves").addEventListener("click", async () => {
    byId("leaves").close();
    await save(path, differing(), changed);
  });
}

async function save(path, json, changed) {
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const employee = await call("PATCH", path, { json });
    fill(employee);
    changed(employee);
    byId("details-done").textContent = text("details_saved");
  } catch (error) {
    complain(byId("details-problem"), explain(error));
  } finally {
    button.disabled = false;
  }
}
