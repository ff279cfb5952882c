// The package in a folder of its own, whose files come and go: nothing of it is loaded yet.
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const dist = fileURLToPath(new URL("../../dist", import.meta.url));

/**
 * An entry of the package with a client that `answer` answers. `change` changes the part of the wasm of that name; how often the
 * slim entry asked for which part, `loads` says.
 */
export async function fresh(entry, { settings = { apiKey: "key" }, change = {}, answer = () => ({ totalCount: 0, results: [] }) } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "jumpcloud-fresh-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  cpSync(dist, folder, { recursive: true });
  // What ends in `.js` is a module, as in the package.
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  // The package for Node has its wasm inside, a file for each part.
  const inside = entry.startsWith("node");
  const file = (name) => join(folder, inside ? name.replace(/^(composer|complete).wasm$/, `node-$1${entry.slice(4)}`) : name);
  for (const [part, made] of Object.entries(change)) {
    const [from, to] = [file(`${part}.wasm`), join(folder, `${part}.wasm`)];
    const [before, after] = [readFileSync(to), made(readFileSync(to))];
    writeFileSync(from, inside ? readFileSync(from, "latin1").replace(before.toString("base64"), after.toString("base64")) : after);
  }
  const path = file(entry);
  const package_ = entry.endsWith(".cjs") ? createRequire(import.meta.url)(path) : await import(pathToFileURL(path));
  const loads = { composer: 0, complete: 0 };
  const part = (name) => () => (loads[name]++, readFileSync(file(`${name}.wasm`)));
  package_.initialize?.({ client: readFileSync(file("jumpcloud.wasm")), composer: part("composer"), complete: part("complete") });
  const sent = [];
  const jc = new package_.JumpCloud({
    ...settings,
    async fetch(url, init) {
      const { pathname } = new URL(url);
      sent.push(`${init.method} ${pathname}`);
      return Response.json(answer(pathname));
    },
  });
  const move = (name) => ({ away: () => renameSync(file(name), file(`${name}.away`)), back: () => renameSync(file(`${name}.away`), file(name)) });
  return { ...package_, jc, sent, loads, move, missing: { "node.js": "ERR_MODULE_NOT_FOUND", "node.cjs": "MODULE_NOT_FOUND" }[entry] ?? "ENOENT" };
}
