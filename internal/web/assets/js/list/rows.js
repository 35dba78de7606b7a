// The rows of a list, and what is current among them.

export const listOf = (element) => element.closest("[data-list]");
export const rows = (list) => [...list.querySelectorAll(".dp-item:not(.is-gone)")];
export const row = (list, id) => list.querySelector(`.dp-item:not(.is-gone)[data-id="${CSS.escape(id)}"]`);
export const picked = (list) => rows(list).filter((r) => r.querySelector(".dp-pick")?.checked);
export const link = (row) => row?.querySelector("a");
export const heading = () => document.querySelector("main h1");

/** current is the row that the reader is at: the one with the focus, else the open one. */
export function current(list) {
  const focused = document.activeElement?.closest(".dp-item");
  return focused && list.contains(focused) ? focused : list.querySelector(".dp-item:has([aria-current])");
}

/** after is the row to go to when some are gone: the next, else the one before. */
export function after(list, gone) {
  const all = rows(list);
  const last = all.indexOf(gone[gone.length - 1]);
  return all.slice(last + 1).find((r) => !gone.includes(r)) ?? all.slice(0, Math.max(last, 0)).reverse().find((r) => !gone.includes(r));
}
