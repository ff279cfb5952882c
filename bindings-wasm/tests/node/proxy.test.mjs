// The proxy: what it lets through, and what it is attacked with.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { AuthenticationError, InvalidRequestError, JumpCloud, NotFoundError } from "jumpcloud-client";
import { createProxy, listener } from "jumpcloud-client/proxy";
import { fake } from "../runtimes/fake.mjs";

const access = await fake("--users", "60", "--seed", "7");
const allow = [
  "v1.systemUsers.list", "v1.systemUsers.get", "v1.systemUsers.search", "v1.systemUsers.create", "v1.systems.list",
  "v2.userGroups.list", "v2.userGroups.members.list", "insights.events.query", "v2.applications.logo.upload", "v1.applications.list",
];
const origin = "https://admin.example.com";
const cookie = "session=ada";

/** A proxy whose JumpCloud is the fake, or `upstream`; `sent` is what it has sent. */
function proxied({ upstream, ...settings } = {}) {
  const sent = [];
  const through = (url, init) => {
    sent.push({ url, ...init, headers: Object.fromEntries(init.headers) });
    const { origin } = new URL(url);
    return upstream?.(url, init) ?? fetch(url.replace(origin, access.url), init);
  };
  const authorize = (request) => request.headers.get("cookie") === cookie;
  const proxy = createProxy({ apiKey: access.apiKey, origin, allow, authorize, path: "/jumpcloud", fetch: through, ...settings });
  return { proxy, sent };
}

const ask = (path, { headers, ...init } = {}) =>
  new Request(new URL(path, origin), { headers: { cookie, host: "admin.example.com", origin, ...headers }, ...init });

/** A page's client, which asks the proxy. */
const page = (proxy, more = {}) =>
  new JumpCloud({
    apiKey: "the-proxy-has-it",
    baseUrl: `${origin}/jumpcloud`,
    fetch: (url, init) => proxy(ask(url, { ...init, headers: { ...Object.fromEntries(init.headers), cookie, ...more } })),
  });

test("a page's client works through it as it does without", async () => {
  const { proxy, sent } = proxied();
  const jc = page(proxy);
  const direct = new JumpCloud({ apiKey: access.apiKey, baseUrl: access.url });
  const users = await direct.v1.systemUsers.list().toArray();
  assert.equal(users.length, 60);
  assert.deepEqual(await jc.v1.systemUsers.list({}, { pageSize: 7 }).toArray(), users);
  const { department } = users[0];
  const query = { filter: { field: "department", operator: "eq", value: department }, fields: ["email", "department"], sort: "email" };
  assert.deepEqual(await jc.v1.systemUsers.list(query).toArray(), await direct.v1.systemUsers.list(query).toArray());
  const search = { body: { filter: { and: [{ department }] } } };
  assert.ok((await direct.v1.systemUsers.search(search).toArray()).length > 0);
  assert.deepEqual(await jc.v1.systemUsers.search(search).toArray(), await direct.v1.systemUsers.search(search).toArray());
  const events = { body: { service: ["all"], start_time: "2020-01-01T00:00:00Z" } };
  const all = await direct.insights.events.query(events).toArray({ limit: 70 });
  // Without the headers of its cursor it would end with the first page.
  const few = await jc.insights.events.query(events, { pageSize: 20 }).toArray({ limit: 70 });
  assert.equal(all.length, 70);
  assert.deepEqual(few.map(({ id }) => id), all.map(({ id }) => id));
  const groups = await direct.v2.userGroups.list().toArray();
  assert.deepEqual(await jc.v2.userGroups.list({ filter: { field: "name", operator: "eq", value: groups[0].name } }).toArray(), [groups[0]]);
  const made = await jc.v1.systemUsers.create({ body: { username: "new", email: "new@example.com" } });
  assert.equal((await jc.v1.systemUsers.get({ id: made._id })).email, "new@example.com");
  await assert.rejects(jc.v1.systemUsers.get({ id: "5f1b2c3d4e5f60718293a4b5" }), NotFoundError);
  const [{ _id, id = _id }] = await direct.v1.applications.list().toArray({ limit: 1 });
  const picture = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), (letter) => letter.charCodeAt(0));
  await jc.v2.applications.logo.upload({ applicationId: id, body: { image: picture } });
  const form = await new Response(sent.at(-1).body, { headers: sent.at(-1).headers }).formData();
  assert.deepEqual(new Uint8Array(await form.get("image").arrayBuffer()), picture);
  assert.deepEqual(new Set(sent.map(({ url }) => new URL(url).origin)), new Set(["https://console.jumpcloud.com", "https://api.jumpcloud.com"]));
});

