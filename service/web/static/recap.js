import { NoConnection, Problem, signInAgain } from "./api.js";
import { byId, complain, explain, show, text } from "./page.js";

const links = Array.from(document.querySelectorAll("#downloads a"));
let busy = false;

function say(message) {
  byId("making").textContent = message;
  show(byId("making"));
}

/** Without this the links work too; but nothing would say that a file takes a while, or why there is none. */
async function fetchFile(address) {
  let response;
  try {
    response = await fetch(address);
    if (response.ok) return { blob: await response.blob(), name: nameOf(response) };
  } catch {
    throw new NoConnection();
  }
  throw new Problem(response.status, await response.json().catch(() => ({})), null);
}

const nameOf = (response) => /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") || "")?.[1] || "rekap";

function save({ blob, name }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

async function download(event) {
  event.preventDefault();
  if (busy) return;
  busy = true;
  show(byId("problem"), false);
  say(text("making_file"));
  try {
    const file = await fetchFile(event.currentTarget.href);
    save(file);
    say(text("file_made", { name: file.name }));
  } catch (error) {
    if (error.status === 401) return signInAgain();
    show(byId("making"), false);
    complain(byId("problem"), explain(error));
  } finally {
    busy = false;
  }
}

for (const link of links) link.addEventListener("click", download);
const filter = byId("filter");
for (const choice of filter.querySelectorAll("select, input[type=month]")) {
  choice.addEventListener("change", () => filter.requestSubmit());
}
