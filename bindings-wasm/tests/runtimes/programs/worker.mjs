import * as jumpcloud from "jumpcloud-client";
import { program } from "./program.mjs";

onmessage = ({ data }) =>
  program(jumpcloud, JSON.parse(data)).then(
    (result) => postMessage(JSON.stringify(result)),
    (error) => postMessage(`${error.stack}`),
  );
