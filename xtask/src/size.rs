//! Weighs the core: table and engine behind the smallest export (`tests/size`), as wasm.

use std::fmt;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::command::{Command, Missing, target};

/// What the core may weigh, gzipped.
pub const LIMIT: usize = 85_000;

/// The optimizer that makes what is shipped; its version decides the size.
const BINARYEN: &str = "binaryen@132.0.0";

/// The size of the module.
pub struct Weight {
    pub raw: usize,
    pub gzip: usize,
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "core in wasm: {} bytes, {} gzipped ({:.1} KB)",
            self.raw,
            self.gzip,
            self.gzip as f64 / 1000.0
        )
    }
}

/// Builds the module as it would be shipped, and weighs it. The first time it sets up what that needs.
pub fn measure(root: &Path) -> Result<Weight> {
    Command::new(root, "bash", "xtask/setup/wasm-target.sh").run().context(Missing("wasm target"))?;
    let tools = target(root).join("tools");
    let optimizer = tools.join("node_modules/.bin/wasm-opt");
    if !optimizer.exists() {
        std::fs::create_dir_all(&tools)?;
        let install = format!(
            "install --silent --no-audit --no-fund --no-save --prefix {} {BINARYEN}",
            tools.display()
        );
        Command::new(root, "npm", &install).run().context(Missing("wasm-opt (it comes from npm)"))?;
    }
    Command::new(
        root,
        "cargo",
        "build --quiet --package jumpcloud-size --profile wasm --target wasm32-unknown-unknown",
    )
    .run()?;
    let built = target(root).join("wasm32-unknown-unknown/wasm/jumpcloud_size.wasm");
    let small = tools.join("jumpcloud_size.wasm");
    // The features that every engine of the last years has, and that rustc uses already.
    let features = [
        "bulk-memory",
        "nontrapping-float-to-int",
        "sign-ext",
        "mutable-globals",
        "multivalue",
        "reference-types",
    ];
    let features: String = features.iter().map(|feature| format!(" --enable-{feature}")).collect();
    let arguments =
        format!("-Oz --converge --reorder-functions{features} {} -o {}", built.display(), small.display());
    Command::new(root, &optimizer.to_string_lossy(), &arguments).run()?;
    let module = std::fs::read(&small)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&module)?;
    Ok(Weight { raw: module.len(), gzip: gzip.finish()?.len() })
}
