import { call, signInAgain } from "./api.js";
import { linesOf } from "./findings.js";
import { byId, complain, explain, json, listOf, momentOf, show, stamp, text, timeOf } from "./page.js";
import { Pager } from "./pager.js";

const TONES = { accepted: "good", review: "wait", retake: "bad", rejected: "bad", received: "plain" };

const sentences = json("sentences");
const pager = new Pager(load);
const address = new URL(location.href);
for (const id of ["status", "date"]) byId(id).value = address.searchParams.get(id) || "";

const inWords = (codes) => codes.map((code) => (sentences[code] ? sentences[code].happened : code));
const whenOf = (checkin) => momentOf(checkin.counted_at || checkin.captured_at || checkin.received_at);

async function load() {
  const chosen = new URLSearchParams();
  for (const id of ["status", "date"]) if (byId(id).value) chosen.set(id, byId(id).value);
  if (pager.page > 1) chosen.set("page", pager.page);
  history.replaceState(null, "", chosen.toString() ? `?${chosen}` : location.pathname);
  show(byId("problem"), false);
  try {
    const answer = await call("GET", `/api/checkins?${chosen}`);
    const { checkins } = answer;
    pager.render(answer);
    byId("list").tBodies[0].replaceChildren(...checkins.map(row));
    show(byId("list"), checkins.length > 0);
    show(byId("empty"), checkins.length === 0);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

function row(checkin) {
  const { content, fields } = stamp(byId("row"));
  fields.name.textContent = checkin.name;
  fields.nip.textContent = checkin.nip;
  fields.kind.textContent = text(`kind_${checkin.kind || "auto"}`);
  fields.time.textContent = whenOf(checkin);
  fields.status.textContent = text(`status_${checkin.status}`);
  fields.status.dataset.tone = TONES[checkin.status];
  fields.reasons.textContent = inWords(checkin.reasons).join(" ");
  fields.flags.textContent = inWords(checkin.flags).join(" ");
  fields.open.setAttribute("aria-label", text("numbers_of", { name: checkin.name, time: whenOf(checkin) }));
  fields.open.addEventListener("click", () => open(checkin));
  return content;
}

async function open(summary) {
  byId("numbers-heading").textContent = `${summary.name} · ${whenOf(summary)}`;
  byId("numbers-text").textContent = text("loading");
  for (const id of ["numbers-reasons", "numbers-problem", "no-findings", "findings"]) show(byId(id), false);
  byId("numbers").showModal();
  try {
    render(await call("GET", `/api/checkins/${encodeURIComponent(summary.id)}`));
  } catch (error) {
    byId("numbers-text").textContent = "";
    complain(byId("numbers-problem"), explain(error));
  }
}

function render(checkin) {
  const reasons = inWords(checkin.reasons);
  const status = text(`status_${checkin.status}`);
  const times = checkin.captured_at
    ? text("sent_and_received", { captured: timeOf(checkin.captured_at), received: timeOf(checkin.received_at) })
    : "";
  byId("numbers-text").textContent = [`${status}.`, times].join(" ");
  byId("numbers-reasons").replaceChildren(...listOf(reasons));
  show(byId("numbers-reasons"), reasons.length > 0);
  const lines = linesOf(checkin.findings || {});
  byId("findings").tBodies[0].replaceChildren(...lines);
  show(byId("findings"), lines.length > 0);
  show(byId("no-findings"), lines.length === 0);
}

byId("filter").addEventListener("change", () => {
  pager.restart();
  load();
});
byId("filter").addEventListener("submit", (event) => event.preventDefault());
load();
