// A form with data-said is sent from here, and the page says what was done; what the
// page shows follows by itself. The answer can also be a page: one that asks (it is
// shown as a dialog), or one that says what is wrong.
//
// Whoever shows what a form has changed listens for "said" on the document.
import { dialog, put } from "./dialog.js";
import { request } from "./page.js";
import { toast } from "./toast.js";

/** tell sends what a form would; opener is where the focus returns to. It tells whether it was done. */
export async function tell(sent, opener) {
  const answer = await fetch(sent.url, { method: "POST", body: sent.body, headers: { Accept: "application/json, text/html;q=0.9" } });
  const open = opener?.closest("dialog");
  if (answer.headers.get("Content-Type")?.startsWith("application/json")) {
    const { text, undo, to } = await answer.json();
    if (to) {
      location.assign(to);
      return true;
    }
    open?.close();
    toast(text, undo);
    document.dispatchEvent(new CustomEvent("said", { detail: { url: sent.url } }));
    return true;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const body = page.querySelector("[data-dialog-body]");
  if (body && open) put(open, body);
  else if (body) dialog(body, opener);
  else if (answer.redirected) location.assign(answer.url);
  else {
    open?.close();
    toast([page.querySelector("h1"), page.querySelector("h1 ~ p")].map((e) => e?.textContent).filter(Boolean).join(". "));
  }
  return false;
}

// What a form or an undo button changes, an open list, letter or page of deadlines
// follows by itself; elsewhere the next page says it.
const follows = (form) => form.matches("[data-said], .dp-toast form") && document.querySelector("[data-live], [data-follow], [data-things]");

document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || !follows(form)) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  try {
    await tell(request(form, submitter), submitter ?? form);
  } catch {
    if (navigator.onLine) form.submit();
    else toast(document.body.dataset.offline);
  }
  form.ariaBusy = null;
});
