// Which movements the service asks for at the next check-in. Without an answer the check-in goes all the same.

import { call } from "./api.js";

const FRESH_MS = 5 * 60 * 1000;
const WAITED_FOR_MS = 3000;

export class Challenges {
  /** `path`: where to ask; a kiosk asks elsewhere, for somebody not yet known. */
  constructor(path = "/api/challenges") {
    this.path = path;
    this.asked = null;
    this.askedAt = 0;
  }

  /** Asks in good time, so that there is nothing to wait for when the photo is taken. */
  prepare() {
    if (this.asked && Date.now() - this.askedAt < FRESH_MS) return;
    this.askedAt = Date.now();
    const asked = this.ask().then((challenge) => {
      // What failed is asked for once more when the photo is taken: the signal may be back.
      if (!challenge && this.asked === asked) this.asked = null;
      return challenge;
    });
    this.asked = asked;
  }

  async ask() {
    try {
      return await call("POST", this.path);
    } catch {
      return null;
    }
  }

  /** `{id, steps}` for one attempt and no other, or null when the service gives none in a short time. */
  take() {
    this.prepare();
    const { asked } = this;
    this.asked = null;
    return Promise.race([asked, new Promise((resolve) => setTimeout(resolve, WAITED_FOR_MS, null))]);
  }
}
