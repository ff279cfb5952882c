import * as jumpcloud from "jumpcloud-client";
import { program } from "./program.mjs";

console.log(JSON.stringify(await program(jumpcloud, JSON.parse(process.env.ACCESS))));
