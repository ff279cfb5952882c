// On the edge runtime.
import { found } from "../../found.mjs";

export const runtime = "edge";
export const dynamic = "force-dynamic";

export async function GET(request) {
  return Response.json(await found(JSON.parse(new URL(request.url).searchParams.get("access"))));
}
