import { call, signInAgain } from "./api.js";
import { ended } from "./job.js";
import { byId, complain, explain, hasText, number, show, stamp, text } from "./page.js";

const problem = byId("problem");
const columnName = (column) => text(`column_${column}`);

let report = null;

async function run(mode) {
  const [file] = byId("file").files;
  if (!file) return complain(problem, text("file_first"));
  const form = new FormData();
  form.append("file", file);
  form.append("mode", mode);
  show(problem, false);
  show(byId("report"), false);
  busy(true);
  showProgress({ state: "waiting" });
  try {
    const { id } = await call("POST", "/api/roster", { form });
    finish(await ended(id, showProgress), mode);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(problem, explain(error));
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
    ? text("importing", { done: number(done, 0), total: number(total, 0) })
    : text(state === "waiting" ? "waiting" : "checking");
}

function finish(job, mode) {
  if (job.state === "failed") return complain(problem, text("failed"));
  if (job.report.refused) {
    const { refused, column } = job.report;
    return complain(problem, text(`refused_${refused}`, { column: column && columnName(column) }));
  }
  report = job.report;
  const { added, changed, unchanged, wrong, applied, problems } = report;
  for (const [id, count] of Object.entries({ added, changed, unchanged, wrong })) {
    byId(id).textContent = number(count, 0);
  }
  byId("report-heading").textContent = text(heading(mode, applied));
  const next = applied ? null : nextStep(mode);
  byId("what-next").textContent = next ? text(next) : "";
  const count = added + changed;
  show(byId("import-actions"), !applied && count > 0);
  byId("import").textContent = text(wrong ? "import_good" : "import_all", { count: number(count, 0) });
  const rows = problems.map(row);
  byId("rows").tBodies[0].replaceChildren(...rows);
  show(byId("rows"), rows.length > 0);
  show(byId("more"), wrong > problems.length);
  byId("more").textContent = text("more", { count: number(problems.length, 0) });
  show(byId("report"));
  byId("report").focus();
}

function heading(mode, applied) {
  if (applied) return "imported";
  return mode === "check" ? "checked" : "not_imported";
}

function nextStep(mode) {
  const { added, changed, wrong } = report;
  if (mode !== "check") return "came_between";
  if (wrong === 0) return added + changed > 0 ? "all_good" : "nothing_new";
  return added + changed > 0 ? "some_wrong" : "all_wrong";
}

function row({ row: line, column, code }) {
  const { content, fields } = stamp(byId("row"));
  fields.row.textContent = text("row", { row: line });
  fields.column.textContent = columnName(column);
  const special = `problem_${column}_${code}`;
  fields.problem.textContent = text(hasText(special) ? special : `problem_${code}`);
  return content;
}

byId("choose").addEventListener("submit", (event) => {
  event.preventDefault();
  run("check");
});
byId("file").addEventListener("change", () => show(byId("report"), false));
byId("import").addEventListener("click", () => run(report.wrong ? "good_rows" : "all"));
