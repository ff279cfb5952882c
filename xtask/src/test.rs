//! `cargo xtask test`: the one test command. It sets up what it needs and runs everything.
//!
//! What this machine cannot have is named and left out on a person's machine; with `CI=true` it is a failure.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::command::{Command, Missing, ci};
use crate::{explorer, generate, npm, npm_tarball, python, released, size, swift};

/// One of the things that must be true.
pub struct Check<'a> {
    name: &'static str,
    run: Box<dyn Fn() -> Result<()> + 'a>,
}

impl<'a> Check<'a> {
    /// A check that fails with [`Missing`] is left out on a person's machine.
    pub fn new(name: &'static str, run: impl Fn() -> Result<()> + 'a) -> Check<'a> {
        Check { name, run: Box::new(run) }
    }
}

/// Runs every check whose name holds one of the words, or all, in the order in which a failure is cheapest to find.
pub fn run(root: &Path, words: &[String]) -> Result<()> {
    let started = Instant::now();
    let checks: Vec<Check> = core(root)
        .into_iter()
        .chain(npm::checks(root))
        .chain(python::checks(root))
        .chain(npm_tarball::checks(root))
        .chain(explorer::checks(root))
        .chain(swift::checks(root))
        .filter(|check| words.is_empty() || words.iter().any(|word| check.name.contains(word.as_str())))
        .collect();
    ensure!(!checks.is_empty(), "no check's name holds {}", words.join(" or "));
    let (mut passed, mut left_out) = (0, Vec::new());
    for check in checks {
        println!("\n── {}", check.name);
        let begun = Instant::now();
        let result = (check.run)();
        println!("   {:.1} s", begun.elapsed().as_secs_f64());
        match result {
            Ok(()) => passed += 1,
            Err(error) if !ci() && error.is::<Missing>() => {
                println!("   left out: {error:#}");
                left_out.push(check.name);
            }
            Err(error) => return Err(error.context(check.name)),
        }
    }
    println!("\nall of it took {} s", started.elapsed().as_secs());
    if !left_out.is_empty() {
        println!("left out, as this machine lacks something: {}", left_out.join(", "));
    }
    println!("checks: {passed} passed, 0 failed");
    Ok(())
}

fn core(root: &Path) -> Vec<Check<'_>> {
    let cargo = move |arguments: &str| Command::new(root, "cargo", arguments);
    let documentation = move || {
        let doc = |arguments| cargo(arguments).environment("RUSTDOCFLAGS", "--deny warnings").run();
        doc("doc --package jumpcloud-core --no-deps --quiet")?;
        doc("doc --workspace --all-features --no-deps --quiet")
    };
    let lints = "clippy --workspace --all-targets --all-features --quiet -- --deny warnings";
    vec![
        Check::new("formatting", move || cargo("fmt --all --check").run()),
        Check::new("generated files", move || generate::run(root, true)),
        Check::new("names that were released stay", move || released::check(root)),
        Check::new("lints", move || cargo(lints).run()),
        Check::new("the core without features", move || {
            cargo("clippy --package jumpcloud-core --quiet -- --deny warnings").run()
        }),
        Check::new("tests", move || cargo("test --workspace --all-features --quiet").run()),
        Check::new("documentation", documentation),
        Check::new("the demo", move || {
            cargo("run --quiet --package jumpcloud-suite --bin demo").quiet().run()
        }),
        Check::new("the size of the core in wasm", move || {
            let weight = size::measure(root)?;
            println!("{weight}");
            ensure!(weight.gzip <= size::LIMIT, "the core may weigh {} bytes, gzipped", size::LIMIT);
            Ok(())
        }),
    ]
}
