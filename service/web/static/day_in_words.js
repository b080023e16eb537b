// A day's arrival and departure in one sentence.

import { text, timeOf } from "./page.js";

const at = (time, machine) => (machine ? text("at_machine", { time: timeOf(time), name: machine }) : timeOf(time));

/** Empty where the day has neither. */
export function dayInWords(day) {
  if (!day || !(day.first_in || day.last_out)) return "";
  const sentence = text(day.first_in ? (day.last_out ? "day" : "day_first") : "day_last", {
    first: day.first_in && at(day.first_in, day.first_in_source),
    last: day.last_out && at(day.last_out, day.last_out_source),
  });
  return day.provisional ? `${sentence} ${text("day_provisional")}` : sentence;
}
