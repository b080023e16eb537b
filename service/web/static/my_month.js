import { call, signInAgain } from "./api.js";
import {
  capOf, clockOf, costOf, inWords, lapses, longDay, machinesOf, monthAfter, monthOf, noon, outside, shortDay, showSums, statusOf,
  timesOfDay, toneOf, waitingOf,
} from "./month_words.js";
import { byId, complain, explain, number, show, stamp, text } from "./page.js";

const NOBODY_ASKED = new Set(["off", "national", "collective_leave", "local", "outside"]);
const weekdayOf = inWords({ weekday: "long" });
const dayNumber = inWords({ day: "numeric" });

let shown = new URL(location.href).searchParams.get("month");
let timeOf;

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
  timeOf = clockOf(month.time_zone);
  byId("month").textContent = monthOf(month.days[0].date);
  const empty = month.days.every((day) => day.status === "outside");
  show(byId("empty"), empty);
  show(byId("content"), !empty);
  showSums(byId("sums"), month.summary);
  renderDays(month.days);
  renderCosts(month);
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
  fields.status.textContent = statusOf(day);
  fields.status.dataset.tone = toneOf(day);
  fields.times.textContent = timesOfDay(day, timeOf);
  fields.notes.replaceChildren(...notes(day).map((words) =>
    Object.assign(document.createElement("span"), { textContent: words })));
  return content;
}

function notes(day) {
  return [
    ...lapses(day),
    ...machinesOf(day),
    ...(day.corrected ? [text("corrected")] : []),
    ...outside(day, timeOf),
    ...day.waiting.map((one) => waitingOf(one, timeOf)),
  ];
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
  byId("cap").textContent = capOf(summary);
  show(byId("cap"), byId("cap").textContent !== "");
}

function turn(months) {
  shown = monthAfter(shown, months);
  history.replaceState(null, "", `?${new URLSearchParams({ month: shown })}`);
  load();
}

byId("previous").addEventListener("click", () => shown && turn(-1));
byId("following").addEventListener("click", () => shown && turn(1));
load();
