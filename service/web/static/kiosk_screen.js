// What keeps a kiosk's screen going: its clock, a light that stays on, the whole screen.

import { byId } from "./page.js";

const { language, timeZone } = document.body.dataset;
const time = new Intl.DateTimeFormat(language, {
  timeZone,
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZoneName: "short",
});
const day = new Intl.DateTimeFormat(language, {
  timeZone,
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});

export function startClock() {
  const tick = () => {
    const parts = time.formatToParts(Date.now());
    const zone = parts.filter(({ type }) => type === "timeZoneName");
    byId("clock").textContent = parts
      .filter((part) => !zone.includes(part))
      .map(({ value }) => value)
      .join("")
      .trim();
    byId("zone").textContent = zone.map(({ value }) => value).join("");
    byId("today").textContent = day.format(Date.now());
  };
  tick();
  setInterval(tick, 1000);
}

/** Browsers give the lock back whenever the page is hidden; old ones have none. */
export function stayAwake() {
  const ask = () => {
    if (document.visibilityState === "visible" && navigator.wakeLock) {
      navigator.wakeLock.request("screen").catch(() => {});
    }
  };
  ask();
  document.addEventListener("visibilitychange", ask);
}

/** To be called while a press is handled: without one browsers refuse. */
export function fillScreen() {
  const page = document.documentElement;
  if (!document.fullscreenElement && page.requestFullscreen) page.requestFullscreen().catch(() => {});
}
