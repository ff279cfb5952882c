//! The explorer (`bindings-wasm/explorer`): a web page made of the npm package, which the fake serves.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::command::{Command, clear, target};
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
        Check::new("explorer: used in Chromium", "javascript browser page", move || {
            npm_tarball::chromium(root)?;
            npm::built(root)?;
            let page = build(root)?;
            tests(root, "tests/explorer.test.mjs")?.environment("JUMPCLOUD_EXPLORER", page).run()
        }),
        Check::new("explorer: the code that it shows", "javascript snippets python swift", move || {
            let python = python::installed(root, "explorer")?;
            npm::built(root)?;
            npm::install(&root.join("bindings-wasm/explorer"))?;
            tests(root, "tests/code.test.mjs")?.environment("PYTHON", python).run()
        }),
    ]
}

/// A file of tests, with a fake to run against.
fn tests(root: &Path, file: &str) -> Result<Command> {
    Ok(Command::new(&root.join("bindings-wasm/explorer"), "node")
        .args(["--test", "--test-reporter=dot", file])
        .environment("TMPDIR", npm_tarball::scratch(root)?)
        .environment("JUMPCLOUD_FAKE", npm::fake(root)?))
}

/// Builds the page where every fake of this target directory finds it.
fn build(root: &Path) -> Result<PathBuf> {
    let (explorer, page) = (root.join("bindings-wasm/explorer"), target(root).join("explorer"));
    npm::install(&explorer)?;
    Command::new(&explorer, "node").arg("node_modules/typescript/bin/tsc").run()?;
    clear(root, &page)?;
    Command::new(&explorer, "node").arg("build.mjs").arg(&page).run()?;
    Ok(page)
}
