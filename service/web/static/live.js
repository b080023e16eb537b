// What a page shows, kept up to date: asked for again while somebody looks at it, and sent only when it has changed.

import { NoConnection, Problem } from "./api.js";

const EVERY_MS = 10000;
const ANSWER_WITHIN_MS = 30000;
const AS_OF = "Hadir-As-Of";

export class Live {
  /**
   * `address` gives the address to ask. `onAnswer` is called with what has changed, or null, and the moment at which
   * it is true; `onError` with what `api.js` throws.
   */
  constructor({ address, onAnswer, onError }) {
    Object.assign(this, { address, onAnswer, onError });
    this.asking = null;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.pause() : this.ask()));
    addEventListener("online", () => this.ask());
  }

  /** Another question: what was answered before says nothing of it. */
  restart() {
    this.etag = null;
    return this.ask();
  }

  pause() {
    clearTimeout(this.timer);
    if (this.asking) this.asking.abort();
  }

  async ask() {
    this.pause();
    const asking = new AbortController();
    this.asking = asking;
    const tooLong = setTimeout(() => asking.abort("slow"), ANSWER_WITHIN_MS);
    try {
      const response = await this.fetch(asking.signal);
      const changed = response.status === 304 ? null : await response.json();
      if (this.asking !== asking) return;
      this.etag = response.headers.get("ETag");
      this.onAnswer(changed, response.headers.get(AS_OF));
    } catch (error) {
      if (this.asking !== asking || (asking.signal.aborted && asking.signal.reason !== "slow")) return;
      this.onError(error instanceof Problem ? error : new NoConnection());
    } finally {
      clearTimeout(tooLong);
      if (this.asking === asking) this.waitForNext();
    }
  }

  waitForNext() {
    this.asking = null;
    if (!document.hidden) this.timer = setTimeout(() => this.ask(), EVERY_MS);
  }

  /** With this header of its own the browser hands a 304 on, and keeps nothing. */
  async fetch(signal) {
    const headers = { Accept: "application/json" };
    if (this.etag) headers["If-None-Match"] = this.etag;
    const response = await fetch(this.address(), { headers, signal });
    if (!response.ok && response.status !== 304) {
      const problem = await response.json().catch(() => ({}));
      throw new Problem(response.status, problem, Number(response.headers.get("Retry-After")) || null);
    }
    return response;
  }
}
