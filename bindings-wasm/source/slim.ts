// The package for whoever brings the wasm: `initialize` says where it is.

import forRuntime, { InvalidRequestError } from "./client.js";
import { neverLeft } from "./never-left.js";
import { PLAYBOOKS } from "./names.js";
import type { Wasm } from "./wasm.js";

type From = Wasm | (() => Wasm);
type Modules = { client: From; composer?: From; complete?: From };

let given: Partial<Modules> = {};

const from = (which: keyof Modules) => (): Wasm => {
  const wasm = given[which];
  if (wasm === undefined) {
    throw new InvalidRequestError({ kind: "invalid_request", message: `call initialize({ ${which} }) first: jumpcloud-client/slim brings no wasm` });
  }
  return typeof wasm === "function" ? (wasm as () => Wasm)() : wasm;
};

/** Says where the parts of the wasm come from: `jumpcloud-client/wasm`, `jumpcloud-client/composer.wasm` if there are filters or
 * bodies, and `jumpcloud-client/complete.wasm` if it is wanted, which needs the other two. */
export function initialize(modules: Modules): void {
  given = { ...modules };
}

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client: from("client"),
  composer: from("composer"),
  complete: from("complete"),
  neverLeft,
  playbooks: PLAYBOOKS,
});
