// The package in Node, for `require`.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import forRuntime from "./client.js";

declare const __dirname: string;

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client: () => readFileSync(join(__dirname, "jumpcloud.wasm")),
  composer: () => readFileSync(join(__dirname, "composer.wasm")),
  complete: () => readFileSync(join(__dirname, "complete.wasm")),
  language: "JavaScript",
  read: async (path) => readFileSync(path),
  platform: process.platform,
});
