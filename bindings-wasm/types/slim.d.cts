/** The package for whoever brings the wasm. */

export * from "./package.cjs";

/** A wasm module: its bytes, the `WebAssembly.Module`, a `Response` that holds it, or a promise of one of them. */
export type Wasm = ArrayBuffer | ArrayBufferView | object | PromiseLike<ArrayBuffer | ArrayBufferView | object>;

/** Says where the parts of the wasm come from: `jumpcloud-client/wasm`, `jumpcloud-client/composer.wasm` if there are filters or
 * bodies, and `jumpcloud-client/complete.wasm` if it is wanted, which needs the other two. */
export declare function initialize(modules: {
  client: Wasm | (() => Wasm);
  composer?: Wasm | (() => Wasm);
  complete?: Wasm | (() => Wasm);
}): void;