test("nothing of a request goes on but the operation and its parameters", async () => {
  const { proxy, sent } = proxied();
  const smuggled = {
    authorization: "Bearer mine", "x-api-key": "mine", "x-http-method-override": "DELETE", "x-forwarded-host": "evil.example",
    "x-forwarded-for": "1.2.3.4", "content-encoding": "identity", forwarded: "host=evil.example", te: "trailers", "x-original-url": "/api/systems", range: "bytes=0-1",
  };
  const answer = await proxy(ask("/jumpcloud/api/systemusers?limit=1", { headers: smuggled }));
  assert.equal(answer.status, 200);
  const [{ url, method, headers, body }] = sent;
  assert.deepEqual([url, method, body], ["https://console.jumpcloud.com/api/systemusers?limit=1", "GET", undefined]);
  assert.deepEqual(Object.keys(headers).sort(), ["accept", "user-agent", "x-api-key"]);
  assert.equal(headers["x-api-key"], access.apiKey);
});

test("what it answers has the headers that a list needs, and no others", async () => {
  const upstream = async () =>
    new Response("<script>alert(1)</script>", { headers: { "content-type": "text/html", "x-total-count": "7", "set-cookie": "a=b", location: "https://evil.example", "access-control-allow-origin": "*", "x-search_after": "[1]", server: "x" } });
  const { proxy } = proxied({ upstream });
  for (const path of ["/jumpcloud/api/systemusers/5f1b2c3d4e5f60718293a4b5"]) {
    const { headers } = await proxy(ask(path));
    assert.deepEqual(Object.fromEntries(headers), {
      "cache-control": "no-store", "content-security-policy": "default-src 'none'; sandbox", "content-type": "text/html",
      "x-content-type-options": "nosniff", "x-search_after": "[1]", "x-total-count": "7",
    });
  }
});

const users = "/jumpcloud/api/systemusers";
const post = (headers, body = "{}") => ({ method: "POST", body, headers: { "content-type": "application/json", ...headers } });
const attacks = {
  "no session": [users, { headers: { cookie: "" } }, 401],
  "somebody else's session": [users, { headers: { cookie: "session=eve" } }, 401],
  "another origin": [users, { headers: { origin: "https://evil.example" } }, 403],
  "an origin that begins alike": [users, { headers: { origin: `${origin}.evil.example` } }, 403],
  "an origin that ends alike": [users, { headers: { origin: "https://evil.example?https://admin.example.com" } }, 403],
  "the origin without TLS": [users, { headers: { origin: "http://admin.example.com" } }, 403],
  "the origin at another port": [users, { headers: { origin: `${origin}:8443` } }, 403],
  "the origin null": [users, { headers: { origin: "null" } }, 403],
  "two origins": [users, { headers: { origin: `${origin}, https://evil.example` } }, 403],
  "a change without an origin": [users, post({ origin: undefined }), 403],
  "a picture of another page": [users, { headers: { origin: undefined, "sec-fetch-site": "cross-site" } }, 403],
  "a page of a sister's": [users, { headers: { origin: undefined, "sec-fetch-site": "same-site" } }, 403],
  "another host": [users, { headers: { host: "evil.example" } }, 403],
  "a host that begins alike": [users, { headers: { host: "admin.example.com.evil.example" } }, 403],
  "two hosts": [users, { headers: { host: "admin.example.com, evil.example" } }, 403],
  "a host with a name": [users, { headers: { host: "admin.example.com@evil.example" } }, 403],
  "a host at another port": [users, { headers: { host: "admin.example.com:8443" } }, 403],
  "another organization": [users, { headers: { "x-org-id": "5f1b2c3d4e5f60718293a4b5" } }, 403],
  "a provider's organizations": ["/jumpcloud/insights/directory/v1/events", post({ "x-provider-id": "5f1b2c3d4e5f60718293a4b5" }, '{"service":["all"],"start_time":"2020-01-01T00:00:00Z"}'), 403],
  "another path": ["/jumpclouds/api/systemusers", {}, 404],
  "no path": ["/api/systemusers", {}, 404],
  traversal: ["/jumpcloud/../api/systemusers", {}, 404],
  "traversal out of an operation": [`${users}/x/../../systems/x`, {}, 403],
  "traversal, encoded": [`${users}/%2e%2e/systems/x`, {}, 403],
  "traversal behind encoded slashes": [`${users}/..%2fsystems%2fx`, {}, 400],
  "traversal behind backslashes": [`${users}/..%5csystems`, {}, 400],
  "traversal, encoded twice": [`${users}/%252e%252e%252fsystems`, {}, 400],
  "an encoded slash": [`${users}/a%2fb`, {}, 400],
  "an encoded line break": [`${users}/a%0d%0ax-api-key:b`, {}, 400],
  "an encoded zero": [`${users}/a%00`, {}, 400],
  "what does not decode": [`${users}/%ff`, {}, 400],
  "a path with nothing in it": [`/jumpcloud//evil.example/api/systemusers`, {}, 400],
  "a slash at the end": [`${users}/`, {}, 400],
  "an address in the path": ["/jumpcloud/https://evil.example/api/systemusers", {}, 400],
  "an operation that is not allowed": ["/jumpcloud/api/systemusers/5f1b2c3d4e5f60718293a4b5", { method: "DELETE" }, 403],
  "another one": ["/jumpcloud/api/v2/administrators", {}, 400],
  "no operation": ["/jumpcloud/api/secrets", {}, 400],
  "a token": ["/jumpcloud/oauth2/token", post({}, "grant_type=client_credentials"), 403],
  "a preflight": [users, { method: "OPTIONS" }, 400],
  "a parameter that there is not": [`${users}?_method=DELETE`, {}, 400],
  "a method by header": [users, { method: "PATCH", headers: { "x-http-method": "GET" } }, 400],
  "a body that is too large": [users, post({}, JSON.stringify({ username: "a".repeat(1_048_577) })), 413],
  "a length that is too large": [users, post({ "content-length": "9999999999" }), 413],
  "a body that is no JSON": [users, post({}, "{"), 400],
  "a body of another kind": [users, post({}, JSON.stringify([1])), 400],
};

