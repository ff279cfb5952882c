//! The code in the package's README: each block compiles as the program that it is.

use std::fs;

use anyhow::{Result, ensure};

use super::Package;

/// What a block may use without saying where it has it from, as a reader would understand it.
const GIVEN: [(&str, &str); 3] =
    [("key", "let key = \"\""), ("id", "let id = \"\""), ("jc", "let jc = JumpCloud(apiKey: \"\")")];

pub fn check(package: &Package) -> Result<()> {
    package.swift("build -q").run()?;
    let readme = fs::read_to_string(package.root.join("bindings-swift/README.md"))?;
    let folder = package.target.join("swift-readme");
    let mut count = 0;
    for block in readme.split("```swift\n").skip(1) {
        let code = block.split("```").next().unwrap_or_default();
        count += 1;
        // A folder each: top-level code is in a file called main.swift.
        let folder = folder.join(count.to_string());
        fs::create_dir_all(&folder)?;
        if code.starts_with("// swift-tools-version") {
            fs::write(folder.join("Package.swift"), code)?;
            let arguments = format!("package dump-package --package-path {}", folder.display());
            package.tool("swift", &arguments).quiet().run()?;
            continue;
        }
        let file = folder.join("main.swift");
        fs::write(&file, program(code))?;
        let modules = package.target.join("swift-build/debug/Modules");
        let arguments = format!(
            "-typecheck -swift-version 6 -I {} -I Sources/JumpCloudFFI {}",
            modules.display(),
            file.display()
        );
        package.tool("swiftc", &arguments).run()?;
    }
    println!("   {count} blocks");
    ensure!(count > 0, "the README has no code");
    Ok(())
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
