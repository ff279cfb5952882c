// A fake JumpCloud of its own for a test file.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Starts it; it ends with the process. Gives its address and key. */
export async function fake(...options) {
  const program = process.env.JUMPCLOUD_FAKE;
  if (!program) throw new Error("JUMPCLOUD_FAKE must say where the fake's program is: run `cargo xtask test npm`");
  const child = spawn(program, ["--port", "0", ...options], { stdio: ["ignore", "pipe", "inherit"] });
  process.on("exit", () => child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^URL\s+(\S+)/.exec(line)?.[1];
    if (!url) continue;
    child.stdout.resume();
    child.unref();
    child.stdout.unref();
    const { api_key: apiKey } = await (await fetch(`${url}/__fake/access`)).json();
    return { url, apiKey };
  }
  throw new Error("the fake ended before it said its address");
}
