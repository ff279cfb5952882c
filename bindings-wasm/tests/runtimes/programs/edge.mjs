// A Cloudflare worker.
import * as jumpcloud from "jumpcloud-client";
import { program } from "./program.mjs";

export default {
  async fetch(request) {
    try {
      return Response.json(await program(jumpcloud, JSON.parse(new URL(request.url).searchParams.get("access"))));
    } catch (error) {
      return new Response(`${error.stack}`, { status: 500 });
    }
  },
};
