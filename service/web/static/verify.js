import { byId, complain, show, text } from "./page.js";

async function fingerprint(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function check(input) {
  show(byId("same"), false);
  show(byId("differs"), false);
  const [file] = input.files;
  if (!file) return;
  if (!crypto.subtle) return complain(byId("differs"), text("needs_https"));
  let found;
  try {
    found = await fingerprint(file);
  } catch {
    return complain(byId("differs"), text("file_unread"));
  }
  const same = found === input.dataset.sha256;
  complain(byId(same ? "same" : "differs"), text(same ? "file_same" : "file_differs"));
}

const input = byId("file");
if (input) input.addEventListener("change", () => check(input));
