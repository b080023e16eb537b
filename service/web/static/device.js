// What is used, not who: a random name that the browser makes for itself once, and keeps.

const KEY = "hadir-device";
const NAME = /^[0-9a-f]{32}$/;

/** Null where the browser keeps nothing, as in a private window of some. */
export function deviceName() {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept && NAME.test(kept)) return kept;
    const made = random();
    localStorage.setItem(KEY, made);
    return made;
  } catch {
    return null;
  }
}

function random() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
