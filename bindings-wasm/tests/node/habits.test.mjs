// What every language makes of a server with bad habits, over real sockets (tests/habits.json); and what only JavaScript meets.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { before, test } from "node:test";
import { inspect } from "node:util";
import { JumpCloud, TransportError } from "../../dist/node.js";
import { fake } from "../runtimes/fake.mjs";
import { serving } from "./serving.mjs";

const cases = JSON.parse(readFileSync(new URL("../../../tests/habits.json", import.meta.url), "utf8"));

let url, apiKey;
before(async () => {
  ({ url, apiKey } = await fake("--users", "200", "--systems", "200"));
});

/** What JavaScript calls an option, and where it stands. */
function optionsOf({ attempts, ...rest }) {
  return { ...rest, ...(attempts && { retry: { attempts } }) };
}

for (const { name, habits, operation, parameters, list, options, error: expected, requests } of cases) {
  test(name, { timeout: 30_000 }, async () => {
    await fetch(`${url}/__fake/quirks`, { method: "PUT", body: JSON.stringify(habits) });
    await fetch(`${url}/__fake/requests`, { method: "DELETE" });
    const jc = new JumpCloud({ apiKey, baseUrl: url });
    const begun = performance.now();
    const used = process.memoryUsage().rss;
    const run = async () => {
      if (!list) return await jc.send(operation, parameters, optionsOf(options));
      for await (const _ of jc.call(operation, parameters, optionsOf(options)));
    };
    const error = await run().then(() => assert.fail("no error came"), (error) => error);
    assert.ok(performance.now() - begun < 15_000);
    assert.ok(process.memoryUsage().rss - used < 150 << 20, "the memory has grown");
    const sent = (await (await fetch(`${url}/__fake/requests`)).json()).length;
    assert.deepEqual([error.kind, error.tries, sent], [expected.kind, expected.tries, requests], String(error.stack));
    for (const words of expected.says ?? []) assert.ok(error.message.includes(words), error.message);
    if ("isRetryable" in expected) assert.equal(error.isRetryable, expected.isRetryable);
  });
}

test("the client's maxBody is every call's, and a body that is as long as that comes whole", async () => {
  const body = JSON.stringify({ _id: "x", description: "y".repeat(50_000) });
  await serving((_, response) => response.writeHead(200, { "content-type": "application/json" }).end(body), async (baseUrl) => {
    const jc = (maxBody) => new JumpCloud({ apiKey: "k", baseUrl, maxBody });
    assert.equal((await jc(body.length).v1.systemUsers.get({ id: "x" })).description.length, 50_000);
    await assert.rejects(jc(body.length - 1).v1.systemUsers.get({ id: "x" }), /longer than \d+ bytes/);
    assert.equal((await jc(10).v1.systemUsers.get({ id: "x" }, { maxBody: body.length }))._id, "x");
    await assert.rejects(async () => jc(0).v1.systemUsers.get({ id: "x" }), /maxBody: expected 1 or more/);
  });
});

test("a fetch and a body that take no notice of their signal are waited for as long as it is said", { timeout: 10_000 }, async () => {
  for (const fetch of [
    () => new Promise(() => {}),
    async () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })),
  ]) {
    const jc = new JumpCloud({ apiKey: "k", fetch, timeout: 100, retry: { attempts: 1 } });
    await assert.rejects(jc.v1.systemUsers.get({ id: "x" }), /it took longer than 100 ms/);
    const controller = new AbortController();
    const call = jc.v1.systemUsers.get({ id: "x" }, { signal: controller.signal, timeout: 60_000 });
    setTimeout(() => controller.abort(new Error("enough")), 50);
    await assert.rejects(call, /enough/);
  }
});

