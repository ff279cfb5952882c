//! The explorer (`bindings-wasm/explorer`): a web page made of the npm package, which the fake serves.

use std::path::Path;

use anyhow::Result;

use crate::command::{Command, target};
use crate::test::Check;
use crate::{npm, npm_tarball, python};

/// Builds the package and the page on it, and prints what the page weighs.
pub fn run(root: &Path) -> Result<()> {
    npm::build(root)?;
    build(root)?;
    println!("it is at / of every fake from now on: cargo run --release --package jumpcloud-fake");
    Ok(())
}

/// What must be true of the page. They come after the check that builds the package.
pub fn checks(root: &Path) -> Vec<Check<'_>> {
    vec![
        Check::new("explorer: used in Chromium", move || {
            npm_tarball::chromium(root)?;
            package(root)?;
            build(root)?;
            tests(root, "tests/explorer.test.mjs")?.run()
        }),
        Check::new("explorer: the code that it shows", move || {
            let python = python::installed(root, "explorer")?;
            package(root)?;
            npm::install(&root.join("bindings-wasm/explorer"))?;
            tests(root, "tests/code.test.mjs")?.environment("PYTHON", &python.to_string_lossy()).run()
        }),
    ]
}

/// The package that the page is made of, built where no other check has.
fn package(root: &Path) -> Result<()> {
    if root.join("bindings-wasm/dist/complete.wasm").exists() {
        return Ok(());
    }
    npm::build(root)
}

/// A file of tests, with a fake to run against.
fn tests(root: &Path, file: &str) -> Result<Command> {
    Command::new(root, "cargo", "build --quiet --package jumpcloud-fake").run()?;
    let fake = target(root).join("debug/jumpcloud-fake");
    let arguments = format!("--test --test-reporter=dot {file}");
    Ok(Command::new(&root.join("bindings-wasm/explorer"), "node", &arguments)
        .environment("JUMPCLOUD_FAKE", &fake.to_string_lossy()))
}

fn build(root: &Path) -> Result<()> {
    let explorer = root.join("bindings-wasm/explorer");
    npm::install(&explorer)?;
    Command::new(&explorer, "node", "node_modules/typescript/bin/tsc").run()?;
    Command::new(&explorer, "node", "build.mjs").run()
}
