// What every page shares: its words, its elements, what is said aloud, and signing out.

import { call } from "./api.js";

const words = Object.assign({}, ...Array.from(document.querySelectorAll("script[data-texts]"), readJson));
export const { language, timeZone } = document.body.dataset;

/** What stands for whoever is signed in, on this phone; empty for nobody. */
export const { account } = document.body.dataset;
// What the worker keeps for days without signal shows whose it is.
const SHELL = "hadir-shell";
const KEPT_PAGE = "/checkin";

function readJson(element) {
  return JSON.parse(element.textContent);
}

export const byId = (id) => document.getElementById(id);

export const json = (id) => readJson(byId(id));

export const hasText = (key) => key in words;

export function text(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Said by a screen reader, seen by nobody. */
export function announce(message) {
  byId("announcement").textContent = message;
}

export function show(element, visible = true) {
  element.toggleAttribute("hidden", !visible); // the drawn guide is SVG and has no `hidden` property
}

/** A copy of a template with its fields by name. */
export function stamp(template) {
  const content = template.content.cloneNode(true);
  const fields = {};
  for (const element of content.querySelectorAll("[data-field]")) fields[element.dataset.field] = element;
  return { content, fields };
}

export function listOf(items) {
  return items.map((item) => {
    const entry = document.createElement("li");
    entry.textContent = item;
    return entry;
  });
}

/** Puts what went wrong in front of the person, whatever they use to read it. */
export function complain(element, message) {
  element.textContent = message;
  show(element);
  element.focus();
}

/** An error of `call` in words. The service words its own problems; only silence is ours to word. */
export function explain(error) {
  if (error.name === "NoConnection") return text("no_connection");
  return (error.problem && error.problem.detail) || text("unexpected");
}

const format = (options) => new Intl.DateTimeFormat(language, { timeZone, ...options });
const clock = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" });
// The Swedish way to write a date is that of ISO 8601.
const isoDate = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" });
const moment = format({ dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const longDay = format({ weekday: "long", day: "numeric", month: "short" });

export const timeOf = (when) => clock.format(new Date(when));
export const momentOf = (when) => moment.format(new Date(when));
export const dayOf = (when) => longDay.format(new Date(when));
export const dateOf = (when) => isoDate.format(new Date(when));
export const number = (value, digits) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);

/** The page that opens without signal goes with its owner. What they have stored, sealed, waits for them. */
export async function forgetShell() {
  if ("caches" in window) await caches.delete(SHELL).catch(() => {});
}

async function forgetOthersShell() {
  if (!("caches" in window) || !account) return;
  const kept = await caches.match(KEPT_PAGE, { cacheName: SHELL });
  if (kept && !(await kept.text()).includes(`data-account="${account}"`)) await forgetShell();
}

forgetOthersShell().catch(() => {});

for (const button of document.querySelectorAll("[data-sign-out]")) {
  button.addEventListener("click", async () => {
    try {
      await call("POST", "/api/logout");
    } catch (error) {
      if (error.name === "NoConnection") return announce(explain(error));
    }
    await forgetShell();
    location.assign("/login");
  });
}

for (const button of document.querySelectorAll("dialog [data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
