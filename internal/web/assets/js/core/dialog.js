// A link or button with data-dialog opens the page it leads to as a dialog: the
// part of it that is marked data-dialog-body. The page works without script as a
// page. A link in it with data-close closes the dialog.
//
// A form in it with data-swap is sent here; where the answer is the form again (422)
// it stays open. Other forms load the next page.
import { focus, load, plainClick, prepare, request, show } from "./page.js";

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("a[data-dialog], button[data-dialog]");
  if (!opener || !plainClick(event)) return;
  event.preventDefault();
  open(opener);
});

/** open shows a form's page in a dialog. */
export async function open(opener) {
  const sent = opener.href ? { url: opener.href } : request(opener.form, opener);
  let body;
  try {
    body = inner((await load(sent.url, sent)).page);
  } catch {
    // offline, or logged out: the browser says so
  }
  if (!body) {
    if (opener.href) location.assign(opener.href);
    else opener.form.requestSubmit(Object.assign(opener, { dataset: {} }));
    return;
  }
  dialog(body, opener);
}

/** dialog shows a part of a page as a dialog; the focus returns to opener. */
export function dialog(body, opener) {
  const dialog = document.createElement("dialog");
  dialog.className = "dp-dialog";
  const frame = document.createElement("div");
  frame.className = "dp-dialog__in";
  dialog.append(frame);
  document.body.append(dialog);
  put(dialog, body);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener?.isConnected && !opener.closest("[aria-hidden=true]") && (document.activeElement === document.body || !document.activeElement)) focus(opener.closest("details:not([open])")?.querySelector("summary") ?? opener);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("a[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  dialog.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-swap]");
    if (!form) return;
    event.preventDefault();
    send(dialog, form, event.submitter);
  });
  dialog.showModal();
  first(dialog);
}

const inner = (page) => page.querySelector("[data-dialog-body]");

/** put gives a dialog other content, as a form that comes back with mistakes. */
export function put(dialog, body) {
  dialog.firstElementChild.replaceChildren(body);
  const title = dialog.querySelector("h1, h2");
  title.id ||= "dialog-title";
  dialog.setAttribute("aria-labelledby", title.id);
  prepare(dialog);
  if (dialog.open) first(dialog);
}

// first is where the reader begins: at the mistakes, at what the page says, or at
// the heading.
function first(dialog) {
  focus(dialog.querySelector("[role=alert]") ?? dialog.querySelector("[data-focus]") ?? dialog.querySelector("h1, h2"));
}

async function send(dialog, form, submitter) {
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const sent = request(form, submitter);
  try {
    const got = await load(sent.url, sent);
    const again = got.status === 422 && inner(got.page);
    if (again) {
      put(dialog, again);
      return;
    }
    if (!show(got.page, form.dataset.swap.split(" "))) return location.assign(got.url);
    if (got.url !== location.href) history.pushState({ parts: form.dataset.swap.split(" ") }, "", got.url);
    dialog.close();
    if (document.activeElement === document.body) focus(document.querySelector("main h1"));
  } catch {
    form.removeAttribute("data-swap");
    form.requestSubmit(submitter);
  }
}
