// Files of a machine: checked, imported, looked at again, taken back.

import { call, signInAgain } from "./api.js";
import { ended } from "./job.js";
import { numberRow } from "./machine_numbers.js";
import { byId, complain, explain, listOf, momentOf, number, show, stamp, text } from "./page.js";
import { Pager } from "./pager.js";

const problem = byId("file-problem");
const count = (value) => number(value, 0);
const pager = new Pager(load);

let path = "";
let changed = async () => {};
let report = null;
let opened = null;

export function openImports(machinePath, whenChanged) {
  if (path !== machinePath) {
    for (const id of ["report", "file-problem", "imports-done"]) show(byId(id), false);
    byId("choose").reset();
    pager.restart();
  }
  path = machinePath;
  changed = whenChanged;
  load();
}

// --- a file

async function run(mode) {
  const [file] = byId("file").files;
  if (!file) return complain(problem, text("file_first"));
  const form = new FormData();
  form.append("file", file);
  form.append("mode", mode);
  for (const id of ["report", "file-problem", "imports-done"]) show(byId(id), false);
  busy(true);
  showProgress({ state: "waiting" });
  try {
    const { id } = await call("POST", `${path}/imports`, { form });
    await finish(await ended(id, showProgress), mode);
  } catch (error) {
    fail(problem, error);
  } finally {
    busy(false);
  }
}

function busy(working) {
  show(byId("working"), working);
  for (const id of ["check", "file", "import"]) byId(id).disabled = working;
}

function showProgress({ state, done, total }) {
  const bar = byId("progress");
  const counted = state === "running" && total > 0;
  if (counted) bar.value = done / total;
  else bar.removeAttribute("value");
  byId("progress-label").textContent = counted
    ? text("importing", { done: count(done), total: count(total) })
    : text(state === "waiting" ? "waiting" : "checking");
}

async function finish(job, mode) {
  if (job.state === "failed") {
    await changed();
    return complain(problem, text("failed"));
  }
  if (job.report.refused) return complain(problem, text(`refused_${job.report.refused}`));
  report = job.report;
  renderReport(mode);
  if (report.applied) {
    pager.restart();
    await Promise.all([load(), changed()]);
  }
  byId("report").focus();
}

function renderReport(mode) {
  const { added, wrong, applied, first_at: first, last_at: last } = report;
  for (const id of ["added", "there", "repeated", "wrong"]) byId(id).textContent = count(report[id]);
  byId("report-heading").textContent = text(applied ? "imported" : mode === "check" ? "checked" : "not_imported");
  byId("report-span").textContent = first ? text("span", { first: momentOf(first), last: momentOf(last) }) : "";
  byId("what-next").textContent = applied ? "" : text(nextStep(mode));
  show(byId("import-actions"), !applied && added > 0);
  byId("import").textContent = text(wrong ? "import_good" : "import_all", { count: count(added) });
  renderUnmatched();
  show(byId("problem-part"), wrong > 0);
  byId("codes").replaceChildren(...codesOf(report));
  byId("problem-rows").replaceChildren(...listOf(report.problems.map(({ row, code }) =>
    text("row_problem", { row, problem: text(`problem_${code}`) }))));
  show(byId("more"), wrong > report.problems.length);
  byId("more").textContent = text("more", { count: count(report.problems.length) });
  show(byId("report"));
}

function nextStep(mode) {
  const { added, wrong } = report;
  if (mode !== "check") return "came_between";
  if (wrong === 0) return added > 0 ? "all_good" : "nothing_new";
  return added > 0 ? "some_wrong" : "all_wrong";
}

function renderUnmatched() {
  const { unmatched, unmatched_count: all } = report;
  show(byId("unmatched"), unmatched.length > 0);
  byId("unmatched-list").replaceChildren(...unmatched.map((one) =>
    numberRow({ ...one, nip: null, name: null, outside: false }, (entry) => {
      entry.remove();
      byId("check").focus();
    })));
  show(byId("unmatched-more"), all > unmatched.length);
  byId("unmatched-more").textContent = text("more", { count: count(unmatched.length) });
}

const codesOf = ({ codes }) => listOf(Object.entries(codes).map(([code, rows]) =>
  text("code_count", { problem: text(`problem_${code}`), count: count(rows) })));

// --- those that were imported

async function load() {
  try {
    const answer = await call("GET", `${path}/imports?page=${pager.page}`);
    pager.render(answer);
    byId("imports").replaceChildren(...answer.imports.map(row));
    show(byId("no-imports"), answer.total === 0);
  } catch (error) {
    fail(byId("imports-problem"), error);
  }
}

function badge(element, one) {
  const [state, tone] = one.taken_back_at
    ? ["state_taken", "bad"]
    : !one.finished_at ? ["state_open", "wait"] : one.again ? ["state_again", "wait"] : ["state_done", "good"];
  element.textContent = text(state);
  element.dataset.tone = tone;
}

const factsOf = (one) => text("import_facts", { time: momentOf(one.imported_at), by: one.imported_by });
const countsOf = ({ added, there, wrong }) =>
  text("import_counts", { added: count(added), there: count(there), wrong: count(wrong) });

function row(one) {
  const { content, fields } = stamp(byId("import-row"));
  fields.file.textContent = one.file_name;
  badge(fields.state, one);
  fields.facts.textContent = factsOf(one);
  fields.counts.textContent = countsOf(one);
  fields.open.setAttribute("aria-label", text("open_import", { file: one.file_name }));
  fields.open.addEventListener("click", () => open(one.id));
  return content;
}

async function open(id) {
  show(byId("imports-problem"), false);
  try {
    const { record, report: kept } = await call("GET", `${path}/imports/${id}`);
    opened = id;
    renderImport(record, kept);
    byId("one-import").showModal();
    byId("one-heading").focus();
  } catch (error) {
    fail(byId("imports-problem"), error);
  }
}

function renderImport(one, kept) {
  byId("one-heading").textContent = one.file_name;
  badge(byId("one-state"), one);
  const span = one.first_at ? text("span", { first: momentOf(one.first_at), last: momentOf(one.last_at) }) : "";
  byId("one-facts").textContent = [factsOf(one), span].filter(Boolean).join(" · ");
  byId("one-counts").textContent = countsOf(one);
  show(byId("one-again"), one.again);
  byId("one-again").textContent = text("import_again_hint");
  byId("one-codes").replaceChildren(...(kept ? codesOf(kept) : []));
  byId("one-taken").textContent = one.taken_back_at
    ? text("taken_by", { by: one.taken_back_by, time: momentOf(one.taken_back_at), note: one.taken_back_reason })
    : "";
  byId("take-note").value = "";
  show(byId("take-problem"), false);
  show(byId("take-form"), !one.taken_back_at);
}

function fail(element, error) {
  if (error.status === 401) return signInAgain();
  complain(element, explain(error));
}

byId("choose").addEventListener("submit", (event) => {
  event.preventDefault();
  run("check");
});
byId("file").addEventListener("change", () => show(byId("report"), false));
byId("import").addEventListener("click", () => run(report.wrong ? "good_rows" : "all"));
byId("take-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  byId("take").disabled = true;
  try {
    const note = byId("take-note").value;
    const { import_again: files } = await call("POST", `${path}/imports/${opened}/taking-back`, { json: { note } });
    byId("one-import").close();
    show(byId("report"), false);
    await Promise.all([load(), changed()]);
    const said = text(files.length ? "taken_back_again" : "taken_back", { files: files.join(", ") });
    complain(byId("imports-done"), said);
  } catch (error) {
    fail(byId("take-problem"), error);
  } finally {
    byId("take").disabled = false;
  }
});
