// Every example of the README, run against the fake.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { JumpCloud } from "jumpcloud-client";
import { fake } from "../runtimes/fake.mjs";

const blocks = [...readFileSync(new URL("../../README.md", import.meta.url), "utf8").matchAll(/^```(\w*)\n(.*?)^```/gms)];

test("every example of the README runs", async (t) => {
  const { url, apiKey } = await fake("--users", "60");
  const access = await (await fetch(`${url}/__fake/access`)).json();
  // What JumpCloud would be asked, the fake is asked: the examples stay as they are.
  const usual = globalThis.fetch;
  const filters = [];
  globalThis.fetch = async (target, init) => {
    const asked = String(target).replace(/^https:\/\/[a-z.]*jumpcloud\.com/, url);
    const answer = await usual(asked, init);
    await filtered(filters, usual, asked, init, answer.clone());
    return answer;
  };
  const jc = new JumpCloud({ apiKey });
  const [application] = await jc.v1.applications.list().toArray({ limit: 1 });
  const picture = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), (letter) => letter.charCodeAt(0));
  Object.assign(globalThis, {
    apiKey,
    jc,
    orgId: access.organizations[0],
    clientId: access.client_id,
    clientSecret: access.client_secret,
    systemId: access.system_id,
    privateKey: await (await usual(`${url}/__fake/systems/${access.system_id}/client.key`)).text(),
    applicationId: application._id ?? application.id,
    picture,
  });
  const folder = new URL("../../build/readme/", import.meta.url);
  // What examples write stays here.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  process.chdir(fileURLToPath(folder));
  const log = console.log;
  console.log = () => {};
  t.after(() => Object.assign(console, { log }));
  assert.ok(blocks.length > 10);
  for (const [index, [, language, code]] of blocks.entries()) {
    assert.equal(language, "js");
    const file = new URL(`${index}.mjs`, folder);
    // The server of one example is what the next one calls.
    writeFileSync(file, code.replace("const server =", "const server = globalThis.server ="));
    await import(file).catch((error) => assert.fail(`example ${index + 1}:\n${code}\n${error.stack}`));
  }
  assert.ok(new Set(filters).size >= 5, filters.join("\n"));
});

/** How many items a list has. */
async function count(answer) {
  const body = await answer.json();
  return body.totalCount ?? Number(answer.headers.get("x-total-count") ?? body.length);
}

/** A filter finds some of what there is without it: one that is not understood finds nothing, or everything. */
async function filtered(filters, fetch, asked, init, answer) {
  const [all, body] = [new URL(asked), init?.body && typeof init.body === "string" ? JSON.parse(init.body) : {}];
  const texts = [...all.searchParams.getAll("filter"), body.filter && JSON.stringify(body.filter)].filter(Boolean);
  if (!texts.length) return;
  all.searchParams.delete("filter");
  const { filter: _, ...rest } = body;
  const without = await fetch(all, { ...init, ...(init.body && { body: JSON.stringify(rest) }) });
  const [found, there] = [await count(answer), await count(without)];
  assert.ok(found > 0 && found < there, `${texts} finds ${found} of ${there}`);
  filters.push(...texts);
}
