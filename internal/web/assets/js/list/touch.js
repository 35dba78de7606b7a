// Fingers: a row swiped to the right is marked unread or read, to the left deleted; a
// long press picks it, and then a tap picks others. All of it has buttons too.
import { each } from "../core/page.js";
import { act } from "./act.js";
import { pick } from "./pick.js";
import { picked } from "./rows.js";

const far = 96; // px from where it counts
const long = 500; // ms

each("[data-list]", (list) => {
  let touch;
  let eaten = false; // the click that ends this touch

  const end = () => {
    clearTimeout(touch?.timer);
    const row = touch?.row;
    row?.classList.remove("is-swiped", "is-far");
    row?.style.removeProperty("--dx");
    touch = undefined;
  };

  list.addEventListener("pointerdown", (event) => {
    const row = event.target.closest(".dp-item");
    eaten = false;
    if (event.pointerType !== "touch" || !event.isPrimary || !row?.querySelector(".dp-pick")) return;
    const press = () => {
      pick(list, row, !row.querySelector(".dp-pick").checked, false);
      eaten = true;
      end();
    };
    touch = { row, x: event.clientX, y: event.clientY, id: event.pointerId, timer: setTimeout(press, long) };
  });

  list.addEventListener("pointermove", (event) => {
    if (!touch || event.pointerId !== touch.id) return;
    const dx = event.clientX - touch.x;
    const dy = event.clientY - touch.y;
    if (!touch.swipes) {
      if (Math.abs(dy) > 10) return end();
      if (Math.abs(dx) < 14) return;
      if (!button(list, touch.row, dx)) return end(); // what one may not do is not done by a finger either
      clearTimeout(touch.timer);
      touch.swipes = true;
      touch.row.setPointerCapture(event.pointerId);
    }
    const { row } = touch;
    row.classList.add("is-swiped");
    row.dataset.swipe = button(list, row, dx)?.textContent.trim() ?? "";
    row.classList.toggle("is-left", dx < 0);
    row.classList.toggle("is-far", Math.abs(dx) >= far);
    row.style.setProperty("--dx", dx + "px");
    touch.dx = dx;
  });

  list.addEventListener("pointerup", () => {
    if (!touch) return;
    const { row, swipes, dx } = touch;
    end();
    if (!swipes) return;
    eaten = true;
    if (Math.abs(dx) >= far && button(list, row, dx)) act(list, what(list, row, dx), { these: [row] });
  });
  list.addEventListener("pointercancel", end);

  list.addEventListener("contextmenu", (event) => {
    if (event.pointerType === "touch" && event.target.closest(".dp-item")) event.preventDefault();
  });

  list.addEventListener(
    "click",
    (event) => {
      const row = event.target.closest(".dp-item");
      if (!row) return;
      if (eaten) {
        eaten = false;
        event.preventDefault();
        event.stopPropagation();
      } else if (event.pointerType === "touch" && picked(list).length && event.target.closest("a")) {
        event.preventDefault(); // while some are picked a tap picks
        pick(list, row, !row.querySelector(".dp-pick").checked, false);
      }
    },
    true,
  );
});

function what(list, row, dx) {
  if (dx < 0) return list.matches("[data-trash]") ? "slet-for-altid" : "slet";
  return row.matches(".is-unread") ? "laest" : "ulaest";
}

// button is the one that does the same.
const button = (list, row, dx) => list.querySelector(`.dp-bulk [value="${what(list, row, dx)}"]`);
