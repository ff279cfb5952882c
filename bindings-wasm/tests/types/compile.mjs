// The compilers that people have.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { tools } from "../runtimes/app.mjs";

/** The strictest options, without any library but the language's own. */
export const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noUnusedLocals: true,
  skipLibCheck: false,
  noEmit: true,
  target: "ES2022",
  lib: ["ES2022"],
  types: [],
  module: "NodeNext",
};

/** What a compiler says; nothing when it is content. */
export const compile = (version, project) =>
  new Promise((resolve) => {
    const compiler = join(tools, `typescript${version}/bin/tsc`);
    execFile(process.execPath, [compiler, "-p", project], { maxBuffer: 1e8 }, (error, stdout, stderr) =>
      resolve(stdout + stderr || (error ? String(error) : "")),
    );
  });
