// The packed package as it is installed, without configuration: in frameworks, bundlers and test runners.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { fake } from "../runtimes/fake.mjs";
import { app, bin, free, run, serve } from "./apps.mjs";

const access = await fake("--users", "150", "--seed", "7");
const ACCESS = JSON.stringify(access);
process.env.ACCESS = ACCESS;
const query = `?access=${encodeURIComponent(ACCESS)}`;

/** What the program must find, asked for without the package. */
const ask = async (query) => (await (await fetch(`${access.url}/api/systemusers?sort=email&limit=100&${query}`, { headers: { "x-api-key": access.apiKey } })).json()).results;
const users = [...(await ask("skip=0")), ...(await ask("skip=100"))];
const want = {
  emails: users.map(({ email }) => email),
  same: users.filter(({ department }) => department === users[0].department).length,
  path: "/api/systemusers",
  missing: true,
};
assert.equal(want.emails.length, 150);

const main = { "found.mjs": "found.mjs", "main.mjs": "main.mjs" };
/** Runs a bundle where nothing else is. */
const finds = async (folder, file) => assert.deepEqual(JSON.parse(await run(folder, [file])), want);

const esbuild = bin("esbuild", "bin/esbuild");
for (const format of ["cjs", "esm"]) {
  test(`esbuild, one ${format} file for Node`, async () => {
    const folder = app(`esbuild-${format}`, main);
    const file = `out.${format === "cjs" ? "cjs" : "mjs"}`;
    await run(folder, [esbuild, "main.mjs", "--bundle", "--platform=node", `--format=${format}`, `--outfile=${file}`]);
    await finds(app(`esbuild-${format}-alone`, {}), join(folder, file));
  });
}

test("esbuild, one script for a page", async () => {
  const folder = app("esbuild-iife", { "page.mjs": "page.mjs" });
  await run(folder, [esbuild, "page.mjs", "--bundle", "--format=iife", "--outfile=out.js"]);
  // As a page has it: without Node's `process`, `Buffer` and `require`.
  const page = { access, fetch, Headers, Request, Response, URL, AbortController, AbortSignal, WebAssembly, TextDecoder, TextEncoder, Blob, ReadableStream, TransformStream, crypto, performance, setTimeout, clearTimeout, atob, console, Uint8Array, ArrayBuffer };
  runInNewContext(readFileSync(join(folder, "out.js"), "utf8"), page);
  assert.equal(JSON.stringify(await page.found), JSON.stringify(want));
});

test("Rollup, with the plugins that it takes to find packages", async () => {
  const folder = app("rollup", main);
  const plugins = ["-p", "node-resolve={exportConditions:['node']}", "-p", "commonjs"];
  await run(folder, [bin("rollup", "dist/bin/rollup"), "main.mjs", "-f", "es", "--inlineDynamicImports", ...plugins, "-o", "out.mjs"]);
  await finds(app("rollup-alone", {}), join(folder, "out.mjs"));
});

test("Vite, for a server", async () => {
  const folder = app("vite", main);
  await run(folder, [bin("vite", "bin/vite.js"), "build", "--ssr", "main.mjs", "--logLevel", "warn"]);
  await finds(folder, "dist/main.js");
});

test("webpack, for Node", async () => {
  const folder = app("webpack", main);
  writeFileSync(join(folder, "build.mjs"), `import webpack from "webpack";
webpack({ entry: "./main.mjs", target: "node", mode: "production", context: import.meta.dirname, output: { filename: "out.cjs", path: import.meta.dirname } },
  (error, stats) => { if (error ?? stats.hasErrors()) { console.error(error ?? stats.toString()); process.exitCode = 1; } });`);
  await run(folder, ["build.mjs"]);
  await finds(app("webpack-alone", {}), join(folder, "out.cjs"));
});

test("wrangler", async () => {
  const folder = app("wrangler", { "found.mjs": "found.mjs", "worker.mjs": "worker.mjs" });
  const port = await free();
  const parameters = [bin("wrangler", "bin/wrangler.js"), "dev", "worker.mjs", "--compatibility-date", "2025-10-01", "--ip", "127.0.0.1", "--port", `${port}`, "--show-interactive-dev-session=false"];
  const [text] = await serve(folder, parameters, port, [`/${query}`]);
  assert.deepEqual(JSON.parse(text), want);
});

for (const bundler of ["turbopack", "webpack"]) {
  test(`Next, built with ${bundler}`, async () => {
    const folder = app(`next-${bundler}`, { next: ".", "found.mjs": "found.mjs" });
    // Next 16.4.6 builds no edge route handler with webpack, not even an empty one: it looks for a manifest that it does not write.
    if (bundler === "webpack") rmSync(join(folder, "app/edge"), { recursive: true });
    const next = bin("next", "dist/bin/next");
    await run(folder, [next, "build", `--${bundler}`], { NODE_ENV: "production" });
    const port = await free();
    const paths = ["/", `/edge-page${query}`, "/route", ...(bundler === "webpack" ? [] : [`/edge${query}`])];
    const [page, edgePage, route, edge] = await serve(folder, [next, "start", "-p", `${port}`, "-H", "127.0.0.1"], port, paths, { NODE_ENV: "production" });
    for (const html of [page, edgePage]) assert.deepEqual(JSON.parse(atob(/<pre>([^<]*)/.exec(html)[1])), want);
    assert.deepEqual(JSON.parse(route), { ...want, proxied: 1 });
    if (edge) assert.deepEqual(JSON.parse(edge), want);
  });
}

const mocks = ["checks.cjs", "listed.cjs"];
const runners = {
  "Jest, CommonJS": ["jest.test.cjs", [bin("jest", "bin/jest.js")], "commonjs"],
  "Jest, modules": ["jest.test.mjs", ["--experimental-vm-modules", bin("jest", "bin/jest.js")]],
  "Vitest in Node": ["vitest.test.mjs", [bin("vitest", "vitest.mjs"), "run"]],
  "Vitest in jsdom": ["vitest.test.mjs", [bin("vitest", "vitest.mjs"), "run", "--environment", "jsdom"]],
  sinon: ["sinon.test.mjs", ["--test"]],
  "Node's own runner": ["node.test.mjs", ["--test"]],
};
for (const [name, [file, parameters, type]] of Object.entries(runners)) {
  test(`${name}: mocks are called, and a list is whole`, async () => {
    const folder = app(name.replaceAll(/\W+/g, "-"), Object.fromEntries([...mocks, file].map((file) => [`mocks/${file}`, file])), type);
    await run(folder, parameters);
  });
}
