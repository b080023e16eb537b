// A machine entered or changed, with a look at how a file of it would be read.

import { call, signInAgain } from "./api.js";
import { byId, complain, explain, json, show, stamp, text } from "./page.js";
import { offerUnits } from "./unit_choice.js";

// Of a CSV file the first rows are enough; an XLSX file can't be cut.
const SAMPLE_BYTES = 65536;
const PAUSE_MS = 400;
const COLUMNS = ["number", "date_time", "date", "time", "direction"];

const form = byId("machine-form");
const { elements } = form;
let machine = null;
let saved = () => {};
let timer;
let asked = 0;

/** Gives what opens it. `whenSaved` is called with the machine's code. */
export function prepareForm(whenSaved) {
  saved = whenSaved;
  return { open, offerPlaces };
}

function offerPlaces(sites, units) {
  const open = sites.filter(({ closed_at: closed }) => !closed);
  byId("site-places").replaceChildren(...open.map(({ code, name }) => new Option(name, `site:${code}`)));
  offerUnits(byId("unit-places"), units);
  for (const option of byId("unit-places").children) option.value = `unit:${option.value}`;
  for (const id of ["site-places", "unit-places"]) byId(id).disabled = byId(id).children.length === 0;
}

function open(one) {
  machine = one;
  form.reset();
  byId("form-heading").textContent = one ? text("change_of", { name: one.name }) : text("add");
  show(byId("code-field"), !one);
  show(byId("form-more"), Boolean(one));
  if (one) fill(one);
  for (const id of ["form-problem", "preview-part"]) show(byId(id), false);
  renderMoment();
  byId("form-dialog").showModal();
  (one ? byId("form-heading") : elements.title).focus();
}

function fill(one) {
  elements.title.value = one.name;
  elements.place.value = one.site ? `site:${one.site}` : `unit:${one.unit}`;
  byId("close-machine").textContent = text(one.closed_at ? "reopen" : "close");
  fillFormat(one.file_format);
}

function fillFormat(format) {
  for (const name of COLUMNS) elements[name].value = format[name] || "";
  for (const name of ["date_order", "delimiter", "heading_rows"]) elements[name].value = format[name];
  for (const name of ["ins", "outs"]) elements[name].value = format[name].join(", ");
  elements.moment.value = format.date_time ? "one" : "two";
  renderMoment();
}

function presets() {
  const [ins, outs] = json("template-words");
  const plain = { direction: null, ins: [], outs: [], date: null, time: null, date_order: "ymd" };
  return {
    attlog: { ...plain, number: 1, date_time: 2, delimiter: "tab", heading_rows: 0 },
    template: {
      ...plain, number: 1, date: 2, time: 3, direction: 4, ins: [ins], outs: [outs], delimiter: "auto", heading_rows: 1,
    },
  };
}

function renderMoment() {
  for (const field of form.querySelectorAll("[data-moment]")) show(field, field.dataset.moment === elements.moment.value);
}

const valuesOf = (written) => written.split(",").map((value) => value.trim()).filter(Boolean);

/** Throws what is wrong with it. */
function readFormat() {
  const format = {
    ins: valuesOf(elements.ins.value),
    outs: valuesOf(elements.outs.value),
    date_order: elements.date_order.value,
    delimiter: elements.delimiter.value,
    heading_rows: Number(elements.heading_rows.value || 0),
  };
  const used = elements.moment.value === "one" ? ["date_time"] : ["date", "time"];
  for (const name of ["number", ...used]) format[name] = columnOf(name);
  if (elements.direction.value.trim()) format.direction = columnOf("direction");
  const { heading_rows: headings } = format;
  if (!(Number.isInteger(headings) && headings >= 0 && headings <= 20)) throw new Error(text("bad_headings"));
  return format;
}

function columnOf(name) {
  const column = Number(elements[name].value);
  if (!(Number.isInteger(column) && column >= 1 && column <= 60)) throw new Error(text("bad_column"));
  return column;
}

async function preview() {
  const [file] = byId("sample").files;
  if (!file) return;
  show(byId("preview-part"));
  byId("preview-said").textContent = text("reading");
  const round = (asked += 1);
  try {
    const body = new FormData();
    const cut = file.name.toLowerCase().endsWith(".xlsx") ? file : file.slice(0, SAMPLE_BYTES);
    body.append("file", cut, file.name);
    body.append("file_format", JSON.stringify(readFormat()));
    const { rows } = await call("POST", "/api/machine-files/preview", { form: body });
    if (round === asked) renderPreview(rows);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    if (round !== asked) return;
    byId("preview").replaceChildren();
    byId("preview-said").textContent = error.name === "Error" ? error.message : explain(error);
  }
}

function renderPreview(rows) {
  const unread = rows.filter(({ problem }) => problem).length;
  byId("preview-said").textContent = unread ? text("not_read", { count: unread }) : text("all_read");
  byId("preview").replaceChildren(...rows.map((row) => {
    const { content, fields } = stamp(byId("preview-row"));
    fields.read.textContent = row.problem
      ? text("unread_row", { row: row.row, problem: text(`problem_${row.problem}`) })
      : text("read_row", {
        row: row.row, number: row.number, when: row.at.replace("T", " "), kind: text(`kind_${row.kind}`),
      });
    fields.read.dataset.tone = row.problem ? "bad" : "";
    fields.cells.textContent = row.cells.map((cell, place) => `${place + 1}: ${cell || "–"}`).join("   ");
    return content;
  }));
}

function previewSoon() {
  clearTimeout(timer);
  timer = setTimeout(preview, PAUSE_MS);
}

function read() {
  const [kind, ...code] = elements.place.value.split(":");
  const wanted = { name: elements.title.value.trim(), file_format: readFormat() };
  if (!machine) wanted.code = elements.code.value.trim();
  if (!wanted.name || !kind || wanted.code === "") throw new Error(text("fill_in"));
  const unchanged = machine && elements.place.value === (machine.site ? `site:${machine.site}` : `unit:${machine.unit}`);
  if (!unchanged) wanted[kind] = code.join(":");
  return wanted;
}

async function settle(wanted) {
  const buttons = byId("form-dialog").querySelectorAll("button:not([data-close])");
  for (const button of buttons) button.disabled = true;
  show(byId("form-problem"), false);
  try {
    const path = machine ? `/api/machines/${encodeURIComponent(machine.code)}` : "/api/machines";
    const { code } = await call(machine ? "PATCH" : "POST", path, { json: wanted });
    byId("form-dialog").close();
    await saved(code);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("form-problem"), explain(error));
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  let wanted;
  try {
    wanted = read();
  } catch (wrong) {
    return complain(byId("form-problem"), wrong.message);
  }
  settle(wanted);
});
byId("preset").addEventListener("change", (event) => {
  const format = presets()[event.target.value];
  if (format) fillFormat(format);
});
form.addEventListener("input", previewSoon);
form.addEventListener("change", () => {
  renderMoment();
  previewSoon();
});
byId("close-machine").addEventListener("click", () => settle({ closed: !machine.closed_at }));
