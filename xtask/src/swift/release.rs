//! `cargo xtask swift-release`: the XCFramework that a release of the Swift package points at.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::command::{Command, clear, has, target};
use crate::{notices, shipped};

const TARGETS: [&str; 2] = ["aarch64-apple-darwin", "x86_64-apple-darwin"];
const PROGRAMS: [&str; 5] = ["cargo", "lipo", "xcodebuild", "ditto", "swift"];

/// Builds both targets, joins and packs them, and writes address and checksum into Package.swift. The address is given:
/// where the file will be, such as `https://example.com/v0.1.0/JumpCloudFFI.xcframework.zip`.
pub fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let missing: Vec<&str> = PROGRAMS.into_iter().filter(|program| !has(program)).collect();
    if !cfg!(target_os = "macos") || !missing.is_empty() {
        let lacks = if missing.is_empty() {
            String::new()
        } else {
            format!("; missing here: {}", missing.join(", "))
        };
        bail!(
            "a release is made on a Mac with Xcode and Rust's targets {} (`rustup target add {}`){lacks}",
            TARGETS.join(" and "),
            TARGETS.join(" ")
        );
    }
    let [url] = arguments else { bail!("usage: cargo xtask swift-release URL, where the file will be") };
    let work = target(root).join("swift-release");
    clear(root, &work)?;
    // What a program sees of the library: the header and its module map.
    let headers = work.join("headers");
    fs::create_dir_all(&headers)?;
    for name in ["JumpCloudFFI.h", "module.modulemap"] {
        fs::copy(root.join("bindings-swift/Sources/JumpCloudFFI").join(name), headers.join(name))?;
    }
    let mut libraries = Vec::new();
    for triple in TARGETS {
        let library = super::recipe(triple).build_shipped(root)?.join(super::LIBRARY);
        shipped::names_no_machine(root, &library)?;
        libraries.push(library);
    }
    let both = work.join(super::LIBRARY);
    Command::new(root, "lipo").arg("-create").args(libraries).arg("-output").arg(&both).run()?;
    let framework = work.join("JumpCloudFFI.xcframework");
    Command::new(root, "xcodebuild")
        .args(["-create-xcframework", "-library"])
        .arg(&both)
        .arg("-headers")
        .arg(&headers)
        .arg("-output")
        .arg(&framework)
        .run()?;
    for name in notices::FILES {
        fs::copy(root.join("bindings-swift").join(name), framework.join(name))?;
    }
    let zip = work.join("JumpCloudFFI.xcframework.zip");
    Command::new(root, "ditto").args(["-c", "-k", "--keepParent"]).args([&framework, &zip]).run()?;
    let checksum = Command::new(root, "swift").args(["package", "compute-checksum"]).arg(&zip).output()?;
    let manifest = root.join("bindings-swift/Package.swift");
    let text = fs::read_to_string(&manifest)?;
    let line = text
        .lines()
        .find(|line| line.starts_with("let released:"))
        .context("Package.swift has no `released`")?;
    let released =
        format!("let released: (url: String, checksum: String)? = (\"{url}\", \"{}\")", checksum.trim());
    ensure!(url.starts_with("https://") && !url.contains(['"', '\\']), "{url} is no https address");
    fs::write(&manifest, text.replace(line, &released))?;
    println!("{}\n{released}", zip.display());
    println!(
        "upload the file to that address, commit Package.swift, and publish bindings-swift as its own repository:"
    );
    println!("  git subtree split --prefix bindings-swift");
    Ok(())
}
