// A check-in sealed to the service: this phone can't open it again. The form: see POST /api/checkins/sealed.

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const VERSION = 1;
const NONCE_BYTES = 12;
const INFO = new TextEncoder().encode("hadir item");
const CHECKIN = 1;
const OFFLINE = 2;

/** Browsers offer it on https pages and on this machine alone. */
export const sealingOffered = () => Boolean(self.crypto && crypto.subtle && self.indexedDB);

export const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const hashOf = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));

const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));

const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return whole;
}

function withLength(bytes) {
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, bytes.byteLength);
  return join(length.buffer, bytes);
}

const inJson = (value) => new TextEncoder().encode(JSON.stringify(value));

/**
 * `key` is that of the offline pass, `pictures` are blobs, the selfie first. Gives the item as it is sent at once,
 * its hash, and `addLater`, which seals what it was like without signal, to be sent behind it.
 */
export async function seal(key, meta, pictures) {
  const point = await crypto.subtle.importKey("raw", fromBase64(key.point), CURVE, false, []);
  const own = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: point }, own.privateKey, 256);
  const ownPoint = await crypto.subtle.exportKey("raw", own.publicKey);
  const header = join(new Uint8Array([VERSION]), fromHex(key.id), ownPoint);
  const cipher = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: header, info: INFO },
    await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]),
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt"],
  );
  const part = async (label, plain) => {
    const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const additionalData = join(header, new Uint8Array([label]));
    return join(iv, await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, cipher, plain));
  };
  const pieces = [inJson(meta)];
  for (const picture of pictures) pieces.push(await picture.arrayBuffer());
  const atOnce = join(header, withLength(await part(CHECKIN, join(...pieces.map(withLength)))));
  return { atOnce, hash: await hashOf(atOnce), addLater: (offline) => part(OFFLINE, inJson(offline)) };
}
