// SystemContext.fromAgent(): the files of a system's agent, in a folder that stands for the one of the agent. Nothing on
// this machine is written to or needs root: what asks for the agent's files gets those of the folder.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { inspect } from "node:util";
import { fake } from "../runtimes/fake.mjs";

const AGENT = process.platform === "win32" ? "C:\\Program Files\\JumpCloud\\Plugins\\Contrib\\" : "/opt/jc/";
const folder = fs.mkdtempSync(join(tmpdir(), "agent-"));
const { readFileSync } = fs;
fs.readFileSync = (path, ...options) =>
  readFileSync(typeof path === "string" && path.startsWith(AGENT) ? join(folder, path.slice(AGENT.length)) : path, ...options);
syncBuiltinESMExports();
// After that, or they would hold what was there before.
const esm = await import("../../dist/node.js");
const cjs = createRequire(import.meta.url)("../../dist/node.cjs");

let url, systemId, configuration, key;

before(async () => {
  ({ url } = await fake("--users", "30"));
  ({ system_id: systemId } = await (await fetch(`${url}/__fake/access`)).json());
  const file = async (name) => (await fetch(`${url}/__fake/systems/${systemId}/${name}`)).text();
  [configuration, key] = [await file("jcagent.conf"), await file("client.key")];
});

after(() => fs.rmSync(folder, { recursive: true }));

beforeEach(() => install(configuration));

/** As the agent leaves its files: for its own eyes. */
function install(configuration) {
  fs.writeFileSync(join(folder, "jcagent.conf"), configuration, { mode: 0o600 });
  fs.writeFileSync(join(folder, "client.key"), key, { mode: 0o600 });
}

for (const [kind, { JumpCloud, SystemContext }] of Object.entries({ esm, cjs })) {
  test(`${kind}: id, region and key are the agent's, and a system calls with them`, async () => {
    const systemContext = await SystemContext.fromAgent();
    assert.ok(systemContext instanceof SystemContext);
    assert.deepEqual([systemContext.systemId, systemContext.region], [systemId, "us"]);
    const jc = new JumpCloud({ systemContext, baseUrl: url });
    assert.equal((await jc.v1.systems.get({ id: systemId }))._id, systemId);
    // The key is none of what is printed.
    assert.deepEqual(Reflect.ownKeys(systemContext).sort(), ["region", "systemId"]);
  });
}

test("the files may lie elsewhere", async () => {
  const elsewhere = fs.mkdtempSync(join(tmpdir(), "elsewhere-"));
  const [moved, privateKey] = [join(elsewhere, "agent.json"), join(elsewhere, "own.key")];
  fs.renameSync(join(folder, "jcagent.conf"), moved);
  fs.renameSync(join(folder, "client.key"), privateKey);
  const systemContext = await esm.SystemContext.fromAgent({ configuration: moved, privateKey });
  assert.equal(systemContext.systemId, systemId);
  assert.equal((await new esm.JumpCloud({ systemContext, baseUrl: url }).v1.systems.get({ id: systemId }))._id, systemId);
  fs.rmSync(elsewhere, { recursive: true });
});

test("a client goes to the agent's region, unless it is told another", async () => {
  // Editors on Windows put a mark before the text.
  install(`\ufeff${JSON.stringify({ ...JSON.parse(configuration), agentServerHost: "agent.eu.jumpcloud.com" })}`);
  const systemContext = await esm.SystemContext.fromAgent();
  assert.equal(systemContext.region, "eu");
  const address = async (settings) => (await new esm.JumpCloud({ systemContext, ...settings }).prepare("v1.systems.get", { id: systemId })).url;
  assert.equal(await address(), `https://console.eu.jumpcloud.com/api/systems/${systemId}`);
  assert.equal(await address({ region: "in" }), `https://console.in.jumpcloud.com/api/systems/${systemId}`);
});

test("while the agent is still registering, that is what it says", async () => {
  const { systemKey: _, ...rest } = JSON.parse(configuration);
  install(JSON.stringify(rest));
  await assert.rejects(esm.SystemContext.fromAgent(), (error) => error instanceof esm.SigningError && /still registering/.test(error.message));
});

test("what is no configuration, or not there, is named", async () => {
  install("{ \"connectKey\": \"c0ffee\"");
  await assert.rejects(esm.SystemContext.fromAgent(), (error) => error instanceof esm.InvalidRequestError && /jcagent\.conf/.test(error.message) && !inspect(error).includes("c0ffee"));
  for (const name of ["client.key", "jcagent.conf"]) {
    install(configuration);
    fs.rmSync(join(folder, name));
    await assert.rejects(esm.SystemContext.fromAgent(), (error) => error.message.includes(name));
  }
});
