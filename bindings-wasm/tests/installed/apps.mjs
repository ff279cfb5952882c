// Folders outside the repository with the packed package in them, as `npm install` would have put it beside the tools.
import { execFile, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const { JUMPCLOUD_TARBALL: tarball, JUMPCLOUD_TOOLS: place } = process.env;
if (!tarball || !place) throw new Error("JUMPCLOUD_TARBALL and JUMPCLOUD_TOOLS must say where the package and the tools are: run `cargo xtask test installed`");

const modules = join(place, "node_modules");
const installed = join(modules, "jumpcloud-client");
rmSync(installed, { recursive: true, force: true });
mkdirSync(installed, { recursive: true });
execFileSync("tar", ["xzf", tarball, "--strip-components", "1", "-C", installed]);

const node24 = join(modules, "node24/bin/node");
/** Some of the tools need a newer Node than the package does. */
export const node = existsSync(node24) ? node24 : process.execPath;

/** A program of a tool. */
export const bin = (name, path) => join(modules, name, path);

/** Makes the folder of a program that is written, without any configuration. */
export function app(name, programs, type = "module") {
  const folder = join(place, "apps", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, private: true, type }));
  for (const [from, to] of Object.entries(programs)) {
    cpSync(fileURLToPath(new URL(`programs/${from}`, import.meta.url)), join(folder, to), { recursive: true });
  }
  return folder;
}

const environment = (more) => ({ ...process.env, NODE_TEST_CONTEXT: undefined, NO_COLOR: "1", CI: "true", NEXT_TELEMETRY_DISABLED: "1", WRANGLER_SEND_METRICS: "false", ...more });

/** Runs a program of Node's to its end and gives what it printed. */
export const run = (folder, parameters, more) =>
  new Promise((resolve, reject) =>
    execFile(node, parameters, { cwd: folder, env: environment(more), timeout: 240_000, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      error ? reject(new Error(`${parameters.join(" ")}\n${stdout}${stderr}`, { cause: error })) : resolve(stdout),
    ),
  );

/** Starts a server, and gives what it answers at these paths. */
export async function serve(folder, parameters, port, paths, more) {
  const server = spawn(node, parameters, { cwd: folder, env: environment(more), stdio: ["ignore", "pipe", "pipe"], detached: true });
  let said = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (text) => (said += text));
  try {
    const answers = [];
    for (const path of paths) {
      let answer;
      for (let tries = 0; !answer && server.exitCode === null && tries < 600; tries++) {
        answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => new Promise((resolve) => setTimeout(resolve, 100)));
      }
      if (!answer) throw new Error(`it does not answer: ${said}`);
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status}\n${text.slice(0, 2000)}\n${said}`);
      answers.push(text);
    }
    return answers;
  } finally {
    // With all that it has started.
    const ended = once(server, "exit");
    if (server.exitCode === null && process.kill(-server.pid, "SIGKILL")) await ended;
  }
}

/** A port that nobody listens on. */
export async function free() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
