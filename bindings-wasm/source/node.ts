// The package in Node, Bun and Deno.

import forRuntime from "./client.js";

// An `import` of it would load all of Node's streams, for two milliseconds.
const { readFileSync } = process.getBuiltinModule("node:fs");

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client: () => readFileSync(new URL("./jumpcloud.wasm", import.meta.url)),
  composer: () => readFileSync(new URL("./composer.wasm", import.meta.url)),
  complete: () => readFileSync(new URL("./complete.wasm", import.meta.url)),
  language: "JavaScript",
  read: async (path) => readFileSync(path),
  platform: process.platform,
});
