//! The explorer (`bindings-wasm/explorer`): a web page made of the npm package, which the fake serves.

use std::path::Path;

use anyhow::Result;

use crate::command::{Command, target};
use crate::test::Check;
use crate::{npm, npm_tarball};

/// Builds the package and the page on it, and prints what the page weighs.
pub fn run(root: &Path) -> Result<()> {
    npm::build(root)?;
    build(root)?;
    println!("it is at / of every fake from now on: cargo run --release --package jumpcloud-fake");
    Ok(())
}

/// What must be true of the page. They come after the check that builds the package.
pub fn checks(root: &Path) -> Vec<Check<'_>> {
    vec![Check::new("explorer: used in Chromium", move || {
        npm_tarball::chromium(root)?;
        if !root.join("bindings-wasm/dist/complete.wasm").exists() {
            npm::build(root)?;
        }
        build(root)?;
        Command::new(root, "cargo", "build --quiet --package jumpcloud-fake").run()?;
        let fake = target(root).join("debug/jumpcloud-fake");
        Command::new(&root.join("bindings-wasm/explorer"), "node", "--test --test-reporter=dot tests/")
            .environment("JUMPCLOUD_FAKE", &fake.to_string_lossy())
            .run()
    })]
}

fn build(root: &Path) -> Result<()> {
    let explorer = root.join("bindings-wasm/explorer");
    npm::install(&explorer)?;
    Command::new(&explorer, "node", "node_modules/typescript/bin/tsc").run()?;
    Command::new(&explorer, "node", "build.mjs").run()
}
