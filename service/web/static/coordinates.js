// Degrees as people write and paste them.

const MINUS = /[\u2212\u2013]/g; // as maps and word processors write it
const PAIR = /^\s*([-+]?\d+(?:[.,]\d+)?)\s*[;,\s]\s*([-+]?\d+(?:[.,]\d+)?)\s*$/;

/** A number, with a comma or a point before its decimals; NaN for anything else. */
export function parseDegrees(text) {
  const plain = text.trim().replace(MINUS, "-").replace(",", ".");
  return /^[-+]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : NaN;
}

/** Latitude and longitude in one, as a map gives them to copy; null where it is something else. */
export function parsePair(text) {
  const found = PAIR.exec(text.replace(MINUS, "-"));
  if (!found || !/[.].*[.]|[;\s]|,\s/.test(text.trim())) return null;
  const [latitude, longitude] = found.slice(1).map((part) => Number(part.replace(",", ".")));
  return { latitude, longitude };
}
