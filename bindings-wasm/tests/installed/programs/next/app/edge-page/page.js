// A server component on the edge runtime.
import { found } from "../../found.mjs";

export const runtime = "edge";
export const dynamic = "force-dynamic";

export default async function Page({ searchParams }) {
  const { access } = await searchParams;
  return <pre>{btoa(JSON.stringify(await found(JSON.parse(access))))}</pre>;
}
