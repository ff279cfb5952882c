//! Weighs the core: table and engine behind the smallest export (`tests/size`), as wasm.

use std::fmt;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{split, wasm};

/// What the core may weigh, gzipped.
pub const LIMIT: usize = 81_000;

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
    let package = "jumpcloud-size";
    let module = wasm::module(&wasm::recipe(package, "").build_shipped(root)?, package);
    let small = module.with_extension("small.wasm");
    wasm::optimize(root, &module, &small)?;
    let module = split::unsplit(&std::fs::read(small)?)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&module)?;
    Ok(Weight { raw: module.len(), gzip: gzip.finish()?.len() })
}
