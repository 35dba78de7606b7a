// A row is dragged to a folder; with others that are picked where it is one of them.
import { each } from "../core/page.js";
import { act } from "./act.js";
import { picked } from "./rows.js";

const kind = "application/x-besked";
let dragged;

each("[data-list]", (list) => {
  list.addEventListener("dragstart", (event) => {
    const row = event.target.closest?.(".dp-item");
    if (!row?.querySelector(".dp-pick")) return;
    const all = picked(list);
    dragged = { list, these: all.includes(row) ? all : [row], picked: all.includes(row) };
    event.dataTransfer.clearData(); // no title and no address leaves the page
    event.dataTransfer.setData(kind, "");
    event.dataTransfer.effectAllowed = "move";
    const image = document.createElement("div");
    image.className = "dp-dragged";
    image.textContent = dragged.these.length > 1 ? list.dataset.pickedText.replace("{n}", dragged.these.length) : row.querySelector(".dp-item__subj").textContent;
    document.body.append(image);
    event.dataTransfer.setDragImage(image, 12, 12);
    setTimeout(() => image.remove());
    for (const r of dragged.these) r.classList.add("is-dragged");
  });
});

const target = (event) => dragged && event.target.closest?.("[data-takes]:not([aria-current])");

document.addEventListener("dragover", (event) => {
  const folder = target(event);
  for (const other of document.querySelectorAll(".is-drop")) if (other !== folder) other.classList.remove("is-drop");
  if (!folder) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  folder.classList.add("is-drop");
});

document.addEventListener("drop", (event) => {
  const folder = target(event);
  if (!folder) return;
  event.preventDefault();
  const { list, these, picked } = dragged;
  act(list, "flyt", { these: picked ? undefined : these, extra: { mappe: folder.dataset.takes } });
});

document.addEventListener("dragend", () => {
  for (const e of document.querySelectorAll(".is-drop, .is-dragged")) e.classList.remove("is-drop", "is-dragged");
  dragged = undefined;
});
