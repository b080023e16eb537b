import { call } from "./api.js";
import { byId, complain, explain, show, text } from "./page.js";

const problem = byId("problem");

byId("pair").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter || event.target.querySelector("button");
  const code = byId("code").value.trim();
  if (!code) return complain(problem, text("fill_in_code"));
  show(problem, false);
  button.disabled = true;
  try {
    await call("POST", "/api/kiosk/pair", { json: { code } });
    location.replace("/kiosk");
  } catch (error) {
    complain(problem, explain(error));
    button.disabled = false;
  }
});
