//! The npm package as whoever installs it has it: packed, then tried with compilers, runtimes, bundlers and Chromium.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{Command, Missing, target};
use crate::npm;
use crate::test::Check;

/// What must be true of the tarball. They come after the checks that build the package.
pub fn checks(root: &Path) -> Vec<Check<'_>> {
    vec![
        Check::new("npm tarball: types", move || {
            tests(root, "types/types.test.mjs types/every-operation.test.mjs types/package.test.mjs")
        }),
        Check::new("npm tarball: Node, Deno, Bun, workerd", move || tests(root, "runtimes/servers.test.mjs")),
        Check::new("npm tarball: Chromium, bundled and not", move || {
            chromium(root)?;
            tests(root, "runtimes/browsers.test.mjs runtimes/vectors.test.mjs")
        }),
    ]
}

/// Runs tests below `bindings-wasm/tests` on a tarball that is packed for them.
fn tests(root: &Path, files: &str) -> Result<()> {
    let package = root.join("bindings-wasm");
    npm::install(&package.join("tests/runtimes"))?;
    Command::new(root, "cargo", "build --quiet --package jumpcloud-fake").run()?;
    let fake = target(root).join("debug/jumpcloud-fake");
    // Each file starts a browser, compilers or a fake: side by side they would be in each other's way.
    let arguments = format!("--test --test-concurrency=1 --test-reporter=dot {files}");
    Command::new(&package.join("tests"), "node", &arguments)
        .environment("JUMPCLOUD_TARBALL", &pack(root)?.to_string_lossy())
        .environment("JUMPCLOUD_FAKE", &fake.to_string_lossy())
        .run()
}

/// The tarball that `npm publish` would send.
fn pack(root: &Path) -> Result<PathBuf> {
    let package = root.join("bindings-wasm");
    if !package.join("dist/jumpcloud.wasm").exists() {
        npm::build(root)?;
    }
    let folder = target(root).join("npm");
    std::fs::create_dir_all(&folder)?;
    let arguments = format!("pack --silent --pack-destination {}", folder.display());
    let packed = Command::new(&package, "npm", &arguments).output()?;
    Ok(folder.join(packed.trim()))
}

/// Debian's Chromium, installed where that is possible: there is no other that all of npm's test tools can drive.
pub fn chromium(root: &Path) -> Result<()> {
    if Path::new("/usr/bin/chromium").exists() {
        return Ok(());
    }
    let install = "install --yes --no-install-recommends chromium";
    Command::new(root, "apt-get", "update").quiet().run().context(Missing("Chromium"))?;
    Command::new(root, "apt-get", install).quiet().run().context(Missing("Chromium"))
}
