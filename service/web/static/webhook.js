// One webhook: how it does, what can be done about it, and the log of its messages.

import { call } from "./api.js";
import { byId, complain, momentOf, number, show, stamp, text } from "./page.js";
import { Pager } from "./pager.js";
import { ask, chosenEvents, eventsOf, failure, healthBadge, showSecret, whomOf, wordOf } from "./webhook_words.js";

const LOOKS = 15;
const LOOK_AGAIN_MS = 1000;
let address;
let webhook;
let pager;

export async function openWebhook(id) {
  address = `/api/webhooks/${encodeURIComponent(id)}`;
  pager = new Pager(loadMessages);
  show(byId("one"));
  offerActions();
  await load();
}

async function load() {
  try {
    webhook = await call("GET", address);
    render();
    await loadMessages();
  } catch (error) {
    failure(byId("one-problem"), error);
  }
}

function say(message) {
  show(byId("one-problem"), false);
  byId("one-done").textContent = message;
  show(byId("one-done"));
}

function fact(name, value) {
  const line = document.createElement("div");
  const term = document.createElement("dt");
  const told = document.createElement("dd");
  term.textContent = name;
  told.textContent = value;
  line.append(term, told);
  return line;
}

function render() {
  const { waiting, given_up: lost, failing_since: failing, former_until: former } = webhook;
  byId("name").textContent = webhook.name;
  healthBadge(byId("health"), webhook);
  const counts = text("counts", { waiting: number(waiting, 0), given_up: number(lost, 0) });
  const overlapping = former && new Date(former) > new Date();
  byId("facts").replaceChildren(
    fact(text("address"), webhook.url),
    fact(text("told_of"), eventsOf(webhook)),
    fact(text("of_whom"), whomOf(webhook)),
    fact(text("last_delivery"), webhook.delivered_at ? momentOf(webhook.delivered_at) : text("never")),
    ...(failing ? [fact(text("failing_since"), momentOf(failing))] : []),
    ...(overlapping ? [fact(text("both_secrets"), momentOf(former))] : []),
    fact(text("messages"), counts),
  );
  byId("pause").textContent = text(webhook.paused_at ? "resume" : "pause");
  byId("ping").disabled = Boolean(webhook.paused_at);
  show(byId("resend-all"), lost > 0 && !webhook.paused_at);
}

async function loadMessages() {
  const failed = byId("failed").checked;
  const chosen = new URLSearchParams({ page: pager.page, ...(failed && { only: "failed" }) });
  const answer = await call("GET", `${address}/deliveries?${chosen}`).catch((error) => {
    failure(byId("one-problem"), error);
  });
  if (!answer) return null;
  pager.render(answer);
  byId("messages").replaceChildren(...answer.deliveries.map(entry));
  show(byId("no-messages"), answer.deliveries.length === 0);
  byId("no-messages").textContent = text(failed ? "none_failed" : "no_messages");
  return answer;
}

function stateOf({ state, attempts }) {
  if (state === "waiting") return attempts.length ? ["retrying", "wait"] : ["waiting", ""];
  return [state, state === "delivered" ? "good" : "bad"];
}

function attemptWords({ at, duration_ms: ms, status, problem }) {
  const key = problem ? (status === null ? "attempt_bad" : "attempt_status") : "attempt_ok";
  const values = { time: momentOf(at), ms: number(ms, 0), status, problem: problem && wordOf("problem", problem) };
  return text(key, values);
}

function entry(message) {
  const { content, fields } = stamp(byId("message"));
  const [state, tone] = stateOf(message);
  const event = wordOf("event", message.event);
  const time = momentOf(message.changed_at);
  fields.event.textContent = event;
  fields.state.textContent = text(`state_${state}`);
  fields.state.dataset.tone = tone;
  fields.when.textContent =
    message.event === "ping" ? time : text("when_cause", { time, cause: wordOf("cause", message.cause) });
  fields.next.textContent =
    state === "retrying" ? text("next_attempt", { time: momentOf(message.due_at) }) : "";
  fields.count.textContent = text("attempts", { count: number(message.attempts.length, 0) });
  fields.attempts.replaceChildren(
    ...message.attempts.map((one) => {
      const item = document.createElement("li");
      item.textContent = attemptWords(one);
      return item;
    }),
  );
  fields.id.textContent = message.message_id;
  show(fields.body, message.body !== null);
  fields.body.textContent = message.body && JSON.stringify(JSON.parse(message.body), null, 2);
  show(fields.resend, !webhook.paused_at && state !== "waiting");
  fields.resend.setAttribute("aria-label", text("resend_of", { event, time }));
  fields.resend.addEventListener("click", () => settle(() => sendAgain(message.id)));
  return content;
}

