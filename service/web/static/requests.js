import { call, signInAgain } from "./api.js";
import { byId, complain, explain, listOf, number, show, stamp, text } from "./page.js";
import { Pager } from "./pager.js";
import { badge, decisionLine, noteOf, titleOf, whenOf } from "./request_words.js";
import { fetchUnits, offerUnits } from "./unit_choice.js";

const FILTERS = ["what", "state", "kind", "unit", "month"];

const pager = new Pager(load);
let opened = null;

async function prepare() {
  const address = new URL(location.href);
  try {
    const units = await fetchUnits();
    offerUnits(byId("unit"), units);
    show(byId("unit-field"), units.length > 1);
  } catch (error) {
    if (error.status === 401) return signInAgain();
  }
  for (const id of FILTERS) if (address.searchParams.has(id)) byId(id).value = address.searchParams.get(id);
  await load();
}

function query() {
  const chosen = new URLSearchParams();
  if (byId("state").value !== "all") chosen.set("state", byId("state").value);
  for (const id of ["unit", "month"]) if (byId(id).value) chosen.set(id, byId(id).value);
  if (byId("what").value === "absences" && byId("kind").value) chosen.set("kind", byId("kind").value);
  chosen.set("page", pager.page);
  return chosen;
}

function remember() {
  const chosen = new URLSearchParams();
  for (const id of FILTERS) if (byId(id).value) chosen.set(id, byId(id).value);
  if (pager.page > 1) chosen.set("page", pager.page);
  history.replaceState(null, "", `?${chosen}`);
}

async function load() {
  const resource = byId("what").value;
  remember();
  show(byId("kind-field"), resource === "absences");
  show(byId("problem"), false);
  try {
    const answer = await call("GET", `/api/${resource}/staff?${query()}`);
    const found = answer[resource];
    pager.render(answer);
    byId("count").textContent = answer.total > 0 ? text("requests_found", { total: number(answer.total, 0) }) : "";
    byId("list").tBodies[0].replaceChildren(...found.map((one) => row(`/api/${resource}/${one.request.id}`, one)));
    show(byId("list"), found.length > 0);
    show(byId("empty"), found.length === 0);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

function row(path, one) {
  const { content, fields } = stamp(byId("row"));
  const { name, nip, state } = one.request;
  fields.name.textContent = name;
  fields.nip.textContent = nip;
  fields.title.textContent = titleOf(one);
  fields.when.textContent = whenOf(one);
  fields.note.textContent = noteOf(one.request);
  badge(fields.state, state);
  fields.open.setAttribute("aria-label", text("open_of", { name, title: titleOf(one), when: whenOf(one) }));
  fields.open.addEventListener("click", () => open(path, one));
  return content;
}

function open(path, one) {
  opened = path;
  const { request } = one;
  byId("request-name").textContent = request.name;
  byId("request-nip").textContent = request.nip;
  byId("request-unit").textContent = request.unit ? ` · ${request.unit}` : "";
  byId("request-title").textContent = titleOf(one);
  byId("request-when").textContent = whenOf(one);
  byId("request-note").textContent = noteOf(request);
  badge(byId("request-state"), request.state);
  byId("request-decisions").replaceChildren(...listOf(request.decisions.map(decisionLine)));
  show(byId("request-history"), request.decisions.length > 0);
  showLetter(one.letter ? `${path}/letter` : null);
  offerDecisions(request);
  byId("request").showModal();
  byId("request-name").focus();
}

/** As a picture where it is one; a PDF can only be opened or saved. */
function showLetter(address) {
  const image = byId("letter-image");
  show(byId("request-letter"), address !== null);
  show(image, address !== null);
  if (address === null) return image.removeAttribute("src");
  byId("letter-link").href = image.src = address;
}

function offerDecisions({ state, may_decide: mayDecide, may_revoke: mayRevoke }) {
  byId("decide-note").value = "";
  show(byId("decide-problem"), false);
  show(byId("decide"), mayDecide || mayRevoke);
  show(byId("approve"), mayDecide);
  show(byId("refuse"), mayDecide);
  show(byId("revoke"), mayRevoke);
  byId("decide-hint").textContent = text(mayRevoke ? "revoke_hint" : "decide_hint");
  show(byId("request-own"), ["asked", "approved"].includes(state) && !mayDecide && !mayRevoke);
}

async function decide(what, body) {
  const buttons = ["approve", "refuse", "revoke"].map(byId);
  for (const button of buttons) button.disabled = true;
  show(byId("decide-problem"), false);
  try {
    const { request } = await call("POST", `${opened}/${what}`, { json: { ...body, note: byId("decide-note").value } });
    byId("request").close();
    await load();
    byId("done").textContent = text(`done_${request.state}`, { name: request.name });
    show(byId("done"));
    byId("done").focus();
  } catch (error) {
    complain(byId("decide-problem"), explain(error));
    if (error.status === 409) load();
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

byId("letter-image").addEventListener("error", () => show(byId("letter-image"), false));
byId("approve").addEventListener("click", () => decide("decision", { approve: true }));
byId("refuse").addEventListener("click", () => decide("decision", { approve: false }));
byId("revoke").addEventListener("click", () => decide("revocation", {}));
byId("decide").addEventListener("submit", (event) => event.preventDefault());
byId("filter").addEventListener("change", () => {
  pager.restart();
  show(byId("done"), false);
  load();
});
byId("filter").addEventListener("submit", (event) => event.preventDefault());
prepare();
