// Where the phone is: asked for once the camera is open, never waited for long, never required.

import { number, text } from "./page.js";

const FIX_WITHIN_MS = 20000;
const OLD_FIX_MS = 60000;

export class Position {
  constructor(sentence) {
    this.sentence = sentence;
    this.fix = null;
    this.asked = null;
  }

  ask() {
    if (!this.asked) this.asked = this.find();
  }

  async find() {
    this.sentence.textContent = text("position_asked");
    try {
      const { coords } = await new Promise((resolve, reject) => {
        navigator.geolocation.getCurrentPosition(resolve, reject, {
          enableHighAccuracy: true,
          timeout: FIX_WITHIN_MS,
          maximumAge: OLD_FIX_MS,
        });
      });
      this.fix = { lat: coords.latitude, lon: coords.longitude, accuracy_m: coords.accuracy };
      this.sentence.textContent = text("position_found", { metres: number(coords.accuracy, 0) });
    } catch (error) {
      const refused = error.code === 1; // GeolocationPositionError.PERMISSION_DENIED
      this.sentence.textContent = text(refused ? "position_refused" : "position_unknown");
      if (!refused) this.asked = null;
    }
  }

  /** The position, or null when it isn't known in that time. */
  async within(ms) {
    await Promise.race([this.asked, new Promise((resolve) => setTimeout(resolve, ms))]);
    return this.fix;
  }
}
