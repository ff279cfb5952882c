// The package over real HTTP, against the fake JumpCloud.
import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { before, test } from "node:test";
import { inspect } from "node:util";
import {
  AuthenticationError, IncompleteError, InvalidRequestError, JumpCloud, JumpCloudError, List, NotFoundError, RateLimitedError, ServerError,
  SigningError, SystemContext, TransportError, attachment, filter,
} from "../../dist/node.js";
import { fake } from "../runtimes/fake.mjs";
import { serving } from "./serving.mjs";

let url, access, jc;
before(async () => {
  ({ url } = await fake("--users", "1000"));
  access = await (await fetch(`${url}/__fake/access`)).json();
  jc = new JumpCloud({ apiKey: access.api_key, baseUrl: url });
});

/** What the fake was sent while `run` ran. */
async function requestsOf(run) {
  await fetch(`${url}/__fake/requests`, { method: "DELETE" });
  await run();
  return (await fetch(`${url}/__fake/requests`)).json();
}

/** Runs while the fake misbehaves. */
async function misbehaving(quirks, run) {
  const usual = await (await fetch(`${url}/__fake/quirks`)).json();
  const put = (body) => fetch(`${url}/__fake/quirks`, { method: "PUT", body: JSON.stringify(body) });
  await put({ ...usual, ...quirks });
  try {
    return await run();
  } finally {
    await put(usual);
  }
}

/** A clock that goes on by what is slept, in no time. */
function quick(slept = () => {}) {
  let now = Date.now();
  return {
    clock: () => now,
    sleep: async (time) => {
      slept(time);
      now += time;
    },
  };
}

test("requests say who sends them", async () => {
  const said = [];
  const answer = (request, response) => {
    said.push(request.headers["user-agent"]);
    response.setHeader("content-type", "application/json").end("{}");
  };
  await serving(answer, async (baseUrl) => {
    await new JumpCloud({ apiKey: "k", baseUrl }).v1.systemUsers.get({ id: "u1" });
    await new JumpCloud({ apiKey: "k", baseUrl, userAgent: "offboarding/2.1" }).v1.systemUsers.get({ id: "u1" });
    for (const userAgent of ["", "a\r\nx-evil: 1", "é", "a  b", "a".repeat(257)]) {
      const call = () => new JumpCloud({ apiKey: "k", baseUrl, userAgent }).v1.systemUsers.get({ id: "u1" });
      await assert.rejects(async () => call(), (error) => error instanceof InvalidRequestError && error.parameter === "userAgent");
    }
  });
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  assert.deepEqual(said, [`jumpcloud-client/${version} (JavaScript)`, `jumpcloud-client/${version} (JavaScript) offboarding/2.1`]);
});

test("a list gives all items once, page by page, with total and progress", async () => {
  const progress = [];
  const list = jc.v1.systemUsers.list({ sort: "username" }, { onProgress: (now) => progress.push(now) });
  assert.equal(list.total, undefined);
  const names = new Set();
  for await (const user of list) names.add(user.username);
  assert.equal(names.size, 1000);
  assert.equal(list.total, 1000);
  assert.deepEqual(progress.at(-1), { received: 1000, total: 1000 });
  let before = 0;
  for await (const page of list.pages()) {
    assert.deepEqual([page.offset, page.total], [before, 1000]);
    before += page.items.length;
  }
  assert.equal(before, 1000);
  assert.equal((await list.toArray({ limit: 7 })).length, 7);
  assert.equal((await jc.v1.systemUsers.list({}, { limit: 9 }).toArray({ limit: 20 })).length, 9);
  assert.equal((await jc.v1.systemUsers.list({}, { limit: 0 }).toArray()).length, 0);
});

test("nothing is sent before a list is asked for", async () => {
  const sent = await requestsOf(async () => {
    const pages = jc.v1.systemUsers.list().pages();
    await pages.return();
    assert.equal((await pages.next()).done, true);
  });
  assert.deepEqual(sent, []);
});

