import { call } from "./api.js";
import { byId, complain, explain, show, text } from "./page.js";

const form = byId("login");
const problem = byId("problem");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const login = form.elements.login.value.trim();
  const password = form.elements.password.value;
  if (!login || !password) return complain(problem, text("fill_both"));
  const button = form.querySelector("button");
  button.disabled = true;
  show(problem, false);
  try {
    await call("POST", "/api/login", { json: { login, password } });
    location.assign(form.dataset.next);
  } catch (error) {
    complain(problem, explain(error));
  } finally {
    button.disabled = false;
  }
});
