// What waits on the tablet: counted small on its screen, and sent whenever that may help.

import { drain } from "./drain.js";
import { allItems, isWaiting, watch } from "./outbox.js";
import { account, byId, show, text } from "./page.js";
import { isKiosk, renewPass } from "./pass.js";
import { sealingOffered } from "./sealing.js";
import { installWorker, wakeWorker } from "./waking.js";

const SEND_EVERY_MS = 15 * 1000;

async function render() {
  const items = (await allItems().catch(() => [])).filter(({ owner }) => isKiosk(owner));
  const waiting = items.filter(isWaiting).length;
  const refused = items.filter(({ problem }) => problem).length;
  const lines = [waiting && text("waiting", { count: waiting }), refused && text("waiting_refused", { count: refused })];
  byId("waiting").textContent = lines.filter(Boolean).join(" ");
  show(byId("waiting"), waiting + refused > 0);
  return waiting;
}

async function changed() {
  if ((await render()) > 0) wakeWorker().catch(() => {});
}

async function send(options) {
  await drain({ account, ...options }).catch(() => {});
  await render();
}

async function comeBack() {
  await renewPass(account).catch(() => {});
  await send({ hurry: true });
}

/** To be called once, when the page is there. */
export function keepInTouch() {
  if (!sealingOffered()) return;
  watch(changed);
  window.addEventListener("online", comeBack);
  document.addEventListener("visibilitychange", () => document.hidden || comeBack());
  setInterval(send, SEND_EVERY_MS);
  // The browser shall not drop what is stored when the tablet runs short of room.
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
  render();
  comeBack();
  installWorker();
}
