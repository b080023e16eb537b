// The days of a month in words: dates, states, what was late, what waits, what it costs.

import { json, language, number, text } from "./page.js";

const sentences = json("sentences");
const TONES = { present: "good", wfh: "good", dinas_luar: "good", absent: "bad" };

// Days have no time: at noon of UTC they are the same date everywhere that matters here.
export const noon = (date) => new Date(`${date}T12:00:00Z`);
export const inWords = (options) => {
  const format = new Intl.DateTimeFormat(language, { timeZone: "UTC", ...options });
  return (date) => format.format(noon(date));
};
export const monthOf = inWords({ month: "long", year: "numeric" });
export const longDay = inWords({ weekday: "long", day: "numeric", month: "long" });
export const shortDay = inWords({ day: "numeric", month: "short" });

/** Times as the clock shows them where the days are counted. */
export function clockOf(timeZone) {
  const clock = new Intl.DateTimeFormat(language, { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return (when) => clock.format(new Date(when));
}

export function monthAfter(month, months) {
  const at = noon(`${month}-01`);
  at.setUTCMonth(at.getUTCMonth() + months);
  return at.toISOString().slice(0, 7);
}

export function statusOf(day) {
  const word = text(`day_${day.status}`);
  return day.name ? `${word}: ${day.name}` : word;
}

export const toneOf = (day) => (day.provisional ? "wait" : TONES[day.status] || "");

export function timesOfDay(day, timeOf) {
  if (day.first_in || day.last_out) return [day.first_in, day.last_out].map((at) => (at ? timeOf(at) : "…")).join(" – ");
  if (day.starts_at && day.status === "open") return text("expected", { from: timeOf(day.starts_at), to: timeOf(day.ends_at) });
  return "";
}

/** Late or early, or a check-in that is missing. */
export function lapses(day) {
  const said = [];
  if (day.missing_in) said.push(text("missing_in"));
  else if (day.late_step) said.push(text("late", { minutes: day.late_min, step: day.late_step }));
  if (day.missing_out) said.push(text("missing_out"));
  else if (day.early_step) said.push(text("early", { minutes: day.early_min, step: day.early_step }));
  return said;
}

/** Times that came from fingerprint machines. */
export function machinesOf({ first_in_source: first, last_out_source: last }) {
  if (first && first === last) return [text("machine", { name: first })];
  return [
    ...(first ? [text("machine_in", { name: first })] : []),
    ...(last ? [text("machine_out", { name: last })] : []),
  ];
}

/** Check-ins that do not count. */
export const outside = (day, timeOf) => day.outside.map((at) => text("outside", { time: timeOf(at) }));

export function waitingOf(one, timeOf) {
  const reasons = one.reasons.map((code) => (sentences[code] ? sentences[code].happened : code)).join(" ");
  return reasons ? text("waiting", { time: timeOf(one.at), reasons }) : text("in_progress", { time: timeOf(one.at) });
}

export function costOf({ code, minutes }) {
  if (code === "TK") return text("day_absent");
  if (code.startsWith("TL")) return minutes === null ? text("cost_no_in", { code }) : text("cost_late", { code, minutes });
  if (code.startsWith("PSW")) return minutes === null ? text("cost_no_out", { code }) : text("cost_early", { code, minutes });
  return text(`day_${code}`);
}

/** Names and values of the month's sums. */
function sumsOf(summary) {
  const spent = (days, minutes) => text("days_minutes", { days, minutes: number(minutes, 0) });
  return [
    [text("sum_working_days"), number(summary.working_days, 0)],
    [text("sum_present"), number((summary.by_status.present || 0) + (summary.by_status.wfh || 0), 0)],
    [text("sum_absent"), number(summary.by_status.absent || 0, 0)],
    [text("sum_late"), spent(summary.late_days, summary.late_min)],
    [text("sum_early"), spent(summary.early_days, summary.early_min)],
    [text("sum_deductions"), `${number(summary.deductions_total, 2)} %`],
  ];
}

export function showSums(list, summary) {
  list.replaceChildren(...sumsOf(summary).map(([name, value]) => {
    const pair = document.createElement("div");
    for (const [tag, content] of [["dt", name], ["dd", value]]) {
      pair.append(Object.assign(document.createElement(tag), { textContent: content }));
    }
    return pair;
  }));
}

/** Where the month's sum is more than a month may lose; empty where it is not. */
export function capOf(summary) {
  if (summary.deductions_sum <= summary.deductions_cap) return "";
  return text("cap", { sum: number(summary.deductions_sum, 2), cap: number(summary.deductions_cap, 2) });
}
