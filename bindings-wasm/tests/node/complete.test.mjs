// What only some programs need comes when it is asked for: from `complete.wasm` and `complete.js`, of a copy of the package
// whose files come and go. It is the same core in the same memory.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dist, fresh as freshPackage } from "./fresh.mjs";

const system = "5f1b2c3d4e5f60718293a4b5";

async function fresh(entry, { settings, change } = {}) {
  const answer = (path) => {
    if (path.endsWith("/token")) return { access_token: "t", expires_in: 3600, token_type: "bearer" };
    return path.includes(system) ? { _id: system, hostname: "mac-17" } : { totalCount: 0, results: [] };
  };
  const { loads, ...made } = await freshPackage(entry, { settings, answer, change: change && { complete: change } });
  return { ...made, loads: () => loads.complete, ending: entry.slice(entry.lastIndexOf(".")) };
}

/** Everything that needs the second part, with what it gives. */
const uses = {
  describe: async (jc) => (await jc.describe("v1.systemUsers.list")).path,
  "describe by operationId": async (jc) => (await jc.describe("UserGroups_listAll")).name,
  drift: async (jc) => (await jc.drift("v1.systemUsers.get", 200, { username: 5 }))[0].path,
  scopes: (jc) => jc.scopes(["v2.userGroups.list"]),
  prepare: async (jc) => `${await jc.prepare("v1.systems.get", { id: system })}`.split("\n")[0],
  "an operationId": async (jc) => (await jc.prepare("UserGroups_listAll")).method,
  playbooks: async (jc) => (await jc.playbook()).some(({ name }) => name === "systems.lock"),
  "a playbook": async (jc) => (await jc.playbook("systems.lock", { system, dryRun: true })).requests.length,
};
const gives = {
  describe: "/api/systemusers",
  "describe by operationId": "v2.userGroups.list",
  drift: "body.username",
  scopes: ["groups.readonly"],
  prepare: `GET https://console.jumpcloud.com/api/systems/${system}`,
  "an operationId": "GET",
  playbooks: true,
  "a playbook": 1,
};

for (const entry of ["node.js", "node.cjs", "slim.js", "slim.cjs"]) {
  for (const [what, use] of Object.entries(uses)) {
    test(`${entry}: ${what} gives the same first and after others, and what has failed is tried again`, async () => {
      const { JumpCloudError, jc, sent, move, missing } = await fresh(entry);
      const wasm = move("complete.wasm");
      wasm.away();
      for (let time = 0; time < 2; time++) {
        const error = await use(jc).catch((error) => error);
        assert.ok(error instanceof JumpCloudError && error.cause instanceof Error, `${error}`);
        assert.deepEqual([error.kind, error.cause.code], ["transport", missing]);
        assert.match(error.message, /nothing was sent/);
      }
      // Whatever does not need it works.
      await jc.v1.systemUsers.get({ id: system });
      assert.deepEqual(sent.splice(0), [`GET /api/systemusers/${system}`]);
      wasm.back();
      assert.deepEqual(await use(jc), gives[what]);
      wasm.away();
      for (const [what, use] of Object.entries(uses)) assert.deepEqual(await use(jc), gives[what]);
      assert.deepEqual(new Set(sent), new Set([`GET /api/systems/${system}`]));
      await jc.v1.systemUsers.create({ body: { username: "ada", email: "ada@example.com" } });
      assert.equal(sent.at(-1), "POST /api/systemusers");
    });
  }

  for (const file of ["complete.js", "composer.wasm"]) {
    test(`${entry}: ${file} that is not there is the cause`, async () => {
      const { JumpCloudError, jc, move, ending } = await fresh(entry);
      move(file.replace(".js", ending)).away();
      const error = await uses.describe(jc).catch((error) => error);
      assert.ok(error instanceof JumpCloudError && error.kind === "transport" && error.cause instanceof Error, `${error}`);
    });
  }
}

test("it is loaded once, also when several ask at once", async () => {
  const { jc, loads } = await fresh("slim.js");
  await jc.v1.systemUsers.list().toArray();
  assert.equal(loads(), 0);
  await Promise.all(Object.values(uses).map((use) => use(jc)));
  assert.equal(loads(), 1);
});

test("calls and playbooks share one token", async () => {
  const { jc, sent } = await fresh("node.js", { settings: { serviceAccount: { id: "i", secret: "s" } } });
  await jc.v1.systemUsers.list().toArray();
  await uses["a playbook"](jc);
  await jc.v1.systemUsers.list().toArray();
  assert.equal(sent.filter((request) => request.endsWith("/token")).length, 1, `${sent}`);
});

test("the second part of another release is refused", async () => {
  const versions = /[0-9a-f]{16}/g;
  const other = (bytes) => Buffer.from(bytes.toString("latin1").replace(versions, "0123456789abcdef"), "latin1");
  const { JumpCloudError, jc } = await fresh("node.js", { change: other });
  const error = await uses.describe(jc).catch((error) => error);
  assert.ok(error instanceof JumpCloudError && error.cause instanceof WebAssembly.LinkError, `${error} ${error.cause}`);
  await jc.v1.systemUsers.list().toArray();
});

test("who brings no second part to the slim entry is told what to write", async () => {
  const { InvalidRequestError, jc, initialize } = await fresh("slim.js");
  initialize(Object.fromEntries([["client", "jumpcloud"], ["composer", "composer"]].map(([as, name]) => [as, readFileSync(join(dist, `${name}.wasm`))])));
  await assert.rejects(uses.describe(jc), (error) => error instanceof InvalidRequestError && /call initialize\(\{ complete \}\) first/.test(error.message));
});
