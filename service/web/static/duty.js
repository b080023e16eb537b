// What an employee may do, and for whom: for administrators.

import { call } from "./api.js";
import { byId, complain, explain, show, text } from "./page.js";
import { offerUnits } from "./unit_choice.js";

const LIMITED = new Set(["hr", "auditor"]);

const role = byId("role"); // administrators only
const limit = byId("limit");

/** Where the page offers it. */
export async function offerDuty(path, units) {
  if (!role) return;
  const duty = await call("GET", `${path}/role`);
  offerUnits(limit, units);
  role.value = duty.role;
  limit.value = duty.unit || "";
  showLimit();
  show(byId("duty"));
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