test("an error keeps the headers of its answer, which are not printed", async () => {
  const answer = (_, response) =>
    response.writeHead(409, { "x-request-id": "r1", "x-else": "one: two", "set-cookie": ["secret=1", "b=2"] }).end('{"message":"no"}');
  await serving(answer, async (baseUrl) => {
    const jc = new JumpCloud({ apiKey: "k", baseUrl });
    const error = await jc.v1.systemUsers.get({ id: "x" }).catch((error) => error);
    assert.equal(error.headers.get("x-else"), "one: two");
    assert.equal(error.headers.get("X-Request-Id"), error.requestId);
    assert.match(error.headers.get("set-cookie"), /secret=1/);
    assert.doesNotMatch(inspect(error, { showHidden: true, depth: Infinity }) + JSON.stringify(error), /secret|one: two/);
    const [page] = await Promise.all([jc.v1.systemUsers.list().toArray().catch((error) => error)]);
    assert.equal(page.headers.get("x-else"), "one: two");
  });
  const nobody = new JumpCloud({ apiKey: "k", baseUrl: "http://127.0.0.1:9", retry: { attempts: 1 } });
  const error = await nobody.v1.systemUsers.get({ id: "x" }).catch((error) => error);
  assert.equal([...error.headers].length, 0);
});

test("whether a request left is told by codes, not by the words of a message or an address", async () => {
  const thrown = (properties, cause) => async () => {
    posts++;
    throw Object.assign(new TypeError("fetch failed", { cause: cause && Object.assign(new Error(cause.message), cause) }), properties);
  };
  let posts;
  const words = "ECONNREFUSED ENOTFOUND certificate dns error Connection refused CERT";
  for (const [fetch, expected] of [
    [thrown({}, { code: "ECONNREFUSED", syscall: "connect", message: "connect ECONNREFUSED" }), 4],
    [thrown({}, { code: "EHOSTUNREACH", syscall: "connect", message: "" }), 4],
    [thrown({}, { code: "ENOTFOUND", syscall: "getaddrinfo", message: "" }), 4],
    [thrown({}, { code: "CERT_HAS_EXPIRED", message: "" }), 4],
    [thrown({ code: "ConnectionRefused" }), 4],
    [thrown({ sent: false }), 4],
    [thrown({}, { code: "EHOSTUNREACH", syscall: "write", message: "" }), 1],
    [thrown({}, { code: "ECONNRESET", syscall: "read", message: words }), 1],
    [thrown({}, { code: "UND_ERR_SOCKET", message: `other side closed: https://console.jumpcloud.com/${words}` }), 1],
    [thrown({ message: words }), 1],
  ]) {
    posts = 0;
    let now = 0;
    const jc = new JumpCloud({ apiKey: "k", fetch, clock: () => now, sleep: async (time) => { now += time; } });
    await assert.rejects(jc.v1.systemUsers.create({ body: { username: "cert", email: "cert@example.com" } }), TransportError);
    assert.equal(posts, expected, String(fetch));
  }
});

test("a POST to an address with such words in it goes out once over a socket that closes", async () => {
  let posts = 0;
  const server = createServer((socket) => socket.once("data", () => (posts++, socket.destroy()))).listen(0);
  await new Promise((resolve) => server.once("listening", resolve));
  const jc = new JumpCloud({ apiKey: "k", baseUrl: `http://127.0.0.1:${server.address().port}/cert/ECONNREFUSED`, sleep: async () => {} });
  await assert.rejects(jc.v1.systemUsers.create({ body: { username: "cert", email: "cert@example.com" } }), /it may have been done/);
  assert.equal(posts, 1);
  server.close();
});

test("names cannot be frozen, and say so", () => {
  const jc = new JumpCloud({ apiKey, baseUrl: url });
  for (const freeze of [Object.freeze, Object.seal, Object.preventExtensions]) {
    assert.throws(() => freeze(jc.v1.systemUsers), { name: "TypeError", message: /^v1.systemUsers cannot be frozen or sealed: / });
  }
  assert.equal(typeof jc.v1.systemUsers.get, "function");
});
