// The service worker: opens the check-in page without signal, and sends what waits when the browser wakes it.

import { countWaiting, drain } from "./drain.js";

// Each page and what it names, of whoever has opened it last: see page.js, which removes theirs with them.
const SHELLS = { "/checkin": "hadir-shell", "/kiosk": "hadir-kiosk" };
const START = "/checkin";
const STATIC = "/static/";
const ANSWER_WITHIN_MS = 5000;
const NAMED = /\/static\/\w+\/[\w.-]+/g;
const OWNER = /data-account="[\w:]+"/;

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(renew());
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && pathname in SHELLS) event.respondWith(page(event, pathname));
  else if (request.mode === "navigate" && pathname === "/") event.respondWith(start(request));
  else if (pathname.startsWith(STATIC)) event.respondWith(file(request));
});

self.addEventListener("sync", (event) => event.waitUntil(sendWaiting()));

const shell = (path) => caches.match(path, { cacheName: SHELLS[path] });

/** The network first; a link that does not answer soon is as good as none. */
async function page(event, path) {
  const kept = await shell(path);
  const answered = fetch(event.request).then((response) => {
    if (response.ok) event.waitUntil(keep(path, response.clone()).catch(() => {}));
    // To the sign-in page: whoever the kept page shows is not signed in any more.
    else if (response.type === "opaqueredirect") event.waitUntil(caches.delete(SHELLS[path]));
    return response;
  });
  if (!kept) return answered;
  event.waitUntil(answered.catch(() => {}));
  const late = new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS, kept));
  return Promise.race([answered.then((response) => (response.status < 500 ? response : kept)), late]).catch(() => kept);
}

async function start(request) {
  try {
    return await fetch(request);
  } catch {
    return (await shell(START)) ? Response.redirect(START) : Response.error();
  }
}

const file = async (request) => (await caches.match(request)) || fetch(request);

/** After installation: the page that is open was loaded before there was a worker to keep it. */
async function renew() {
  const open = await self.clients.matchAll({ includeUncontrolled: true, type: "window" });
  const paths = open.map(({ url }) => new URL(url).pathname);
  for (const path of Object.keys(SHELLS)) {
    if (!paths.includes(path) && !(await caches.has(SHELLS[path]))) continue;
    const response = await fetch(path, { redirect: "manual" }).catch(() => null);
    if (response && response.ok) await keep(path, response).catch(() => {});
  }
}

/** The page last, when all that it names is there: each version of it opens with its own files. */
async function keep(path, response) {
  const text = await response.clone().text();
  // A tablet that is paired no longer has another page at its address.
  if (!OWNER.test(text)) return caches.delete(SHELLS[path]);
  const named = [...new Set(text.match(NAMED))];
  const cache = await caches.open(SHELLS[path]);
  await Promise.all(named.map((address) => add(cache, address)));
  await cache.put(path, response);
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (pathname !== path && !named.includes(pathname)) await cache.delete(request);
  }
}

async function add(cache, address) {
  if (await cache.match(address)) return;
  const response = await fetch(address);
  // During an update another version may answer, and says that it is not to be kept.
  const other = (response.headers.get("cache-control") || "").includes("no-store");
  if (!response.ok || other) throw new Error(address);
  await cache.put(address, response);
}

async function sendWaiting() {
  await drain({ hurry: true, news: false });
  if ((await countWaiting()) > 0) throw new Error("some wait still"); // the browser tries again later
}
