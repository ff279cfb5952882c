//! What the table says that operations do, over all of them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs::read_to_string;
use std::path::Path;

use jumpcloud_core::operation::{Method, Operation};

/// `api/effects.tsv` by method and path: effect and update.
fn judged() -> BTreeMap<(String, String), (String, String)> {
    let file = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("api/effects.tsv");
    let text = read_to_string(file).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let column = |index: usize| line.split('\t').nth(index).unwrap_or_default().to_owned();
            ((column(0), column(1)), (column(2), column(3)))
        })
        .collect()
}

fn verb(operation: &Operation) -> &'static str {
    operation.name.rsplit('.').next().unwrap_or_default()
}

#[test]
fn every_operation_that_is_not_a_get_is_judged_and_has_the_effect_it_was_given() {
    let judged = judged();
    for operation in Operation::all() {
        let place = (operation.method.to_string(), operation.path.to_owned());
        let effect = match judged.get(&place) {
            Some((effect, _)) => effect.as_str(),
            None if operation.method == Method::Get => "safe",
            None => panic!("{} is not judged", operation.name),
        };
        let says = (operation.safe, operation.idempotent, operation.destructive);
        let expected = match effect {
            "safe" => (true, true, false),
            "idempotent" => (false, true, false),
            "other" => (false, false, false),
            "destructive" => (false, false, true),
            "destructive-idempotent" => (false, true, true),
            other => panic!("{}: {other}", operation.name),
        };
        assert_eq!(says, expected, "{}", operation.name);
    }
}

/// Three answers, the same in the table and in what programs are told: what is left out is reset, it stays, nobody says.
#[test]
fn every_put_and_patch_says_whether_it_replaces_all_and_where_nobody_knows() {
    let judged = judged();
    let mut seen = BTreeMap::<&str, usize>::new();
    for operation in Operation::all() {
        let place = (operation.method.to_string(), operation.path.to_owned());
        let update = judged.get(&place).map_or("", |(_, update)| update);
        let expected = match (operation.method, update) {
            (Method::Put | Method::Patch, "full") => Some(true),
            (Method::Put | Method::Patch, "partial") => Some(false),
            (Method::Put | Method::Patch, "unknown") => None,
            (Method::Put | Method::Patch, other) => panic!("{}: {other:?}", operation.name),
            (_, other) => {
                assert_eq!(other, "", "{}", operation.name);
                Some(false)
            }
        };
        assert_eq!(operation.full_replace, expected, "{}", operation.name);
        let described: serde_json::Value = serde_json::from_str(&operation.describe()).unwrap();
        assert_eq!(described["fullReplace"], serde_json::json!(expected), "{}", operation.name);
        *seen.entry(update).or_default() += 1;
    }
    assert!(["", "full", "partial", "unknown"].iter().all(|one| seen.contains_key(one)), "{seen:?}");
}

#[test]
fn a_put_or_patch_is_called_replace_where_it_replaces_and_nowhere_else() {
    for operation in Operation::all().filter(|o| matches!(o.method, Method::Put | Method::Patch)) {
        // Sending an object to storage is called what it is.
        let replaces = operation.full_replace == Some(true) && operation.host().is_some();
        assert_eq!(verb(operation) == "replace", replaces, "{}", operation.name);
    }
}

#[test]
fn names_that_say_that_something_goes_are_destructive() {
    let gone =
        ["delete", "bulkDelete", "remove", "erase", "revoke", "clear", "relinquishOwnership", "transfer"];
    for operation in Operation::all().filter(|operation| operation.method != Method::Get) {
        let verb = verb(operation);
        let starts = |start: &&str| {
            let rest = verb.strip_prefix(*start);
            rest.is_some_and(|rest| rest.chars().next().is_none_or(|letter| letter.is_ascii_uppercase()))
        };
        if operation.method == Method::Delete || gone.iter().any(starts) {
            assert!(operation.destructive, "{}", operation.name);
        }
        assert!(!(operation.safe && operation.destructive), "{}", operation.name);
    }
    let at = |method, path| Operation::all().find(|o| o.method == method && o.path == path).unwrap();
    assert!(at(Method::Post, "/api/v2/systems/{systemObjectId}/transfer").destructive);
    assert!(!at(Method::Get, "/api/users/reactivate/{id}").safe, "a GET that acts");
}

#[test]
fn a_get_that_acts_is_not_safe() {
    let reads = ["get", "list", "download", "validate", "is", "stats"];
    for operation in Operation::all().filter(|operation| operation.method == Method::Get) {
        let reads = reads.iter().any(|start| {
            let rest = verb(operation).strip_prefix(start);
            rest.is_some_and(|rest| rest.chars().next().is_none_or(|letter| letter.is_ascii_uppercase()))
        });
        assert_eq!(operation.safe, reads, "{}", operation.name);
    }
}

#[test]
fn no_scope_is_called_anonymous() {
    for operation in Operation::all() {
        assert!(!operation.scopes.contains(&"anonymous"), "{}", operation.name);
    }
}
