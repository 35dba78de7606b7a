// Single keys, for who has switched them on. A link, button or field says which key
// is its own: data-key="r", or "g i" for two in a row. What moves in a list says
// data-rows; its rows are the list's items.
const on = document.documentElement.hasAttribute("data-keys");
let before = "";
let forget;

const visible = (element) => element.checkVisibility?.() ?? true;
const writes = (target) => target.closest?.("input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable]");

function press(key) {
  const all = [...document.querySelectorAll("[data-key]")].filter((e) => e.dataset.key.split(",").includes(key) && e.getAttribute("aria-disabled") !== "true");
  const element = all.find(visible) ?? all[0];
  if (!element) return false;
  if (element.matches("input, textarea, select")) element.focus();
  else element.click();
  return true;
}

const rows = () => [...document.querySelectorAll("[data-rows] .dp-item")].filter(visible);
const current = (all) => {
  const focused = all.findIndex((row) => row.contains(document.activeElement));
  return focused >= 0 ? focused : all.findIndex((row) => row.querySelector("[aria-current]"));
};

function move(step) {
  const all = rows();
  const next = all[Math.min(Math.max(current(all) + step, 0), all.length - 1)];
  next?.querySelector("a")?.focus();
  return Boolean(next);
}

function tick(range) {
  const all = rows();
  const box = all[current(all)]?.querySelector(".dp-pick");
  if (!box) return false;
  box.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: range }));
  return true;
}

function act(event) {
  switch (event.key) {
    case "j":
      return move(1);
    case "k":
      return move(-1);
    case "x":
    case "X":
      return tick(event.shiftKey);
  }
  const two = before && before + " " + event.key;
  clearTimeout(forget);
  before = "";
  if (two && press(two)) return true;
  if (document.querySelector(`[data-key^="${CSS.escape(event.key)} "]`)) {
    before = event.key;
    forget = setTimeout(() => (before = ""), 1500);
    return true;
  }
  return press(event.key);
}

if (on) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (writes(event.target) || document.querySelector("dialog[open]")) return;
    if (act(event)) event.preventDefault();
  });
}
