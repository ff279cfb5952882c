// One file with everything in it: esbuild's `binary` loader makes bytes of the wasm.
import * as jumpcloud from "jumpcloud-client/slim";
import complete from "jumpcloud-client/complete.wasm";
import composer from "jumpcloud-client/composer.wasm";
import client from "jumpcloud-client/wasm";
import { program } from "./program.mjs";

jumpcloud.initialize({ client, composer, complete });
const access = JSON.parse(new URLSearchParams(location.search).get("access"));
program(jumpcloud, access).then(
  (result) => (document.body.textContent = JSON.stringify(result)),
  (error) => (document.body.textContent = `${error.stack}`),
);
