//! `cargo xtask swift-release`: the XCFramework that a release of the Swift package points at.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::command::{Command, target};

const TARGETS: [&str; 2] = ["aarch64-apple-darwin", "x86_64-apple-darwin"];
const PROGRAMS: [&str; 5] = ["cargo", "lipo", "xcodebuild", "ditto", "swift"];

/// Builds both targets, joins and packs them, and writes address and checksum into Package.swift. The address is given:
/// where the file will be, such as `https://example.com/v0.1.0/JumpCloudFFI.xcframework.zip`.
pub fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let missing: Vec<&str> = PROGRAMS.into_iter().filter(|program| !there(program)).collect();
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
    let command = |program: &str, arguments: &str| Command::new(root, program, arguments);
    let target = target(root);
    let work = target.join("swift-release");
    let _ = fs::remove_dir_all(&work);
    // What a program sees of the library: the header and its module map.
    let headers = work.join("headers");
    fs::create_dir_all(&headers)?;
    for name in ["JumpCloudFFI.h", "module.modulemap"] {
        fs::copy(root.join("bindings-swift/Sources/JumpCloudFFI").join(name), headers.join(name))?;
    }
    let mut libraries = Vec::new();
    for name in TARGETS {
        libraries.push(super::rust_library(root, name)?.display().to_string());
    }
    let both = work.join("libjumpcloud_swift.a");
    command("lipo", &format!("-create {} -output {}", libraries.join(" "), both.display())).run()?;
    let framework = work.join("JumpCloudFFI.xcframework");
    let arguments = format!(
        "-create-xcframework -library {} -headers {} -output {}",
        both.display(),
        headers.display(),
        framework.display()
    );
    command("xcodebuild", &arguments).run()?;
    let zip = work.join("JumpCloudFFI.xcframework.zip");
    command("ditto", &format!("-c -k --keepParent {} {}", framework.display(), zip.display())).run()?;
    let checksum = command("swift", &format!("package compute-checksum {}", zip.display())).output()?;
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

/// Whether there is a program of that name.
fn there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
