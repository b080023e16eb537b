import { call, signInAgain } from "./api.js";
import { addressOf, changeOf, dayOf, monthAddress, monthOf, pageOf } from "./closing_words.js";
import { ended } from "./job.js";
import { byId, complain, explain, momentOf, number, show, stamp, text } from "./page.js";

const { unit, month } = byId("month").dataset;
const address = `/api/closing/${encodeURIComponent(unit)}/${month}`;
let found = null;

const below = () => byId("below").checked;

async function load() {
  show(byId("problem"), false);
  try {
    render(await call("GET", `${address}${below() ? "?below=true" : ""}`));
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

function render(answer) {
  found = answer;
  byId("month").textContent = monthOf(`${month}-01`);
  byId("state").textContent = text(answer.closed ? "state_closed" : "state_open");
  byId("state").dataset.tone = answer.closed ? "good" : "wait";
  renderChecklist(answer.checklist);
  renderSince(answer);
  byId("history").replaceChildren(...answer.closings.map(closing));
  show(byId("no-history"), answer.closings.length === 0);
  show(byId("content"));
}

function renderChecklist(checklist) {
  byId("scope").textContent = checklist.units
    ? text("scope", { units: number(checklist.units, 0), people: number(checklist.people, 0) })
    : text("all_closed");
  show(byId("not-over"), checklist.units > 0 && !checklist.over);
  show(byId("look"), checklist.units > 0 && !checklist.with_days);
  show(byId("ask-close"), checklist.over && checklist.units > 0);
  show(byId("lines"), checklist.units > 0);
  renderLines(checklist.lines);
}

function renderLines(lines) {
  byId("lines").replaceChildren(...lines.filter((one) => one.kind !== "not_over" || one.count).map(line));
}

function line({ kind, count, blocks, first }) {
  const { content, fields } = stamp(byId("line"));
  fields.name.textContent = text(kind);
  fields.count.textContent = count ? number(count, 0) : text("nothing");
  if (blocks) fields.count.dataset.tone = count ? "bad" : "good";
  fields.what.textContent = count ? text(blocks ? "blocks" : "only_shown") : "";
  show(fields.what, count > 0);
  show(fields.details, count > 0);
  fields.summary.textContent = first.length < count
    ? text("first_of", { shown: number(first.length, 0), count: number(count, 0) })
    : text("show_them");
  fields.first.replaceChildren(...first.map((one) => matter(kind, one)));
  const page = count ? pageOf(kind, unit, month) : null;
  show(fields.link, page !== null);
  if (page) [fields.link.href, fields.link.textContent] = page;
  return content;
}

function matter(kind, one) {
  const words = text("matter_when", { what: text(`what_${one.what}`), day: dayOf(one.day) });
  return entry(one.name || one.kiosk, addressOf(kind, one, month), words);
}

function entry(name, href, words) {
  const { content, fields } = stamp(byId("matter"));
  show(fields.link, href !== null);
  if (href) {
    fields.link.href = href;
    fields.link.textContent = name;
  } else {
    fields.plain.textContent = name;
  }
  fields.when.textContent = words;
  return content;
}

const changes = (people) => people.map((one) => entry(one.name, monthAddress(one.nip, month), changeOf(one)));

function renderSince({ closed, since, since_changed: people }) {
  show(byId("since"), closed && since !== null);
  byId("since-hint").textContent = since ? text("since_some", { count: number(since, 0) }) : text("since_none");
  byId("since-people").replaceChildren(...changes(people));
}

function closing(one, index) {
  const { content, fields } = stamp(byId("closing"));
  const put = (field, words) => {
    fields[field].textContent = words || "";
    show(fields[field], Boolean(words));
  };
  put("closed", text("closed_by", { by: one.closed_by, time: momentOf(one.closed_at) }));
  put("people", text("figures_of", { count: number(one.people, 0) }));
  put("reason", one.reason && text("closed_over", { reason: one.reason }));
  const lines = Object.entries(one.over).map(([kind, count]) => text("line_count", { line: text(kind), count }));
  put("over", text("checklist_then", { lines: lines.join(" · ") || text("all_empty") }));
  put("unlocked", one.unlocked_at && text("unlocked_by", {
    by: one.unlocked_by, time: momentOf(one.unlocked_at), reason: one.unlock_reason,
  }));
  show(fields.came, one.came.length > 0);
  fields["came-count"].textContent = text("came", { count: number(one.came.length, 0) });
  fields["came-list"].replaceChildren(...one.came.map((came) => {
    const words = text(`came_${came.kind}`, { time: momentOf(came.at), day: momentOf(came.counted_at) });
    return entry(came.name, `/reviews/${came.checkin_id}`, words);
  }));
  show(fields.changed, Boolean(one.changes));
  fields.changes.textContent = text("changes", { count: number(one.changes || 0, 0) });
  fields["changed-list"].replaceChildren(...changes(one.changed));
  show(fields.unlocking, index === 0 && !one.unlocked_at && found.may_unlock);
  fields.unlock.addEventListener("click", askUnlock);
  return content;
}

// --- closing

function askClose() {
  const open = found.checklist.lines.some((one) => one.blocks && one.kind !== "not_over" && one.count);
  show(byId("anyway"), open && found.may_close_anyway);
  byId("close-anyway").checked = false;
  byId("close-reason").value = "";
  show(byId("close-problem"), false);
  sayWhat();
  byId("closing-dialog").showModal();
  byId("closing-heading").focus();
}

function sayWhat() {
  const anyway = byId("close-anyway").checked;
  const key = below() ? (anyway ? "close_below_anyway" : "close_below") : "close_alone";
  byId("close-what").textContent = text(key, { month: monthOf(`${month}-01`), unit: found.unit_name });
  show(byId("reason-field"), anyway);
}

async function close() {
  const anyway = byId("close-anyway").checked;
  const reason = byId("close-reason").value.trim();
  if (anyway && !reason) return complain(byId("close-problem"), text("fill_in_reason"));
  byId("close-now").disabled = true;
  try {
    const answer = await call("POST", address, { json: { below: below(), reason: anyway ? reason : null } });
    byId("closing-dialog").close();
    const report = answer.report || (await waitFor(answer.job));
    if (!report) return;
    await load();
    if (report.refused) return complain(byId("problem"), text("refused"));
    say(text("closed_now", {
      closed: number(report.closed.length, 0),
      before: number(report.before.length, 0),
      open: number(Object.keys(report.open).length, 0),
    }));
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("closing-dialog").open ? byId("close-problem") : byId("problem"), explain(error));
  } finally {
    byId("close-now").disabled = false;
  }
}

async function lookThrough() {
  byId("look-through").disabled = true;
  try {
    const asked = await call("POST", `${address}/checklist`, { json: { below: below() } });
    const report = await waitFor(asked.job);
    if (!report || !report.lines) return;
    found.checklist.lines = report.lines;
    renderLines(report.lines);
    show(byId("look"), false);
    byId("checklist-heading").scrollIntoView();
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  } finally {
    byId("look-through").disabled = false;
  }
}

/** The report of long work; null where it failed, which is said. */
async function waitFor(id) {
  show(byId("working"));
  byId("progress").removeAttribute("value");
  try {
    const job = await ended(id, ({ done, total }) => {
      if (!total) return;
      byId("progress").max = total;
      byId("progress").value = done;
      byId("progress-label").textContent = text("done_of", { done: number(done, 0), total: number(total, 0) });
    });
    if (job.report) return job.report;
    complain(byId("problem"), text("failed"));
    return null;
  } finally {
    show(byId("working"), false);
  }
}

// --- unlocking

function askUnlock() {
  byId("unlock-reason").value = "";
  show(byId("unlock-problem"), false);
  byId("unlocking-dialog").showModal();
  byId("unlocking-heading").focus();
}

async function unlock() {
  byId("unlock-now").disabled = true;
  try {
    const wanted = { below: byId("unlock-below").checked, reason: byId("unlock-reason").value };
    const { unlocked } = await call("POST", `${address}/unlock`, { json: wanted });
    byId("unlocking-dialog").close();
    await load();
    say(text("unlocked_now", { count: number(unlocked.length, 0) }));
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("unlock-problem"), explain(error));
  } finally {
    byId("unlock-now").disabled = false;
  }
}

function say(words) {
  byId("done").textContent = words;
  show(byId("done"));
  byId("done").focus();
}

byId("below").addEventListener("change", () => {
  history.replaceState(null, "", below() ? "?below=1" : location.pathname);
  show(byId("done"), false);
  load();
});
byId("ask-close").addEventListener("click", askClose);
byId("close-anyway").addEventListener("change", sayWhat);
byId("look-through").addEventListener("click", lookThrough);
byId("close-form").addEventListener("submit", (event) => {
  event.preventDefault();
  close();
});
byId("unlock-form").addEventListener("submit", (event) => {
  event.preventDefault();
  unlock();
});
load();
