//! What a release has given to programs stays: names, what they stand for, and the names of path parameters.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::command::Command;
use crate::description::{Description, Operation};

/// Fails when something that the last release had is gone, and `core/api/removed-names.tsv` does not permit it.
pub fn check(root: &Path) -> Result<()> {
    let file = "core/api/removed-names.tsv";
    let removed = fs::read_to_string(root.join(file)).context(file)?;
    let description = Description::read(root)?;
    for (name, reason) in permitted(&removed) {
        ensure!(!reason.is_empty(), "{file}: {name} has no reason");
        let there = description.operations.iter().any(|operation| operation.name == name);
        ensure!(
            !there,
            "{file}: {name} is a name, of the same or another operation: a removed name is never used again"
        );
    }
    let tags = Command::new(root, "git").args(["tag", "--list", "v*", "--sort=-version:refname"]).output()?;
    let Some(last) = tags.lines().next() else {
        println!("   nothing has been released yet");
        return Ok(());
    };
    let released =
        Command::new(root, "git").args(["show", &format!("{last}:core/api/names.tsv")]).output()?;
    let lost = lost(&released, &description, &removed);
    if !lost.is_empty() {
        bail!("released with {last}, and gone since ({file} permits a removal):\n  {}", lost.join("\n  "));
    }
    Ok(())
}

/// What the names of a release stood for and stand for no longer, apart from permitted removals.
pub fn lost(released: &str, description: &Description, removed: &str) -> Vec<String> {
    let mut lost = Vec::new();
    for line in released.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let (name, method, path) = (next(), next(), next());
        if name.is_empty() || permitted(removed).any(|(known, _)| known == name) {
            continue;
        }
        match description.operations.iter().find(|operation| operation.name == name) {
            None => lost.push(format!("{name}: there is no such name")),
            Some(now) if now.method != method || shape(&now.path) != shape(path) => {
                lost.push(format!("{name} was {method} {path} and is {} {}", now.method, now.path));
            }
            Some(now) => {
                let pairs = parameters(path).zip(parameters(&now.path));
                lost.extend(pairs.filter(|(was, is)| !takes(now, is, was)).map(|(was, is)| {
                    format!(
                        "{name}: the path parameter {was} is called {is}, and {was} is none of its x-jc-former-names \
                         (if it is another one's name now, give the operation another name, and permit the removal of \
                         this one)"
                    )
                }))
            }
        }
    }
    lost
}

/// `name<TAB>reason` lines.
fn permitted(removed: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = removed.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once('\t').unwrap_or((line, "")))
}

/// Whether the path parameter that is called `is` now is what a caller gives who says `was`.
fn takes(operation: &Operation, is: &str, was: &str) -> bool {
    let mut parameters = operation.parameters.iter().filter(|parameter| parameter.location == "path");
    let known = parameters.find(|known| known.name == is);
    is == was || known.is_some_and(|known| known.former_names.iter().any(|former| former == was))
}

fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// A path without the names of its parameters.
fn shape(path: &str) -> Vec<&str> {
    path.split('{')
        .enumerate()
        .map(
            |(index, part)| {
                if index == 0 { part } else { part.split_once('}').map_or("", |(_, rest)| rest) }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_and_not_lines() {
        let root = crate::command::root().unwrap();
        let description = Description::read(&root).unwrap();
        let names = fs::read_to_string(root.join("core/api/names.tsv")).unwrap();
        assert!(lost(&names, &description, "").is_empty());
        // Every name in turn: it must be there, for the same request, with the same parameters.
        for line in names.lines().filter(|line| !line.starts_with('#')) {
            let [name, method, path, _] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let gone = format!("{name}.gone\t{method}\t{path}");
            assert_eq!(lost(&gone, &description, "").len(), 1, "{gone}");
            assert!(lost(&gone, &description, &format!("{name}.gone\twhy")).is_empty(), "{gone}");
            let elsewhere = format!("{name}\t{method}\t{path}/elsewhere");
            assert_eq!(lost(&elsewhere, &description, "").len(), 1, "{elsewhere}");
            let renamed = format!("{name}\t{method}\t{}", path.replace('{', "{former_"));
            assert_eq!(lost(&renamed, &description, "").len(), parameters(path).count(), "{renamed}");
        }
    }
}
