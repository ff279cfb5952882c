// Whoever brings the wasm: bytes, or a function that gives them.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as jumpcloud from "jumpcloud-client/slim";
import { program } from "./program.mjs";

const bytes = (name) => readFile(fileURLToPath(import.meta.resolve(`jumpcloud-client/${name}`)));
jumpcloud.initialize({ client: await bytes("wasm"), composer: () => bytes("composer.wasm"), complete: () => bytes("complete.wasm") });
console.log(JSON.stringify(await program(jumpcloud, JSON.parse(process.env.ACCESS))));
