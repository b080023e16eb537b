// Who works at a site: those of its unit, and those who were given it besides.

import { call, signInAgain } from "./api.js";
import { announce, byId, complain, explain, number, show, stamp, text } from "./page.js";

let site = null;
let changed = () => {};

const path = () => `/api/sites/${encodeURIComponent(site.code)}/people`;

export function openPeople(chosen, whenChanged) {
  site = chosen;
  changed = whenChanged;
  byId("people-heading").textContent = text("people_of", { name: site.name });
  byId("person-form").reset();
  show(byId("people-problem"), false);
  byId("people").showModal();
  byId("people-heading").focus();
  load();
}

async function load() {
  try {
    render(await call("GET", path()));
  } catch (error) {
    fail(error);
  }
}

function render({ total, workers }) {
  byId("people-count").textContent = text("working", { total: number(total, 0) });
  byId("workers").replaceChildren(...workers.map(entry));
  show(byId("people-more"), total > workers.length);
}

function entry({ nip, name, unit_name: unit, added }) {
  const { content, fields } = stamp(byId("worker"));
  fields.name.textContent = name;
  fields.nip.textContent = [nip, unit].filter(Boolean).join(" · ");
  show(fields.remove, added);
  fields.remove.setAttribute("aria-label", text("release_of", { name }));
  fields.remove.addEventListener("click", () => change("DELETE", nip, text("released", { name })));
  return content;
}

async function change(method, nip, said) {
  show(byId("people-problem"), false);
  try {
    await call(method, `${path()}/${encodeURIComponent(nip)}`);
    byId("person-form").reset();
    announce(said);
    await load();
    byId("person-nip").focus();
    changed();
  } catch (error) {
    fail(error);
  }
}

function fail(error) {
  if (error.status === 401) return signInAgain();
  complain(byId("people-problem"), explain(error));
}

byId("person-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const nip = byId("person-nip").value.replace(/\s/g, "");
  if (!nip) return complain(byId("people-problem"), text("fill_in_nip"));
  change("PUT", nip, text("assigned"));
});
