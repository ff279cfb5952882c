//! Loops that are left, tasks that are cancelled and many calls at once (`bindings-swift/Tests/Endings`), against the fake: as users
//! build it, and once under ThreadSanitizer.

use anyhow::Result;

use super::{Fake, Package};

/// What ThreadSanitizer passes over, with why.
const SUPPRESSED: &str = "bindings-swift/Tests/Endings/suppressed.txt";

pub fn check(package: &Package) -> Result<()> {
    let fake = Fake::start(&package.root, &["--users", "1234", "--seed", "11"], "debug")?;
    for configuration in ["debug", "release"] {
        package
            .swift("build")
            .args(["-q", "--product", "endings", "--configuration", configuration])
            .run()?;
        println!("   {configuration}");
        let program = package.target.join("swift-build").join(configuration).join("endings");
        fake.known(package.tool(program)).run()?;
    }
    sanitized(package, &fake)
}

fn sanitized(package: &Package, fake: &Fake) -> Result<()> {
    // Another folder: all of it is built another way.
    let scratch = package.target.join("swift-build-sanitized");
    package
        .tool("swift")
        .args(["build", "-q", "--sanitize", "thread", "--product", "endings", "--scratch-path"])
        .arg(&scratch)
        .run()?;
    println!("   under ThreadSanitizer");
    // Options are told apart by spaces; a path in quotes may hold one.
    let options =
        format!("TSAN_OPTIONS=halt_on_error=1 suppressions=\"{}\"", package.root.join(SUPPRESSED).display());
    // Its memory lies where the system would else put what a program maps: without `-R` it does not start on newer systems.
    let program = package.tool("setarch").args(["-R", "env", &options]);
    fake.known(program.arg(scratch.join("debug/endings")).environment("JUMPCLOUD_ENDINGS_SECONDS", "300"))
        .run()
}
