// The same call as code. Every language's package takes names in any case, so they stay JumpCloud's.

import type { Description, Parameters } from "./api";

export const LANGUAGES = ["JavaScript", "Python", "Swift"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What comes of a call: items one by one, a value, a file's bytes, nothing, or a playbook's result. */
export type Gives = "items" | "value" | "bytes" | "nothing" | "result";

export function gives({ paging, reply }: Pick<Description, "paging" | "reply">): Gives {
  return paging ? "items" : !reply ? "nothing" : reply.format === "binary" ? "bytes" : "value";
}

export function snippet(language: Language, name: string, parameters: Parameters, gives: Gives): string {
  const method = gives === "result" ? "playbook" : "call";
  const given = Object.entries(parameters);
  const result = gives === "bytes" ? "file" : gives;
  switch (language) {
    case "JavaScript": {
      const call = `jc.${method}("${name}"${given.length ? `, ${literal(parameters, JAVASCRIPT)}` : ""})`;
      return gives === "items" ? `for await (const item of ${call}) {\n  console.log(item);\n}` : gives === "nothing" ? `await ${call};` : `const ${result} = await ${call};`;
    }
    case "Python": {
      const keywords = given.map(([name, value]) => `, ${name.replaceAll(/\W/g, "_")}=${literal(value, PYTHON)}`);
      const call = `jc.${method}("${name}"${keywords.join("")})`;
      return gives === "items" ? `for item in ${call}:\n    print(item)` : gives === "nothing" ? call : `${result} = ${call}`;
    }
    case "Swift": {
      // What is nested holds values of several types, and nil is of none: Swift wants to be told.
      const told = (value: unknown) => (typeof value === "object" && !holdsFile(value) ? " as JSONValue" : "");
      const entries = given.map(([name, value]) => `${SWIFT.text(name)}: ${literal(value, SWIFT)}${told(value)}`);
      const args = `"${name}"${given.length ? `, [${entries.join(", ")}]` : ""}`;
      return gives === "items"
        ? `for try await item in jc.list(${args}, of: JSONValue.self) {\n    print(item)\n}`
        : gives === "nothing"
          ? `try await jc.perform(${args})`
          : `let ${result} = try await jc.${method}(${args}, as: ${gives === "bytes" ? "Data" : "JSONValue"}.self)`;
    }
  }
}

interface Spelling {
  indent: string;
  open: string;
  close: string;
  empty: string;
  text(value: string): string;
  key(name: string): string;
  constants: Record<string, string>;
}

const JAVASCRIPT: Spelling = {
  indent: "  ",
  open: "{",
  close: "}",
  empty: "{}",
  text: (value) => JSON.stringify(value),
  key: (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)),
  constants: {},
};

// What JSON escapes, Python escapes in the same way.
const PYTHON: Spelling = {
  indent: "    ",
  open: "{",
  close: "}",
  empty: "{}",
  text: (value) => JSON.stringify(value),
  key: (name) => JSON.stringify(name),
  constants: { true: "True", false: "False", null: "None" },
};

const SWIFT: Spelling = { indent: "    ", open: "[", close: "]", empty: "[:]", text: swiftText, key: swiftText, constants: { null: "nil" } };

/** Swift knows the escapes of JSON but for three. */
function swiftText(value: string): string {
  return JSON.stringify(value).replaceAll(/\\(?:u(....)|.)/g, (escape, code: string | undefined) =>
    code ? `\\u{${code}}` : escape === "\\b" ? "\\u{8}" : escape === "\\f" ? "\\u{c}" : escape,
  );
}

function holdsFile(value: unknown): boolean {
  return value instanceof Blob || (typeof value === "object" && value !== null && Object.values(value).some(holdsFile));
}

/** As many characters fit on one line. */
const WIDTH = 60;

function literal(value: unknown, spelling: Spelling, indent = ""): string {
  if (value instanceof Blob) return "file";
  if (value === null || typeof value !== "object") {
    if (typeof value === "string") return spelling.text(value);
    const json = JSON.stringify(value) ?? "null";
    return spelling.constants[json] ?? json;
  }
  const list = Array.isArray(value);
  const [open, close] = list ? ["[", "]"] : [spelling.open, spelling.close];
  const deeper = indent + spelling.indent;
  const parts = list
    ? value.map((inner) => literal(inner, spelling, deeper))
    : Object.entries(value).map(([name, inner]) => `${spelling.key(name)}: ${literal(inner, spelling, deeper)}`);
  if (parts.length === 0) return list ? "[]" : spelling.empty;
  const line = parts.join(", ");
  const padding = open === "{" ? " " : "";
  return line.length <= WIDTH && !line.includes("\n")
    ? `${open}${padding}${line}${padding}${close}`
    : `${open}\n${parts.map((part) => `${deeper}${part},\n`).join("")}${indent}${close}`;
}
