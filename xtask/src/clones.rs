//! One target directory for several clones. cargo tells the packages of one clone from those of another by when their
//! files were written, and not by what is in them: a clone whose files are older than what another one built is given
//! that, without a word. So what was built of another clone's packages is forgotten before anything runs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::command::{clear_below, target};

/// What the names of the workspace's packages begin with.
const OURS: [&str; 2] = ["jumpcloud-", "xtask-"];

/// Makes the target directory this clone's. Says whether it was another's, and this very program with it.
pub fn settle(root: &Path) -> Result<bool> {
    settle_in(&target(root), root)
}

fn settle_in(target: &Path, root: &Path) -> Result<bool> {
    let (file, name) = (target.join("clone"), root.as_os_str().as_encoded_bytes());
    let known = fs::read(&file).ok();
    if known.as_deref() == Some(name) {
        return Ok(false);
    }
    if known.is_some() {
        let mut stale = Vec::new();
        fingerprints(target, 4, &mut stale);
        stale.iter().try_for_each(|folder| clear_below(target, folder))?;
    }
    fs::create_dir_all(target)?;
    fs::write(file, name)?;
    Ok(known.is_some())
}

/// What tells cargo that one of our packages is built: below `debug`, `wheel`, `wasm/wasm32-unknown-unknown/wasm`, ….
fn fingerprints(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let ours = OURS.iter().any(|ours| name.to_string_lossy().starts_with(ours));
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        if folder.ends_with(".fingerprint") {
            if ours {
                found.push(path);
            }
        } else if depth > 0 {
            fingerprints(&path, depth - 1, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_clone_built_is_forgotten() {
        let target = std::env::temp_dir().join(format!("xtask clones {}", std::process::id()));
        let built = |name: &str| target.join(name);
        let ours =
            ["debug/.fingerprint/xtask-1", "wasm/wasm32-unknown-unknown/wasm/.fingerprint/jumpcloud-core-2"];
        let others = ["debug/.fingerprint/serde-1", "debug/deps/xtask-1", "npm/jumpcloud-tmp"];
        let build = || ours.iter().chain(&others).for_each(|name| fs::create_dir_all(built(name)).unwrap());
        let there = |names: &[&str]| names.iter().all(|name| built(name).is_dir());
        build();
        let (first, second) = (Path::new("/first clone"), Path::new("/second/ü"));
        // The first one to come, and the same again.
        assert!(!settle_in(&target, first).unwrap() && !settle_in(&target, first).unwrap());
        assert!(there(&ours));
        for clone in [second, first] {
            assert!(settle_in(&target, clone).unwrap());
            assert!(ours.iter().all(|name| !built(name).exists()) && there(&others));
            build();
            assert!(!settle_in(&target, clone).unwrap());
            assert!(there(&ours));
        }
        fs::remove_dir_all(target).unwrap();
    }
}
