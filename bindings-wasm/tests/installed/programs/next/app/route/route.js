// A route handler, and the proxy in one.
import { createProxy } from "jumpcloud-client/proxy";
import { found } from "../../found.mjs";

const { url, apiKey } = JSON.parse(process.env.ACCESS ?? '{"url":"http://127.0.0.1","apiKey":"k"}');
const proxy = createProxy({
  apiKey,
  origin: "http://localhost",
  path: "/route",
  allow: ["v1.systemUsers.list"],
  authorize: () => true,
  fetch: (asked, init) => fetch(asked.replace("https://console.jumpcloud.com", url), init),
});

export const dynamic = "force-dynamic";

export async function GET() {
  const headers = { host: "localhost" };
  const answer = await proxy(new Request("http://localhost/route/api/systemusers?limit=1", { headers }));
  return Response.json({ ...(await found({ url, apiKey })), proxied: (await answer.json()).results.length });
}