for (const [what, [path, init, status]] of Object.entries(attacks)) {
  test(`refused: ${what}`, async () => {
    const { proxy, sent } = proxied();
    const headers = Object.entries({ cookie, host: "admin.example.com", origin, ...init.headers }).filter(([, value]) => value !== undefined);
    const answer = await proxy(new Request(new URL(path, origin), { ...init, headers }));
    const text = await answer.text();
    assert.equal(answer.status, status, text);
    assert.equal(sent.length, 0, JSON.stringify(sent));
    assert.doesNotMatch(text + JSON.stringify([...answer.headers]), new RegExp(`${access.apiKey}|access-control`));
    assert.ok(JSON.parse(text).message.length > 10);
  });
}

test("what is asked once more by GET has no origin, and is let through", async () => {
  const { proxy } = proxied();
  for (const headers of [{}, { "sec-fetch-site": "same-origin" }, { host: "ADMIN.example.com:443" }]) {
    const answer = await proxy(new Request(`${origin}${users}`, { headers: { cookie, host: "admin.example.com", ...headers } }));
    assert.equal(answer.status, 200, await answer.text());
  }
});

test("an endless body, and one that does not come, are waited for no longer", async () => {
  let given = 0;
  const endless = new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536).fill((given++, 32))) });
  const { proxy, sent } = proxied({ timeout: 200 });
  assert.equal((await proxy(ask(users, { ...post(), body: endless, duplex: "half" }))).status, 413);
  assert.ok(given < 40, `${given}`);
  const silent = new ReadableStream({});
  assert.equal((await proxy(ask(users, { ...post(), body: silent, duplex: "half" }))).status, 408);
  assert.equal(sent.length, 0);
});

test("only true lets through; it sees the operation and its parameters, and these are what is sent", async () => {
  const calls = [];
  const answers = [true, 1, {}, "yes", undefined, null, false, Promise.resolve(true), new Response("no", { status: 418 })];
  let answer;
  const { proxy, sent } = proxied({ authorize: (_, call) => (calls.push(call), answer) });
  const body = '{"username":"eve","username":"ada","email":"a@example.com","__proto__":{"x":1}}';
  const statuses = [];
  for (answer of answers) statuses.push((await proxy(ask(users, post({}, body)))).status);
  assert.deepEqual(statuses.map((status) => (status < 300 || status === 409 ? "through" : status)), ["through", 401, 401, 401, 401, 401, 401, "through", 418]);
  assert.equal(calls[0].operation, "v1.systemUsers.create");
  // Of two keys of one name there is one left: nobody can look at one of them and do the other.
  assert.equal(calls[0].parameters.body.username, "ada");
  assert.equal(sent[0].body.match(/username/g).length, 1);
  assert.match(sent[0].body, /"ada"/);
  const broken = proxied({ authorize: () => { throw new Error("the session store is gone"); } });
  await assert.rejects(broken.proxy(ask(users)), /session store/);
  assert.equal(broken.sent.length, 0);
});

