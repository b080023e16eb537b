// Large keys for a NIP. The field takes a keyboard's keys as well, also letters, which some NIPs have.

import { byId } from "./page.js";

const field = byId("nip");
// NIPs of civil servants are read and written as birthday, appointment, sex and number.
const GROUPS = /^(\d{0,8})(\d{0,6})(\d{0,1})(\d*)$/;

const plain = () => field.value.replace(/\s/g, "");

function write(nip) {
  const groups = GROUPS.exec(nip);
  field.value = groups ? groups.slice(1).filter(Boolean).join(" ") : nip;
}

export class Keypad {
  /** `onGiven` is called with the NIP; `onTouched` whenever a key was pressed. */
  constructor(onGiven, onTouched) {
    for (const key of document.querySelectorAll("[data-digit]")) {
      key.addEventListener("click", () => {
        write(plain() + key.dataset.digit);
        onTouched();
      });
    }
    byId("erase").addEventListener("click", () => {
      write(plain().slice(0, -1));
      onTouched();
    });
    field.addEventListener("input", onTouched);
    byId("keypad").addEventListener("submit", (event) => {
      event.preventDefault();
      onGiven(plain());
    });
  }

  /** Empty, or with the digit that somebody began with. */
  open(first = "") {
    write(first);
    field.focus();
  }

  clear() {
    write("");
  }
}
