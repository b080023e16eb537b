// The erasure of a person by HR: asked for twice, and not to be undone.

import { call } from "./api.js";
import { byId, complain, explain, show } from "./page.js";

export function offerErasure(path, onErased) {
  const dialog = byId("erase");
  const problem = byId("erase-problem");
  const sure = byId("erase-sure");
  const button = byId("confirm-erase");
  const review = () => {
    button.disabled = !sure.checked;
  };

  byId("open-erase").addEventListener("click", () => {
    sure.checked = false;
    review();
    show(problem, false);
    dialog.showModal();
  });
  sure.addEventListener("change", review);
  button.addEventListener("click", async () => {
    button.disabled = true;
    show(problem, false);
    try {
      const erased = await call("POST", `${path}/erase`);
      dialog.close();
      onErased(erased);
    } catch (error) {
      complain(problem, explain(error));
      review();
    }
  });
}
