//! How long builds take: of the package, and of a program that uses it.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result, ensure};

use super::{Package, readme};
use crate::command::{Command, clear};

/// Prints three times, all of debug builds: the package from nothing, the README's program from nothing, and that
/// program again when a line has come to it, which must not compile the models again.
pub fn print(package: &Package) -> Result<()> {
    println!("swift build on {} cores", available_parallelism()?);
    let folder = package.target.join("swift-build-times");
    clear(&package.root, &folder)?;
    let whole = package.tool("swift").args(["build", "--scratch-path"]).arg(folder.join("package"));
    let whole = seconds(whole)?;
    println!("  this package, cold              {whole:.1} s");

    // As the README says it.
    let program = folder.join("program");
    let main = readme::write_package(package, &program)?;
    let build = || seconds(package.tool_in(&program, "swift").arg("build"));
    let cold = build()?;
    println!("  a program that uses it, cold    {cold:.1} s");

    let objects = |module: &str| newest(&program.join(format!(".build/debug/{module}.build")));
    let (models, tool) = (objects("JumpCloudModels")?, objects("Tool")?);
    writeln!(File::options().append(true).open(main)?, "print(\"one line more\")")?;
    let again = build()?;
    ensure!(objects("Tool")? > tool, "the program was not compiled again");
    let kept = objects("JumpCloudModels")? == models;
    let verdict = if kept { "not compiled again" } else { "COMPILED AGAIN" };
    println!("  after a change of one line      {again:.1} s, the models {verdict}");
    ensure!(kept, "a change of a program compiles the models again");
    Ok(())
}

fn seconds(command: Command) -> Result<f64> {
    let start = Instant::now();
    command.quiet().run()?;
    Ok(start.elapsed().as_secs_f64())
}

/// When the last of a module's objects was written.
fn newest(folder: &Path) -> Result<SystemTime> {
    let files = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let objects =
        files.flatten().filter(|file| file.path().extension().is_some_and(|extension| extension == "o"));
    let times: Vec<SystemTime> =
        objects.map(|file| file.metadata()?.modified()).collect::<std::io::Result<_>>()?;
    times.into_iter().max().with_context(|| format!("{} has no objects", folder.display()))
}
