// The numbers behind a decision, as lines of a table.

import { hasText, number, text } from "./page.js";

const DIGITS = 4;

/** What has no name for people yet is shown under its technical one: nothing is left out. */
function nameOf(key) {
  return hasText(`finding_${key}`) ? text(`finding_${key}`) : key.replace(/_/g, " ");
}

function inWords(value) {
  if (value === null) return text("none");
  if (typeof value === "number") return number(value, DIGITS);
  if (Array.isArray(value)) return value.map(inWords).join(" · ") || text("none");
  if (typeof value === "object") {
    return Object.entries(value)
      .filter(([key]) => key !== "employee_id") // the NIP beside it says more
      .map(([, inner]) => inWords(inner))
      .join(" · ");
  }
  return hasText(`value_${value}`) ? text(`value_${value}`) : String(value);
}

function line(name, value) {
  const row = document.createElement("tr");
  const label = document.createElement("th");
  label.textContent = name;
  label.scope = value === undefined ? "rowgroup" : "row";
  row.append(label);
  if (value === undefined) {
    row.className = "group";
    label.colSpan = 2;
  } else {
    row.append(document.createElement("td"));
    row.lastChild.textContent = inWords(value);
  }
  return row;
}

const isGroup = (value) => value !== null && typeof value === "object" && !isPlainList(value);
const isPlainList = (value) => Array.isArray(value) && value.every((item) => typeof item !== "object");

/** Single numbers first, then each group under its heading. */
export function linesOf(findings) {
  const entries = Object.entries(findings);
  const single = entries.filter(([, value]) => !isGroup(value)).map(([key, value]) => line(nameOf(key), value));
  const grouped = entries
    .filter(([, value]) => isGroup(value))
    .flatMap(([key, group]) => [line(nameOf(key)), ...membersOf(group)]);
  return [...single, ...grouped];
}

function membersOf(group) {
  if (Array.isArray(group)) return group.map((member, index) => line(`${index + 1}.`, member));
  return Object.entries(group).map(([key, value]) => line(nameOf(key), value));
}
