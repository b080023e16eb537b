// One hint at a time from the live picture, before the photo is taken. It looks at a few thousand pixels.

import { announce, byId, show, text } from "./page.js";
import { shownPart } from "./photo.js";

const LOOK_EVERY_MS = 250;
// As long as it takes to read one; a screen reader is not interrupted sooner.
const HINT_LASTS_MS = 1500;
const [WIDTH, HEIGHT] = [48, 64];
// The oval of the guide, in parts of the picture's width and height.
const OVAL = { x: 0.5, y: 0.475, rx: 0.32, ry: 0.32 };

// Grey from 0 to 255. Of the face the lightest twentieth counts, as in models/quality.py: it tells light from skin.
const DARK = 50;
const GLARE = 250;
const GLARE_SHARE = 0.25;
const LIGHT_BEHIND = 60;
// Mean change of grey from one look to the next, beside that of the light: above it the phone or the head moves.
const MOVING = 14;
// Width of the face's box against the picture's, and how far its middle is from the oval's.
const [FAR, NEAR, ASIDE] = [0.34, 0.85, 0.16];

export class Hints {
  constructor(video) {
    this.video = video;
    this.canvas = document.createElement("canvas");
    [this.canvas.width, this.canvas.height] = [WIDTH, HEIGHT];
    this.pixels = this.canvas.getContext("2d", { willReadFrequently: true });
    this.detector = faceDetector();
    this.timer = undefined;
  }

  start() {
    if (this.timer) return;
    this.before = null;
    this.said = "";
    this.saidAt = -Infinity;
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    show(byId("live-hint"), false);
  }

  async look() {
    if (this.looking || this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    this.looking = true;
    const seen = { ...this.measure(), faces: await this.faces() };
    this.looking = false;
    if (this.timer) this.say(advice(seen));
  }

  measure() {
    this.pixels.drawImage(this.video, ...shownPart(this.video), 0, 0, WIDTH, HEIGHT);
    const grey = greyOf(this.pixels.getImageData(0, 0, WIDTH, HEIGHT).data);
    const inside = grey.filter((_, i) => isInside(i)).sort();
    const outside = grey.filter((_, i) => !isInside(i));
    const lightest = inside[Math.floor(0.95 * inside.length)];
    const glare = inside.filter((value) => value >= GLARE).length / inside.length;
    const motion = this.before ? change(this.before, grey) : 0;
    this.before = grey;
    return { lightest, glare, behind: mean(outside) - lightest, motion };
  }

  /** Boxes in parts of the picture shown; null where the browser can't find faces. */
  async faces() {
    if (!this.detector) return null;
    try {
      const [left, top, width, height] = shownPart(this.video);
      const found = await this.detector.detect(this.video);
      return found.map(({ boundingBox: box }) => ({
        x: (box.x + box.width / 2 - left) / width,
        y: (box.y + box.height / 2 - top) / height,
        width: box.width / width,
      }));
    } catch {
      this.detector = null; // some systems have the interface and nothing behind it
      return null;
    }
  }

  say(hint) {
    const now = performance.now();
    if (hint === this.said || now - this.saidAt < HINT_LASTS_MS) return;
    [this.said, this.saidAt] = [hint, now];
    const element = byId("live-hint");
    element.textContent = text(`hint_${hint}`);
    element.dataset.hint = hint;
    show(element);
    announce(element.textContent);
  }
}

/** The most useful of all that could be said. */
function advice({ lightest, glare, behind, motion, faces }) {
  if (faces && faces.length > 1) return "alone";
  if (behind > LIGHT_BEHIND) return "turn_to_light";
  if (lightest < DARK) return "light";
  if (glare > GLARE_SHARE) return "less_light";
  if (faces && faces.length === 0) return "oval";
  if (faces) {
    const [face] = faces;
    if (face.width < FAR) return "closer";
    if (face.width > NEAR) return "back";
    if (Math.hypot(face.x - OVAL.x, face.y - OVAL.y) > ASIDE) return "middle";
  }
  return motion > MOVING ? "still" : "ready";
}

function faceDetector() {
  try {
    return "FaceDetector" in window ? new window.FaceDetector({ maxDetectedFaces: 2, fastMode: true }) : null;
  } catch {
    return null;
  }
}

function greyOf(rgba) {
  const grey = new Float32Array(WIDTH * HEIGHT);
  for (let i = 0; i < grey.length; i += 1) {
    grey[i] = 0.3 * rgba[4 * i] + 0.59 * rgba[4 * i + 1] + 0.11 * rgba[4 * i + 2];
  }
  return grey;
}

function isInside(i) {
  const x = ((i % WIDTH) + 0.5) / WIDTH - OVAL.x;
  const y = (Math.floor(i / WIDTH) + 0.5) / HEIGHT - OVAL.y;
  return (x / OVAL.rx) ** 2 + (y / OVAL.ry) ** 2 <= 1;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Between two pictures, a change of all the light left out. */
function change(before, after) {
  const light = mean(after) - mean(before);
  return mean(after.map((value, i) => Math.abs(value - before[i] - light)));
}
