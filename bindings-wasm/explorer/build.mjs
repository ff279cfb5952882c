// `node build.mjs FOLDER` builds the page into a new folder: one page, one style, the program with the package in it, and
// the package's wasm. `cargo xtask explorer` says where the fake looks for it.

import { build } from "esbuild";
import { cp, mkdir, readFile, readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const [folder] = process.argv.slice(2);
if (!folder) throw new Error("say where the page goes: node build.mjs FOLDER; or run `cargo xtask explorer`");
const out = resolve(folder);
const wasm = join(here, "node_modules/jumpcloud-client/dist");

await mkdir(out, { recursive: true });
await build({
  entryPoints: { explorer: join(here, "source/main.tsx"), style: join(here, "source/explorer.css") },
  outdir: out,
  bundle: true,
  format: "esm",
  splitting: true,
  minify: true,
  target: ["chrome125", "firefox128", "safari18"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
});
await cp(join(here, "index.html"), join(out, "index.html"));
// The package looks for its modules beside itself.
for (const name of await readdir(wasm)) {
  // What routes a proxy's requests is for servers.
  if (name.endsWith(".wasm") && name !== "routes.wasm") await cp(join(wasm, name), join(out, name));
}

let total = 0;
for (const name of (await readdir(out)).sort()) {
  const bytes = await readFile(join(out, name));
  const gzip = gzipSync(bytes, { level: 9 }).length;
  if (!name.endsWith(".wasm")) total += gzip;
  console.log(`${name.padEnd(28)} ${String(bytes.length).padStart(8)} B ${String(gzip).padStart(8)} B gzip`);
}
console.log(`${"without the wasm".padEnd(28)} ${"".padStart(10)} ${String(total).padStart(8)} B gzip`);
