import { call } from "./api.js";
import { byId, complain, explain, show, text } from "./page.js";

const form = byId("setup");
const problem = byId("problem");
const password = byId("password");
const repeated = byId("repeated");

byId("reveal").addEventListener("change", (event) => {
  password.type = repeated.type = event.target.checked ? "text" : "password";
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (password.value.length < password.minLength) return complain(problem, text("too_short"));
  if (password.value !== repeated.value) return complain(problem, text("not_equal"));
  const button = form.querySelector("button");
  button.disabled = true;
  show(problem, false);
  try {
    await call("POST", "/api/setup", { json: { token: form.dataset.token, password: password.value } });
    show(form, false);
    show(byId("done"));
    byId("done").focus();
  } catch (error) {
    complain(problem, explain(error));
  } finally {
    button.disabled = false;
  }
});
