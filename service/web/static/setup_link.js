// A one-time link shown once, with a button that copies it.

import { announce, byId, momentOf, show, text } from "./page.js";

const field = byId("setup-url");
const button = byId("copy-url");
const label = button.textContent;

export function showSetupLink({ setup_url: url, expires_at: expires }) {
  field.value = new URL(url, location.origin).href; // a path alone, where no public address is set
  button.textContent = label;
  const expiry = byId("setup-expiry");
  show(expiry, Boolean(expires));
  if (expires) expiry.textContent = expiry.dataset.pattern.replace("{time}", momentOf(expires));
}

button.addEventListener("click", async () => {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // pages without https have no clipboard API
  }
  button.textContent = text("copied");
  announce(text("copied"));
});
