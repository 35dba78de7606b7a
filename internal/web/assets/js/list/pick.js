// Picking letters: their number is told, Shift picks a range, Esc lets go of all.
import { each } from "../core/page.js";
import { say } from "../core/say.js";
import { link, listOf, picked, rows } from "./rows.js";

const last = new WeakMap(); // the box that was ticked last, by list

/** count tells how many are picked. */
export function count(list, aloud = true) {
  const all = list.querySelector("[data-all]");
  const n = all.value ? list.querySelector("[data-pick-folder]").dataset.pickFolder : picked(list).length;
  const text = list.dataset.pickedText.replace("{n}", Number(n).toLocaleString(document.documentElement.lang));
  const place = list.querySelector("[data-picked]");
  const before = place.textContent;
  place.textContent = text;
  list.classList.toggle("is-whole", rows(list).every((r) => r.querySelector(".dp-pick")?.checked));
  if (aloud && before !== text) say(text);
}

/** unpick lets go of all. */
export function unpick(list) {
  for (const box of list.querySelectorAll(".dp-pick:checked")) box.checked = false;
  list.querySelector("[data-all]").value = "";
  count(list, false);
}

/** pick ticks a row's box, or a range from the one before. */
export function pick(list, row, ticked, range) {
  const box = row.querySelector(".dp-pick");
  const all = rows(list);
  const from = range ? all.indexOf(last.get(list)) : -1;
  const to = all.indexOf(row);
  const these = from < 0 ? [row] : all.slice(Math.min(from, to), Math.max(from, to) + 1);
  for (const r of these) r.querySelector(".dp-pick").checked = ticked;
  last.set(list, row);
  list.querySelector("[data-all]").value = "";
  count(list);
  return box;
}

each("[data-list]", (list) => {
  list.addEventListener("click", (event) => {
    const box = event.target.closest(".dp-pick");
    if (box) return pick(list, box.closest(".dp-item"), box.checked, event.shiftKey);
    const link = event.target.closest("[data-pick-all], [data-pick-folder], [data-unpick]");
    if (!link) return;
    event.preventDefault();
    if (link.matches("[data-unpick]")) {
      const first = picked(list)[0];
      unpick(list);
      first?.querySelector(".dp-pick").focus();
      return;
    }
    for (const r of rows(list)) if (r.querySelector(".dp-pick")) r.querySelector(".dp-pick").checked = true;
    list.querySelector("[data-all]").value = link.matches("[data-pick-folder]") ? "1" : "";
    link.closest("details")?.removeAttribute("open");
    count(list);
    if (!link.checkVisibility?.()) list.querySelector("[data-unpick]").focus();
  });
  // A click with Shift would choose text.
  list.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.closest(".dp-pick")) event.preventDefault();
  });
  list.addEventListener("keydown", (event) => {
    const box = event.target.closest(".dp-pick");
    if (event.key === "Enter" && box) {
      event.preventDefault(); // it would send the form
      link(box.closest(".dp-item")).click();
    }
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], details.dp-drop[open]")) return;
  for (const list of document.querySelectorAll("[data-list]")) {
    const first = picked(list)[0];
    if (!first) continue;
    event.preventDefault();
    const hidden = document.activeElement?.closest(".dp-bulk");
    unpick(list);
    if (hidden) link(first).focus();
  }
});

export { listOf };
