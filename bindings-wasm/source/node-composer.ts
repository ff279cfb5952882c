export { default as wasm } from "inline:composer.wasm";
