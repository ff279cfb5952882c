// The package in Node, Bun and Deno, and wherever one file has to do: its wasm is inside, so that whatever bundles it has no
// file to take along.

import forRuntime, * as client from "./client.js";
import { PLAYBOOKS } from "./names.js";
import { neverLeft } from "./never-left.js";
import { wasm } from "./node-client.js";

const { process } = globalThis as { process?: NodeJS.Process };

// A program may have the package twice, by `import` and by `require`: an error of the one is an error of the other.
const ERROR = Symbol.for("jumpcloud-client.error");
Object.defineProperty(client.JumpCloudError.prototype, ERROR, { value: true });
for (const Class of Object.values(client) as (typeof client.JumpCloudError)[]) {
  if (Class !== client.JumpCloudError && !(Class.prototype instanceof client.JumpCloudError)) continue;
  Object.defineProperty(Class, Symbol.hasInstance, {
    value(this: typeof Class, error: any): boolean {
      if (Function.prototype[Symbol.hasInstance].call(this, error)) return true;
      // Of the package's own classes; who derives from them has one.
      const { name } = this.prototype;
      return this === Class && error?.[ERROR] === true && (name === "JumpCloudError" || name === error.name);
    },
  });
}

export * from "./client.js";
export const { JumpCloud, SystemContext } = /* @__PURE__ */ forRuntime({
  client: wasm,
  composer: async () => (await import("./node-composer.js")).wasm(),
  complete: async () => (await import("./node-complete.js")).wasm(),
  neverLeft,
  playbooks: PLAYBOOKS,
  ...(process && {
    language: "JavaScript",
    // An `import` of it would load all of Node's streams, for two milliseconds.
    read: async (path) => process.getBuiltinModule("node:fs").readFileSync(path),
    platform: process.platform,
  }),
});
