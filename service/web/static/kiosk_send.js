// How a kiosk reaches the service; what can't reach it now is kept, sealed, and goes by itself.

import { call, errorCode, mayGoLater, upload } from "./api.js";
import { sendNow } from "./drain.js";
import { takeFigures } from "./link.js";
import { store, tell } from "./outbox.js";

const AGAIN_AFTER_MS = [1500, 4000];
const POLL_AFTER_MS = [1000, 2000, 3000, 4000];
// Nobody waits before a tablet for longer; what is under way goes on.
const WAITED_FOR_MS = 20000;
const CHECKINS = "/api/kiosk/checkins";

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const of = (id, what = "") => `${CHECKINS}/${encodeURIComponent(id)}${what}`;
const asItIs = (id) => patiently(() => call("GET", of(id)));
const storedAt = (attempt, nipKept = false) => ({ status: "stored", reasons: [], received_at: attempt.capturedAt, nipKept });

/**
 * Sends an `Attempt`; again under the same identifier where the connection fails, so that it counts once. The answer's
 * status is "stored" where it is kept on the tablet: then nobody can be named.
 */
export async function submit(attempt) {
  attempt.describe(null, await takeFigures());
  attempt.stored = await attempt.keep({ store, tell });
  const options = { signal: new AbortController().signal, send: upload, onProgress: () => {} };
  if (!attempt.stored) return decided(await patiently(() => upload(CHECKINS, attempt.form(), options)));
  try {
    const late = sleep(WAITED_FOR_MS).then(() => null);
    const sent = patiently(() => sendNow(attempt.id, options));
    const answer = await Promise.race([sent, late]);
    if (!answer) sent.catch(() => {});
    return answer ? await decided(answer.id ? answer : await asItIs(attempt.id)) : storedAt(attempt);
  } catch (error) {
    if (error.status === 401 || !mayGoLater(error)) throw error;
    return storedAt(attempt);
  }
}

/** Who it was, for an attempt in which nobody was recognised, or which is still kept here. */
export async function giveNip(attempt, nip) {
  if (attempt.add && (await attempt.add({ nip }))) return storedAt(attempt, true);
  try {
    return await patiently(() => call("POST", of(attempt.id, "/nip"), { json: { nip } }));
  } catch (error) {
    // It was sent meanwhile, and somebody recognised.
    if (errorCode(error) === "already_named") return asItIs(attempt.id);
    throw error;
  }
}

/** "Not me", soon after the answer. */
export const disown = (id) => patiently(() => call("POST", of(id, "/disown")));

/** Tells the service that the tablet is there; throws when it is paired no longer. */
export const reportPresence = () => call("GET", "/api/kiosk");

async function patiently(work) {
  for (const wait of AGAIN_AFTER_MS) {
    try {
      return await work();
    } catch (error) {
      if (!navigator.onLine || (error.name !== "NoConnection" && error.status !== 503)) throw error;
      await sleep(wait);
    }
  }
  return work();
}

/** "Received" is good enough for whoever stands there, once it is known whose it is. */
async function decided(answer) {
  for (const wait of POLL_AFTER_MS) {
    if (answer.status !== "received" || answer.name) break;
    await sleep(wait);
    answer = await asItIs(answer.id);
  }
  return answer;
}
