// What a line of a checklist, a thing that is open, and a change of figures are in words.

import { language, number, text } from "./page.js";

const inWords = (options) => {
  const format = new Intl.DateTimeFormat(language, { timeZone: "UTC", ...options });
  // Days have no time: at noon of UTC they are the same date everywhere that matters here.
  return (date) => format.format(new Date(`${date}T12:00:00Z`));
};
export const monthOf = inWords({ month: "long", year: "numeric" });
export const dayOf = inWords({ day: "numeric", month: "short", year: "numeric" });

const COMPARED = [
  "working_days", "late_min", "early_min", "missing_in", "missing_out", "provisional", "deductions_total",
];

/** Where one thing is worked off; null where there is no page for it. */
export function addressOf(kind, matter, month) {
  if (matter.what === "kiosk") return "/kiosks";
  if (kind === "reviews") return `/reviews/${matter.checkin_id}`;
  return matter.nip ? monthAddress(matter.nip, month) : null;
}

export const monthAddress = (nip, month) => `/employees/${encodeURIComponent(nip)}/month?month=${month}`;

/** Where all of a line is worked off, as [address, words]; null where it is person by person. */
export function pageOf(kind, unit, month) {
  if (kind === "reviews") return [`/reviews?${new URLSearchParams({ unit })}`, text("to_reviews")];
  if (kind !== "requests") return null;
  return [`/requests?${new URLSearchParams({ unit, month, state: "asked" })}`, text("to_requests")];
}

/** What differs between two figures of a person, e.g. "Minutes late: 10 → 0". */
export function changeOf({ before, after }) {
  if (!before || !after) {
    return text("from_to", {
      what: text("sum_working_days"),
      before: before ? number(before.working_days, 0) : text("no_figures"),
      after: after ? number(after.working_days, 0) : text("no_figures"),
    });
  }
  const absent = (figures) => figures.by_status.absent || 0;
  const pairs = COMPARED.map((name) => [`sum_${name}`, before[name], after[name]]);
  pairs.push(["sum_absent", absent(before), absent(after)]);
  const different = pairs.filter(([, earlier, later]) => earlier !== later);
  if (!different.length) return text("sum_other");
  return different
    .map(([key, earlier, later]) => {
      return text("from_to", { what: text(key), before: number(earlier, 2), after: number(later, 2) });
    })
    .join(", ");
}
