// The service's clock, as far as this phone knows it. The phone's own may be wrong; it is not what counts.

import { language } from "./page.js";

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

/** `{ ahead, by }`: which way the phone's clock is wrong, and by how much, in words; null when it is right. */
export function clockError() {
  const off = Math.abs(aheadMs);
  if (off < OFF_FROM_MS) return null;
  const [unit, size] = UNITS.find(([, ms, from]) => off >= from * ms);
  const words = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" });
  return { ahead: aheadMs > 0, by: words.format(Math.round(off / size)) };
}
