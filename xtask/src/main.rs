//! Everything about the project that is not the library itself: `cargo xtask COMMAND`.

mod corrections;
mod description;
mod generate;
mod import;
mod models;
mod table;

use std::path::Path;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    match arguments.split_first() {
        Some((command, rest)) => match command.as_str() {
            "generate" => generate::run(root, rest.iter().any(|argument| argument == "--check")),
            "import" => import::run(rest, &root.join("core/api")),
            other => bail!("unknown command {other:?}"),
        },
        None => bail!("usage: cargo xtask import FILE [--dry-run]"),
    }
}
