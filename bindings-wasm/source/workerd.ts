// The package in Cloudflare's workerd, where a wasm file is imported as a module.

import forRuntime from "./client.js";
import client from "./jumpcloud.wasm";
import complete from "./complete.wasm";
import composer from "./composer.wasm";
import { PLAYBOOKS } from "./names.js";

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client: () => client,
  composer: () => composer,
  complete: () => complete,
  playbooks: PLAYBOOKS,
  language: "JavaScript",
});
