// Requests and periods in words: kinds, days, states, and what became of them.

import { explain, momentOf, text } from "./page.js";

const MS_A_DAY = 24 * 3600 * 1000;
const TONES = { asked: "wait", approved: "good", refused: "bad", withdrawn: "plain", revoked: "bad" };
const day = new Intl.DateTimeFormat(document.body.dataset.language, {
  timeZone: "UTC", // a date is of no zone, and stands for its beginning in this one
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
});

export const dateOf = (iso) => day.format(new Date(iso));

/** "Mon, 23 Nov 2026", or from the first to the last of so many days. */
export function daysOf(first, last) {
  return first === last ? dateOf(first) : text("days_from_to", { first: dateOf(first), last: dateOf(last) });
}

export function withCount(first, last) {
  const days = (new Date(last) - new Date(first)) / MS_A_DAY + 1;
  return days === 1 ? dateOf(first) : `${daysOf(first, last)} (${text("days_count", { days })})`;
}

export const clock = (time) => time.replace(":", document.body.dataset.language === "id" ? "." : ":");

export function timesOf({ arrival, departure, departs_next_day: nextDay }) {
  const said = [];
  if (arrival) said.push(text("arrival_at", { time: clock(arrival) }));
  if (departure) said.push(text(nextDay ? "departure_next_day" : "departure_at", { time: clock(departure) }));
  return said.join(", ");
}

/** What is asked for, and for when; of an absence or a correction. */
export const titleOf = (one) => (one.kind ? text(`kind_${one.kind}`) : text("correction_of"));
export const whenOf = (one) =>
  one.kind ? withCount(one.first, one.last) : `${dateOf(one.day)}: ${timesOf(one)}`;

/** Why it was asked for, and who has entered it where it was not the employee. */
export function noteOf({ note, entered_by: author }) {
  if (!author) return note;
  const entered = text("entered_by", { name: author });
  return note ? `${note} – ${entered}` : entered;
}

export function badge(element, state) {
  element.textContent = text(`state_${state}`);
  element.dataset.tone = TONES[state];
}

export function decisionLine({ state, note, by, at }) {
  const key = state === "withdrawn" ? "decision_own" : "decision_line";
  const line = text(key, { state: text(`state_${state}`), by, time: momentOf(at) });
  return note ? `${line} – ${note}` : line;
}

/** As `explain`, with the days that are taken as people write them. */
export function explainRequest(error) {
  if (error.problem && error.problem.code === "request_overlaps") {
    return text("overlaps", { days: daysOf(error.problem.first, error.problem.last) });
  }
  return explain(error);
}
