// Check-ins on this phone: each is sealed and stored before it is sent, and leaves when what became of it was seen.

import { isKiosk, offlinePart, passAfter, passOf, renewPass, timeOfCapture } from "./pass.js";
import { seal, sealingOffered } from "./sealing.js";
import { change, read } from "./store.js";

const PASS_WITHIN_MS = 5000;
const DAY_MS = 24 * 3600 * 1000;
// Long enough to be seen on the next working day.
const SETTLED_KEPT_MS = 3 * DAY_MS;
const IN_REVIEW_KEPT_MS = 30 * DAY_MS;
// Nobody looks at a kiosk what became of it; only the page that has just sent it.
const AT_KIOSK_KEPT_MS = 60 * 1000;
const SETTLED = ["accepted", "rejected", "retake"];

/** `kind`: "unsealable", "no_pass", "other_account", "full" or "broken". The photo is still on the page. */
export class NotStored extends Error {
  name = "NotStored";

  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

const channel = self.BroadcastChannel ? new BroadcastChannel("hadir-outbox") : null;
const watchers = new Set();

/** Calls back when something changed, here or in another tab or in the worker; with `{ notice }` where there is one. */
export function watch(callback) {
  watchers.add(callback);
  if (channel) channel.addEventListener("message", ({ data }) => callback(data));
}

export function tell(news = {}) {
  for (const callback of watchers) callback(news);
  if (channel) channel.postMessage(news);
}

/**
 * Seals and stores a check-in of this account; only when it is kept for certain does this return. Gives what adds to
 * the part that was said of the time without signal: as long as this page lives, and the item was not sent.
 */
export async function store(account, { meta, pictures, capturedAt, steady, inAdvance }) {
  if (!sealingOffered()) throw new NotStored("unsealable");
  const pass = await passInTime(account);
  if (!pass) throw new NotStored("no_pass");
  if (pass.account !== account) throw new NotStored("other_account");
  const away = inAdvance || !navigator.onLine;
  const taken = away ? timeOfCapture(pass, capturedAt, steady) : capturedAt;
  let sealed;
  try {
    sealed = await seal(pass.key, { ...meta, captured_at: taken.toISOString() }, pictures);
    await keep(account, sealed, { meta, taken, away, capturedAt, steady, challenge: inAdvance && meta.challenge });
  } catch (error) {
    throw new NotStored(error.name === "QuotaExceededError" ? "full" : "broken");
  }
  tell();
  return (more) => addTo(meta.id, sealed, more);
}

/** Whether it could be added. From now on the item goes with its second part, however soon. */
async function addTo(id, { said, addLater }, more) {
  const later = await addLater({ ...said, ...more });
  const added = await change(async ({ items }) => {
    const item = await items.get(id);
    if (!item || item.answer) return false;
    await items.put({ ...item, later: later.buffer, away: true, edition: item.edition + 1 });
    return true;
  });
  tell();
  return added;
}

/** Until no other tab has come in between: an item has its place after all those before it. */
async function keep(account, sealed, { meta, taken, away, capturedAt, steady, challenge }) {
  for (;;) {
    const pass = await passOf(account);
    sealed.said = offlinePart(pass, capturedAt, steady);
    const later = await sealed.addLater(sealed.said);
    const item = {
      id: meta.id,
      owner: account,
      kind: meta.kind,
      capturedAt: taken.getTime(),
      storedAt: Date.now(),
      away,
      atOnce: sealed.atOnce.buffer,
      later: later.buffer,
      place: { pass: pass.id, previous: pass.previous, hash: sealed.hash },
      retries: 0,
      edition: 0,
    };
    const kept = await change(async ({ items, facts }) => {
      const now = await facts.get("pass");
      if (!now || now.id !== pass.id || now.sequence !== pass.sequence) return false;
      await facts.put(passAfter(pass, sealed.hash, challenge));
      await items.put(item);
      return true;
    });
    if (kept) return;
  }
}

async function passInTime(account) {
  const held = await passOf(account).catch(() => null);
  if (held) return held;
  const given = renewPass(account).catch(() => null);
  return Promise.race([given, new Promise((resolve) => setTimeout(resolve, PASS_WITHIN_MS, null))]);
}

/** Takes back what the service has not acknowledged; the next item follows the one before it. */
export async function withdraw(id) {
  const before = ({ pass, hash }, now) => now && now.id === pass && now.previous === hash;
  await change(async ({ items, facts }) => {
    const item = await items.get(id);
    if (!item || item.answer) return;
    const pass = await facts.get("pass");
    if (before(item.place, pass)) {
      await facts.put({ ...pass, sequence: pass.sequence - 1, previous: item.place.previous });
    }
    await items.delete(id);
  });
  tell();
}

export const itemOf = (id) => read(({ items }) => items.get(id));

/** All of everybody, the newest first, without those that were seen long enough. */
export async function allItems() {
  const now = Date.now();
  const items = await change(async ({ items: stored }) => {
    const all = await stored.all();
    const old = all.filter((item) => isOver(item, now));
    for (const { id } of old) await stored.delete(id);
    return all.filter((item) => !old.includes(item));
  });
  return items.sort((one, other) => other.capturedAt - one.capturedAt);
}

function isOver({ owner, answer, answeredAt }, now) {
  if (!answer) return false;
  if (isKiosk(owner)) return now - answeredAt > AT_KIOSK_KEPT_MS;
  return now - answeredAt > (SETTLED.includes(answer.status) ? SETTLED_KEPT_MS : IN_REVIEW_KEPT_MS);
}

export const isWaiting = (item) => !item.answer && !item.problem;

/** Not settled yet: the service is asked again. */
export const isOpen = ({ owner, answer, lost }) =>
  Boolean(answer) && !lost && !isKiosk(owner) && !SETTLED.includes(answer.status);

/** Changes a stored item by `with`; one that was taken back meanwhile stays away. */
export async function amend(id, changes) {
  await change(async ({ items }) => {
    const item = await items.get(id);
    if (item) await items.put({ ...item, ...changes });
  });
  tell();
}

/** What the service has answered is the record now: the sealed photo goes. */
export function settle(id, answer) {
  const { status, reasons, received_at: receivedAt, counted_at: countedAt } = answer;
  const kept = { status, reasons, received_at: receivedAt, counted_at: countedAt };
  return amend(id, { answer: kept, answeredAt: Date.now(), askedAt: Date.now(), problem: null, atOnce: null, later: null });
}
