import { call, signInAgain } from "./api.js";
import { announce, byId, complain, explain, show, stamp, text } from "./page.js";
import { fetchUnits, offerUnits, without } from "./unit_choice.js";

const tree = byId("tree");

let units = [];
let chosen = null;

async function load() {
  show(byId("problem"), false);
  try {
    units = await fetchUnits();
    render();
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

function render() {
  const lists = new Map([[null, tree]]);
  tree.replaceChildren();
  for (const unit of units) {
    const { content, fields } = entry(unit);
    lists.set(unit.code, fields.below);
    lists.get(unit.parent).append(content);
  }
  for (const list of tree.querySelectorAll("ul:empty")) list.remove(); // read out as an empty list
  show(tree, units.length > 0);
  show(byId("empty"), units.length === 0);
}

function entry(unit) {
  const { content, fields } = stamp(byId("unit"));
  fields.name.textContent = unit.name;
  fields.code.textContent = unit.code;
  const people = peopleOf(unit);
  fields.people.textContent = people;
  fields.people.href = `/employees?${new URLSearchParams({ unit: unit.code })}`;
  fields.people.setAttribute("aria-label", text("people_of", { people, name: unit.name }));
  if (fields.change) {
    fields.change.dataset.code = unit.code;
    fields.change.setAttribute("aria-label", text("change_of", { name: unit.name }));
    fields.change.addEventListener("click", () => openChange(unit));
  }
  return { content, fields };
}

function peopleOf({ employees: count, employees_below: total }) {
  return total === count ? text("people", { count }) : text("people_below", { count, total });
}

const pathOf = (unit) => `/api/units/${encodeURIComponent(unit.code)}`;

function openAdd(parent) {
  byId("add-form").reset();
  offerUnits(byId("add-parent"), units);
  byId("add-parent").value = parent;
  show(byId("add-problem"), false);
  byId("adding").showModal();
  byId("add-name").focus();
}

function openChange(unit) {
  chosen = unit;
  byId("changing-heading").textContent = unit.name;
  byId("rename-name").value = unit.name;
  offerUnits(byId("move-parent"), without(units, unit.code));
  byId("move-parent").value = unit.parent || "";
  show(byId("change-problem"), false);
  byId("changing").showModal();
  byId("changing-heading").focus();
}

/** Does the work of a dialog, closes it, and comes back to the unit it was about. */
async function settle(dialog, problem, work, said, code) {
  const buttons = dialog.querySelectorAll("button:not([data-close])");
  for (const button of buttons) button.disabled = true;
  show(problem, false);
  try {
    await work();
    // Before the dialog closes: what is opened next shows what was saved.
    await load();
    dialog.close();
    announce(said);
    const at = tree.querySelector(`button[data-code="${CSS.escape(code)}"]`) || byId("add");
    at.focus();
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(problem, explain(error));
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

function change(json, said) {
  const work = () => call("PATCH", pathOf(chosen), { json });
  return settle(byId("changing"), byId("change-problem"), work, said, chosen.code);
}

function offerChanges() {
  byId("add").addEventListener("click", () => openAdd(""));
  byId("add-below").addEventListener("click", () => {
    byId("changing").close();
    openAdd(chosen.code);
  });
  byId("add-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = byId("add-name").value.trim();
    const code = byId("add-code").value.trim();
    if (!name || !code) return complain(byId("add-problem"), text("fill_in_unit"));
    const work = () =>
      call("POST", "/api/units", { json: { name, code, parent: byId("add-parent").value || null } });
    settle(byId("adding"), byId("add-problem"), work, text("unit_added", { name }), code);
  });
  byId("rename-form").addEventListener("submit", (event) => {
    event.preventDefault();
    change({ name: byId("rename-name").value }, text("unit_renamed"));
  });
  byId("move-form").addEventListener("submit", (event) => {
    event.preventDefault();
    change({ parent: byId("move-parent").value || null }, text("unit_moved"));
  });
  byId("open-remove").addEventListener("click", () => {
    byId("changing").close();
    byId("removing-heading").textContent = text("remove_of", { name: chosen.name });
    show(byId("remove-problem"), false);
    byId("removing").showModal();
  });
  byId("confirm-remove").addEventListener("click", () => {
    const work = () => call("DELETE", pathOf(chosen));
    settle(byId("removing"), byId("remove-problem"), work, text("unit_removed"), chosen.parent || "");
  });
}

if (byId("add")) offerChanges();
load();
