// The package's first example, and what a program does with its reply.
import { JumpCloud, JumpCloudError, filter } from "jumpcloud-client";
import type { SystemUser, SystemUsersListParameters } from "jumpcloud-client/types";

const jc = new JumpCloud({ apiKey: "key", region: "eu", orgId: "5f1b2c3d4e5f60718293a4b5" });

export async function emails(department: string): Promise<string[]> {
  const found: string[] = [];
  const parameters: SystemUsersListParameters = { filter: filter.eq("department", department), sort: ["email", "-created"] };
  const users = jc.v1.systemUsers.list(parameters, { limit: 500, pageSize: 50, onProgress: ({ received, total }) => void [received, total] });
  for await (const user of users) if (user.email !== undefined) found.push(user.email);
  for await (const page of users.pages()) found.push(...page.items.flatMap((user: SystemUser) => user.email ?? []));
  const first: SystemUser[] = await users.toArray({ limit: 10 });
  const total: number | undefined = users.total;
  // A field that JumpCloud has added since.
  const nicknames: (string | undefined)[] = first.map((user) => (user as SystemUser & { nickname?: string }).nickname);
  if (nicknames.length > 0) found.push(...nicknames.flatMap((nickname) => nickname ?? []));
  return total === undefined ? found : first.map((user) => String(user.username));
}

export async function failing(): Promise<string | undefined> {
  try {
    await jc.v1.systemUsers.get({ id: "x" }, { timeout: 1000, retry: { attempts: 1 }, orgId: ["a", "b"] });
  } catch (error) {
    if (error instanceof JumpCloudError && error.kind === "not_found") return error.requestId;
    throw error;
  }
  return undefined;
}
