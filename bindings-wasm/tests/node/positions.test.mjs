// Where lists stand, against the fake JumpCloud.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidRequestError, JumpCloud } from "../../dist/node.js";
import { fake } from "../runtimes/fake.mjs";

test("each walk of one list knows where it stands itself", async () => {
  const { url, apiKey } = await fake("--users", "30");
  const jc = new JumpCloud({ apiKey, baseUrl: url });
  const list = jc.v2.userGroups.list({}, { from: null, pageSize: 5 });
  const [one, other] = [list[Symbol.asyncIterator](), list.pages()];
  assert.equal(one.position, undefined);
  const first = (await one.next()).value;
  const here = one.position;
  const page = (await other.next()).value;
  assert.notEqual(other.position, here);
  assert.equal(one.position, here);
  assert.equal(list.position, other.position);
  await Promise.all([one.return(), other.return()]);
  const all = await jc.v2.userGroups.list().toArray();
  const rest = async (from) => (await jc.v2.userGroups.list({}, { from }).toArray()).map(({ id }) => id);
  assert.deepEqual([first.id, ...await rest(here)], all.map(({ id }) => id));
  assert.deepEqual([...page.items.map(({ id }) => id), ...await rest(other.position)], all.map(({ id }) => id));
});

test("a list over several organizations is one for each, as fetch joins headers; a single call over several is refused", async () => {
  const { url } = await fake("--users", "30", "--multi-tenant");
  const { api_key: apiKey, organizations } = await (await fetch(`${url}/__fake/access`)).json();
  const own = new JumpCloud({ apiKey, baseUrl: url });
  const body = { service: ["all"], start_time: "2000-01-01T00:00:00Z" };
  const both = organizations.slice(0, 2);
  const [one, other] = await Promise.all(both.map((orgId) => own.insights.events.query({ body }, { orgId }).toArray()));
  assert.ok(one.length > 0 && other.length > 0);
  const ids = (events) => events.map(({ id }) => id);
  await fetch(`${url}/__fake/requests`, { method: "DELETE" });
  const list = own.insights.events.query({ body }, { orgId: both, from: null });
  const events = await list.toArray();
  assert.deepEqual(ids(events), ids([...one, ...other]));
  const named = (await (await fetch(`${url}/__fake/requests`)).json()).map(({ headers }) => headers.filter(([name]) => name === "x-org-id").map(([, id]) => id).join());
  assert.deepEqual([...new Set(named)].sort(), [...both].sort());

  // Left in the list of the second, it goes on there.
  const walk = own.insights.events.query({ body }, { orgId: both, from: null, pageSize: 7 })[Symbol.asyncIterator]();
  const got = [];
  for (let count = one.length + 3; count > 0; count -= 1) got.push((await walk.next()).value);
  const from = walk.position;
  await walk.return();
  got.push(...await own.insights.events.query({ body }, { orgId: both, from }).toArray());
  assert.deepEqual(ids(got), ids([...one, ...other]));

  await assert.rejects(own.insights.events.count({ body }, { orgId: both }), (error) => error instanceof InvalidRequestError && error.parameter === "organization" && /call it once for each/.test(error.message));
  assert.ok((await own.insights.events.count({ body }, { orgId: both[1] })).count > 0);
});
