// The package in browsers and web workers. Bundlers know `new URL("…", import.meta.url)` and take the file along.

import forRuntime from "./client.js";
import type { Complete } from "./wasm.js";

let complete: Promise<Complete> | undefined;

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client: () => fetch(new URL("./jumpcloud.wasm", import.meta.url)),
  complete: () =>
    (complete ??= import("./complete.js").then(({ load }) => load(fetch(new URL("./complete.wasm", import.meta.url))))),
});
