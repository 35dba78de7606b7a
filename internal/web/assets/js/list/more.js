// "Vis flere" puts the next letters under those that are here.
import { load, plainClick } from "../core/page.js";
import { link, rows } from "./rows.js";

document.addEventListener("click", async (event) => {
  const more = event.target.closest?.("[data-append]");
  if (!more || !plainClick(event)) return;
  event.preventDefault();
  if (more.ariaBusy === "true") return;
  more.ariaBusy = "true";
  try {
    const { page } = await load(more.href);
    const list = more.closest("[data-list]");
    const place = list.querySelector("[data-more]");
    const days = [...page.querySelectorAll(".dp-day")];
    if (!days.length) return location.assign(more.href);
    const shown = new Set([...list.querySelectorAll(".dp-item")].map((r) => r.dataset.id));
    let first;
    for (const day of days) {
      const items = [...day.querySelectorAll(".dp-item")].filter((r) => !shown.has(r.dataset.id));
      first ??= items[0];
      const last = [...list.querySelectorAll(".dp-day")].at(-1);
      if (last?.querySelector("h2").textContent === day.querySelector("h2").textContent) last.querySelector("ul").append(...items);
      else place.before(day);
    }
    place.replaceWith(page.querySelector("[data-more]"));
    const newest = list.querySelector("[data-more] [data-append] ~ a, [data-more] a:not([data-append])");
    newest?.remove(); // the beginning is still here
    counted(list);
    link(first)?.focus();
  } catch {
    location.assign(more.href);
  }
});

/** counted says how many letters are shown of how many. */
export function counted(list, total) {
  const place = list.querySelector("[data-shown]");
  if (!place) return;
  if (total) place.dataset.total = total;
  else place.dataset.total ??= place.textContent.split(/ (?:af|of) /).at(-1);
  const n = rows(list).length.toLocaleString(document.documentElement.lang);
  place.textContent = list.dataset.counted.replace("{n}", n).replace("{m}", place.dataset.total);
}
