// Files go up as soon as they are chosen or dropped, in pieces. One that a lost
// connection broke off goes on by itself, and one that was left unfinished goes on
// when it is chosen again.
import { load, show, under } from "../core/page.js";
import { say } from "../core/say.js";

const piece = 512 * 1024;

/** uploads has a form's files go up by themselves. */
export function uploads(form, draft) {
  const field = form.querySelector("input[type=file]");
  const zone = form.querySelector("[data-drop]");
  const text = zone.querySelector("[data-drop-text]");
  text.hidden = false;
  form.classList.add("dp-scripted");
  let running = Promise.resolve();
  const words = form.dataset;

  field.addEventListener("change", () => {
    const files = [...field.files];
    field.value = "";
    take(files);
  });
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      zone.classList.add("is-over");
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });

  const list = () => {
    const part = form.querySelector("[data-part=files]");
    let ul = part.querySelector("ul");
    if (!ul) {
      const card = document.createElement("div");
      card.className = "dp-card";
      ul = document.createElement("ul");
      ul.className = "dp-files";
      card.append(ul);
      part.append(card);
    }
    return ul;
  };

  function take(files) {
    for (const file of files) begin(file, (row) => list().append(row));
    running = running.then(refresh);
  }

  function begin(file, place) {
    const row = new Row(file);
    place(row.element);
    running = running.then(() => up(file, row));
  }

  // broken says that a file did not come, with a button that begins it again.
  function broken(file, row) {
    row.refuse(words.broken, () => {
      begin(file, (again) => row.element.replaceWith(again));
      running = running.then(refresh);
    });
  }

  // refresh takes over the list as the server has it, but for what was refused.
  async function refresh() {
    const refused = [...form.querySelectorAll(".dp-files .is-bad")];
    try {
      const { page } = await load(under("/ny/" + (await draft.id())));
      if (show(page, ["files"])) for (const row of refused) list().append(row);
    } catch {
      // offline: the rows say how far they are
    }
  }

  async function up(file, row) {
    if (row.stopped) return;
    try {
      const id = await draft.id();
      // One that was left unfinished goes on.
      const before = [...form.querySelectorAll("li[data-file]")].find((li) => li.dataset.name === file.name && Number(li.dataset.size) === file.size && li.querySelector("progress"));
      let at = 0;
      if (before) {
        row.id = before.dataset.file;
        before.remove();
        at = (await (await fetch(under(`/ny/${id}/filer/${row.id}`))).json()).received;
      } else {
        const begun = await fetch(under(`/ny/${id}/filer`), { method: "POST", body: new URLSearchParams({ navn: file.name, stoerrelse: file.size }) });
        if (begun.status === 422) return row.refuse((await begun.json()).text);
        if (!begun.ok) return broken(file, row);
        const said = await begun.json();
        row.id = said.id;
      }
      await send(file, row, under(`/ny/${id}/filer/${row.id}`), at);
    } catch {
      if (!row.stopped) broken(file, row);
    }
  }

  async function send(file, row, address, at) {
    for (let tries = 0; !row.stopped; ) {
      row.progress(at);
      try {
        const answer = await fetch(`${address}?fra=${at}&af=${file.size}`, { method: "PUT", body: file.slice(at, at + piece) });
        if (answer.status >= 400 && answer.status < 500 && ![409, 422, 429].includes(answer.status)) return broken(file, row);
        if (!answer.ok && answer.status !== 409 && answer.status !== 422) throw new Error(answer.status);
        const said = await answer.json();
        if (answer.status === 422) return row.refuse(said.text);
        at = said.received;
        tries = 0;
        if (said.whole) return row.done(file.size);
      } catch {
        if (row.stopped) return;
        row.say(words.lost);
        tries++;
        await new Promise((on) => setTimeout(on, Math.min(1000 * 2 ** tries, 15_000)));
        try {
          at = (await (await fetch(address)).json()).received;
        } catch {
          // still offline
        }
      }
    }
  }

  /** Row is a file on its way, as the page shows it. */
  class Row {
    constructor(file) {
      this.file = file;
      this.element = document.createElement("li");
      const icon = document.createElement("span");
      const middle = document.createElement("div");
      const name = document.createElement("label");
      name.textContent = file.name;
      this.bar = document.createElement("progress");
      this.bar.max = 100;
      this.bar.value = 0;
      this.bar.id = "up-" + Math.random().toString(36).slice(2);
      name.htmlFor = this.bar.id;
      this.text = document.createElement("span");
      this.text.className = "dp-meta";
      middle.append(name, this.bar, this.text);
      const stop = document.createElement("button");
      stop.type = "button";
      stop.className = "button dp-quiet";
      stop.textContent = "×";
      stop.setAttribute("aria-label", words.stop.replace("{navn}", file.name));
      stop.addEventListener("click", () => this.stop());
      this.element.append(icon, middle, stop);
      this.said = 0;
    }

    progress(at) {
      const percent = this.file.size ? Math.floor((100 * at) / this.file.size) : 0;
      this.bar.value = percent;
      this.say(words.percent.replace("{n}", percent).replace("{m}", size(this.file.size)));
      if (Math.floor(percent / 50) > this.said) {
        this.said = Math.floor(percent / 50);
        say(`${this.file.name}: ${percent} %`);
      }
    }

    say(text) {
      this.text.textContent = text;
    }

    done(total) {
      this.bar.remove();
      this.element.className = "is-ok";
      this.say(words.attached.replace("%s", size(total)));
      say(`${this.file.name}: 100 %`);
    }

    refuse(text, again) {
      this.bar.remove();
      this.element.className = "is-bad";
      this.text.className = "";
      this.say(text);
      if (again) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "button button-secondary";
        button.textContent = words.again;
        button.addEventListener("click", again, { once: true });
        this.text.after(button);
      }
      say(`${this.file.name}: ${text}`);
    }

    async stop() {
      this.stopped = true;
      this.element.remove();
      if (!this.id) return;
      const body = new FormData(form);
      body.delete("fil");
      body.append("fjern", this.id);
      await fetch(form.action, { method: "POST", body }).catch(() => {});
    }
  }
}

function size(bytes) {
  const number = (n) => n.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
  return bytes < 1e6 ? `${number(Math.ceil(bytes / 1e3))} KB` : `${number(bytes / 1e6)} MB`;
}
