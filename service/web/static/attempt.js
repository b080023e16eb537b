// One check-in on its way to the service. Sent again, it keeps its identifier, so that it counts once.

import { call, upload } from "./api.js";
import { deviceName } from "./device.js";

const POSITION_WITHIN_MS = 4000;
const POLL_AFTER_MS = [1500, 2000, 3000, 5000, 8000, 10000];

export class Attempt {
  /** `proof` is what shows that somebody living took the photo: `{ challenge, frames }`, or null. */
  constructor(photo, kind, capturedAt, proof, sendAnyway = false) {
    this.id = uuid();
    this.photo = photo;
    this.kind = kind;
    this.capturedAt = capturedAt;
    this.proof = proof;
    this.sendAnyway = sendAnyway;
    this.form = null;
  }

  /** The same photo and frames once more, for a person to look at. */
  anyway() {
    return new Attempt(this.photo, this.kind, this.capturedAt, this.proof, true);
  }

  async send(position, options) {
    if (!this.form) this.form = this.fill(await position.within(POSITION_WITHIN_MS));
    return upload("/api/checkins", this.form, options);
  }

  fill(position) {
    const { challenge, frames } = this.proof || { challenge: null, frames: [] };
    const meta = {
      id: this.id,
      kind: this.kind,
      captured_at: this.capturedAt.toISOString(),
      position,
      challenge,
      frames: frames.map(({ step, at_ms }) => ({ step, at_ms })),
      offline: null,
      link: null,
      device: deviceName(),
    };
    if (this.sendAnyway) meta.send_anyway = true;
    const form = new FormData();
    form.append("selfie", this.photo, "selfie.jpg");
    for (const { image } of frames) form.append("frames", image, "frame.jpg");
    form.append("meta", JSON.stringify(meta));
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
