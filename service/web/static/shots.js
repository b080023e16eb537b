// The photos of an enrolment: each is judged as soon as it is there, and can be taken out again.

import { call, errorCode } from "./api.js";
import { byId, explain, json, listOf, show, stamp, text } from "./page.js";

export const MOST_PHOTOS = 5;

const sentences = json("sentences");

/** What is wrong with a photo, in words. Codes without words are the service's own and keep their text. */
export function inWords(codes) {
  return codes.map((code) => (sentences[code] ? `${sentences[code].happened} ${sentences[code].todo}` : code));
}

export class Shots {
  /** `onChange` is called whenever a photo comes, goes, or is judged; `onOthers` before, when one comes or goes. */
  constructor(list, onChange, onOthers = () => {}) {
    this.list = list;
    this.onChange = onChange;
    this.onOthers = onOthers;
    this.shots = [];
  }

  get photos() {
    return this.shots.map((shot) => shot.photo);
  }

  get isFull() {
    return this.shots.length >= MOST_PHOTOS;
  }

  get waiting() {
    return this.shots.some((shot) => shot.verdict === "checking");
  }

  get unfit() {
    return this.shots.filter((shot) => shot.verdict === "unfit").length;
  }

  add(photo) {
    const { content, fields } = stamp(byId("photo"));
    const shot = { photo, fields, item: content.firstElementChild, verdict: "checking" };
    fields.image.src = URL.createObjectURL(photo);
    shot.remove = shot.item.querySelector("[data-remove]");
    shot.remove.addEventListener("click", () => this.remove(shot));
    this.onOthers();
    this.shots.push(shot);
    this.list.append(shot.item);
    this.renumber();
    this.check(shot);
  }

  async check(shot) {
    this.judge(shot, "checking");
    const form = new FormData();
    form.append("photo", shot.photo, "photo.jpg");
    try {
      const { problems } = await call("POST", "/api/photos/check", { form });
      this.judge(shot, problems.length ? "unfit" : "good", inWords(problems));
    } catch (error) {
      if (error.name === "NoConnection") this.judge(shot, "unchecked", [text("no_connection_photo")]);
      else if (error.status < 500) this.judge(shot, "unfit", refusal(error));
      else this.judge(shot, "unchecked", [explain(error)]);
    }
  }

  judge(shot, verdict, reasons = []) {
    shot.verdict = verdict;
    shot.fields.verdict.textContent = text(verdict);
    shot.fields.verdict.dataset.tone = { good: "good", unfit: "bad" }[verdict] || "plain";
    shot.fields.reasons.replaceChildren(...listOf(reasons));
    this.onChange();
  }

  /** The service's verdicts after a refused save: `photos` as in its answer. */
  judgeAll(photos) {
    for (const { index, accepted, problems } of photos) {
      const shot = this.shots[index];
      if (shot) this.judge(shot, accepted ? "good" : "unfit", inWords(problems));
    }
  }

  remove(shot) {
    this.onOthers();
    const place = this.shots.indexOf(shot);
    this.shots.splice(place, 1);
    URL.revokeObjectURL(shot.fields.image.src);
    shot.item.remove();
    this.renumber();
    this.onChange();
    const neighbour = this.shots[Math.min(place, this.shots.length - 1)];
    (neighbour ? neighbour.remove : byId("files")).focus();
  }

  clear() {
    for (const shot of this.shots) URL.revokeObjectURL(shot.fields.image.src);
    this.shots = [];
    this.list.replaceChildren();
    this.onChange();
  }

  renumber() {
    this.shots.forEach((shot, index) => {
      shot.fields.image.alt = text("photo_alt", { number: index + 1 });
      shot.remove.textContent = text("remove", { number: index + 1 });
    });
    show(byId("no-photos"), this.shots.length === 0);
  }
}

function refusal(error) {
  const code = errorCode(error);
  return sentences[code] ? inWords([code]) : [explain(error)];
}
