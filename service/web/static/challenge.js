// Which movements the service asks for at the next check-in; without signal, the next ones of the offline pass.

import { call } from "./api.js";

const FRESH_MS = 5 * 60 * 1000;
const WAITED_FOR_MS = 3000;

export class Challenges {
  /**
   * `path`: where to ask; a kiosk asks elsewhere, for somebody not yet known. `inAdvance` gives what was asked in
   * advance, or null.
   */
  constructor(path, inAdvance = () => null) {
    this.path = path;
    this.inAdvance = inAdvance;
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

  /**
   * `{id, steps}` for one attempt and no other, with `inAdvance` where the service gave none in a short time; null
   * when there is none left: the check-in goes all the same.
   */
  async take() {
    this.prepare();
    const { asked } = this;
    this.asked = null;
    const late = new Promise((resolve) => setTimeout(resolve, WAITED_FOR_MS, null));
    return (await Promise.race([asked, late])) || this.inAdvance();
  }
}
