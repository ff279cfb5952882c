// The explorer as a person uses it: in Chromium, served by a fake JumpCloud with 1,000 users.
//
// JUMPCLOUD_FAKE is the fake's program, JUMPCLOUD_EXPLORER the built page, CHROMIUM the browser's program. With SCREENSHOTS, pictures of all screens go there.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { JUMPCLOUD_FAKE, JUMPCLOUD_EXPLORER, CHROMIUM = "/usr/bin/chromium", SCREENSHOTS } = process.env;
/** How many operations `core/api` names. */
const OPERATIONS = readFileSync(new URL("../../../core/api/names.tsv", import.meta.url), "utf8").match(/^[^#\n]/gm).length;
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];

let fake, url, access, browser;

before(async () => {
  fake = spawn(JUMPCLOUD_FAKE, ["--users", "1000", "--port", "0", "--explorer", JUMPCLOUD_EXPLORER], { stdio: ["ignore", "pipe", "inherit"] });
  url = await new Promise((resolve, reject) => {
    let said = "";
    fake.stdout.setEncoding("utf8").on("data", (text) => {
      said += text;
      const found = /^URL +(\S+)/m.exec(said);
      if (found) resolve(found[1]);
    });
    fake.on("exit", (code) => reject(new Error(`the fake ended with ${code}`)));
  });
  access = await (await fetch(`${url}/__fake/access`)).json();
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});

after(async () => {
  await browser?.close();
  fake?.kill();
});

/** A page of its own, whose troubles and whose talk with anyone but the fake fail the test. */
async function open(t, hash = "", { width = 1280, height = 800, expected = [], ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce", ...options });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: url });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const troubles = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) troubles.push(`${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => troubles.push(String(error.stack)));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== url && !["data:", "blob:"].includes(protocol)) troubles.push(`a request to ${request.url()}`);
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(troubles.filter((trouble) => !expected.some((words) => words.test(trouble))), []);
  });
  await page.goto(`${url}/${hash}`);
  return page;
}

const logged = async () => (await fetch(`${url}/__fake/requests`)).json();
const forget = () => fetch(`${url}/__fake/requests`, { method: "DELETE" });
const api = async (path) => (await fetch(url + path, { headers: { "x-api-key": access.api_key } })).json();
const count = (page) => page.locator("main .list .count");
const request = (page) => page.getByTestId("request").innerText();
const reply = (page) => page.getByRole("region", { name: "Reply" });
const field = (page, name) => page.locator(`[data-parameter="${name}"]`);

test("users: filtered, and read on to the end of the pages", async (t) => {
  const page = await open(t);
  await page.getByText("of 1,000").waitFor();
  const { totalCount } = await api("/api/systemusers?limit=1&filter=department:$eq:Engineering");
  assert.ok(totalCount > 200, `${totalCount} engineers are several pages`);

  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByLabel("Field").fill("department");
  await page.getByLabel("Value").fill("Engineering");
  await page.getByText(`100 of ${totalCount}`).waitFor();
  assert.match(page.url(), /filter=/);
  for (let end = false; !end; ) {
    await page.locator(".list .scroll").evaluate((table) => table.scrollTo(0, table.scrollHeight));
    end = (await count(page).innerText()) === `${totalCount} of ${totalCount}`;
  }
  assert.equal(await page.locator("tbody tr").count(), totalCount);
  const departments = await page.locator("tbody tr td:nth-child(4)").allInnerTexts();
  assert.deepEqual([...new Set(departments)], ["Engineering"]);

  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByLabel("Field").last().fill("state");
  await page.getByLabel("Value").last().fill("SUSPENDED");
  await page.locator(".state.activated").first().waitFor({ state: "detached" });
  await page.locator(".state.suspended").first().waitFor();
  assert.ok((await page.locator(".state.suspended").count()) > 0);
});

