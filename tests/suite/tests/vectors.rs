//! Every shared vector, through the core's public surface.

use std::path::Path;

use jumpcloud_suite::vectors::{read_all, replay};

#[test]
fn every_vector_goes_as_written() {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../vectors");
    let vectors = read_all(&folder).unwrap();
    let failures: Vec<String> = vectors
        .iter()
        .filter_map(|(name, vector)| replay(vector).err().map(|why| format!("{name}\n{why}")))
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} vectors fail:\n\n{}",
        failures.len(),
        vectors.len(),
        failures.join("\n\n")
    );
    assert!(vectors.len() >= 150, "only {} vectors", vectors.len());
}
