// The offline pass: challenges for days without signal, the key to seal to, and since when there was no contact.

import { call } from "./api.js";
import { hashOf } from "./sealing.js";
import { change, read } from "./store.js";

// Whose a check-in is decides how it goes: an account's by its session, a kiosk's by the tablet's token.
export const isKiosk = (owner) => owner.startsWith("kiosk:");
export const itemAddress = (owner) => (isKiosk(owner) ? "/api/kiosk/checkins/sealed" : "/api/checkins/sealed");
const passAddress = (owner) => (isKiosk(owner) ? "/api/kiosk/offline-pass" : "/api/offline-pass");

const FRESH_MS = 10 * 60 * 1000;
// More than a kiosk is given at one time.
const MOST_USED = 40;
const AGREE_MS = 2 * 60 * 1000;

// performance.now() counts from the beginning of this page: of another's, even this page's before a restart, nothing
// can be told.
const LIFE = Array.from(crypto.getRandomValues(new Uint32Array(4)), String).join("-");

/** The pass of this account, or null. */
export async function passOf(account) {
  const pass = await read(({ facts }) => facts.get("pass"));
  return pass && pass.account === account ? pass : null;
}

/**
 * Fetches another one where the last contact was a while ago. Throws as `call` does. It may be another account's,
 * which has signed in meanwhile.
 */
export async function renewPass(account) {
  const held = await passOf(account);
  if (held && held.life === LIFE && performance.now() - held.steady < FRESH_MS) return held;
  const steady = performance.now();
  const clock = Date.now();
  const given = await call("GET", passAddress(account));
  const previous = await hashOf(new TextEncoder().encode(given.id));
  return change(async ({ facts }) => {
    const before = await facts.get("pass");
    const used = before && before.account === given.account ? before.used : [];
    const pass = { name: "pass", ...given, life: LIFE, steady, clock, sequence: 0, previous, used };
    await facts.put(pass);
    return pass;
  });
}

/** The next challenge that was not used, or null: then a check-in goes without. */
export async function challengeInAdvance(account) {
  const pass = await passOf(account).catch(() => null);
  if (!pass) return null;
  const open = ({ id, expires_at: until }) => !pass.used.includes(id) && new Date(until) > serverTime(pass);
  const next = pass.challenges.find(open);
  return next ? { ...next, inAdvance: true } : null;
}

const serverTime = (pass) => new Date(Date.now() + offsetOf(pass));

const offsetOf = (pass) => new Date(pass.server_time) - pass.clock;

const ranFor = (pass, steady) => (pass.life === LIFE ? Math.max(0, Math.round(steady - pass.steady)) : null);

/**
 * When a photo was taken, by the service's clock where that can be told: the phone's own may be wrong, but a steady
 * one that agrees with it shows that it has been wrong by the same all along.
 */
export function timeOfCapture(pass, capturedAt, steady) {
  const ran = ranFor(pass, steady);
  if (ran === null || Math.abs(capturedAt - pass.clock - ran) > AGREE_MS) return capturedAt;
  return new Date(capturedAt.getTime() + offsetOf(pass));
}

/** `meta.offline` of the item that follows those made with the pass so far. */
export function offlinePart(pass, capturedAt, steady) {
  return {
    pass: pass.id,
    sequence: pass.sequence + 1,
    previous: pass.previous,
    clock: capturedAt.toISOString(),
    monotonic_ms: ranFor(pass, steady),
    last_contact: pass.server_time,
    clock_offset_ms: offsetOf(pass),
  };
}

/** The pass with one item more, which may have used one of its challenges. */
export function passAfter(pass, hash, challenge) {
  const used = challenge ? [...pass.used, challenge].slice(-MOST_USED) : pass.used;
  return { ...pass, sequence: pass.sequence + 1, previous: hash, used };
}
