// A list to its end, with a filter, and what the last part knows.
"use strict";

module.exports = async ({ JumpCloud, filter }) => {
  const { url, apiKey } = JSON.parse(process.env.ACCESS);
  const jc = new JumpCloud({ apiKey, baseUrl: url });
  const users = await jc.v1.systemUsers.list({ sort: "email" }).toArray();
  const same = await jc.v1.systemUsers.list({ filter: filter.eq("email", users[0].email) }).toArray();
  const { path } = await jc.describe("v1.systemUsers.list");
  return same.length === 1 && path === "/api/systemusers" ? users.length : 0;
};
