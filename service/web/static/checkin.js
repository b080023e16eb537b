// The check-in page: camera, photo, sending, result. A photo once taken is not lost while the page is open.

import { errorCode, mayGoLater } from "./api.js";
import { Attempt } from "./attempt.js";
import { Camera, cameraGranted, cameraOffered } from "./camera.js";
import { Challenges } from "./challenge.js";
import { Hints } from "./hints.js";
import { keptHere } from "./kept_here.js";
import { pictureSizes, watched } from "./link_speed.js";
import { lookAhead, perform } from "./movements.js";
import { NextAction } from "./next_action.js";
import { account, announce, byId, explain, show, text, timeOf } from "./page.js";
import { showTime } from "./phone_clock.js";
import { draw, jpegWithin, shownPart, shrink } from "./photo.js";
import { Position } from "./position.js";
import { hideResult, showResult } from "./result.js";

const CHOSEN_PHOTO = { size: { long: 960, short: 720 }, quality: 0.8 };
const SELFIE_QUALITIES = [0.8, 0.7, 0.6, 0.5, 0.4];
const RETRY_AFTER_MS = [5000, 10000, 20000, 40000, 60000];
const CLOCK_EVERY_MS = 5000;
const KEPT_WAITS_MS = 5000;
const KEPT_TRIED_AGAIN_MS = 15000;
// The second tap of two quick ones falls where the button was; it decides nothing.
const SKIP_AFTER_MS = 700;
const FIRST_FOCUS = { start: "open-camera", live: "shoot", steps: "step-text", preview: "send", sending: "cancel" };

const capture = byId("capture");
const trouble = byId("trouble");
const preview = byId("preview");
const camera = new Camera(byId("video"), interrupted);
const challenges = new Challenges("/api/challenges", inAdvance);
const challenged = capture.dataset.liveness === "challenge";
const hints = new Hints(byId("video"));
const next = new NextAction(capture.dataset.employee);
const position = new Position(byId("position"));

let stage = "start";
let attempt = null;
let shooting = null;
let sending = null;
let retries = 0;
let retryTimer;
let waitTimer;

function enter(entered, { focus = true } = {}) {
  stage = entered;
  for (const element of capture.querySelectorAll("[data-stages]")) {
    show(element, element.dataset.stages.split(" ").includes(entered));
  }
  if (!cameraOffered()) show(byId("open-camera"), false);
  show(capture, entered !== "result");
  if (entered !== "result") hideResult();
  if (entered === "live") hints.start();
  else hints.stop();
  const target = byId(FIRST_FOCUS[entered]);
  if (focus && target) (target.hidden ? byId("file") : target).focus();
}

function warn(message, { signIn = false } = {}) {
  trouble.querySelector("p").textContent = message;
  show(byId("sign-in-again"), signIn);
  show(trouble);
  trouble.focus();
}

async function openCamera() {
  const before = stage;
  if (challenged) challenges.prepare();
  byId("shoot").disabled = true;
  try {
    await camera.open();
    byId("shoot").disabled = false;
    if (stage === before) enter("live");
    // Meanwhile a photo may have been chosen, or the page hidden.
    if (stage !== "live" || document.hidden) camera.close();
  } catch (error) {
    // A photo that was chosen while the camera opened has closed it, and is what counts.
    if (stage === before) {
      enter("start", { focus: false });
      warn(text(`camera_${error.kind || "missing"}`));
    }
  }
  position.ask();
}

/** The selfie, then the movements: frames are measured against a face that looks straight ahead. */
async function photograph() {
  const run = new AbortController();
  shooting = run;
  show(trouble, false);
  lookAhead();
  if (challenged) enter("steps");
  byId("skip").disabled = true;
  setTimeout(() => (byId("skip").disabled = false), SKIP_AFTER_MS);
  const challenge = challenged ? await challenges.take() : null;
  if (shooting !== run) return;
  const capturedAt = new Date();
  const since = performance.now();
  const sizes = pictureSizes();
  const selfie = draw(camera.video, shownPart(camera.video), sizes.selfie);
  const asked = { since, signal: run.signal, sizes };
  const frames = challenge && (await perform(camera.video, challenge.steps, asked));
  const left = (frames || []).reduce((bytes, { image }) => bytes - image.size, sizes.bytes);
  const photo = await jpegWithin(selfie, SELFIE_QUALITIES, left);
  if (shooting !== run) return;
  take(photo, capturedAt, proofOf(challenge, frames));
  if (frames) record();
  else announce(text("photo_ready"));
}

