// How webhooks are shown in words, and what their two views share.

import { signInAgain } from "./api.js";
import { announce, byId, complain, explain, hasText, momentOf, show, text } from "./page.js";

const TONES = { working: "good", failing: "bad", retrying: "wait", paused: "wait", unused: "" };

export const wordOf = (kind, code) => (hasText(`${kind}_${code}`) ? text(`${kind}_${code}`) : code);

export const eventsOf = ({ events }) => events.map((event) => wordOf("event", event)).join("; ");

export const whomOf = ({ unit, unit_name: name }) => (unit ? `${name} (${unit})` : text("everybody"));

export function healthBadge(element, { health }) {
  element.textContent = wordOf("health", health);
  element.dataset.tone = TONES[health];
}

export const chosenEvents = (prefix) =>
  Array.from(document.querySelectorAll(`input[name="${prefix}-event"]:checked`), (box) => box.value);

export function failure(element, error) {
  if (error.status === 401) return signInAgain();
  complain(element, explain(error));
}

/** Shown at the only moment when it is known. */
export function showSecret({ secret, former_until: until }) {
  byId("secret-value").value = secret;
  byId("overlap").textContent = until ? text("overlap", { time: momentOf(until) }) : "";
  byId("secret").showModal();
  byId("secret-heading").focus();
}

byId("copy").addEventListener("click", async () => {
  byId("secret-value").select();
  try {
    await navigator.clipboard.writeText(byId("secret-value").value);
  } catch {
    document.execCommand("copy"); // pages without https have no clipboard API
  }
  announce(text("copied"));
});
byId("secret").addEventListener("close", () => {
  byId("secret-value").value = "";
});

/** Asks before `work` is done; what goes wrong is said in the dialog. */
export function ask(words, tone, work) {
  byId("asking-heading").textContent = words.heading;
  byId("ask-text").textContent = words.text;
  const yes = byId("ask-yes");
  yes.textContent = words.yes;
  yes.className = tone;
  show(byId("ask-problem"), false);
  yes.onclick = async () => {
    yes.disabled = true;
    try {
      await work();
      byId("asking").close();
    } catch (error) {
      failure(byId("ask-problem"), error);
    } finally {
      yes.disabled = false;
    }
  };
  byId("asking").showModal();
  byId("asking-heading").focus();
}
