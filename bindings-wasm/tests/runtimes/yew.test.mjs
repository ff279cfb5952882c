// The example app of the crate jumpcloud-web (bindings-wasm/rust/example) as a person uses it, in Chromium against a fake.
//
// JUMPCLOUD_FAKE is the fake's program, JUMPCLOUD_APP the folder of the built app.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, serve, skip } from "./chromium.mjs";
import { fake } from "./fake.mjs";

test("users are filtered, and one is suspended after a look at what would be sent", { skip, timeout: 60_000 }, async (t) => {
  const [{ url, apiKey }, app, browser] = await Promise.all([fake("--users", "200"), serve(process.env.JUMPCLOUD_APP), launch()]);
  t.after(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(String(error.stack)));
  await page.goto(`${app}/index.html`);

  const connect = async (address) => {
    await page.getByLabel("Proxy").fill(address);
    await page.getByLabel("Key").fill(apiKey);
    await page.getByRole("button", { name: "Connect" }).click();
  };
  await connect("http://proxy.example.com");
  assert.match(await page.getByRole("alert").textContent(), /plain HTTP shows the credential/);
  await connect(url);

  const rows = page.locator("tbody tr");
  await rows.nth(24).waitFor();
  assert.equal(await rows.count(), 25);
  await page.getByLabel("Department").fill("Engineering");
  await page.waitForFunction(() => {
    const cells = [...document.querySelectorAll("tbody td:nth-child(2)")];
    return cells.length > 0 && cells.every((cell) => cell.textContent === "Engineering");
  });

  const active = rows.filter({ hasText: "ACTIVATED" }).first();
  const name = await active.locator("td").first().textContent();
  const suspend = () => rows.filter({ hasText: name }).first().getByRole("button", { name: "Suspend" }).click();
  const state = async () => (await (await fetch(`${url}/api/systemusers?filter=username:$eq:${name}`, { headers: { "x-api-key": apiKey } })).json()).results[0].state;
  const dialog = page.getByRole("dialog");
  await suspend();
  assert.match(await dialog.locator("code").textContent(), /^POST http.*\/state\/suspend$/);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal(await state(), "ACTIVATED");
  await suspend();
  await dialog.getByRole("button", { name: "Send it" }).click();
  await rows.filter({ hasText: name }).filter({ hasText: "SUSPENDED" }).waitFor();
  assert.equal(await state(), "SUSPENDED");
  assert.deepEqual(troubles, []);
});