test("users: any of two filters, words and an order", async (t) => {
  const rows = [
    { field: "department", operator: "eq", value: "Legal" },
    { field: "username", operator: "starts_with", value: "ma" },
  ];
  const page = await open(t, `#/users?filter=${encodeURIComponent(JSON.stringify({ rows, any: true }))}`);
  await page.locator("tbody tr").first().waitFor();
  for (const row of await page.locator("tbody tr").allInnerTexts()) assert.match(row, /^ma|Legal/);
  await page.goto(`${url}/#/users`);
  await page.getByText("of 1,000").waitFor();

  await page.getByRole("searchbox", { name: "Search users" }).fill("mar");
  await page.getByText("of 1,000").waitFor({ state: "detached" });
  await page.locator("tbody tr").first().waitFor();
  for (const row of await page.locator("tbody tr").allInnerTexts()) assert.match(row, /mar/i);

  const names = () => page.locator("tbody td:first-child").allInnerTexts();
  await page.getByRole("link", { name: "Username" }).click();
  await page.locator("th[aria-sort=ascending]").waitFor();
  await page.getByRole("link", { name: "Username" }).click();
  await page.locator("th[aria-sort=descending]").waitFor();
  await page.locator("tbody tr").first().waitFor();
  const sorted = await names();
  assert.deepEqual(sorted, sorted.toSorted().reverse());
});

