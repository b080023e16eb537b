import { call, signInAgain } from "./api.js";
import { announce, byId, complain, explain, number, show, stamp, text, timeOf } from "./page.js";
import { fetchUnits, offerUnits } from "./unit_choice.js";

const { language } = document.body.dataset;
const inWords = (options) => {
  const format = new Intl.DateTimeFormat(language, { timeZone: "UTC", ...options });
  return (day) => format.format(new Date(`${day}T12:00:00Z`));
};
const dayOf = inWords({ dateStyle: "medium" });
const weekday = inWords({ weekday: "long" });
const weekdayShort = inWords({ weekday: "short" });
const A_MONDAY = 5; // of January 2026
const WEEK = 7;
const monday = (index) => `2026-01-${String(A_MONDAY + index).padStart(2, "0")}`;
const nameOf = (index, length) => (length === WEEK ? weekday(monday(index)) : text("day_of", { number: index + 1 }));
const shortOf = (index, length) => (length === WEEK ? weekdayShort(monday(index)) : String(index + 1));

let chosen = null;
let fingerprint = null;

function failed(error, problem) {
  if (error.status === 401) return signInAgain();
  complain(problem, explain(error));
}

async function load() {
  show(byId("problem"), false);
  try {
    render(await call("GET", "/api/schedules"));
  } catch (error) {
    failed(error, byId("problem"));
  }
}

/** Does the work, shows what is there now, and says so. */
async function settle(work, problem, dialog) {
  show(problem, false);
  try {
    await work();
    // Before the dialog closes: what is opened next shows what was saved.
    await load();
    if (dialog) dialog.close();
    announce(text("saved"));
  } catch (error) {
    failed(error, problem);
  }
}

function render({ patterns, assignments, ramadan, deductions }) {
  byId("patterns").replaceChildren(...patterns.map(pattern));
  const names = new Map(patterns.map((one) => [one.code, one.name]));
  byId("assignments").replaceChildren(...assignments.map((one) => assignment(one, names)));
  show(byId("no-assignments"), assignments.length === 0);
  byId("ramadan").replaceChildren(...ramadan.map((one) =>
    dated(`${dayOf(one.first)} – ${dayOf(one.last)}`, [], one, { path: `ramadan/${one.first}`, name: `Ramadan ${dayOf(one.first)}` })));
  show(byId("no-ramadan"), ramadan.length === 0);
  const steps = (values) => values.map((value) => number(value, 2)).join(" / ");
  const byKind = (rates) => Object.entries(rates)
    .map(([kind, rate]) => text("kind_rate", { kind: text(`kind_${kind}`), rate: number(rate, 2) })).join(" · ");
  byId("rates").replaceChildren(...deductions.map((one) => dated(text("since", { day: dayOf(one.valid_from) }), [
    text("rate_of", { late: steps(one.late), early: steps(one.early), absent: number(one.absent, 2), cap: number(one.cap, 2) }),
    byKind(one.by_status),
    one.source ? text("source_of", { source: one.source }) : text("no_source"),
  ], one, { path: `deductions/${one.valid_from}`, name: text("deductions_of", { day: dayOf(one.valid_from) }) })));
  if (byId("rates-form")) beginWith(deductions.at(-1));
}

/** What begins on a day, and can be removed as long as it has not. */
function dated(words, more, { begun }, { path, name }) {
  const { content, fields } = stamp(byId("dated"));
  fields.what.textContent = words;
  for (const line of more.filter(Boolean)) {
    fields.more.append(Object.assign(document.createElement("span"), { textContent: line }), document.createElement("br"));
  }
  show(fields.remove, !begun && Boolean(byId("rates-form")));
  fields.remove.setAttribute("aria-label", text("remove_of", { name }));
  fields.remove.addEventListener("click", () => {
    chosen = path;
    byId("removing-dated-heading").textContent = text("remove_of", { name });
    show(byId("dated-problem"), false);
    byId("removing-dated").showModal();
  });
  return content;
}