test("filters select what they say, as expressions and as JumpCloud's text", async () => {
  const all = await jc.v1.systemUsers.list().toArray();
  const expected = all.filter((user) => user.department === "IT" && user.state !== "SUSPENDED").map((user) => user.username);
  const expression = filter.and(filter.eq("department", "IT"), filter.ne("state", "SUSPENDED"));
  const found = await jc.v1.systemUsers.list({ filter: expression }).toArray();
  assert.ok(found.length > 0);
  assert.deepEqual(found.map((user) => user.username).sort(), expected.sort());
  const text = await jc.v1.systemUsers.list({ filter: ["department:$eq:IT", "state:$ne:SUSPENDED"] }).toArray();
  assert.deepEqual(text.map((user) => user.username).sort(), expected);
  const some = await jc.v1.systemUsers.list({ filter: filter.in("department", ["IT", "Sales"]) }).toArray();
  assert.ok(some.every((user) => ["IT", "Sales"].includes(user.department)) && some.length > found.length);
});

test("leaving a loop ends the walk", async () => {
  const sent = await requestsOf(async () => {
    for await (const user of jc.v1.systemUsers.list({}, { concurrency: 2 })) {
      assert.ok(user.username);
      break;
    }
  });
  assert.ok(sent.length < 5, `${sent.length} requests`);
});

test("a list that is killed goes on where it stood, and doubles and loses nothing", async () => {
  const started = new Date(Date.now() - 6 * 3_600_000).toISOString();
  const events = { body: { service: ["all"], start_time: started } };
  const lists = [
    [(options) => jc.v1.systemUsers.list({}, options), (user) => user._id],
    [(options) => jc.v2.userGroups.list({}, options), (group) => group.id],
    [(options) => jc.insights.events.query(events, options), (event) => event.id],
  ];
  for (const [list, idOf] of lists) {
    // What is there now, and does not end while it is read.
    const whole = new Set((await list({ lag: 60_000 }).toArray()).map(idOf));
    assert.ok(whole.size > 10);
    assert.equal(list().position, undefined);
    const met = new Set();
    let from = null;
    for (let killed = true, after = 1; killed; after = after * 2 + 1) {
      killed = false;
      // In a page, at its end, and between them; by items and by pages.
      const walk = list({ from, pageSize: 7, lag: 60_000 });
      if (after % 3) {
        let taken = 0;
        for await (const item of walk) {
          assert.ok(!met.has(idOf(item)), "an item came twice");
          met.add(idOf(item));
          if ((killed = ++taken === after)) break;
        }
      } else {
        for await (const { items } of walk.pages()) {
          for (const item of items) assert.ok(!met.has(idOf(item)), "an item came twice");
          for (const item of items) met.add(idOf(item));
          killed = true;
          break;
        }
      }
      from = walk.position;
      assert.equal(typeof from, "string");
    }
    assert.ok(whole.isSubsetOf?.(met) ?? [...whole].every((id) => met.has(id)), "an item is missed");
  }
  await assert.rejects(jc.v1.systems.list({}, { from: "page 7" }).toArray(), { kind: "invalid_request", parameter: "from" });
});

test("eight consumers of one iterator get each item once", async () => {
  for (const share of ["items", "pages"]) {
    const list = jc.v1.systemUsers.list({}, { pageSize: 20 });
    const shared = share === "items" ? list[Symbol.asyncIterator]() : list.pages();
    const ids = [];
    const consume = async () => {
      for await (const one of shared) {
        ids.push(...(share === "items" ? [one] : one.items).map((user) => user._id));
        await new Promise((resolve) => setTimeout(resolve, ids.length % 3));
      }
    };
    await Promise.all(Array.from({ length: 8 }, consume));
    assert.equal(ids.length, 1000);
    assert.equal(new Set(ids).size, 1000);
    assert.equal((await shared.next()).done, true);
  }
  // As pMap does: so many calls of next() at once, whatever they wait for, and in order.
  const [one, other] = [jc.v1.systemUsers.list({ limit: 333 }), jc.v1.systemUsers.list({ limit: 333 })];
  const shared = one[Symbol.asyncIterator]();
  const asked = await Promise.all(Array.from({ length: 340 }, () => shared.next()));
  assert.deepEqual(asked.filter(({ done }) => !done).map(({ value }) => value._id), (await other.toArray()).map((user) => user._id));
  assert.deepEqual(asked.slice(333), Array.from({ length: 7 }, () => ({ done: true, value: undefined })));
  // A list is no iterator: each loop over it is a walk of its own.
  assert.deepEqual(await Promise.all(Array.from({ length: 8 }, async () => (await one.toArray()).length)), Array(8).fill(333));
});

