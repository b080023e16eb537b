// What keeps check-ins on this phone and sends them: a third of all scripts, fetched when the page can be used already.

import { byId } from "./page.js";

const WITHIN_MS = 20000;

let asked = null;

/**
 * offline.js with what it exports: fetched once, and whoever needs it sooner has it fetched at once. Throws where it
 * can't be had in a while; what asks later tries again.
 */
export function keptHere() {
  if (!asked) {
    asked = fetchAll();
    asked.catch(() => (asked = null));
  }
  const late = new Promise((resolve, reject) => setTimeout(reject, WITHIN_MS, new Error("late")));
  return Promise.race([asked, late]);
}

function fetchAll() {
  // All at the same time: each names others, which would be learnt of one answer after the other.
  document.head.append(byId("later").content.cloneNode(true));
  return import("./offline.js");
}
