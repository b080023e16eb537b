// The service's clock, as far as this phone knows it. The phone's own may be wrong; it is not what counts.

import { byId, dayOf, language, show, text, timeOf } from "./page.js";

const MINUTE_MS = 60 * 1000;
const OFF_FROM_MS = 2 * MINUTE_MS;
// An answer that was longer on its way than this says too little about the time.
const LONGEST_WAY_MS = 30 * 1000;
const UNITS = [
  ["day", 24 * 60 * MINUTE_MS, 2],
  ["hour", 60 * MINUTE_MS, 2],
  ["minute", MINUTE_MS, 0],
];

let aheadMs = 0;

/** What time it is for the service, in milliseconds. */
export const serviceNow = () => Date.now() - aheadMs;

/** Learns from an answer that was asked for at `sentAt` (by this phone's clock) and has just come. */
export function learn(now, sentAt) {
  const cameAt = Date.now();
  const way = cameAt - sentAt;
  if (way < 0 || way > LONGEST_WAY_MS) return;
  aheadMs = sentAt + way / 2 - Date.parse(now);
}

/** The time that counts, and how far the phone's own clock is from it, when it is far. */
export function showTime() {
  byId("date").textContent = dayOf(serviceNow());
  byId("clock").textContent = timeOf(serviceNow());
  const wrong = byId("clock-wrong");
  const off = Math.abs(aheadMs);
  const sentence = off < OFF_FROM_MS ? "" : text(aheadMs > 0 ? "clock_ahead" : "clock_behind", { by: inWords(off) });
  if (wrong.textContent !== sentence) wrong.textContent = sentence; // said aloud once, not at every look
  show(wrong, sentence !== "");
}

function inWords(ms) {
  const [unit, size] = UNITS.find(([, unitMs, from]) => ms >= from * unitMs);
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(Math.round(ms / size));
}
