//! The npm package (`bindings-wasm`): builds it, weighs it, tests it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use jumpcloud_core::catalogue::PACKED_WORDS;
use jumpcloud_core::reply::HEADERS;
use serde_json::Value;

use crate::command::{Command, ci, clear, need, target};
use crate::description::Description;
use crate::shipped::{self, Recipe};
use crate::test::Check;
use crate::{split, wasm};

/// It must be the version of the crate in `bindings-wasm/Cargo.toml`: the two speak to each other.
const WASM_BINDGEN: &str = "0.2.129";

/// What a browser may have to download before its first call: wasm and JavaScript, gzipped.
const LIMIT: usize = 106_000;

/// What comes on demand may weigh, gzipped, beside the words, which are weighed apart: they grow as people write them.
const LIMIT_ON_DEMAND: usize = 130_000;

/// The export of `composer.wasm`, with all that it leads to.
const COMPOSER: [&str; 1] = ["provide_composer"];

/// What `complete.wasm` has: the exports of `src/complete.rs`.
const COMPLETE: [&str; 14] = [
    "agent",
    "agent_paths",
    "client_playbook",
    "client_prepare",
    "describe",
    "dotted_name",
    "drift",
    "key_fault",
    "key_new",
    "key_pkcs8",
    "__wbg_key_free",
    "playbooks",
    "scopes",
    "search",
];

/// What `routes.wasm` has: the export of `src/routes.rs`. It is for servers, and so nothing that a browser downloads.
const ROUTES: [&str; 1] = ["recognise"];

/// What JavaScript's functions have, so that a verb of that name is another one.
const FUNCTIONS: [&str; 9] =
    ["apply", "arguments", "bind", "call", "caller", "constructor", "length", "name", "toString"];

/// What a browser downloads before its first call, before the first with a filter or a body, and when a program needs the
/// rest, which takes from all that is before.
const FIRST: [&str; 3] = ["jumpcloud.wasm", "browser.js", "client.js"];
const COMPOSED: [&str; 1] = ["composer.wasm"];
const ON_DEMAND: [&str; 2] = ["complete.wasm", "complete.js"];

/// Builds `bindings-wasm/dist`, and prints what everything in it weighs.
pub fn run(root: &Path) -> Result<()> {
    build(root)?;
    let sizes = sizes(root)?;
    print!("{}", sizes.text);
    if !ci() {
        println!(
            "for this machine; with CI=true it is built as it is shipped, and bindings-wasm/sizes.txt is written"
        );
        return Ok(());
    }
    fs::write(root.join("bindings-wasm/sizes.txt"), &sizes.text)?;
    sizes.within_limits()
}

/// What must be true of the package.
pub fn checks(root: &Path) -> Vec<Check<'_>> {
    vec![
        Check::new("npm package", "javascript typescript wasm size build", move || {
            build(root)?;
            weigh(root)
        }),
        Check::new("npm package: its sources", "javascript typescript tsc types", move || {
            let package = root.join("bindings-wasm");
            install(&package)?;
            Command::new(&package, "node").args(["node_modules/typescript/bin/tsc", "-p", "."]).run()
        }),
        Check::new(
            "npm package: tests in Node",
            "javascript vectors filters lists paging retries errors playbooks",
            move || {
                built(root)?;
                // Node 20 takes no patterns; without one it finds the tests of its folder.
                Command::new(&root.join("bindings-wasm/tests/node"), "node")
                    .args(["--test", "--test-reporter=dot"])
                    .environment("JUMPCLOUD_FAKE", fake(root)?)
                    .run()
            },
        ),
    ]
}

/// Builds the fake that tests of other languages start.
pub fn fake(root: &Path) -> Result<PathBuf> {
    Command::new(root, "cargo").args(["build", "--quiet", "--package", "jumpcloud-fake"]).run()?;
    Ok(target(root).join("debug/jumpcloud-fake"))
}

/// Prints the package's figures, each beside a peer's.
pub fn bench(root: &Path, quick: bool) -> Result<()> {
    build(root)?;
    Command::new(root, "cargo")
        .args(["build", "--quiet", "--release", "--package", "jumpcloud-fake"])
        .run()?;
    Command::new(&root.join("bindings-wasm"), "node")
        .arg("bench/bench.mjs")
        .args(quick.then_some("--quick"))
        .environment("JUMPCLOUD_FAKE", target(root).join("release/jumpcloud-fake"))
        .run()
}

