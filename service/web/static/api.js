// The service's JSON API: an answer is returned, a problem or a dead connection is thrown.

const ANSWER_WITHIN_MS = 60000;
const STALLED_AFTER_MS = 60000;

export class NoConnection extends Error {
  name = "NoConnection";
}

/**
 * `problem` is the RFC 9457 object of the answer, or {} where something before the service answered; `retryAfterS`
 * is how long it asks to wait, or null.
 */
export class Problem extends Error {
  name = "Problem";

  constructor(status, problem, retryAfterS) {
    super(problem.code || String(status));
    this.status = status;
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }
}

export function errorCode(error) {
  return error.problem ? error.problem.code : undefined;
}

/** Whether it is worth another try without anybody doing anything to it; 401 is, after a new sign-in. */
export function mayGoLater(error) {
  const { name, status } = error;
  if (name !== "Problem") return true;
  return [401, 408, 429].includes(status) || status >= 500 || error.message === "other_account";
}

/** Sends `json`, a FormData or a Blob; gives the answer's body, or null where there is none. */
export async function call(method, path, { json, form, body: blob, headers: more, signal } = {}) {
  const headers = { Accept: "application/json", ...more };
  if (json) headers["Content-Type"] = "application/json";
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ANSWER_WITHIN_MS);
  if (signal) signal.addEventListener("abort", () => controller.abort());
  let response;
  let body;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: json ? JSON.stringify(json) : form || blob,
      signal: controller.signal,
    });
    body = await response.text();
  } catch (error) {
    if (signal && signal.aborted) throw error;
    throw new NoConnection();
  } finally {
    clearTimeout(timer);
  }
  return settle(response.status, body, response.headers.get("Retry-After"));
}

/** As `call`, by POST, and tells `onProgress` the share that has left the phone: fetch can't. */
export function upload(path, body, { headers = {}, signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let stalled;
    const alive = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), STALLED_AFTER_MS);
    };
    request.upload.addEventListener("progress", (event) => {
      alive();
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      try {
        resolve(settle(request.status, request.responseText, request.getResponseHeader("Retry-After")));
      } catch (error) {
        reject(error);
      }
    });
    for (const end of ["error", "abort"]) request.addEventListener(end, () => reject(new NoConnection()));
    request.addEventListener("loadend", () => clearTimeout(stalled));
    if (signal.aborted) return reject(new NoConnection());
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", path);
    request.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    alive();
    onProgress(0);
    request.send(body);
  });
}

function settle(status, body, retryAfter) {
  const parsed = parse(body);
  if (status < 200 || status > 299) throw new Problem(status, parsed || {}, Number(retryAfter) || null);
  return parsed;
}

function parse(body) {
  try {
    return body ? JSON.parse(body) : null;
  } catch {
    return null;
  }
}

/** To the sign-in page and back, for pages that have nothing to lose. */
export function signInAgain() {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}
