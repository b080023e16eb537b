// How large pictures may be: on a slow link the check-in is not to take longer than it has to.

// 150 kB take five seconds on a link of this speed.
const SLOW_BIT_PER_S = 240000;
// Less than this says little about a link.
const ENOUGH_BYTES = 4000;
const KEPT_KEY = "hadir_link_speed";

// Selfie and frames together; the rest of 150 kB is for what goes around them.
const USUAL = {
  selfie: { long: 800, short: 600 },
  frame: { long: 320, short: 240 },
  frameBytes: 12000,
  bytes: 147000,
};
// What a face is known and a turn is measured by is still there; half a minute at 64 kbit/s is enough for all of it.
const SMALL = {
  selfie: { long: 640, short: 480 },
  frame: { long: 288, short: 216 },
  frameBytes: 4500,
  bytes: 60000,
};

export const pictureSizes = () => (isSlow() ? SMALL : USUAL);

/** `report` of an upload of so many bytes; from how it goes the link's speed is known at the next check-in. */
export function watched(report, bytes) {
  let since = null;
  return (share) => {
    if (share === 0) since = performance.now();
    if (share >= 1 && since !== null) {
      remembered((8000 * bytes) / (performance.now() - since));
      since = null;
    }
    report(share);
  };
}

function isSlow() {
  const { effectiveType = "", saveData = false } = navigator.connection || {};
  if (saveData || effectiveType.endsWith("2g")) return true;
  const speed = remembered(measured());
  return speed !== null && speed < SLOW_BIT_PER_S;
}

/** What was measured now, else the last time: a page that the phone had kept says nothing about the link. */
function remembered(speed) {
  try {
    if (speed !== null) localStorage.setItem(KEPT_KEY, Math.round(speed));
    return speed === null ? Number(localStorage.getItem(KEPT_KEY)) || null : speed;
  } catch {
    return speed; // a browser that keeps nothing
  }
}

/**
 * Bits a second at which this page and its files came in, the waiting for them left out; null when not known. What
 * passed through the worker may have come out of its cache.
 */
function measured() {
  const came = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter(({ transferSize, responseStart, workerStart }) => transferSize > 0 && responseStart > 0 && !workerStart)
    .sort((one, other) => one.responseStart - other.responseStart);
  const bytes = came.reduce((sum, { transferSize }) => sum + transferSize, 0);
  let ms = 0;
  let until = 0;
  for (const { responseStart, responseEnd } of came) {
    ms += Math.max(0, responseEnd - Math.max(responseStart, until));
    until = Math.max(until, responseEnd);
  }
  return bytes < ENOUGH_BYTES || ms === 0 ? null : (8000 * bytes) / ms;
}
