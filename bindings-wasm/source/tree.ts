// `jc.v1.systemUsers.list(…)`: names as properties, without code for any of them.

type Call = (name: string, parameters?: unknown, options?: any) => unknown;

/**
 * The names below a name. Every property is there, so that a wrong name is told with the nearest one when it is
 * called; those that exist are also listed, as far as `names` (dotted names, one a line) has them.
 */
export function tree(path: string, call: Call, names: () => string): unknown {
  const below = new Map<string, unknown>();
  const at = (name: string) => {
    let known = below.get(name);
    if (!known) below.set(name, (known = tree(`${path}.${name}`, call, names)));
    return known;
  };
  const known = () => {
    const found = names().split("\n").filter((line) => line.startsWith(`${path}.`));
    return [...new Set(found.map((line) => line.slice(path.length + 1).split(".", 1)[0]!))];
  };
  const shown = () => `[${path}]`;
  const target = (parameters?: unknown, options?: unknown) => call(path, parameters, options);
  return new Proxy(Object.assign(target, { [Symbol.for("nodejs.util.inspect.custom")]: shown }), {
    get(_, name) {
      const known = below.get(name as string);
      if (known) return known;
      if (name === "toString") return shown;
      // What the language asks any object for: whoever looks for `then` asks whether this is a promise.
      if (typeof name !== "string" || /^(then|toJSON|valueOf|constructor|prototype)$/.test(name)) return undefined;
      return at(name);
    },
    has: (_, name) => known().includes(name as string),
    ownKeys: known,
    getOwnPropertyDescriptor: (_, name) =>
      known().includes(name as string) ? { configurable: true, enumerable: true, value: at(name as string) } : undefined,
  });
}
