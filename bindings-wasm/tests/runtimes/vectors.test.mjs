// The shared vectors in Chromium, through the packed package.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { app } from "./app.mjs";
import { ours } from "../vectors.mjs";
import { launch, serve, skip } from "./chromium.mjs";

const vectors = new URL("../../../tests/vectors/", import.meta.url);

test("all shared vectors", { skip }, async () => {
  const names = readdirSync(vectors).filter((name) => name.endsWith(".json"));
  const total = names.reduce((sum, name) => sum + ours(JSON.parse(readFileSync(new URL(name, vectors), "utf8"))).length, 0);
  const files = ["programs/vectors.html", "programs/vectors-page.mjs", "../vectors.mjs", "../../../tests/vectors"];
  const folder = app("vectors", { files: files.map((file) => new URL(file, import.meta.url)) });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => assert.fail(error));
    await page.goto(`${await serve(folder)}/vectors.html?files=${names}`);
    await page.waitForFunction(() => document.body.textContent.trim(), undefined, { timeout: 120_000 });
    const { replayed, failures } = JSON.parse(await page.textContent("body"));
    assert.deepEqual(failures, [], `${failures.length} of ${replayed}`);
    assert.equal(replayed, total);
  } finally {
    await browser.close();
  }
});
