// The package in Cloudflare's workerd, where a wasm file is imported as a module.

import forRuntime from "./client.js";
import client from "./jumpcloud.wasm";
import complete from "./complete.wasm";
import composer from "./composer.wasm";

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client: () => client,
  composer: () => composer,
  complete: () => complete,
  language: "JavaScript",
});
