// The first step of a new letter: authorities are found as one types, and the
// categories of the chosen one appear.
import { each, load, show, under } from "../core/page.js";
import { say } from "../core/say.js";

each("form[data-whom]", (form) => {
  const field = form.querySelector("#myndighed");
  let waiting;
  let asked = 0;

  // look takes over what the page would show for what is typed and chosen now.
  async function look(parts) {
    const query = new URLSearchParams(new FormData(form));
    const turn = ++asked;
    try {
      const { page } = await load(under("/ny?" + query));
      if (turn !== asked) return;
      show(page, parts);
      history.replaceState(history.state, "", under("/ny?" + query));
      if (parts.includes("found")) say(document.querySelector("[data-part=found] legend, [data-part=found] p")?.textContent ?? "");
    } catch {
      // offline: the button still asks
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => look(["found", "category"]), 150);
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "m") {
      form.querySelector("#kategori")?.remove();
      look(["category"]);
    } else if (event.target.name === "kategori") look(["category"]);
  });
});
