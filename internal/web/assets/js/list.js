// Lists of letters: picking several, doing something with them by button, key,
// swipe or drag, and following what happens to them elsewhere.
import { each, load, show, focus } from "./core/page.js";
import { say } from "./core/say.js";
import "./list/pick.js";
import "./list/act.js";
import "./list/touch.js";
import "./list/drag.js";
import "./list/more.js";
import "./list/live.js";

each("[data-print]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});

// Something that is done to many letters tells how far it is.
each("[data-going]", (part) => {
  const look = async () => {
    if (!part.isConnected) return;
    try {
      const { page } = await load(location.href, { byItself: true });
      if (!page.querySelector("[data-going]")) {
        show(page, ["operation"]);
        focus(document.querySelector("main h1"));
        say(document.querySelector("main h1").textContent);
        return;
      }
      const [now, bar] = [page, part].map((root) => root.querySelector("progress"));
      bar.value = now.value;
      bar.nextElementSibling.textContent = now.nextElementSibling.textContent;
    } catch {
      // offline: it goes on without us
    }
    setTimeout(look, 700);
  };
  setTimeout(look, 700);
});
