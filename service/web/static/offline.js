// What is on this phone and where it stands, and what has to be known about it. Sends it whenever that may help.

import { signInAgain } from "./api.js";
import { drain } from "./drain.js";
import { allItems, amend, isWaiting, tell, watch, withdraw } from "./outbox.js";
import { account, announce, byId, json, momentOf, show, stamp, text } from "./page.js";
import { renewPass } from "./pass.js";
import { sealingOffered } from "./sealing.js";
import { installWorker, wakeWorker } from "./waking.js";

export { sendNow } from "./drain.js";
export { takeFigures } from "./link.js";
export { itemOf, store, tell, watch, withdraw } from "./outbox.js";
export { challengeInAdvance } from "./pass.js";

const SEND_EVERY_MS = 15 * 1000;
const ROOM_NEEDED_BYTES = 5 * 1000 * 1000;
const TONES = { counted: "good", review: "wait", waiting: "wait", sent: "plain" };
const STATES = { received: "sent", accepted: "counted", review: "review", retake: "retake", rejected: "rejected" };

const box = byId("outbox");
const notice = byId("outbox-notice");
const sentences = json("sentences");
let persisted = null;
let askedToKeep = false;
let said = "";

/** Exactly what the service has acknowledged, and no more. */
function stateOf({ answer, problem, lost }) {
  if (lost) return "lost";
  if (problem) return "refused";
  return answer ? STATES[answer.status] : "waiting";
}

function timesOf({ capturedAt, answer }) {
  const taken = momentOf(capturedAt);
  return answer ? text("outbox_both_times", { taken, received: momentOf(answer.received_at) }) : text("outbox_taken", { taken });
}

function whyOf({ answer, problem }, state) {
  if (state === "refused") return problem.detail || text("unexpected");
  if (state === "lost" || state === "rejected") return text(state === "lost" ? "outbox_lost" : "outbox_rejected");
  if (state !== "retake" && state !== "review") return "";
  return answer.reasons.map((code) => (sentences[code] ? sentences[code].happened : code)).join(" ");
}

function entryOf(item) {
  const { content, fields } = stamp(byId("outbox-item"));
  const state = stateOf(item);
  fields.kind.textContent = text(`kind_${item.kind}`);
  fields.state.textContent = text(`outbox_state_${state}`);
  fields.state.dataset.tone = TONES[state] || "bad";
  fields.times.textContent = timesOf(item);
  const why = whyOf(item, state);
  fields.why.textContent = why;
  show(fields.why, why !== "");
  const stuck = state === "refused";
  show(fields.actions, stuck);
  fields.again.addEventListener("click", () => tryAgain(item.id));
  fields.remove.addEventListener("click", () => askToRemove(item));
  return content;
}

async function tryAgain(id) {
  await amend(id, { problem: null });
  await send({ hurry: true });
}

function askToRemove({ id, capturedAt }) {
  const sure = byId("outbox-sure");
  byId("outbox-sure-time").textContent = text("outbox_taken", { taken: momentOf(capturedAt) });
  byId("outbox-remove").onclick = async () => {
    sure.close();
    await withdraw(id);
    byId("outbox-heading").focus();
  };
  sure.showModal();
}

async function render() {
  const items = await allItems().catch(() => []);
  const own = items.filter(({ owner }) => owner === account);
  const others = items.filter((item) => item.owner !== account && isWaiting(item)).length;
  const waiting = own.filter(isWaiting).length;
  byId("outbox-items").replaceChildren(...own.map(entryOf));
  byId("outbox-others").textContent = others ? text("outbox_others", { count: others }) : "";
  show(byId("outbox-others"), others > 0);
  show(byId("outbox-send"), waiting > 0);
  show(byId("outbox-risk"), waiting > 0 && persisted === false);
  show(byId("outbox-heading"), own.length > 0);
  show(box, own.length > 0 || others > 0 || !notice.hidden);
  sayWaiting(waiting);
  return waiting;
}

function sayWaiting(count) {
  const now = count ? text("outbox_waiting", { count }) : "";
  byId("outbox-summary").textContent = now;
  show(byId("outbox-summary"), count > 0);
  if (now && now !== said) announce(now);
  said = now;
}

function warn(kind) {
  byId("outbox-notice-text").textContent = text(`outbox_${kind}`);
  show(byId("outbox-sign-in"), kind === "signed_out");
  show(notice);
  show(box);
}

async function send(options) {
  await drain({ account, ...options }).catch(() => {});
  await render();
}

/** In touch with the service again: what waits is sent, and the pass for the next days is fetched. */
async function comeBack() {
  const renewed = await renewPass(account).catch((error) => error);
  if (renewed && renewed.status === 401) warn("signed_out");
  else if (renewed && renewed.account && notice.dataset.kind !== "full") show(notice, false);
  await send({ hurry: true });
}

/** The browser shall not drop what is stored when the phone runs short of room. */
async function askToKeep() {
  if (askedToKeep || !navigator.storage || !navigator.storage.persist) return;
  askedToKeep = true;
  persisted = (await navigator.storage.persisted()) || (await navigator.storage.persist());
  const { quota = Infinity, usage = 0 } = await navigator.storage.estimate();
  if (quota - usage < ROOM_NEEDED_BYTES) warn("little_room");
}

async function changed({ notice: kind } = {}) {
  if (kind) {
    notice.dataset.kind = kind;
    warn(kind);
  }
  const waiting = await render();
  if (!waiting || kind) return;
  askToKeep().then(render, () => {});
  wakeWorker().catch(() => {});
}

/** To be called once, when the page is there. */
export function keepInTouch() {
  if (!sealingOffered()) return warn("unsealable");
  watch(changed);
  byId("outbox-send").addEventListener("click", () => send({ hurry: true }));
  byId("outbox-sign-in").addEventListener("click", (event) => {
    event.preventDefault();
    signInAgain();
  });
  window.addEventListener("online", comeBack);
  document.addEventListener("visibilitychange", () => document.hidden || comeBack());
  setInterval(() => document.hidden || send(), SEND_EVERY_MS);
  render();
  // The worker fetches all that the page consists of once more: over a weak link the pass comes before it.
  comeBack().then(installWorker).catch(() => {});
}
