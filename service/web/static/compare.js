// All photos of an enrolment together, before anything is saved: how alike they are, and whom they resemble.

import { call } from "./api.js";
import { byId, listOf, number, show, stamp, text } from "./page.js";
import { inWords } from "./shots.js";

const TONES = { usual: "good", doubtful: "wait", different: "bad" };
const valueOf = ({ similarity }) => ({ value: number(similarity, 2) });

export class Comparison {
  /** `onChange` is called when something was compared, forgotten, or ticked. */
  constructor(path, onChange) {
    this.path = path;
    this.onChange = onChange;
    this.found = null;
    byId("compared").addEventListener("change", onChange);
  }

  get isDone() {
    return this.found !== null;
  }

  /** What still has to be ticked; nothing can be where somebody is outside the reach. */
  get ticks() {
    return Array.from(byId("compared").querySelectorAll("input[type=checkbox]"));
  }

  get isSettled() {
    return this.isDone && this.found.may_be_saved && this.ticks.every((tick) => tick.checked);
  }

  /** NIPs of those that were looked at. */
  get lookedAt() {
    return this.ticks.filter((tick) => tick.checked && tick.value).map((tick) => tick.value);
  }

  /** The photos are others now. */
  forget() {
    this.found = null;
    byId("lookalikes").replaceChildren();
    byId("unlike").replaceChildren();
    show(byId("compared"), false);
  }

  /** `form` holds the photos. Gives what the service says of each of them. */
  async run(form) {
    const found = await call("POST", `${this.path}/photos/preview`, { form });
    this.forget();
    this.found = found;
    byId("findings").replaceChildren(...this.findings());
    byId("lookalikes").replaceChildren(...found.lookalikes.map(lookalike));
    show(byId("alike"), found.lookalikes.length > 0);
    show(byId("outside"), found.lookalikes.some(({ nip }) => nip === null));
    if (found.enrolled && found.enrolled.likeness === "different") {
      byId("unlike").replaceChildren(stamp(byId("unlike-tick")).content);
    }
    show(byId("compared"));
    byId("compared").focus();
    return found.photos;
  }

  findings() {
    const { among, enrolled, lookalikes, set_problems: problems, template_photos: photos } = this.found;
    const lines = [];
    if (problems.length) lines.push(...inWords(problems).map((words) => finding("bad", words)));
    else if (among) lines.push(finding(TONES[among.likeness], text(`among_${among.likeness}`, valueOf(among))));
    else lines.push(finding("wait", text("among_none")));
    if (problems.length) return lines;
    if (enrolled) lines.push(finding(TONES[enrolled.likeness], text(`earlier_${enrolled.likeness}`, valueOf(enrolled))));
    if (!lookalikes.length) lines.push(finding("good", text("nobody_alike")));
    lines.push(finding("good", text("would_use", { count: photos })));
    return lines;
  }
}

function finding(tone, words) {
  const [line] = listOf([words]);
  line.dataset.tone = tone;
  return line;
}

function lookalike({ nip, name, unit, similarity, likeness }) {
  const words = text(`alike_${likeness}`, valueOf({ similarity }));
  if (nip === null) return listOf([`${text("somebody_outside")} · ${words}`])[0];
  const { content, fields } = stamp(byId("lookalike"));
  fields.name.textContent = name;
  fields.name.href = `/employees/${encodeURIComponent(nip)}`;
  fields.about.textContent = [`NIP ${nip}`, unit, words].filter(Boolean).join(" · ");
  fields.tick.value = nip;
  fields.tick.id = `looked-at-${nip}`;
  fields.label.htmlFor = fields.tick.id;
  fields.label.textContent = text("two_people", { name });
  return content;
}
