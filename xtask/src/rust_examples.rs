//! The core's examples (`core/examples`): the driving loop with HTTP libraries that people use, run against a fake.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::command::{Command, clear, target};
use crate::test::Check;
use crate::web::{Fake, USERS};

/// What must be true of them.
pub fn checks(root: &Path) -> Vec<Check<'_>> {
    vec![
        Check::new("rust examples: ureq, reqwest, ring", "core cargo loop system_context", move || run(root)),
        Check::new("rust: what the core asks for", "crates tree dependencies msrv", move || {
            dependencies(root)
        }),
    ]
}

fn run(root: &Path) -> Result<()> {
    let names = ["ureq", "reqwest", "system_context"];
    let build = Command::new(root, "cargo").args(["build", "--quiet", "--package", "jumpcloud-core"]);
    names.iter().fold(build, |build, name| build.args(["--example", name])).run()?;
    let fake = Fake::start(root)?;
    let access: serde_json::Value = serde_json::from_str(&fake.get("/__fake/access")?)?;
    let key = access["api_key"].as_str().context("the fake has a key")?;
    let example = |name: &str| {
        Command::new(root, target(root).join("debug/examples").join(name))
            .environment("JUMPCLOUD_URL", &fake.url)
            .environment("JUMPCLOUD_API_KEY", key)
    };
    for (name, in_flight) in [("ureq", None), ("reqwest", None), ("reqwest", Some("1"))] {
        let said = example(name).args(in_flight).output()?;
        ensure!(said.starts_with(&format!("{USERS} users")), "{name} found {said}");
    }
    let folder = target(root).join("agent");
    clear(root, &folder)?;
    std::fs::create_dir_all(&folder)?;
    let system = access["system_id"].as_str().context("the fake has a system")?;
    for file in ["jcagent.conf", "client.key"] {
        std::fs::write(folder.join(file), fake.get(&format!("/__fake/systems/{system}/{file}"))?)?;
    }
    let said = example("system_context").arg(folder).output()?;
    ensure!(said.starts_with(&format!("\"{system}\" is \"")), "system_context found {said}");
    Ok(())
}

/// What everybody compiles who uses the core.
const MOST: usize = 12;

fn dependencies(root: &Path) -> Result<()> {
    let tree = ["tree", "--package", "jumpcloud-core", "--edges", "normal,no-proc-macro", "--prefix", "none"];
    let tree = Command::new(root, "cargo").args(tree).output()?;
    let mut crates: Vec<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    crates.sort_unstable();
    crates.dedup();
    // It is in its tree itself.
    ensure!((2..=MOST + 1).contains(&crates.len()), "the core may depend on {MOST} crates:\n{tree}");
    // Everything here is built by the oldest compiler that will do.
    let value = |file: &str, key: &str| -> Result<String> {
        let text = std::fs::read_to_string(root.join(file))?;
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix("= "));
        Ok(line.with_context(|| format!("{file} has no {key}"))?.trim_matches('"').to_owned())
    };
    let (oldest, used) = (value("Cargo.toml", "rust-version")?, value("rust-toolchain.toml", "channel")?);
    ensure!(used.starts_with(&format!("{oldest}.")), "rust-version is {oldest}, but all is built by {used}");
    Ok(())
}
