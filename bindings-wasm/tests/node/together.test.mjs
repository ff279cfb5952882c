// What the calls of a client share, over real HTTP: a token, a deadline for all that one does, bounds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthenticationError, JumpCloud, JumpCloudError } from "../../dist/node.js";
import { serving } from "./serving.mjs";

test("a token that comes while its list is paused serves the calls inside the loop at once", async () => {
  const tokens = [];
  await serving((request, response) => {
    const answer = (body) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.url.includes("token")) {
      tokens.push(request.url);
      // The first lives for a moment only; the next one takes its time.
      const token = { access_token: `t${tokens.length}`, expires_in: tokens.length === 1 ? 1 : 3600 };
      setTimeout(answer, tokens.length === 1 ? 0 : 300, token);
    } else if (/systemusers\/./.test(request.url)) {
      answer({ _id: "x" });
    } else {
      const skip = Number(new URL(request.url, "http://x").searchParams.get("skip"));
      answer({ totalCount: 400, results: Array.from({ length: Math.min(100, 400 - skip) }, (_, at) => ({ _id: `${1000 + skip + at}` })) });
    }
  }, async (baseUrl) => {
    const own = new JumpCloud({ serviceAccount: { id: "id", secret: "s" }, baseUrl });
    const begun = performance.now();
    let users = 0;
    for await (const user of own.v1.systemUsers.list()) {
      // Half the life of the first token goes by.
      if (users++ === 0) await new Promise((resolve) => setTimeout(resolve, 700));
      if (users % 100 === 1) await own.v1.systemUsers.get({ id: user._id });
    }
    assert.equal(users, 400);
    assert.equal(tokens.length, 2);
    assert.ok(performance.now() - begun < 8000);
  });
});

test("one failure of a renewal is everybody's", async () => {
  let tokens = 0;
  await serving((_, response) => {
    tokens++;
    setTimeout(() => response.writeHead(401).end(), 50);
  }, async (baseUrl) => {
    const own = new JumpCloud({ serviceAccount: { id: "id", secret: "s" }, baseUrl });
    const calls = Array.from({ length: 20 }, () => assert.rejects(own.v1.systemUsers.get({ id: "x" }), AuthenticationError));
    await Promise.all(calls);
    assert.equal(tokens, 1);
  });
});

test("what calls that are held cost grows as they do", async () => {
  const asked = async (calls) => {
    let looks = 0;
    const clock = () => (looks++, Date.now());
    const fetch = async () => new Response('{"_id":"x"}', { headers: { "content-type": "application/json" } });
    const own = new JumpCloud({ apiKey: "k", fetch, clock, requestsInFlight: 4 });
    await Promise.all(Array.from({ length: calls }, () => own.v1.systemUsers.get({ id: "x" })));
    return looks;
  };
  const [few, many] = [await asked(200), await asked(800)];
  assert.ok(many < few * 5, `the clock was asked ${few} times for 200 calls, ${many} times for 800`);
});

test("a function says who calls: once for all that wait, and once more when it is refused", async () => {
  let right = "key-1", asked = 0;
  await serving((request, response) => {
    response.writeHead(request.headers["x-api-key"] === right ? 200 : 401, { "content-type": "application/json" }).end('{"_id":"x"}');
  }, async (baseUrl) => {
    const credentials = async () => {
      asked++;
      await new Promise((resolve) => setTimeout(resolve, 30));
      return { apiKey: right, expiresIn: 60_000 };
    };
    const own = new JumpCloud({ credentials, baseUrl });
    const get = () => own.v1.systemUsers.get({ id: "x" });
    await Promise.all(Array.from({ length: 8 }, get));
    assert.equal(asked, 1);
    right = "key-2";
    await Promise.all(Array.from({ length: 8 }, get));
    assert.equal(asked, 2);

    const why = new Error("the vault is sealed");
    const sealed = new JumpCloud({ credentials: () => { throw why; }, baseUrl });
    await assert.rejects(sealed.v1.systemUsers.get({ id: "x" }), (error) => {
      assert.ok(error instanceof AuthenticationError && error.cause === why && error.status === undefined);
      assert.doesNotMatch(error.message, /sealed/);
      return true;
    });

    // One that never answers is bounded by the deadline, and by the caller.
    const silent = new JumpCloud({ credentials: () => new Promise(() => {}), baseUrl, deadline: 100 });
    await assert.rejects(silent.v1.systemUsers.get({ id: "x" }), /the deadline of 100 ms/);
    const signal = AbortSignal.timeout(50);
    await assert.rejects(silent.v1.systemUsers.get({ id: "x" }, { signal, deadline: 60_000 }), { name: "TimeoutError" });

    for (const wrong of ["key-2", undefined, {}, { apiKey: right, serviceAccount: { id: "a", secret: "b" } }]) {
      const odd = new JumpCloud({ credentials: () => wrong, baseUrl });
      await assert.rejects(odd.v1.systemUsers.get({ id: "x" }), (error) => error.kind === "invalid_request" && !error.message.includes("key-2"));
    }
    assert.throws(() => new JumpCloud({ credentials: { apiKey: "k" } }), /a function/);
    await assert.rejects(new JumpCloud({ credentials, apiKey: "k" }).v1.systemUsers.get({ id: "x" }), /expected one of/);
  });
});

