// Bundles source/ into dist/: `node bundle.mjs`. The wasm modules, their glue and the schemas in build/ are there already.
import { build } from "esbuild";

const common = { bundle: true, target: "es2022", legalComments: "none", outdir: "dist", external: ["*.wasm"], loader: { ".txt": "text" } };
// Browsers download it. Lines stay short, because consoles show the line an error comes from.
const small = { ...common, format: "esm", minify: true, lineLimit: 200 };
const inNode = { ...common, platform: "node" };

/** What is loaded on demand, or shared by entries, is a file of its own, which entries import as it will be called. */
const apart = (names, ending) => ({
  name: "apart",
  setup(builder) {
    builder.onResolve({ filter: new RegExp(`^\\./(${names})\\.js$`) }, ({ path, kind }) =>
      kind === "entry-point" ? undefined : { path: path.replace(".js", ending), external: true },
    );
  },
});
const entries = (names) => names.map((name) => `source/${name}.ts`);

await Promise.all([
  build({ ...small, entryPoints: entries(["client", "complete", "schemas"]), plugins: [apart("schemas", ".js")] }),
  build({ ...small, entryPoints: entries(["browser", "workerd", "slim"]), plugins: [apart("client|complete", ".js")] }),
  build({ ...inNode, format: "esm", entryPoints: entries(["node"]), plugins: [apart("complete|schemas", ".js")] }),
  build({
    ...inNode,
    format: "cjs",
    entryPoints: { node: "source/node-cjs.ts", slim: "source/slim.ts", complete: "source/complete.ts", schemas: "source/schemas.ts" },
    outExtension: { ".js": ".cjs" },
    plugins: [apart("complete|schemas", ".cjs")],
  }),
]);