/** Where nothing is kept here, nothing was asked in advance either. */
async function inAdvance() {
  const here = await keptHere().catch(() => null);
  return here && here.challengeInAdvance(account);
}

/** Without the movements there is still to say that the service could not be asked for them. */
function proofOf(challenge, frames) {
  if (frames) return { challenge: challenge.id, frames, inAdvance: challenge.inAdvance };
  return challenge && challenge.inAdvance ? { challenge: null, frames: [], inAdvance: true } : null;
}

/** The camera went away, or the page did. Movements that nobody saw have to be made anew, for another selfie. */
function interrupted() {
  if (shooting) {
    shooting.abort();
    shooting = null;
    enter("live", { focus: false });
    warn(text("steps_interrupted"));
  }
  if (stage === "live" && !document.hidden) openCamera();
}

function take(photo, capturedAt, proof = null) {
  shooting = null;
  attempt = new Attempt(photo, "auto", capturedAt, proof);
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(photo);
  show(trouble, false);
  camera.rest();
  position.ask();
  enter("preview");
}

function record() {
  attempt.kind = next.kind;
  send();
}

async function send() {
  stopWaiting();
  show(trouble, false);
  enter("sending");
  report(0);
  sending = new AbortController();
  const { signal } = sending;
  try {
    finish(await attempt.send(position, { signal, onProgress: watched(report, attempt.bytes) }));
  } catch (error) {
    keep(error, signal.aborted);
  }
}

function report(share) {
  byId("progress").value = share * 100;
  byId("progress-label").textContent =
    share < 1 ? text("sending_part", { percent: Math.floor(share * 100) }) : text("judging");
}

/** What was not sent stays on the phone, or else here, and goes again by itself where that can help. */
function keep(error, cancelled) {
  const later = attempt.stored && !cancelled && mayGoLater(error);
  if (later && errorCode(error) !== "wait_a_moment") {
    return finish({ status: "waiting", received_at: attempt.capturedAt });
  }
  enter("unsent", { focus: false });
  const time = timeOf(attempt.capturedAt);
  if (cancelled) attempt.withdraw();
  if (cancelled) return warn(text("unsent_cancelled", { time }));
  if (error.status === 401) return warn(text("unsent_signed_out", { time }), { signIn: true });
  if (errorCode(error) === "wait_a_moment") return wait(error, time);
  if (error.status < 500 && error.status !== 408 && error.status !== 429) {
    return warn(text("unsent_refused", { time, detail: explain(error) }));
  }
  retryTimer = setTimeout(send, RETRY_AFTER_MS[Math.min(retries, RETRY_AFTER_MS.length - 1)]);
  retries += 1;
  warn(text("unsent", { time }));
}

/** Too many retakes in a row. A person may look at the photo at once, all the same. */
function wait(error, time) {
  const until = Date.now() + error.problem.retry_after_s * 1000;
  const left = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const count = () => {
    byId("wait").textContent = text("seconds", { count: left() });
    if (left() === 0) send();
  };
  show(byId("unsent-anyway"));
  warn(text("unsent_wait", { time, detail: explain(error) }));
  show(byId("wait"));
  count();
  waitTimer = setInterval(count, 1000);
}

function stopWaiting() {
  clearTimeout(retryTimer);
  clearInterval(waitTimer);
  show(byId("wait"), false);
  show(byId("unsent-anyway"), false);
}

