// What bodies are checked by comes when the first call needs it: from `schemas.js`, of a copy of the package whose file comes and goes.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const body = { username: "ada", email: "ada@example.com" };
const id = "5f1b2c3d4e5f60718293a4b5";

/** The package in a folder of its own: nothing of it is loaded yet. The schemas say how often they were. */
async function fresh(entry, change = (text) => text) {
  const folder = mkdtempSync(join(tmpdir(), "jumpcloud-schemas-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  cpSync(dist, folder, { recursive: true });
  // What ends in `.js` is a module, as in the package.
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const file = join(folder, entry.endsWith(".cjs") ? "schemas.cjs" : "schemas.js");
  const loads = `loadsOf${folder.replaceAll(/\W/g, "_")}`;
  globalThis[loads] = 0;
  writeFileSync(file, `globalThis.${loads}++;\n${change(readFileSync(file, "utf8"))}`);
  const path = join(folder, entry);
  const package_ = entry.endsWith(".cjs") ? createRequire(import.meta.url)(path) : await import(pathToFileURL(path));
  package_.initialize?.({ client: readFileSync(join(folder, "jumpcloud.wasm")) });
  const sent = [];
  const jc = new package_.JumpCloud({
    apiKey: "key",
    async fetch(url, init) {
      sent.push(`${init.method} ${new URL(url).pathname}`);
      return Response.json({ totalCount: 0, results: [] });
    },
  });
  return { ...package_, jc, sent, loads: () => globalThis[loads], away: () => renameSync(file, `${file}.away`), back: () => renameSync(`${file}.away`, file) };
}

for (const entry of ["node.js", "node.cjs", "slim.js", "slim.cjs"]) {
  test(`${entry}: the first call with a body loads the schemas, once`, async () => {
    const { jc, sent, loads } = await fresh(entry);
    await jc.v1.systemUsers.get({ id });
    await jc.v1.systemUsers.list().toArray();
    await jc.prepare("v1.systemUsers.get", { id });
    // Refused before its body is looked at.
    await assert.rejects(jc.v1.systemUsers.create({ bodi: body }), { name: "InvalidRequestError" });
    assert.deepEqual([sent, loads()], [[`GET /api/systemusers/${id}`, "GET /api/systemusers"], 0]);

    sent.length = 0;
    const calls = [jc.v1.systemUsers.create({ body }), jc.v1.systemUsers.update({ id, body: { department: "IT" } })];
    await Promise.all([...calls, jc.v1.systems.search().toArray(), jc.prepare("v1.systemUsers.create", { body })]);
    assert.deepEqual(sent.sort(), ["POST /api/search/systems", "POST /api/systemusers", `PUT /api/systemusers/${id}`]);
    assert.equal(loads(), 1);
    const wrong = { body: { ...body, email: 5 } };
    await assert.rejects(jc.v1.systemUsers.create(wrong), { message: "v1.systemUsers.create: body.email: expected text, got a number" });
    await assert.rejects(jc.prepare("v1.systemUsers.create", wrong), { message: "v1.systemUsers.create: body.email: expected text, got a number" });
    await assert.rejects(jc.v1.systemUsers.create({ body: { ...body, emial: "x" } }, { strict: true }), /body\.emial: unknown key; did you mean "email"\?/);
  });

  for (const what of ["a call", "a list", "prepare"]) {
    test(`${entry}: ${what} without its schemas fails with the cause, and the next one loads them`, async () => {
      const { JumpCloudError, jc, sent, loads, away, back } = await fresh(entry);
      const run = {
        "a call": () => jc.v1.systemUsers.create({ body }),
        "a list": () => jc.v1.systems.search().toArray(),
        prepare: () => jc.prepare("v1.systemUsers.create", { body }),
      }[what];
      away();
      for (let time = 0; time < 2; time++) {
        const error = await run().catch((error) => error);
        assert.ok(error instanceof JumpCloudError && error.cause instanceof Error, `${error}`);
        const { kind, operation } = error;
        assert.deepEqual([kind, operation], ["transport", what === "a list" ? "v1.systems.search" : "v1.systemUsers.create"]);
        assert.match(error.message, /nothing was sent: the schemas that its body is checked by are not loaded/);
      }
      await jc.v1.systemUsers.get({ id });
      assert.deepEqual([sent.length, loads()], [1, 0]);
      back();
      await run();
      away();
      await run();
      assert.deepEqual([sent.length, loads()], [what === "prepare" ? 1 : 3, 1]);
    });
  }
}

test("an abort does not wait for the schemas", async () => {
  const { jc, sent, loads } = await fresh("node.js");
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

test("schemas of another release are refused", async () => {
  const { JumpCloudError, jc, sent, loads } = await fresh("node.js", (text) => text.replace(/[0-9a-f]{16}/, "0123456789abcdef"));
  const error = await jc.v1.systemUsers.create({ body }).catch((error) => error);
  assert.ok(error instanceof JumpCloudError, `${error}`);
  assert.match(error.cause.message, /take them from the same release/);
  assert.deepEqual([sent.length, loads()], [0, 1]);
});
