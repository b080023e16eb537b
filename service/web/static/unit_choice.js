// The units within reach, and lists to choose one of them from.

import { call } from "./api.js";

const INDENT = "\u2003"; // a wide space: a browser leaves out plain ones

/** In the order of the tree: each before those below it. */
export async function fetchUnits() {
  return (await call("GET", "/api/units")).units;
}

/** After the choices that the page itself gives, each unit indented by its depth. */
export function offerUnits(select, units) {
  for (const added of select.querySelectorAll("[data-unit]")) added.remove();
  for (const { code, name, depth } of units) {
    const option = new Option(`${INDENT.repeat(depth)}${name}`, code);
    option.dataset.unit = "";
    select.append(option);
  }
}

/** The units without one and all those below it. */
export function without(units, code) {
  const start = units.findIndex((unit) => unit.code === code);
  let end = start + 1;
  while (end < units.length && units[end].depth > units[start].depth) end += 1;
  return [...units.slice(0, start), ...units.slice(end)];
}
