//! `cargo xtask bench`: the project's figures, each beside a peer's from the same run.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::command::Command;
use crate::{npm, size};

/// Prints all figures; with `--quick` without those that build everything anew.
pub fn run(root: &Path, arguments: &[String]) -> Result<()> {
    Command::new(root, "cargo", "run --quiet --release --package jumpcloud-suite --bin bench").run()?;
    println!("\n{}", size::measure(root)?);
    let quick = arguments.iter().any(|argument| argument == "--quick");
    println!("\nThe npm package:");
    npm::bench(root, quick)?;
    if quick {
        return Ok(());
    }
    println!("\nBuilding the core, its dependencies built:");
    let core = |what: &str, arguments: &str| -> Result<Duration> {
        // Only the core is built anew: touching its root is enough for cargo.
        Command::new(root, "cargo", &format!("{arguments} --quiet")).run()?;
        Command::new(root, "touch", "core/src/lib.rs").run()?;
        let started = Instant::now();
        Command::new(root, "cargo", &format!("{arguments} --quiet")).run()?;
        println!("  {what:44} {:6.1} s", started.elapsed().as_secs_f64());
        Ok(started.elapsed())
    };
    core("cargo check, no features", "check --package jumpcloud-core")?;
    core("cargo check, all models", "check --package jumpcloud-core --features all-areas")?;
    core(
        "cargo build --release, all models",
        "build --release --package jumpcloud-core --features all-areas",
    )?;
    Ok(())
}
