import { call, signInAgain } from "./api.js";
import { linesOf } from "./findings.js";
import { byId, complain, explain, json, listOf, momentOf, show, stamp, text, timeOf } from "./page.js";
import { whereabouts } from "./whereabouts.js";

const sentences = json("sentences");
const id = encodeURIComponent(byId("review").dataset.id);
const path = `/api/reviews/${id}`;
const form = byId("judge");

async function load() {
  try {
    render(await call("GET", path));
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

function render({ checkin, images, verdicts, may_judge: mayJudge }) {
  byId("name").textContent = checkin.name;
  byId("nip").textContent = checkin.nip;
  byId("kind").textContent = text(`kind_${checkin.kind}`);
  byId("times").textContent = `${momentOf(checkin.received_at)}. ${text("sent_and_received", {
    captured: timeOf(checkin.captured_at),
    received: timeOf(checkin.received_at),
  })}`;
  renderStatus(checkin.status);
  byId("reasons").replaceChildren(...listOf(checkin.reasons.map(happened)));
  renderPlace(checkin);
  renderImages("sent", images.filter((name) => !name.startsWith("enrolment")));
  renderImages("enrolled", images.filter((name) => name.startsWith("enrolment")));
  byId("verdicts").replaceChildren(...listOf(verdicts.map(inWords)));
  show(byId("earlier"), verdicts.length > 0);
  const lines = linesOf(checkin.findings || {});
  byId("findings").tBodies[0].replaceChildren(...lines);
  show(byId("findings"), lines.length > 0);
  show(form, mayJudge);
  show(byId("own"), checkin.status === "review" && !mayJudge);
  show(byId("review"));
}

const happened = (code) => (sentences[code] ? sentences[code].happened : code);

function renderPlace({ findings, flags }) {
  const position = findings && findings.position;
  byId("whereabouts").textContent = position ? whereabouts(position) : "";
  const more = flags.filter((code) => code !== "no_position"); // it is said by the sentence
  byId("flags").replaceChildren(...listOf(more.map(happened)));
  show(byId("flags"), more.length > 0);
  show(byId("place"), Boolean(position));
}

function renderStatus(status) {
  byId("status").textContent = text(`status_${status}`);
  byId("status").dataset.tone = { accepted: "good", review: "wait", received: "plain" }[status] || "bad";
}

function renderImages(place, names) {
  byId(place).replaceChildren(...names.map(figure));
  show(byId(`no-${place}`), names.length === 0);
}

function figure(name) {
  const { content, fields } = stamp(byId("image"));
  const [kind, number] = name.split("-");
  const caption = text(`image_${kind}`, { number });
  fields.large.href = fields.picture.src = `${path}/images/${name}`;
  fields.picture.alt = fields.caption.textContent = caption;
  return content;
}

function inWords({ kind, note, by, given_at: givenAt }) {
  const line = text("verdict_line", { verdict: text(`verdict_${kind}`), by, time: momentOf(givenAt) });
  return note ? `${line} – ${note}` : line;
}

const chosen = () => new FormData(form).get("kind");

async function give() {
  byId("give").disabled = true;
  show(byId("judge-problem"), false);
  try {
    const { status } = await call("POST", `${path}/verdict`, {
      json: { kind: chosen(), note: byId("note").value },
    });
    renderStatus(status);
    show(form, false);
    byId("done-text").textContent = text(`done_${status}`);
    show(byId("done"));
    byId("done").focus();
  } catch (error) {
    complain(byId("judge-problem"), explain(error));
  } finally {
    byId("give").disabled = false;
  }
}

form.addEventListener("change", () => {
  byId("note").required = ["impostor", "technical_fault"].includes(chosen());
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (chosen() === "impostor") byId("sure").showModal();
  else give();
});
byId("confirm").addEventListener("click", () => {
  byId("sure").close();
  give();
});
load();
