//! Builds wasm as it is shipped: small.
//!
//! Three things make the difference beside the profile `wasm` in `Cargo.toml`. The standard library is built with the
//! program, optimised for size, instead of taken as rustc's makers built it. A panic is an abort at once, so nothing
//! formats a message that nobody would see. And binaryen's optimizer goes over the result. The first two are features
//! of rustc that are not stable yet; as nothing but the size depends on them, the stable rustc is told to let them be
//! used.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{Command, Missing, target};

/// The optimizer; its version decides the size.
const BINARYEN: &str = "binaryen@132.0.0";

/// What every engine of the last years has, and rustc uses already; vectors it is told to use. The last to have them all
/// was Safari, with 16.4 of 2023, the first that reads the package's JavaScript.
const ENGINE_FEATURES: [&str; 7] = [
    "bulk-memory",
    "nontrapping-float-to-int",
    "sign-ext",
    "mutable-globals",
    "multivalue",
    "reference-types",
    "simd",
];

/// Compiles a package of the workspace, with these features (separated by commas; or none), and optimises it.
/// Says where the module is; the next build of the package overwrites it.
pub fn build(root: &Path, package: &str, features: &str) -> Result<PathBuf> {
    let module = compile(root, package, features)?;
    let small = module.with_extension("small.wasm");
    optimize(root, &module, &small)?;
    Ok(small)
}

/// The first half of [`build`]: what comes out of the compiler, for a tool that goes over it before the optimizer.
pub fn compile(root: &Path, package: &str, features: &str) -> Result<PathBuf> {
    Command::new(root, "bash", "xtask/setup/std-sources.sh").run().context(Missing("sources of std"))?;
    // A directory of its own: cargo would otherwise build everything anew for each of the two ways.
    let directory = target(root).join("wasm");
    let features = if features.is_empty() { String::new() } else { format!("--features {features}") };
    let arguments = format!(
        "build --quiet --package {package} {features} --profile wasm --target wasm32-unknown-unknown \
         -Zbuild-std=std -Zbuild-std-features=optimize_for_size"
    );
    Command::new(root, "cargo", &arguments)
        .environment("RUSTC_BOOTSTRAP", "1")
        .environment("RUSTFLAGS", "-Zunstable-options -Cpanic=immediate-abort -Ctarget-feature=+simd128")
        .environment("CARGO_TARGET_DIR", &directory.to_string_lossy())
        .run()?;
    let name = package.replace('-', "_");
    Ok(directory.join(format!("wasm32-unknown-unknown/wasm/{name}.wasm")))
}

/// The second half of [`build`].
pub fn optimize(root: &Path, module: &Path, small: &Path) -> Result<()> {
    let features: String = ENGINE_FEATURES.iter().map(|feature| format!(" --enable-{feature}")).collect();
    // Not `--reorder-functions`: it gains a kilobyte raw and costs one gzipped, as like does not stand by like any more.
    let arguments = format!(
        "-Oz --converge --strip-producers --strip-target-features{features} {} -o {}",
        module.display(),
        small.display()
    );
    Command::new(root, &optimizer(root)?.to_string_lossy(), &arguments).run()
}

/// The optimizer's program, which is fetched the first time.
fn optimizer(root: &Path) -> Result<PathBuf> {
    let tools = target(root).join("tools").join(BINARYEN);
    let program = tools.join("node_modules/.bin/wasm-opt");
    if !program.exists() {
        std::fs::create_dir_all(&tools)?;
        let arguments = format!(
            "install --silent --no-audit --no-fund --no-save --prefix {} {BINARYEN}",
            tools.display()
        );
        Command::new(root, "npm", &arguments).run().context(Missing("wasm-opt (it comes from npm)"))?;
    }
    Ok(program)
}
