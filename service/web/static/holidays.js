import { call, signInAgain } from "./api.js";
import { announce, byId, complain, explain, show, stamp, text } from "./page.js";
import { fetchUnits, offerUnits } from "./unit_choice.js";

const { language } = document.body.dataset;
const dayFormat = new Intl.DateTimeFormat(language, { timeZone: "UTC", weekday: "long", day: "numeric", month: "long" });
const dayOf = (day) => dayFormat.format(new Date(`${day}T12:00:00Z`));

// Only who reaches everybody is offered files.
const wholeStaff = Boolean(byId("import"));

let year = new Date().getFullYear();
let chosen = null;

function failed(error, problem) {
  if (error.status === 401) return signInAgain();
  complain(problem, explain(error));
}

async function load() {
  show(byId("problem"), false);
  try {
    render(await call("GET", `/api/holidays?year=${year}`));
  } catch (error) {
    failed(error, byId("problem"));
  }
}

function render({ holidays }) {
  byId("year").textContent = year;
  byId("list").replaceChildren(...holidays.map(entry));
  show(byId("list"), holidays.length > 0);
  show(byId("empty"), holidays.length === 0);
}

function entry(holiday) {
  const { content, fields } = stamp(byId("entry"));
  fields.name.textContent = holiday.name;
  const times = holiday.starts && [holiday.starts, holiday.ends].filter(Boolean).join("–");
  const about = [dayOf(holiday.day), text(`kind_${holiday.kind}`), holiday.unit_name, times];
  fields.about.textContent = about.filter(Boolean).join(" · ");
  // What is for everybody is not for an account that is limited to a unit.
  const mine = wholeStaff || holiday.unit !== null;
  show(fields.edit, mine);
  show(fields.remove, mine);
  fields.edit.setAttribute("aria-label", text("edit_of", { name: holiday.name }));
  fields.edit.addEventListener("click", () => openForm(holiday));
  fields.remove.setAttribute("aria-label", text("remove_of", { name: holiday.name }));
  fields.remove.addEventListener("click", () => {
    chosen = holiday;
    byId("removing-heading").textContent = text("remove_of", { name: holiday.name });
    show(byId("remove-problem"), false);
    byId("removing").showModal();
  });
  return content;
}

function showTimes() {
  show(byId("times"), byId("kind").value === "ceremony");
}

/** For a new day, or to change one. */
async function openForm(holiday = null) {
  chosen = holiday;
  byId("add-form").reset();
  byId("adding-heading").textContent = holiday ? text("edit_of", { name: holiday.name }) : text("add_heading");
  byId("save").textContent = text(holiday ? "save" : "add");
  show(byId("add-problem"), false);
  byId("adding").showModal();
  if (holiday) {
    for (const field of ["day", "name", "kind", "starts", "ends"]) byId(field).value = holiday[field] || "";
  }
  showTimes();
  try {
    offerUnits(byId("unit"), await fetchUnits());
    if (holiday) byId("unit").value = holiday.unit || "";
  } catch (error) {
    failed(error, byId("add-problem"));
  }
}

byId("add").addEventListener("click", () => openForm());
byId("kind").addEventListener("change", showTimes);

byId("add-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = Object.fromEntries(new FormData(byId("add-form")));
  if (!form.day || !form.name.trim()) return complain(byId("add-problem"), text("fill_in_day"));
  if (form.kind !== "ceremony") form.starts = form.ends = null;
  for (const field of ["unit", "starts", "ends"]) form[field] ||= null;
  try {
    if (chosen) await call("PUT", `/api/holidays/${chosen.id}`, { json: form });
    else await call("POST", "/api/holidays", { json: form });
    byId("adding").close();
    year = Number(form.day.slice(0, 4));
    await load();
    announce(text(chosen ? "day_changed" : "day_added"));
  } catch (error) {
    failed(error, byId("add-problem"));
  }
});

byId("confirm-remove").addEventListener("click", async () => {
  try {
    await call("DELETE", `/api/holidays/${chosen.id}`);
    byId("removing").close();
    await load();
    announce(text("day_removed"));
    byId("add").focus();
  } catch (error) {
    failed(error, byId("remove-problem"));
  }
});

async function takeFile(dryRun) {
  const file = byId("file").files[0];
  show(byId("import-problem"), false);
  if (!file) return complain(byId("import-problem"), text("choose_file"));
  const form = new FormData();
  form.append("file", file);
  form.append("dry_run", String(dryRun));
  try {
    showRows(await call("POST", "/api/holidays/import", { form }));
  } catch (error) {
    show(byId("dry-run"), false);
    failed(error, byId("import-problem"));
  }
}

function showRows({ dry_run: dryRun, added, rows }) {
  const said = dryRun ? text("would_add", { count: added, total: rows.length }) : text("days_added", { count: added });
  byId("dry-count").textContent = said;
  byId("rows").replaceChildren(...rows.map((row) => {
    const item = document.createElement("li");
    const words = Object.assign(document.createElement("span"), { textContent: `${row.number}. ${row.text}` });
    const badge = Object.assign(document.createElement("span"), { className: "badge" });
    badge.textContent = row.problem ? text(`row_${row.problem}`) : text("row_good");
    badge.dataset.tone = row.problem ? "wait" : "good";
    item.append(words, badge);
    return item;
  }));
  show(byId("rows"), dryRun);
  show(byId("take"), dryRun && added > 0);
  show(byId("dry-run"));
  byId("dry-run").focus();
  announce(said);
  if (!dryRun) load();
}

if (byId("import")) {
  byId("import").addEventListener("submit", (event) => {
    event.preventDefault();
    takeFile(true);
  });
  byId("take").addEventListener("click", () => takeFile(false));
  byId("file").addEventListener("change", () => show(byId("dry-run"), false));
}

for (const [id, step] of [["previous", -1], ["following", 1]]) {
  byId(id).addEventListener("click", () => {
    year += step;
    load();
  });
}
load();
