// The tokens of other programs: listed, made, revoked. A new one is shown once.

import { call } from "./api.js";
import { byId, complain, explain, momentOf, show, stamp, text } from "./page.js";

async function list() {
  const { tokens } = await call("GET", "/api/tokens");
  byId("token-list").replaceChildren(...tokens.map(entry));
}

function entry(token) {
  const { content, fields } = stamp(byId("token"));
  fields.name.textContent = token.name;
  fields.scopes.textContent = token.scopes.join(", ");
  fields.used.textContent = token.used_at
    ? text("token_used", { time: momentOf(token.used_at) })
    : text("token_unused");
  if (token.revoked_at) fields.state.textContent = text("token_revoked");
  show(fields.revoke, !token.revoked_at);
  fields.revoke.addEventListener("click", () => {
    if (confirm(text("token_revoke", { name: token.name }))) attempt(() => revoke(token.id));
  });
  return content;
}

async function revoke(id) {
  await call("DELETE", `/api/tokens/${id}`);
  await list();
}

async function make() {
  const name = byId("token-name").value.trim();
  const scopes = Array.from(document.querySelectorAll("input[name=scope]:checked"), (box) => box.value);
  if (!name || !scopes.length) return complain(byId("tokens-problem"), text("no_scope"));
  const made = await call("POST", "/api/tokens", { json: { name, scopes } });
  byId("new-token").reset();
  byId("made-token").value = made.token;
  show(byId("made"));
  byId("made").focus();
  await list();
}

async function attempt(work) {
  show(byId("tokens-problem"), false);
  try {
    await work();
  } catch (error) {
    complain(byId("tokens-problem"), explain(error));
  }
}

export function openTokens() {
  byId("new-token").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(make);
  });
  attempt(list);
}