/** The form of the rates with the last ones: what is not changed stays as it is. */
function beginWith({ late, early, absent, cap, by_status: byStatus, source }) {
  byId("rates-form").reset();
  const plain = (values) => [values].flat().map((value) => number(value, 2)).join(" ");
  for (const [id, value] of Object.entries({ late, early, absent, cap })) byId(`rates-${id}`).value = plain(value);
  byId("rates-source").value = source;
  byId("rates-by-kind").replaceChildren(...byId("rates-by-kind").dataset.kinds.split(" ").map((kind) => {
    const { content, fields } = stamp(byId("rate-of-kind"));
    fields.rate.id = `rate-${kind}`;
    fields.rate.dataset.kind = kind;
    fields.rate.value = kind in byStatus ? plain(byStatus[kind]) : "";
    fields.label.htmlFor = fields.rate.id;
    fields.label.textContent = text(`kind_${kind}`);
    return content;
  }));
}

function item(words, more) {
  const entry = document.createElement("li");
  const span = Object.assign(document.createElement("span"), { textContent: words });
  if (more) span.append(Object.assign(document.createElement("small"), { textContent: more }));
  entry.append(span);
  return entry;
}

function pattern(one) {
  const { content, fields } = stamp(byId("pattern"));
  fields.name.textContent = one.name;
  fields.code.textContent = one.code;
  show(fields.standard, one.is_default);
  fields.versions.replaceChildren(...one.versions.map((version) => {
    const entry = item(text("since", { day: dayOf(version.valid_from) }), summary(version.cycle));
    if (version.ramadan) entry.firstChild.append(Object.assign(document.createElement("small"), { textContent: text("in_ramadan", { hours: summary(version.ramadan) }) }));
    return entry;
  }));
  if (fields.version) {
    fields.version.setAttribute("aria-label", text("new_version_of", { name: one.name }));
    fields.version.addEventListener("click", () => openVersion(one));
  }
  fields.assign.setAttribute("aria-label", text("give_of", { name: one.name }));
  fields.assign.addEventListener("click", () => openAssign(one));
  return content;
}

function hoursOf(hours) {
  if (!hours) return text("free");
  const { starts, ends, break_min: minutes, apel_at: apel } = hours;
  let words = `${starts}–${ends}`;
  if (apel) words = text("hours_apel", { hours: words, apel });
  return minutes ? text("hours_break", { hours: words, minutes }) : words;
}

/** Neighbouring days with the same hours in one. */
function summary(cycle) {
  const runs = [];
  cycle.forEach((hours, index) => {
    const last = runs.at(-1);
    if (last && last.hours === hoursOf(hours)) last.to = index;
    else runs.push({ from: index, to: index, hours: hoursOf(hours) });
  });
  return runs.map(({ from, to, hours }) => {
    const days = from === to ? [from] : [from, to];
    return `${days.map((index) => shortOf(index, cycle.length)).join("–")} ${hours}`;
  }).join(", ");
}

function assignment(one, names) {
  const { content, fields } = stamp(byId("assignment"));
  fields.name.textContent = one.name;
  const span = [text("since", { day: dayOf(one.first) }), one.last && text("until", { day: dayOf(one.last) })];
  fields.about.textContent = [one.unit || one.nip, names.get(one.pattern), ...span].filter(Boolean).join(" · ");
  fields.remove.setAttribute("aria-label", text("remove_of", { name: one.name }));
  fields.remove.addEventListener("click", () => {
    chosen = one;
    byId("removing-heading").textContent = text("remove_of", { name: one.name });
    show(byId("remove-problem"), false);
    byId("removing").showModal();
  });
  return content;
}

// --- a version

