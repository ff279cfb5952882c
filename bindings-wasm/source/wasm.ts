// What the wasm modules give, and where each runtime finds them.

import type * as glue from "../build/client.js";
import type * as completeGlue from "../build/complete.js";

export type Core = Pick<typeof glue, "Client" | "operations" | "provide">;
export type Complete = Pick<
  typeof completeGlue,
  "Client" | "Key" | "agent" | "agent_paths" | "describe" | "dotted_name" | "drift" | "playbooks" | "scopes"
>;
export type Conversation = glue.Conversation;

/** Where a wasm module comes from: its bytes, the module, a response that holds it, or a promise of one of them. */
export type Wasm = BufferSource | WebAssembly.Module | Response | PromiseLike<BufferSource | WebAssembly.Module | Response>;

/** What an entry of the package knows of its runtime. */
export interface Runtime {
  /** The client's module: its bytes at once where that is possible. */
  client(): Wasm;
  /** The complete module and its glue. */
  complete(): Promise<Complete>;
  /** Reads a file; only where there are files. */
  read?(path: string): Promise<Uint8Array>;
  /** The operating system, as Node calls it. */
  platform?: string;
}
