// What bounds a call whatever its environment does: one signal for many, a `fetch` and a `sign` that never answer, wasm that stops.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import binaryen from "binaryen";
import { JumpCloud, SigningError, SystemContext, TransportError } from "../../dist/node.js";
import { dist, fresh } from "./fresh.mjs";

const id = "5f1b2c3d4e5f60718293a4b5";
const never = () => new Promise(() => {});
const answer = async () => Response.json({ _id: id });

test("one signal for a thousand calls, without a warning, and none of them listens when it is done", async () => {
  const warnings = [];
  const heard = (warning) => warnings.push(warning);
  process.on("warning", heard);
  const controller = new AbortController();
  const { signal } = controller;
  let listening = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...parameters) => (listening++, addEventListener.apply(signal, parameters));
  signal.removeEventListener = (...parameters) => (listening--, removeEventListener.apply(signal, parameters));
  const jc = new JumpCloud({ apiKey: "k", fetch: answer });
  await Promise.all(Array.from({ length: 1000 }, () => jc.v1.systemUsers.get({ id }, { signal })));
  assert.equal(listening, 0);
  const open = new JumpCloud({ apiKey: "k", fetch: never });
  const calls = Array.from({ length: 1000 }, () => open.v1.systemUsers.get({ id }, { signal }));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(listening, 1);
  controller.abort(new Error("enough"));
  for (const call of calls) await assert.rejects(call, /enough/);
  assert.equal(listening, 0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("warning", heard);
  assert.deepEqual(warnings, []);
});

test("timeout and abort bound a fetch of the caller's that looks at nothing", async () => {
  const jc = new JumpCloud({ apiKey: "k", fetch: never, retry: { attempts: 1 } });
  const body = new JumpCloud({ apiKey: "k", fetch: async () => new Response(new ReadableStream({ pull: never })), retry: { attempts: 1 } });
  for (const client of [jc, body]) {
    await assert.rejects(client.v1.systemUsers.get({ id }, { timeout: 50 }), (error) => error instanceof TransportError && /longer than 50 ms/.test(error.message));
    await assert.rejects(client.v1.systemUsers.list({}, { timeout: 50 }).toArray(), /longer than 50 ms/);
    const signal = AbortSignal.timeout(50);
    await assert.rejects(client.v1.systemUsers.get({ id }, { signal }), { name: "TimeoutError" });
  }
});

test("timeout and abort bound a sign of the caller's", async () => {
  const signing = (sign) => new JumpCloud({ systemContext: new SystemContext({ systemId: id, sign }), fetch: answer });
  const begun = performance.now();
  await assert.rejects(signing(never).v1.systems.get({ id }, { timeout: 60 }), (error) => error instanceof SigningError && /longer than 60 ms/.test(error.message));
  await assert.rejects(signing(never).v1.systems.get({ id }, { signal: AbortSignal.timeout(60) }), { name: "TimeoutError" });
  assert.ok(performance.now() - begun < 10_000);
  const why = new Error("the card is out");
  await assert.rejects(signing(async () => { throw why; }).v1.systems.get({ id }), (error) => error instanceof SigningError && error.cause === why);
  assert.equal((await signing(async () => new Uint8Array(256)).v1.systems.get({ id }))._id, id);
});

test("wasm that stops is an error like others, with its cause, and ends nothing else", async () => {
  for (const stopped of ["conversation_step", "conversation_received", "client_call"]) {
    // The export's function is made one that stops.
    const module = binaryen.readBinary(readFileSync(join(dist, "jumpcloud.wasm")));
    const at = Array.from({ length: module.getNumExports() }, (_, index) => binaryen.getExportInfo(module.getExportByIndex(index)));
    const { value } = at.find(({ name }) => name === stopped);
    const { params, results } = binaryen.getFunctionInfo(module.getFunction(value));
    module.removeFunction(value);
    module.addFunction(value, params, results, [], module.unreachable());
    const bytes = Buffer.from(module.emitBinary());
    const { jc, JumpCloudError } = await fresh("slim.js", { change: { jumpcloud: () => bytes } });
    for (let time = 0; time < 2; time++) {
      const error = await jc.v1.systemUsers.get({ id }).catch((error) => error);
      assert.ok(error instanceof JumpCloudError && error.kind === "internal", `${stopped}: ${error.stack}`);
      assert.ok(error.cause instanceof WebAssembly.RuntimeError);
      assert.match(error.message, /wasm has stopped/);
    }
  }
});

test("wasm that cannot be loaded is an error like others, and is tried again", async () => {
  for (const entry of ["slim.js", "slim.cjs"]) {
    const { jc, JumpCloudError, initialize, sent } = await fresh(entry);
    const right = () => readFileSync(join(dist, "jumpcloud.wasm"));
    const broken = [() => { throw new Error("no such file"); }, async () => { throw new Error("no network"); }, () => new Uint8Array(8), async () => new Uint8Array(8), async () => new Response("", { status: 404 })];
    for (const client of broken) {
      initialize({ client });
      for (const call of [() => jc.v1.systemUsers.get({ id }), () => jc.v1.systemUsers.list().toArray()]) {
        const error = await (async () => call())().catch((error) => error);
        assert.ok(error instanceof JumpCloudError && error.kind === "transport" && error.cause instanceof Error, `${error.stack}`);
        assert.match(error.message, /nothing was sent/);
      }
      assert.deepEqual(Object.keys(jc.v1), []);
      // That has begun to load it, too.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    initialize({ client: async () => right() });
    await jc.v1.systemUsers.get({ id });
    assert.equal(sent.length, 1);
  }
});

test("an error of what is imported is one of what is required, and the other way round", async () => {
  const required = createRequire(import.meta.url)("jumpcloud-client");
  const imported = await import("jumpcloud-client");
  assert.deepEqual(Object.keys(required).filter((name) => name !== "default").sort(), Object.keys(imported).sort());
  for (const [one, other] of [[required, imported], [imported, required]]) {
    const jc = new one.JumpCloud({ apiKey: "k", fetch: async () => new Response("{}", { status: 404 }) });
    const error = await jc.v1.systemUsers.get({ id }).catch((error) => error);
    class Own extends other.NotFoundError {}
    const is = (Class) => error instanceof Class;
    assert.deepEqual([other.NotFoundError, other.JumpCloudError, one.NotFoundError, Error].map(is), [true, true, true, true]);
    assert.deepEqual([other.ConflictError, one.ConflictError, Own].map(is), [false, false, false]);
    for (const nothing of [undefined, null, 5, {}, new Error("x")]) assert.ok(!(nothing instanceof other.JumpCloudError));
  }
});
