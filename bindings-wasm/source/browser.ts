// The package in browsers and web workers. Bundlers know `new URL("…", import.meta.url)` and take the file along.

import forRuntime from "./client.js";

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client: () => fetch(new URL("./jumpcloud.wasm", import.meta.url)),
  composer: () => fetch(new URL("./composer.wasm", import.meta.url)),
  complete: () => fetch(new URL("./complete.wasm", import.meta.url)),
});
