// Shows a PDF in the page: each page when it comes into view, with text that can
// be marked, searched and read out.
import { AnnotationMode, GlobalWorkerOptions, TextLayer, getDocument } from "pdfjs-dist";
import { each } from "./core/page.js";
import { say } from "./core/say.js";

GlobalWorkerOptions.workerSrc = new URL("pdf.worker.mjs", import.meta.url).href;

const maxPixels = 16e6; // of one canvas: phones give up beyond
const mostPrinted = 40; // pages that are drawn at once
const zooms = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];

class Viewer {
  constructor(root) {
    this.root = root;
    this.desk = root.querySelector("[data-desk]");
    this.place = root.querySelector("[data-place]");
    this.zoom = Math.max(zooms.indexOf(Number(root.dataset.percent ?? 100) / 100), 0);
    this.desk.style.setProperty("--zoom", zooms[this.zoom]);
    this.sheets = [];
    this.fallback = [...this.desk.children];
  }

  async open() {
    const before = this.place.textContent;
    const slow = setTimeout(() => (this.place.textContent = this.root.dataset.loading), 400);
    try {
      const loading = getDocument({
        url: this.root.dataset.pdf,
        isEvalSupported: false,
        enableXfa: false,
        disableAutoFetch: true,
        standardFontDataUrl: new URL("fonts/", import.meta.url).href,
        wasmUrl: new URL("wasm/", import.meta.url).href,
      });
      this.pdf = await loading.promise;
      const first = await this.pdf.getPage(1);
      if (this.root.hasAttribute("data-all")) return await this.drawAll(first);
      this.desk.replaceChildren();
      this.lay(first);
    } catch {
      const text = document.createElement("p");
      text.className = "dp-desk__say";
      text.textContent = this.root.dataset.failed;
      this.place.textContent = before;
      this.desk.replaceChildren(text, ...this.fallback);
      say(this.root.dataset.failed);
    } finally {
      clearTimeout(slow);
      if (this.root.hasAttribute("data-all")) {
        this.root.setAttribute("data-drawn", "");
        this.root.dispatchEvent(new Event("drawn", { bubbles: true }));
      }
    }
  }

  // drawAll draws every page at once, for the printer. A document with very many is
  // left to the browser's own reader, to which its link leads.
  async drawAll(first) {
    if (this.pdf.numPages > mostPrinted) throw new Error("too many pages");
    const sheets = [];
    for (let n = 1; n <= this.pdf.numPages; n++) {
      const page = n === 1 ? first : await this.pdf.getPage(n);
      const natural = page.getViewport({ scale: 1 });
      const viewport = page.getViewport({ scale: Math.min(2.2, Math.sqrt(3e6 / (natural.width * natural.height))) });
      const canvas = document.createElement("canvas");
      canvas.width = Math.floor(viewport.width);
      canvas.height = Math.floor(viewport.height);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", this.root.dataset.pageText.replace("{n}", n).replace("{m}", this.pdf.numPages));
      await page.render({ canvas, viewport, intent: "print", annotationMode: AnnotationMode.ENABLE }).promise;
      page.cleanup();
      sheets.push(canvas);
    }
    this.desk.replaceChildren(...sheets);
    this.place.textContent = "";
  }

  // lay puts an empty sheet for each page; sheets are drawn when they come near.
  lay(first) {
    // The margin counts for one scroller only: the desk, or on phones the page.
    const root = getComputedStyle(this.desk).maxBlockSize === "none" ? null : this.desk;
    this.near = new IntersectionObserver((seen) => seen.forEach((s) => s.isIntersecting && this.draw(s.target)), { root, rootMargin: "800px" });
    this.seen = new IntersectionObserver((seen) => this.turned(seen), { threshold: [0, 0.5, 1] });
    const shape = first.getViewport({ scale: 1 });
    for (let n = 1; n <= this.pdf.numPages; n++) {
      const sheet = document.createElement("div");
      sheet.className = "dp-sheet";
      sheet.dataset.page = n;
      sheet.style.aspectRatio = `${shape.width} / ${shape.height}`;
      this.sheets.push(sheet);
      this.desk.append(sheet);
      this.near.observe(sheet);
      this.seen.observe(sheet);
    }
    for (const link of this.root.querySelectorAll("[data-zoom]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.zoomBy(Number(link.dataset.zoom));
      });
    }
    let width = this.desk.clientWidth;
    new ResizeObserver(() => {
      if (Math.abs(this.desk.clientWidth - width) < 8) return;
      width = this.desk.clientWidth;
      this.again();
    }).observe(this.desk);
    this.turned([]);
    this.draw(this.sheets[0]);
  }

  turned(seen) {
    for (const s of seen) s.target.share = s.intersectionRatio * s.intersectionRect.height;
    const best = this.sheets.reduce((a, b) => ((b.share ?? 0) > (a.share ?? 0) ? b : a));
    this.place.textContent = this.root.dataset.pageText.replace("{n}", best.dataset.page).replace("{m}", this.sheets.length);
  }

  zoomBy(step) {
    this.zoom = Math.min(Math.max(this.zoom + step, 0), zooms.length - 1);
    this.desk.style.setProperty("--zoom", zooms[this.zoom]);
    this.again();
    say(`${Math.round(zooms[this.zoom] * 100)} %`);
  }

  // again draws what is in view anew, in another size.
  again() {
    for (const sheet of this.sheets) {
      sheet.drawn = undefined;
      this.near.unobserve(sheet);
      this.near.observe(sheet);
    }
  }

  async draw(sheet) {
    const width = sheet.clientWidth;
    if (sheet.drawn === width) return;
    sheet.drawn = width;
    const page = await this.pdf.getPage(Number(sheet.dataset.page));
    const natural = page.getViewport({ scale: 1 });
    const viewport = page.getViewport({ scale: width / natural.width });
    sheet.style.aspectRatio = `${natural.width} / ${natural.height}`;
    const sharp = Math.min(devicePixelRatio || 1, Math.sqrt(maxPixels / (viewport.width * viewport.height)));
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(viewport.width * sharp);
    canvas.height = Math.floor(viewport.height * sharp);
    canvas.setAttribute("role", "presentation");
    await page.render({ canvas, viewport, transform: [sharp, 0, 0, sharp, 0, 0], annotationMode: AnnotationMode.ENABLE }).promise;
    const text = document.createElement("div");
    text.className = "textLayer";
    sheet.style.setProperty("--total-scale-factor", viewport.scale);
    await new TextLayer({ textContentSource: page.streamTextContent({ includeMarkedContent: true }), container: text, viewport }).render();
    if (sheet.drawn === width) sheet.replaceChildren(canvas, text);
  }
}

each("[data-pdf]", (root) => new Viewer(root).open());