async function finish(answer) {
  retries = 0;
  if (answer.status !== "retake") {
    camera.close();
    next.recorded(answer, attempt.kind);
  }
  enter("result");
  showResult(answer, attempt.kind);
  if (answer.status === "received") await follow(attempt);
}

/** "Received" stays true when the answer can't be had, so there is nothing to complain of. */
async function follow(waiting) {
  const decided = await waiting.decision().catch(() => null);
  if (decided && waiting === attempt && stage === "result") showResult(decided, waiting.kind);
}

/** What waited may have gone meanwhile: sent by the list of what is stored, by another tab, or by the worker. */
async function lookIntoTheBox() {
  const shown = attempt;
  const waits = () => stage === "unsent" || (stage === "result" && byId("result").dataset.status === "waiting");
  if (!shown || !shown.stored || !waits()) return;
  const { itemOf } = await keptHere();
  const item = await itemOf(shown.id).catch(() => null);
  if (item && item.answer && shown === attempt && waits()) {
    stopWaiting();
    show(trouble, false);
    finish(item.answer);
  }
}

/** What the page can be used without, as soon as nothing that it is used for has to wait for it. */
async function showWhatIsKept() {
  try {
    const { keepInTouch, watch } = await keptHere();
    watch(lookIntoTheBox);
    keepInTouch();
  } catch {
    setTimeout(showWhatIsKept, KEPT_TRIED_AGAIN_MS);
  }
}

function startAgain() {
  stopWaiting();
  show(trouble, false);
  if (cameraOffered() && capture.dataset.used === "camera") return openCamera();
  enter("start");
}

byId("open-camera").addEventListener("click", () => {
  show(trouble, false);
  openCamera();
});

byId("shoot").addEventListener("click", () => {
  capture.dataset.used = "camera";
  photograph();
});

byId("skip").addEventListener("click", () => shooting.abort());

byId("file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (!file) return;
  const capturedAt = new Date();
  capture.dataset.used = "file";
  take(await shrink(file, CHOSEN_PHOTO), capturedAt);
  announce(text("photo_ready"));
  event.target.value = "";
});

byId("send").addEventListener("click", record);

byId("cancel").addEventListener("click", () => sending.abort());
byId("resend").addEventListener("click", send);
for (const id of ["send-anyway", "unsent-anyway"]) {
  byId(id).addEventListener("click", () => {
    attempt.withdraw();
    attempt = attempt.anyway();
    send();
  });
}
byId("discard").addEventListener("click", () => attempt.withdraw());
for (const id of ["again", "discard", "retake", "another"]) byId(id).addEventListener("click", startAgain);

window.addEventListener("online", () => {
  if (stage === "unsent") send();
});

window.addEventListener("beforeunload", (event) => {
  if ((stage === "sending" || stage === "unsent") && !attempt.stored) event.preventDefault();
});

// A hidden page lets the camera go: the light goes out, and the battery lasts.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    camera.close();
    interrupted();
  } else {
    lookUpToday();
    if (stage === "live" && !camera.isOpen) openCamera();
  }
});

/** The day so far and the service's clock. Without an answer the page goes on with what it knows. */
async function lookUpToday() {
  try {
    await next.refresh();
    if (stage === "start" || stage === "live") takeBackSignIn();
  } catch (error) {
    if (error.status === 401 && (stage === "start" || stage === "live")) warn(text("signed_out"), { signIn: true });
  }
  tick();
}

function takeBackSignIn() {
  if (!byId("sign-in-again").hidden) show(trouble, false);
}

function tick() {
  showTime();
  if (stage === "start" || stage === "live") next.write();
}

tick();
setInterval(tick, CLOCK_EVERY_MS);
enter("start", { focus: false });
byId("choose").classList.toggle("primary", !cameraOffered());
const opened = cameraGranted().then((granted) => granted && stage === "start" && openCamera());
const ready = Promise.all([lookUpToday(), opened.then(() => challenges.asked)]);
Promise.race([ready, new Promise((resolve) => setTimeout(resolve, KEPT_WAITS_MS))]).then(showWhatIsKept);
