// The declarations, in the compilers that people have: `node --test tests/types`.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { app } from "../runtimes/app.mjs";
import { STRICT, compile } from "./compile.mjs";

const here = new URL(".", import.meta.url);
const programs = readdirSync(here).filter((file) => /\.c?ts$/.test(file) && file !== "source.ts");
const libraries = ["@types/node", "undici-types", "@cloudflare/workers-types"];
const folder = app("types", { files: programs.map((file) => new URL(file, here)), links: libraries });

const alone = programs.filter((file) => file !== "with-libraries.ts");
const projects = {
  "as Node resolves it, ESM and CommonJS": { module: "NodeNext", files: alone },
  "as Node 16 resolved it": { module: "Node16", files: alone },
  "as bundlers resolve it": { module: "ESNext", moduleResolution: "Bundler", files: alone.filter((file) => !file.endsWith(".cts")) },
  "with the DOM library": { lib: ["ES2022", "DOM", "DOM.AsyncIterable"], files: ["with-libraries.ts"] },
  "with Node's types": { types: ["node"], files: ["with-libraries.ts"] },
  "with workerd's types": { types: ["@cloudflare/workers-types"], files: ["with-libraries.ts"] },
};

for (const version of [5, 7]) {
  for (const [name, { files, ...options }] of Object.entries(projects)) {
    test(`TypeScript ${version}: ${name}`, async () => {
      const project = join(folder, `${version}-${name.replaceAll(/\W/g, "-")}.json`);
      writeFileSync(project, JSON.stringify({ compilerOptions: { ...STRICT, ...options }, files }));
      assert.equal(await compile(version, project), "");
    });
  }
}

test("the README's examples, strictly", async () => {
  const readme = readFileSync(new URL("../../README.md", here), "utf8");
  const examples = [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code);
  assert.ok(examples.length > 10);
  const files = examples.map((_, index) => `readme-${index + 1}.mts`);
  examples.forEach((code, index) => writeFileSync(join(folder, files[index]), `${code}\nexport {};\n`));
  const texts = "apiKey, orgId, clientId, clientSecret, applicationId, systemId, privateKey";
  const globals = `import type { JumpCloud } from "jumpcloud-client";
declare global {
  var ${texts.replaceAll(",", ": string,")}: string, jc: JumpCloud, picture: Uint8Array, server: import("node:http").Server;
}`;
  writeFileSync(join(folder, "readme.d.mts"), globals);
  const project = join(folder, "readme.json");
  // They are JavaScript: a parameter of theirs has no type, if nothing gives it one.
  const options = { ...STRICT, noImplicitAny: false, noUnusedLocals: false, types: ["node"] };
  writeFileSync(project, JSON.stringify({ compilerOptions: options, files: ["readme.d.mts", ...files] }));
  const said = (await compile(7, project)).trim().split("\n");
  // One of them shows a mistake.
  assert.ok(said.length === 1 && said[0].includes("Property 'systemUser' does not exist"), said.join("\n"));
});

test("what is declared is what the source has", async () => {
  assert.equal(await compile(7, fileURLToPath(new URL("source.json", here))), "");
});
