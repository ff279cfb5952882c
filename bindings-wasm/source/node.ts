// The package in Node, Bun and Deno, and wherever one file has to do: its wasm is inside, so that whatever bundles it has no
// file to take along.

import client from "inline:jumpcloud.wasm";
import forRuntime from "./client.js";
import { PLAYBOOKS } from "./names.js";
import { neverLeft } from "./never-left.js";

const { process } = globalThis as { process?: NodeJS.Process };

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client,
  composer: async () => (await import("./node-composer.js")).wasm(),
  complete: async () => (await import("./node-complete.js")).wasm(),
  neverLeft,
  playbooks: PLAYBOOKS,
  ...(process && {
    language: "JavaScript",
    // An `import` of it would load all of Node's streams, for two milliseconds.
    read: async (path) => process.getBuiltinModule("node:fs").readFileSync(path),
    platform: process.platform,
  }),
});
