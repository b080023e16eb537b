// Numbers in a machine: whose they are, and those that are nobody's.

import { call, signInAgain } from "./api.js";
import { announce, byId, complain, explain, number, show, stamp, text } from "./page.js";

let path = "";
let chosen = null;
let afterwards = () => {};

export async function openNumbers(machinePath) {
  path = machinePath;
  try {
    const { numbers } = await call("GET", `${path}/numbers`);
    byId("numbers").replaceChildren(...numbers.map((one) => numberRow(one)));
  } catch (error) {
    fail(byId("numbers-problem"), error);
  }
}

/** `whenAssigned`: what else is to be done then. */
export function numberRow(one, whenAssigned = () => {}) {
  const { content, fields } = stamp(byId("number-row"));
  fields.number.textContent = one.number;
  fields.whose.textContent = one.outside
    ? text("outside")
    : one.nip ? `${one.name} · ${one.nip}` : text("nobody", { rows: number(one.rows, 0) });
  fields.assign.textContent = text(one.nip ? "reassign" : "assign");
  fields.assign.setAttribute("aria-label", text("assign_of", { number: one.number }));
  show(fields.assign, !one.outside);
  const entry = content.firstElementChild;
  fields.assign.addEventListener("click", () => open(one, () => whenAssigned(entry)));
  return content;
}

function open(one, whenAssigned) {
  chosen = one;
  afterwards = whenAssigned;
  byId("assigning-heading").textContent = one ? text("assign_of", { number: one.number }) : text("assign_new");
  byId("new-number").value = "";
  byId("people-query").value = "";
  byId("people-said").textContent = "";
  byId("people-found").replaceChildren();
  show(byId("new-number-field"), !one);
  show(byId("unassign"), Boolean(one && one.nip));
  show(byId("assigning-problem"), false);
  byId("assigning").showModal();
  byId(one ? "people-query" : "new-number").focus();
}

async function search() {
  const query = byId("people-query").value.trim();
  if (!query) return byId("people-query").focus();
  show(byId("assigning-problem"), false);
  try {
    const found = await call("GET", `/api/employees?${new URLSearchParams({ query })}`);
    const count = number(found.total, 0);
    byId("people-said").textContent = found.total ? text("found", { count }) : text("nobody_found");
    byId("people-found").replaceChildren(...found.employees.map(person));
  } catch (error) {
    fail(byId("assigning-problem"), error);
  }
}

function person({ nip, name, unit_name: unit }) {
  const { content, fields } = stamp(byId("person-row"));
  fields.name.textContent = name;
  fields.nip.textContent = [nip, unit].filter(Boolean).join(" · ");
  fields.choose.setAttribute("aria-label", text("choose_of", { name }));
  fields.choose.addEventListener("click", () => assign(nip));
  return content;
}

async function assign(nip) {
  const wanted = chosen ? chosen.number : byId("new-number").value.trim();
  if (!wanted) return complain(byId("assigning-problem"), text("number_first"));
  try {
    await call("PUT", `${path}/numbers`, { json: { number: wanted, nip } });
    byId("assigning").close();
    announce(text(nip ? "number_assigned" : "number_taken"));
    afterwards();
    await openNumbers(path);
  } catch (error) {
    fail(byId("assigning-problem"), error);
  }
}

function fail(element, error) {
  if (error.status === 401) return signInAgain();
  complain(element, explain(error));
}

byId("people-form").addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});
byId("unassign").addEventListener("click", () => assign(null));
byId("add-number").addEventListener("click", () => open(null, () => {}));
