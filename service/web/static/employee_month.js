import { call, signInAgain } from "./api.js";
import { openAbsence, prepareAbsence } from "./ask_absence.js";
import { openCorrection, prepareCorrection } from "./ask_correction.js";
import {
  capOf, clockOf, costOf, inWords, lapses, longDay, machinesOf, monthAfter, outside, showSums, statusOf, timesOfDay, toneOf, waitingOf,
} from "./month_words.js";
import { byId, complain, explain, listOf, momentOf, number, show, stamp, text } from "./page.js";
import { badge, decisionLine, noteOf, timesOf, titleOf, whenOf } from "./request_words.js";

const { nip, reached, enters, today } = byId("employee").dataset;
const path = `/api/employees/${encodeURIComponent(nip)}`;
const dayOfMonth = inWords({ weekday: "short", day: "numeric", month: "short" });
const monthName = inWords({ month: "long", year: "numeric" });

let shown = new URL(location.href).searchParams.get("month");
let entering = null;
let timeOf;

async function load() {
  show(byId("problem"), false);
  try {
    const query = shown ? `?${new URLSearchParams({ month: shown })}` : "";
    const [month, asked] = await Promise.all([
      call("GET", `${path}/attendance${query}`),
      reached === undefined ? { absences: [], corrections: [] } : call("GET", `${path}/requests${query}`),
    ]);
    render(month, asked);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    show(byId("content"), false);
    show(byId("empty"), false);
    complain(byId("problem"), explain(error));
  }
}

function render(month, asked) {
  shown = month.month;
  timeOf = clockOf(month.time_zone);
  byId("month").textContent = monthName(`${month.month}-01`);
  const requests = [...asked.absences, ...asked.corrections];
  const empty = requests.length === 0 && month.days.every((day) => day.status === "outside");
  show(byId("empty"), empty);
  show(byId("content"), !empty);
  show(byId("partly"), month.partly);
  showSums(byId("sums"), month.summary);
  byId("cap").textContent = capOf(month.summary);
  show(byId("cap"), byId("cap").textContent !== "");
  byId("days").tBodies[0].replaceChildren(...month.days.map((day) => row(day, requests)));
  byId("requests").replaceChildren(...requests.map(entry));
  show(byId("requests-section"), requests.length > 0);
}

function row(day, requests) {
  const { content, fields } = stamp(byId("day"));
  fields.date.textContent = dayOfMonth(day.date);
  fields.unit.textContent = day.unit || text("no_unit");
  fields.status.textContent = statusOf(day);
  fields.status.dataset.tone = toneOf(day);
  fields.times.textContent = day.first_in || day.last_out ? timesOfDay(day, timeOf) : "";
  fields.hours.textContent = day.starts_at
    ? text("expected", { from: timeOf(day.starts_at), to: timeOf(day.ends_at) })
    : "";
  fields.notes.replaceChildren(
    ...listOf([...lapses(day), ...machinesOf(day), ...laidOver(day, requests), ...outside(day, timeOf)]),
    ...day.waiting.map((one) => waiting(day, one)),
  );
  fields.costs.replaceChildren(
    ...listOf(day.deductions.map((line) => text("cost_line", { what: costOf(line), percent: number(line.percent, 2) }))),
  );
  show(fields.enter, enters !== undefined && day.status !== "outside");
  fields.enter.setAttribute("aria-label", text("enter_for", { day: longDay(day.date) }));
  fields.enter.addEventListener("click", () => offer(day));
  return content;
}

/** What was approved for the day, by whom, when and why. */
function laidOver(day, requests) {
  const ofDay = requests.filter((one) => (one.kind ? one.first <= day.date && day.date <= one.last : one.day === day.date));
  return ofDay
    .filter((one) => one.request.state === "approved")
    .map((one) => {
      const approval = one.request.decisions.find((step) => step.state === "approved");
      const what = one.kind ? titleOf(one) : `${titleOf(one)}: ${timesOf(one)}`;
      const said = text("laid_over", { what, by: approval.by, time: momentOf(approval.at) });
      return `${said} – ${noteOf(one.request)}`;
    });
}

function waiting(day, one) {
  const item = document.createElement("li");
  const words = waitingOf(one, timeOf);
  if (one.status === "review" && reached !== undefined) {
    const link = Object.assign(document.createElement("a"), { href: `/reviews/${one.checkin_id}`, textContent: words });
    link.title = text("look", { day: longDay(day.date) });
    item.append(link);
  } else {
    item.textContent = words;
  }
  return item;
}

function entry(one) {
  const { content, fields } = stamp(byId("entry"));
  const { request } = one;
  fields.title.textContent = titleOf(one);
  fields.when.textContent = whenOf(one);
  fields.note.textContent = noteOf(request);
  badge(fields.state, request.state);
  fields.decisions.replaceChildren(...listOf(request.decisions.map(decisionLine)));
  show(fields.decisions, request.decisions.length > 0);
  show(fields.letter, Boolean(one.letter));
  fields.letter.href = `/api/absences/${request.id}/letter`;
  fields.letter.setAttribute("aria-label", text("letter_of", { title: titleOf(one), when: whenOf(one) }));
  return content;
}

function offer(day) {
  entering = day.date;
  byId("entering-heading").textContent = longDay(day.date);
  show(byId("enter-correction"), day.date <= today);
  byId("entering").showModal();
}

async function done(message) {
  await load();
  byId("done").textContent = message;
  show(byId("done"));
  byId("done").focus();
}

function turn(months) {
  shown = monthAfter(shown, months);
  history.replaceState(null, "", `?${new URLSearchParams({ month: shown })}`);
  show(byId("done"), false);
  load();
}

for (const [id, open] of [["enter-correction", openCorrection], ["enter-absence", openAbsence]]) {
  byId(id).addEventListener("click", () => {
    byId("entering").close();
    open(entering);
  });
}
byId("previous").addEventListener("click", () => shown && turn(-1));
byId("following").addEventListener("click", () => shown && turn(1));
prepareAbsence(done, { path: `${path}/absences`, sent: "entered" });
prepareCorrection(done, { path: `${path}/corrections`, sent: "entered" });
load();
