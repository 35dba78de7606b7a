// Doing something with letters: those that are picked, else the one that the reader
// is at. The list follows by what the server tells of it (live.js).
import { each, focus, under } from "../core/page.js";
import { tell } from "../core/said.js";
import { toast } from "../core/toast.js";
import { after, current, heading, link, picked, row } from "./rows.js";
import { unpick } from "./pick.js";

const stays = ["laest", "ulaest", "vigtig", "ikke-vigtig"];
let doing; // what was begun last, until it is said to be done

/** act does something with rows, or with all that is picked where rows is undefined. */
export async function act(list, what, { these, extra = {}, opener } = {}) {
  const all = picked(list);
  const whole = !these && list.querySelector("[data-all]").value;
  const chosen = these ?? (all.length ? all : [current(list)].filter(Boolean));
  if (!whole && !all.length && !these && chosen.length === 1) what = toggled(what, chosen[0]);
  const body = new URLSearchParams({ handling: what, ...extra });
  for (const name of ["tilbage", "fra", "set"]) body.set(name, list.elements[name].value);
  if (whole) body.set("alle", "1");
  else for (const r of chosen) body.append("besked", r.dataset.id);
  doing = { list, at: stays.includes(what) ? chosen[0]?.dataset.id : after(list, chosen)?.dataset.id, letGo: !these };
  try {
    await tell({ url: list.action, body }, opener ?? link(chosen[0]) ?? list);
  } catch {
    if (!navigator.onLine) return toast(document.body.dataset.offline);
    location.reload();
  }
}

// toggled is what a key means for the one row that the reader is at.
function toggled(what, row) {
  if (what === "ulaest" && row.matches(".is-unread")) return "laest";
  if (what === "vigtig" && row.matches(".is-important")) return "ikke-vigtig";
  return what;
}

each("[data-list]", (list) => {
  list.addEventListener("submit", (event) => {
    if (!event.submitter?.matches("[data-act]")) return;
    event.preventDefault();
    event.submitter.closest("details")?.removeAttribute("open");
    act(list, event.submitter.value, { opener: event.submitter });
  });
});

// When it is done, the focus is on the row after those that are gone.
document.addEventListener("said", (event) => {
  if (!doing || new URL(event.detail.url, location).pathname !== under("/post/handling")) return;
  const { list, at, letGo } = doing;
  doing = undefined;
  if (!list.isConnected || !letGo) return;
  const here = document.activeElement;
  unpick(list);
  if (!here || here === document.body || here.closest(".dp-bulk, dialog, .dp-item")) focus(link(at && row(list, at)) ?? heading());
});
