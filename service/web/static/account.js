// The account page: password, authenticator app, tokens for programs.

import { call } from "./api.js";
import { announce, byId, complain, explain, listOf, show, text } from "./page.js";
import { openTokens } from "./tokens.js";

/** Sends a form by `work`; what goes wrong is said in `problem`. */
function onSubmit(form, problem, work) {
  if (!form) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    show(problem, false);
    const fields = Array.from(form.querySelectorAll("input[required]"));
    if (fields.some((field) => !field.value.trim())) return complain(problem, text("fill_all"));
    const buttons = form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    try {
      await work(event.submitter);
    } catch (error) {
      complain(problem, explain(error));
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  });
}

const FACTOR = "/api/account/second-factor";
const factorProblem = byId("second-factor-problem");

function showRecoveryCodes({ recovery_codes: codes }) {
  for (const id of ["begin", "confirm", "second-factor"]) if (byId(id)) show(byId(id), false);
  byId("recovery-codes").replaceChildren(...listOf(codes));
  show(byId("recovery"));
  byId("recovery").focus();
}

onSubmit(byId("begin"), factorProblem, async () => {
  const made = await call("POST", FACTOR, { json: { password: byId("begin-password").value } });
  byId("app-qr").setAttribute("viewBox", `0 0 ${made.qr.size} ${made.qr.size}`);
  byId("app-qr").firstElementChild.setAttribute("d", made.qr.path);
  byId("app-address").href = made.address;
  byId("app-secret").value = made.secret;
  show(byId("begin"), false);
  show(byId("confirm"));
  byId("first-code").focus();
});

onSubmit(byId("confirm"), factorProblem, async () => {
  showRecoveryCodes(await call("POST", `${FACTOR}/confirm`, { json: { code: byId("first-code").value } }));
});

onSubmit(byId("second-factor"), factorProblem, async (submitter) => {
  const json = { password: byId("owner-password").value, code: byId("owner-code").value };
  const action = submitter ? submitter.value : "recovery-codes";
  const answer = await call("POST", `${FACTOR}/${action}`, { json });
  if (action === "remove") location.reload();
  else showRecoveryCodes(answer);
});

onSubmit(byId("password-form"), byId("password-problem"), async () => {
  const problem = byId("password-problem");
  const password = byId("password");
  show(byId("password-done"), false);
  if (password.value.length < password.minLength) return complain(problem, text("too_short"));
  if (password.value !== byId("repeated").value) return complain(problem, text("not_equal"));
  const json = { current: byId("current").value, new: password.value };
  await call("POST", "/api/account/password", { json });
  byId("password-form").reset();
  show(byId("password-done"));
  byId("password-done").focus();
});

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const field = byId(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // pages without https have no clipboard API
    }
    button.textContent = text("copied");
    announce(text("copied"));
  });
}

async function countRecoveryCodes() {
  const left = byId("codes-left");
  if (!left) return;
  const state = await call("GET", FACTOR).catch(() => null);
  if (state) left.textContent = left.dataset.pattern.replace("{count}", state.recovery_codes_left);
}

countRecoveryCodes();
if (byId("tokens")) openTokens();
