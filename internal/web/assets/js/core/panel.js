// Panels that open under a button close by Esc and by a press beside them.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.dp-drop[open]")) if (!open.contains(event.target)) open.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  const open = document.querySelector("details.dp-drop[open]");
  if (!open) return;
  event.preventDefault();
  open.open = false;
  open.querySelector("summary").focus();
});