test("what JumpCloud refuses, and what it does not answer, are told apart", async () => {
  const status = async (upstream) => {
    const { proxy, sent } = proxied({ upstream });
    const answer = await proxy(ask(`${users}/5f1b2c3d4e5f60718293a4b5`));
    assert.equal(sent.length, 1);
    return [answer.status, await answer.text()];
  };
  const plain = (status, text = "{}", headers = {}) => async () => new Response(text, { status, headers: { "content-type": "application/json", ...headers } });
  assert.deepEqual(await status(plain(409, '{"message":"taken"}')), [409, '{"message":"taken"}']);
  assert.deepEqual((await status(plain(503)))[0], 503);
  assert.deepEqual((await status(plain(429, "{}", { "retry-after": "1" })))[0], 429);
  const [code, text] = await status(plain(401, '{"message":"no key"}'));
  assert.deepEqual([code, JSON.parse(text).message], [502, "JumpCloud refuses the proxy's credential"]);
  assert.equal((await status(plain(302, "", { location: "https://evil.example" })))[0], 502);
});

/** What is written with `console.error` while this runs. */
async function logged(t, run) {
  const written = t.mock.method(console, "error", () => {});
  await run();
  written.mock.restore();
  return written.mock.calls.map(({ arguments: words }) => words.join(" ")).join("\n");
}

test("nothing that a fetch says of itself goes to the page, or is logged", async (t) => {
  const cause = Object.assign(new Error("connect ECONNREFUSED via http://ada:password@10.1.2.3"), { code: "ECONNREFUSED" });
  const { proxy } = proxied({ upstream: async () => { throw new TypeError("fetch failed", { cause }); } });
  const log = await logged(t, async () => {
    const answer = await proxy(ask(users));
    assert.deepEqual([answer.status, await answer.json()], [502, { message: "JumpCloud could not be reached" }]);
  });
  assert.equal(log, "jumpcloud-client/proxy: v1.systemUsers.list: transport, ECONNREFUSED");
});

test("a credential that JumpCloud says back is struck out", async () => {
  const says = async (settings, status, of) => {
    const upstream = async (url, { headers, body }) => {
      const sent = Object.fromEntries(headers);
      if (/oauth2.token/.test(url)) return Response.json({ access_token: "the-token-of-today", expires_in: 3600 });
      const text = JSON.stringify({ message: `no: ${sent["x-api-key"] ?? sent.authorization} ${of ?? ""}` });
      return new Response(text, { status, headers: { "content-type": "application/json", "x-request-id": sent["x-api-key"] ?? "1" } });
    };
    const { proxy } = proxied({ upstream, apiKey: undefined, ...settings });
    const answer = await proxy(ask(`${users}/5f1b2c3d4e5f60718293a4b5`));
    assert.equal(answer.status, status);
    return (await answer.text()) + answer.headers.get("x-request-id");
  };
  for (const status of [200, 400, 403, 404, 500]) {
    for (const [settings, of] of [
      [{ apiKey: "jca_of-nobody-else" }],
      [{ credentials: () => ({ apiKey: "jca_of-nobody-else" }) }],
      [{ serviceAccount: { id: "ada", secret: "jca_of-nobody-else" } }, "jca_of-nobody-else"],
      [{ credentials: () => ({ serviceAccount: { id: "ada", secret: "jca_of-nobody-else" } }) }, "jca_of-nobody-else"],
    ]) {
      const text = await says(settings, status, of);
      assert.match(text, /\[redacted\]/);
      assert.doesNotMatch(text, /of-nobody-else|token-of-today/, `${status} ${JSON.stringify(settings)}`);
    }
  }
  const refusesTokens = proxied({ apiKey: undefined, serviceAccount: { id: "ada", secret: "jca_of-nobody-else" }, upstream: async () => Response.json({ error: "invalid_client" }, { status: 400 }) });
  const answer = await refusesTokens.proxy(ask(users));
  assert.deepEqual([answer.status, await answer.json()], [502, { message: "JumpCloud refuses the proxy's credential" }]);
});

