//! What the documents at the top say of the repository is so: every path that they name is there.

use std::fs;
use std::path::Path;

/// What stands between backquotes and begins with a folder of ours.
fn paths(text: &str) -> Vec<String> {
    let top = ["core/", "tests/", "xtask/", "bindings-", "docs/", ".ci/", ".github/"];
    let quoted = text.split('`').skip(1).step_by(2);
    let paths = quoted.filter(|word| top.iter().any(|top| word.starts_with(top)) && word.contains('/'));
    paths.filter(|word| !word.contains(['*', ' ', '{'])).map(str::to_owned).collect()
}

#[test]
fn every_path_that_the_documents_name_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut seen = 0;
    for document in ["README.md", "CONTRIBUTING.md", "SECURITY.md", "RELEASING.md", "CHANGELOG.md"] {
        for path in paths(&fs::read_to_string(root.join(document)).unwrap()) {
            assert!(root.join(&path).exists(), "{document} names {path}, which is not there");
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen}");
}
