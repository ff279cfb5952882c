// A script of a page: one file, with everything in it.
import { JumpCloud, NotFoundError, filter } from "jumpcloud-client/inline";

const { url, apiKey } = globalThis.access;
const jc = new JumpCloud({ apiKey, baseUrl: url });
globalThis.found = (async () => {
  const users = await jc.v1.systemUsers.list({ sort: "email" }).toArray();
  const same = await jc.v1.systemUsers.list({ filter: filter.eq("department", users[0].department) }).toArray();
  const { path } = await jc.describe("v1.systemUsers.list");
  const missing = await jc.v1.systemUsers.get({ id: "nobody" }).catch((error) => error instanceof NotFoundError);
  return { emails: users.map(({ email }) => email), same: same.length, path, missing };
})();