test("a mistake in the settings that is found later is not the page's", async (t) => {
  for (const settings of [{ region: "evil.example" }, { orgId: "no id" }, { foo: 1 }, { serviceAccount: { id: "a", secret: "b" } }, { apiKey: undefined, credentials: () => ({ apiKey: "jca_line\nbreak" }) }, { apiKey: undefined, credentials: () => ({}) }]) {
    const { proxy, sent } = proxied(settings);
    let answer;
    const log = await logged(t, async () => { answer = await proxy(ask(users)); });
    const { message } = await answer.json();
    assert.equal(answer.status, 502, message);
    assert.doesNotMatch(message + log, /jca_/);
    assert.match(log, /^jumpcloud-client\/proxy: ./);
    assert.equal(sent.length, 0);
  }
});

test("what authorize throws is not JumpCloud's answer", async () => {
  const other = new JumpCloud({ apiKey: "k", fetch: async () => Response.json({ message: "the session store's secret" }, { status: 404 }) });
  const { proxy, sent } = proxied({ authorize: () => other.v1.systemUsers.get({ id: "5f1b2c3d4e5f60718293a4b5" }) });
  await assert.rejects(proxy(ask(users)), NotFoundError);
  assert.equal(sent.length, 0);
});

test("an answer of authorize's may be one for all; what is none is thrown", async () => {
  const one = new Response("no", { status: 401, headers: { "x-why": "no session" } });
  const { proxy } = proxied({ authorize: () => one });
  for (let time = 0; time < 50; time++) {
    // Nor does it matter whether the program reads its own.
    if (time === 40) assert.equal(await one.text(), "no");
    const answer = await proxy(ask(users));
    assert.deepEqual([answer.status, answer.headers.get("x-why"), await answer.text()], [401, "no session", "no"]);
  }
  const used = new Response("no");
  await used.text();
  await assert.rejects(proxied({ authorize: () => used }).proxy(ask(users)), /authorize: expected a Response that can be answered/);
  await assert.rejects(proxied({ authorize: () => Response.error() }).proxy(ask(users)), /authorize: expected a Response/);
});

test("what authorize sees is what is sent", async (t) => {
  const upstream = async () => Response.json({});
  const id = "5f1b2c3d4e5f60718293a4b5";
  const path = `${users}/${id}`;
  const put = async (body, type = "application/json") => {
    const seen = [];
    const { proxy, sent } = proxied({ upstream, allow: ["v1.systemUsers.update"], authorize: (_, { parameters }) => (seen.push(parameters), true) });
    const { status } = await proxy(ask(path, { method: "PUT", body, headers: { "content-type": type } }));
    if (sent.length) assert.deepEqual(JSON.parse(sent[0].body), seen[0].body);
    return [status, seen[0]?.body];
  };
  const odd = { "line\nbreaks": 1, other: { "__proto__ ": [1] } };
  for (const space of [0, 2, "\t", "\n", "\r\n"]) {
    const body = { department: "IT", ...(space === 2 && odd) };
    assert.deepEqual(await put(`\n${JSON.stringify(body, null, space === "\n" || space === "\r\n" ? 0 : space).replaceAll(":", `:${typeof space === "string" ? space : ""}`)}\n`), [200, body]);
  }
  for (const type of ["application/json", "application/octet-stream", "multipart/form-data; boundary=x", "", "APPLICATION/OCTET-STREAM; a=b"]) {
    for (const attachment of [{ length: 5 }, { length: 99 }, { length: 84, fileName: "file", mediaType: "application/octet-stream" }]) {
      assert.deepEqual(await put(JSON.stringify({ attachment }), type), [400, undefined], type);
      await put(JSON.stringify({ attachment, sudo: true }), type);
      await put(JSON.stringify({ lastname: { attachment }, sudo: true }), type);
    }
    assert.deepEqual(await put('{"sudo":true}', type), [200, { sudo: true }], type);
  }
  await t.test("of forms", async () => {
    const part = (name, content, file) => `--b\r\nContent-Disposition: form-data; name="${name}"${file ? `; filename="${file}"\r\nContent-Type: image/png` : ""}\r\n\r\n${content}\r\n`;
    const form = async (parts, type = "multipart/form-data; boundary=b") => {
      const seen = [];
      const { proxy, sent } = proxied({ upstream, authorize: (_, { parameters }) => (seen.push(parameters.body.image), true) });
      const { status } = await proxy(ask(`/jumpcloud/api/v2/applications/${id}/logo`, { method: "POST", body: parts.join("") + "--b--\r\n", headers: { "content-type": type } }));
      assert.equal(sent.length, status === 200 ? 1 : 0);
      if (!sent.length) return status;
      const came = (await new Response(sent[0].body, { headers: sent[0].headers }).formData()).get("image");
      for (const file of [seen[0], came]) assert.deepEqual([file.name, file.type, await file.text()], [seen[0].name, seen[0].type, await seen[0].text()]);
      return [came.name, await came.text()];
    };
    const image = part("image", "PNG", "a.png");
    for (const type of ["Multipart/Form-Data; boundary=b", "multipart/form-data; Boundary=b", 'multipart/form-data;boundary="b"; charset=utf-8']) {
      assert.deepEqual(await form([image], type), ["a.png", "PNG"], type);
    }
    assert.equal(await form([image, part("image", "SECOND", "b.png")]), 400);
    assert.equal(await form([part("image", "TEXT"), image]), 400);
    assert.equal(await form([image, part("image", "TEXT")]), 400);
    assert.equal(await form([image, "--b--\r\n", part("image", "BEHIND", "b.png")]), 400);
    assert.equal(await form([image, part("evil", "X", "b.png")]), 400);
    assert.equal(await form([part("image", '{"attachment":{"length":3}}')]), 400);
    assert.equal(await form([image.replace("Content-Type: image/png", "content-disposition: x")]), 400);
    for (const type of ["multipart/form-data", "multipart/form-data; boundary=", `multipart/form-data; boundary=${"b".repeat(71)}`, "application/json; boundary=b"]) assert.equal(await form([image], type), 400, type);
  });
});

