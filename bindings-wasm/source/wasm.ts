// What the wasm gives, and where each runtime finds it.

import type * as glue from "../build/glue.js";
import type { NeverLeft } from "./transport.js";

export type Core = Pick<typeof glue, "Client" | "operations">;
export type Complete = Pick<
  typeof glue,
  "Key" | "agent" | "agent_paths" | "describe" | "dotted_name" | "drift" | "playbooks" | "scopes" | "search"
>;
export type Conversation = glue.Conversation;

/** Where a wasm module comes from: its bytes, the module, a response that holds it, or a promise of one of them. */
export type Wasm = BufferSource | WebAssembly.Module | Response | PromiseLike<BufferSource | WebAssembly.Module | Response>;

/** What an entry of the package knows of its runtime. */
export interface Runtime {
  /** What every program needs: its bytes at once where that is possible. */
  client(): Wasm;
  /** What composes filters and bodies. */
  composer(): Wasm;
  /** What only some programs need. */
  complete(): Wasm;
  /** Reads a file; only where there are files. */
  read?(path: string): Promise<Uint8Array>;
  /** What can be called below `playbooks`, one a line; a browser does without. */
  playbooks?: string;
  /** Whether a request never left; only where runtimes tell. */
  neverLeft?: NeverLeft;
  /** What requests say that they are written in; browsers say what they are themselves. */
  language?: string;
  /** The operating system, as Node calls it. */
  platform?: string;
}
