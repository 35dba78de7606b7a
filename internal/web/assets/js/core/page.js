// Pages without a full load. A link or a form with data-swap="app" is fetched, and
// the parts of the page with that name (data-part="app"; several with spaces
// between) are taken over from the answer. Without script, and whenever something
// is not as expected, the browser loads the page as it always does.
//
// What a page's script does to an element it does with each(), so that it is also
// done to elements that come later.
import { say } from "./say.js";

const prepared = [];

/** under is the address of a page of the mailbox that is shown: another's lies under a prefix of its own. */
export const under = (path) => (document.body.dataset.under ?? "") + path;

/** box names the mailbox that is shown, for what pages of one browser tell each other. */
export const box = "post" + under("");

/** each runs fn for every element that fits the selector, now and whenever one comes. */
export function each(selector, fn) {
  prepared.push([selector, fn]);
  for (const element of document.querySelectorAll(selector)) fn(element);
}

/** prepare is for elements that a script put into the page itself. */
export function prepare(root) {
  for (const [selector, fn] of prepared) {
    if (root.matches(selector)) fn(root);
    for (const element of root.querySelectorAll(selector)) fn(element);
  }
}

/** plainClick tells a click that would open a page here from one that opens it elsewhere. */
export function plainClick(event) {
  return !event.defaultPrevented && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
}

/** load fetches a page: { page, url, status }. It throws where there is none to be had. byItself is for what no person has asked for: that is no activity. */
export async function load(url, { method = "GET", body, byItself } = {}) {
  const answer = await fetch(url, { method, body, headers: { Accept: byItself ? "text/event-stream" : "text/html" } });
  if (!answer.headers.get("Content-Type")?.startsWith("text/html")) throw new Error("no page");
  return { page: new DOMParser().parseFromString(await answer.text(), "text/html"), url: answer.url, status: answer.status };
}

const part = (root, name) => root.querySelector(`[data-part="${name}"]`);
const edition = (page) => page.querySelector("script[src]")?.getAttribute("src");

/** show takes over parts of a page, and what it says in passing. It tells whether it could. */
export function show(page, names) {
  const pairs = names.map((name) => [part(document, name), part(page, name)]);
  if (edition(page) !== edition(document) || page.body.dataset.under !== document.body.dataset.under || pairs.some(([here, there]) => !here || !there)) return false;
  const scrolled = [...document.querySelectorAll("[data-scroll]")].map((e) => [e.dataset.scroll, e.scrollTop]);
  for (const [here, there] of pairs) here.replaceWith(there);
  for (const [name, top] of scrolled) {
    const column = document.querySelector(`[data-scroll="${name}"]`);
    if (column) column.scrollTop = top;
  }
  document.title = page.title;
  document.querySelector(".dp-toast")?.remove();
  const toast = page.querySelector(".dp-toast");
  if (toast) document.getElementById("status").after(toast);
  for (const script of page.querySelectorAll("script[src]")) {
    if (!document.querySelector(`script[src="${script.getAttribute("src")}"]`)) {
      const module = document.createElement("script");
      module.type = "module";
      module.src = script.getAttribute("src");
      document.head.append(module);
    }
  }
  for (const [, there] of pairs) prepare(there);
  if (toast) prepare(toast);
  return true;
}

/** focus moves the reader to an element that may not be one to tab to. */
export function focus(element) {
  if (!element) return;
  if (element.tabIndex < 0 && !element.hasAttribute("tabindex")) element.tabIndex = -1;
  element.focus();
}

const heading = () => document.querySelector("main .dp-sum") ?? document.querySelector("main h1") ?? document.querySelector("main");

/**
 * visit shows the page of an address in some parts of this one. focusOn is called
 * when it stands and returns what is to have the focus; else it is the page's
 * heading. keep leaves the address as it is.
 */
export async function visit(url, names, { method = "GET", body, focusOn = heading, keep = false } = {}) {
  const rested = wait(names);
  try {
    const got = await load(url, { method, body });
    if (!show(got.page, names)) {
      location.assign(got.url);
      return false;
    }
    if (!keep) {
      if (!history.state?.parts) history.replaceState({ parts: names }, "");
      const move = got.url === location.href ? "replaceState" : "pushState";
      history[move]({ parts: names }, "", got.url);
    }
    shown = location.href;
    focus(focusOn());
    return true;
  } catch {
    if (method === "GET") location.assign(url);
    else location.reload();
    return false;
  } finally {
    rested();
  }
}

// wait shows after 400 ms that something is on its way: rows or lines in the place
// of those that will come, and words for who does not see them.
function wait(names) {
  const parts = names.map((name) => part(document, name)).filter(Boolean);
  for (const element of parts) element.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => {
    say(document.body.dataset.waiting);
    for (const element of parts) {
      for (const place of element.querySelectorAll("[data-skeleton]")) {
        const skeleton = document.createElement("div");
        skeleton.className = "dp-skel dp-skel--" + place.dataset.skeleton;
        skeleton.append(...Array.from({ length: 7 }, () => document.createElement("i")));
        place.replaceChildren(skeleton);
      }
    }
  }, 400);
  return () => {
    clearTimeout(slow);
    for (const element of parts) element.removeAttribute("aria-busy");
  };
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-swap]");
  if (!link || !plainClick(event) || link.target) return;
  event.preventDefault();
  visit(link.href, link.dataset.swap.split(" "));
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-swap]");
  if (!form || event.defaultPrevented || form.closest("dialog")) return;
  event.preventDefault();
  const sent = request(form, event.submitter);
  visit(sent.url, form.dataset.swap.split(" "), sent.body ? { ...sent, focusOn: pressed(form, event.submitter) } : sent);
});

// pressed finds, when the page has come, the button that was pressed: who has set a
// status is where they were. Where it is gone it is its section's heading, or the page's.
function pressed(form, { name, value } = {}) {
  const action = form.getAttribute("action");
  const section = form.closest("section")?.getAttribute("aria-labelledby");
  return () =>
    document.querySelector("main .dp-sum") ??
    [...document.querySelectorAll("main form[data-swap] button")].find((b) => b.name === name && b.value === value && b.form.getAttribute("action") === action) ??
    document.getElementById(section) ??
    heading();
}

/** request is what a form would send: { url, method, body }. */
export function request(form, submitter) {
  const fields = new FormData(form, submitter);
  const url = new URL(submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href, location.href);
  if ((submitter?.getAttribute("formmethod") ?? form.method).toUpperCase() === "GET") {
    url.search = new URLSearchParams(fields).toString();
    return { url: url.href, method: "GET" };
  }
  const files = form.enctype === "multipart/form-data";
  return { url: url.href, method: "POST", body: files ? fields : new URLSearchParams(fields) };
}

// Back and forward: the focus goes to the link that the page was left by.
let shown = location.href;
addEventListener("popstate", (event) => {
  if (location.href.split("#")[0] === shown.split("#")[0]) return; // only a place in the page
  const left = new URL(shown).pathname;
  if (!event.state?.parts) return location.reload();
  visit(location.href, event.state.parts, { keep: true, focusOn: () => document.querySelector(`main a[href^="${CSS.escape(left)}"]`) ?? heading() });
});