test("nothing that a caller sends is thrown", async () => {
  const { proxy } = proxied({ upstream: async () => Response.json({}), maxRequest: 400 });
  let seed = 7;
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
  const one = (list) => list[random(list.length)];
  const pieces = ["{", "}", "[", "]", ":", ",", '"', "\n", "\r\n", "--b", "--b--", "\r\n\r\n", '{"limit":1}', '"a"', "null", "1e999", "\0", "\u2028", "\ud800", '{"attachment":{"length":1}}', 'Content-Disposition: form-data; name="image"; filename="a"', "Content-Type: x\r\n", '"image":', "\\u0000", "told\n", "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\nA\r\n--b--"];
  const types = ["application/json", "text/plain", "application/octet-stream", "multipart/form-data; boundary=b", "Multipart/form-data; boundary=\"b\"", "application/x-www-form-urlencoded", ";", ""];
  const id = "5f1b2c3d4e5f60718293a4b5";
  const paths = [users, "/jumpcloud/api/search/systemusers", "/jumpcloud/insights/directory/v1/events", `/jumpcloud/api/v2/applications/${id}/logo`, "/jumpcloud/", `${users}?filter=`, `${users}?%`];
  const statuses = new Set();
  for (let time = 0; time < 1_500; time++) {
    const text = Array.from({ length: random(9) }, () => one(pieces)).join("");
    const body = random(4) ? text : Uint8Array.from({ length: random(90) }, () => random(256));
    const { status } = await proxy(ask(one(paths), { method: one(["POST", "POST", "PUT", "DELETE"]), body, headers: { "content-type": one(types) } }));
    statuses.add(status);
    assert.ok(status >= 200 && status < 500, `${status}`);
  }
  assert.deepEqual([200, 400, 403].filter((status) => !statuses.has(status)), []);
  const large = proxied({ upstream: async () => Response.json({}) });
  const deep = ["[".repeat(1_000_000), '{"a":'.repeat(200_000), `{"department":${"[".repeat(400_000)}${"]".repeat(400_000)}}`, `{"attributes":${"[".repeat(90)}${"]".repeat(90)}}`];
  for (const body of deep) assert.equal((await large.proxy(ask(users, post({}, body)))).status, 400);
  const broken = new ReadableStream({ pull: (to) => to.error(new Error("cut")) });
  assert.equal((await proxy(ask(users, { ...post(), body: broken, duplex: "half" }))).status, 400);
  const leaves = new AbortController();
  const left = proxied({ authorize: () => (leaves.abort(), true) });
  assert.equal((await left.proxy(ask(users, { signal: leaves.signal }))).status, 499);
  assert.equal(left.sent.length, 0);
});

