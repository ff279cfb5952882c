// The package for whoever brings the wasm: `initialize` says where it is.

import forRuntime, { InvalidRequestError } from "./client.js";
import type { Complete, Wasm } from "./wasm.js";

let given: { client?: () => Wasm; complete?: () => Wasm } = {};
let complete: Promise<Complete> | undefined;

const missing = (which: string): never => {
  throw new InvalidRequestError({ kind: "invalid_request", message: `call initialize({ ${which} }) first: jumpcloud-client/slim brings no wasm` });
};

/** Says where the modules come from: `jumpcloud-client/wasm`, and `jumpcloud-client/complete.wasm` if it is wanted. */
export function initialize(modules: { client: Wasm | (() => Wasm); complete?: Wasm | (() => Wasm) }): void {
  const asFunction = (wasm: Wasm | (() => Wasm)) => (typeof wasm === "function" ? (wasm as () => Wasm) : () => wasm);
  given = { client: asFunction(modules.client), ...(modules.complete && { complete: asFunction(modules.complete) }) };
}

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client: () => (given.client ?? (() => missing("client")))(),
  complete: () =>
    (complete ??= import("./complete.js").then(({ load }) => load((given.complete ?? (() => missing("complete")))()))),
});
