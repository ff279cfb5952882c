// What must not compile: every line below an expectation has one mistake.
import { JumpCloud, SystemContext, filter } from "jumpcloud-client";
import { createProxy } from "jumpcloud-client/proxy";

const jc = new JumpCloud({ apiKey: "key" });

// @ts-expect-error there is no region of this name
new JumpCloud({ apiKey: "key", region: "us-east-1" });
// @ts-expect-error the setting is apiKey
new JumpCloud({ apikey: "key" });
// @ts-expect-error there is no credential
new JumpCloud({});
// @ts-expect-error nor here
new JumpCloud({ region: "eu" });
// @ts-expect-error two are too many
new JumpCloud({ apiKey: "key", serviceAccount: { id: "id", secret: "secret" } });
// @ts-expect-error a function gives a whole one
new JumpCloud({ credentials: () => ({ serviceAccount: { id: "id" } }) });
// @ts-expect-error a service account has a secret
new JumpCloud({ serviceAccount: { id: "id" } });
// @ts-expect-error a system context names its system
new SystemContext({ privateKey: "key" });

// @ts-expect-error a name is not cleared
jc.v1.systemUsers.update({ id: "u", body: { username: null } });
// @ts-expect-error there is no such group of operations
jc.v1.systemUser.list();
// @ts-expect-error nor such an operation
jc.v1.systemUsers.lst();
// @ts-expect-error nor by its name
jc.call("v1.systemUsers.lst");
// @ts-expect-error nor to send
jc.send("v1.systemUsers.lst");
// @ts-expect-error nor such a playbook
jc.playbooks.users.suspnd({ user: "ada" });

// @ts-expect-error a parameter's name is wrong
jc.v1.systemUsers.list({ limt: 10 });
// @ts-expect-error parameters have JavaScript's case
jc.v2.userGroups.members.list({ group_id: "g" });
// @ts-expect-error a parameter is missing
jc.v2.userGroups.members.list({});
// @ts-expect-error all parameters are missing
jc.v2.userGroups.members.list();
// @ts-expect-error they are missing here, too
jc.call("v2.userGroups.members.list");
// @ts-expect-error and here
await jc.prepare("v2.userGroups.members.list", { limit: 5 });
// @ts-expect-error a parameter has the wrong type
jc.v1.systemUsers.list({ limit: "ten" });
// @ts-expect-error a value that is not one of them
jc.v2.users.associations.list({ userId: "u", targets: "systems" });
// @ts-expect-error a parameter that there is not
jc.v2.logos.download({ id: "x", size: 3 });

// @ts-expect-error a required key of the body is missing
await jc.v2.userGroups.create({ body: {} });
// @ts-expect-error a key of the body is wrong
await jc.v2.userGroups.create({ body: { name: "n", nam: "n" } });
// @ts-expect-error an enum's value is wrong
await jc.v2.userGroups.members.change({ groupId: "g", body: { op: "ad", type: "user", id: "u" } });

// @ts-expect-error the option is timeout
await jc.v1.systemUsers.get({ id: "x" }, { timeOut: 5 });
// @ts-expect-error only lists have pages in flight
await jc.v1.systemUsers.get({ id: "x" }, { concurrency: 5 });
// @ts-expect-error a list is no promise of items
(await jc.v1.systemUsers.list()).map(String);
// @ts-expect-error a single reply has no pages
jc.v1.systemUsers.get({ id: "x" }).pages();
// @ts-expect-error JumpCloud knows no such field
(await jc.v1.systemUsers.get({ id: "x" })).emial;

// @ts-expect-error a filter compares with something
filter.eq("department");
// @ts-expect-error there is no such operator
jc.v1.systemUsers.list({ filter: { field: "a", operator: "equals", value: 1 } });
// @ts-expect-error what a playbook found is not under its object
void (await jc.playbooks.users.suspend({ user: "ada" })).user.state;
// @ts-expect-error a playbook needs to know whom
await jc.playbooks.users.suspend({ dryRun: true });
// @ts-expect-error and so by its name
await jc.playbook("users.suspend");

const origin = "https://admin.example.com";
const authorize = () => true;
createProxy({ apiKey: "key", origin, allow: ["v1.systemUsers.list"], authorize });
// @ts-expect-error a proxy needs to know who may do what
createProxy({ apiKey: "key", origin, allow: ["v1.systemUsers.list"] });
// @ts-expect-error it allows operations that there are
createProxy({ apiKey: "key", origin, allow: ["v1.systemUsers.lst"], authorize });
// @ts-expect-error it asks JumpCloud only
createProxy({ apiKey: "key", origin, allow: ["v1.systemUsers.list"], authorize, baseUrl: "https://example.com" });
// @ts-expect-error it has a credential
createProxy({ origin, allow: ["v1.systemUsers.list"], authorize });

// @ts-expect-error the package's types bring no DOM library along
document;
