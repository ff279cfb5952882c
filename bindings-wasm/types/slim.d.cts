/** The package for whoever brings the wasm. */

export * from "./package.cjs";

/** A wasm module: its bytes, the `WebAssembly.Module`, a `Response` that holds it, or a promise of one of them. */
export type Wasm = ArrayBuffer | ArrayBufferView | object | PromiseLike<ArrayBuffer | ArrayBufferView | object>;

/** Says where the modules come from: `jumpcloud-client/wasm`, and `jumpcloud-client/complete.wasm` if it is wanted. */
export declare function initialize(modules: { client: Wasm | (() => Wasm); complete?: Wasm | (() => Wasm) }): void;
