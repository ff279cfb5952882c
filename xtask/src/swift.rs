//! Builds and checks the Swift package: the Rust library for it, the Swift side of that library, and what stands on
//! them. A machine without Swift gets one: `xtask/setup/swift.sh`.

mod build_times;
mod endings;
mod readme;
mod release;

use std::collections::hash_map::DefaultHasher;
use std::ffi::OsStr;
use std::fs;
use std::hash::Hasher;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::command::{Command, Missing, debian_as_root, has, target};
use crate::notices;
use crate::shipped::{self, Recipe};
use crate::test::Check;

pub use release::run as release;

/// Where UniFFI's files belong.
const WRITTEN: [(&str, &str); 2] = [
    ("JumpCloudCore.swift", "bindings-swift/Sources/JumpCloudCore"),
    ("JumpCloudFFI.h", "bindings-swift/Sources/JumpCloudFFI"),
];

/// The most that the library may add to an empty executable: 3 MiB, and what people read of operations, parameters and fields.
/// A delegate of our own instead of `URLSession.data(for:)` is 24 KB of it, what errors keep and bounds say about 10,
/// and dates that go out and come in as JumpCloud's text 8.
const LARGEST: u64 = 3_360_000;

pub fn checks(root: &Path) -> Vec<Check<'_>> {
    vec![
        Check::new(
            "swift: the Swift side of the Rust functions",
            "uniffi bindings ffi generate",
            move || bindings(root, true),
        ),
        Check::new(
            "swift: build without warnings, and tests",
            "vectors filters lists paging retries errors playbooks models",
            move || tests(root),
        ),
        Check::new(
            "swift: calls that end before their time",
            "endings deadlock cancel break sanitizer",
            move || endings::check(&Package::new(root)?),
        ),
        Check::new("swift: the README's code", "documentation", move || readme::check(&Package::new(root)?)),
        Check::new("swift: the examples", "admin", move || examples(root)),
        Check::new("swift: the size of the library in an executable", "weight licences notices", move || {
            size(root)
        }),
    ]
}

/// `cargo xtask swift ARGUMENTS…`: `swift ARGUMENTS…` in the package, with the Rust library as it is now.
pub fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let Some((tool, rest)) = arguments.split_first() else {
        bail!("usage: cargo xtask swift ARGUMENTS…, which are swift's: build, test, run …")
    };
    Package::new(root)?.swift(tool).args(rest).run()
}

/// `cargo xtask swift-library`: builds the Rust library and puts it where the package finds it.
pub fn library(root: &Path) -> Result<()> {
    let package = root.join("bindings-swift");
    let (library, mark) = ("library/libjumpcloud_swift.a", "Sources/JumpCloudCore/Library.swift");
    let file = rust_library(&host()?, root)?;
    shipped::names_no_machine(root, &file)?;
    let built = fs::read(file)?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&built);
    // SwiftPM links again when a source says something else, not when a library does.
    let text = format!(
        "// Written by `cargo xtask swift-library`, so that programs are linked again with a new library.\n\
         public let library: UInt64 = {}\n",
        hasher.finish()
    );
    fs::create_dir_all(package.join("library"))?;
    for (name, content) in [(library, built), (mark, text.into_bytes())] {
        let path = package.join(name);
        if fs::read(&path).is_ok_and(|known| known == content) {
            continue;
        }
        // At once, as somebody else may be linking.
        let new = path.with_extension("new");
        fs::write(&new, content)?;
        fs::rename(new, path)?;
    }
    Ok(())
}

