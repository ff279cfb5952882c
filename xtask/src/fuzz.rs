//! What must hold of any bytes (`core/fuzz`), looked for by libFuzzer: each corpus, and so many seconds more.
//!
//! `cargo-fuzz` runs the same targets for longer, and shrinks what it finds; what is found joins the corpus. It is not
//! needed here: without a sanitizer, of which safe Rust has no need, the stable compiler has all that libFuzzer asks for.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::command::{Command, Missing, has, target};

/// Of each target.
const SECONDS: u32 = 20;

/// What libFuzzer sees of a program: the edges that it takes, and what it compares with what.
const COVERAGE: [&str; 7] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

/// With a target's name, a flag is no build script's.
const HOST: &str = "x86_64-unknown-linux-gnu";

/// Builds the targets, and runs each; a first failure ends it, and says where what made it fail is.
pub fn check(root: &Path) -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Missing("libFuzzer for Linux on x86-64").into());
    }
    if !has("c++") {
        return Err(Missing(
            "C++ compiler, which libFuzzer is built with (on Debian: `apt-get install g++`)",
        )
        .into());
    }
    let (fuzz, built) = (root.join("core/fuzz"), target(root).join("fuzz"));
    Command::new(&fuzz, "cargo")
        .args(["build", "--release", "--locked", "--quiet", "--target", HOST, "--target-dir"])
        .arg(&built)
        .environment("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}"))
        .run()?;
    let mut ran = 0;
    let mut targets: Vec<_> = fs::read_dir(fuzz.join("fuzz_targets"))?.collect::<Result<_, _>>()?;
    targets.sort_by_key(fs::DirEntry::path);
    for file in targets {
        let path = file.path();
        let name = path.file_stem().with_context(|| format!("{} has no name", path.display()))?;
        let corpus = fuzz.join("corpus").join(name);
        ensure!(corpus.is_dir(), "{} has no corpus", path.display());
        let (more, failed) = (built.join("corpus").join(name), built.join("failed").join(name));
        fs::create_dir_all(&more)?;
        fs::create_dir_all(&failed)?;
        println!("  {}", name.display());
        Command::new(&fuzz, built.join(HOST).join("release").join(name))
            .args(["-verbosity=0", "-timeout=20", "-rss_limit_mb=2048"])
            .arg(format!("-max_total_time={SECONDS}"))
            .arg(format!("-artifact_prefix={}/", failed.display()))
            .arg(&more)
            .arg(&corpus)
            .run()
            .with_context(|| format!("what made it fail is in {}", failed.display()))?;
        ran += 1;
    }
    ensure!(ran > 0, "there is nothing in core/fuzz/fuzz_targets");
    Ok(())
}
