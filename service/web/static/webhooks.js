import { call, signInAgain } from "./api.js";
import { byId, complain, explain, number, show, stamp, text } from "./page.js";
import { fetchUnits, offerUnits } from "./unit_choice.js";
import { openWebhook } from "./webhook.js";
import { chosenEvents, eventsOf, failure, healthBadge, showSecret, whomOf } from "./webhook_words.js";

async function load() {
  try {
    const { webhooks } = await call("GET", "/api/webhooks");
    byId("list").tBodies[0].replaceChildren(...webhooks.map(row));
    show(byId("list"), webhooks.length > 0);
    show(byId("empty"), webhooks.length === 0);
  } catch (error) {
    failure(byId("problem"), error);
  }
}

function row(webhook) {
  const { content, fields } = stamp(byId("row"));
  fields.name.textContent = webhook.name;
  fields.host.textContent = new URL(webhook.url).host;
  fields.events.textContent = eventsOf(webhook);
  fields.scope.textContent = whomOf(webhook);
  healthBadge(fields.health, webhook);
  const { waiting, given_up: lost } = webhook;
  fields.counts.textContent =
    waiting || lost ? text("counts", { waiting: number(waiting, 0), given_up: number(lost, 0) }) : "";
  fields.open.href = `?hook=${webhook.id}`;
  fields.open.setAttribute("aria-label", text("open_webhook", { name: webhook.name }));
  return content;
}

byId("add").addEventListener("click", () => {
  byId("add-form").reset();
  show(byId("add-problem"), false);
  byId("adding").showModal();
  byId("add-name").focus();
});

byId("add-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = byId("add-name").value.trim();
  const url = byId("add-url").value.trim();
  const events = chosenEvents("add");
  if (!name || !url || !events.length) return complain(byId("add-problem"), text("fill_in"));
  const save = byId("add-form").querySelector("button.primary");
  save.disabled = true;
  try {
    const made = await call("POST", "/api/webhooks", {
      json: { name, url, events, unit: byId("add-unit").value || null },
    });
    byId("adding").close();
    await load();
    showSecret(made);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("add-problem"), explain(error));
  } finally {
    save.disabled = false;
  }
});

const opened = new URL(location.href).searchParams.get("hook");
if (opened) {
  show(byId("all"), false);
  openWebhook(opened);
} else {
  fetchUnits().then((units) => offerUnits(byId("add-unit"), units)).catch(() => {});
  if (new URL(location.href).searchParams.has("deleted")) {
    byId("done").textContent = text("deleted");
    show(byId("done"));
    history.replaceState(null, "", location.pathname);
  }
  load();
}
