// In a page: what comes of it stands in the page.
import * as jumpcloud from "jumpcloud-client";
import { program } from "./program.mjs";

const access = JSON.parse(new URLSearchParams(location.search).get("access"));
program(jumpcloud, access).then(
  (result) => (document.body.textContent = JSON.stringify(result)),
  (error) => (document.body.textContent = `${error.stack}`),
);
