// A CommonJS program has the same types.
import jumpcloud = require("jumpcloud-client");
import type { SystemUser } from "jumpcloud-client/types";
import slim = require("jumpcloud-client/slim");

const jc = new jumpcloud.JumpCloud({ apiKey: "key" });
const users: Promise<SystemUser[]> = jc.v1.systemUsers.list({ filter: jumpcloud.filter.eq("department", "IT") }).toArray();
slim.initialize({ client: new Uint8Array() });
// The classes are those of the package, whichever entry they come from.
const client: slim.JumpCloud = jc;
export = { users, client };
