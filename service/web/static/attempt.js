// One check-in on its way to the service. Sent again, it keeps its identifier, so that it counts once.

import { call, upload } from "./api.js";
import { deviceName } from "./device.js";
import { keptHere } from "./kept_here.js";
import { account } from "./page.js";

const POSITION_WITHIN_MS = 4000;
const POLL_AFTER_MS = [1500, 2000, 3000, 5000, 8000, 10000];

export class Attempt {
  /**
   * `proof` is what shows that somebody living took the photo: `{ challenge, frames }`, or null; with `inAdvance`
   * where the challenge is of the offline pass.
   */
  constructor(photo, kind, capturedAt, proof, sendAnyway = false) {
    this.id = uuid();
    this.photo = photo;
    this.kind = kind;
    this.capturedAt = capturedAt;
    this.steady = performance.now() - (Date.now() - capturedAt);
    this.proof = proof;
    this.sendAnyway = sendAnyway;
    this.meta = null;
    this.stored = false;
    this.add = null;
  }

  get bytes() {
    const { frames } = this.proof || { frames: [] };
    return frames.reduce((sum, { image }) => sum + image.size, this.photo.size);
  }

  /** The same photo and frames once more, for a person to look at. */
  anyway() {
    const again = new Attempt(this.photo, this.kind, this.capturedAt, this.proof, true);
    again.steady = this.steady;
    return again;
  }

  /** Stored on the phone first, where that is possible; from then on it goes by itself. */
  async send(position, options) {
    const here = await keptHere().catch(() => null);
    if (!this.meta) {
      const link = here && (await here.takeFigures());
      this.describe(await position.within(POSITION_WITHIN_MS), link);
    }
    if (here && !this.stored) this.stored = await this.keep(here);
    if (this.stored) return here.sendNow(this.id, { ...options, send: upload });
    return upload("/api/checkins", this.form(), options);
  }

  /** Whether it is stored now; `here` stores it, and tells what keeps it from being stored. */
  async keep(here) {
    const { meta, capturedAt, steady } = this;
    const { frames, inAdvance } = this.proof || { frames: [] };
    const pictures = [this.photo, ...frames.map(({ image }) => image)];
    try {
      this.add = await here.store(account, { meta, pictures, capturedAt, steady, inAdvance: Boolean(inAdvance) });
      return true;
    } catch (error) {
      here.tell({ notice: error.kind || "broken" });
      // Under another account's session it would be that account's check-in.
      if (error.kind === "other_account") throw error;
      return false;
    }
  }

  /** Takes it back from the phone, unless the service has acknowledged it. */
  async withdraw() {
    if (!this.stored) return;
    this.stored = false;
    const { withdraw } = await keptHere();
    await withdraw(this.id).catch(() => {});
  }

  /** What goes along with the pictures; `link` is how the last upload went, where that is known. */
  describe(position, link) {
    const { challenge, frames, inAdvance } = this.proof || { challenge: null, frames: [] };
    this.meta = {
      id: this.id,
      kind: this.kind,
      captured_at: this.capturedAt.toISOString(),
      position,
      challenge,
      frames: frames.map(({ step, at_ms }) => ({ step, at_ms })),
      offline: null,
      link,
      device: deviceName(),
    };
    // Where nobody can ask for another photo, a person looks at this one.
    if (this.sendAnyway || inAdvance || !navigator.onLine) this.meta.send_anyway = true;
  }

  /** What was described, as it is sent without being stored first. */
  form() {
    const form = new FormData();
    form.append("selfie", this.photo, "selfie.jpg");
    for (const { image } of (this.proof || { frames: [] }).frames) form.append("frames", image, "frame.jpg");
    form.append("meta", JSON.stringify(this.meta));
    return form;
  }

  /** The decision, however long the service takes over it. */
  async decision() {
    for (let round = 0; ; round += 1) {
      await new Promise((resolve) => {
        setTimeout(resolve, POLL_AFTER_MS[Math.min(round, POLL_AFTER_MS.length - 1)]);
      });
      try {
        const answer = await call("GET", `/api/checkins/${this.id}`);
        if (answer.status !== "received") return answer;
      } catch (error) {
        if (error.name !== "NoConnection" && error.status < 500) throw error;
      }
    }
  }
}

/** RFC 9562 version 4. `crypto.randomUUID` exists only on https pages; a village office may have none. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
