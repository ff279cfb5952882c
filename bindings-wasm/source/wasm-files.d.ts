declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

/** A file of wasm as part of the JavaScript: `bundle.mjs` puts it there. */
declare module "inline:*" {
  const bytes: () => Uint8Array;
  export default bytes;
}