/// What JavaScript must know before wasm is there: what names begin with, which of them give pages, and what to pass on.
pub fn files(description: &Description) -> Vec<(String, String)> {
    let mut verbs: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    fn last(name: &str) -> &str {
        name.rsplit('.').next().unwrap_or(name)
    }
    for operation in &description.operations {
        let (lists, others) = verbs.entry(last(&operation.name)).or_default();
        *(if operation.paging.is_some() { lists } else { others }) += 1;
    }
    // A verb says that an operation is a list when every operation with that verb is one.
    let says = |name: &str| verbs.get(last(name)).is_some_and(|(lists, others)| *lists > 0 && *others == 0);
    let quoted = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        names.join(", ")
    };
    // As a pattern for any language's case: `list[_-]?all`.
    let pattern = |name: &str| -> String {
        let letter = |letter: char| match letter {
            '.' => "\\.".to_owned(),
            capital if capital.is_ascii_uppercase() => format!("[_-]?{}", capital.to_ascii_lowercase()),
            letter => letter.to_string(),
        };
        name.chars().map(letter).collect()
    };
    let mut apis: Vec<&str> =
        description.operations.iter().filter_map(|operation| operation.name.split('.').next()).collect();
    apis.sort_unstable();
    apis.dedup();
    let lists = description.operations.iter().filter(|operation| operation.paging.is_some());
    let others = lists
        .filter(|operation| !says(&operation.name))
        .map(|operation| format!("^{}", pattern(&operation.name)));
    let verbs = verbs.keys().filter(|verb| says(verb)).map(|verb| format!("\\.{}", pattern(verb)));
    let patterns: Vec<String> = verbs.chain(others).collect();
    let own = description.operations.iter().filter(|operation| FUNCTIONS.contains(&last(&operation.name)));
    let own: Vec<String> = own.map(|operation| format!("^{}", pattern(&operation.name))).collect();
    let playbooks: Vec<Value> = serde_json::from_str(&jumpcloud_core::playbooks()).unwrap_or_default();
    let playbooks = playbooks.iter().filter_map(|playbook| playbook["name"].as_str());
    let playbooks: Vec<String> = playbooks.map(|name| format!("playbooks.{name}")).collect();
    let text = format!(
        "// Generated by `cargo xtask generate`
// What must be known before the module is here.

/** What every dotted name begins with. */
export const APIS = [{apis}] as const;

/** The headers of an answer that the core reads. */
export const HEADERS = [{headers}] as const;

/** Which dotted names give pages. */
export const LISTS = /({patterns})$/i;

/** Which dotted names end in what every function has, too. */
export const OWN = /({own})$/i;

/** What can be called below `playbooks`. */
export const PLAYBOOKS = `{playbooks}`;
",
        apis = quoted(&apis),
        headers = quoted(&HEADERS),
        patterns = patterns.join("|"),
        own = own.join("|"),
        playbooks = playbooks.join("\n"),
    );
    vec![("bindings-wasm/source/names.ts".into(), text)]
}

/// Builds everything in `bindings-wasm/dist`.
pub fn build(root: &Path) -> Result<()> {
    let package = root.join("bindings-wasm");
    install(&package)?;
    let bindgen = wasm_bindgen(root)?;
    fs::create_dir_all(package.join("dist"))?;
    fs::create_dir_all(package.join("build"))?;
    let recipe = wasm::recipe("jumpcloud-wasm", "");
    let flags = [recipe.flags, &split::LINKED].concat();
    let folder = Recipe { flags: &flags, ..recipe }.build(root)?;
    let linked = fs::read(wasm::module(&folder, "jumpcloud-wasm"))?;
    let [module, small] = ["build/module.wasm", "build/small.wasm"].map(|name| package.join(name));
    fs::write(&module, split::stripped(&linked)?)?;
    Command::new(root, &bindgen)
        .args(["--target", "bundler", "--out-dir", "bindings-wasm/build", "--out-name", "glue"])
        .arg(&module)
        .run()?;
    glue(&package.join("build"))?;
    wasm::optimize(root, &package.join("build/glue_bg.wasm"), &small)?;
    let parts = split::split(&linked, &fs::read(small)?, &[&COMPOSER, &COMPLETE, &ROUTES])?;
    for (name, part) in ["jumpcloud", "composer", "complete", "routes"].into_iter().zip(parts) {
        let file = package.join(format!("dist/{name}.wasm"));
        fs::write(&file, part)?;
        shipped::names_no_machine(root, &file)?;
    }
    Command::new(&package, "node").arg("bundle.mjs").run()
}

/// Makes one file of what wasm-bindgen has written for bundlers: `glue.js` without the import of the wasm, which
/// `source/load.ts` loads, and with a name for what the wasm imports that does not change from version to version.
fn glue(folder: &Path) -> Result<()> {
    let text = fs::read_to_string(folder.join("glue_bg.js"))?;
    let (before, rest) =
        text.split_once("__wbg___wbindgen_throw_").context("wasm-bindgen gives no function that throws")?;
    let (_, rest) = rest.split_once('(').context("wasm-bindgen's function that throws has no parameters")?;
    fs::write(folder.join("glue.js"), format!("{before}__wbg_throw({rest}"))?;
    let types = fs::read_to_string(folder.join("glue.d.ts"))?;
    let more = "
export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
export function __wbg_throw(start: number, length: number): void;
";
    Ok(fs::write(folder.join("glue.d.ts"), types + more)?)
}

/// Builds it where nothing else has.
pub fn built(root: &Path) -> Result<()> {
    if root.join("bindings-wasm/dist/complete.wasm").exists() { Ok(()) } else { build(root) }
}

