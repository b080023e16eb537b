// The columns of an export profile in its editor: to add, fill in, move and remove.

import { byId, show, stamp, text } from "./page.js";

let fields = [];
let number = 0;

export function setFields(known) {
  fields = known;
}

const fieldOf = (key) => fields.find((field) => field.key === key);
const list = () => byId("columns");
const kindOf = (key) => (key === "fixed" ? "fixed" : fieldOf(key)?.kind);

/** Of a profile that comes from elsewhere: what is in it need not be right. */
export function showColumns(columns, row) {
  list().replaceChildren();
  for (const column of columns) addColumn(column, row);
}

export function addColumn(column, row) {
  const { content, fields: inputs } = stamp(byId("column"));
  const item = content.firstElementChild;
  number += 1;
  for (const label of item.querySelectorAll("[data-for]")) {
    const input = inputs[label.dataset.for];
    input.id = `column-${number}-${label.dataset.for}`;
    label.htmlFor = input.id;
  }
  item.inputs = inputs;
  offer(item, row, column.source);
  inputs.header.value = column.header ?? "";
  for (const name of ["format", "decimals", "text", "otherwise", "empty"]) inputs[name].value = column[name] ?? "";
  drawKind(item, column.values ?? {});
  inputs.source.addEventListener("change", () => {
    inputs.header.value = inputs.source.selectedOptions[0].text;
    drawKind(item, {});
  });
  inputs.up.addEventListener("click", () => move(item, item.previousElementSibling, "before", inputs.up));
  inputs.down.addEventListener("click", () => move(item, item.nextElementSibling, "after", inputs.down));
  inputs.drop.addEventListener("click", () => {
    item.remove();
    nameAll();
    byId("add-column").focus();
  });
  list().append(item);
  nameAll();
  return item;
}

function move(item, other, side, button) {
  if (other) other[side](item);
  nameAll();
  button.focus();
}

/** Where each is, for the one who can't see it; and which data the problems of the service are about. */
function nameAll() {
  Array.from(list().children).forEach((item, place) => {
    item.setAttribute("aria-label", text("column_of", { number: place + 1 }));
    for (const [name, input] of Object.entries(item.inputs)) input.dataset.at = `columns.${place}.${name}`;
  });
}

function offer(item, row, chosen) {
  const options = fields
    .filter((field) => field.rows.includes(row) || field.key === chosen)
    .map((field) => new Option(field.label, field.key));
  if (!fieldOf(chosen)) options.unshift(new Option(String(chosen), String(chosen)));
  item.inputs.source.replaceChildren(...options);
  item.inputs.source.value = String(chosen);
}

export function offerFor(row) {
  for (const item of list().children) offer(item, row, item.inputs.source.value);
}

function drawKind(item, values) {
  const { source, description } = item.inputs;
  const kind = kindOf(source.value);
  const field = fieldOf(source.value);
  description.textContent = field ? field.description : "";
  for (const part of item.querySelectorAll("[data-kinds]")) show(part, part.dataset.kinds.split(" ").includes(kind));
  item.inputs.format.placeholder = kind === "date" ? "YYYY-MM-DD" : "HH:mm";
  const codes = kind === "code" ? field.codes : [];
  item.inputs.values.replaceChildren(...codes.map((code) => valueOf(code, values[code])));
}

function valueOf(code, value) {
  const part = document.createElement("p");
  part.className = "field";
  const label = document.createElement("label");
  const input = document.createElement("input");
  number += 1;
  input.id = `code-${number}`;
  input.dataset.code = code;
  input.maxLength = 200;
  input.autocomplete = "off";
  input.placeholder = code;
  input.value = value ?? "";
  label.htmlFor = input.id;
  label.textContent = code;
  part.append(label, input);
  return part;
}

/** As the service wants them: of each only what is for its kind of field. */
export function readColumns() {
  return Array.from(list().children, (item) => {
    const { source, header, format, decimals, text: fixed, otherwise, empty } = item.inputs;
    const kind = kindOf(source.value);
    const column = { source: source.value, header: header.value };
    if (kind === "fixed") column.text = fixed.value;
    else column.empty = empty.value;
    if (["date", "time"].includes(kind)) column.format = format.value || null;
    if (kind === "number") column.decimals = decimals.value === "" ? null : Number(decimals.value);
    if (kind === "code") {
      const written = Array.from(item.querySelectorAll("[data-code]")).filter((input) => input.value);
      column.values = Object.fromEntries(written.map((input) => [input.dataset.code, input.value]));
      column.otherwise = otherwise.value || null;
    }
    return column;
  });
}
