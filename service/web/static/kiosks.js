import { call, signInAgain } from "./api.js";
import { announce, byId, complain, explain, json, momentOf, show, stamp, text } from "./page.js";
import { Pager } from "./pager.js";

const sentences = json("sentences");
const pager = new Pager(loadAttempts);
const keeps = Boolean(byId("adding"));

let chosen = null;

async function load() {
  await loadKiosks();
  await loadAttempts();
}

async function loadKiosks() {
  try {
    const { kiosks, sites } = await call("GET", "/api/kiosks");
    byId("list").tBodies[0].replaceChildren(...kiosks.map(row));
    show(byId("list"), kiosks.length > 0);
    show(byId("empty"), kiosks.length === 0);
    byId("empty-text").textContent = text(sites.length > 0 ? "no_kiosks" : "no_sites");
    if (keeps) {
      show(byId("add"), sites.length > 0);
      byId("add-site").replaceChildren(...sites.map(({ code, name }) => new Option(name, code)));
    }
  } catch (error) {
    refuse(byId("problem"), error);
  }
}

function refuse(problem, error) {
  if (error.status === 401) return signInAgain();
  complain(problem, explain(error));
}

function stateOf({ paired_at: paired, revoked_at: revoked }) {
  if (revoked) return ["state_revoked", "bad"];
  return paired ? ["state_paired", "good"] : ["state_unpaired", "wait"];
}

function row(kiosk) {
  const { content, fields } = stamp(byId("row"));
  const [state, tone] = stateOf(kiosk);
  fields.name.textContent = kiosk.name;
  fields.site.textContent = kiosk.site_name;
  fields.seen.textContent = kiosk.used_at ? momentOf(kiosk.used_at) : text("never_seen");
  fields.unnamed.textContent = kiosk.unnamed > 0 ? text("unnamed", { count: kiosk.unnamed }) : "";
  fields.state.textContent = text(state);
  fields.state.dataset.tone = tone;
  if (fields.change) {
    show(fields.change, !kiosk.revoked_at);
    fields.change.setAttribute("aria-label", text("change_of", { name: kiosk.name }));
    fields.change.addEventListener("click", () => openChange(kiosk));
  }
  return content;
}

// --- people whom nobody has named

async function loadAttempts() {
  history.replaceState(null, "", pager.page > 1 ? `?page=${pager.page}` : location.pathname);
  try {
    const answer = await call("GET", `/api/kiosk-attempts?page=${pager.page}`);
    pager.render(answer);
    byId("attempts").tBodies[0].replaceChildren(...answer.attempts.map(attemptRow));
    show(byId("attempts"), answer.attempts.length > 0);
    show(byId("no-attempts"), answer.attempts.length === 0);
  } catch (error) {
    refuse(byId("problem"), error);
  }
}

function whyOf({ status, reasons, by_nip: byNip, disowned, findings }) {
  if (byNip) return text("why_nip");
  if (disowned) return text("why_disowned");
  if (status === "retake") {
    return reasons.map((code) => (sentences[code] ? sentences[code].happened : code)).join(" ");
  }
  const failed = status === "received" || (findings && findings.engine_failure);
  return text(failed ? "why_received" : "why_unsure");
}

/** When it was taken as well, of one that the tablet had stored. */
function timesOf({ taken_at: taken, received_at: received }) {
  if (!taken) return momentOf(received);
  return text("both_times", { taken: momentOf(taken), received: momentOf(received) });
}

function attemptRow(attempt) {
  const { content, fields } = stamp(byId("attempt"));
  const time = timesOf(attempt);
  fields.time.textContent = time;
  fields.kiosk.textContent = `${attempt.kiosk}, ${attempt.site_name}`;
  fields.why.textContent = whyOf(attempt);
  show(fields.look, attempt.image_kept);
  fields.look.setAttribute("aria-label", text("look_of", { time }));
  fields.look.addEventListener("click", () => look(attempt, time));
  return content;
}

function look({ id, kiosk }, time) {
  byId("looking-heading").textContent = text("picture_of", { kiosk, time });
  show(byId("look-problem"), false);
  show(byId("picture"));
  byId("picture").src = `/api/kiosk-attempts/${encodeURIComponent(id)}/image`;
  byId("looking").showModal();
  byId("looking-heading").focus();
}

byId("picture").addEventListener("error", () => {
  if (!byId("looking").open) return;
  show(byId("picture"), false);
  complain(byId("look-problem"), text("unexpected"));
});
byId("looking").addEventListener("close", () => byId("picture").removeAttribute("src"));

// --- what HR changes

/** Does the work of a dialog and closes it; what went wrong is said in it. */
async function settle(dialog, problem, work) {
  const buttons = dialog.querySelectorAll("button:not([data-close])");
  for (const button of buttons) button.disabled = true;
  show(problem, false);
  try {
    const done = await work();
    // Before the dialog closes: what is opened next shows what was saved.
    await loadKiosks();
    dialog.close();
    return done;
  } catch (error) {
    refuse(problem, error);
    return undefined;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

function showPairing({ code, url, qr, expires_at: expires }) {
  byId("pairing-qr").setAttribute("viewBox", `0 0 ${qr.size} ${qr.size}`);
  byId("pairing-qr").firstElementChild.setAttribute("d", qr.path);
  byId("pairing-url").value = url;
  byId("pairing-code").textContent = code;
  byId("pairing-expiry").textContent = text("valid_until", { time: momentOf(expires) });
  byId("pairing").showModal();
  byId("pairing-heading").focus();
}

function openChange(kiosk) {
  chosen = kiosk;
  byId("changing-heading").textContent = `${kiosk.name}, ${kiosk.site_name}`;
  show(byId("change-problem"), false);
  byId("changing").showModal();
  byId("changing-heading").focus();
}

function offerChanges() {
  byId("add").addEventListener("click", () => {
    byId("add-form").reset();
    show(byId("add-problem"), false);
    byId("adding").showModal();
    byId("add-name").focus();
  });
  byId("add-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = byId("add-name").value.trim();
    const site = byId("add-site").value;
    if (!name || !site) return complain(byId("add-problem"), text("fill_in"));
    const work = () => call("POST", "/api/kiosks", { json: { name, site } });
    const made = await settle(byId("adding"), byId("add-problem"), work);
    if (!made) return;
    announce(text("added", { name }));
    showPairing(made);
  });
  byId("new-link").addEventListener("click", async () => {
    const work = () => call("POST", `/api/kiosks/${chosen.id}/link`);
    const made = await settle(byId("changing"), byId("change-problem"), work);
    if (made) showPairing(made);
  });
  byId("revoke").addEventListener("click", () => {
    byId("changing").close();
    byId("revoking-heading").textContent = text("revoke_heading", { name: chosen.name });
    show(byId("revoke-problem"), false);
    byId("revoking").showModal();
    byId("revoking-heading").focus();
  });
  byId("revoke-now").addEventListener("click", async () => {
    const work = async () => {
      await call("DELETE", `/api/kiosks/${chosen.id}`);
      return chosen;
    };
    const gone = await settle(byId("revoking"), byId("revoke-problem"), work);
    if (gone) announce(text("revoked", { name: gone.name }));
  });
  byId("copy").addEventListener("click", async () => {
    byId("pairing-url").select();
    try {
      await navigator.clipboard.writeText(byId("pairing-url").value);
    } catch {
      document.execCommand("copy"); // pages without https have no clipboard API
    }
    announce(text("copied"));
  });
}

if (keeps) offerChanges();
load();
