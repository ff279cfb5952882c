//! Builds wasm: small. Beside the profile `wasm` in `Cargo.toml` and what [`crate::shipped`] does, binaryen's optimizer
//! goes over it.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::command::Command;
use crate::npm;
use crate::shipped::Recipe;

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

/// A package of the workspace as a module, with these features (separated by commas; or none).
pub fn recipe<'a>(package: &'a str, features: &'a str) -> Recipe<'a> {
    Recipe {
        package,
        features,
        profile: "wasm",
        triple: "wasm32-unknown-unknown",
        flags: &["-Ctarget-feature=+simd128"],
        shipped_flags: &[],
    }
}

/// Where [`Recipe::build`] has put the module.
pub fn module(folder: &Path, package: &str) -> PathBuf {
    folder.join(package.replace('-', "_")).with_extension("wasm")
}

/// Optimizes a module. The optimizer's version decides the size; the npm package's lock file has it.
pub fn optimize(root: &Path, module: &Path, small: &Path) -> Result<()> {
    let package = root.join("bindings-wasm");
    npm::install(&package)?;
    // Not `--reorder-functions`: it gains a kilobyte raw and costs one gzipped, as like does not stand by like any more.
    Command::new(root, "node")
        .arg(package.join("node_modules/binaryen/bin/wasm-opt"))
        // Control flow is made anew first, from its blocks: that saves 400 bytes, gzipped.
        .args(["--flatten", "--rereloop", "-O4", "-Oz", "--converge", "--gufa"])
        .args([
            "--flatten",
            "--rereloop",
            "-Oz",
            "--converge",
            "--strip-producers",
            "--strip-target-features",
        ])
        // The stack is there, from below (rustc links with `--stack-first`): what comes down to its last kilobyte ends in a
        // trap, a little earlier. With that said, offsets go into loads and stores, which saves a kilobyte, gzipped.
        .arg("--low-memory-unused")
        .args(ENGINE_FEATURES.map(|feature| format!("--enable-{feature}")))
        .arg(module)
        .arg("-o")
        .arg(small)
        .run()
}
