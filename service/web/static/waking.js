// The service worker, which opens the page without signal: installed, and asked to send when it may.

const SYNC = "hadir-outbox";
const WORKER = "/sw.js";

async function install() {
  if (!navigator.serviceWorker) return;
  // The policy of this site lets one address be run as a worker.
  const policy = window.trustedTypes && trustedTypes.createPolicy("hadir-worker", { createScriptURL: () => WORKER });
  await navigator.serviceWorker.register(policy ? policy.createScriptURL(WORKER) : WORKER, { type: "module" });
}

/** After everything that the page itself needs: over a weak link each byte counts. */
export function installWorker() {
  if (document.readyState === "complete") install().catch(() => {});
  else window.addEventListener("load", () => install().catch(() => {}));
}

export async function wakeWorker() {
  const registration = await navigator.serviceWorker.ready;
  if (registration.sync) await registration.sync.register(SYNC);
}
