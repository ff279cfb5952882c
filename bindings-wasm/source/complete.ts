// What JavaScript calls of the second part: loaded with it.

import { Key, __wbg_set_wasm, agent, agent_paths, describe, dotted_name, drift, playbooks, scopes, search } from "../build/glue.js";
import type { Complete } from "./wasm.js";

/** With the exports of both parts: this file has its own copy of what calls them. */
export function withExports(exports: WebAssembly.Exports): Complete {
  __wbg_set_wasm(exports);
  return { Key, agent, agent_paths, describe, dotted_name, drift, playbooks, scopes, search };
}
