// The movements of a challenge: asked for one after the other, with small frames taken meanwhile.

import { announce, byId, text } from "./page.js";
import { draw, jpegWithin, shownPart } from "./photo.js";

const FRAME_QUALITIES = [0.7, 0.6, 0.5, 0.4];
const DONE_MS = 800;
const CHANGE_VIBRATION_MS = 80;
const DONE_VIBRATION_MS = [80, 60, 200];

// A head takes a moment to follow what was read: the first frame of a turn falls on the way there, the second on
// its end. Eyes are asked to stay shut for two seconds, and open again while nothing else is asked.
const TURN = { lasts: 2500, frames: [1000, 2400] };
const PLANS = { left: TURN, right: TURN, up: TURN, blink: { lasts: 3000, frames: [1500, 2300] } };

const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
const guide = byId("guide");
const ring = byId("ring");

/**
 * Goes through the steps; `since` is when the selfie was taken, by performance.now(). `sizes` are those of
 * pictureSizes().
 * Gives `[{ step, at_ms, image }]`, or null when `signal` stopped it before the last step was over.
 */
export async function perform(video, steps, { since, signal, sizes }) {
  const frames = [];
  let began = performance.now();
  for (const [step, name] of steps.entries()) {
    const plan = PLANS[name];
    ask(name, step, steps.length);
    const count = countDown(plan.lasts);
    for (const after of plan.frames) {
      await reach(began + after, signal);
      if (signal.aborted) break;
      frames.push({ step, at_ms: Math.round(performance.now() - since), image: frameOf(video, sizes) });
    }
    began += plan.lasts;
    await reach(began, signal);
    clearInterval(count);
    if (signal.aborted) return null;
  }
  hint("done", "");
  announce(text("step_done"));
  vibrate(DONE_VIBRATION_MS);
  await reach(began + DONE_MS, signal);
  return Promise.all(frames.map(async (frame) => ({ ...frame, image: await frame.image })));
}

/** Before the first step, while the selfie is taken. */
export function lookAhead() {
  hint("ahead", "");
}

function ask(name, step, count) {
  hint(name, text("step_of", { step: step + 1, steps: count }));
  announce(text(`step_${name}`));
  if (step > 0) vibrate(CHANGE_VIBRATION_MS);
}

function hint(name, which) {
  guide.dataset.step = name;
  byId("step-text").textContent = text(`step_${name}`);
  byId("step-number").textContent = which;
  byId("step-count").textContent = "";
}

/** A ring that closes, or a plain number for people whom motion troubles; gives the number's timer. */
function countDown(ms) {
  if (!stillness.matches) {
    ring.animate([{ strokeDashoffset: 100 }, { strokeDashoffset: 0 }], ms);
    return undefined;
  }
  const until = performance.now() + ms;
  const count = () => {
    byId("step-count").textContent = Math.max(1, Math.ceil((until - performance.now()) / 1000));
  };
  count();
  return setInterval(count, 250);
}

function frameOf(video, { frame, frameBytes }) {
  return jpegWithin(draw(video, shownPart(video), frame), FRAME_QUALITIES, frameBytes);
}

function vibrate(pattern) {
  if (navigator.vibrate) navigator.vibrate(pattern);
}

/** Waits for a moment by performance.now(), or until it is stopped. */
function reach(moment, signal) {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, moment - performance.now());
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
