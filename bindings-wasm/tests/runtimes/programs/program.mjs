// The same program in every runtime: a list to its end, a filter, a call, mistakes, and what is loaded on demand.

/** @param {typeof import("jumpcloud-client")} package_ */
export async function program({ JumpCloud, JumpCloudError, filter }, { url, apiKey }) {
  const jc = new JumpCloud({ apiKey, baseUrl: url });
  const users = jc.v1.systemUsers.list({ sort: "email", fields: ["email", "department"] });
  const emails = [];
  for await (const user of users) emails.push(user.email);
  const [first] = await users.toArray({ limit: 1 });
  const same = await jc.v1.systemUsers.list({ filter: filter.eq("department", first.department) }).toArray();
  const one = await jc.call("v1.systemUsers.get", { id: first._id });
  const mistake = await jc.v1.systemUsers.get({ id: "000000000000000000000000" }).catch((error) => error);
  const refused = await jc.v1.systemUsers.update({ id: first._id, body: { department: 5 } }).catch((error) => error);
  const described = await jc.describe("v1.systemUsers.get");
  const found = await jc.playbooks.users.find({ user: first.email });
  return {
    total: users.total,
    emails,
    department: first.department,
    same: same.length,
    one: one.email,
    mistake: mistake instanceof JumpCloudError && [mistake.name, mistake.status],
    refused: refused instanceof JumpCloudError && [refused.name, refused.message],
    path: described.path,
    found: found._id === first._id,
  };
}
