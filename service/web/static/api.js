// The service's JSON API: an answer is returned, a problem or a dead connection is thrown.

const ANSWER_WITHIN_MS = 60000;
const STALLED_AFTER_MS = 60000;

export class NoConnection extends Error {
  name = "NoConnection";
}

/** `problem` is the RFC 9457 object of the answer, or {} where something before the service answered. */
export class Problem extends Error {
  name = "Problem";

  constructor(status, problem) {
    super(problem.code || String(status));
    this.status = status;
    this.problem = problem;
  }
}

export function errorCode(error) {
  return error.problem ? error.problem.code : undefined;
}

/** Sends `json` or a FormData; gives the answer's body, or null where there is none. */
export async function call(method, path, { json, form, signal } = {}) {
  const headers = { Accept: "application/json" };
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
      body: json ? JSON.stringify(json) : form,
      signal: controller.signal,
    });
    body = await response.text();
  } catch (error) {
    if (signal && signal.aborted) throw error;
    throw new NoConnection();
  } finally {
    clearTimeout(timer);
  }
  return settle(response.status, body);
}

/** As `call`, by POST, and tells `onProgress` the share that has left the phone: fetch can't. */
export function upload(path, form, { signal, onProgress }) {
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
        resolve(settle(request.status, request.responseText));
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
    alive();
    request.send(form);
  });
}

function settle(status, body) {
  const parsed = parse(body);
  if (status < 200 || status > 299) throw new Problem(status, parsed || {});
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
