// Imports the package and builds a request.
import { JumpCloud } from "jumpcloud-client";
await new JumpCloud({ apiKey: "k" }).prepare("v1.systemUsers.get", { id: "5f1b" });
