// The packed package in Chromium: as it is, in a web worker, and bundled.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as esbuild from "esbuild";
import { app } from "./app.mjs";
import { launch, serve, skip } from "./chromium.mjs";
import { expected } from "./expected.mjs";
import { fake } from "./fake.mjs";

const file = (name) => new URL(`programs/${name}`, import.meta.url);
const page = (names) => app("browser", { files: ["program.mjs", ...names].map(file) });
const html = (script) => `<!doctype html><meta charset="utf-8"><body></body><script type="module" src="${script}"></script>`;

const access = await fake("--users", "250", "--seed", "7");
const want = await expected(access);
let browser;
before(async () => (browser = skip ? undefined : await launch()));
after(() => browser?.close());

/** Opens a page of a folder, or of a server that there is, and looks at what its program found. */
async function finds(folder, path) {
  const address = folder.startsWith("http:") ? folder : `${await serve(folder)}/`;
  const tab = await browser.newPage();
  try {
    const said = [];
    tab.on("pageerror", (error) => said.push(`${error}`));
    tab.on("console", (message) => said.push(message.text()));
    await tab.goto(`${address}${path}?access=${encodeURIComponent(JSON.stringify(access))}`);
    await tab.waitForFunction(() => document.body.textContent.trim()).catch((error) => said.push(`${error}`));
    const text = (await tab.textContent("body")).trim();
    assert.ok(text.startsWith("{"), [text, ...said].join("\n"));
    assert.deepEqual(JSON.parse(text), want);
  } finally {
    await tab.close();
  }
}

test("a plain page", { skip }, () => finds(page(["page.html", "page.mjs"]), "page.html"));

test("a page whose policy lets nothing in but its own scripts, and wasm", { skip }, async () => {
  const policy = (text) => {
    const folder = page(["page.html", "page.mjs"]);
    const html = readFileSync(join(folder, "page.html"), "utf8");
    // An import map is a script in the page.
    const map = /<script type="importmap">(.*?)<\/script>/s.exec(html)[1];
    const hash = createHash("sha256").update(map).digest("base64");
    const meta = `<meta http-equiv="content-security-policy" content="default-src 'none'; connect-src *; script-src 'self' 'sha256-${hash}' ${text}">`;
    writeFileSync(join(folder, "page.html"), html.replace("<meta", `${meta}\n<meta`));
    return folder;
  };
  await finds(policy("'wasm-unsafe-eval'"), "page.html");
  // Without it the error says why.
  const tab = await browser.newPage();
  await tab.goto(`${await serve(policy(""))}/page.html?access=${encodeURIComponent(JSON.stringify(access))}`);
  await tab.waitForFunction(() => document.body.textContent.trim());
  assert.match(await tab.textContent("body"), /TransportError: nothing was sent/);
  await tab.close();
});

test("a page whose composer does not come the first time", { skip }, async () => {
  const tab = await browser.newPage();
  try {
    await tab.goto(`${await serve(page(["page.html"]))}/package.json`);
    const call = () => tab.evaluate(async () => {
      const { JumpCloud } = await import("/node_modules/jumpcloud-client/dist/browser.js");
      const jc = new JumpCloud({ apiKey: "key", fetch: async () => Response.json({ made: true }) });
      const made = jc.v1.systemUsers.create({ body: { username: "ada", email: "ada@example.com" } });
      return made.catch((error) => ({ name: error.name, cause: error.cause.name }));
    });
    await tab.route("**/composer.wasm", (route) => route.abort());
    assert.deepEqual(await call(), { name: "TransportError", cause: "TypeError" });
    await tab.unroute("**/composer.wasm");
    assert.deepEqual(await call(), { made: true });
  } finally {
    await tab.close();
  }
});

test("a web worker", { skip }, async () => {
  const folder = page(["worker.html", "worker-page.mjs", "worker.mjs"]);
  // An import map is for pages only.
  const worker = readFileSync(join(folder, "worker.mjs"), "utf8");
  writeFileSync(join(folder, "worker.mjs"), worker.replace('"jumpcloud-client"', '"./node_modules/jumpcloud-client/dist/browser.js"'));
  await finds(folder, "worker.html");
});

