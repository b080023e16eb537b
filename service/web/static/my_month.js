import { call, signInAgain } from "./api.js";
import { byId, complain, explain, json, number, show, stamp, text } from "./page.js";

const { language } = document.body.dataset;
const sentences = json("sentences");
const TONES = { present: "good", wfh: "good", dinas_luar: "good", absent: "bad" };
const NOBODY_ASKED = new Set(["off", "national", "collective_leave", "local", "outside"]);

let shown = new URL(location.href).searchParams.get("month");
let clock;

// Days have no time: at noon of UTC they are the same date everywhere that matters here.
const noon = (date) => new Date(`${date}T12:00:00Z`);
const inWords = (options) => {
  const format = new Intl.DateTimeFormat(language, { timeZone: "UTC", ...options });
  return (date) => format.format(noon(date));
};
const monthOf = inWords({ month: "long", year: "numeric" });
const longDay = inWords({ weekday: "long", day: "numeric", month: "long" });
const shortDay = inWords({ day: "numeric", month: "short" });
const weekdayOf = inWords({ weekday: "long" });
const dayNumber = inWords({ day: "numeric" });
const timeOf = (when) => clock.format(new Date(when));

async function load() {
  show(byId("problem"), false);
  try {
    const query = shown ? `?${new URLSearchParams({ month: shown })}` : "";
    render(await call("GET", `/api/me/attendance${query}`));
  } catch (error) {
    if (error.status === 401) return signInAgain();
    show(byId("content"), false);
    complain(byId("problem"), explain(error));
  }
}

function render(month) {
  shown = month.month;
  clock = new Intl.DateTimeFormat(language, {
    timeZone: month.time_zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  byId("month").textContent = monthOf(month.days[0].date);
  const empty = month.days.every((day) => day.status === "outside");
  show(byId("empty"), empty);
  show(byId("content"), !empty);
  renderSums(month.summary);
  renderDays(month.days);
  renderCosts(month);
}

function renderSums(summary) {
  const spent = (days, minutes) => text("days_minutes", { days, minutes: number(minutes, 0) });
  const sums = [
    [text("sum_working_days"), number(summary.working_days, 0)],
    [text("sum_present"), number((summary.by_status.present || 0) + (summary.by_status.wfh || 0), 0)],
    [text("sum_absent"), number(summary.by_status.absent || 0, 0)],
    [text("sum_late"), spent(summary.late_days, summary.late_min)],
    [text("sum_early"), spent(summary.early_days, summary.early_min)],
    [text("sum_deductions"), `${number(summary.deductions_total, 2)} %`],
  ];
  byId("sums").replaceChildren(...sums.map(([name, value]) => {
    const pair = document.createElement("div");
    for (const [tag, content] of [["dt", name], ["dd", value]]) {
      pair.append(Object.assign(document.createElement(tag), { textContent: content }));
    }
    return pair;
  }));
}

function renderDays(days) {
  byId("weekdays").replaceChildren(...["05", "06", "07", "08", "09", "10", "11"].map((monday) =>
    Object.assign(document.createElement("th"), { scope: "col", textContent: weekdayOf(`2026-01-${monday}`) })));
  const lead = (noon(days[0].date).getUTCDay() + 6) % 7;
  const cells = [...Array.from({ length: lead }, gap), ...days.map(cell)];
  while (cells.length % 7) cells.push(gap());
  const weeks = [];
  for (let at = 0; at < cells.length; at += 7) {
    const week = document.createElement("tr");
    week.append(...cells.slice(at, at + 7));
    weeks.push(week);
  }
  byId("weeks").replaceChildren(...weeks);
}

const gap = () => Object.assign(document.createElement("td"), { className: "gap" });

function cell(day) {
  const { content, fields } = stamp(byId("day"));
  content.firstElementChild.dataset.kind = NOBODY_ASKED.has(day.status) ? "free" : "work";
  fields.weekday.textContent = weekdayOf(day.date);
  fields.date.textContent = dayNumber(day.date);
  const word = text(`day_${day.status}`);
  fields.status.textContent = day.name ? `${word}: ${day.name}` : word;
  fields.status.dataset.tone = day.provisional ? "wait" : TONES[day.status] || "";
  if (day.first_in || day.last_out) {
    fields.times.textContent = [day.first_in, day.last_out].map((at) => (at ? timeOf(at) : "…")).join(" – ");
  } else if (day.starts_at && day.status === "open") {
    fields.times.textContent = text("expected", { from: timeOf(day.starts_at), to: timeOf(day.ends_at) });
  }
  fields.notes.replaceChildren(...notes(day).map((words) =>
    Object.assign(document.createElement("span"), { textContent: words })));
  return content;
}

function notes(day) {
  const said = [];
  if (day.missing_in) said.push(text("missing_in"));
  else if (day.late_step) said.push(text("late", { minutes: day.late_min, step: day.late_step }));
  if (day.missing_out) said.push(text("missing_out"));
  else if (day.early_step) said.push(text("early", { minutes: day.early_min, step: day.early_step }));
  const { first_in_source: first, last_out_source: last } = day;
  if (first && first === last) said.push(text("machine", { name: first }));
  else {
    if (first) said.push(text("machine_in", { name: first }));
    if (last) said.push(text("machine_out", { name: last }));
  }
  if (day.corrected) said.push(text("corrected"));
  for (const at of day.outside) said.push(text("outside", { time: timeOf(at) }));
  for (const one of day.waiting) {
    const reasons = one.reasons.map((code) => (sentences[code] ? sentences[code].happened : code)).join(" ");
    said.push(reasons ? text("waiting", { time: timeOf(one.at), reasons }) : text("in_progress", { time: timeOf(one.at) }));
  }
  return said;
}

function renderCosts({ days, summary }) {
  const lines = days.flatMap((day) => day.deductions);
  byId("costs").tBodies[0].replaceChildren(...lines.map((line) => {
    const row = document.createElement("tr");
    row.append(
      Object.assign(document.createElement("th"), { scope: "row", textContent: shortDay(line.date), title: longDay(line.date) }),
      Object.assign(document.createElement("th"), { textContent: costOf(line) }),
      Object.assign(document.createElement("td"), { textContent: number(line.percent, 2) }),
    );
    return row;
  }));
  byId("total").textContent = number(summary.deductions_total, 2);
  show(byId("costs"), lines.length > 0);
  show(byId("no-costs"), lines.length === 0);
  const capped = summary.deductions_sum > summary.deductions_cap;
  show(byId("cap"), capped);
  byId("cap").textContent = text("cap", { sum: number(summary.deductions_sum, 2), cap: number(summary.deductions_cap, 2) });
}

function costOf({ code, minutes }) {
  if (code === "TK") return text("day_absent");
  if (code.startsWith("TL")) return minutes === null ? text("cost_no_in", { code }) : text("cost_late", { code, minutes });
  if (code.startsWith("PSW")) return minutes === null ? text("cost_no_out", { code }) : text("cost_early", { code, minutes });
  return text(`day_${code}`);
}

function turn(months) {
  const at = noon(`${shown}-01`);
  at.setUTCMonth(at.getUTCMonth() + months);
  shown = at.toISOString().slice(0, 7);
  history.replaceState(null, "", `?${new URLSearchParams({ month: shown })}`);
  load();
}

byId("previous").addEventListener("click", () => shown && turn(-1));
byId("following").addEventListener("click", () => shown && turn(1));
load();
