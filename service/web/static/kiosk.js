// The kiosk: whoever presses the button is photographed, moves as asked, and is named; or types a NIP.

import { errorCode } from "./api.js";
import { Attempt } from "./attempt.js";
import { Camera } from "./camera.js";
import { Challenges } from "./challenge.js";
import { Keypad } from "./kiosk_keypad.js";
import { fillScreen, startClock, stayAwake } from "./kiosk_screen.js";
import { disown, giveNip, reportPresence, submit } from "./kiosk_send.js";
import { keepInTouch } from "./kiosk_waiting.js";
import { lookAhead, perform } from "./movements.js";
import { account, announce, byId, explain, json, listOf, show, text, timeOf } from "./page.js";
import { challengeInAdvance } from "./pass.js";
import { draw, jpegWithin, shownPart } from "./photo.js";
import { sealingOffered } from "./sealing.js";

const SELFIE = { long: 800, short: 600 };
const SELFIE_QUALITIES = [0.8, 0.7, 0.6, 0.5, 0.4];
// Selfie and frames together, as from a phone.
const PICTURES_BYTES = 147000;
const NAMED_MS = 2000;
const NOTED_MS = 5000;
const DISOWN_MS = 10000;
// Somebody who has walked away must not leave their attempt to the next.
const LEFT_ALONE_MS = 30000;
const PRESENT_EVERY_MS = 60000;
const FIRST_FOCUS = {
  idle: "start",
  steps: "step-text",
  sending: "sending",
  named: "name",
  noted: "noted-heading",
  stored: "stored-heading",
  unsure: "failed-heading",
  retake: "failed-heading",
  lost: "failed-heading",
  keypad: "nip",
  blind: "open-camera",
};

const side = byId("side");
const camera = new Camera(byId("video"), openCamera);
const challenges = new Challenges("/api/kiosk/challenges", () => challengeInAdvance(account));
const challenged = side.dataset.liveness === "challenge";
const sentences = json("sentences");
const keypad = new Keypad(sendNip, stay);

let stage = "idle";
let shooting = null;
let current = null;
let homeTimer;
let disownTimer;

function enter(next, { homeAfter } = {}) {
  stage = next;
  for (const element of document.querySelectorAll("[data-stages]")) {
    show(element, element.dataset.stages.split(" ").includes(next));
  }
  clearTimeout(homeTimer);
  if (homeAfter) homeTimer = setTimeout(goHome, homeAfter);
  byId(FIRST_FOCUS[next]).focus();
}

function goHome() {
  keypad.clear();
  if (!camera.isOpen) return openCamera();
  if (challenged) challenges.prepare();
  enter("idle");
}

/** Somebody is still there. */
function stay() {
  clearTimeout(homeTimer);
  homeTimer = setTimeout(goHome, LEFT_ALONE_MS);
}

async function openCamera() {
  if (shooting) shooting.abort();
  byId("start").disabled = true;
  try {
    await camera.open();
    byId("start").disabled = false;
    goHome();
  } catch (error) {
    byId("blind-text").textContent = text(`camera_${error.kind || "missing"}`);
    enter("blind");
  }
}

/** The selfie, then the movements: frames are measured against a face that looks straight ahead. */
async function photograph() {
  const run = new AbortController();
  shooting = run;
  endDisowning();
  fillScreen();
  lookAhead();
  enter(challenged ? "steps" : "sending");
  const challenge = challenged ? await challenges.take() : null;
  if (shooting !== run) return;
  const capturedAt = new Date();
  const since = performance.now();
  const selfie = draw(camera.video, shownPart(camera.video), SELFIE);
  const frames = challenge && (await perform(camera.video, challenge.steps, { since, signal: run.signal }));
  shooting = null;
  if (!camera.isOpen) return;
  const left = (frames || []).reduce((bytes, { image }) => bytes - image.size, PICTURES_BYTES);
  const photo = await jpegWithin(selfie, SELFIE_QUALITIES, left);
  const attempt = new Attempt(photo, "auto", capturedAt, frames && { challenge: challenge.id, frames });
  current = attempt;
  await settle(() => submit(attempt));
}

/** Does what brings an answer, and shows the answer. */
async function settle(work) {
  enter("sending");
  announce(text("one_moment"));
  try {
    showAnswer(await work());
  } catch (error) {
    if (errorCode(error) === "not_a_kiosk") return location.reload();
    const lost = error.name === "NoConnection";
    fail("lost", text(lost ? "lost" : "refused"), lost ? text("lost_text") : explain(error));
  }
}

