// The ten lines whose time in the compiler is printed.
import { JumpCloud, filter } from "jumpcloud-client";

const jc = new JumpCloud({ apiKey: "key", region: "eu" });
for await (const user of jc.v1.systemUsers.list({ filter: filter.eq("department", "IT") })) {
  const email: string | undefined = user.email;
  if (user._id && email) await jc.call("v2.userGroups.members.change", { groupId: "g", body: { op: "add", type: "user", id: user._id } });
}
const group = await jc.v2.userGroups.get({ id: "g" });
export const name: string | undefined = group.name;
