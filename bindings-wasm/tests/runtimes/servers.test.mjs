// The packed package where programs run without a browser: Node, Deno, Bun, and workerd.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { app, tools } from "./app.mjs";
import { expected } from "./expected.mjs";
import { fake } from "./fake.mjs";

const access = await fake("--users", "250", "--seed", "7");
const want = await expected(access);
assert.equal(want.total, 250);

const file = (name) => new URL(`programs/${name}`, import.meta.url);
const program = file("program.mjs");
const environment = { ...process.env, NO_COLOR: "1", ACCESS: JSON.stringify(access) };

/** Runs a program to its end and gives what it printed. */
const run = (folder, command, ...parameters) =>
  new Promise((resolve, reject) =>
    execFile(command, parameters, { cwd: folder, env: environment }, (error, stdout, stderr) =>
      error ? reject(new Error(`${stdout}${stderr}`, { cause: error })) : resolve(stdout),
    ),
  );

/** Runs it and looks at what it found. */
async function finds(folder, command, ...parameters) {
  assert.deepEqual(JSON.parse(await run(folder, command, ...parameters)), want);
}

/** A runtime's program. They come for this platform only; CI has all of them. */
function runtime(name, path, body) {
  const program = join(tools, path);
  const skip = !existsSync(program) && process.env.CI !== "true" && `npm has no ${name} for this platform`;
  test(name, { skip }, () => body(program));
}

const files = ["main.mjs", "main.cjs", "slim.mjs", "slim.cjs"].map(file);
const folder = app("servers", { files: [program, ...files] });

for (const version of [20, 22, 24]) {
  runtime(`Node ${version}`, `node${version}/bin/node`, async (node) => {
    for (const main of ["main.mjs", "main.cjs", "slim.mjs", "slim.cjs"]) await finds(folder, node, main);
  });
}

runtime("Node 24, a TypeScript program as it is", "node24/bin/node", (node) =>
  finds(app("typescript", { files: [program, file("main.ts")] }), node, "main.ts"),
);

test("a TypeScript program, compiled", async () => {
  const folder = app("compiled", { files: [program, file("main.ts")], links: ["@types/node", "undici-types"] });
  const options = ["--module", "NodeNext", "--target", "ES2022", "--strict", "--types", "node", "--allowJs", "--outDir", "out"];
  await run(folder, process.execPath, join(tools, "typescript5/bin/tsc"), ...options, "main.ts");
  await finds(folder, process.execPath, "out/main.js");
});

test("a program bundled for Node with esbuild", async () => {
  const folder = app("bundled", { files: [program, file("slim.mjs")] });
  await build({
    absWorkingDir: folder,
    entryPoints: ["slim.mjs"],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: "out.mjs",
  });
  await finds(folder, process.execPath, "out.mjs");
});

runtime("Bun", "@oven/bun-linux-x64/bin/bun", async (bun) => {
  for (const main of ["main.mjs", "main.cjs", "slim.mjs"]) await finds(folder, bun, main);
  await finds(app("bun", { files: [program, file("main.ts")] }), bun, "main.ts");
});

runtime("Deno", "@deno/linux-x64-glibc/deno", async (deno) => {
  const flags = ["run", "--quiet", "--node-modules-dir=manual", "--allow-net", "--allow-env", "--allow-read"];
  for (const main of ["main.mjs", "main.cjs", "slim.mjs"]) await finds(folder, deno, ...flags, main);
});

runtime("workerd", "@cloudflare/workerd-linux-64/bin/workerd", async (workerd) => {
  const folder = app("workerd", { files: [program, file("edge.mjs")] });
  // As Cloudflare's own tool does it: bundled, with wasm files left as modules beside it.
  const modules = [];
  await build({
    absWorkingDir: folder,
    entryPoints: ["edge.mjs"],
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    outfile: "worker.mjs",
    plugins: [
      {
        name: "wasm modules",
        setup: (builder) =>
          builder.onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
            const name = path.split("/").pop();
            modules.push(`(name = "${name}", wasm = embed "${join(resolveDir, path).slice(folder.length + 1)}")`);
            return { path: `./${name}`, external: true };
          }),
      },
    ],
  });
  const port = await free();
  writeFileSync(
    join(folder, "workerd.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "worker.mjs", esModule = embed "worker.mjs"), ${modules.join(", ")}], compatibilityDate = "2025-01-01")),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`,
  );
  const server = spawn(workerd, ["serve", "workerd.capnp"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  server.stderr.on("data", (text) => (said += text));
  try {
    const address = `http://127.0.0.1:${port}/?access=${encodeURIComponent(environment.ACCESS)}`;
    let reply;
    while (!reply && server.exitCode === null) {
      reply = await fetch(address).catch(() => new Promise((resolve) => setTimeout(resolve, 50)));
    }
    assert.ok(reply, said);
    const text = await reply.text();
    assert.equal(reply.status, 200, text + said);
    assert.deepEqual(JSON.parse(text), want);
  } finally {
    server.kill("SIGKILL");
    await once(server, "exit").catch(() => {});
  }
});

/** A port that nobody listens on. */
async function free() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
