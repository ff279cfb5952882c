const { readFileSync } = require("node:fs");
const jumpcloud = require("jumpcloud-client/slim");

const bytes = (name) => readFileSync(require.resolve(`jumpcloud-client/${name}`));
jumpcloud.initialize({ client: bytes("wasm"), composer: bytes("composer.wasm"), complete: bytes("complete.wasm") });
import("./program.mjs")
  .then(({ program }) => program(jumpcloud, JSON.parse(process.env.ACCESS)))
  .then((result) => console.log(JSON.stringify(result)));
