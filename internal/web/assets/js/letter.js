// The open letter: what is done with it elsewhere is said and disturbs nothing that
// one writes (MBX-15), documents are zoomed where they stand (MBX-02), and the
// printer is asked for (MBX-14).
import { box, each, visit } from "./core/page.js";
import { say } from "./core/say.js";

const state = async (main) => {
  const answer = await fetch(main.dataset.follow + "?" + main.dataset.known, { headers: { Accept: "text/event-stream" } });
  if (!answer.ok || answer.redirected) throw new Error("no state");
  return answer.json();
};

// The list beside the letter hears of changes, and tells every open page.
const channel = new BroadcastChannel(box);
let waiting;

function follow(main) {
  channel.addEventListener("message", () => {
    if (!main.isConnected) return;
    clearTimeout(waiting);
    waiting = setTimeout(look, 400); // what this page does itself it says itself
  });
  async function look() {
    try {
      const { known, said, gone } = await state(main);
      if (!said || !main.isConnected) return;
      main.dataset.known = known;
      const bar = main.querySelector("[data-changed]");
      bar.querySelector("[data-said]").textContent = said;
      bar.querySelector("[data-show]").hidden = gone;
      bar.hidden = false;
      say(said);
    } catch {
      // offline, or logged out: the next change tells
    }
  }
}

// What was done here: the letter is shown as it is now, or the list, where it lies
// elsewhere. What was said stays.
document.addEventListener("said", async () => {
  const main = document.querySelector("[data-follow]");
  if (!main) return;
  clearTimeout(waiting);
  const toast = document.querySelector(".dp-toast");
  let away = true;
  try {
    ({ away } = await state(main));
  } catch {
    // the list knows
  }
  clearTimeout(waiting);
  const open = away ? main.dataset.back : location.href;
  await visit(open, ["app"], { focusOn: () => (away ? heading() : undefined) });
  if (toast) document.getElementById("status").after(toast);
});

const heading = () => document.querySelector("main h1");

each("[data-follow]", follow);

// A document in a frame is zoomed without leaving the page; a PDF zooms itself.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-zoom]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const step = link.dataset.zoom;
  visit(link.href, ["viewer"], { focusOn: () => document.querySelector(`a[data-zoom="${step}"]`) ?? document.querySelector("a[data-zoom]") });
});

// The menu's zoom presses the one that stands on the document.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-press]");
  const real = link && document.querySelector(`a[data-zoom="${link.dataset.press}"]`);
  if (!real) return;
  event.preventDefault();
  link.closest("details").open = false;
  real.click();
});

// Esc leaves the full screen.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], details.dp-drop[open]")) return;
  document.querySelector("a[data-escape]")?.click();
});

each("[data-print]", (button) => {
  document.querySelector("[data-noprint]").hidden = true;
  button.hidden = false;
  const waits = () => document.querySelector("[data-pdf][data-all]:not([data-drawn])");
  const ready = () => (button.disabled = Boolean(waits()));
  ready();
  document.addEventListener("drawn", ready);
  button.addEventListener("click", () => print());
});