function showAnswer({ status, name, reasons, received_at: at, nipKept }) {
  const time = timeOf(at);
  if (status === "stored") return showStored(time, nipKept);
  if (name) return showName(status, name, time);
  if (status === "retake") return fail("retake", text("retake"), "", reasons);
  if (status === "unsure") return fail("unsure", text("unsure"), text("unsure_text"));
  byId("noted-heading").textContent = text("recorded", { time });
  announce(text("recorded", { time }));
  enter("noted", { homeAfter: NOTED_MS });
}

/** Kept on this tablet: more can't be said. A NIP may be kept with it, once. */
function showStored(time, nipKept) {
  byId("stored-heading").textContent = text("stored", { time });
  byId("stored-text").textContent = text(nipKept ? "stored_with_nip" : "stored_text");
  show(byId("stored-keypad"), !nipKept);
  announce(text("stored", { time }));
  enter("stored", { homeAfter: nipKept ? NOTED_MS : LEFT_ALONE_MS });
}

function showName(status, name, time) {
  byId("name").textContent = name;
  byId("named").dataset.status = status;
  byId("named-text").textContent = text(status === "accepted" ? "checked_in" : "recorded_named", { time });
  show(byId("not-me"));
  disownTimer = setTimeout(endDisowning, DISOWN_MS);
  enter("named", { homeAfter: NAMED_MS });
}

function endDisowning() {
  clearTimeout(disownTimer);
  show(byId("not-me"), false);
}

/** What is typed next is for the same picture. */
async function takeBack() {
  endDisowning();
  await settle(() => disown(current.id));
  if (stage !== "unsure") return;
  openKeypad();
  show(byId("keypad-text"));
  announce(text("disowned"));
}

function fail(next, heading, words, reasons = []) {
  byId("failed-heading").textContent = heading;
  byId("failed-text").textContent = words;
  show(byId("failed-text"), Boolean(words));
  const known = reasons.filter((code) => code in sentences);
  byId("failed-reasons").replaceChildren(
    ...listOf(known.map((code) => `${sentences[code].happened} ${sentences[code].todo}`)),
  );
  show(byId("failed-reasons"), known.length > 0);
  enter(next, { homeAfter: LEFT_ALONE_MS });
}

function openKeypad(first = "") {
  show(byId("keypad-text"), false);
  enter("keypad", { homeAfter: LEFT_ALONE_MS });
  keypad.open(first);
}

async function sendNip(nip) {
  if (!nip) return announce(text("no_nip"));
  keypad.clear();
  await settle(() => giveNip(current, nip));
}

/** Whether the tablet is still paired, and whether it can send at all. */
async function reportNow() {
  try {
    await reportPresence();
    tell("");
  } catch (error) {
    if (error.status === 401 && stage === "idle") return location.reload();
    if (error.name === "NoConnection") tellOffline();
  }
}

const tellOffline = () => tell(text(sealingOffered() ? "offline" : "offline_unsealable"));

function tell(words) {
  byId("trouble").textContent = words;
  show(byId("trouble"), Boolean(words));
}

byId("start").addEventListener("click", photograph);
byId("again").addEventListener("click", photograph);
byId("skip").addEventListener("click", () => shooting && shooting.abort());
byId("not-me").addEventListener("click", takeBack);
byId("not-me-now").addEventListener("click", takeBack);
for (const id of ["open-keypad", "stored-keypad"]) byId(id).addEventListener("click", () => openKeypad());
byId("open-camera").addEventListener("click", openCamera);
for (const button of document.querySelectorAll("[data-home]")) button.addEventListener("click", goHome);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !["sending", "steps", "blind"].includes(stage)) goHome();
  if (["unsure", "retake", "stored"].includes(stage) && /^\d$/.test(event.key)) {
    event.preventDefault();
    openKeypad(event.key);
  }
});

window.addEventListener("online", reportNow);
window.addEventListener("offline", tellOffline);

// A browser takes the camera from a page that is hidden for long; it is opened anew when somebody looks again.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !camera.isOpen) openCamera();
});

startClock();
stayAwake();
openCamera();
reportNow();
setInterval(reportNow, PRESENT_EVERY_MS);
keepInTouch();
