import { found } from "./found.mjs";

export default {
  fetch: async (request) => Response.json(await found(JSON.parse(new URL(request.url).searchParams.get("access")))),
};
