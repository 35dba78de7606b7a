// What happens on other clients appears in an open list: rows change, come and go,
// counts and titles follow. What one reads does not move, what has the focus stays,
// and new letters are announced, not put in above the reader's place.
import { box, each, focus, load, prepare, under } from "../core/page.js";
import { say } from "../core/say.js";
import { unpick } from "./pick.js";
import { counted } from "./more.js";
import { after, heading, link, row, rows } from "./rows.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");

// One page of a browser listens, and tells the others: a browser has few connections
// to give.
const channel = new BroadcastChannel(box);
let known = 0; // the newest modseq that was told
channel.addEventListener("message", (event) => (event.data === "removed" ? location.reload() : hear(event.data)));

function hear(modseq) {
  known = Math.max(known, modseq);
  for (const part of document.querySelectorAll("[data-live]")) follow(part);
}

function listen(wait = 1000) {
  return new Promise((ended) => {
    const stream = new EventSource(under("/post/haendelser"));
    stream.addEventListener("post", (event) => {
      wait = 1000;
      const { modseq } = JSON.parse(event.data);
      channel.postMessage(modseq);
      hear(modseq);
    });
    stream.addEventListener("slut", () => {
      stream.close();
      ended();
    });
    stream.addEventListener("fjernet", removed);
    stream.addEventListener("error", async () => {
      if (stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
      if (await mayNot()) return removed();
      setTimeout(() => listen(Math.min(wait * 2, 60_000)).then(ended), wait);
    });
    addEventListener("pagehide", () => stream.close(), { once: true });
  });
}

// removed: the right to the mailbox has ended. Nothing of it stays on the screen: the
// page says that it is not there any more, and so do the others of this browser.
function removed() {
  channel.postMessage("removed");
  location.reload();
}

// mayNot tells whether the mailbox is there no more, for a stream that does not say why it ended.
async function mayNot() {
  try {
    return (await fetch(under("/post/aendringer?liste=mapper&siden=0"), { headers: { Accept: "text/event-stream" } })).status === 404;
  } catch {
    return false; // offline
  }
}

let listening = false;
each("[data-live]", (part) => {
  if (!listening) {
    listening = true;
    if (navigator.locks) navigator.locks.request(box, () => listen());
    else listen();
  }
  if (known > Number(part.dataset.modseq)) follow(part);
});

// What this page has done itself it need not be told.
document.addEventListener("said", all);

/** follow asks what has happened since, one question at a time. */
async function follow(part, now) {
  if (!now && known <= Number(part.dataset.modseq)) return;
  if (part.following) {
    part.again = true;
    return;
  }
  part.following = true;
  try {
    do {
      part.again = false;
      const url = new URL(part.dataset.live, location);
      url.searchParams.set("siden", part.dataset.modseq);
      url.searchParams.set("mapper", part.dataset.tag ?? "");
      if (part.matches("[data-list]")) {
        const ids = rows(part).map((r) => r.dataset.id);
        if (ids.length) url.searchParams.set("sidste", ids.at(-1));
        const open = part.querySelector(".dp-item.is-open");
        if (open) url.searchParams.set("aaben", open.dataset.id);
      }
      const answer = await fetch(url, { headers: { Accept: "text/event-stream" } }); // by itself: that is no activity
      if (answer.redirected || answer.status === 404) return gone(part);
      if (!answer.ok) return;
      const change = await answer.json();
      if (!part.isConnected) return;
      if (part.matches("[data-hits]")) hits(part, change);
      else if (part.matches("[data-list]")) apply(part, change);
      else if (part.matches("[data-things]")) await dates(part);
      folders(part, change);
      part.dataset.modseq = change.modseq;
      part.again ||= change.more;
    } while (part.again);
  } catch {
    if (part.isConnected) setTimeout(() => follow(part, true), 5000); // offline
  } finally {
    part.following = false;
  }
}

function all() {
  for (const part of document.querySelectorAll("[data-live]")) follow(part, true);
}
addEventListener("online", all);

// gone: the folder that is shown was deleted, or the session is over.
function gone(part) {
  if (part.matches("[data-list]:not([data-beside])")) location.assign(under("/post"));
}

function apply(list, change) {
  const sorted = new URL(list.dataset.live, location).searchParams.get("sorter") ?? "";
  const came = [];
  steady(list, () => {
    for (const id of change.gone ?? []) remove(list, id);
    for (const { id, html, group, came: fresh } of change.rows ?? []) {
      const now = fragment(html);
      const here = row(list, id);
      if (here) patch(here, now);
      else if (fresh || (sorted !== "" && sorted !== "aeldste")) came.push([id, html, group]);
      else place(list, now, group, sorted === "aeldste");
    }
  });
  announce(list, came, change);
  if (change.total) counted(list, change.total);
  list.querySelector("[data-unread]").textContent = change.unread;
  if (!list.matches("[data-beside]")) document.title = document.title.replace(/^.*( – .*?)$/, (_, site) => change.title + site);
  nothing(list, change);
}

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

// patch gives a row its new look; the link and the box stay those that they are, so
// that neither focus nor tick is lost.
function patch(here, now) {
  here.className = now.className;
  link(here).replaceChildren(...link(now).childNodes);
}

function remove(list, id) {
  const row_ = row(list, id);
  if (!row_) return;
  const held = row_.contains(document.activeElement);
  const next = held && after(list, [row_]);
  row_.classList.add("is-gone");
  row_.inert = true;
  const seen = row_.getBoundingClientRect();
  const done = () => {
    const day = row_.closest(".dp-day");
    row_.remove();
    if (day && !day.querySelector(".dp-item")) day.remove();
  };
  if (still.matches || seen.bottom < 0 || seen.top > innerHeight) done();
  else {
    row_.style.height = seen.height + "px";
    requestAnimationFrame(() => row_.classList.add("is-going"));
    setTimeout(done, 170);
  }
  if (held) (link(next) ?? heading())?.focus();
}

// place puts a row where its time belongs.
function place(list, now, group, up) {
  const place = list.querySelector("[data-rows]");
  place.querySelector(".dp-empty")?.remove();
  const before = (a, b) => (up ? a < b : a > b);
  const days = [...place.querySelectorAll(".dp-day")];
  let day = days.find((d) => d.querySelector("h2").textContent === group);
  if (!day) {
    day = document.createElement("section");
    day.className = "dp-day";
    const h2 = document.createElement("h2");
    h2.className = "dp-group";
    h2.textContent = group;
    const ul = document.createElement("ul");
    ul.className = "dp-items";
    day.append(h2, ul);
    const next = days.find((d) => before(now.dataset.id, d.querySelector(".dp-item")?.dataset.id ?? ""));
    if (next) next.before(day);
    else if (days.length) days.at(-1).after(day);
    else place.prepend(day);
  }
  const next = [...day.querySelectorAll(".dp-item")].find((r) => before(now.dataset.id, r.dataset.id));
  if (next) next.before(now);
  else day.querySelector("ul").append(now);
  prepare(now);
}

// hits: of what a search has found only this is followed, whether it is read, and
// whether it is still there.
function hits(list, change) {
  const hit = (id) => list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  for (const { id, html } of change.rows ?? []) {
    const here = hit(id);
    if (!here) continue;
    const now = fragment(html);
    here.classList.toggle("is-unread", now.matches(".is-unread"));
    link(here).querySelector(".sr-only")?.remove();
    const unread = now.querySelector(".dp-item__subj > .sr-only");
    if (unread) link(here).prepend(unread);
  }
  for (const id of change.gone ?? []) {
    const here = hit(id);
    if (here?.contains(document.activeElement)) focus(link(here.nextElementSibling ?? here.previousElementSibling) ?? heading());
    here?.remove();
  }
}

// dates takes over the deadlines where they are others.
async function dates(part) {
  const { page } = await load(location.href, { byItself: true });
  const [here, now] = [part, page].map((root) => root.querySelector("[data-dates]"));
  if (!here || !now || here.innerHTML === now.innerHTML) return;
  const held = here.contains(document.activeElement);
  here.replaceWith(now);
  prepare(now);
  if (held) focus(heading());
}

// announce tells of new letters; pressed, the button shows them.
function announce(list, came, change) {
  const waiting = (list.waiting ??= new Map());
  for (const id of change.gone ?? []) waiting.delete(id);
  const before = waiting.size;
  for (const [id, html, group] of came) waiting.set(id, [html, group]);
  let button = list.querySelector(".dp-new");
  if (!waiting.size) {
    button?.remove();
    return;
  }
  const text = (one, many) => (waiting.size === 1 ? one : many.replace("{n}", waiting.size));
  const { newOne, newMany, saidOne, saidMany, here } = list.dataset;
  if (!button) {
    button = document.createElement("a");
    button.className = "dp-new";
    button.href = here;
    list.querySelector("[data-rows]").before(button);
    button.addEventListener("click", (event) => {
      if (/[?&](sorter|foer)=/.test(here)) return; // their place is somewhere else
      event.preventDefault();
      let top;
      for (const [html, group] of [...waiting.values()]) {
        const now = fragment(html);
        if (!row(list, now.dataset.id)) place(list, now, group, false);
      }
      top = rows(list)[0];
      waiting.clear();
      button.remove();
      list.elements.set.value = list.dataset.modseq;
      counted(list);
      scroller(list).scrollTop = 0;
      link(top)?.focus();
    });
  }
  button.textContent = text(newOne, newMany);
  if (waiting.size > before) say(text(saidOne, saidMany));
}

// nothing shows that a list has become empty.
function nothing(list, change) {
  const place = list.querySelector("[data-rows]");
  if (rows(list).length || list.waiting?.size || place.querySelector(".dp-empty")) return;
  if (place.querySelector("[data-append]")) return location.reload(); // there is more
  unpick(list);
  const empty = fragment(change.empty);
  const held = place.contains(document.activeElement);
  setTimeout(() => {
    if (rows(list).length) return;
    place.replaceChildren(empty);
    if (held) heading()?.focus();
  }, still.matches ? 0 : 180);
}

// folders takes over the folders' counts, and their tree where it is another.
function folders(part, change) {
  part.dataset.tag = change.tag ?? "";
  const text = change.folders ?? change.tree;
  const place = change.folders ? document.querySelector("[data-folders]") : change.tree ? part : undefined;
  if (!place) return;
  const focused = place.contains(document.activeElement) && document.activeElement.getAttribute("href");
  place.innerHTML = text;
  prepare(place);
  if (focused) (place.querySelector(`[href="${CSS.escape(focused)}"]`) ?? place.querySelector("a"))?.focus();
}

function scroller(list) {
  const column = list.closest("[data-scroll]");
  return column && getComputedStyle(column).overflowY === "auto" ? column : document.scrollingElement;
}

// steady keeps what one reads where it is while fn changes what is above it.
function steady(list, fn) {
  const scroll = scroller(list);
  const top = scroll === document.scrollingElement ? 0 : scroll.getBoundingClientRect().top;
  const seen = rows(list).map((r) => [r, r.getBoundingClientRect()]).filter(([, box]) => box.bottom > top && box.top < innerHeight).map(([r, box]) => [r, box.top]);
  fn();
  const anchor = seen.find(([r]) => r.isConnected && !r.matches(".is-gone"));
  if (!anchor) return;
  const moved = anchor[0].getBoundingClientRect().top - anchor[1];
  if (moved) scroll.scrollTop += moved;
}
