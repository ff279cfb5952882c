// The code that the explorer shows: JavaScript and Python run and ask the same of a fake JumpCloud each; the Swift package
// has what Swift calls.
//
// JUMPCLOUD_FAKE is the fake's program, PYTHON an interpreter that has the Python package.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { JumpCloud } from "jumpcloud-client";
import { fake } from "../../tests/runtimes/fake.mjs";

const { PYTHON } = process.env;
const SWIFT = fileURLToPath(new URL("../../../bindings-swift/Sources", import.meta.url));
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

let folder, snippet, gives, fakes;

before(async () => {
  if (!PYTHON) throw new Error("PYTHON must say where a Python with the package is: run `cargo xtask test explorer`");
  folder = await mkdtemp(join(tmpdir(), "explorer-"));
  await writeFile(join(folder, "logo.png"), PNG);
  const source = fileURLToPath(new URL("../source/snippets.ts", import.meta.url));
  const { outputFiles } = await build({ entryPoints: [source], bundle: true, format: "esm", write: false });
  ({ snippet, gives } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`));
  // A fake each, with the same people: what one of them changed, the other would find done.
  fakes = { JavaScript: await people(), Python: await people() };
});

after(() => rm(folder, { recursive: true }));

/** A fake, and what calls need of it. */
async function people() {
  const { url, apiKey } = await fake("--users", "60", "--seed", "9");
  const jc = new JumpCloud({ apiKey, baseUrl: url });
  const [{ _id: user }] = await jc.v1.systemUsers.list({ sort: "_id" }).toArray({ limit: 1 });
  const [{ _id: application }] = await jc.v1.applications.list({ sort: "_id" }).toArray({ limit: 1 });
  const file = new File([PNG], "logo.png", { type: "image/png" });
  await jc.v2.applications.logo.upload({ application_id: application, body: { image: file } });
  const logo = (await jc.v1.applications.get({ id: application })).logo.url.split("/").at(-1);
  const [{ id: mdm }] = await jc.v2.appleMdms.list().toArray();
  return { url, apiKey, jc, user, application, logo, mdm };
}

const ODD = 'a "quoted" $word, a \\ and\nthe bell \u0007, \b\f\t, é, 😀, \\(x)';

/** Names and parameters as the forms give them, one of each kind, in an order in which they work. */
function calls({ user, application, logo, mdm }) {
  const file = new File([PNG], "logo.png", { type: "image/png" });
  return [
    ["v1.systemUsers.list", { filter: { field: "department", operator: "eq", value: "Engineering" }, fields: ["username", "email"], limit: 7 }],
    ["v1.systemUsers.search", { body: { limit: 20 }, filter: { or: [{ field: "state", operator: "in", values: ["STAGED", "SUSPENDED"] }, { field: "sudo", operator: "eq", value: true }] } }],
    ["v2.groups.list", {}],
    ["v1.systemUsers.get", { id: user }],
    ["v1.systemUsers.create", {
      body: {
        username: "ada",
        email: "ada@example.com",
        description: ODD,
        attributes: [{ name: "floor", value: "3" }, { name: "room", value: ODD }],
        addresses: [],
        sudo: false,
        unix_uid: 5001,
        costCenter: null,
        mfa: {},
      },
    }],
    ["v1.systemUsers.update", { id: user, body: { department: "Mathematics", manager: null } }],
    ["v2.bulk.users.create", { "creation-source": "jumpcloud:bulk", body: [{ username: "grace", email: "grace@example.com" }] }],
    ["v2.appleMdms.devices.backgroundTasks.list", { deviceObjectId: mdm, "queryParameters.fields": ["status"] }],
    ["v2.logos.download", { id: logo }],
    ["v2.applications.logo.upload", { application_id: application, body: { image: file } }],
    ["v1.systemUsers.delete", { id: user }],
    ["users.suspend", { user: "ada", dryRun: true }],
  ];
}

/** The code for a call, in every language. */
async function codeFor(language, name, parameters) {
  const playbooks = await fakes.JavaScript.jc.playbook();
  const kind = playbooks.some((playbook) => playbook.name === name) ? "result" : gives(await fakes.JavaScript.jc.describe(name));
  return snippet(language, name, parameters, kind);
}

/** What a fake was asked while something ran: no more of it than is the same in every language. */
async function asked({ url, logo }, run) {
  await fetch(`${url}/__fake/requests`, { method: "DELETE" });
  await run();
  const requests = await (await fetch(`${url}/__fake/requests`)).json();
  const told = requests.map(({ operation, method, target, body, status }) => {
    // Each package marks the parts of an upload in its own way.
    const upload = operation === "v2.applications.logo.upload";
    return { operation, method, target: target.replace(logo, "LOGO"), status, body: upload ? null : body };
  });
  // Pages are asked for side by side.
  return told.sort((one, other) => one.target.localeCompare(other.target));
}

async function runJavaScript(code) {
  const AsyncFunction = (async () => {}).constructor;
  const printed = [];
  const console = { log: (value) => printed.push(value) };
  const file = new File([PNG], "logo.png", { type: "image/png" });
  await new AsyncFunction("jc", "file", "console", `{\n${code}\n}`)(fakes.JavaScript.jc, file, console);
  return printed.length;
}

async function runPython(code) {
  const { url, apiKey } = fakes.Python;
  const program = `from pathlib import Path\nfrom jumpcloud_client import JumpCloud\njc = JumpCloud()\nfile = Path("logo.png")\n${code}\n`;
  const environment = { ...process.env, JUMPCLOUD_API_KEY: apiKey, JUMPCLOUD_BASE_URL: url, PYTHONIOENCODING: "utf-8" };
  const { stdout } = await promisify(execFile)(PYTHON, ["-W", "error", "-c", program], { cwd: folder, env: environment });
  // A record is printed on one line.
  return stdout.split("\n").length - 1;
}

test("JavaScript and Python run, and send the same", async () => {
  const python = calls(fakes.Python);
  const empty = [];
  for (const [index, [name, parameters]] of calls(fakes.JavaScript).entries()) {
    const code = { JavaScript: await codeFor("JavaScript", name, parameters), Python: await codeFor("Python", ...python[index]) };
    const printed = {};
    const sent = {
      JavaScript: await asked(fakes.JavaScript, async () => (printed.JavaScript = await runJavaScript(code.JavaScript))),
      Python: await asked(fakes.Python, async () => (printed.Python = await runPython(code.Python))),
    };
    assert.ok(sent.JavaScript.length > 0, code.JavaScript);
    assert.deepEqual(sent.Python, sent.JavaScript, code.Python);
    assert.equal(printed.Python, printed.JavaScript, `${code.Python} prints as many items`);
    // Of a list its items are printed, and of nothing else.
    if (!code.Python.startsWith("for item in")) assert.equal(printed.Python, 0, `${code.Python} prints nothing`);
    else if (printed.Python === 0) empty.push(name);
  }
  // The fake has a device, and it has no tasks: of every other list items are printed.
  assert.deepEqual(empty, ["v2.appleMdms.devices.backgroundTasks.list"]);
});

test("what was typed in has arrived whole", async () => {
  for (const { jc } of Object.values(fakes)) {
    const [ada] = await jc.v1.systemUsers.list({ filter: { field: "username", operator: "eq", value: "ada" } }).toArray();
    assert.deepEqual([ada.description, ada.attributes.find(({ name }) => name === "room").value], [ODD, ODD]);
  }
});

test("Swift calls what the package has, with its argument labels", async () => {
  const sources = await Promise.all(
    (await readdir(SWIFT, { recursive: true })).filter((path) => path.endsWith(".swift") && !path.includes("Generated")).map((path) => readFile(join(SWIFT, path), "utf8")),
  );
  const client = sources.find((source) => source.includes("public final class JumpCloud"));
  assert.ok(client, "the Swift client has moved");
  const methods = new Set();
  for (const [name, parameters] of calls(fakes.JavaScript)) {
    const code = await codeFor("Swift", name, parameters);
    const [, method] = /\bjc\.(\w+)\(/.exec(code);
    methods.add(method);
    const [, list] = new RegExp(`public func ${method}(?:<[^>]*>)?\\(([^{]*?)\\n? *\\)(?: async)?(?: throws)? (?:->|\\{)`).exec(client) ?? [];
    assert.ok(list, `${method}: the Swift client has it`);
    // `_ operation: String, as type: T.Type = T.self`: the first word of each is its label.
    const labels = list.split(",").map((parameter) => parameter.trim().split(" ")[0].replace(/:$/, ""));
    assert.deepEqual(labels.slice(0, 2), ["_", "_"], `${method}: name and parameters have no labels`);
    const [, label, type] = /, (\w+): (\w+)\.self\)/.exec(code) ?? [];
    assert.equal(label !== undefined, method !== "perform", code);
    if (label) assert.ok(labels.includes(label), `${method} takes ${label}: ${labels}`);
    if (type) assert.ok(type === "Data" || sources.some((source) => source.includes(`public enum ${type}: `)), `there is ${type}`);
  }
  assert.deepEqual([...methods].sort(), ["call", "list", "perform", "playbook"]);
  assert.ok(sources.some((source) => /extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral/.test(source)));
});

test("Swift's literals are Swift's", async () => {
  const swift = async (name, parameters) => codeFor("Swift", name, parameters);
  assert.equal(
    await swift("v1.systemUsers.update", { id: "a\u0007\b\f\\b\n\"", body: { manager: null, sudo: true, attributes: [] } }),
    String.raw`let value = try await jc.call("v1.systemUsers.update", ["id": "a\u{0007}\u{8}\u{c}\\b\n\"", "body": ["manager": nil, "sudo": true, "attributes": []] as JSONValue], as: JSONValue.self)`,
  );
  // A file is no JSON, on its way there and back.
  const file = new File([PNG], "logo.png");
  assert.equal(
    await swift("v2.applications.logo.upload", { application_id: "5f1b", body: { image: file } }),
    'try await jc.perform("v2.applications.logo.upload", ["application_id": "5f1b", "body": ["image": file]])',
  );
  assert.equal(await swift("v2.logos.download", { id: "5f1b" }), 'let file = try await jc.call("v2.logos.download", ["id": "5f1b"], as: Data.self)');
});
