// What every program finds: a list to its end; a list with a filter, which the second part composes; and what the last part knows.
import { JumpCloud, NotFoundError, filter } from "jumpcloud-client";

export async function found({ url, apiKey }) {
  const jc = new JumpCloud({ apiKey, baseUrl: url });
  const users = await jc.v1.systemUsers.list({ sort: "email" }).toArray();
  const same = await jc.v1.systemUsers.list({ filter: filter.eq("department", users[0].department) }).toArray();
  const { path } = await jc.describe("v1.systemUsers.list");
  const missing = await jc.v1.systemUsers.get({ id: "nobody" }).catch((error) => error instanceof NotFoundError);
  return { emails: users.map(({ email }) => email), same: same.length, path, missing };
}