/// `cargo xtask swift-bindings`: writes the Swift side of the Rust functions; with `check`, only compares it.
pub fn bindings(root: &Path, check: bool) -> Result<()> {
    let cargo = |arguments: &[&str]| {
        Command::new(root, "cargo")
            .args(["build", "--quiet", "--package", "jumpcloud-swift"])
            .args(arguments)
            .run()
    };
    cargo(&["--lib"])?;
    // In the dev profile: optimising the generator takes minutes, and it runs for a second.
    cargo(&["--bin", "swift-bindgen", "--features", "bindgen"])?;
    let target = target(root);
    let extension = if cfg!(target_os = "macos") { "dylib" } else { "so" };
    let library = target.join(format!("debug/libjumpcloud_swift.{extension}"));
    let folder = target.join("swift-bindings");
    Command::new(root, target.join("debug/swift-bindgen"))
        .arg(library)
        .arg("bindings-swift/bindgen.toml")
        .arg(&folder)
        .run()?;
    for (name, place) in WRITTEN {
        let text = fs::read_to_string(folder.join(name))?;
        // Some of UniFFI's lines end in spaces.
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let text = format!(
            "// Generated by `cargo xtask swift-bindings` from bindings-swift/src.\n{}\n",
            lines.join("\n").trim_end()
        );
        let path = root.join(place).join(name);
        if fs::read_to_string(&path).is_ok_and(|known| known == text) {
            continue;
        }
        ensure!(
            !check,
            "{place}/{name} is not what bindings-swift/src makes it; run `cargo xtask swift-bindings`"
        );
        fs::write(path, text)?;
    }
    Ok(())
}

/// `cargo xtask swift-figures`: the package's figures: build times, size, and speed beside a peer's from the same run.
pub fn figures(root: &Path) -> Result<()> {
    let package = Package::new(root)?;
    build_times::print(&package)?;
    size(root)?;
    let fake = Fake::start(root, &["--users", "100000", "--latency", "20"], "release")?;
    fake.known(package.tool(package.target.join("swift-build/release/figures"))).run()
}

fn tests(root: &Path) -> Result<()> {
    let package = Package::new(root)?;
    // Once for all: the build of the tests is the build of everything.
    package.swift("build").args(["-q", "--build-tests"]).run()?;
    let fake = Fake::start(root, &["--users", "1234", "--seed", "11"], "debug")?;
    fake.known(package.swift("test").arg("--skip-build")).run()
}

fn examples(root: &Path) -> Result<()> {
    let package = Package::new(root)?;
    package.swift("build").args(["-q", "--product", "jumpcloud-admin"]).run()?;
    let fake = Fake::start(root, &["--users", "100", "--seed", "11"], "debug")?;
    let program = package.target.join("swift-build/debug/jumpcloud-admin");
    let admin = |arguments: &[&str]| fake.known(package.tool(&program).args(arguments)).output();
    let users = admin(&["list"])?;
    let name = users.split_whitespace().next().context("no user was listed")?;
    ensure!(users.lines().count() == 100, "100 users are there, but it lists\n{users}");
    let says = |arguments: &[&str], expected: &str| {
        let said = admin(arguments)?;
        ensure!(said.contains(expected), "{arguments:?} should say {expected:?}, but says\n{said}");
        Ok(())
    };
    says(&["suspend", name, "--dry-run"], "POST ")?;
    let before = admin(&["list", "--suspended"])?.lines().count();
    says(&["suspend", name], name)?;
    let after = admin(&["list", "--suspended"])?;
    ensure!(after.contains(name) && after.lines().count() >= before, "{name} is not suspended:\n{after}");
    let macs = admin(&["macs"])?;
    let mac = macs.split_whitespace().next().context("no Mac was listed")?;
    says(&["lock", mac, "--dry-run"], "/command/builtin/lock")?;
    says(&["lock", mac], mac)
}

fn size(root: &Path) -> Result<()> {
    let package = Package::new(root)?;
    package.swift("build").args(["-q", "--configuration", "release"]).run()?;
    let weight = |name: &str| -> Result<u64> {
        let path = package.target.join("swift-build/release").join(name);
        let stripped = path.with_extension("stripped");
        Command::new(root, "strip").arg("-o").arg(&stripped).arg(&path).run()?;
        Ok(fs::metadata(stripped)?.len())
    };
    let (empty, full) = (weight("empty")?, weight("jumpcloud-admin")?);
    let added = full.saturating_sub(empty);
    println!("   an executable that uses the package: {full} bytes, {added} more than an empty one");
    ensure!(added <= LARGEST, "the library may add {LARGEST} bytes");
    // What is published of the package beside the library are the files of its folder.
    notices::carried(root, &root.join("bindings-swift"))
}

