// A server component.
import { found } from "../found.mjs";

export const dynamic = "force-dynamic";

export default async function Page() {
  return <pre>{btoa(JSON.stringify(await found(JSON.parse(process.env.ACCESS))))}</pre>;
}
