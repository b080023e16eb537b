import { call, signInAgain } from "./api.js";
import { prepareAbsence } from "./ask_absence.js";
import { prepareCorrection } from "./ask_correction.js";
import { byId, complain, explain, listOf, show, stamp, text } from "./page.js";
import { badge, decisionLine, noteOf, titleOf, whenOf } from "./request_words.js";

const pages = { absences: 0, corrections: 0 };

let withdrawn = null;

async function load() {
  show(byId("problem"), false);
  try {
    await Promise.all(Object.keys(pages).map((resource) => add(resource, 1)));
    const lists = Object.keys(pages).map(byId);
    show(byId("empty"), lists.every((list) => list.children.length === 0));
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

/** One page of a list: the first replaces what is shown, the others follow it. */
async function add(resource, page) {
  const answer = await call("GET", `/api/${resource}?page=${page}`);
  const list = byId(resource);
  if (page === 1) list.replaceChildren();
  list.append(...answer[resource].map((one) => entry(resource, one)));
  pages[resource] = page;
  show(byId(`${resource}-section`), answer.total > 0);
  show(byId(`more-${resource}`), page < answer.pages);
}

function entry(resource, one) {
  const { content, fields } = stamp(byId("entry"));
  const { request } = one;
  const named = { title: titleOf(one), when: whenOf(one) };
  fields.title.textContent = named.title;
  fields.when.textContent = named.when;
  fields.note.textContent = noteOf(request);
  badge(fields.state, request.state);
  fields.decisions.replaceChildren(...listOf(request.decisions.map(decisionLine)));
  show(fields.decisions, request.decisions.length > 0);
  show(fields.letter, Boolean(one.letter));
  fields.letter.href = `/api/absences/${request.id}/letter`;
  fields.letter.setAttribute("aria-label", text("letter_of", named));
  show(fields.withdraw, request.may_withdraw);
  fields.withdraw.setAttribute("aria-label", text("withdraw_of", named));
  fields.withdraw.addEventListener("click", () => askWithdraw(`/api/${resource}/${request.id}`, named));
  return content;
}

function askWithdraw(path, { title, when }) {
  withdrawn = path;
  byId("withdrawing-what").textContent = `${title}, ${when}`;
  show(byId("withdraw-problem"), false);
  byId("withdrawing").showModal();
}

async function done(message) {
  await load();
  byId("done").textContent = message;
  show(byId("done"));
  byId("done").focus();
}

byId("confirm-withdraw").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    await call("POST", `${withdrawn}/withdrawal`);
    byId("withdrawing").close();
    await done(text("request_withdrawn"));
  } catch (error) {
    complain(byId("withdraw-problem"), explain(error));
  } finally {
    button.disabled = false;
  }
});

for (const resource of Object.keys(pages)) {
  byId(`more-${resource}`).addEventListener("click", async () => {
    try {
      await add(resource, pages[resource] + 1);
    } catch (error) {
      complain(byId("problem"), explain(error));
    }
  });
}

prepareAbsence(done);
prepareCorrection(done);
load();