/// What npm installs, where it is not there already: by the lock file and its checksums, and without running any of it.
pub fn install(package: &Path) -> Result<()> {
    need("npm", "npm (Node 20.16 or later brings it)")?;
    let (wanted, stamp) = (package.join("package-lock.json"), package.join("node_modules/.lock"));
    let wanted = fs::read(&wanted)?;
    if fs::read(&stamp).is_ok_and(|known| known == wanted) {
        return Ok(());
    }
    Command::new(package, "npm").args(["ci", "--silent", "--ignore-scripts"]).run()?;
    fs::write(stamp, wanted)?;
    Ok(())
}

/// The program that makes the JavaScript around a module; it is built the first time.
pub fn wasm_bindgen(root: &Path) -> Result<PathBuf> {
    let tools = target(root).join("tools").join(format!("wasm-bindgen-{WASM_BINDGEN}"));
    let program = tools.join("bin/wasm-bindgen");
    if !program.exists() {
        // Unoptimized: it runs for a second, and its release build takes four minutes longer.
        Command::new(root, "cargo")
            .args(["install", "wasm-bindgen-cli", "--version", &format!("={WASM_BINDGEN}"), "--locked"])
            .args(["--debug", "--no-default-features", "--quiet"])
            .arg("--root")
            .arg(&tools)
            .arg("--target-dir")
            .arg(tools.join("target"))
            .run()?;
        clear(root, &tools.join("target"))?;
    }
    Ok(program)
}

struct Sizes {
    text: String,
    /// Gzipped, before the first call.
    first: usize,
    /// Gzipped, on demand, without the words.
    on_demand: usize,
}

impl Sizes {
    fn within_limits(&self) -> Result<()> {
        let Sizes { first, on_demand, .. } = self;
        ensure!(*first <= LIMIT, "a browser may download {LIMIT} bytes, gzipped, before its first call");
        ensure!(
            *on_demand <= LIMIT_ON_DEMAND,
            "beside the words a browser may download {LIMIT_ON_DEMAND} bytes, gzipped, on demand, not {on_demand}"
        );
        Ok(())
    }
}

fn sizes(root: &Path) -> Result<Sizes> {
    let mut text = String::from("file                raw    gzip  brotli\n");
    let mut line = |name: &str, [raw, gzip, brotli]: [usize; 3]| {
        let _ = writeln!(text, "{name:16} {raw:6}  {gzip:6}  {brotli:6}");
    };
    let (mut first, mut on_demand) = (0, 0);
    let groups =
        [("before a call", &FIRST[..]), ("filter or body", &COMPOSED[..]), ("on demand", &ON_DEMAND[..])];
    for (what, files) in groups {
        let mut total = [0; 3];
        for name in files {
            let size = size(&root.join("bindings-wasm/dist").join(name))?;
            line(name, size);
            total = [total[0] + size[0], total[1] + size[1], total[2] + size[2]];
        }
        line(what, total);
        if first == 0 {
            first = total[1];
        }
        on_demand = total[1];
    }
    let words = target(root).join("words.bin");
    fs::write(&words, PACKED_WORDS.concat())?;
    let words = size(&words)?;
    line("of it words", words);
    Ok(Sizes { text, first, on_demand: on_demand.saturating_sub(words[1]) })
}

/// Raw, gzipped and with brotli, as web servers do it: by zlib and brotli, which Node has.
fn size(path: &Path) -> Result<[usize; 3]> {
    let program = "const { brotliCompressSync, gzipSync } = require('zlib');
        const file = require('fs').readFileSync(process.argv[1]);
        console.log(file.length, gzipSync(file, { level: 9 }).length, brotliCompressSync(file).length);";
    let output = std::process::Command::new("node").args(["-e", program]).arg(path).output()?;
    let sizes = String::from_utf8_lossy(&output.stdout);
    let sizes: Vec<usize> = sizes.split_whitespace().filter_map(|size| size.parse().ok()).collect();
    sizes.try_into().ok().with_context(|| format!("node cannot weigh {}", path.display()))
}

/// Compares the sizes with the committed ones.
fn weigh(root: &Path) -> Result<()> {
    let sizes = sizes(root)?;
    print!("{}", sizes.text);
    if !ci() {
        println!("   not compared: only what CI=true builds is what is shipped");
        return Ok(());
    }
    sizes.within_limits()?;
    let known = fs::read_to_string(root.join("bindings-wasm/sizes.txt"))?;
    let total = |text: &str| -> Option<usize> {
        text.lines().find(|line| line.starts_with("before a call"))?.split_whitespace().nth(4)?.parse().ok()
    };
    // A kilobyte is what another version of a tool may cost; more has a reason, and is committed with it.
    let known = total(&known).context("sizes.txt has no total")?;
    ensure!(
        sizes.first <= known + 1000,
        "it has grown from {known} bytes; if that must be, run `CI=true cargo xtask npm`"
    );
    Ok(())
}
