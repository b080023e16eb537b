// A day's arrival and departure in one sentence.

import { text, timeOf } from "./page.js";

/** Empty where the day has neither. */
export function dayInWords(day) {
  if (!day || !(day.first_in || day.last_out)) return "";
  const sentence = text(day.first_in ? (day.last_out ? "day" : "day_first") : "day_last", {
    first: day.first_in && timeOf(day.first_in),
    last: day.last_out && timeOf(day.last_out),
  });
  return day.provisional ? `${sentence} ${text("day_provisional")}` : sentence;
}
