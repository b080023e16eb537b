// What comes next, arrival or departure, from the day so far: said by the service, else what this phone knows of it.

import { call } from "./api.js";
import { dayInWords } from "./day_in_words.js";
import { byId, dateOf, json, text } from "./page.js";
import { learn, serviceNow } from "./phone_clock.js";

const KEPT_KEY = "hadir_today";

export class NextAction {
  /** `employee` keeps apart those who share a phone. */
  constructor(employee) {
    this.employee = employee;
    this.chosen = null;
    this.known = newer(json("today"), this.kept());
    this.write();
    for (const radio of radios()) radio.addEventListener("change", () => this.choose(radio.value));
  }

  /** "in" or "out"; "auto" leaves it to the service, where nothing is known of today. */
  get kind() {
    if (this.chosen) return this.chosen;
    return this.isOfToday ? this.known.next : "auto";
  }

  get isOfToday() {
    return this.known !== null && this.known.date === dateOf(serviceNow());
  }

  choose(kind) {
    this.chosen = kind;
    this.write();
  }

  /** Asks the service; throws as `call` does. */
  async refresh() {
    const sentAt = Date.now();
    const answer = await call("GET", "/api/me/today");
    learn(answer.now, sentAt);
    this.remember(answer);
  }

  /** The day as a check-in's answer tells it, or as it must be. What was chosen was for that check-in alone. */
  recorded({ day, received_at }, kind) {
    this.chosen = null;
    const at = new Date(received_at);
    const told = day || this.withOneMore(kind, at.toISOString());
    // By a phone's wrong clock it may lie before what was known; it is the later all the same.
    const now = new Date(Math.max(at, this.known ? Date.parse(this.known.now) : 0)).toISOString();
    this.remember({ ...told, now, next: told.first_in ? "out" : "in" });
  }

  /** Of a check-in that the service has not answered yet. */
  withOneMore(kind, at) {
    const before = this.isOfToday ? this.known : { first_in: null, last_out: null };
    const arriving = kind === "in" || (kind === "auto" && !before.first_in);
    const change = arriving ? { first_in: before.first_in || at } : { last_out: at, last_out_source: null };
    return { ...before, ...change, date: dateOf(at), provisional: true };
  }

  remember(day) {
    this.known = newer(day, this.known);
    try {
      localStorage.setItem(KEPT_KEY, JSON.stringify({ ...this.known, employee: this.employee }));
    } catch {
      // A browser that keeps nothing: the page alone remembers.
    }
    this.write();
  }

  kept() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEPT_KEY));
      return kept && kept.employee === this.employee ? kept : null;
    } catch {
      return null;
    }
  }

  write() {
    const { kind } = this;
    byId("shoot").textContent = text(`record_${kind}`);
    byId("kind").textContent = text(`kind_is_${kind}`);
    for (const radio of radios()) radio.checked = radio.value === kind;
    byId("so-far").textContent = this.isOfToday ? dayInWords(this.known) || text("day_empty") : "";
  }
}

const radios = () => document.querySelectorAll("input[name=kind]");

function newer(one, other) {
  if (!one || !other) return one || other;
  return Date.parse(one.now) >= Date.parse(other.now) ? one : other;
}
