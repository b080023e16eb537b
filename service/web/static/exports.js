import { call, signInAgain } from "./api.js";
import { edit, prepareEditor } from "./export_editor.js";
import { ended } from "./job.js";
import { byId, complain, explain, number, show, stamp, text } from "./page.js";
import { fetchUnits, offerUnits } from "./unit_choice.js";

const mayChange = Boolean(byId("add"));
let making = null;
let templates = [];
const ready = prepare();

async function prepare() {
  try {
    const units = await fetchUnits();
    for (const id of ["make-unit", "preview-unit"]) if (byId(id)) offerUnits(byId(id), units);
    if (mayChange) prepareEditor((await call("GET", "/api/export-fields")).fields, done);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    return complain(byId("problem"), explain(error));
  }
  await load();
  if (mayChange) for (const id of ["add", "import"]) byId(id).disabled = false;
}

async function load() {
  show(byId("problem"), false);
  try {
    const answer = await call("GET", "/api/export-profiles");
    templates = answer.templates;
    byId("list").tBodies[0].replaceChildren(...answer.profiles.map(row));
    show(byId("list"), answer.profiles.length > 0);
    show(byId("empty"), answer.profiles.length === 0);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

function row(profile) {
  const { content, fields } = stamp(byId("row"));
  fields.name.textContent = profile.name;
  fields.kind.textContent = `${text(`a_${profile.row}`)} · ${profile.file_type.toUpperCase()}`;
  fields.columns.textContent = profile.columns.map(({ header, source }) => header || source).join(", ");
  fields.make.setAttribute("aria-label", text("make_of", { name: profile.name }));
  fields.make.addEventListener("click", () => openMaking(profile));
  if (fields.edit) {
    fields.edit.setAttribute("aria-label", text("edit_of", { name: profile.name }));
    fields.edit.addEventListener("click", () => edit(profile));
  }
  return content;
}

async function done(message) {
  await load();
  byId("done").textContent = message;
  show(byId("done"));
  byId("done").focus();
}

function openMaking(profile) {
  making = profile;
  byId("making-name").textContent = profile.name;
  for (const id of ["make-problem", "made", "make-progress"]) show(byId(id), false);
  byId("making").showModal();
  byId("making-name").focus();
}

async function make() {
  for (const id of ["make-problem", "made"]) show(byId(id), false);
  byId("make").disabled = true;
  progress({ state: "waiting" });
  try {
    const wanted = { unit: byId("make-unit").value || null, month: byId("make-month").value };
    const { file, job } = await call("POST", `/api/export-profiles/${making.id}/files`, { json: wanted });
    const id = file || (await fileOf(job));
    if (id) offerFile(id);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("make-problem"), explain(error));
  } finally {
    show(byId("make-progress"), false);
    byId("make").disabled = false;
  }
}

async function fileOf(job) {
  const { state, report } = await ended(job, progress);
  if (state === "done" && report.file) return report.file;
  complain(byId("make-problem"), text(state === "done" ? "nobody" : "job_failed"));
  return null;
}

function progress({ state, done: finished, total }) {
  const counted = state === "running" && total > 0;
  if (counted) byId("make-bar").value = finished / total;
  else byId("make-bar").removeAttribute("value");
  byId("make-label").textContent = counted
    ? text("counting", { done: number(finished, 0), total: number(total, 0) })
    : text("waiting");
  show(byId("make-progress"));
}

function offerFile(id) {
  byId("made-link").href = `/api/export-files/${id}`;
  show(byId("made"));
  byId("made-link").focus();
}

function start() {
  byId("templates").replaceChildren(
    ...templates.map((template) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = template.name;
      button.addEventListener("click", () => {
        byId("starting").close();
        edit(template);
      });
      return button;
    }),
  );
  byId("starting").showModal();
}

async function takeFile() {
  const [file] = byId("import-file").files;
  byId("import-file").value = "";
  if (!file) return;
  await ready;
  show(byId("problem"), false);
  try {
    const { id, version, ...profile } = JSON.parse(await file.text());
    if (!Array.isArray(profile.columns)) throw new SyntaxError();
    edit(profile);
  } catch {
    complain(byId("problem"), text("not_a_profile"));
  }
}

byId("make-form").addEventListener("submit", (event) => {
  event.preventDefault();
  make();
});
if (mayChange) {
  byId("add").addEventListener("click", start);
  byId("import").addEventListener("click", () => byId("import-file").click());
  byId("import-file").addEventListener("change", takeFile);
}
