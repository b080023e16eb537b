import { call, signInAgain } from "./api.js";
import { announce, byId, complain, explain, listOf, momentOf, show, stamp, text } from "./page.js";

const SHOWN = 20;

async function load() {
  try {
    render(await call("GET", "/api/me/data"));
    show(byId("data"));
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

function render(data) {
  const enrolled = data.templates.length > 0;
  byId("name").textContent = data.name;
  byId("nip").textContent = `NIP ${data.nip}`;
  byId("unit").textContent = data.unit ? text("unit_of", { unit: data.unit }) : "";
  byId("account").textContent = data.account ? text("account_of", { login: data.account.login }) : "";
  byId("face-state").textContent = text(enrolled ? "enrolled" : "not_enrolled");
  byId("face-state").dataset.tone = enrolled ? "good" : "wait";
  byId("face").replaceChildren(...listOf(face(data)));
  byId("consents").replaceChildren(...data.consents.map(consent));
  show(byId("no-consent"), data.consents.length === 0);
  show(byId("withdraw"), isKept(data));
  const latest = data.checkins.slice(0, SHOWN);
  byId("checkins").replaceChildren(...listOf(latest.map(checkin)));
  byId("checkins-count").textContent = latest.length
    ? text("latest_of", { shown: latest.length, total: data.checkins.length })
    : text("no_checkins");
  byId("requests-count").textContent = text("requests_count", {
    absences: data.requests.absences.length,
    corrections: data.requests.corrections.length,
    periods: data.requests.periods.length,
  });
}

const face = ({ photos, templates }) => [
  text("photos_stored", { count: photos }),
  ...templates.map((one) =>
    text("template_of", { count: one.photos, time: momentOf(one.created_at), encoders: one.encoders }),
  ),
];

/** Whether there is anything that a withdrawal would erase or end. */
const isKept = (data) =>
  data.photos > 0 ||
  data.templates.length > 0 ||
  data.consents.some((one) => !one.withdrawn_at) ||
  data.checkins.some((one) => one.image_kept);

function consent({ given_at: given, withdrawn_at: withdrawn, text: words, language }) {
  const { content, fields } = stamp(byId("consent"));
  fields.when.textContent = text("given", { time: momentOf(given) });
  fields.state.textContent = withdrawn ? text("withdrawn_at", { time: momentOf(withdrawn) }) : text("in_force");
  fields.state.dataset.tone = withdrawn ? "wait" : "good";
  fields.text.textContent = words;
  fields.text.lang = language;
  return content;
}

const checkin = (one) =>
  `${momentOf(one.received_at)} · ${text(`kind_${one.kind}`)} · ${text(`status_${one.status}`)}`;

byId("withdraw").addEventListener("click", () => {
  show(byId("confirm-problem"), false);
  byId("confirm").showModal();
});

byId("confirm-withdraw").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  button.disabled = true;
  announce(text("withdrawing"));
  try {
    await call("POST", "/api/me/consent/withdraw");
    byId("confirm").close();
    await load();
    show(byId("withdrawn"));
    byId("withdrawn").focus();
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("confirm-problem"), explain(error));
  } finally {
    button.disabled = false;
  }
});

load();
