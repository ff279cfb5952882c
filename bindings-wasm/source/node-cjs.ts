// The package in Node, for `require`.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import forRuntime from "./client.js";
import type { Complete } from "./wasm.js";

declare const __dirname: string;

let complete: Promise<Complete> | undefined;

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client: () => readFileSync(join(__dirname, "jumpcloud.wasm")),
  complete: () =>
    (complete ??= import("./complete.js").then(({ load }) => load(readFileSync(join(__dirname, "complete.wasm"))))),
  read: async (path) => readFileSync(path),
  platform: process.platform,
});
