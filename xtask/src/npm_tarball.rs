//! The npm package as whoever installs it has it: packed, then tried with compilers, runtimes, bundlers and Chromium.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::command::{Command, Missing, ci, clear, debian_as_root, target};
use crate::npm;
use crate::test::Check;

/// What must be true of the tarball. They come after the checks that build the package.
pub fn checks(root: &Path) -> Vec<Check<'_>> {
    vec![
        Check::new("npm tarball: what is in it", "javascript pack publish licences notices", move || {
            contents(root)
        }),
        Check::new("npm tarball: types", "javascript typescript tsc publint", move || {
            let files = ["types/types.test.mjs", "types/every-operation.test.mjs", "types/package.test.mjs"];
            tests(root, &files)
        }),
        Check::new("npm tarball: Node, Deno, Bun, workerd", "javascript runtimes", move || {
            tests(root, &["runtimes/servers.test.mjs"])
        }),
        Check::new(
            "npm tarball: as it is installed",
            "javascript next jest vitest sinon mocks esbuild rollup vite webpack wrangler frameworks bundlers",
            move || installed(root),
        ),
        Check::new(
            "npm tarball: Chromium, bundled and not",
            "javascript browsers vectors filters lists webpack vite esbuild",
            move || {
                chromium(root)?;
                tests(root, &["runtimes/browsers.test.mjs", "runtimes/vectors.test.mjs"])
            },
        ),
    ]
}

/// The package beside frameworks, bundlers and test runners, in a folder outside the repository.
fn installed(root: &Path) -> Result<()> {
    let tools = target(root).join("npm/tools");
    std::fs::create_dir_all(&tools)?;
    let from = root.join("bindings-wasm/tests/installed");
    for name in ["package.json", "package-lock.json", ".npmrc"] {
        std::fs::copy(from.join(name), tools.join(name))?;
    }
    npm::install(&tools)?;
    tests(root, &["installed/installed.test.mjs"])
}

/// Runs tests below `bindings-wasm/tests` on a tarball that is packed for them.
fn tests(root: &Path, files: &[&str]) -> Result<()> {
    let package = root.join("bindings-wasm");
    let tarball = pack(root)?;
    npm::install(&package.join("tests/runtimes"))?;
    // Each file starts a browser, compilers or a fake: side by side they would be in each other's way.
    Command::new(&package.join("tests"), "node")
        .args(["--test", "--test-concurrency=1", "--test-reporter=dot"])
        .args(files)
        .environment("TMPDIR", scratch(root)?)
        .environment("JUMPCLOUD_TARBALL", tarball)
        .environment("JUMPCLOUD_TOOLS", target(root).join("npm/tools"))
        .environment("JUMPCLOUD_FAKE", npm::fake(root)?)
        .run()
}

/// Where tests make folders and delete them again.
pub fn scratch(root: &Path) -> Result<PathBuf> {
    let folder = target(root).join("npm/tmp");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The tarball that `npm publish` would send.
fn pack(root: &Path) -> Result<PathBuf> {
    npm::built(root)?;
    let folder = target(root).join("npm");
    std::fs::create_dir_all(&folder)?;
    let package = root.join("bindings-wasm");
    let packed = Command::new(&package, "npm")
        .args(["pack", "--silent", "--pack-destination"])
        .arg(&folder)
        .output()?;
    Ok(folder.join(packed.trim()))
}

/// The tarball has its licences, names no machine, and is not packed without what is built.
fn contents(root: &Path) -> Result<()> {
    let tarball = pack(root)?;
    let folder = target(root).join("npm/contents");
    clear(root, &folder)?;
    std::fs::create_dir_all(&folder)?;
    Command::new(&folder, "tar").arg("xzf").arg(&tarball).run()?;
    crate::notices::carried(root, &folder.join("package"))?;
    // The same package as a fresh clone has it.
    let fresh = target(root).join("npm/unbuilt");
    clear(root, &fresh)?;
    std::fs::create_dir_all(&fresh)?;
    for name in ["package.json", "prepack.mjs"] {
        std::fs::copy(root.join("bindings-wasm").join(name), fresh.join(name))?;
    }
    let said = Command::new(&fresh, "npm").args(["pack", "--dry-run"]).refusal()?;
    ensure!(said.contains("cargo xtask npm"), "npm should say how the package is built:\n{said}");
    Ok(())
}

/// Debian's Chromium, which CI installs: there is no other that all of npm's test tools can drive.
pub fn chromium(root: &Path) -> Result<()> {
    if Path::new("/usr/bin/chromium").exists() {
        return Ok(());
    }
    if !ci() || !debian_as_root() {
        return Err(Missing("/usr/bin/chromium (on Debian: `apt-get install chromium`)").into());
    }
    Command::new(root, "apt-get").args(["-qq", "update"]).quiet().run()?;
    Command::new(root, "apt-get")
        .args(["-qq", "install", "--yes", "--no-install-recommends", "chromium"])
        .environment("DEBIAN_FRONTEND", "noninteractive")
        .quiet()
        .run()
}
