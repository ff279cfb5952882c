// `jc.v1.systemUsers.list(…)`: names as properties, without code for any of them.

import { OWN } from "./names.js";

type Call = (name: string, parameters?: unknown, options?: any) => unknown;

/** A name as it is in any language's case. */
const plain = (name: string) => name.replace(/[_-]/g, "").toLowerCase();

/**
 * The names below a name. Every property is there, so that a wrong name is told with the nearest one when it is
 * called; those that exist are also listed, as far as `names` (dotted names, one a line) has them. As they are functions'
 * properties they can be replaced: a test's spy is called, and nothing is sent.
 */
export function tree(path: string, call: Call, names: () => string): unknown {
  const target = (parameters?: unknown, options?: unknown) => call(path, parameters, options);
  const hidden = (name: PropertyKey, value: unknown) => Object.defineProperty(target, name, { value, configurable: true, writable: true });
  /** What is below; nothing as long as the names are not here. */
  const known = () => {
    const below = names().split("\n").filter((line) => plain(line).startsWith(`${plain(path)}.`));
    return [...new Set(below.map((line) => line.split(".")[path.split(".").length]!))];
  };
  const made = new Map<string, unknown>();
  const at = (name: string) => {
    if (!made.has(name)) made.set(name, tree(`${path}.${name}`, call, names));
    return made.get(name);
  };
  hidden("name", path.slice(path.lastIndexOf(".") + 1));
  for (const name of ["toString", Symbol.for("nodejs.util.inspect.custom")]) hidden(name, () => `[${path}]`);
  return new Proxy(target, {
    get(_, name) {
      // What is here already, replaced or not, and what every function has. Whoever looks for `then` asks whether this is a promise.
      if (typeof name !== "string" || Object.hasOwn(target, name) || (name in target && !OWN.test(`${path}.${name}`))) return Reflect.get(target, name);
      if (made.has(name)) return made.get(name);
      if (/^(then|toJSON)$/.test(name)) return undefined;
      // Below an operation there is nothing: tools that replace methods look whether there is.
      return `\n${names()}`.includes(`\n${path}\n`) && !known().includes(name) ? undefined : at(name);
    },
    preventExtensions() {
      throw new TypeError(`${path} cannot be frozen or sealed: its names are made when they are asked for`);
    },
    has: (_, name) => name in target || known().includes(name as string),
    ownKeys: () => [...new Set([...Reflect.ownKeys(target), ...known()])],
    getOwnPropertyDescriptor(_, name) {
      if (!Object.hasOwn(target, name) && known().includes(name as string)) {
        Object.defineProperty(target, name, { value: at(name as string), configurable: true, enumerable: true, writable: true });
      }
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
  });
}
