// The package's figures, each beside a peer's from the same run: `JUMPCLOUD_FAKE=… node bench/bench.mjs [--quick] [NAME…]`.
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { JumpCloud } from "jumpcloud-client";
import { fake } from "../tests/runtimes/fake.mjs";

const quick = process.argv.includes("--quick");
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const line = (what, ours, peer, figure) => console.log(`${what.padEnd(34)} ${ours.padStart(12)}   ${peer.padEnd(36)} ${figure}`);
const median = (times) => times.sort((one, other) => one - other)[times.length >> 1];

/** Microseconds of `run`, and of each peer, alternating so that all see the same machine; the median. */
async function race(rounds, ...runs) {
  const times = runs.map(() => []);
  for (let round = -Math.ceil(rounds / 4); round < rounds; round++) {
    for (const [index, run] of runs.entries()) {
      const begun = process.hrtime.bigint();
      await run();
      if (round >= 0) times[index].push(Number(process.hrtime.bigint() - begun) / 1000);
    }
  }
  return times.map(median);
}

const figures = {
  // Import and the first request, in processes of their own.
  async start() {
    const run = (program) => () => execFileSync(process.execPath, [here(program)]);
    const [empty, esm, cjs] = await race(quick ? 5 : 21, run("empty.mjs"), run("first.mjs"), run("first.cjs"));
    const over = (time) => `${((time - empty) / 1000).toFixed(1)} ms`;
    line("import, first request built (ESM)", over(esm), `over an empty program, ${(empty / 1000).toFixed(1)} ms`, "at most 15 ms");
    line("import, first request built (CJS)", over(cjs), "", "");
  },

  // A page of a megabyte: what a `fetch` gives, as objects.
  async page() {
    const record = (number) => Object.fromEntries(Array.from({ length: 60 }, (_, field) => [`attribute_${field}`, field % 3 ? `value ${number}` : number * field]));
    const results = Array.from({ length: 750 }, (_, number) => ({ _id: String(number).padStart(24, "0"), ...record(number) }));
    const page = new TextEncoder().encode(JSON.stringify({ totalCount: results.length, results }));
    const answer = () => new Response(page, { headers: { "content-type": "application/json" } });
    const jc = new JumpCloud({ apiKey: "k", fetch: async () => answer() });
    const ours = async () => (await jc.v1.systemUsers.list({}, { limit: results.length }).toArray()).length;
    const theirs = async () => (await answer().json()).results.length;
    const [us, them] = await race(quick ? 100 : 400, ours, theirs);
    line(`a page of ${(page.length / 1e6).toFixed(2)} MB, decoded`, `${(us / 1000).toFixed(2)} ms`, `response.json() ${(them / 1000).toFixed(2)} ms`, `${(them / us).toFixed(2)} times as fast (at least 0.9)`);
  },

  // What a call costs beside its `fetch`: each in processes of their own, in turns, the best of five.
  async call() {
    const best = { package: Infinity, fetch: Infinity };
    for (let turn = 0; turn < (quick ? 2 : 5); turn++) {
      for (const how of Object.keys(best)) {
        const time = +execFileSync(process.execPath, [here("call.mjs"), how, quick ? "4000" : "20000"]);
        best[how] = Math.min(best[how], time);
      }
    }
    const { package: us, fetch: them } = best;
    line("a call", `${us.toFixed(0)} µs`, `fetch and json() ${them.toFixed(0)} µs`, `${(us - them).toFixed(0)} µs more (at most 40)`);
  },

  // A hundred thousand users, each walk in a process of its own, for its memory.
  async list() {
    const users = quick ? 10_000 : 100_000;
    const { url, apiKey } = await fake("--users", String(users), "--latency", "20");
    const walk = (how) => {
      const { stdout, stderr, status } = spawnSync(process.execPath, [here("walk.mjs"), how, url, apiKey], { encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout);
    };
    const [us, them] = [walk("package"), walk("loop")];
    const of = ({ seconds, megabytes }) => `${seconds.toFixed(1)} s, ${megabytes} MB`;
    if (us.users !== users || them.users !== users) throw new Error(`${us.users} and ${them.users} of ${users} users came`);
    line(`${users} users, 20 ms away`, of(us), `a loop of fetch ${of(them)}`, `${(them.seconds / us.seconds).toFixed(2)} times as fast (at least 2.5)`);
  },
};

// Each in a process of its own: what one has left on the heap is no other's burden.
if (wanted.length === 1) {
  await figures[wanted[0]]();
  process.exit();
}
console.log(`Node ${process.version}`);
for (const name of wanted.length ? wanted : Object.keys(figures)) {
  const options = quick ? ["--quick"] : [];
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...options, name], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