test("a user, her groups, a group's members, and back", async (t) => {
  const page = await open(t);
  await page.locator("tbody a").first().click();
  const detail = page.getByRole("complementary");
  const name = await detail.getByRole("heading", { level: 2 }).innerText();
  await detail.getByRole("link", { name: "All Staff" }).click();
  await detail.getByRole("heading", { name: "All Staff" }).waitFor();
  assert.match(page.url(), /#\/groups\//);
  await detail.getByRole("button", { name: "more" }).waitFor();
  await page.goBack();
  await detail.getByRole("heading", { name, exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await detail.waitFor({ state: "detached" });
});

test("systems and groups have their tables too", async (t) => {
  const page = await open(t, "#/systems");
  await page.getByText("of 1,140").waitFor();
  await page.locator("tbody a").first().click();
  await page.getByRole("complementary").getByRole("heading", { name: "Policies" }).waitFor();
  await page.getByRole("link", { name: "Groups" }).first().click();
  await page.getByRole("searchbox", { name: "Search groups" }).fill("Sal");
  await page.getByRole("link", { name: "Sales", exact: true }).click();
  await page.getByRole("complementary").getByRole("heading", { name: "Members" }).waitFor();
});

test("an operation from the keyboard alone: found, filled in, sent, read", async (t) => {
  const page = await open(t);
  await page.getByText("of 1,000").waitFor();
  const keys = page.keyboard;
  const group = (await api("/api/v2/usergroups?limit=1"))[0];
  await keys.press("/");
  // A person types when the field is there.
  await page.getByRole("combobox", { name: "Search operations" }).and(page.locator(":focus")).waitFor();
  await keys.type("usergroups members");
  await page.getByRole("option").first().waitFor({ state: "attached" });
  // It is among all operations too: keys that come before the search would walk those.
  await page.waitForFunction(() => document.querySelectorAll('[role="option"]').length < 50);
  await page.getByRole("option", { name: "v2.userGroups.members.list" }).waitFor();
  const active = async () => (await page.locator(".found .active").innerText()).includes("members.list");
  // Down to it, and up again where a key was quicker than the search.
  for (const key of ["ArrowDown", "ArrowUp"]) {
    for (let presses = 0; presses < 20 && !(await active()); presses++) await keys.press(key);
  }
  assert.ok(await active(), "members.list is not reached with the arrows");
  await keys.press("Enter");
  await page.getByRole("heading", { name: "v2.userGroups.members.list" }).waitFor();
  await page.getByText("group_id: missing").waitFor();

  const tabTo = async (name) => {
    const at = () => page.evaluate(() => document.activeElement?.closest("[data-parameter]")?.getAttribute("data-parameter"));
    for (let presses = 0; (await at()) !== name; presses++) {
      assert.ok(presses < 60, `${name} is not reached with Tab`);
      await keys.press("Tab");
    }
  };
  await tabTo("group_id");
  await keys.type(group.id);
  await tabTo("limit");
  await keys.type("7");
  await page.getByText(`GET ${url}/api/v2/usergroups/${group.id}/members?limit=7`).waitFor();
  assert.match(await request(page), /x-api-key: (?!jca_)/);
  await forget();
  await keys.press("Control+Enter");
  await reply(page).getByText("200", { exact: true }).waitFor();
  assert.match(await reply(page).getByRole("status").innerText(), /7 items in \d+ ms/);
  const sent = await logged();
  assert.deepEqual(sent.map(({ method, target }) => [method, target]), [["GET", `/api/v2/usergroups/${group.id}/members?limit=7`]]);

  await page.getByRole("button", { name: "All pages" }).click();
  await page.getByRole("region", { name: "All pages" }).getByText("1,000 of 1,000").waitFor();
});

test("the key is in memory and nowhere else", async (t) => {
  const page = await open(t, "#/operations/v1.systemUsers.list");
  await page.getByTestId("request").waitFor();
  const places = () => page.evaluate(() => [document.documentElement.outerHTML, document.body.innerText, location.href, JSON.stringify({ ...localStorage, ...sessionStorage }), document.cookie].join("\n"));
  await page.getByRole("button", { name: "Send" }).click();
  await reply(page).getByText("200", { exact: true }).waitFor();
  assert.ok(!(await places()).includes(access.api_key));
  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("link", { name: "/api/systemusers" }).waitFor();
  await page.getByRole("button", { name: "Connection" }).click();
  await page.getByLabel("API key", { exact: true }).waitFor();
  assert.ok(!(await places()).includes(access.api_key));
});

test("what is wrong is said at its parameter, before anything is sent", async (t) => {
  const page = await open(t, "#/operations/v1.systemUsers.get");
  await page.getByText("id: missing").waitFor();
  await forget();
  assert.equal(await page.locator(".faulty").count(), 0, "what is not filled in yet is no mistake yet");
  await page.getByRole("button", { name: "Send" }).click();
  await field(page, "id").getByText("missing").waitFor();
  assert.equal(await field(page, "id").getByRole("textbox").getAttribute("aria-invalid"), "true");

  await page.goto(`${url}/#/operations/v1.systemUsers.list`);
  await field(page, "limit").getByRole("textbox").fill("many");
  await field(page, "limit").getByText(/limit.*many/).waitFor();
  assert.equal(await page.getByTestId("request").count(), 0);
  await field(page, "limit").getByRole("textbox").fill("5");
  await page.getByTestId("request").waitFor();
  assert.equal(await page.locator(".faulty").count(), 0);

  await page.goto(`${url}/#/operations/v2.userGroups.create`);
  await field(page, "body").getByRole("textbox").fill('{"name": ');
  await field(page, "body").getByText("no JSON yet").waitFor();
  await page.getByRole("button", { name: "Send" }).click();
  assert.deepEqual(await logged(), []);
});

test("a body from its schema; JumpCloud's refusal in its words", async (t) => {
  const page = await open(t, "#/operations/v2.userGroups.create", { expected: [/status of 409/] });
  await page.getByRole("button", { name: "required fields" }).click();
  const body = field(page, "body").getByRole("textbox");
  assert.deepEqual(JSON.parse(await body.inputValue()), { name: "" });
  await body.fill('{ "name": "Cartographers" }');
  await page.getByText('{"name":"Cartographers"}').waitFor();
  await page.getByRole("button", { name: "Send" }).click();
  await reply(page).getByText("201", { exact: true }).waitFor();
  const made = (await api("/api/v2/usergroups?filter=name:eq:Cartographers"))[0];
  assert.equal(made.name, "Cartographers");
  await page.getByRole("button", { name: "Send" }).click();
  await reply(page).getByText("conflict").waitFor();
  assert.match(await reply(page).innerText(), /409/);

  await t.test("what cannot be undone is asked about", async () => {
    await page.goto(`${url}/#/operations/v2.userGroups.delete?id=${made.id}`);
    await page.getByText(`DELETE ${url}/api/v2/usergroups/${made.id}`).waitFor();
    await forget();
    await page.getByRole("button", { name: "Send" }).click();
    const dialog = page.getByRole("dialog", { name: "Send this?" });
    await dialog.getByText(`/api/v2/usergroups/${made.id}`).waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual(await logged(), []);
    await page.getByRole("button", { name: "Send" }).click();
    await dialog.getByRole("button", { name: "Send it" }).click();
    await reply(page).getByText("20").first().waitFor();
    assert.deepEqual((await logged()).map(({ method }) => method), ["DELETE"]);
  });
});

test("a playbook runs dry, and changes nothing", async (t) => {
  const page = await open(t, "#/playbooks");
  const [user] = (await api("/api/systemusers?limit=1&filter=state:$eq:ACTIVATED")).results;
  await page.getByRole("link", { name: /users\.suspend/ }).click();
  await page.getByRole("button", { name: "Run dry" }).click();
  await field(page, "user").getByText("missing").waitFor();
  await field(page, "user").getByRole("textbox").fill(user.username);
  await forget();
  await page.getByRole("button", { name: "Run dry" }).click();
  const result = page.getByRole("region", { name: "Result" });
  await result.getByText("It would do this").waitFor();
  await result.getByText(`/api/systemusers/${user._id}/state/suspend`).waitFor();
  assert.ok((await logged()).every(({ target }) => !target.endsWith("/suspend")));
  assert.equal((await api(`/api/systemusers/${user._id}`)).state, "ACTIVATED");

  await page.getByRole("switch", { name: /Dry run/ }).uncheck();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  // The heading stands there while it runs; what can be copied has come.
  await result.getByRole("heading", { name: "Result" }).waitFor();
  await result.getByRole("button", { name: "Copy JSON" }).waitFor();
  assert.equal((await api(`/api/systemusers/${user._id}`)).state, "SUSPENDED");
});

test("the history leads back to a call with its parameters", async (t) => {
  const page = await open(t, "#/operations/v1.systemUsers.list?limit=3");
  await page.getByTestId("request").waitFor();
  await page.getByRole("button", { name: "Send" }).click();
  await reply(page).getByText("3 items").waitFor();
  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("link", { name: "/api/systemusers?limit=3" }).click();
  assert.equal(await field(page, "limit").getByRole("textbox").inputValue(), "3");
  await page.getByText("Code", { exact: true }).click();
  for (const [language, code] of [
    ["JavaScript", 'for await (const item of jc.call("v1.systemUsers.list", { limit: 3 }))'],
    ["Python", 'for item in jc.call("v1.systemUsers.list", limit=3)'],
    ["Swift", 'jc.list("v1.systemUsers.list", ["limit": 3], of: JSONValue.self)'],
  ]) {
    await page.getByRole("button", { name: language }).click();
    assert.ok((await page.locator(".snippet pre").innerText()).includes(code), language);
  }
  await page.locator(".snippet").getByRole("button", { name: "Copy" }).click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /v1\.systemUsers\.list/);
});

test("away from a fake it asks how to connect, and says what is wrong", async (t) => {
  const expected = [/status of 404/, /status of 401/];
  const page = await open(t, "#/history", { expected });
  await page.route("**/__fake/access", (route) => route.fulfill({ status: 404 }));
  await page.goto(`${url}/#/users`);
  await page.reload();
  const dialog = page.getByRole("dialog", { name: "Connection" });
  const connect = async (key) => {
    await dialog.getByLabel("Address").fill(url);
    await dialog.getByLabel("API key", { exact: true }).fill(key);
    await dialog.getByRole("button", { name: "Connect" }).click();
    await dialog.waitFor({ state: "detached" });
  };
  await connect("wrong-key");
  await page.getByRole("alert").getByText("authentication").waitFor();
  await page.getByRole("button", { name: "Connection" }).click();
  await connect(access.api_key);
  await page.getByText("of 1,000").waitFor();

  await page.getByRole("button", { name: "Connection" }).click();
  await dialog.getByRole("button", { name: "Service account" }).click();
  await dialog.getByLabel("Client id").fill(access.client_id);
  await dialog.getByLabel("Client secret").fill(access.client_secret);
  await forget();
  await dialog.getByRole("button", { name: "Connect" }).click();
  await page.getByText("of 1,000").waitFor();
  await page.getByRole("link", { name: "Groups" }).first().click();
  await page.getByRole("link", { name: "All Staff" }).waitFor();
  assert.ok((await logged()).some(({ target }) => target === "/oauth2/token"));
});

test("light and dark, as the system says and as a person says", async (t) => {
  const page = await open(t, "#/operations", { colorScheme: "dark" });
  // The colours change over some frames.
  const between = (low, high) =>
    page.waitForFunction(([low, high]) => {
      const colour = getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g).map(Number);
      const brightness = colour[0] + colour[1] + colour[2];
      return low <= brightness && brightness < high;
    }, [low, high]);
  const dark = () => between(0, 200);
  const light = () => between(601, 766);
  await dark();
  await page.getByRole("button", { name: /Change to light/ }).click();
  await light();
  await page.reload();
  await page.getByRole("button", { name: /Change to dark/ }).click();
  await dark();
});

test("every operation has its form, and every body something to start from", async (t) => {
  const page = await open(t, "#/operations");
  await page.getByRole("option").nth(OPERATIONS - 1).waitFor({ state: "attached" });
  const names = await page.locator(".found .name").allTextContents();
  assert.equal(names.length, OPERATIONS);
  // A form is there after a few frames: four pages side by side wait for theirs together.
  const pages = [page, ...(await Promise.all([1, 2, 3].map(() => open(t, "#/operations"))))];
  const look = async (names) => {
    const until = async (met) => {
      for (let turns = 0; !met(); turns++) {
        if (turns > 5000) throw new Error(`${location.hash}: ${met}`);
        await new Promise((resolve) => setTimeout(resolve));
      }
    };
    const bad = [];
    for (const name of names) {
      location.hash = `#/operations/${name}`;
      await until(() => document.querySelector(".title h2")?.textContent === name);
      await until(() => document.querySelector(".request :is(.request-text, .unready)"));
      const path = document.querySelector(".title .where code").textContent;
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const shown = [...document.querySelectorAll("[data-parameter]")].map((field) => field.dataset.parameter);
      if (!wanted.every((name) => shown.includes(name))) bad.push(`${name}: ${shown} for ${path}`);
      if (document.querySelector(".failure, .faulty")) bad.push(`${name}: a failure before anything was typed`);
      const all = [...document.querySelectorAll('[data-parameter="body"] button')].find((button) => button.textContent === "all fields");
      if (all) {
        all.click();
        await until(() => document.querySelector('[data-parameter="body"] textarea').value !== "");
        JSON.parse(document.querySelector('[data-parameter="body"] textarea').value);
      }
    }
    return bad;
  };
  const found = await Promise.all(pages.map((page, share) => page.evaluate(look, names.filter((_, index) => index % 4 === share))));
  assert.deepEqual(found.flat(), []);
});

const SCREENS = {
  users: "#/users",
  filtered: `#/users?sort=-created&filter=${encodeURIComponent('{"rows":[{"field":"department","operator":"eq","value":"Engineering"},{"field":"state","operator":"ne","value":"SUSPENDED"}],"any":false}')}`,
  user: "#/users/USER",
  system: "#/systems/SYSTEM",
  groups: "#/groups/GROUP",
  operations: "#/operations",
  operation: "#/operations/v1.systemUsers.list?limit=20",
  create: "#/operations/v1.systemUsers.create",
  destructive: "#/operations/v2.userGroups.delete?id=GROUP",
  playbooks: "#/playbooks",
  playbook: "#/playbooks/users.enrich",
  history: "#/history",
};

async function addresses() {
  const [user] = (await api("/api/systemusers?limit=1&skip=3")).results;
  const [system] = (await api("/api/systems?limit=1")).results;
  const [, group] = await api("/api/v2/groups?limit=2");
  return Object.entries(SCREENS).map(([name, hash]) => [name, hash.replace("USER", user._id).replace("SYSTEM", system._id).replace("GROUP", group.id)]);
}

/** Everything that was asked for has come. */
const settled = async (page) => {
  // Going to another `#…` begins in a task of its own.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 150)));
  await page.waitForLoadState("networkidle");
  await page.locator(".bar").first().waitFor({ state: "detached" });
};

test("no screen is wider than a phone of 360 px, or a window of 1600", async (t) => {
  for (const [width, height] of [[360, 740], [1600, 900]]) {
    const page = await open(t, "", { width, height });
    for (const [name, hash] of await addresses()) {
      await page.goto(`${url}/${hash}`);
      await settled(page);
      const { wide, out } = await page.evaluate(() => {
        const inside = (element) => element.closest(".scroll, pre, .json, .known, .found");
        const out = [...document.querySelectorAll("body *")].filter((element) => !inside(element) && !element.closest(".skip") && element.getBoundingClientRect().right > innerWidth + 1);
        return { wide: document.documentElement.scrollWidth, out: out.map((element) => element.outerHTML.slice(0, 120)) };
      });
      assert.ok(wide <= width, `${name} is ${wide} px wide`);
      assert.deepEqual(out, [], `${name} at ${width} px`);
    }
  }
});

test("what has a name for the eye has one for a screen reader", async (t) => {
  const page = await open(t);
  for (const [name, hash] of await addresses()) {
    await page.goto(`${url}/${hash}`);
    await settled(page);
    const nameless = await page.evaluate(() => {
      const named = (element) => element.getAttribute("aria-label") || element.getAttribute("aria-labelledby") || element.labels?.length || element.textContent.trim();
      return [...document.querySelectorAll("button, a, input, select, textarea")].filter((element) => !named(element)).map((element) => element.outerHTML);
    });
    assert.deepEqual(nameless, [], name);
  }
});

if (SCREENSHOTS) {
  test("pictures", async (t) => {
    await mkdir(SCREENSHOTS, { recursive: true });
    for (const colorScheme of ["light", "dark"]) {
      for (const [kind, width, height] of [["phone", 360, 740], ["laptop", 1280, 800], ["desktop", 1600, 950]]) {
        const page = await open(t, "", { width, height, colorScheme });
        const shot = (name) => page.screenshot({ path: join(SCREENSHOTS, `${name}-${kind}-${colorScheme}.png`) });
        for (const [name, hash] of await addresses()) {
          await page.goto(`${url}/${hash}`);
          await settled(page);
          if (name === "operation") {
            await page.getByRole("button", { name: "Send" }).click();
            await reply(page).getByText("200", { exact: true }).waitFor();
          }
          if (name === "create") await page.getByRole("button", { name: "all fields" }).click();
          if (name === "playbook") {
            await field(page, "user").getByRole("textbox").fill("lukas.boehm");
            await page.getByRole("button", { name: "Run" }).click();
            await page.getByRole("button", { name: "Copy JSON" }).waitFor();
          }
          await shot(name);
          if (name === "operation") {
            await reply(page).scrollIntoViewIfNeeded();
            await shot("reply");
          }
        }
        await page.getByRole("button", { name: "Connection" }).click();
        await page.getByRole("dialog").waitFor();
        await shot("connection");
      }
    }
  });
}
