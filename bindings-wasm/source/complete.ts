// The second half of the package, loaded when it is first asked for.

import * as glue from "../build/complete.js";
import type { Complete, Wasm } from "./wasm.js";

export async function load(wasm: Wasm): Promise<Complete> {
  await glue.default({ module_or_path: wasm as BufferSource });
  return glue;
}
