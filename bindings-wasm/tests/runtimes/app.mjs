// A folder with nothing in it but the packed package, as whoever installs it has it.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What is installed beside the package: compilers, bundlers, runtimes. */
export const tools = fileURLToPath(new URL("node_modules", import.meta.url));

/** The tarball that `npm pack` made. */
export const tarball = process.env.JUMPCLOUD_TARBALL;
if (!tarball) throw new Error("JUMPCLOUD_TARBALL must say where `npm pack` put the package: run `cargo xtask test npm`");

/** Makes the folder; `files` are copied into it, `links` are tools that its programs import. */
export function app(name, { files = [], links = [], type = "module" } = {}) {
  const folder = mkdtempSync(join(tmpdir(), `jumpcloud-${name}-`));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const installed = join(folder, "node_modules/jumpcloud-client");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["xzf", tarball, "--strip-components", "1", "-C", installed]);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, private: true, type }));
  for (const file of files) cpSync(file, join(folder, basename(fileURLToPath(file))), { recursive: true });
  for (const link of links) {
    mkdirSync(dirname(join(folder, "node_modules", link)), { recursive: true });
    symlinkSync(join(tools, link), join(folder, "node_modules", link));
  }
  return folder;
}
