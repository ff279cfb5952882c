//! The code in the package's README: each block compiles as the program that it is.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::Package;

/// What a block may use without saying where it has it from, as a reader would understand it.
const GIVEN: [(&str, &str); 3] =
    [("key", "let key = \"\""), ("id", "let id = \"\""), ("jc", "let jc = JumpCloud(apiKey: \"\")")];

pub fn check(package: &Package) -> Result<()> {
    package.swift("build").arg("-q").run()?;
    let folder = package.target.join("swift-readme");
    let blocks = blocks(package)?;
    for (index, code) in blocks.iter().enumerate() {
        // A folder each: top-level code is in a file called main.swift.
        let folder = folder.join(index.to_string());
        fs::create_dir_all(&folder)?;
        if is_manifest(code) {
            fs::write(folder.join("Package.swift"), code)?;
            let dump = package.tool("swift").args(["package", "dump-package", "--package-path"]);
            dump.arg(folder).quiet().run()?;
            continue;
        }
        let file = folder.join("main.swift");
        fs::write(&file, program(code))?;
        package
            .tool("swiftc")
            .args(["-typecheck", "-swift-version", "6", "-I"])
            .arg(package.target.join("swift-build/debug/Modules"))
            .args(["-I", "Sources/JumpCloudFFI"])
            .arg(file)
            .run()?;
    }
    println!("   {} blocks", blocks.len());
    ensure!(!blocks.is_empty(), "the README has no code");
    Ok(())
}

/// Writes the package that the README begins with: a manifest, and the program after it. Says where the program is.
pub fn write_package(package: &Package, folder: &Path) -> Result<PathBuf> {
    let blocks = blocks(package)?;
    let manifest = blocks.iter().position(|code| is_manifest(code)).context("the README has no manifest")?;
    let program = blocks.get(manifest + 1).context("the README has no program after its manifest")?;
    let path = format!("path: \"{}\"", package.root.join("bindings-swift").display());
    let theirs = "path: \"../jumpcloud-client/bindings-swift\"";
    ensure!(blocks[manifest].contains(theirs), "the README's manifest has no {theirs}");
    let sources = folder.join("Sources/Tool");
    fs::create_dir_all(&sources)?;
    fs::write(folder.join("Package.swift"), blocks[manifest].replace(theirs, &path))?;
    let main = sources.join("main.swift");
    fs::write(&main, program)?;
    Ok(main)
}

fn blocks(package: &Package) -> Result<Vec<String>> {
    let readme = fs::read_to_string(package.root.join("bindings-swift/README.md"))?;
    let code = |block: &str| block.split("```").next().unwrap_or_default().to_owned();
    Ok(readme.split("```swift\n").skip(1).map(code).collect())
}

fn is_manifest(code: &str) -> bool {
    code.starts_with("// swift-tools-version")
}

/// The block with what it takes for granted before it.
fn program(code: &str) -> String {
    let mut program = String::from("import Foundation\nimport JumpCloudClient\n");
    for (name, given) in GIVEN {
        let mut words = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let declares = ["let", "for try await", "for", "var"]
            .iter()
            .any(|word| code.contains(&format!("{word} {name} ")));
        if !declares && words.any(|word| word == name) {
            program.push_str(given);
            program.push('\n');
        }
    }
    program + code
}
