import { signInAgain, upload } from "./api.js";
import { ended } from "./job.js";
import { byId, complain, explain, hasText, json, number, show, stamp, text } from "./page.js";

const problem = byId("problem");
const sentences = json("sentences");

async function enrol() {
  const [file] = byId("file").files;
  if (!file) return complain(problem, text("file_first"));
  if (!byId("consent").checked) return complain(problem, text("consent_first"));
  const form = new FormData();
  form.append("photos", file);
  form.append("consent", "true");
  show(problem, false);
  show(byId("report"), false);
  busy(true);
  try {
    const signal = new AbortController().signal;
    const { id } = await upload("/api/enrolments", form, { signal, onProgress: showSending });
    finish(await ended(id, showWork));
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(problem, explain(error));
  } finally {
    busy(false);
  }
}

function busy(working) {
  show(byId("working"), working);
  for (const id of ["enrol", "file", "consent"]) byId(id).disabled = working;
  if (working) showSending(0);
}

function showSending(share) {
  byId("progress").value = share;
  byId("progress-label").textContent =
    share < 1 ? text("sending", { percent: Math.floor(share * 100) }) : text("waiting");
}

function showWork({ done, total }) {
  if (!total) return;
  byId("progress").value = done / total;
  byId("progress-label").textContent = text("enrolling", { done: number(done, 0), total: number(total, 0) });
}

function finish(job) {
  if (job.state === "failed") return complain(problem, text("failed"));
  const { report } = job;
  if (report.refused) return complain(problem, text(`refused_${report.refused}`));
  for (const id of ["enrolled", "skipped", "not_enrolled"]) byId(id).textContent = number(report[id], 0);
  const rows = [
    ...report.refused_people.flatMap(({ nip, reasons, photos }) => [
      ...reasons.map((reason) => row(nip, inWords(reason))),
      ...photos.map((photo) => row(nip, aboutPhoto(photo))),
    ]),
    ...report.refused_files.map(({ name, reason }) => row(name, inWords(reason))),
    ...report.left_out.map(({ nip, ...photo }) => row(nip, aboutPhoto(photo))),
  ];
  byId("rows").tBodies[0].replaceChildren(...rows);
  show(byId("rows"), rows.length > 0);
  show(byId("report"));
  byId("report").focus();
}

function aboutPhoto({ name, problems }) {
  return text("photo_of", { name: name.split("/").pop(), problem: problems.map(inWords).join(" ") });
}

function inWords(code) {
  if (hasText(code)) return text(code);
  return code in sentences ? sentences[code].happened : code;
}

function row(what, words) {
  const { content, fields } = stamp(byId("row"));
  fields.what.textContent = what;
  fields.problem.textContent = words;
  return content;
}

byId("choose").addEventListener("submit", (event) => {
  event.preventDefault();
  enrol();
});
