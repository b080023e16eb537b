// Sends what waits, one after the other, by one tab at a time, and asks what became of what was sent.

import { call, mayGoLater } from "./api.js";
import { noteUpload } from "./link.js";
import { allItems, amend, isOpen, isWaiting, itemOf, settle, tell } from "./outbox.js";
import { itemAddress } from "./pass.js";
import { change, read } from "./store.js";

const LOCK = "hadir-outbox";
// Sent within so long it is an ordinary check-in; after it, what is said of the time without signal goes with it.
const AT_ONCE_MS = 60 * 1000;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 5 * 60 * 1000;
const LEASE_MS = 90 * 1000;
const RENEW_LEASE_MS = 20 * 1000;
const LEASE_TRIED_AGAIN_MS = 500;
const ASKED_AGAIN_MS = { received: 3000, review: 30 * 60 * 1000 };

const ME = Array.from(crypto.getRandomValues(new Uint32Array(2)), String).join("-");

/** As the page's own `upload`, where there is no page. */
const post = (path, body, { headers, signal }) => call("POST", path, { body, headers, signal });

/**
 * Sends what waits, `account`'s or, in the worker, everybody's whom the session allows. Not before the wait after a
 * failure is over, unless `hurry`: then only what the service itself has asked for is waited for.
 */
export async function drain({ account = null, hurry = false, news = true } = {}) {
  if (await tooEarly(hurry)) return;
  await alone(async () => {
    await sendAll(account);
    if (news) await askAgain(account, hurry);
  });
}

/** This one item at once. Throws as `upload` does; what can go later stays. */
export function sendNow(id, options) {
  return alone(
    async () => {
      const item = await itemOf(id);
      return item.answer || deliver(item, options);
    },
    { wait: true },
  );
}

/** How many wait; for the worker to know whether it has to be woken again. */
export const countWaiting = async () => (await allItems()).filter(isWaiting).length;

async function sendAll(account) {
  const others = new Set();
  const waiting = (await allItems()).filter(isWaiting).reverse();
  for (const { id, owner } of waiting) {
    if ((account && owner !== account) || others.has(owner)) continue;
    // Another tab may have sent or taken back what was listed.
    const item = await itemOf(id);
    if (!item || !isWaiting(item)) continue;
    try {
      await deliver(item);
    } catch (error) {
      if (error.status === 409 && error.message === "other_account") others.add(owner);
      else if (mayGoLater(error)) return;
    }
  }
}

async function deliver(item, { send = post, signal, onProgress } = {}) {
  const waited = Date.now() - item.storedAt;
  const atOnce = !item.away && waited >= 0 && waited < AT_ONCE_MS;
  const body = new Blob(atOnce ? [item.atOnce] : [item.atOnce, item.later]);
  const startedAt = performance.now();
  const headers = { "Content-Type": "application/octet-stream", "Hadir-Account": item.owner };
  let answer;
  try {
    answer = await send(itemAddress(item.owner), body, { headers, signal, onProgress });
  } catch (error) {
    if (!signal || !signal.aborted) await failed(item, error);
    throw error;
  }
  const { retries, storedAt } = item;
  await noteUpload({ bytes: body.size, startedAt, storedAt, retries });
  await change(({ facts }) => facts.delete("wait"));
  // What was added while it was under way has still to go.
  const now = await itemOf(item.id);
  if (now && now.edition !== item.edition) return deliver(now, { send, signal, onProgress });
  await settle(item.id, answer);
  return answer;
}

async function failed(item, error) {
  if (error.status === 401) return tell({ notice: "signed_out" });
  if (error.message === "other_account") return tell({ notice: "other_account" });
  if (!mayGoLater(error)) {
    const { code, detail } = error.problem;
    return amend(item.id, { problem: { code: code || String(error.status), detail: detail || "" } });
  }
  await waitLonger(error.retryAfterS);
  await amend(item.id, { retries: item.retries + 1 });
}

/** Exponential with full jitter, so that phones that lost one server at one time do not come back at one time. */
async function waitLonger(retryAfterS) {
  await change(async ({ facts }) => {
    const { tries = 0 } = (await facts.get("wait")) || {};
    const wait = Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
    const asked = (retryAfterS || 0) * 1000;
    const now = Date.now();
    await facts.put({ name: "wait", tries: tries + 1, since: now, until: now + Math.max(wait, asked), asked: now + asked });
  });
}

async function tooEarly(hurry) {
  const wait = await read(({ facts }) => facts.get("wait"));
  const now = Date.now();
  // A clock that was set back must not keep anything waiting.
  return Boolean(wait) && now >= wait.since && now < (hurry ? wait.asked : wait.until);
}

async function askAgain(account, hurry) {
  for (const { id, owner, answer, askedAt } of (await allItems()).filter(isOpen)) {
    if (owner !== account) continue;
    if (!hurry && Date.now() - askedAt < (ASKED_AGAIN_MS[answer.status] || 0)) continue;
    try {
      await settle(id, await call("GET", `/api/checkins/${id}`));
    } catch (error) {
      if (error.status !== 404) return;
      await amend(id, { lost: true });
    }
  }
}

/** Under a lock that all tabs and the worker share; without `wait`, only when it is free. */
function alone(work, { wait = false } = {}) {
  if (navigator.locks) {
    return navigator.locks.request(LOCK, { ifAvailable: !wait }, (lock) => (lock ? work() : undefined));
  }
  return leased(work, wait);
}

async function leased(work, wait) {
  while (!(await takeLease())) {
    if (!wait) return undefined;
    await new Promise((resolve) => setTimeout(resolve, LEASE_TRIED_AGAIN_MS));
  }
  const renewing = setInterval(takeLease, RENEW_LEASE_MS);
  try {
    return await work();
  } finally {
    clearInterval(renewing);
    await change(({ facts }) => facts.delete("lease"));
  }
}

const takeLease = () =>
  change(async ({ facts }) => {
    const lease = await facts.get("lease");
    const now = Date.now();
    if (lease && lease.holder !== ME && now >= lease.since && now < lease.since + LEASE_MS) return false;
    await facts.put({ name: "lease", holder: ME, since: now });
    return true;
  });
