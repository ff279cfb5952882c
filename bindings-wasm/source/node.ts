// The package in Node, Bun and Deno.

import forRuntime from "./client.js";
import type { Complete } from "./wasm.js";

// An `import` of it would load all of Node's streams, for two milliseconds.
const { readFileSync } = process.getBuiltinModule("node:fs");

let complete: Promise<Complete> | undefined;

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client: () => readFileSync(new URL("./jumpcloud.wasm", import.meta.url)),
  complete: () =>
    (complete ??= import("./complete.js").then(({ load }) => load(readFileSync(new URL("./complete.wasm", import.meta.url))))),
  read: async (path) => readFileSync(path),
  platform: process.platform,
});
