// How long the compilers take for ten lines against the whole package, beside an empty program:
// `JUMPCLOUD_TARBALL=… node tests/types/speed.mjs`.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { app, tools } from "../runtimes/app.mjs";

const folder = app("speed", { files: [new URL("ten-lines.ts", import.meta.url)] });
writeFileSync(join(folder, "empty.ts"), "export {};\n");
const options = ["--noEmit", "--strict", "--module", "NodeNext", "--target", "ES2022", "--lib", "ES2022"];

const seconds = (version, ...parameters) => {
  const times = Array.from({ length: 5 }, () => {
    const begun = performance.now();
    execFileSync(process.execPath, [join(tools, `typescript${version}/bin/tsc`), ...options, ...parameters], { cwd: folder });
    return performance.now() - begun;
  });
  return `${(Math.min(...times) / 1000).toFixed(2)} s`;
};

console.log("tsc --noEmit, the best of five        ten lines  nothing");
for (const version of [5, 7]) {
  for (const check of ["true", "false"]) {
    const skip = ["--skipLibCheck", check];
    const [lines, nothing] = ["ten-lines.ts", "empty.ts"].map((file) => seconds(version, ...skip, file));
    console.log(`TypeScript ${version}, skipLibCheck ${check.padEnd(5)}        ${lines.padEnd(9)}  ${nothing}`);
  }
}
