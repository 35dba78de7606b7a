const place = document.getElementById("status");

// say tells a screen reader something without moving it.
export function say(text) {
  if (place) place.textContent = text;
}
