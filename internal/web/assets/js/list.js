// An open inbox follows the mailbox: what was read elsewhere is read here, and
// new letters are announced, not pushed in above the reader's place.
import { each } from "./core/page.js";
import { say } from "./core/say.js";

function announce(list, count) {
  const { newOne, newMany, saidOne, saidMany } = list.dataset;
  const text = count === 1 ? newOne : newMany.replace("{n}", count);
  let button = list.querySelector(".dp-new");
  if (!button) {
    button = document.createElement("a");
    button.className = "dp-new";
    button.href = location.pathname;
    list.querySelector(".dp-listhead").after(button);
  }
  if (button.textContent === text) return;
  button.textContent = text;
  say(count === 1 ? saidOne : saidMany.replace("{n}", count));
}

// refresh takes over how the rows that are here look now.
async function refresh(list) {
  const answer = await fetch(location.href, { headers: { Accept: "text/event-stream" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const link of list.querySelectorAll(".dp-item a")) {
    const now = page.querySelector(`.dp-item a[href="${link.getAttribute("href")}"]`)?.closest(".dp-item");
    const row = link.closest(".dp-item");
    if (now && now.outerHTML !== row.outerHTML && !row.contains(document.activeElement)) row.replaceWith(now);
  }
}

function follow(list) {
  const stream = new EventSource(list.dataset.live);
  let first = true;
  stream.addEventListener("post", (event) => {
    if (!list.isConnected) return stream.close(); // another list stands here now
    const { total, count, unread } = JSON.parse(event.data);
    const arrived = total - Number(list.dataset.total);
    if (arrived > 0) announce(list, arrived);
    const heading = list.querySelector("[data-unread]");
    if (heading.textContent !== unread || !first) {
      heading.textContent = unread;
      document.title = document.title.replace(/^([^(–]*?)( \([^)]*\))? – /, (_, name) => name + (unread ? ` (${unread})` : "") + " – ");
      for (const folder of document.querySelectorAll('.dp-folders a[aria-current="page"] [data-count]')) {
        folder.hidden = !count;
        folder.firstChild.textContent = count;
      }
      refresh(list);
    }
    first = false;
  });
  stream.addEventListener("slut", () => stream.close());
  addEventListener("pagehide", () => stream.close(), { once: true });
}

each("[data-live]", follow);
