// The same call as code. Names are taken in any case by every language's package, so they stay as they are.

import type { Operation, Parameters } from "./api";

export const LANGUAGES = ["JavaScript", "Python", "Swift"] as const;
export type Language = (typeof LANGUAGES)[number];

export function snippet(language: Language, { name }: Pick<Operation, "name">, parameters: Parameters, isList: boolean, isPlaybook = false): string {
  const given = Object.keys(parameters).length > 0;
  const method = isPlaybook ? "playbook" : "call";
  const value = isPlaybook ? "result" : isList ? "items" : "reply";
  switch (language) {
    case "JavaScript": {
      const args = given ? `, ${literal(parameters, JAVASCRIPT)}` : "";
      const call = `jc.${method}("${name}"${args})`;
      return isList ? `for await (const item of ${call}) {\n  console.log(item);\n}` : `const ${value} = await ${call};`;
    }
    case "Python": {
      const args = given ? `, ${literal(parameters, PYTHON)}` : "";
      const call = `jc.${method}("${name}"${args})`;
      return isList ? `for item in ${call}:\n    print(item)` : `${value} = ${call}`;
    }
    case "Swift": {
      const args = given ? `, ${literal(parameters, SWIFT)}` : "";
      return isList ? `for try await item in jc.list("${name}"${args}) {\n    print(item)\n}` : `let ${value} = try await jc.${method}("${name}"${args})`;
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
