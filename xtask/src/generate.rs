//! `cargo xtask generate [--check]`: writes every generated file, or fails when one is not what it should be.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::description::Description;
use crate::{models, table};

/// Writes the generated files below `root`; with `check`, only compares them.
pub fn run(root: &Path, check: bool) -> Result<()> {
    let description = Description::read(root)?;
    let mut files = table::files(&description);
    files.extend(models::files(root, &description)?);
    let mut drifted = Vec::new();
    for (path, text) in &files {
        let target = root.join(path);
        if fs::read_to_string(&target).is_ok_and(|known| known == *text) {
            continue;
        }
        drifted.push(path.as_str());
        if !check {
            fs::create_dir_all(target.parent().unwrap_or(root))?;
            fs::write(&target, text)?;
        }
    }
    ensure!(
        !check || drifted.is_empty(),
        "these generated files are not what core/api makes them; run `cargo xtask generate`:\n  {}",
        drifted.join("\n  ")
    );
    println!("{} operations, {} files, {} {}", description.operations.len(), files.len(), drifted.len(), if check { "differ" } else { "written" });
    Ok(())
}
