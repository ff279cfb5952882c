// The same call as code. Every language's package takes names in any case, so they stay JumpCloud's.

import type { Parameters } from "./api";

export const LANGUAGES = ["JavaScript", "Python", "Swift"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What comes of a call: items one by one, a value, nothing, or a playbook's result. */
export type Gives = "items" | "value" | "nothing" | "result";

export function snippet(language: Language, name: string, parameters: Parameters, gives: Gives): string {
  const method = gives === "result" ? "playbook" : "call";
  const given = Object.entries(parameters);
  switch (language) {
    case "JavaScript": {
      const call = `jc.${method}("${name}"${given.length ? `, ${literal(parameters, JAVASCRIPT)}` : ""})`;
      return gives === "items" ? `for await (const item of ${call}) {\n  console.log(item);\n}` : gives === "nothing" ? `await ${call};` : `const ${gives} = await ${call};`;
    }
    case "Python": {
      const keywords = given.map(([name, value]) => `, ${name.replaceAll(/\W/g, "_")}=${literal(value, PYTHON)}`);
      const call = `jc.${method}("${name}"${keywords.join("")})`;
      return gives === "items" ? `for item in ${call}:\n    print(item)` : gives === "nothing" ? call : `${gives} = ${call}`;
    }
    case "Swift": {
      // What is nested holds values of several types: Swift wants to be told.
      const entries = given.map(([name, value]) => `${JSON.stringify(name)}: ${literal(value, SWIFT)}${typeof value === "object" && value !== null ? " as JSONValue" : ""}`);
      const args = `"${name}"${given.length ? `, [${entries.join(", ")}]` : ""}`;
      return gives === "items"
        ? `for try await item in jc.list(${args}, of: JSONValue.self) {\n    print(item)\n}`
        : gives === "nothing"
          ? `try await jc.perform(${args})`
          : `let ${gives} = try await jc.${method}(${args}, as: JSONValue.self)`;
    }
  }
}

interface Spelling {
  indent: string;
  open: string;
  close: string;
  empty: string;
  key(name: string): string;
  constants: Record<string, string>;
}

const JAVASCRIPT: Spelling = { indent: "  ", open: "{", close: "}", empty: "{}", key: (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)), constants: {} };
const PYTHON: Spelling = { indent: "    ", open: "{", close: "}", empty: "{}", key: (name) => JSON.stringify(name), constants: { true: "True", false: "False", null: "None" } };
const SWIFT: Spelling = { indent: "    ", open: "[", close: "]", empty: "[:]", key: (name) => JSON.stringify(name), constants: { null: "nil" } };

/** As many characters fit on one line. */
const WIDTH = 60;

function literal(value: unknown, spelling: Spelling, indent = ""): string {
  if (value instanceof Blob) return "file";
  if (value === null || typeof value !== "object") {
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
