const place = document.getElementById("status");

// say tells a screen reader something without moving it. The same words twice are
// said twice.
export function say(text) {
  if (!place) return;
  place.textContent = "";
  setTimeout(() => (place.textContent = text), 60);
}
