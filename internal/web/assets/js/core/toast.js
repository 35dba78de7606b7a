// What a page says in passing: a screen reader hears it, it can be closed, and it
// stays until then.
import { each, prepare } from "./page.js";
import { say } from "./say.js";

each(".dp-toast", (toast) => {
  const close = toast.querySelector("[data-close-toast]");
  close.hidden = false;
  close.addEventListener("click", () => {
    const inside = toast.contains(document.activeElement);
    toast.remove();
    if (inside) document.querySelector("main")?.focus();
  });
  say(toast.querySelector("p").textContent);
});

/** toast says something that the page itself has found out, with a form behind "undo" where there is one: { action, fields }. */
export function toast(text, undo) {
  document.querySelector(".dp-toast")?.remove();
  const place = document.getElementById("toast").content.cloneNode(true).firstElementChild;
  place.querySelector("p").textContent = text;
  const form = place.querySelector("form");
  if (undo) {
    form.action = undo.action;
    for (const [name, value] of Object.entries(undo.fields ?? {})) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  } else form.remove();
  document.getElementById("status").after(place);
  prepare(place);
}
