// The package in Cloudflare's workerd, where a wasm file is imported as a module.

import forRuntime from "./client.js";
import type { Complete } from "./wasm.js";
import client from "./jumpcloud.wasm";
import completeModule from "./complete.wasm";

let complete: Promise<Complete> | undefined;

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client: () => client,
  complete: () => (complete ??= import("./complete.js").then(({ load }) => load(completeModule))),
});
