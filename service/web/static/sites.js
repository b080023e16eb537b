import { call, signInAgain } from "./api.js";
import { parseDegrees, parsePair } from "./coordinates.js";
import { announce, byId, complain, explain, hasText, number, show, stamp, text } from "./page.js";
import { openPeople } from "./site_people.js";
import { fetchUnits, offerUnits } from "./unit_choice.js";

const FIX_WITHIN_MS = 20000;
const DECIMALS = 6; // a tenth of a metre

let sites = [];
let units = [];
let chosen = null;

const form = byId("site-form");
const pathOf = (site) => `/api/sites/${encodeURIComponent(site.code)}`;

async function load() {
  show(byId("problem"), false);
  try {
    const [answer, found] = await Promise.all([call("GET", "/api/sites"), fetchUnits()]);
    ({ sites } = answer);
    units = found;
    render();
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

function render() {
  const wanted = byId("query").value.trim().toLowerCase();
  const found = sites.filter(({ name, code, unit_name: unit }) =>
    [name, code, unit].some((words) => words.toLowerCase().includes(wanted)),
  );
  byId("list").tBodies[0].replaceChildren(...found.map(row));
  show(byId("list"), found.length > 0);
  show(byId("filter"), sites.length > 0);
  show(byId("empty"), sites.length === 0 && units.length > 0);
  show(byId("no-units"), units.length === 0);
  show(byId("nothing"), sites.length > 0 && found.length === 0);
  show(byId("add"), units.length > 0);
}

function row(site) {
  const { content, fields } = stamp(byId("row"));
  fields.name.textContent = site.name;
  fields.code.textContent = site.code;
  fields.unit.textContent = site.unit_name;
  fields.fence.textContent = site.fence
    ? text("fence_of", { metres: number(site.fence.radius_m, 0) })
    : text("no_fence");
  fields.zone.textContent = zoneName(site.time_zone);
  fields.state.textContent = site.closed_at ? text("closed") : site.fence ? text("open") : text("unmeasured");
  fields.state.dataset.tone = site.closed_at ? "plain" : site.fence ? "good" : "wait";
  fields.change.dataset.code = site.code;
  fields.change.setAttribute("aria-label", text("change_of", { name: site.name }));
  fields.change.addEventListener("click", () => openForm(site));
  fields.people.setAttribute("aria-label", text("people_of", { name: site.name }));
  fields.people.addEventListener("click", () => openPeople(site, load));
  return content;
}

function zoneName(zone) {
  if (!zone) return "";
  return hasText(`zone_${zone}`) ? text(`zone_${zone}`) : zone;
}

function openForm(site) {
  chosen = site;
  form.reset();
  for (const added of form.elements.time_zone.querySelectorAll("[data-added]")) added.remove();
  byId("form-heading").textContent = site ? site.name : text("add");
  show(byId("code-field"), !site);
  show(byId("more"), Boolean(site));
  offerUnits(form.elements.unit, units);
  if (site) fill(site);
  for (const id of ["form-problem", "fix-said"]) show(byId(id), false);
  byId("form-dialog").showModal();
  (site ? byId("form-heading") : form.elements.name).focus();
}

function fill({ name, unit, fence, time_zone: zone, closed_at: closedAt }) {
  const { elements } = form;
  elements.name.value = name;
  elements.unit.value = unit;
  if (fence) {
    fillFence(fence.latitude, fence.longitude);
    elements.radius.value = fence.radius_m;
  }
  if (zone && !hasText(`zone_${zone}`)) {
    const option = new Option(zone, zone);
    option.dataset.added = "";
    elements.time_zone.append(option);
  }
  elements.time_zone.value = zone || "";
  byId("close-site").textContent = text(closedAt ? "reopen" : "close");
}

function fillFence(latitude, longitude) {
  const written = (value) => String(Number(value.toFixed(DECIMALS)));
  form.elements.latitude.value = written(latitude);
  form.elements.longitude.value = written(longitude);
}

/** The fence of the form, null without one; throws what is wrong with it. */
function readFence() {
  const { latitude, longitude, radius } = form.elements;
  if (!latitude.value.trim() && !longitude.value.trim()) return null;
  const fence = {
    latitude: parseDegrees(latitude.value),
    longitude: parseDegrees(longitude.value),
    radius_m: parseDegrees(radius.value),
  };
  if (!(Math.abs(fence.latitude) <= 90 && Math.abs(fence.longitude) <= 180)) throw new Error(text("bad_place"));
  const { least, most } = radius.dataset;
  if (!(fence.radius_m >= least && fence.radius_m <= most)) throw new Error(text("bad_radius"));
  return fence;
}

function read() {
  const { name, code, unit, time_zone: zone } = form.elements;
  const site = { name: name.value.trim(), unit: unit.value, fence: readFence(), time_zone: zone.value || null };
  if (!chosen) site.code = code.value.trim();
  if (!site.name || !site.unit || site.code === "") throw new Error(text("fill_in"));
  return site;
}

async function settle(work, said, code) {
  const buttons = byId("form-dialog").querySelectorAll("button:not([data-close])");
  for (const button of buttons) button.disabled = true;
  show(byId("form-problem"), false);
  try {
    await work();
    // Before the dialog closes: what is opened next shows what was saved.
    await load();
    byId("form-dialog").close();
    announce(said);
    const at = byId("list").querySelector(`button[data-code="${CSS.escape(code)}"]`) || byId("add");
    at.focus();
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("form-problem"), explain(error));
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

function save() {
  let site;
  try {
    site = read();
  } catch (wrong) {
    return complain(byId("form-problem"), wrong.message);
  }
  if (chosen) {
    return settle(() => call("PATCH", pathOf(chosen), { json: site }), text("saved"), chosen.code);
  }
  return settle(() => call("POST", "/api/sites", { json: site }), text("added", { name: site.name }), site.code);
}

function setClosed(closed) {
  const work = () => call("PATCH", pathOf(chosen), { json: { closed } });
  return settle(work, text(closed ? "now_closed" : "now_open"), chosen.code);
}

function takePosition() {
  const said = byId("fix-said");
  show(said);
  said.textContent = text("looking");
  const found = ({ coords }) => {
    fillFence(coords.latitude, coords.longitude);
    said.textContent = text("found", { metres: number(coords.accuracy, 0) });
  };
  const failed = (error) => {
    said.textContent = text(error.code === 1 ? "refused" : "not_found"); // PERMISSION_DENIED
  };
  if (!navigator.geolocation) return failed({});
  navigator.geolocation.getCurrentPosition(found, failed, {
    enableHighAccuracy: true,
    timeout: FIX_WITHIN_MS,
    maximumAge: 0,
  });
}

byId("add").addEventListener("click", () => openForm(null));
byId("query").addEventListener("input", render);
byId("filter").addEventListener("submit", (event) => event.preventDefault());
byId("use-position").addEventListener("click", takePosition);
form.elements.latitude.addEventListener("input", (event) => {
  const pair = parsePair(event.target.value);
  if (pair) fillFence(pair.latitude, pair.longitude);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
byId("close-site").addEventListener("click", () => {
  if (chosen.closed_at) return setClosed(false);
  byId("closing-heading").textContent = text("close_of", { name: chosen.name });
  byId("closing").showModal();
});
byId("confirm-close").addEventListener("click", () => {
  byId("closing").close();
  setClosed(true);
});
load();
