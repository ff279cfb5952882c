//! `cargo xtask operations [--json] [WORD…]`: the table of operations, for people and for programs.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};

use anyhow::Result;
use serde_json::{Value, json};

use crate::description::{Credentials, Description, Operation};

/// Prints the operations that the words mean, the likeliest first; without words all.
pub fn run(description: &Description, arguments: &[String]) -> Result<()> {
    let words: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|argument| *argument != "--json").collect();
    // The core finds them in its table, which is older where nobody has generated it since.
    let names: Vec<Value> = serde_json::from_str(&jumpcloud_core::catalogue::operations(&words.join(" ")))?;
    let known: BTreeMap<&str, &Operation> =
        description.operations.iter().map(|operation| (operation.name.as_str(), operation)).collect();
    let found = names.iter().filter_map(|one| known.get(one["name"].as_str()?).copied());
    let found: Vec<&Operation> = found.collect();
    if arguments.iter().any(|argument| argument == "--json") {
        let array: Value = found.iter().map(|operation| describe(operation)).collect();
        return show(&format!("{}\n", serde_json::to_string_pretty(&array)?));
    }
    let width =
        |text: fn(&Operation) -> &str| found.iter().map(|operation| text(operation).len()).max().unwrap_or(0);
    let (names, paths) = (width(|operation| &operation.name), width(|operation| &operation.path));
    let mut text = format!("{:names$}  {:6}  {:paths$}  {:12}  DOES\n", "NAME", "METHOD", "PATH", "PAGING");
    for operation in &found {
        let paging = operation.paging.as_ref().map_or("", |paging| paging.strategy);
        let (name, method, path) = (&operation.name, &operation.method, &operation.path);
        let does = &operation.sentence;
        text.push_str(&format!("{name:names$}  {method:6}  {path:paths$}  {paging:12}  {does}\n"));
    }
    show(&format!("{text}\n{} operations\n", found.len()))
}

/// Prints to a reader that may have seen enough: `cargo xtask operations | head`.
pub fn show(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn credentials(operation: &Operation) -> Vec<&'static str> {
    match operation.credentials {
        Credentials::Any => vec!["api-key", "bearer"],
        Credentials::AnyOrSystem => vec!["api-key", "bearer", "system-context"],
        Credentials::Client => vec!["client-secret"],
        Credentials::None => vec![],
    }
}

fn describe(operation: &Operation) -> Value {
    json!({
        "name": operation.name,
        "summary": operation.sentence,
        "operationId": operation.operation_ids.first(),
        "operationIds": operation.operation_ids,
        "api": operation.name.split('.').next(),
        "method": operation.method,
        "path": operation.path,
        "paging": operation.paging.as_ref().map(|paging| paging.strategy),
        "credentials": credentials(operation),
        "effect": format!("{:?}", operation.effect.kind).to_lowercase(),
        "idempotent": operation.effect.idempotent,
        "fullReplace": operation.effect.full_replace,
        "deprecated": operation.deprecated,
        "scopes": operation.scopes,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_programs_are_told_of_a_put_or_patch_is_what_was_judged() {
        let root = crate::command::root().unwrap();
        let judged = fs::read_to_string(root.join("core/api/effects.tsv")).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for operation in &Description::read(&root).unwrap().operations {
            let described = describe(operation);
            if !["PUT", "PATCH"].contains(&operation.method.as_str()) {
                assert_eq!(described["fullReplace"], false, "{}", operation.name);
                continue;
            }
            let place = [operation.method.as_str(), &operation.path];
            let mut lines = judged.lines().map(|line| line.split('\t').collect::<Vec<_>>());
            let line = lines.find(|line| line.starts_with(&place)).unwrap();
            let expected = match line[3] {
                "full" => json!(true),
                "partial" => json!(false),
                "unknown" => Value::Null,
                other => panic!("{}: {other}", operation.name),
            };
            assert_eq!(described.get("fullReplace"), Some(&expected), "{}", operation.name);
            seen.insert(line[3]);
        }
        assert_eq!(seen.len(), 3, "{seen:?}");
    }

    /// A number of operations that someone typed is wrong after the next import.
    #[test]
    fn the_number_of_operations_is_typed_nowhere() {
        let root = crate::command::root().unwrap();
        let count = Description::read(&root).unwrap().operations.len().to_string();
        let kinds = [
            "*.md", "*.rs", "*.py", "*.mjs", "*.mts", "*.ts", "*.tsx", "*.swift", "*.toml", "*.html", "*.sh",
        ];
        let files =
            crate::command::Command::new(&root, "git").args(["ls-files", "--"]).args(kinds).output().unwrap();
        assert!(files.lines().count() > 300);
        for file in files.lines().filter(|file| root.join(file).exists()) {
            let text = fs::read_to_string(root.join(file)).unwrap();
            let mut words = text.split(|letter: char| !letter.is_alphanumeric());
            assert!(words.all(|word| word != count), "{file} says {count}");
        }
    }
}
