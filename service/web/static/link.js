// How uploads went over this link: the service learns of each by the next one.

import { change } from "./store.js";

const seconds = (ms) => Math.max(0, Math.round(ms / 1000));

/** `storedAt`: since when it waited; `retries`: how often it had failed before. */
export async function noteUpload({ bytes, startedAt, storedAt, retries }) {
  const link = {
    bytes,
    time_ms: Math.round(performance.now() - startedAt),
    effective_type: (navigator.connection && navigator.connection.effectiveType) || null,
    retries,
    offline_s: seconds(Date.now() - (performance.now() - startedAt) - storedAt),
  };
  await change(({ facts }) => facts.put({ name: "link", link })).catch(() => {});
}

/** The last upload's figures, once; null when there are none. */
export async function takeFigures() {
  const taken = change(async ({ facts }) => {
    const noted = await facts.get("link");
    await facts.delete("link");
    return noted ? noted.link : null;
  });
  return taken.catch(() => null);
}
