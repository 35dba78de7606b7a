// Builds what browsers load, into internal/web/dist, from npm packages and from
// internal/web/assets. The Go program embeds the result.
import { build } from "esbuild";
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

// The design system's style, without what this site never uses: fonts in old
// formats and logos that are not ours.
async function designSystem() {
  let css = await readFile(`${dkfds}/css/dkfds-borgerdk.min.css`, "utf8");
  css = css
    .replace(/url\([^)]*\.eot[^)]*\)[^,;}]*,?/g, "")
    .replace(/,?url\([^)]*\.(woff|ttf)\)\s*format\([^)]*\)/g, "")
    .replace(/src:;|src:,/g, (s) => (s === "src:," ? "src:" : ""))
    .replace(/\/\*# sourceMappingURL.*?\*\//g, "");
  await put("css/dkfds.css", css);
  const used = new Set([...css.matchAll(/url\(["']?\.\.\/([^)"'?#]+)/g)].map((m) => m[1]));
  for (const name of await readdir(`${assets}/css`)) {
    const own = await readFile(`${assets}/css/${name}`, "utf8");
    for (const m of own.matchAll(/url\(["']?\.\.\/([^)"'?#]+)/g)) used.add(m[1]);
  }
  for (const file of used) {
    if (file.startsWith("img/logo")) continue;
    await mkdir(dirname(join(dist, file)), { recursive: true });
    await cp(join(dkfds, file), join(dist, file));
  }
  await cp(`${dkfds}/img/all-svg-icons.svg`, join(dist, "img/icons.svg"));
}

// The dark look is written once, with ":dark" for the root, and holds where the
// reader's device asks for it and where the reader does.
const dark = {
  name: "dark",
  setup(build) {
    build.onLoad({ filter: /css\/dark\.css$/ }, async ({ path }) => {
      const rules = await readFile(path, "utf8");
      const by = (root) => rules.replaceAll(/^:dark/gm, root);
      return { loader: "css", contents: `@media (prefers-color-scheme:dark){${by(":root:not([data-theme=light])")}}${by(":root[data-theme=dark]")}` };
    });
  },
};

// Our own style, and the scripts: app.js is loaded by every page, the files beside
// it by the pages that name them, and what they share is in files of its own.
async function own() {
  const scripts = (await readdir(`${assets}/js`)).filter((name) => name.endsWith(".js"));
  await build({
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
await designSystem();
await own();
await compress(dist);
