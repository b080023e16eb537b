import { call, signInAgain } from "./api.js";
import { byId, complain, explain, json, momentOf, number, show, stamp, text } from "./page.js";
import { Pager } from "./pager.js";

const sentences = json("sentences");
const pager = new Pager(load);

const inWords = (codes) => codes.map((code) => (sentences[code] ? sentences[code].happened : code));

async function load() {
  history.replaceState(null, "", pager.page > 1 ? `?page=${pager.page}` : location.pathname);
  show(byId("problem"), false);
  try {
    const answer = await call("GET", `/api/reviews?page=${pager.page}`);
    const { checkins, total } = answer;
    pager.render(answer);
    byId("count").textContent = total > 0 ? text("waiting", { total: number(total, 0) }) : "";
    byId("list").tBodies[0].replaceChildren(...checkins.map(row));
    show(byId("list"), checkins.length > 0);
    show(byId("empty"), checkins.length === 0);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

function row(checkin) {
  const { content, fields } = stamp(byId("row"));
  const time = momentOf(checkin.received_at);
  fields.name.textContent = checkin.name;
  fields.nip.textContent = checkin.nip;
  fields.kind.textContent = text(`kind_${checkin.kind}`);
  fields.time.textContent = time;
  fields.reasons.textContent = inWords(checkin.reasons).join(" ");
  fields.flags.textContent = inWords(checkin.flags).join(" ");
  fields.open.href = `/reviews/${encodeURIComponent(checkin.id)}`;
  fields.open.setAttribute("aria-label", text("review_of", { name: checkin.name, time }));
  return content;
}

load();
