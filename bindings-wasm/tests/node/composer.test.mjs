// What composes filters and bodies comes when the first call needs it: from `composer.wasm`, of a copy of the package whose file
// comes and goes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dist, fresh as freshPackage } from "./fresh.mjs";

const body = { username: "ada", email: "ada@example.com" };
const id = "5f1b2c3d4e5f60718293a4b5";

async function fresh(entry, change) {
  const { loads, move, ...made } = await freshPackage(entry, { change: change && { composer: change } });
  return { ...made, ...move("composer.wasm"), loads: () => loads.composer };
}

const filter = { and: [{ field: "department", operator: "eq", value: "IT" }] };

for (const entry of ["node.js", "node.cjs", "slim.js", "slim.cjs"]) {
  test(`${entry}: the first call with a filter or a body loads it, once`, async () => {
    const { jc, sent, loads, away, back } = await fresh(entry);
    away();
    await jc.v1.systemUsers.get({ id });
    await jc.v1.systemUsers.list().toArray();
    // Refused before its body is looked at.
    await assert.rejects(jc.v1.systemUsers.create({ bodi: body }), { name: "InvalidRequestError" });
    assert.deepEqual([sent, loads()], [[`GET /api/systemusers/${id}`, "GET /api/systemusers"], 0]);

    sent.length = 0;
    back();
    const calls = [jc.v1.systemUsers.create({ body }), jc.v1.systemUsers.update({ id, body: { department: "IT" } })];
    await Promise.all([...calls, jc.v1.systems.search().toArray(), jc.prepare("v1.systemUsers.create", { body })]);
    assert.deepEqual(sent.sort(), ["POST /api/search/systems", "POST /api/systemusers", `PUT /api/systemusers/${id}`]);
    assert.equal(loads(), entry.startsWith("slim") ? 1 : 0);
    away();
    assert.match(`${await jc.prepare("v1.systemUsers.list", { filter })}`, /filter=department:\$eq:IT/);
    const wrong = { body: { ...body, email: 5 } };
    await assert.rejects(jc.v1.systemUsers.create(wrong), { message: "v1.systemUsers.create: body.email: expected a string, got a number" });
    await assert.rejects(jc.prepare("v1.systemUsers.create", wrong), { message: "v1.systemUsers.create: body.email: expected a string, got a number" });
    await assert.rejects(jc.v1.systemUsers.create({ body: { ...body, emial: "x" } }, { strict: true }), /body\.emial: unknown key; did you mean "email"\?/);
  });

  for (const what of ["a call", "a list", "a filter"]) {
    test(`${entry}: ${what} without it fails with the cause, and the next one loads it`, async () => {
      const { JumpCloudError, jc, sent, loads, away, back, missing } = await fresh(entry);
      const run = {
        "a call": () => jc.v1.systemUsers.create({ body }),
        "a list": () => jc.v1.systems.search().toArray(),
        "a filter": () => jc.v1.systemUsers.list({ filter }).toArray(),
      }[what];
      away();
      for (let time = 0; time < 2; time++) {
        const error = await run().catch((error) => error);
        assert.ok(error instanceof JumpCloudError && error.cause instanceof Error, `${error}`);
        const { kind, operation } = error;
        const called = { "a list": "v1.systems.search", "a filter": "v1.systemUsers.list" }[what] ?? "v1.systemUsers.create";
        assert.deepEqual([kind, operation, error.cause.code], ["transport", called, missing]);
        assert.match(error.message, /nothing was sent: what composes its filter or its body is not loaded/);
      }
      await jc.v1.systemUsers.get({ id });
      assert.equal(sent.length, 1);
      back();
      await run();
      away();
      await run();
      assert.deepEqual([sent.length, loads()], [3, entry.startsWith("slim") ? 3 : 0]);
    });
  }
}

test("an abort does not wait for it", async () => {
  const { jc, sent, loads } = await fresh("slim.js");
  const call = jc.v1.systemUsers.create({ body }, { signal: AbortSignal.abort(new Error("enough")) });
  await assert.rejects(call, /enough/);
  const controller = new AbortController();
  const later = jc.v1.systemUsers.create({ body }, { signal: controller.signal });
  // The module is loaded and has said what it needs; the file is not read yet.
  for (let turn = 0; turn < 5; turn++) await null;
  controller.abort(new Error("enough of that"));
  await assert.rejects(later, /enough of that/);
  assert.deepEqual(sent, []);
  await jc.v1.systemUsers.create({ body });
  assert.deepEqual([sent.length, loads()], [1, 1]);
});

test("that of another release is refused", async () => {
  const other = (bytes) => Buffer.from(bytes.toString("latin1").replace(/[0-9a-f]{16}/, "0123456789abcdef"), "latin1");
  const { JumpCloudError, jc, sent } = await fresh("node.js", other);
  const error = await jc.v1.systemUsers.create({ body }).catch((error) => error);
  assert.ok(error instanceof JumpCloudError && error.cause instanceof WebAssembly.LinkError, `${error} ${error.cause}`);
  assert.deepEqual(sent, []);
});

test("who does not bring it to the slim entry is told what to write", async () => {
  const { InvalidRequestError, jc, initialize } = await fresh("slim.js");
  initialize({ client: readFileSync(join(dist, "jumpcloud.wasm")) });
  const told = (error) => error instanceof InvalidRequestError && /call initialize\(\{ composer \}\) first/.test(error.message);
  await assert.rejects(jc.v1.systemUsers.create({ body }), told);
  await assert.rejects(jc.v1.systemUsers.list({ filter }).toArray(), told);
});
