// The pages of a long list: which one is shown, and the buttons to its neighbours.

import { byId, show, text } from "./page.js";

export class Pager {
  /** `onTurn` is called when another page is wanted. */
  constructor(onTurn) {
    this.page = Number(new URL(location.href).searchParams.get("page")) || 1;
    for (const [id, step] of [["previous", -1], ["following", 1]]) {
      byId(id).addEventListener("click", () => {
        this.page += step;
        onTurn();
      });
    }
  }

  /** Another question has another first page. */
  restart() {
    this.page = 1;
  }

  render({ page, pages }) {
    this.page = page;
    show(byId("pager"), pages > 1);
    byId("page").textContent = text("page_of", { page, pages });
    byId("previous").disabled = page <= 1;
    byId("following").disabled = page >= pages;
  }
}
