// The questions that every language asks: what is right stands first or second (tests/searches.json).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { JumpCloud } from "jumpcloud-client";

const questions = JSON.parse(readFileSync(new URL("../../../tests/searches.json", import.meta.url), "utf8"));

test("every question finds the right operation first or second", async () => {
  const jc = new JumpCloud({ apiKey: "any" });
  assert.ok(questions.length >= 20);
  for (const { question, right } of questions) {
    const found = (await jc.operations(question)).slice(0, 2);
    assert.ok(found.some(({ name }) => right.includes(name)), `${question}: ${found.map(({ name }) => name)}`);
    assert.ok(found.every(({ summary }) => summary.endsWith(".")), question);
  }
});
