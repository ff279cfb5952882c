// Every operation, called with all that it takes, with the least, and with null where that may be: what the core takes
// by its own description, the types take, and a request comes of it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { app } from "../runtimes/app.mjs";
import { STRICT, compile } from "./compile.mjs";

const folder = app("operations");
const { JumpCloud } = await import(pathToFileURL(join(folder, "node_modules/jumpcloud-client/dist/node.js")));

/** A value of a schema, as JavaScript. */
function value(schema, form, definitions, depth = 0) {
  if (schema.$ref) return value(definitions[schema.$ref.slice("#/$defs/".length)], form, definitions, depth + 1);
  // What has a name and may be null is either.
  if (schema.anyOf) return form === "null" ? "null" : value(schema.anyOf[0], form, definitions, depth + 1);
  const types = [schema.type].flat();
  if (form === "null" && types.includes("null")) return "null";
  const [known] = schema.enum ?? schema.examples ?? [];
  if (known !== undefined) return JSON.stringify(known);
  switch (types[0]) {
    case "string":
      if (schema.format === "binary") return "new Uint8Array(3)";
      return schema.format === "date-time" ? '"2026-01-01T00:00:00Z"' : '"a"';
    case "integer":
      return types.includes("string") ? '"9007199254740993"' : "1";
    case "number":
      return "1.5";
    case "boolean":
      return "true";
    case "array":
      return depth > 9 ? "[]" : `[${value(schema.items ?? {}, form, definitions, depth + 1)}]`;
    case "object": {
      const given = Object.entries(schema.properties ?? {}).filter(
        ([key]) => schema.required?.includes(key) || (form !== "least" && depth < 9),
      );
      // What is between two times ends after it has begun.
      const later = (key, text) => (key === "end_time" ? text.replace("2026-01-01T", "2026-01-02T") : text);
      const entries = given.map(([key, inner]) => `${JSON.stringify(key)}: ${later(key, value(inner, form, definitions, depth + 1))}`);
      if (!schema.properties && schema.additionalProperties && form !== "least" && depth < 9) {
        entries.push(`"a key": ${value(schema.additionalProperties, form, definitions, depth + 1)}`);
      }
      return `{ ${entries.join(", ")} }`;
    }
    default:
      return '"anything"';
  }
}

/** A parameter's name in JavaScript's case. */
const written = (name) =>
  /^[a-z][A-Za-z0-9]*$/.test(name)
    ? name
    : name
        .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
        .split(/[^A-Za-z0-9]+/)
        .map((word, index) => (index ? word[0].toUpperCase() + word.slice(1).toLowerCase() : word.toLowerCase()))
        .join("");

/** What means something to the core. */
const MEANINGFUL = { filter: '{ field: "a", operator: "eq", value: "b" }', uploadUrl: '"https://localhost/?signature=s"' };

function parameters({ properties, required, $defs }, form) {
  const wanted = ([name, schema]) => {
    if (form === "least") return required.includes(name);
    // The body of a search holds a filter of its own.
    return name !== "filter" || schema["x-in"] === "query";
  };
  const entries = Object.entries(properties).filter(wanted).map(([name, schema]) => {
    const given = MEANINGFUL[name] ?? value(schema, form, $defs);
    return `${written(name)}: ${given}`;
  });
  return `{ ${entries.join(", ")} }`;
}

test("every operation takes in TypeScript what the core takes", async () => {
  const usual = new JumpCloud({ apiKey: "key", orgId: "org" });
  const account = new JumpCloud({ serviceAccount: { id: "id", secret: "secret" } });
  const lines = ['import { JumpCloud } from "jumpcloud-client";', 'const jc = new JumpCloud({ apiKey: "key" });'];
  const refused = [];
  const operations = await usual.operations();
  for (const { name } of operations) {
    const described = await usual.describe(name);
    for (const form of ["everything", "least", "null"]) {
      const given = parameters(described.parameters, form);
      // By its name, and by its method.
      lines.push(form === "least" ? `jc.call("${name}", ${given});` : `jc.${name}(${given});`);
      const jc = described.credentials.includes("client-secret") ? account : usual;
      await jc.prepare(name, eval(`(${given})`)).catch((error) => refused.push(`${error.message}\n  ${given}`));
    }
  }
  const names = readFileSync(new URL("../../../core/api/names.tsv", import.meta.url), "utf8");
  assert.equal(operations.length, names.match(/^[^#\n]/gm).length);
  assert.deepEqual(refused, []);
  const project = join(folder, "every.json");
  writeFileSync(join(folder, "every.ts"), `${lines.join("\n")}\n`);
  writeFileSync(project, JSON.stringify({ compilerOptions: STRICT, files: ["every.ts"] }));
  assert.equal(await compile(7, project), "");
});
