// `jc.v1.systemUsers.list(…)`: names as properties, without code for any of them.

/** What a path ends in. */
export type Call = (name: string, parameters?: unknown, options?: never) => unknown;

/** The properties below a name: those of the table where it is here already, any other all the same, so that a wrong
 * name is told with the nearest one. */
export function tree(path: string, call: (name: string, parameters?: unknown, options?: any) => unknown, names: () => string): unknown {
  const children = () => {
    const found = new Set<string>();
    for (const line of names().split("\n")) {
      if (line.startsWith(path + ".")) found.add(line.slice(path.length + 1).split(/[.\t]/, 1)[0]!);
    }
    return [...found];
  };
  const known = new Map<string, unknown>();
  return new Proxy((parameters?: unknown, options?: unknown) => call(path, parameters, options), {
    get(_, name) {
      // Whoever looks for `then` asks whether this is a promise.
      if (typeof name !== "string" || name === "then" || name === "toJSON") return undefined;
      if (!known.has(name)) known.set(name, tree(`${path}.${name}`, call, names));
      return known.get(name);
    },
    ownKeys: children,
    getOwnPropertyDescriptor: (_, name) => ({ configurable: true, enumerable: true, writable: false, value: name }),
  });
}
