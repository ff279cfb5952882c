//! `core/api/names.tsv`: the dotted name of each operation, and the sentence that says what it does.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};

/// An operation's name and sentence.
pub(super) type Named = (String, String);

/// Reads `name<TAB>METHOD<TAB>path<TAB>sentence` lines, which stand in the order of their names. A sentence may still be
/// missing: [`super::words::check`] asks for it.
pub(super) fn read(text: &str) -> Result<BTreeMap<(String, String), Named>> {
    let mut names = BTreeMap::new();
    let mut last = "";
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (name, method, path, sentence) = match columns[..] {
            [name, method, path] => (name, method, path, ""),
            [name, method, path, sentence] => (name, method, path, sentence),
            _ => bail!("core/api/names.tsv: expected name<TAB>METHOD<TAB>path<TAB>sentence, got {line:?}"),
        };
        ensure!(last <= name, "core/api/names.tsv is sorted by name: {name} stands after {last}");
        last = name;
        let named = (name.to_owned(), sentence.to_owned());
        let known = names.insert((method.to_owned(), path.to_owned()), named);
        ensure!(known.is_none(), "core/api/names.tsv names {method} {path} twice");
    }
    Ok(names)
}

/// An error that says all that a person has to write: operations without a name, and lines for those without an effect.
pub(super) fn all_are(unnamed: &[String], unjudged: &[String]) -> Result<()> {
    let mut missing = Vec::new();
    if !unnamed.is_empty() {
        missing.push(format!(
            "core/api/names.tsv has no name for:\n  {}\nadd a line `name<TAB>METHOD<TAB>path<TAB>sentence` for each",
            unnamed.join("\n  ")
        ));
    }
    if !unjudged.is_empty() {
        missing.push(format!(
            "core/api/effects.tsv does not say what each of these does; its head explains the columns. Lines to begin \
             with, each of which needs a person's eye:\n{}",
            unjudged.join("\n")
        ));
    }
    ensure!(missing.is_empty(), "{}", missing.join("\n\n"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misplaced_line_is_named() {
        assert_eq!(read("# head\na\tGET\t/a\tDoes a.\nb\tGET\t/b\n").unwrap().len(), 2);
        let error = read("b\tGET\t/b\na\tGET\t/a\n").unwrap_err().to_string();
        assert!(error.contains("a stands after b"), "{error}");
    }

    #[test]
    fn all_that_is_missing_is_said_at_once() {
        let (unnamed, unjudged) = (["GET /a", "PUT /b"], ["PUT\t/b\tidempotent\tunknown"]);
        let error =
            all_are(&unnamed.map(str::to_owned), &unjudged.map(str::to_owned)).unwrap_err().to_string();
        for part in ["GET /a", "PUT /b", "\nPUT\t/b\tidempotent\tunknown"] {
            assert!(error.contains(part), "{error}");
        }
        assert!(all_are(&[], &[]).is_ok());
    }
}
