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
const forImport = { ...inNode, format: "esm" };
// `import()` is `require`: where there is only that, as in Jest, nothing else would do, and bundlers follow it.
const forRequire = { ...inNode, format: "cjs", outExtension: { ".js": ".cjs" }, supported: { "dynamic-import": false } };

/** What is loaded on demand, or shared by entries, is a file of its own, which entries import as it will be called. */
const apart = (names, ending) => ({
  name: "apart",
  setup(builder) {
    builder.onResolve({ filter: new RegExp(`^\\./(${names})\\.js$`) }, ({ path, kind }) =>
      kind === "entry-point" ? undefined : { path: path.replace(".js", ending), external: true },
    );
  },
});

/** A file of wasm inside the JavaScript, as text: bytes when they are asked for. */
const inline = {
  name: "inline",
  setup(builder) {
    builder.onResolve({ filter: /^inline:/ }, ({ path }) => ({ path: path.slice("inline:".length), namespace: "inline" }));
    builder.onLoad({ filter: /$/, namespace: "inline" }, async ({ path }) => {
      const text = JSON.stringify((await readFile(`dist/${path}`)).toString("base64"));
      const bytes = "globalThis.Buffer?.from(text, 'base64') ?? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))";
      return { contents: `const text = ${text}; export default () => ${bytes};` };
    });
  },
};
/** The parts of the wasm inside JavaScript. */
const INSIDE = ["node-client", "node-composer", "node-complete"];
const entries = (names) => names.map((name) => `source/${name}.ts`);

await Promise.all([
  build({ ...small, entryPoints: entries(["client", "complete"]), plugins: [apart("complete", ".js")] }),
  build({ ...small, entryPoints: entries(["browser", "workerd", "slim"]), plugins: [apart("client", ".js")] }),
  build({ ...small, entryPoints: entries(["proxy-workerd"]), plugins: [apart("workerd", ".js")] }),
  build({ ...forImport, entryPoints: entries(["node", ...INSIDE]), plugins: [apart(`complete|${INSIDE.join("|")}`, ".js"), inline] }),
  build({ ...forImport, entryPoints: { proxy: "source/proxy-node.ts" }, plugins: [apart("node", ".js"), inline] }),
  build({
    ...forRequire,
    entryPoints: entries(["node", ...INSIDE, "slim", "complete"]),
    plugins: [apart(`complete|${INSIDE.join("|")}`, ".cjs"), inline],
  }),
  build({ ...forRequire, entryPoints: { proxy: "source/proxy-node.ts" }, plugins: [apart("node", ".cjs"), inline] }),
]);

// On the edge runtimes that call themselves so, it is the same as in workerd but for how a wasm file is imported.
for (const name of ["workerd", "proxy-workerd"]) {
  const text = await readFile(`dist/${name}.js`, "utf8");
  const edge = text.replaceAll('.wasm"', '.wasm?module"').replaceAll("./workerd.js", "./edge-light.js");
  await writeFile(`dist/${name.replace("workerd", "edge-light")}.js`, edge);
}

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
