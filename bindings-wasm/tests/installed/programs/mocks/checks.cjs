// What every tool that replaces methods must be able to do: `spy(object, name, replacement)` gives `{ calls, restore }`.
"use strict";
const assert = require("node:assert/strict");

module.exports = async function checks({ JumpCloud, InvalidRequestError }, spy) {
  const sent = [];
  const fetch = async (url, init) => (sent.push(`${init.method} ${new URL(url).pathname}`), Response.json({ _id: "x", username: "sent" }));
  const jc = new JumpCloud({ apiKey: "k", fetch });
  const id = "5f1b2c3d4e5f60718293a4b5";

  // A method: the spy is called, and nothing is sent; restored, it is sent again.
  const removed = spy(jc.v1.systemUsers, "delete", async ({ id }) => `${id} is not deleted`);
  assert.equal(await jc.v1.systemUsers.delete({ id }), `${id} is not deleted`);
  assert.equal(JSON.stringify(removed.calls()), JSON.stringify([[{ id }]]));
  assert.deepEqual(sent, []);
  assert.ok(Object.keys(jc.v1.systemUsers).includes("delete"));
  removed.restore();
  await jc.v1.systemUsers.delete({ id });
  assert.deepEqual(sent.splice(0), [`DELETE /api/systemusers/${id}`]);

  // A list, deep below, one of a playbook, and a method of the client's own.
  for (const [object, name] of [[jc.v2.userGroups.members, "list"], [jc.playbooks.users, "suspend"], [jc, "call"], [jc, "list"]]) {
    const replaced = spy(object, name, () => "replaced");
    assert.equal(object[name]("v1.systemUsers.list", { groupId: "g" }), "replaced");
    assert.equal(replaced.calls().length, 1);
    replaced.restore();
    assert.notEqual(object[name], undefined);
  }
  assert.deepEqual(sent, []);

  // Assignment and definition, of methods and groups.
  const own = new JumpCloud({ apiKey: "k", fetch });
  own.v1.systems.get = async () => "assigned";
  assert.equal(await own.v1.systems.get({ id }), "assigned");
  delete own.v1.systems.get;
  assert.equal((await own.v1.systems.get({ id })).username, "sent");
  assert.equal(sent.splice(0).length, 1);
  Object.defineProperty(own.v1.systems, "get", { value: () => "defined" });
  assert.equal(own.v1.systems.get(), "defined");
  own.v1.commands = { list: () => "a group" };
  assert.equal(own.v1.commands.list(), "a group");
  own.v2 = { users: { list: () => "an API" } };
  assert.equal(own.v2.users.list(), "an API");
  own.playbooks = { users: { find: () => "playbooks" } };
  assert.equal(own.playbooks.users.find(), "playbooks");
  assert.equal(typeof new JumpCloud({ apiKey: "k" }).v2.users.list, "function");

  // What functions have is theirs, and groups list their keys.
  const { get } = jc.v1.systemUsers;
  assert.deepEqual([get.name, get.length, typeof get.bind], ["get", 2, "function"]);
  for (const call of [get.bind(null, { id }), () => get.call(null, { id }), () => get.apply(null, [{ id }])]) assert.equal((await call()).username, "sent");
  assert.equal(sent.splice(0).length, 3);
  assert.ok(["systemUsers", "systems"].every((name) => Object.keys(jc.v1).includes(name)));
  assert.deepEqual(Object.keys(jc.playbooks.groups).sort(), ["addMember", "removeMember"]);
  assert.ok("list" in jc.v1.systemUsers && !("lst" in jc.v1.systemUsers));
  assert.equal(get.mock ?? get.restore ?? get.then, undefined);
  // An operation that has a function's name is the operation.
  await jc.v2.userGroups.suggestions.apply({ groupId: id, body: { user_ids: [id] } });
  assert.deepEqual(sent.splice(0), [`POST /api/v2/usergroups/${id}/suggestions`]);

  // A wrong name throws at once, and leaves no promise behind.
  const rejected = [];
  const heard = (error) => rejected.push(error);
  process.on("unhandledRejection", heard);
  assert.throws(() => jc.v1.systemUsers.lst(), (error) => error instanceof InvalidRequestError && /did you mean "v1\.systemUsers\.list"/.test(error.message));
  assert.throws(() => jc.v1.systemUser.list(), /did you mean "v1\.systemUsers\.list"/);
  assert.throws(() => spy(jc.v1.systemUsers, "lst", () => 1).calls().nothing.here);
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off("unhandledRejection", heard);
  assert.deepEqual([rejected, sent], [[], []]);
  await assert.rejects(get(id), /expected an object with their names, as \(\{ id: "…" \}\), got a string/);
};