function offerDays(container, cycle) {
  container.replaceChildren(...cycle.map((hours, index) => {
    const { content, fields } = stamp(byId("week-day"));
    const day = nameOf(index, cycle.length);
    fields.day.textContent = day;
    for (const [field, key, said] of [["starts", "starts", "starts_of"], ["ends", "ends", "ends_of"], ["pause", "break_min", "break_of"], ["apel", "apel_at", "apel_of"]]) {
      fields[field].setAttribute("aria-label", text(said, { day }));
      fields[field].title = text(said, { day });
      if (hours) fields[field].value = hours[key] ?? "";
    }
    return content;
  }));
}

const daysOf = (container) => Array.from(container.children, (day) => {
  const [starts, ends, pause, apel] = day.querySelectorAll("input");
  if (!starts.value || !ends.value) return null;
  return { starts: starts.value, ends: ends.value, break_min: Number(pause.value) || 0, apel_at: apel.value || null };
});

function openVersion(one) {
  chosen = one;
  byId("version-form").reset();
  const version = one && one.versions.at(-1);
  byId("editing-heading").textContent = one ? text("new_version_of", { name: one.name }) : text("new_pattern");
  show(byId("new-pattern"), !one);
  const cycle = version ? version.cycle : Array(WEEK).fill(null);
  byId("cycle-length").value = cycle.length;
  offerDays(byId("ordinary"), cycle);
  byId("has-ramadan").checked = Boolean(version && version.ramadan);
  offerDays(byId("in-ramadan"), (version && version.ramadan) || cycle);
  show(byId("ramadan-week"), byId("has-ramadan").checked);
  if (version) {
    byId("tolerance").value = version.tolerance_min;
    byId("on-holidays").checked = version.works_on_holidays;
  }
  show(byId("version-problem"), false);
  byId("editing").showModal();
  byId("editing-heading").focus();
}

byId("cycle-length").addEventListener("change", () => {
  const length = Math.min(62, Math.max(1, Number(byId("cycle-length").value) || WEEK));
  for (const container of [byId("ordinary"), byId("in-ramadan")]) {
    const days = daysOf(container);
    offerDays(container, Array.from({ length }, (_, index) => days[index] || null));
  }
});
byId("has-ramadan").addEventListener("change", () => show(byId("ramadan-week"), byId("has-ramadan").checked));
if (byId("add")) byId("add").addEventListener("click", () => openVersion(null));

byId("version-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const version = {
    valid_from: byId("valid-from").value,
    cycle: daysOf(byId("ordinary")),
    ramadan: byId("has-ramadan").checked ? daysOf(byId("in-ramadan")) : null,
    tolerance_min: Number(byId("tolerance").value) || 0,
    works_on_holidays: byId("on-holidays").checked,
  };
  if (chosen) version.windows = chosen.versions.at(-1).windows;
  const name = byId("pattern-name").value.trim();
  const code = byId("pattern-code").value.trim();
  if (!version.valid_from || (!chosen && !(name && code))) return complain(byId("version-problem"), text("fill_in_version"));
  const path = chosen ? `/api/schedules/${encodeURIComponent(chosen.code)}/versions` : "/api/schedules";
  const json = chosen ? version : { ...version, name, code };
  settle(() => call("POST", path, { json }), byId("version-problem"), byId("editing"));
});

// --- whose it is

async function openAssign(one) {
  chosen = one;
  byId("assign-form").reset();
  byId("assigning-heading").textContent = text("give_of", { name: one.name });
  show(byId("assign-problem"), false);
  byId("assigning").showModal();
  byId("assigning-heading").focus();
  try {
    offerUnits(byId("assign-unit"), await fetchUnits());
  } catch (error) {
    failed(error, byId("assign-problem"));
  }
}

byId("assign-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const unit = byId("assign-unit").value || null;
  const nip = byId("assign-nip").value.trim() || null;
  const first = byId("assign-first").value;
  if (Boolean(unit) === Boolean(nip) || !first) return complain(byId("assign-problem"), text("fill_in_assignment"));
  const json = { unit, nip, first, last: byId("assign-last").value || null };
  const path = `/api/schedules/${encodeURIComponent(chosen.code)}/assignments`;
  settle(() => call("POST", path, { json }), byId("assign-problem"), byId("assigning"));
});

