//! Whether what the core does grows as its input does: the instructions of each case of `core/examples/cost.rs`, counted by
//! Valgrind at n and at four times n. Unlike seconds they are the same on every machine, however busy it is.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::command::{Command, Missing, ci, debian_as_root, has, target};

/// Four times as much may take so many times as long: n log n takes five at the sizes that are measured, n squared sixteen.
const MOST: f64 = 6.0;

/// Counts every case, and fails with those that grow faster than their input.
pub fn check(root: &Path) -> Result<()> {
    valgrind(root)?;
    let build = ["build", "--release", "--quiet", "--package", "jumpcloud-core", "--example", "cost"];
    Command::new(root, "cargo").args(build).run()?;
    let example = target(root).join("release/examples/cost");
    let cases = Command::new(root, &example).output()?;
    let mut wrong = Vec::new();
    for case in cases.lines() {
        let (n, name) = case.split_once(' ').with_context(|| format!("{case} is no case"))?;
        let n: u64 = n.parse()?;
        let count = |n: u64| instructions(root, &example, name, n);
        // Without what it takes to start, and to read the table.
        let start = count(1)?;
        let (once, four) = (count(n)?.saturating_sub(start), count(4 * n)?.saturating_sub(start));
        let times = four as f64 / once.max(1) as f64;
        println!(
            "  {name:44} {n:5} {:8} k, four times as many {:8} k: {times:4.1}",
            once / 1000,
            four / 1000
        );
        if times > MOST {
            wrong.push(format!("{name}: {times:.1} times as many instructions for four times the input"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Callgrind's own count, which ends its output: `==1== Collected : 12345`.
fn instructions(root: &Path, program: &Path, name: &str, n: u64) -> Result<u64> {
    let said = Command::new(root, "valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-fd=1"])
        .arg(program)
        .args([name, &n.to_string()])
        .output()?;
    let count = said.lines().find_map(|line| line.split_once("Collected : "));
    let (_, count) = count.with_context(|| format!("valgrind counted nothing of {name}:\n{said}"))?;
    Ok(count.trim().parse()?)
}

/// Finds Valgrind, or in CI installs Debian's.
fn valgrind(root: &Path) -> Result<()> {
    if has("valgrind") {
        return Ok(());
    }
    if !ci() || !debian_as_root() {
        return Err(Missing("valgrind (on Debian: `apt-get install valgrind`)").into());
    }
    Command::new(root, "apt-get").args(["-qq", "update"]).quiet().run()?;
    Command::new(root, "apt-get")
        .args(["-qq", "install", "--yes", "--no-install-recommends", "valgrind"])
        .environment("DEBIAN_FRONTEND", "noninteractive")
        .quiet()
        .run()
}
