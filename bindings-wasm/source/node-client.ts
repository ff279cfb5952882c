export { default as wasm } from "inline:jumpcloud.wasm";
