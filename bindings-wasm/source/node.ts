// The package in Node, Bun and Deno.

import { readFileSync } from "node:fs";
import forRuntime from "./client.js";
import type { Complete } from "./wasm.js";

let complete: Promise<Complete> | undefined;

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client: () => readFileSync(new URL("./jumpcloud.wasm", import.meta.url)),
  complete: () =>
    (complete ??= import("./complete.js").then(({ load }) => load(readFileSync(new URL("./complete.wasm", import.meta.url))))),
  read: async (path) => readFileSync(path),
  platform: process.platform,
});
