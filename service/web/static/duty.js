// Where an employee works, and for administrators what they may do.

import { call } from "./api.js";
import { byId, complain, explain, show, text } from "./page.js";
import { fetchUnits, offerUnits } from "./unit_choice.js";

const LIMITED = new Set(["hr", "auditor"]);

const unit = byId("unit");
const role = byId("role"); // administrators only
const limit = byId("limit");

export async function offerDuty(path, employee) {
  const units = await fetchUnits();
  offerUnits(unit, units);
  unit.value = employee.unit || "";
  show(byId("unit-form"), units.length > 0);
  byId("unit-form").addEventListener("submit", (event) => {
    event.preventDefault();
    save(() => call("PUT", `${path}/unit`, { json: { unit: unit.value || null } }), text("unit_saved"));
  });
  if (role) await offerRole(path, units);
  show(byId("duty"), Boolean(role) || units.length > 0);
}

async function offerRole(path, units) {
  const duty = await call("GET", `${path}/role`);
  offerUnits(limit, units);
  role.value = duty.role;
  limit.value = duty.unit || "";
  showLimit();
  role.addEventListener("change", showLimit);
  byId("role-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const json = { role: role.value, unit: LIMITED.has(role.value) ? limit.value || null : null };
    save(() => call("PUT", `${path}/role`, { json }), text("role_saved"));
  });
}

function showLimit() {
  show(byId("limit-field"), LIMITED.has(role.value));
}

async function save(work, said) {
  show(byId("duty-problem"), false);
  byId("duty-done").textContent = "";
  try {
    await work();
    byId("duty-done").textContent = said;
  } catch (error) {
    complain(byId("duty-problem"), explain(error));
  }
}