for (const [what, script] of [["a page", "page.mjs"], ["a web worker", "worker-page.mjs"]]) {
  test(`Vite: ${what}`, { skip }, async () => {
    const { build } = await import("vite");
    const folder = page([script, "worker.mjs"]);
    writeFileSync(join(folder, "index.html"), html(`/${script}`));
    await build({ root: folder, logLevel: "error", build: { target: "es2022" }, worker: { format: "es" } });
    await finds(join(folder, "dist"), "index.html");
  });

  test(`Vite's development server: ${what}`, { skip }, async () => {
    const { createServer } = await import("vite");
    const folder = page([script, "worker.mjs"]);
    writeFileSync(join(folder, "index.html"), html(`/${script}`));
    const server = await createServer({
      root: folder,
      logLevel: "error",
      server: { port: 0, host: "127.0.0.1" },
      // It would put the package's JavaScript elsewhere, and leave its wasm behind.
      optimizeDeps: { exclude: ["jumpcloud-client"] },
    });
    try {
      await server.listen();
      await finds(server.resolvedUrls.local[0], "index.html");
    } finally {
      await server.close();
    }
  });

  test(`webpack: ${what}`, { skip }, async () => {
    const webpack = createRequire(import.meta.url)("webpack");
    const folder = page([script, "worker.mjs"]);
    const compiler = webpack({
      mode: "production",
      context: folder,
      entry: `./${script}`,
      output: { path: join(folder, "dist"), filename: "main.js" },
      performance: false,
    });
    const stats = await new Promise((resolve, reject) =>
      compiler.run((error, stats) => compiler.close(() => (error ? reject(error) : resolve(stats)))),
    );
    assert.equal(stats.toString({ all: false, errors: true, warnings: true }), "");
    writeFileSync(join(folder, "dist/index.html"), html("main.js"));
    await finds(join(folder, "dist"), "index.html");
  });
}

test("esbuild: the wasm files lie beside the bundle", { skip }, async () => {
  const folder = page(["page.mjs"]);
  const dist = join(folder, "dist");
  await esbuild.build({
    absWorkingDir: folder,
    entryPoints: ["page.mjs"],
    bundle: true,
    format: "esm",
    splitting: true,
    outdir: dist,
  });
  for (const wasm of ["jumpcloud.wasm", "composer.wasm", "complete.wasm"]) {
    cpSync(join(folder, "node_modules/jumpcloud-client/dist", wasm), join(dist, wasm));
  }
  writeFileSync(join(dist, "index.html"), html("page.js"));
  await finds(dist, "index.html");
});

test("esbuild: one script with everything in it", { skip }, async () => {
  const folder = page(["page.mjs"]);
  const program = readFileSync(join(folder, "page.mjs"), "utf8");
  writeFileSync(join(folder, "page.mjs"), program.replace('"jumpcloud-client"', '"jumpcloud-client/inline"'));
  const dist = join(folder, "dist");
  await esbuild.build({ absWorkingDir: folder, entryPoints: ["page.mjs"], bundle: true, format: "iife", outdir: dist });
  writeFileSync(join(dist, "index.html"), '<!doctype html><meta charset="utf-8"><body></body><script src="page.js"></script>');
  await finds(dist, "index.html");
});

test("esbuild: one file, with the slim entry", { skip }, async () => {
  const folder = page(["slim-page.mjs"]);
  const dist = join(folder, "dist");
  await esbuild.build({
    absWorkingDir: folder,
    entryPoints: ["slim-page.mjs"],
    bundle: true,
    format: "esm",
    loader: { ".wasm": "binary" },
    outdir: dist,
  });
  writeFileSync(join(dist, "index.html"), html("slim-page.js"));
  await finds(dist, "index.html");
});