test("a deadline ends a call whatever the server does, and leaves nothing open", async () => {
  const open = new Set();
  const silent = (request, response) => {
    open.add(response);
    response.on("close", () => open.delete(response));
  };
  const trickling = (request, response) => {
    silent(request, response);
    response.writeHead(200, { "content-type": "application/json" });
    const timer = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(timer));
  };
  const busy = (_, response) => response.writeHead(503).end();
  for (const handler of [silent, trickling, busy]) {
    await serving(handler, async (baseUrl) => {
      const clients = [new JumpCloud({ apiKey: "k", baseUrl, deadline: 700 }), new JumpCloud({ serviceAccount: { id: "id", secret: "s" }, baseUrl, deadline: 700 })];
      for (const own of clients) {
        const calls = [() => own.v1.systemUsers.get({ id: "x" }), () => own.v1.systemUsers.list().toArray(), () => own.playbooks.users.find({ user: "ada" })];
        for (const call of calls) {
          const begun = performance.now();
          await assert.rejects(call(), (error) => error instanceof JumpCloudError && /the deadline of \d+ ms/.test(error.message));
          assert.ok(performance.now() - begun < 3000);
        }
      }
      for (let tries = 0; open.size && tries < 50; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(open.size, 0);
    });
  }
});

test("all calls of a client keep its bounds together", async () => {
  for (const bounds of [{ requestsInFlight: 1 }, { requestsInFlight: 3 }, { requestsPerSecond: 15 }]) {
    let [open, most] = [0, 0];
    const begun = [];
    const answer = ({ url }) => {
      if (url.includes("token")) return { access_token: "t", expires_in: 3600 };
      const skip = Number(new URL(url, "http://x").searchParams.get("skip") ?? 0);
      const ids = Array.from({ length: Math.min(5, 30 - skip) }, (_, index) => ({ _id: String(skip + index).padStart(24, "0") }));
      return url.includes("limit") ? { totalCount: 30, results: ids } : { _id: "x" };
    };
    const handler = (request, response) => {
      begun.push(performance.now());
      most = Math.max(most, ++open);
      setTimeout(() => {
        open -= 1;
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer(request)));
      }, 20);
    };
    await serving(handler, async (baseUrl) => {
      const own = new JumpCloud({ serviceAccount: { id: "id", secret: "s" }, baseUrl, ...bounds });
      const calls = Array.from({ length: 12 }, () => own.v1.systemUsers.get({ id: "x" }));
      const users = own.v1.systemUsers.list({}, { pageSize: 5 }).toArray();
      assert.deepEqual((await Promise.all(calls)).map(({ _id }) => _id), Array(12).fill("x"));
      assert.equal((await users).length, 30);
    });
    assert.ok(most <= (bounds.requestsInFlight ?? 100), `${most} in flight`);
    const { requestsPerSecond: perSecond = begun.length } = bounds;
    // What is sent in time may arrive a little late.
    for (let index = perSecond; index < begun.length; index++) assert.ok(begun[index] - begun[index - perSecond] > 800);
  }
  for (const [name, value] of ["requestsInFlight", "requestsPerSecond"].flatMap((name) => [NaN, Infinity, -1, 0.5, "2"].map((value) => [name, value]))) {
    await assert.rejects(new JumpCloud({ apiKey: "k", [name]: value }).v1.systemUsers.get({ id: "x" }), (error) => error.parameter === name, `${name} ${value}`);
  }
  await assert.rejects(new JumpCloud({ apiKey: "k", requestsInFlight: 0 }).v1.systemUsers.get({ id: "x" }), /requestsInFlight: expected 1 or more/);
});
