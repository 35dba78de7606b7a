// A draft is saved as one types, on every client: a second after the last letter,
// and every ten while one goes on. An answer is stored when its first word is.
import { under } from "../core/page.js";

const pause = 1000;
const longest = 10_000;

/** drafting keeps a form's draft saved. It knows the draft's address, and makes it. */
export function drafting(form) {
  const place = form.querySelector("[data-saved]");
  const edition = form.querySelector("[data-edition]");
  let waiting;
  let since = 0;
  let saving; // what is under way
  let stopped = false;
  let making;

  // id is the draft's; what is not stored yet is stored now.
  async function id() {
    if (form.dataset.draft) return form.dataset.draft;
    making ??= (async () => {
      const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const made = await answer.json();
      form.dataset.draft = made.draft;
      edition.value = made.edition;
      form.action = under("/ny/" + made.draft);
      history.replaceState(history.state, "", form.action);
      return made.draft;
    })();
    try {
      return await making;
    } finally {
      making = undefined;
    }
  }

  function save() {
    clearTimeout(waiting);
    if (stopped) return;
    if (saving) return wait(); // one after the other
    since = 0;
    saving = store().finally(() => (saving = undefined));
  }

  async function store() {
    try {
      const draft = await id();
      const body = new FormData(form);
      body.delete("fil");
      const answer = await fetch(under(`/ny/${draft}/gem`), { method: "POST", body });
      if (answer.status === 403 || answer.status === 404) {
        stopped = true; // the right to write here has ended, or the draft is gone: the page says so, and keeps what is typed
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        return warn({ text: [page.querySelector("h1"), page.querySelector("h1 ~ p")].map((e) => e?.textContent).filter(Boolean).join(". ") });
      }
      const said = await answer.json();
      if (said.edition && answer.ok) edition.value = said.edition;
      if (answer.status === 409) {
        stopped = true; // nothing of the other's is overwritten: the form's own button decides
        warn(said);
        if (said.edition) edition.value = said.edition;
        return;
      }
      tell(said.text);
    } catch {
      tell(form.dataset.failed);
      waiting = setTimeout(save, longest);
    }
  }

  function tell(text) {
    if (place && place.textContent !== text) place.textContent = text;
  }

  function warn({ text, to, see }) {
    if (form.querySelector("[data-conflict]")) return;
    const box = document.createElement("div");
    box.className = "alert alert-warning";
    box.dataset.conflict = "";
    box.setAttribute("role", "alert");
    const inner = document.createElement("div");
    inner.className = "alert-body";
    const line = document.createElement("p");
    line.className = "alert-text";
    line.textContent = text + " ";
    if (to) {
      const link = document.createElement("a");
      link.href = to;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = see;
      line.append(link);
    }
    inner.append(line);
    box.append(inner);
    form.querySelector("h1").after(box);
  }

  function wait() {
    clearTimeout(waiting);
    since ||= Date.now();
    waiting = setTimeout(save, Math.max(0, Math.min(pause, since + longest - Date.now())));
  }

  form.addEventListener("input", (event) => {
    if (event.target.type !== "file") wait();
  });
  // What is sent while a draft is being saved would be of an edition that is over then:
  // it goes when that has come back, and stays where somebody else has changed the draft.
  form.addEventListener("submit", async (event) => {
    clearTimeout(waiting);
    if (!saving) {
      stopped = true;
      return;
    }
    event.preventDefault();
    await saving;
    if (!stopped) form.requestSubmit(event.submitter);
  });
  // Who leaves the page within that second loses nothing.
  addEventListener("pagehide", () => {
    if (!since || stopped || !form.dataset.draft) return;
    const body = new FormData(form);
    body.delete("fil");
    navigator.sendBeacon(under(`/ny/${form.dataset.draft}/gem`), body);
  });
  return { id };
}
