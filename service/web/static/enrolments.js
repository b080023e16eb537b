import { call, signInAgain, upload } from "./api.js";
import { loadLists } from "./enrolment_lists.js";
import { ended } from "./job.js";
import { byId, complain, explain, hasText, json, momentOf, number, show, stamp, text } from "./page.js";

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
    loadLists();
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(problem, explain(error));
  } finally {
    busy(false);
  }
}

/** What was sent before this page was closed: it has gone on meanwhile. */
async function resume() {
  const { job } = await call("GET", "/api/enrolments/latest");
  if (!job) return;
  if (job.ended_at) return finish(job, false);
  busy(true);
  try {
    showWork(job);
    finish(await ended(job.id, showWork));
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

/** `now`: it has ended before the eyes of whoever asked. */
function finish(job, now = true) {
  if (job.state === "failed") return complain(problem, text("failed"));
  const { report } = job;
  if (report.refused) return complain(problem, text(`refused_${report.refused}`));
  for (const id of ["enrolled", "skipped", "not_enrolled"]) byId(id).textContent = number(report[id], 0);
  const rows = [
    ...report.refused_people.flatMap((person) => [
      ...person.reasons.map((reason) => row(person, inWords(reason))),
      ...person.lookalikes.map((one) => row(person, aboutLookalike(one))),
      ...person.photos.map((photo) => row(person, aboutPhoto(photo))),
    ]),
    ...report.refused_files.map(({ name, reason }) => row({ name }, inWords(reason))),
    ...report.left_out.map(({ nip, ...photo }) => row({ nip }, aboutPhoto(photo))),
  ];
  byId("rows").tBodies[0].replaceChildren(...rows);
  show(byId("rows"), rows.length > 0);
  byId("ended-at").textContent = momentOf(job.ended_at);
  show(byId("report"));
  if (now) byId("report").focus();
}

function aboutPhoto({ name, problems }) {
  return text("photo_of", { name: name.split("/").pop(), problem: problems.map(inWords).join(" ") });
}

function inWords(code) {
  if (hasText(code)) return text(code);
  return code in sentences ? sentences[code].happened : code;
}

function aboutLookalike({ nip, name, unit }) {
  return text("looks_like", { who: nip ? [name, `NIP ${nip}`, unit].filter(Boolean).join(" · ") : text("somebody_outside") });
}

/** Of somebody, with the way to their page, or of a file. */
function row({ nip, name }, words) {
  const { content, fields } = stamp(byId("row"));
  if (nip) {
    const link = document.createElement("a");
    link.href = `/employees/${encodeURIComponent(nip)}`;
    link.textContent = nip;
    fields.what.append(link);
    if (name) fields.what.append(Object.assign(document.createElement("small"), { textContent: name }));
  } else {
    fields.what.textContent = name;
  }
  fields.problem.textContent = words;
  return content;
}

byId("choose").addEventListener("submit", (event) => {
  event.preventDefault();
  enrol();
});

loadLists();
resume().catch((error) => (error.status === 401 ? signInAgain() : complain(problem, explain(error))));
