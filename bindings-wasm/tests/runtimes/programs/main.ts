import * as jumpcloud from "jumpcloud-client";
import type { SystemUser } from "jumpcloud-client/types";
import { program } from "./program.mjs";

const access: { url: string; apiKey: string } = JSON.parse(process.env["ACCESS"] ?? "");
const [user]: SystemUser[] = await new jumpcloud.JumpCloud({ apiKey: access.apiKey, baseUrl: access.url }).v1.systemUsers.list().toArray({ limit: 1 });
if (user?.email === undefined) throw new Error("no user");
console.log(JSON.stringify(await program(jumpcloud, access)));
