// What became of a check-in, in plain words. No score is ever shown here.

import { dayInWords } from "./day_in_words.js";
import { announce, byId, json, listOf, show, text, timeOf } from "./page.js";

const ANYWAY_AFTER_RETAKES = 3;
const RETAKES_KEY = "hadir_retakes";

const card = byId("result");
const sentences = json("sentences");

function words(code) {
  return sentences[code] || { happened: code, todo: "" };
}

/** Kept over a reload: the camera app of a small phone often costs the page its memory. */
function countRetakes(status) {
  const before = Number(sessionStorage.getItem(RETAKES_KEY) || 0);
  const now = status === "retake" ? before + 1 : 0;
  sessionStorage.setItem(RETAKES_KEY, String(now));
  return now;
}

/** What happened, and what helps next time; that a person will look is already said above. */
function reasonForReview(code) {
  const { happened, todo } = words(code);
  return todo === text("nothing_to_do") ? happened : `${happened} ${todo}`;
}

const WRITERS = {
  accepted(answer, kind) {
    const key = kind === "auto" ? "accepted" : `accepted_${kind}`;
    const heading = text(key, { time: timeOf(answer.counted_at || answer.received_at) });
    return [heading, text("accepted_text", { name: card.dataset.name }), []];
  },
  review(answer) {
    const reasons = answer.reasons.map(reasonForReview);
    const heading = text("review", { time: timeOf(answer.counted_at || answer.received_at) });
    return [heading, text(reasons.length ? "review_text" : "review_plain"), reasons];
  },
  rejected(answer) {
    return [text("rejected"), text("rejected_text", { time: timeOf(answer.received_at) }), []];
  },
  retake(answer) {
    const reasons = answer.reasons.map((code) => `${words(code).happened} ${words(code).todo}`);
    return [text("retake"), text("retake_text"), reasons];
  },
  waiting(answer) {
    return [text("waiting", { time: timeOf(answer.received_at) }), text("waiting_text"), []];
  },
  received(answer) {
    return [text("received", { time: timeOf(answer.received_at) }), text("received_text"), []];
  },
};

export function showResult(answer, kind) {
  const [heading, explanation, reasons] = WRITERS[answer.status](answer, kind);
  card.dataset.status = answer.status;
  byId("result-heading").textContent = heading;
  byId("result-text").textContent = explanation;
  byId("result-reasons").replaceChildren(...listOf(reasons));
  show(byId("result-reasons"), reasons.length > 0);
  const day = dayInWords(answer.day);
  byId("result-day").textContent = day;
  show(byId("result-day"), day !== "");
  const retakes = ["received", "waiting"].includes(answer.status) ? 0 : countRetakes(answer.status);
  show(byId("retake"), answer.status === "retake");
  show(byId("send-anyway"), retakes >= ANYWAY_AFTER_RETAKES);
  show(byId("another"), ["accepted", "review", "waiting"].includes(answer.status));
  show(card);
  announce([heading, explanation, ...reasons, day].join(" "));
  card.focus();
}

export function hideResult() {
  show(card, false);
}
