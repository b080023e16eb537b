// Who is still to be enrolled, and who should be enrolled again: of all within reach, or of one unit.

import { call, signInAgain } from "./api.js";
import { byId, complain, explain, number, show, stamp, text } from "./page.js";
import { fetchUnits, offerUnits } from "./unit_choice.js";

const problem = byId("lists-problem");

function failed(error) {
  if (error.status === 401) return signInAgain();
  complain(problem, explain(error));
}

function person({ nip, name }, words, action) {
  const { content, fields } = stamp(byId("person"));
  fields.name.textContent = name;
  fields.about.textContent = words.filter(Boolean).join(" · ");
  fields.enrol.href = `/employees/${encodeURIComponent(nip)}`;
  fields.enrol.textContent = text(action);
  fields.enrol.setAttribute("aria-label", text(`${action}_of`, { name }));
  return content;
}

function showMissing({ staff, missing, people }) {
  byId("missing-count").textContent = text(missing ? "missing_of" : "none_missing", {
    missing: number(missing, 0),
    staff: number(staff, 0),
  });
  byId("missing").replaceChildren(
    ...people.map((one) => person(one, [`NIP ${one.nip}`, one.unit_name, one.position], "enrol")),
  );
  show(byId("missing-more"), missing > people.length);
  byId("missing-more").textContent = text("first_shown", { count: number(people.length, 0) });
  show(byId("missing-file"), missing > 0);
}

function inWords({ compared, close, below }) {
  const words = text("close_of", { close, compared });
  return below ? `${words} ${text("below_of", { below })}` : words;
}

function showSuggestions({ people }) {
  byId("again").replaceChildren(
    ...people.map((one) => person(one, [`NIP ${one.nip}`, one.unit, inWords(one)], "again")),
  );
  show(byId("nobody-again"), people.length === 0);
}

async function load() {
  const search = new URLSearchParams();
  if (byId("in-unit").value) search.set("unit", byId("in-unit").value);
  show(problem, false);
  search.set("format", "csv");
  byId("missing-file").href = `/api/enrolments/missing?${search}`;
  search.delete("format");
  try {
    showMissing(await call("GET", `/api/enrolments/missing?${search}`));
    showSuggestions(await call("GET", `/api/enrolments/suggestions?${search}`));
  } catch (error) {
    failed(error);
  }
}

export async function loadLists() {
  try {
    const units = await fetchUnits();
    offerUnits(byId("in-unit"), units);
    show(byId("unit-filter"), units.length > 0);
  } catch (error) {
    return failed(error);
  }
  await load();
}

byId("in-unit").addEventListener("change", load);
