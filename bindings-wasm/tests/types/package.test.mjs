// The packed package by the rules of those who know them: publint, and Are The Types Wrong.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tarball, tools } from "../runtimes/app.mjs";

/** Runs the program of an installed package. */
const run = (name, ...parameters) =>
  new Promise((resolve) => {
    const folder = join(tools, name);
    const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const program = join(folder, typeof bin === "string" ? bin : Object.values(bin)[0]);
    execFile(process.execPath, [program, ...parameters], (error, stdout, stderr) =>
      resolve({ failed: error !== null, said: stdout + stderr }),
    );
  });

test("publint has nothing to say", async () => {
  const { failed, said } = await run("publint", "run", tarball, "--strict");
  assert.ok(!failed && said.includes("All good!"), said);
});

test("the types are not wrong", async () => {
  // `node16` leaves out what came before `exports`; the wasm files are no modules, and have no types.
  const options = ["--profile", "node16", "--exclude-entrypoints", "wasm", "composer.wasm", "complete.wasm"];
  const { failed, said } = await run("@arethetypeswrong/cli", tarball, ...options);
  assert.ok(!failed, said);
});
