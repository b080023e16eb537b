// How a kiosk reaches the service. What should outlive a lost connection has its place here.

import { call, upload } from "./api.js";

const AGAIN_AFTER_MS = [1500, 4000];
const POLL_AFTER_MS = [1000, 2000, 3000, 4000];
const CHECKINS = "/api/kiosk/checkins";

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const of = (id, what = "") => `${CHECKINS}/${encodeURIComponent(id)}${what}`;

/** Sends an `Attempt`; again under the same identifier where the connection fails, so that it counts once. */
export async function submit(attempt) {
  attempt.describe(null, null);
  const form = attempt.form();
  const { signal } = new AbortController();
  const answer = await patiently(() => upload(CHECKINS, form, { signal, onProgress: () => {} }));
  return decided(answer);
}

/** Who it was, for an attempt in which nobody was recognised. */
export const giveNip = (id, nip) => patiently(() => call("POST", of(id, "/nip"), { json: { nip } }));

/** "Not me", soon after the answer. */
export const disown = (id) => patiently(() => call("POST", of(id, "/disown")));

/** Tells the service that the tablet is there; throws when it is paired no longer. */
export const reportPresence = () => call("GET", "/api/kiosk");

async function patiently(work) {
  for (const wait of AGAIN_AFTER_MS) {
    try {
      return await work();
    } catch (error) {
      if (error.name !== "NoConnection" && error.status !== 503) throw error;
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
    answer = await patiently(() => call("GET", of(answer.id)));
  }
  return answer;
}
