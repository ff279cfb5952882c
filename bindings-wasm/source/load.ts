// Loads the wasm: what every program needs, and, when they are asked for, what composes filters and bodies and what only some
// programs need. It is one core in one memory: what is loaded later imports from what is there.

import { Client, __wbg_set_wasm, __wbg_throw, operations, provide_composer } from "../build/glue.js";
import { JumpCloudError, TransportError, errorOf } from "./errors.js";
import type { Complete, Core, Runtime, Wasm } from "./wasm.js";

const core: Core = { Client, operations };
/** Of all parts that are there. */
let all: WebAssembly.Exports | undefined;
let loading: Promise<Core> | undefined;

/** The first part, at once where the runtime has its bytes. */
export function load(runtime: Runtime): Core | Promise<Core> {
  if (all) return core;
  if (loading) return loading;
  const imports = { "": { throw: __wbg_throw } };
  try {
    const wasm = runtime.client();
    if (ArrayBuffer.isView(wasm) || wasm instanceof WebAssembly.Module) {
      const module = wasm instanceof WebAssembly.Module ? wasm : new WebAssembly.Module(wasm as BufferSource);
      return ready(new WebAssembly.Instance(module, imports));
    }
    return (loading = instantiate(() => wasm, imports).then(ready, (error) => {
      // The next call tries again.
      loading = undefined;
      throw unloaded(error);
    }));
  } catch (error) {
    throw unloaded(error);
  }
}

function ready({ exports }: WebAssembly.Instance): Core {
  __wbg_set_wasm((all = exports));
  return core;
}

export const memory = () => all?.["memory"] as WebAssembly.Memory | undefined;

async function instantiate(from: () => Wasm, imports: WebAssembly.Imports): Promise<WebAssembly.Instance> {
  let wasm = await from();
  if (typeof Response === "function" && wasm instanceof Response) {
    if (!wasm.ok) throw new Error(`${wasm.url}: status ${wasm.status}`);
    // Compiled while it comes, where the server says what it is.
    const streams = wasm.headers.get("content-type") === "application/wasm" && typeof WebAssembly.instantiateStreaming === "function";
    if (streams) return (await WebAssembly.instantiateStreaming(wasm, imports)).instance;
    wasm = await wasm.arrayBuffer();
  }
  const made = await WebAssembly.instantiate(wasm as WebAssembly.Module, imports);
  return made instanceof WebAssembly.Instance ? made : (made as WebAssembly.WebAssemblyInstantiatedSource).instance;
}

/** The error of a call that needs what cannot be loaded. */
function unloaded(cause: unknown): JumpCloudError {
  if (cause instanceof JumpCloudError) return cause;
  const message = "nothing was sent: the part of this package that it needs could not be loaded; try again";
  return new TransportError({ kind: "transport", message }, undefined, cause);
}

/** A later part, which imports from the earlier ones. */
export async function more(from: () => Wasm): Promise<WebAssembly.Exports> {
  const { exports } = await instantiate(from, { "": all! });
  all = { ...all, ...exports };
  __wbg_set_wasm(all);
  return all;
}

let composing: Promise<void> | undefined;

function composer(runtime: Runtime): Promise<void> {
  const load_ = async () => {
    await load(runtime);
    await more(() => runtime.composer());
    provide_composer();
  };
  return (composing ??= load_().catch((cause) => {
    // The next call tries again.
    composing = undefined;
    throw cause;
  }));
}

/** Loads what the core asks for with this step, and cannot do without. */
export function compose(runtime: Runtime, step: string): Promise<void> {
  return composer(runtime).catch((cause) => {
    // Who brings the wasm and has not brought this is told.
    if (cause instanceof JumpCloudError) throw cause;
    throw errorOf(step.slice(step.indexOf("\n")), undefined, cause);
  });
}

let completing: Promise<Complete> | undefined;

/** What only some programs need. */
export function complete(runtime: Runtime): Promise<Complete> {
  return (completing ??= last(runtime).catch((cause) => {
    // The next call tries again.
    completing = undefined;
    throw unloaded(cause);
  }));
}

async function last(runtime: Runtime): Promise<Complete> {
  // All at once, though each is of use only with the one before.
  const [wasm, { withExports }] = await Promise.all([
    (async () => runtime.complete())(),
    import("./complete.js"),
    composer(runtime),
  ]);
  return withExports(await more(() => wasm));
}
