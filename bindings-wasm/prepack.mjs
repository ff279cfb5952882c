// npm runs this before it packs: a package without what `exports` names would be published and not work.
import { existsSync, readFileSync } from "node:fs";

const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
const files = (entry) => (typeof entry === "string" ? [entry] : Object.values(entry).flatMap(files));
const missing = [...new Set(files(exports))].filter((file) => !existsSync(file));
if (missing.length > 0) {
  console.error(`not packed, as it is not built: ${missing.join(", ")}; run \`CI=true cargo xtask npm\` first`);
  process.exitCode = 1;
}
