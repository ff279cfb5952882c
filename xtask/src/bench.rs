//! `cargo xtask bench`: the project's figures, each beside a peer's from the same run.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::command::Command;
use crate::{npm, size};

/// Prints all figures; with `--quick` without those that build everything anew.
pub fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let cargo = |arguments: &[&str]| Command::new(root, "cargo").args(arguments).arg("--quiet").run();
    cargo(&["run", "--release", "--package", "jumpcloud-suite", "--bin", "bench"])?;
    println!("\n{}", size::measure(root)?);
    let quick = arguments.iter().any(|argument| argument == "--quick");
    println!("\nThe npm package:");
    npm::bench(root, quick)?;
    if quick {
        return Ok(());
    }
    println!("\nBuilding the core, its dependencies built:");
    let core = |what: &str, arguments: &[&str]| -> Result<Duration> {
        // Only the core is built anew: touching its root is enough for cargo.
        cargo(arguments)?;
        Command::new(root, "touch").arg("core/src/lib.rs").run()?;
        let started = Instant::now();
        cargo(arguments)?;
        println!("  {what:44} {:6.1} s", started.elapsed().as_secs_f64());
        Ok(started.elapsed())
    };
    core("cargo check, no features", &["check", "--package", "jumpcloud-core"])?;
    core("cargo check, all models", &["check", "--package", "jumpcloud-core", "--features", "all-areas"])?;
    core(
        "cargo build --release, all models",
        &["build", "--release", "--package", "jumpcloud-core", "--features", "all-areas"],
    )?;
    Ok(())
}