test("of what is not allowed no body is read", async () => {
  let given = 0;
  const pull = (to) => to.enqueue(new Uint8Array(1024).fill((given++, 45)));
  const { proxy } = proxied({ allow: ["v1.systemUsers.list"] });
  const init = { method: "POST", duplex: "half", headers: { "content-type": `multipart/form-data; boundary=${"-".repeat(60)}x` } };
  const answer = await proxy(ask("/jumpcloud/api/v2/applications/5f1b2c3d4e5f60718293a4b5/logo", { ...init, body: new ReadableStream({ pull }, { highWaterMark: 0 }) }));
  assert.deepEqual([answer.status, await answer.json(), given], [403, { message: "v2.applications.logo.upload is not allowed here" }, 0]);
});

test("its settings are looked at when it is made", () => {
  const authorize = () => true;
  const right = { apiKey: "k", origin, allow: ["v1.systemUsers.list"], authorize };
  assert.equal(typeof createProxy(right), "function");
  assert.equal(typeof createProxy({ ...right, origin: [origin, "http://localhost:3000"], allow: ["v1.system_users.list"] }), "function");
  for (const [settings, message] of [
    [{ origin: undefined }, /origin: expected the origin/],
    [{ origin: "admin.example.com" }, /origin/],
    [{ origin: "*" }, /origin/],
    [{ origin: `${origin}/` }, /origin/],
    [{ origin: "null" }, /origin/],
    [{ origin: [] }, /origin/],
    [{ origin: "https://*.example.com" }, /origin/],
    [{ path: 5 }, /path: expected a path/],
    [{ path: null }, /path/],
    [{ path: "/jump cloud" }, /path/],
    [{ path: "/jumpcloud/../x" }, /path/],
    [{ path: "/jump%2fcloud" }, /path/],
    [{ path: "/jumpcloud?x" }, /path/],
    [{ allow: [undefined] }, /allow/],
    [{ allow: [5] }, /allow/],
    [{ allow: [["v1.systemUsers.list"]] }, /allow/],
    [{ apiKey: undefined }, /apiKey: expected a credential/],
    [{ apiKey: "" }, /apiKey/],
    [{ timeout: 0 }, /timeout: expected milliseconds/],
    [{ timeout: NaN }, /timeout/],
    [{ orgId: "" }, /orgId/],
    [{ allow: [] }, /allow: expected the names/],
    [{ allow: "v1.systemUsers.list" }, /allow/],
    [{ allow: ["v1.systemUser.list"] }, /no operation "v1.systemUser.list"; did you mean "v1.systemUsers.list"/],
    [{ allow: ["v1.systemUsers"] }, /no operation/],
    [{ authorize: undefined }, /authorize: expected a function/],
    [{ maxRequest: -1 }, /maxRequest/],
    [{ baseUrl: "https://evil.example" }, /baseUrl: expected nothing/],
    [{ baseUrls: {} }, /baseUrls/],
    [{ allowHttp: true }, /allowHttp/],
  ]) {
    assert.throws(() => createProxy({ ...right, ...settings }), (error) => error instanceof InvalidRequestError && message.test(error.message), JSON.stringify(settings));
  }
});

test("the page's client gets the errors it knows", async () => {
  const { proxy } = proxied();
  const denied = page(proxy, { cookie: "" });
  await assert.rejects(denied.v1.systemUsers.list().toArray(), (error) => error instanceof AuthenticationError && /session/.test(error.message));
  await assert.rejects(page(proxy).v1.systemUsers.delete({ id: "5f1b2c3d4e5f60718293a4b5" }), (error) => error.status === 403 && /v1.systemUsers.delete is not allowed here/.test(error.message));
  await assert.rejects(page(proxy, { "x-org-id": "other" }).v1.systemUsers.list().toArray(), { status: 403 });
});

/** Sends bytes to a server of Node's with the proxy, and gives what comes back until it closes; that it must. */
async function raw(proxy, text) {
  const server = createServer(listener(proxy)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect(server.address().port, "127.0.0.1");
  let came = "";
  socket.on("data", (bytes) => (came += bytes)).on("error", () => {});
  socket.write(text);
  const closed = new Promise((resolve) => socket.on("close", resolve));
  const late = await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 5_000, "late"))]);
  assert.notEqual(late, "late", `the connection stays open: ${came}`);
  socket.destroy();
  server.closeAllConnections();
  server.close();
  return came;
}

