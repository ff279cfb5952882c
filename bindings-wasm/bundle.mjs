// Bundles source/ into dist/: `node bundle.mjs`. The wasm is there already, its glue is in build/.
import { readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { minify } from "terser";

const common = { bundle: true, target: "es2022", legalComments: "none", outdir: "dist", external: ["*.wasm"],
  // Nobody disposes of what wasm-bindgen makes; without that, each file has only the classes that it uses.
  define: { "Symbol.dispose": "undefined" },
};
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
  build({ ...small, entryPoints: entries(["client", "complete"]), plugins: [apart("complete", ".js")] }),
  build({ ...small, entryPoints: entries(["browser", "workerd", "slim"]), plugins: [apart("client", ".js")] }),
  build({ ...inNode, format: "esm", entryPoints: entries(["node"]), plugins: [apart("complete", ".js")] }),
  build({
    ...inNode,
    format: "cjs",
    entryPoints: { node: "source/node-cjs.ts", slim: "source/slim.ts", complete: "source/complete.ts" },
    outExtension: { ".js": ".cjs" },
    plugins: [apart("complete", ".cjs")],
  }),
]);

// What browsers download: terser finds half a kilobyte more.
for (const name of ["client", "complete", "browser"]) {
  const file = `dist/${name}.js`;
  const { code } = await minify(await readFile(file, "utf8"), {
    module: true,
    ecma: 2020,
    compress: { passes: 3 },
    format: { max_line_len: small.lineLimit },
  });
  await writeFile(file, code);
}
