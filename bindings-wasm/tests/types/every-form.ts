// One of each: how operations are called, what they take and what they give.
import {
  type Filter, type List, type OperationName, type Reply, attachment, filter, JumpCloud, RateLimitedError, SystemContext,
} from "jumpcloud-client";
import type { GraphConnection, UserGroup } from "jumpcloud-client/types";

const jc = new JumpCloud({ serviceAccount: { id: "id", secret: "secret" }, baseUrls: { console: "http://localhost:1" } });
new JumpCloud({ systemContext: new SystemContext({ systemId: "id", privateKey: new Uint8Array() }), retry: { attempts: 2 } });
new JumpCloud({ systemContext: await SystemContext.fromAgent() });

// By name, with the same parameters and results.
const members: List<GraphConnection> = jc.call("v2.userGroups.members.list", { groupId: "g" }, { concurrency: 2 });
for await (const member of members) if (member.to.type === "user") member.to.id;
const group: UserGroup = await jc.call("v2.userGroups.get", { id: "g" });
const all: List<UserGroup> = jc.call("v2.userGroups.list");
const reply: Reply<UserGroup> = await jc.send("v2.userGroups.get", { id: "g" });
const status: number = reply.status;
const name: string | undefined = reply.body.name;
const request = await jc.prepare("v2.userGroups.members.change", { groupId: "g", body: { op: "add", type: "user", id: "u" } });
const shown: string = `${request} ${request.method} ${request.url} ${request.headers.length}`;

// Nothing, text, bytes.
const nothing: void = await jc.v2.userGroups.members.change({ groupId: "g", body: { op: "remove", type: "user", id: "u" } });
const { data, mediaType } = await jc.v2.logos.download({ id: "l" });
const bytes: Uint8Array = data;
const csv: string = mediaType;

// Uploads.
await jc.v2.applications.logo.upload({ applicationId: "a", body: { image: new Uint8Array(3) } });
await jc.v2.applications.logo.upload({
  applicationId: "a",
  body: { image: attachment(new ArrayBuffer(3), { fileName: "logo.png", mediaType: "image/png" }) },
});

// What JumpCloud answers may have values that nobody knew of; what is sent may hold what was answered.
const users = await jc.v1.systemUsers.list({}).toArray();
const state: string | undefined = users[0]?.state;
if (users[0]) await jc.v1.systemUsers.update({ id: users[0]._id, body: { firstname: "Ada", lastname: users[0].lastname ?? "" } });

// What JumpCloud always sends is there, unless other fields were asked for.
const created: string = (await jc.v1.commands.create({ body: { name: "c", command: "true", commandType: "linux" } }))._id;
const narrowed: string | undefined = (await jc.v1.systemUsers.get({ id: created, fields: ["email"] }))._id;
for await (const member of members) narrowed === member.to.id;

// Null clears, and comes where nothing is.
await jc.v1.systemUsers.update({ id: created, body: { manager: null } });
await jc.v1.systems.update({ id: created, body: { "primarySystemUser.id": null, description: "spare" } });
const manager: string | null | undefined = users[0]?.manager;
const query = (await jc.v2.userGroups.get({ id: "g" })).memberQuery ?? null;
await jc.v2.userGroups.replace({ id: "g", body: { name: "IT", attributes: { sambaEnabled: true, "cost center": "R&D" } } });

// One value of a list needs no list.
jc.v2.users.associations.list({ userId: "u", targets: "system" });
jc.v2.users.associations.list({ userId: "u", targets: ["system", "application"] });

// Filters in every form.
const { and, or, not, between, eq, in: oneOf, startsWith } = filter;
const filters: Filter[] = [
  "department:eq:IT",
  ["department:eq:IT", eq("suspended", false)],
  and(eq("a", 1), or(not("b:eq:1"), oneOf("os", ["Ubuntu", "Windows"])), between("created", new Date(0), "2026-01-31")),
  startsWith("email", "ada"),
];
for (const filter of filters) jc.v1.systemUsers.list({ filter });

// Playbooks, the catalogue, and what is known of replies.
const suspended = await jc.playbooks.users.suspend({ user: "ada", dryRun: true });
const requests: string[] = suspended.requests ?? [];
const was: string | undefined = suspended.before.state;
const is: boolean = suspended.changed;
const ran = await jc.playbook("commands.run", { command: "c", systems: ["s"], timeout: 60 }, { headers: { "x-trace": "1" } });
const printed: (string | undefined)[] = ran.results.map((result) => `${result.system.id}: ${result.output}`);
const rich = await jc.playbooks.systems.enrich({ system: "C02" });
const policies: string[] = (rich.policies ?? []).map((policy) => policy.statuses?.[0]?.detail ?? policy.id);
const gives: object = (await jc.describe("users.suspend")).result;
await jc.playbook("connection.test");
const names: OperationName[] = (await jc.operations("user groups")).map((operation) => operation.name);
const scopes: string[] = await jc.scopes(names);
const described = await jc.describe("v1.systemUsers.get");
const drifts: string[] = (await jc.drift(described.name, 200, {})).map((drift) => `${drift.path}: ${drift.message}`);
// By an operationId, of which no type is known.
await jc.call("UserGroups_listAll", { limit: 5 }, { pageSize: 5 });
const byId: number = (await jc.send("systemusers_get", { id: "u" })).body.anything + (await jc.prepare("systemusers_get", { id: "u" })).method.length;
const wait = (error: unknown): number | undefined => (error instanceof RateLimitedError ? error.retryAfter : undefined);

export { all, byId, bytes, csv, drifts, gives, group, is, manager, name, nothing, policies, printed, query, requests, scopes, shown, state, status, wait, was };
