// Suggestions under a search field (data-suggest="/address"), as ARIA's combobox
// with a list: the arrows move in it, Enter takes one, Esc closes it.
import { each } from "./page.js";

let number = 0;

each("[data-suggest]", (input) => {
  const list = document.createElement("ul");
  list.className = "dp-suggest";
  list.id = "forslag-" + ++number;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.placeholder);
  list.hidden = true;
  input.parentElement.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  let chosen = -1;
  let asked = 0;
  let soon;

  const open = (is) => {
    list.hidden = !is;
    input.setAttribute("aria-expanded", String(is));
    choose(-1);
  };
  const choose = (n) => {
    chosen = n;
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === n)));
    if (n >= 0) input.setAttribute("aria-activedescendant", list.children[n].id);
    else input.removeAttribute("aria-activedescendant");
    list.children[n]?.scrollIntoView({ block: "nearest" });
  };
  const take = (option) => {
    input.value = option.dataset.text;
    open(false);
    input.form.requestSubmit();
  };
  open(false);

  async function ask() {
    const mine = ++asked;
    const q = input.value.trim();
    if (!q) return open(false);
    let found;
    try {
      const answer = await fetch(input.dataset.suggest + "?" + new URLSearchParams({ q }), { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) return;
      found = await answer.json();
    } catch {
      return; // offline: one can search all the same
    }
    if (mine !== asked || document.activeElement !== input) return;
    list.replaceChildren(
      ...found.map(({ text, about }, i) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${i}`;
        option.setAttribute("role", "option");
        option.dataset.text = text;
        option.append(Object.assign(document.createElement("span"), { textContent: text }));
        if (about) option.append(Object.assign(document.createElement("small"), { textContent: about }));
        return option;
      }),
    );
    open(found.length > 0);
  }

  input.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(ask, 120);
  });
  input.addEventListener("blur", () => open(false));
  list.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the focus stays in the field
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  input.addEventListener("keydown", (event) => {
    const n = list.children.length;
    if (list.hidden) {
      if (event.key === "ArrowDown" && n && input.value.trim()) open(true);
      else return;
    }
    switch (event.key) {
      case "ArrowDown":
        choose(chosen + 1 < n ? chosen + 1 : -1);
        break;
      case "ArrowUp":
        choose(chosen < 0 ? n - 1 : chosen - 1);
        break;
      case "Enter":
        if (chosen < 0) return open(false);
        take(list.children[chosen]);
        break;
      case "Escape":
        open(false);
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
});
