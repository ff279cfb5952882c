//! Everything about the project that is not the library itself: `cargo xtask COMMAND`.

mod bench;
mod clones;
mod command;
mod corrections;
mod cost;
mod description;
mod explorer;
mod fuzz;
mod generate;
mod import;
mod models;
mod names;
mod notices;
mod npm;
mod npm_tarball;
mod openapi;
mod operations;
mod pages;
mod playbooks;
mod python;
mod python_stubs;
#[cfg(test)]
mod recorded;
mod released;
mod rust_examples;
mod shipped;
mod size;
mod split;
mod std_sources;
mod swift;
mod swift_models;
mod table;
mod test;
mod typescript;
mod wasm;
mod web;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::command::Command;
use crate::description::Description;

const USAGE: &str = "usage: cargo xtask COMMAND

  test [WORD…]            run every check and test there is, or those that the words mean
  test --list [WORD…]     show them
  demo                    show the core at work, against a fake JumpCloud
  bench [--quick]         print the project's figures
  npm                     build the npm package and print what it weighs
  python-figures          print the Python package's figures
  swift ARGUMENTS…        run swift in the Swift package, with its Rust library built
  swift-library           build the Rust library, and put it where the Swift package finds it
  swift-bindings          write the Swift side of the Rust functions
  swift-figures           print the Swift package's figures
  swift-release URL       make the XCFramework of a release (on a Mac)
  explorer                build the web page that the fake serves, and print what it weighs
  operations [--json] [WORD…]
                          print the table of operations
  openapi [FILE]          print the corrected description as one OpenAPI 3.1 file, or write it
  generate [--check]      write all generated files, or fail when one is out of date
  notices [--check]       write what each package carries of others' licences, or fail when it is out of date
  import FILE [--dry-run] [--allow-drops | --add]
                          take in a description that JumpCloud published, or operations that none has";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let root = &command::root()?;
    if clones::settle(root)? {
        // What the command prints may be read by a program.
        eprintln!("this target directory was another clone's: what is ours in it is built anew");
        let manifest = root.join("Cargo.toml");
        let again =
            Command::new(&std::env::current_dir()?, "cargo").args(["run", "--quiet", "--package", "xtask"]);
        return again.arg("--manifest-path").arg(manifest).arg("--").args(arguments).run();
    }
    let Some((command, rest)) = arguments.split_first() else { bail!("no command\n\n{USAGE}") };
    match command.as_str() {
        "test" => test::run(root, rest),
        "demo" => Command::new(root, "cargo")
            .args(["run", "--quiet", "--package", "jumpcloud-suite", "--bin", "demo"])
            .run(),
        "bench" => bench::run(root, rest),
        "operations" => operations::run(&Description::read(root)?, rest),
        "openapi" => openapi::run(root, rest),
        "generate" => generate::run(root, rest.iter().any(|argument| argument == "--check")),
        "notices" => notices::run(root, rest.iter().any(|argument| argument == "--check")),
        "npm" => npm::run(root),
        "explorer" => explorer::run(root),
        "python-figures" => python::figures(root),
        "swift" => swift::run(root, rest),
        "swift-library" => swift::library(root),
        "swift-bindings" => swift::bindings(root, false),
        "swift-figures" => swift::figures(root),
        "swift-release" => swift::release(root, rest),
        "import" => import::run(rest, &root.join("core/api")),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => bail!("there is no command {other:?}\n\n{USAGE}"),
    }
}
