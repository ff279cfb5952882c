// Calls one operation again and again, with the package or as one does it by hand: `call.mjs package|fetch CALLS`.
// Says how many microseconds a call takes; an eighth of them takes less, and the rest suffers from what else the machine does.
import { createServer } from "node:http";

const [how, calls] = process.argv.slice(2);
const body = '{"_id":"5f1b2c3d4e5f60718293a4b5","username":"ada","email":"ada@example.com"}';
const server = createServer((_, response) => response.setHeader("content-type", "application/json").end(body)).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const url = `http://127.0.0.1:${server.address().port}`;
const headers = { accept: "application/json", "x-api-key": "k" };
let call = async () => (await (await fetch(`${url}/api/systemusers/5f1b`, { headers })).json()).username;
if (how === "package") {
  const { JumpCloud } = await import("jumpcloud-client");
  const jc = new JumpCloud({ apiKey: "k", baseUrl: url });
  call = async () => (await jc.v1.systemUsers.get({ id: "5f1b" })).username;
}
const times = [];
for (let round = -calls / 4; round < +calls; round++) {
  const begun = process.hrtime.bigint();
  await call();
  if (round >= 0) times.push(Number(process.hrtime.bigint() - begun) / 1000);
}
times.sort((one, other) => one - other);
console.log(JSON.stringify(times[times.length >> 3]));
process.exit();
