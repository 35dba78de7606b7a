// Builds what browsers load, into internal/web/dist, from npm packages and from
// internal/web/assets. The Go program embeds the result.
import { build } from "esbuild";
import { PurgeCSS } from "purgecss";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

const assets = "internal/web/assets";
const dist = "internal/web/dist";
const dkfds = "node_modules/dkfds/dist";

async function put(path, content) {
  await mkdir(dirname(join(dist, path)), { recursive: true });
  await writeFile(join(dist, path), content);
}

// The letters of a font come in files by script, as IBM has cut them; a browser
// loads those that a page needs. Nearly always that is the first.
const scripts = {
  Latin1: "U+0000,U+000D,U+0020-007E,U+00A0-00FF,U+0131,U+0152-0153,U+02C6,U+02DA,U+02DC,U+2013-2014,U+2018-201A,U+201C-201E,U+2020-2022,U+2026,U+2030,U+2039-203A,U+2044,U+20AC,U+2122,U+2212,U+FB01-FB02",
  Latin2: "U+0100-0130,U+0132-0151,U+0154-017F,U+018F,U+0192,U+01A0-01A1,U+01AF-01B0,U+01FA-01FF,U+0218-021B,U+0237,U+0259,U+1E80-1E85,U+1E9E,U+20AB",
  Latin3: "U+01CD-01DC,U+1EA0-1EF9",
  Greek: "U+0384-038A,U+038C,U+038E-03A1,U+03A3-03CE",
  Cyrillic: "U+0400-045F,U+0472-0473,U+0490-049D,U+04A0-04A5,U+04AA-04AB,U+04AE-04B3,U+04B6-04BB,U+04C0-04C2,U+04CF-04D9,U+04DC-04DF,U+04E2-04E9,U+04EE-04F5,U+04F8-04F9",
  Pi: "U+2032-2033,U+2070,U+2074-2079,U+2080-2089,U+2113,U+2116,U+2150-215E,U+2190-2199,U+21A9-21AA,U+21B0-21B3,U+21B6-21B7,U+21BA-21BB,U+21C4,U+21C6,U+2202,U+2206,U+220F,U+2211,U+221A,U+221E,U+222B,U+2248,U+2260,U+2264-2265,U+25A0-25A1,U+25B2-25B3,U+25CA,U+2713,U+274C,U+2B0E-2B11",
};

async function fonts() {
  const from = `${dkfds}/fonts/IBMPlexSans`;
  const faces = [];
  for (const [weight, name] of [[400, "Regular"], [500, "Medium"], [600, "SemiBold"], [700, "Bold"], [400, "Italic"], [700, "BoldItalic"]]) {
    for (const [script, range] of Object.entries(scripts)) {
      const file = `IBMPlexSans-${name}-${script}.woff2`;
      await mkdir(join(dist, "fonts"), { recursive: true });
      await cp(`${from}/split/woff2/${file}`, join(dist, "fonts", file));
      const style = name.endsWith("Italic") ? "italic" : "normal";
      faces.push(`@font-face{font-family:IBM Plex Sans;font-style:${style};font-weight:${weight};font-display:swap;src:url(../fonts/${file}) format("woff2");unicode-range:${range}}`);
    }
  }
  await cp(`${from}/complete/woff2/license.txt`, join(dist, "fonts/license.txt"));
  return faces.join("");
}

// The words of our own pages and programs: what they do not name, they do not use.
const sources = (await readdir("internal", { recursive: true })).filter((f) => /\.(html|go)$/.test(f) || /^web\/assets\/.*\.js$/.test(f)).filter((f) => !f.endsWith("_test.go")).map((f) => join("internal", f));

// The design system's style, as far as our pages use it, with its fonts by script.
async function designSystem(theme, file) {
  const whole = (await readFile(`${dkfds}/css/dkfds-${theme}.min.css`, "utf8")).replace(/@font-face\{[^}]*\}|\/\*# sourceMappingURL.*?\*\//g, "");
  const [{ css }] = await new PurgeCSS().purge({ content: sources, css: [{ raw: whole }], keyframes: true, safelist: [/^alert-/, /^badge-/], blocklist: [/logo/] });
  await put(file, (await fonts()) + css);
  const used = new Set([...css.matchAll(/url\(["']?\.\.\/([^)"'?#]+)/g)].map((m) => m[1]));
  for (const name of await readdir(`${assets}/css`)) {
    const own = await readFile(`${assets}/css/${name}`, "utf8");
    for (const m of own.matchAll(/url\(["']?\.\.\/([^)"'?#]+)/g)) used.add(m[1]);
  }
  for (const file of used) {
    await mkdir(dirname(join(dist, file)), { recursive: true });
    await cp(join(dkfds, file), join(dist, file));
  }
}

// The icons that our pages name, of the design system's.
async function icons() {
  const all = await readFile(`${dkfds}/img/all-svg-icons.svg`, "utf8");
  const named = new Set();
  for (const file of sources) for (const m of (await readFile(file, "utf8")).matchAll(/["'#`]([a-z][a-z0-9-]+)["'`]/g)) named.add(m[1]);
  const kept = [...all.matchAll(/<symbol id="([^"]+)".*?<\/symbol>/gs)].filter((m) => named.has(m[1])).map((m) => m[0]);
  await put("img/icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${kept.join("")}</svg>`);
}

// The dark look is written once, with ":dark" for the root, and holds where the
// reader's device asks for it and where the reader does, but never on paper.
const dark = {
  name: "dark",
  setup(build) {
    build.onLoad({ filter: /css\/dark\.css$/ }, async ({ path }) => {
      const rules = await readFile(path, "utf8");
      const by = (root) => rules.replaceAll(/^:dark/gm, root);
      return { loader: "css", contents: `@media screen and (prefers-color-scheme:dark){${by(":root:not([data-theme=light])")}}@media screen{${by(":root[data-theme=dark]")}}` };
    });
  },
};

// Our own style, and the scripts: app.js is loaded by every page, the files beside
// it by the pages that name them, and what they share is in files of its own.
async function own() {
  const scripts = (await readdir(`${assets}/js`)).filter((name) => name.endsWith(".js"));
  const { warnings } = await build({
    entryPoints: [`${assets}/app.css`, ...scripts.map((name) => `${assets}/js/${name}`)],
    outdir: dist,
    entryNames: "[ext]/[name]",
    chunkNames: "js/shared-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: ["es2022"],
    external: ["../img/*"],
    plugins: [dark],
    legalComments: "none",
    logLevel: "warning",
  });
  if (warnings.length > 0) throw new Error("the style or a script is not as it should be");
  await cp(`${assets}/mark.svg`, join(dist, "img/mark.svg"));
  await cp("node_modules/pdfjs-dist/build/pdf.worker.min.mjs", join(dist, "js/pdf.worker.mjs"));
  // What the reader fetches when a document needs it: fonts that PDF takes for
  // granted, and decoders of rare image formats.
  await cp("node_modules/pdfjs-dist/standard_fonts", join(dist, "js/fonts"), { recursive: true });
  await cp("node_modules/pdfjs-dist/wasm", join(dist, "js/wasm"), { recursive: true });
}

async function compress(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await compress(path);
    else if (/\.(css|m?js|svg)$/.test(entry.name)) {
      await writeFile(`${path}.gz`, gzipSync(await readFile(path), { level: 9 }));
    }
  }
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await designSystem("borgerdk", "css/dkfds.css");
await designSystem("virkdk", "css/dkfds-virk.css");
await icons();
await own();
await compress(dist);
