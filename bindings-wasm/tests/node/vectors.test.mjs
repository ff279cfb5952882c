import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import * as packaged from "../../dist/node.js";
import { ours, replay } from "../vectors.mjs";

const folder = new URL("../../../tests/vectors/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

for (const file of files) {
  test(`shared vectors: ${file}`, async () => {
    const vectors = ours(JSON.parse(readFileSync(new URL(file, folder), "utf8")));
    const failures = [];
    for (const vector of vectors) {
      try {
        await replay(vector, packaged);
      } catch (error) {
        failures.push(`${vector.name}: ${error.stack}`);
      }
    }
    assert.ok(vectors.length > 0);
    assert.equal(failures.length, 0, `${failures.length} of ${vectors.length}:\n${failures.join("\n")}`);
  });
}
