// The editor of an export profile: its choices and columns, a preview, and what the service finds wrong.

import { call } from "./api.js";
import { addColumn, offerFor, readColumns, setFields, showColumns } from "./export_columns.js";
import { byId, complain, explain, hasText, show, text } from "./page.js";

const CHOICES = ["name", "row", "file_type", "delimiter", "encoding", "decimal_mark"];
const TICKS = ["header", "working_days_only"];
let opened = null;

/** `onDone` is told what has happened, in words. */
export function prepareEditor(fields, onDone) {
  setFields(fields);
  byId("edit-row").addEventListener("change", () => offerFor(byId("edit-row").value));
  for (const id of ["edit-row", "edit-file_type"]) byId(id).addEventListener("change", fitChoices);
  byId("add-column").addEventListener("click", () => {
    addColumn({ source: "nip", header: "" }, byId("edit-row").value).inputs.source.focus();
  });
  byId("show-preview").addEventListener("click", () => busy("show-preview", preview));
  byId("edit-form").addEventListener("submit", (event) => {
    event.preventDefault();
    busy("save", () => save(onDone));
  });
  byId("remove").addEventListener("click", () => show(byId("removing")));
  byId("remove-now").addEventListener("click", () => busy("remove-now", () => remove(onDone)));
}

/** A profile that is kept has an `id`; others are new. */
export function edit(profile) {
  opened = profile;
  for (const name of CHOICES) if (profile[name] !== undefined) byId(`edit-${name}`).value = profile[name];
  for (const name of TICKS) byId(`edit-${name}`).checked = profile[name] !== false;
  showColumns(Array.isArray(profile.columns) ? profile.columns : [], byId("edit-row").value);
  fitChoices();
  show(byId("kept-actions"), Boolean(profile.id));
  if (profile.id) byId("definition").href = `/api/export-profiles/${profile.id}/definition`;
  for (const id of ["removing", "preview-box", "preview-empty"]) show(byId(id), false);
  clearProblems();
  byId("editing").showModal();
  byId("editing-heading").focus();
}

function fitChoices() {
  show(byId("csv-choices"), byId("edit-file_type").value === "csv");
  show(byId("working-choice"), byId("edit-row").value === "day");
}

function read() {
  const profile = { columns: readColumns() };
  for (const name of CHOICES) profile[name] = byId(`edit-${name}`).value;
  for (const name of TICKS) profile[name] = byId(`edit-${name}`).checked;
  return profile;
}

async function busy(id, work) {
  byId(id).disabled = true;
  clearProblems();
  try {
    await work();
  } catch (error) {
    showProblems(error);
  } finally {
    byId(id).disabled = false;
  }
}

async function preview() {
  const wanted = { ...read(), unit: byId("preview-unit").value || null, month: byId("preview-month").value };
  const { header, rows } = await call("POST", "/api/export-preview", { json: wanted });
  const table = byId("preview-table");
  table.tHead.replaceChildren(line(header, "th"));
  table.tBodies[0].replaceChildren(...rows.map((row) => line(row, "td")));
  show(byId("preview-box"), rows.length > 0);
  show(byId("preview-empty"), rows.length === 0);
}

function line(cells, tag) {
  const row = document.createElement("tr");
  for (const cell of cells) {
    const element = document.createElement(tag);
    if (tag === "th") element.scope = "col";
    element.textContent = cell;
    row.append(element);
  }
  return row;
}

async function save(onDone) {
  const { id, version } = opened;
  if (id) await call("PUT", `/api/export-profiles/${id}`, { json: { ...read(), version } });
  else await call("POST", "/api/export-profiles", { json: read() });
  byId("editing").close();
  await onDone(text("saved"));
}

async function remove(onDone) {
  await call("DELETE", `/api/export-profiles/${opened.id}?version=${opened.version}`);
  byId("editing").close();
  await onDone(text("removed"));
}

function clearProblems() {
  show(byId("edit-problem"), false);
  for (const note of byId("edit-form").querySelectorAll(".field-problem")) note.remove();
  for (const input of byId("edit-form").querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
}

/** Each at its field, and all of them said together. */
function showProblems(error) {
  const found = (error.problem && error.problem.fields) || [];
  const said = found.map(({ field, problem }, number) => {
    const words = text(hasText(`problem_${problem}`) ? `problem_${problem}` : "problem_other");
    mark(field, words, number);
    const place = /^columns\.(\d+)\./.exec(field);
    return place ? text("at_column", { number: Number(place[1]) + 1, problem: words }) : words;
  });
  complain(byId("edit-problem"), [explain(error), ...new Set(said)].join(" "));
}

function mark(at, words, number) {
  const input = byId("edit-form").querySelector(`[data-at="${CSS.escape(at)}"]`);
  if (!input) return;
  const note = document.createElement("span");
  note.className = "field-problem";
  note.id = `edit-problem-${number}`;
  note.textContent = words;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", note.id);
  const within = input.closest("details");
  if (within) within.open = true;
  input.after(note);
}