test("a shared iterator that is left leaves no request open", async () => {
  const open = new Set();
  const ended = [];
  const handler = (request, response) => {
    const page = ended.length + open.size;
    if (page === 0) {
      ended.push(request);
      return response.setHeader("x-total-count", 1000).setHeader("content-type", "application/json").end(JSON.stringify(Array.from({ length: 100 }, (_, index) => ({ id: String(index) }))));
    }
    open.add(request);
    response.on("close", () => { open.delete(request); ended.push(request); });
  };
  await serving(handler, async (url) => {
    for (const leave of ["return", "abort"]) {
      ended.length = 0;
      const controller = new AbortController();
      const shared = new JumpCloud({ apiKey: "k", baseUrl: url }).v2.userGroups.list({}, { signal: controller.signal })[Symbol.asyncIterator]();
      for (let index = 0; index < 100; index++) assert.equal((await shared.next()).value.id, String(index));
      const waiting = Array.from({ length: 8 }, () => shared.next().catch((error) => error));
      while (open.size < 4) await new Promise((resolve) => setTimeout(resolve, 1));
      if (leave === "return") await shared.return();
      else controller.abort(new Error("enough"));
      const [first, ...others] = await Promise.all(waiting);
      assert.ok(leave === "return" ? first.done : first.message === "enough");
      assert.ok(others.every(({ done }) => done));
      while (open.size) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  });
});

test("limit is of the whole list, and pageSize of a page", async () => {
  const limits = (sent) => sent.map(({ target }) => new URL(target, url).searchParams.get("limit"));
  for (const list of [
    () => jc.v1.systemUsers.list({ limit: 5 }),
    () => jc.v1.systemUsers.list({}, { limit: 5 }),
    () => jc.v1.systemUsers.list({ limit: 5 }, { limit: 5 }),
    () => jc.v1.systemUsers.search({ body: { limit: 5 } }),
  ]) {
    let got;
    const sent = await requestsOf(async () => { got = await list().toArray(); });
    assert.deepEqual([got.length, sent.length], [5, 1]);
  }
  let got;
  const sent = await requestsOf(async () => { got = await jc.v1.systemUsers.list({ limit: 90 }, { pageSize: 40, concurrency: 1 }).toArray(); });
  assert.equal(got.length, 90);
  assert.ok(sent.length >= 3 && limits(sent).every((limit) => limit === "40"), String(limits(sent)));
  assert.equal((await jc.v1.systemUsers.list({}, { limit: 9 }).toArray({ limit: 4 })).length, 4);
  assert.equal((await jc.v1.systemUsers.list({}, { limit: 4 }).toArray({ limit: 9 })).length, 4);
  // A single call is JumpCloud's: its limit is the page's.
  assert.equal((await jc.send("v1.systemUsers.list", { limit: 5 })).body.results.length, 5);
  const refused = await requestsOf(async () => {
    const told = (list, pattern) => assert.rejects(async () => list().toArray(), (error) => error instanceof InvalidRequestError && pattern.test(error.message));
    for (const wrong of [NaN, Infinity, -1, 2.5, 1e21, "5", true, [], () => 5, Symbol("5")]) {
      await told(() => jc.v1.systemUsers.list({}, { limit: wrong }), /limit: expected a whole number/);
      await told(() => jc.v1.systemUsers.list({}, { pageSize: wrong }), /pageSize: expected a whole number/);
    }
    for (const wrong of [NaN, Infinity, -1, 2.5, 1e21]) {
      await told(() => jc.v1.systemUsers.list({ limit: wrong }), /limit: expected/);
      await told(() => jc.v1.systemUsers.search({ body: { limit: wrong } }), /limit: expected/);
      await assert.rejects(jc.v1.systemUsers.list().toArray({ limit: wrong }), /limit: expected a whole number/);
    }
    await told(() => jc.v1.systemUsers.list({ limit: 9 }, { limit: 5 }), /limit is given twice/);
    await told(() => jc.v1.systemUsers.list({}, { pageSize: 0 }), /pageSize: expected 1 or more/);
  });
  assert.deepEqual(refused, []);
});

test("items that were handed out before are left out of a page, wherever they stand in it", async () => {
  const pages = [["1", "2", "3", "4"], ["4", "5", "1", "6"], ["6", "2", "7", "3"], ["7"]];
  const asked = [];
  const handler = (request, response) => {
    const { searchParams } = new URL(request.url, "http://localhost");
    asked.push(searchParams.get("skip"));
    const page = pages[asked.length - 1] ?? [];
    response.setHeader("content-type", "application/json").end(` [ ${page.map((id) => `{ "id": "${id}" , "is": "],[{" }`).join(" ,\n ")} ] `);
  };
  await serving(handler, async (url) => {
    const got = [];
    const list = new JumpCloud({ apiKey: "k", baseUrl: url }).v2.systemGroups.list({ sort: "-name" }, { pageSize: 4, concurrency: 1 });
    await (async () => { for await (const group of list) got.push(group); })().catch((error) => assert.ok(error instanceof IncompleteError, error));
    assert.deepEqual(got.slice(0, 6).map(({ id }) => id), ["1", "2", "3", "4", "5", "6"], `${asked}`);
    assert.ok(got.every((group) => group.is === "],[{"));
  });
});

test("a list that lacks items is incomplete", async () => {
  const handler = (_, response) => response.setHeader("x-total-count", 9).setHeader("content-type", "application/json").end('[{"id":"1"},{"id":"2"}]');
  await serving(handler, async (url) => {
    const got = [];
    const walk = async () => { for await (const group of new JumpCloud({ apiKey: "k", baseUrl: url }).v2.userGroups.list()) got.push(group.id); };
    await assert.rejects(walk(), (error) => error instanceof IncompleteError && error.kind === "incomplete" && error.operation === "v2.userGroups.list" && /2 of 9/.test(error.message));
    assert.deepEqual(got, ["1", "2"]);
  });
});

test("an abort ends waits and requests at once, with the signal's reason", async () => {
  await misbehaving({ rate_limit_every: 1, retry_after: 30 }, async () => {
    const controller = new AbortController();
    const waiting = jc.v1.systemUsers.get({ id: "x" }, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 50);
    await assert.rejects(waiting, { message: "enough" });
  });
  await misbehaving({ latency_ms: 30_000 }, async () => {
    await assert.rejects(jc.v1.systemUsers.list({}, { signal: AbortSignal.timeout(50) }).toArray(), { name: "TimeoutError" });
  });
  await assert.rejects(jc.v1.systemUsers.get({ id: "x" }, { signal: AbortSignal.abort() }), { name: "AbortError" });
  const pages = jc.v1.systemUsers.list({}, { signal: AbortSignal.abort() });
  await assert.rejects(pages.toArray(), { name: "AbortError" });
});

test("a request that takes too long is a transport error", async () => {
  await misbehaving({ latency_ms: 30_000 }, async () => {
    const call = jc.v1.systemUsers.get({ id: "x" }, { timeout: 30, retry: { attempts: 1 } });
    await assert.rejects(call, (error) => error instanceof TransportError && /longer than 30 ms/.test(error.message));
  });
});

test("what may be tried again is tried again, after the waits that were asked for", async () => {
  const waits = [];
  const patient = new JumpCloud({ apiKey: access.api_key, baseUrl: url, ...quick((time) => waits.push(time)) });
  await misbehaving({ rate_limit_every: 3, retry_after: 2 }, async () => {
    assert.equal((await patient.v1.systemUsers.list({}, { concurrency: 1 }).toArray()).length, 1000);
  });
  assert.ok(waits.length >= 3 && waits.every((wait) => wait >= 2000 && wait < 3000), String(waits));
  await misbehaving({ rate_limit_every: 1, retry_after: 90 }, async () => {
    const call = patient.v1.systemUsers.get({ id: "x" });
    await assert.rejects(call, (error) => error instanceof RateLimitedError && error.retryAfter === 90 && error.status === 429);
  });
  await misbehaving({ server_error_every: 1 }, async () => {
    await assert.rejects(patient.v1.systemUsers.get({ id: "x" }, { retry: { attempts: 2 } }), ServerError);
  });
});

test("bodies that break off or are no JSON are errors with what came", async () => {
  await misbehaving({ truncate_every: 1 }, async () => {
    const error = await jc.v1.systemUsers.list().toArray().catch((error) => error);
    assert.equal(error.kind, "decode");
    assert.match(error.body, /^\{"/);
  });
  await misbehaving({ html_every: 1 }, async () => {
    const error = await jc.v1.systemUsers.list({}, { retry: { attempts: 1 } }).toArray().catch((error) => error);
    assert.ok(error instanceof JumpCloudError);
  });
  await misbehaving({ disconnect_every: 1 }, async () => {
    const error = await jc.v1.systemUsers.list({}, { retry: { attempts: 1 } }).toArray().catch((error) => error);
    assert.ok(error instanceof TransportError, String(error));
    assert.ok(error.cause instanceof Error);
  });
});

test("redirects to another origin are refused, and carry nothing there", async () => {
  let reached = 0;
  await serving((_, response) => { reached++; response.end("{}"); }, (elsewhere) =>
    serving((_, response) => response.writeHead(302, { location: `${elsewhere}/stolen` }).end(), async (redirecting) => {
      const own = new JumpCloud({ apiKey: "k", baseUrl: redirecting });
      await assert.rejects(own.v1.systemUsers.get({ id: "x" }), (error) => error instanceof TransportError && /redirect/.test(error.message));
      assert.equal(reached, 0);
      // A `fetch` of the caller's that follows them all the same.
      const following = new JumpCloud({ apiKey: "k", baseUrl: redirecting, fetch: (url, init) => fetch(url, { ...init, headers: [], redirect: "follow" }) });
      await assert.rejects(following.v1.systemUsers.get({ id: "x" }), (error) => error instanceof TransportError && /another origin/.test(error.message));
    }),
  );
});

test("a server that is not there is a transport error that keeps its cause", async () => {
  const nobody = await serving(() => {}, async (url) => url);
  const own = new JumpCloud({ apiKey: "k", baseUrl: nobody, ...quick() });
  // It never left, so even what is not idempotent is tried again.
  const error = await own.v1.systemUsers.create({ body: { username: "ada", email: "ada@example.com" } }).catch((error) => error);
  assert.ok(error instanceof TransportError);
  assert.match(error.message, /ECONNREFUSED/);
  assert.ok(error.cause instanceof TypeError);
});

test("pictures go up as bytes, Blob and stream, and come down as bytes with their media type", async () => {
  const application = await jc.v1.applications.create({
    body: { name: "custom", displayLabel: "Tests", ssoUrl: "https://sso.example.com/tests", config: {} },
  }).catch(async () => (await jc.v1.applications.list().toArray({ limit: 1 }))[0]);
  const id = application._id ?? application.id;
  const picture = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), (letter) => letter.charCodeAt(0));
  const stream = () => new Blob([picture]).stream();
  for (const image of [
    picture,
    new Blob([picture], { type: "image/png" }),
    new File([picture], "logo.png", { type: "image/png" }),
    attachment(stream(), { length: picture.length, fileName: "logo.png", mediaType: "image/png" }),
  ]) {
    await jc.v2.applications.logo.upload({ application_id: id, body: { image } });
    const { logo } = await jc.v1.applications.get({ id });
    const name = logo.url.split("/").at(-1);
    const downloaded = await jc.v2.logos.download({ id: name });
    assert.ok(downloaded.data instanceof Uint8Array);
    assert.equal(downloaded.mediaType, "image/png");
    assert.deepEqual(downloaded.data, picture);
  }
  const refused = (image) => jc.v2.applications.logo.upload({ application_id: id, body: { image } });
  await assert.rejects(refused(attachment(picture, { length: 3 })), /3 bytes were announced, \d+ given/);
  await assert.rejects(refused(attachment(stream(), { length: 3 })), /3 bytes were announced/);
  await assert.rejects(refused(stream()), InvalidRequestError);
});

test("a service account gets one token for all, and another when it is revoked", async () => {
  const own = new JumpCloud({ serviceAccount: { id: access.client_id, secret: access.client_secret }, baseUrl: url });
  const sent = await requestsOf(() => Promise.all(Array.from({ length: 8 }, () => own.v1.systemUsers.list().toArray({ limit: 1 }))));
  assert.equal(sent.filter(({ target }) => target.includes("token")).length, 1);
  await fetch(`${url}/__fake/tokens`, { method: "DELETE" });
  assert.equal((await own.v1.systemUsers.list().toArray({ limit: 1 })).length, 1);
  const wrong = new JumpCloud({ serviceAccount: { id: access.client_id, secret: "wrong" }, baseUrl: url });
  await assert.rejects(wrong.v1.systemUsers.list().toArray(), AuthenticationError);
});

test("a list that is aborted gives not one item more, also of a page that is here", async () => {
  const controller = new AbortController();
  const got = [];
  await assert.rejects(async () => {
    for await (const user of jc.v1.systemUsers.list({}, { signal: controller.signal })) {
      got.push(user);
      if (got.length === 3) controller.abort(new Error("enough"));
    }
  }, /enough/);
  assert.equal(got.length, 3);
});

test("a system signs for itself, with keys of both forms", async () => {
  const systemId = access.system_id;
  const pem = await (await fetch(`${url}/__fake/systems/${systemId}/client.key`)).text();
  const key = createPrivateKey(pem);
  const keys = [pem, new TextEncoder().encode(pem), key.export({ type: "pkcs8", format: "pem" }), key.export({ type: "pkcs8", format: "der" })];
  for (const privateKey of keys) {
    const own = new JumpCloud({ systemContext: new SystemContext({ systemId, privateKey }), baseUrl: url });
    assert.equal((await own.v1.systems.get({ id: systemId }))._id, systemId);
  }
  const own = new JumpCloud({ systemContext: new SystemContext({ systemId, privateKey: pem }), baseUrl: url });
  await assert.rejects(own.v1.systemUsers.list().toArray(), (error) => error instanceof InvalidRequestError && /System Context may not call this/.test(error.message));
  const broken = new JumpCloud({ systemContext: new SystemContext({ systemId, privateKey: pem.slice(0, 200) }), baseUrl: url });
  await assert.rejects(broken.v1.systems.get({ id: systemId }), SigningError);
  assert.throws(() => new SystemContext({ systemId }), InvalidRequestError);
});

test("where Date cannot be set, System Context says so and sends nothing", async () => {
  const Usual = globalThis.Request;
  // As browsers do: a header that they keep to themselves is left out without a word.
  globalThis.Request = class extends Usual {
    constructor(url, init) {
      super(url, init);
      this.headers.delete("date");
    }
  };
  try {
    const own = new JumpCloud({ systemContext: new SystemContext({ systemId: access.system_id, sign: async () => new Uint8Array(256) }), baseUrl: url });
    const sent = await requestsOf(() =>
      assert.rejects(own.v1.systems.get({ id: access.system_id }), (error) => error instanceof SigningError && /browser/.test(error.message)),
    );
    assert.deepEqual(sent, []);
  } finally {
    globalThis.Request = Usual;
  }
});

test("mistakes are told with what to do, before anything is sent", async () => {
  const told = async (promise, pattern) => assert.rejects(promise, (error) => error instanceof InvalidRequestError && pattern.test(error.message));
  const sent = await requestsOf(async () => {
    // At once: nobody has to look at a promise.
    for (const [wrong, pattern] of [
      [() => jc.v1.systemUser.list(), /did you mean "v1.systemUsers.list"/],
      [() => jc.v1.systemUsers.gett({ id: "x" }), /did you mean "v1.systemUsers.get"/],
      [() => jc.v1.systemUsers({}), /there is no operation "v1.systemUsers"/],
    ]) assert.throws(wrong, (error) => error instanceof InvalidRequestError && pattern.test(error.message));
    await told(jc.call("v1.systemUsers.gett", { id: "x" }), /did you mean "v1.systemUsers.get"/);
    await told(jc.v1.systemUsers.get(), /^v1.systemUsers.get: id: missing; expected/);
    await told(jc.v1.systemUsers.get("5f1b2c3d4e5f60718293a4b5"), /expected an object with their names, as \(\{ id: "…" \}\), got a string$/);
    for (const wrong of [5, ["x"], true]) await told(jc.v1.systemUsers.get(wrong), /expected an object with their names/);
    await told(jc.v1.systemUsers.get({ idd: "x" }), /there is no parameter "idd"; did you mean "id"/);
    await told(jc.v1.systemUsers.get({ id: "x" }, { timeout: -1 }), /timeout: expected milliseconds/);
    assert.throws(() => new JumpCloud({ systemContext: { systemId: access.system_id } }), /expected a SystemContext/);
    await told(jc.v1.systemUsers.get({ id: "x" }, { limits: 3 }), /there is no option "limits"; did you mean "limit"/);
    await told(jc.v1.systemUsers.get({ id: 1n }), /cannot be written as JSON/);
    await told(jc.v1.systemUsers.list({ filter: {} }).toArray(), /filter/);
    await told(jc.list("v1.systemUsers.get", { id: "x" }).toArray(), /not a list/);
    await told(jc.playbook("users.suspendd", { user: "x" }), /users.suspend/);
    await told(jc.describe("v9.nothing.get"), /there is no operation/);
    await told(new JumpCloud({ apiKey: "k", regoin: "eu" }).v1.systemUsers.list().toArray(), /there is no setting "regoin"; did you mean "region"/);
    await told(new JumpCloud({}).v1.systemUsers.list().toArray(), /apiKey/);
    await told(new JumpCloud().v1.systemUsers.list().toArray(), /apiKey/);
  });
  assert.deepEqual(sent, []);
  await assert.rejects(jc.v1.systemUsers.get({ id: "nobody" }), (error) => error instanceof NotFoundError && error.status === 404 && error.operation === "v1.systemUsers.get" && Boolean(error.requestId));
});

test("the whole answer can be had, and what would be sent can be seen", async () => {
  const [user] = await jc.v1.systemUsers.list().toArray({ limit: 1 });
  const reply = await jc.send("v1.systemUsers.get", { id: user._id });
  assert.deepEqual([reply.status, reply.mediaType, reply.body.username], [200, "application/json", user.username]);
  assert.equal(reply.headers.get("x-request-id"), reply.requestId);
  const request = await jc.prepare("v1.systemUsers.update", { id: user._id, body: { password: "hidden-password", department: "IT" } });
  assert.deepEqual([request.method, request.url], ["PUT", `${url}/api/systemusers/${user._id}`]);
  assert.ok(request.headers.some(([name, value]) => name === "x-api-key" && value === access.api_key));
  assert.equal(request.body, '{"password":"hidden-password","department":"IT"}');
  const { method, headers, body } = await jc.prepare("v1.systemUsers.update", { id: user._id, body: { department: "Tests" } });
  assert.equal((await fetch(request.url, { method, headers, body })).status, 200);
  assert.equal((await jc.v1.systemUsers.get({ id: user._id })).department, "Tests");
});

test("nothing that is printed holds a secret", async () => {
  const secrets = ["hidden-key", "hidden-secret", "hidden-password", "BEGIN RSA"];
  const pem = await (await fetch(`${url}/__fake/systems/${access.system_id}/client.key`)).text();
  const clients = [
    new JumpCloud({ apiKey: "hidden-key", baseUrl: url }),
    new JumpCloud({ serviceAccount: { id: "known", secret: "hidden-secret" }, baseUrl: url }),
    new JumpCloud({ systemContext: new SystemContext({ systemId: access.system_id, privateKey: pem }), baseUrl: url }),
  ];
  const shown = [new SystemContext({ systemId: access.system_id, privateKey: pem })];
  for (const client of clients) {
    const call = () => client.v1.systemUsers.create({ body: { username: "ada", email: "a@b.c", password: "hidden-password" } });
    const nobody = new JumpCloud({ apiKey: "hidden-key", baseUrl: "http://127.0.0.1:1", retry: { attempts: 1 } });
    shown.push(client, client.v1, client.v1.systemUsers.list, client.playbooks, client.v1.systemUsers.list());
    shown.push(await call().catch((error) => error), await nobody.v1.systemUsers.get({ id: "x" }).catch((error) => error));
    shown.push(await client.prepare("v1.systemUsers.create", { body: { password: "hidden-password" } }).catch((error) => error));
    shown.push(await client.send("v1.systemUsers.get", { id: "x" }).catch((error) => error));
  }
  shown.push(await new JumpCloud({ apiKey: "hidden-key", regio: "eu" }).v1.systemUsers.list().toArray().catch((error) => error));
  for (const value of shown) {
    const texts = [inspect(value, { depth: Infinity, showHidden: true, getters: false }), JSON.stringify(value) ?? "", typeof value === "function" ? "" : String(value), String(value.stack)];
    for (const text of texts) for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} in ${text}`);
  }
});

test("playbooks, descriptions, scopes and drift are there", async () => {
  const playbooks = await jc.playbook();
  assert.ok(playbooks.some(({ name, parameters }) => name === "users.suspend" && parameters.required.includes("user")));
  assert.deepEqual(Object.keys(playbooks[0]).sort(), ["description", "destructive", "name", "operations", "parameters", "result", "safe"]);
  const [user] = await jc.v1.systemUsers.list({ filter: filter.eq("state", "ACTIVATED") }).toArray({ limit: 1 });
  const dry = await jc.playbooks.users.suspend({ user: user.username, dryRun: true });
  assert.match(dry.requests[0], /^POST .*suspend$/);
  const { user: { id }, ...done } = await jc.playbook("users.suspend", { user: user.username });
  assert.deepEqual([id, done], [user._id, { before: { state: "ACTIVATED" }, after: { state: "SUSPENDED" }, changed: true }]);
  assert.equal((await jc.describe("users.suspend")).result.$ref, "#/$defs/UserStateResult");
  assert.equal((await jc.v1.systemUsers.get({ id: user._id })).state, "SUSPENDED");
  assert.equal((await jc.describe("v1.systemUsers.get")).path, "/api/systemusers/{id}");
  const replaces = ["v1.commands.replace", "v1.systemUsers.update", "v1.radiusServers.update"].map(async (name) => (await jc.describe(name)).fullReplace);
  assert.deepEqual(await Promise.all(replaces), [true, false, null]);
  assert.deepEqual(await jc.scopes(["v2.userGroups.list", "v2.userGroups.create"]), ["groups"]);
  const drift = await jc.drift("v1.systemUsers.get", 200, { username: 1, unheardOf: true });
  assert.deepEqual(drift.map(({ path, wrong }) => [path, wrong]), [["body.username", true], ["body.unheardOf", false]]);
  assert.deepEqual(await jc.drift("v1.systemUsers.get", 200, await jc.v1.systemUsers.get({ id: user._id })).then((drift) => drift.filter(({ wrong }) => wrong)), []);
  const operations = await jc.operations();
  const names = readFileSync(new URL("../../../core/api/names.tsv", import.meta.url), "utf8");
  assert.equal(operations.length, names.match(/^[^#\n]/gm).length);
  assert.equal((await jc.operations("usergroups members GET"))[0].name, "v2.userGroups.members.list");
});

test("every operation can be reached by its name and its operationIds", async () => {
  for (const { name, list } of await jc.operations()) {
    const { operationIds } = await jc.describe(name);
    const refused = (error) => error instanceof InvalidRequestError && error.operation === name;
    const wrong = { "no such parameter": 1 };
    const begun = jc.call(name, wrong);
    assert.equal(begun instanceof List, list, name);
    await assert.rejects(list ? begun.toArray() : begun, refused, name);
    for (const id of operationIds) {
      // What an operationId calls is known only when the complete module is there.
      await assert.rejects(list ? jc.call(id, wrong).then((pages) => pages.toArray()) : jc.call(id, wrong), refused, id);
      if (list) await assert.rejects(jc.list(id, wrong).toArray(), refused, id);
    }
  }
});

test("names complete, and a namespace is no promise", async () => {
  assert.ok(Object.keys(jc.v1).includes("systemUsers"));
  assert.ok(Object.keys(jc.v2.userGroups.members).includes("list"));
  assert.equal(await jc.v1, jc.v1);
  assert.equal(`${jc.v1.systemUsers} ${inspect(jc.v2)}`, "[v1.systemUsers] [v2]");
  const { start } = await import("node:repl");
  const repl = start({ input: new PassThrough(), output: new PassThrough() });
  repl.context.jc = jc;
  const completed = await new Promise((resolve) => repl.complete("jc.v1.systemU", (_, [names]) => resolve(names)));
  repl.close();
  assert.deepEqual(completed, ["jc.v1.systemUsers"]);
});