test("over Node's sockets", async (t) => {
  const { proxy, sent } = proxied();
  const head = (first, ...lines) => [first, "Host: admin.example.com", `Cookie: ${cookie}`, "Connection: close", ...lines, "", ""].join("\r\n");
  const status = async (text) => (await raw(proxy, text)).slice(9, 12);
  assert.equal(await status(head(`GET ${users}?limit=1 HTTP/1.1`)), "200");
  assert.equal(sent.splice(0).length, 1);
  for (const [what, text, expected] of [
    ["another server's address", head(`GET http://evil.example${users} HTTP/1.1`), "404"],
    ["its own address", head(`GET ${origin}${users} HTTP/1.1`), "404"],
    ["a path that is a host", head(`GET //evil.example${users} HTTP/1.1`), "404"],
    ["a name and a host", head(`GET @evil.example${users} HTTP/1.1`), "400"],
    ["a port and a host", head(`GET :80@evil.example${users} HTTP/1.1`), "400"],
    ["traversal", head(`GET ${users}/../../../../etc/passwd HTTP/1.1`), "404"],
    ["two hosts", head(`GET ${users} HTTP/1.1`, "Host: evil.example"), "403"],
    ["two lengths", head(`POST ${users} HTTP/1.1`, `Origin: ${origin}`, "Content-Length: 2", "Content-Length: 40") + "{}", "400"],
    ["a length and chunks", head(`POST ${users} HTTP/1.1`, `Origin: ${origin}`, "Content-Length: 2", "Transfer-Encoding: chunked") + "0\r\n\r\nGET /jumpcloud/api/systems HTTP/1.1\r\n\r\n", "400"],
    ["a method that opens a tunnel", head(`TRACE ${users} HTTP/1.1`), "400"],
  ]) {
    assert.equal(await status(text), expected, what);
    assert.equal(sent.length, 0, what);
  }
  await t.test("an endless body is not read to its end", async () => {
    const chunk = `10000\r\n${" ".repeat(65_536)}\r\n`;
    const came = await raw(proxy, head(`POST ${users} HTTP/1.1`, `Origin: ${origin}`, "Content-Type: application/json", "Transfer-Encoding: chunked") + chunk.repeat(64));
    assert.match(came, /^HTTP\/1.1 413 /);
    assert.match(came, /connection: close/i);
  });
  await t.test("nor that of a request that only reads", async () => {
    const came = await raw(proxy, head(`GET ${users} HTTP/1.1`, "Transfer-Encoding: chunked").replace("Connection: close\r\n", "") + `10000\r\n${" ".repeat(65_536)}\r\n`);
    assert.match(came, /^HTTP\/1.1 200 [^]*connection: close/i);
  });
});

test("over Node's sockets, whatever authorize answers", async (t) => {
  const get = `GET ${users} HTTP/1.1\r\nHost: admin.example.com\r\nConnection: close\r\n\r\n`;
  const cookies = new Headers([["set-cookie", "a=1; Path=/"], ["set-cookie", "b=2"]]);
  const used = new Response("used");
  await used.text();
  for (const [authorize, expected] of [
    [() => Response.redirect("https://admin.example.com/login"), /^HTTP\/1.1 302 [^]*location: https:\/\/admin.example.com\/login/i],
    [() => new Response("no", { status: 401, headers: cookies }), /^HTTP\/1.1 401 [^]*set-cookie: a=1; Path=\/\r\n[^]*set-cookie: b=2\r\n/i],
    [() => Response.error(), /^HTTP\/1.1 500 [^]*the proxy failed/],
    [() => used, /^HTTP\/1.1 500 [^]*the proxy failed/],
    [() => { throw new Error("the session store is gone"); }, /^HTTP\/1.1 500 [^]*the proxy failed/],
  ]) {
    const { proxy } = proxied({ authorize });
    const log = await logged(t, async () => assert.match(await raw(proxy, get), expected));
    assert.equal(log === "", !/ 500 /.test(expected.source));
  }
  // A function of the program's around it may give what cannot be read, too.
  for (const answer of [() => Response.error(), () => used, () => undefined]) {
    await logged(t, async () => assert.match(await raw(async () => answer(), get), /^HTTP\/1.1 500 /));
  }
});
