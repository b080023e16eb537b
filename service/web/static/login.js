import { call, errorCode } from "./api.js";
import { byId, complain, explain, forgetShell, show, text } from "./page.js";

const form = byId("login");
const problem = byId("problem");
const code = byId("login-code");

/** The password was right; the account has an authenticator app too. */
function askForCode() {
  show(byId("code-field"));
  code.required = true;
  code.focus();
}

forgetShell();

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const login = form.elements.login.value.trim();
  const password = form.elements.password.value;
  if (!login || !password) return complain(problem, text("fill_both"));
  const button = form.querySelector("button");
  button.disabled = true;
  show(problem, false);
  try {
    await call("POST", "/api/login", { json: { login, password, code: code.value.trim() || null } });
    location.assign(form.dataset.next);
  } catch (error) {
    if (errorCode(error) === "code_needed" && !code.required) return askForCode();
    code.value = "";
    complain(problem, explain(error));
  } finally {
    button.disabled = false;
  }
});