byId("confirm-remove").addEventListener("click", () => {
  settle(() => call("DELETE", `/api/schedules/assignments/${chosen.id}`), byId("remove-problem"), byId("removing"));
});

// --- Ramadan and deductions

byId("confirm-dated").addEventListener("click", () => {
  settle(() => call("DELETE", `/api/schedules/${chosen}`), byId("dated-problem"), byId("removing-dated"));
});

if (byId("ramadan-form")) {
  byId("ramadan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const json = Object.fromEntries(new FormData(event.currentTarget));
    if (!json.first || !json.last) return complain(byId("ramadan-problem"), text("fill_in_span"));
    settle(() => call("POST", "/api/schedules/ramadan", { json }), byId("ramadan-problem"));
  });
  byId("rates-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const form = Object.fromEntries(new FormData(event.currentTarget));
    const numbers = (words) => words.trim().split(/[\s;]+/).map((word) => word.replace(",", "."));
    const json = { valid_from: form.valid_from, late: numbers(form.late), early: numbers(form.early), absent: numbers(form.absent)[0], cap: numbers(form.cap)[0] || "100" };
    const isNumber = (word) => /^\d{1,3}(\.\d{1,2})?$/.test(word);
    const rates = Array.from(byId("rates-by-kind").querySelectorAll("input")).filter((one) => one.value.trim());
    json.by_status = Object.fromEntries(rates.map((one) => [one.dataset.kind, numbers(one.value)[0]]));
    json.source = form.source.trim();
    const all = [...json.late, ...json.early, json.absent, json.cap];
    if (!json.valid_from || all.length !== 10 || ![...all, ...Object.values(json.by_status)].every(isNumber)) return complain(byId("rates-problem"), text("fill_in_rates"));
    settle(() => call("POST", "/api/schedules/deductions", { json }), byId("rates-problem"));
  });
}

// --- computing again

const span = () => ({ first: byId("again-first").value, last: byId("again-last").value });
const planned = ({ kind, name, starts_at: starts, ends_at: ends }) =>
  [text(`kind_${kind}`), name, starts && `${timeOf(starts)}–${timeOf(ends)}`].filter(Boolean).join(" ");

byId("recompute").addEventListener("submit", async (event) => {
  event.preventDefault();
  show(byId("recompute-problem"), false);
  show(byId("preview"), false);
  const { first, last } = span();
  if (!first || !last) return complain(byId("recompute-problem"), text("fill_in_span"));
  try {
    const found = await call("GET", `/api/schedules/recomputation?${new URLSearchParams({ first, last })}`);
    fingerprint = found.fingerprint;
    byId("differences").replaceChildren(...found.differences.map((one) =>
      item(`${one.name} · ${dayOf(one.date)}`, `${planned(one.before)} → ${planned(one.after)}`)));
    byId("preview-count").textContent = found.total ? text("differences", { count: found.total }) : text("nothing_differs");
    if (found.closed) byId("preview-count").textContent += ` ${text("days_closed", { count: found.closed })}`;
    show(byId("apply-part"), found.total > 0);
    show(byId("preview"));
    byId("preview").focus();
  } catch (error) {
    failed(error, byId("recompute-problem"));
  }
});

byId("apply").addEventListener("click", async () => {
  const reason = byId("reason").value.trim();
  if (!reason) return complain(byId("recompute-problem"), text("fill_in_reason"));
  try {
    const { days } = await call("POST", "/api/schedules/recomputation", { json: { ...span(), fingerprint, reason } });
    byId("preview-count").textContent = text("changed", { count: days });
    byId("differences").replaceChildren();
    show(byId("apply-part"), false);
    announce(text("changed", { count: days }));
  } catch (error) {
    failed(error, byId("recompute-problem"));
  }
});

load();