fn recipe(triple: &str) -> Recipe<'_> {
    Recipe {
        package: "jumpcloud-swift",
        features: "",
        profile: "swift",
        triple,
        flags: &[],
        // Of the 3 MB that the package may add to a program these and the other flags take 0.4: the core is compiled for
        // speed, and reads a page as fast where only small functions are moved into others.
        shipped_flags: &["-Cforce-unwind-tables=no", "-Cllvm-args=-inline-threshold=50"],
    }
}

/// The Rust library in the folder that a recipe builds into.
const LIBRARY: &str = "libjumpcloud_swift.a";

/// Builds the Rust library for a target and says where it is.
fn rust_library(triple: &str, root: &Path) -> Result<PathBuf> {
    Ok(recipe(triple).build(root)?.join(LIBRARY))
}

/// The machine's own target.
fn host() -> Result<String> {
    let output = std::process::Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host =
        text.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not say its host")?;
    Ok(host.to_owned())
}

/// The package with its Rust library built, and a Swift that is there.
pub struct Package {
    root: PathBuf,
    target: PathBuf,
}

impl Package {
    pub fn new(root: &Path) -> Result<Package> {
        let set_up = std::env::var_os("SWIFT_ROOT").is_some();
        if !set_up && !has("swift") && !debian_as_root() {
            return Err(Missing(
                "swift (swift.org/install; root can install Debian's beside a Debian system)",
            )
            .into());
        }
        // Sets it up where it must.
        Command::new(root, root.join("xtask/setup/swift.sh")).args(["swift", "--version"]).quiet().run()?;
        library(root)?;
        Ok(Package { root: root.to_owned(), target: target(root) })
    }

    /// `swift TOOL …` in the package.
    pub fn swift(&self, tool: &str) -> Command {
        self.tool("swift")
            .args([tool, "--scratch-path"])
            .arg(self.target.join("swift-build"))
            // The same for all of them: other flags are another build.
            .args(["-Xswiftc", "-warnings-as-errors"])
    }

    /// Any program of the toolchain, or one that it built, in the package.
    pub fn tool(&self, program: impl AsRef<OsStr>) -> Command {
        self.tool_in(&self.root.join("bindings-swift"), program)
    }

    /// The same in another folder below the target directory.
    pub fn tool_in(&self, folder: &Path, program: impl AsRef<OsStr>) -> Command {
        let mut sees = self.root.clone().into_os_string();
        sees.push(":");
        sees.push(&self.target);
        Command::new(folder, self.root.join("xtask/setup/swift.sh"))
            .arg(program)
            .environment("SWIFT_SEES", sees)
    }
}

/// A fake JumpCloud that runs as long as this is held.
struct Fake {
    process: Child,
    url: String,
    key: String,
}

impl Fake {
    fn start(root: &Path, arguments: &[&str], folder: &str) -> Result<Fake> {
        Command::new(root, "cargo")
            .args(["build", "--quiet", "--package", "jumpcloud-fake"])
            .args((folder == "release").then_some("--release"))
            .run()?;
        let mut process = std::process::Command::new(target(root).join(folder).join("jumpcloud-fake"))
            .args(arguments)
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().context("the fake has no output")?;
        let mut lines = BufReader::new(output).lines();
        // Held from here on, so that it ends whatever comes.
        let mut fake = Fake { process, url: String::new(), key: String::new() };
        // It says this once it listens.
        let mut said = |name: &str| {
            let value = |line: String| {
                Some(line.strip_prefix(name)?.split_whitespace().next().unwrap_or_default().to_owned())
            };
            lines
                .by_ref()
                .map_while(Result::ok)
                .find_map(value)
                .context("the fake did not say how to call it")
        };
        fake.url = said("URL")?;
        fake.key = said("API key")?;
        // What it prints later is read away, or it would fail to print.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(fake)
    }

    /// Tells a program where the fake is.
    fn known(&self, command: Command) -> Command {
        command
            .environment("JUMPCLOUD_FAKE", &self.url)
            .environment("JUMPCLOUD_URL", &self.url)
            .environment("JUMPCLOUD_API_KEY", &self.key)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
