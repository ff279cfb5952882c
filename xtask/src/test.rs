//! `cargo xtask test`: the one test command. It sets up what it needs and runs everything.
//!
//! What this machine cannot have is named and left out on a person's machine; with `CI=true` it is a failure.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail, ensure};

use crate::command::{Command, ci};
use crate::{generate, size};

/// Runs every check, in the order in which a failure is cheapest to find.
pub fn run(root: &Path) -> Result<()> {
    let started = Instant::now();
    let cargo = |arguments: &str| Command::new(root, "cargo", arguments);
    let documentation = || {
        let doc = |arguments| cargo(arguments).environment("RUSTDOCFLAGS", "--deny warnings").run();
        doc("doc --package jumpcloud-core --no-deps --quiet")?;
        doc("doc --workspace --all-features --no-deps --quiet")
    };
    let lints = "clippy --workspace --all-targets --all-features --quiet -- --deny warnings";
    let checks: [(&str, &dyn Fn() -> Result<()>); 9] = [
        ("formatting", &|| cargo("fmt --all --check").run()),
        ("generated files", &|| generate::run(root, true)),
        ("names that were released stay", &|| released_names_stay(root)),
        ("lints", &|| cargo(lints).run()),
        ("the core without features", &|| {
            cargo("clippy --package jumpcloud-core --quiet -- --deny warnings").run()
        }),
        ("tests", &|| cargo("test --workspace --all-features --quiet").run()),
        ("documentation", &documentation),
        ("the demo", &|| cargo("run --quiet --package jumpcloud-suite --bin demo").quiet().run()),
        ("the size of the core in wasm", &|| size_is_kept(root)),
    ];
    for (what, check) in checks {
        println!("\n── {what}");
        let begun = Instant::now();
        let result = check();
        println!("   {:.1} s", begun.elapsed().as_secs_f64());
        result.map_err(|error| error.context(what.to_owned()))?;
    }
    println!("\nall of it took {} s", started.elapsed().as_secs());
    println!("checks: {} passed, 0 failed", checks.len());
    Ok(())
}

fn size_is_kept(root: &Path) -> Result<()> {
    match size::measure(root) {
        Ok(weight) => {
            println!("{weight}");
            ensure!(weight.gzip <= size::LIMIT, "the core may weigh {} bytes, gzipped", size::LIMIT);
            Ok(())
        }
        Err(error) if !ci() => {
            println!("left out: {error:#}");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// A dotted name is what programs call: one that the last release had must still be there, for the same request.
fn released_names_stay(root: &Path) -> Result<()> {
    let tags = Command::new(root, "git", "tag --list v* --sort=-version:refname").output()?;
    let Some(last) = tags.lines().next() else {
        println!("   nothing has been released yet");
        return Ok(());
    };
    let released = Command::new(root, "git", &format!("show {last}:core/api/names.tsv")).output()?;
    let names = std::fs::read_to_string(root.join("core/api/names.tsv"))?;
    let lost: Vec<&str> = released
        .lines()
        .filter(|line| !line.starts_with('#') && !names.lines().any(|known| known == *line))
        .collect();
    if !lost.is_empty() {
        bail!("released with {last}, and changed or gone since:\n  {}", lost.join("\n  "));
    }
    Ok(())
}