async function settle(work) {
  show(byId("one-done"), false);
  try {
    await work();
  } catch (error) {
    failure(byId("one-problem"), error);
  }
}

async function sendAgain(id) {
  await call("POST", `${address}/deliveries/${id}/resend`);
  await load();
  say(text("sent_again", { count: 1 }));
}

/** Looks until the test has been tried once. */
async function ping() {
  await call("POST", `${address}/ping`);
  byId("failed").checked = false;
  pager.restart();
  say(text("pinging"));
  for (let look = 0; look < LOOKS; look += 1) {
    const answer = await loadMessages();
    const sent = answer && answer.deliveries.find(({ event }) => event === "ping");
    if (sent && sent.attempts.length) {
      webhook = await call("GET", address);
      render();
      if (sent.state === "delivered") return say(text("ping_delivered"));
      show(byId("one-done"), false);
      const { problem } = sent.attempts.at(-1);
      return complain(byId("one-problem"), text("ping_failed", { problem: wordOf("problem", problem) }));
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

async function pause() {
  const paused = !webhook.paused_at;
  webhook = await call("PATCH", address, { json: { paused } });
  render();
  await loadMessages();
  say(text(paused ? "paused_now" : "resumed"));
}

function openChange() {
  byId("change-name").value = webhook.name;
  byId("change-url").value = webhook.url;
  for (const box of document.querySelectorAll('input[name="change-event"]')) {
    box.checked = webhook.events.includes(box.value);
  }
  show(byId("change-problem"), false);
  byId("changing").showModal();
  byId("change-name").focus();
}

async function change(event) {
  event.preventDefault();
  const offered = Array.from(document.querySelectorAll('input[name="change-event"]'), (box) => box.value);
  // What the page does not offer stays chosen.
  const events = [...chosenEvents("change"), ...webhook.events.filter((one) => !offered.includes(one))];
  const [name, url] = [byId("change-name").value.trim(), byId("change-url").value.trim()];
  if (!name || !url || !events.length) return complain(byId("change-problem"), text("fill_in"));
  try {
    await call("PATCH", address, { json: { name, url, events } });
    byId("changing").close();
    await load();
    say(text("saved"));
  } catch (error) {
    failure(byId("change-problem"), error);
  }
}

const wordsFor = (action, values) => ({
  heading: text(`${action}_heading`, values),
  text: text(`${action}_text`),
  yes: text(`${action}_yes`),
});

function offerActions() {
  byId("ping").addEventListener("click", async () => {
    byId("ping").disabled = true;
    await settle(ping);
    byId("ping").disabled = Boolean(webhook.paused_at);
  });
  byId("pause").addEventListener("click", () => settle(pause));
  byId("change").addEventListener("click", openChange);
  byId("change-form").addEventListener("submit", change);
  byId("new-secret").addEventListener("click", () => {
    ask(wordsFor("secret", { name: webhook.name }), "primary", async () => {
      const made = await call("POST", `${address}/secret`);
      byId("asking").close();
      await load();
      showSecret(made);
    });
  });
  byId("delete").addEventListener("click", () => {
    ask(wordsFor("delete", { name: webhook.name }), "danger", async () => {
      await call("DELETE", address);
      location.assign("/webhooks?deleted");
    });
  });
  byId("resend-all").addEventListener("click", () => {
    ask(wordsFor("resend", { count: number(webhook.given_up, 0) }), "primary", async () => {
      const { messages } = await call("POST", `${address}/deliveries/resend`);
      await load();
      say(text("sent_again", { count: number(messages, 0) }));
    });
  });
  byId("failed").addEventListener("change", () => {
    pager.restart();
    loadMessages();
  });
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
}
