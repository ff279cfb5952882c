export { default as wasm } from "inline:complete.wasm";
