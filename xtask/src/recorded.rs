//! What the corrections promise, held against what tenants were recorded to answer (`tests/recorded`).

use std::collections::BTreeSet;
use std::path::PathBuf;

use jumpcloud_core::route;
use serde_json::Value;

use crate::description::{Description, Kind, Property, Schema};

fn root() -> PathBuf {
    crate::command::root().unwrap()
}

/// What is promised and did not come, and how often a promise was kept.
#[derive(Default)]
struct Promises {
    broken: Vec<String>,
    kept: BTreeSet<String>,
}

impl Promises {
    fn hold(&mut self, description: &Description, schema: &Schema, value: &Value, path: &str) {
        match (&schema.kind, value) {
            (Kind::Reference(name), value) => self.hold(description, &description.schemas[name], value, path),
            (Kind::Array(inner), Value::Array(items)) => {
                items.iter().for_each(|item| self.hold(description, inner, item, path));
            }
            (Kind::Map(inner), Value::Object(entries)) => {
                entries.values().for_each(|value| self.hold(description, inner, value, path));
            }
            (Kind::Object(properties), Value::Object(entries)) => {
                for property in properties {
                    let path = format!("{path}.{}", property.name);
                    match entries.get(&property.name) {
                        Some(value) => self.hold(description, &property.schema, value, &path),
                        None if property.always_sent => self.broken.push(path.clone()),
                        None => continue,
                    }
                    if property.always_sent {
                        self.kept.insert(path);
                    }
                }
            }
            _ => {}
        }
    }
}

#[test]
fn what_is_always_sent_was_sent_by_every_tenant() {
    let description = Description::read(&root()).unwrap();
    let mut promises = Promises::default();
    for file in ["replies.json", "live.json"] {
        let text = std::fs::read_to_string(root().join("tests/recorded").join(file)).unwrap();
        for recorded in serde_json::from_str::<Vec<Value>>(&text).unwrap() {
            let path = recorded["path"].as_str().unwrap().split('?').next().unwrap();
            let name = route::find(recorded["method"].as_str().unwrap(), path).unwrap().name;
            let operation = description.operations.iter().find(|operation| operation.name == name).unwrap();
            let status = recorded["status"].to_string();
            let replies = operation.replies.iter().filter(|reply| reply.status == status);
            for (_, schema) in replies.flat_map(|reply| &reply.content) {
                promises.hold(&description, schema, &recorded["body"], name);
            }
        }
    }
    assert!(promises.broken.is_empty(), "{:?}", promises.broken);
    for known in [
        "v1.systemUsers.list.results._id",
        "v1.applications.list.results._id",
        "v1.organizations.list.results._id",
        "v1.commands.create._id",
        "v2.userGroups.list.id",
        "v2.applications.users.list.paths.to.id",
        "v2.serviceAccounts.get.serviceAccount.objectId",
    ] {
        assert!(promises.kept.contains(known), "{known} in {:?}", promises.kept);
    }
}

/// The objects that a schema leads to without a key, or by the key of a list's items.
fn records<'a>(description: &'a Description, schema: &'a Schema, items: &str) -> Vec<&'a [Property]> {
    match &schema.kind {
        Kind::Reference(name) => records(description, &description.schemas[name], items),
        Kind::Array(inner) => records(description, inner, items),
        Kind::Object(properties) => {
            match properties.iter().find(|one| !items.is_empty() && one.name == items) {
                Some(list) => records(description, &list.schema, ""),
                None => vec![properties],
            }
        }
        _ => Vec::new(),
    }
}

/// v1's records are told apart by their `_id`, which is in every one of them: in lists, and where one comes alone.
#[test]
fn every_record_of_v1_that_has_an_id_always_has_it() {
    const ID: &str = "_id";
    let description = Description::read(&root()).unwrap();
    let (mut held, mut listed) = (0, 0);
    for operation in description.operations.iter().filter(|operation| operation.name.starts_with("v1.")) {
        let (items, identity) =
            operation.paging.as_ref().map_or(("", ""), |list| (&list.items, &list.identity));
        let replies = operation.replies.iter().filter(|reply| reply.status.starts_with('2'));
        for (_, schema) in replies.flat_map(|reply| &reply.content) {
            let found = records(&description, schema, items);
            let ids = found.iter().filter_map(|record| record.iter().find(|one| one.name == ID));
            let sent: Vec<bool> = ids.map(|id| id.always_sent).collect();
            assert!(sent.iter().all(|sent| *sent), "{}: {ID} is always sent", operation.name);
            assert!(identity != ID || sent.len() == 1, "{}: its items have no {ID}", operation.name);
            held += sent.len();
            listed += usize::from(identity == ID);
        }
    }
    assert!(held > 40 && listed > 10, "{held} records, {listed} lists");
}

/// Whether a correction lets something be null.
fn adds_null(value: &Value) -> bool {
    match value {
        Value::Object(entries) => entries.iter().any(|(key, value)| match (key.as_str(), value) {
            ("type", Value::Array(types)) => types.iter().any(|one| one == "null"),
            ("type", one) => one == "null",
            (_, value) => adds_null(value),
        }),
        Value::Array(items) => items.iter().any(adds_null),
        _ => false,
    }
}

#[test]
fn each_null_has_its_source() {
    let text = std::fs::read_to_string(root().join("core/api/corrections.json")).unwrap();
    let corrections: Vec<Value> = serde_json::from_str(&text).unwrap();
    let nulls: Vec<&Value> =
        corrections.iter().filter(|correction| adds_null(&correction["value"])).collect();
    assert!(!nulls.is_empty());
    for correction in nulls {
        let reason = correction["reason"].as_str().unwrap();
        assert!(source(reason).is_some(), "{}: no source in {reason:?}", correction["target"]);
        if let Some(Source::Recorded(file)) = source(reason) {
            let text = std::fs::read_to_string(root().join(file)).unwrap();
            let recorded: Value = serde_json::from_str(&text).unwrap();
            for name in names_of_nulls(correction) {
                assert!(was_null(&recorded, &name), "{}: no {name} is null in {file}", correction["target"]);
            }
        }
    }
}

/// Where a reader can look it up.
#[derive(Debug, PartialEq)]
enum Source<'a> {
    Address(&'a str),
    /// `owner/repository#number`
    Thread(&'a str),
    /// `owner/repository: path/file.ending`
    File(&'a str),
    /// `tests/recorded/…`, which is held against it.
    Recorded(&'a str),
    /// The reason says in words that there is none to look up.
    NotPublic,
}

fn source(reason: &str) -> Option<Source<'_>> {
    let words: Vec<&str> =
        reason.split_whitespace().map(|word| word.trim_matches(['(', ')', ',', ';', '.'])).collect();
    let repository = |name: &str| {
        let plain = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        name.split_once('/').is_some_and(|(owner, name)| plain(owner) && plain(name))
    };
    let is_file = |word: &str| {
        let (folder, name) = word.rsplit_once('/').unwrap_or(("", ""));
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        !folder.is_empty() && !ending.is_empty() && ending.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if let Some(file) = words.iter().find(|word| word.starts_with("tests/recorded/")) {
        return Some(Source::Recorded(file));
    }
    for (index, word) in words.iter().enumerate() {
        if word.strip_prefix("https://").is_some_and(|rest| rest.contains('/')) {
            return Some(Source::Address(word));
        }
        if let Some((name, number)) = word.split_once('#')
            && repository(name)
            && number.parse::<u32>().is_ok()
        {
            return Some(Source::Thread(word));
        }
        if word.strip_suffix(':').is_some_and(repository)
            && let Some(file) = words[index + 1..].iter().find(|word| is_file(word))
        {
            return Some(Source::File(file));
        }
    }
    reason.contains("No public source: the project's own ").then_some(Source::NotPublic)
}

/// The properties that a correction lets be null.
fn names_of_nulls(correction: &Value) -> BTreeSet<String> {
    fn look(value: &Value, name: &str, found: &mut BTreeSet<String>) {
        let is_null = |value: &Value| match &value["type"] {
            Value::Array(types) => types.iter().any(|one| one == "null"),
            one => one == "null",
        };
        let choices = value["anyOf"].as_array().is_some_and(|choices| choices.iter().any(is_null));
        if is_null(value) || choices {
            found.insert(name.to_owned());
        }
        for (name, value) in value.as_object().into_iter().flatten() {
            look(value, name, found);
        }
    }
    let mut found = BTreeSet::new();
    let at = correction["at"].as_str().unwrap();
    match at.rsplit('/').next().filter(|name| !name.is_empty()) {
        Some(name) => look(&correction["value"], name, &mut found),
        // The schema as a whole: whatever refers to it.
        None => {
            let name = correction["target"].as_str().unwrap().trim_start_matches("schema ");
            let reference = format!("#/components/schemas/{name}");
            let documents = Description::documents(&root()).unwrap();
            documents.values().for_each(|document| refer(document, &reference, &mut found));
        }
    }
    assert!(!found.is_empty(), "{correction}");
    found
}

/// The names of what refers to a schema.
fn refer(value: &Value, reference: &str, found: &mut BTreeSet<String>) {
    for (name, inner) in value.as_object().into_iter().flatten() {
        if inner["$ref"] == reference {
            found.insert(name.clone());
        }
        refer(inner, reference, found);
    }
    value.as_array().into_iter().flatten().for_each(|inner| refer(inner, reference, found));
}

fn was_null(value: &Value, name: &str) -> bool {
    let inside = value
        .as_object()
        .into_iter()
        .flatten()
        .any(|(key, value)| key == name && value.is_null() || was_null(value, name));
    inside || value.as_array().into_iter().flatten().any(|value| was_null(value, name))
}

#[test]
fn a_year_is_no_source() {
    for none in [
        "Null when it was cleared (2024).",
        "Comes as null, says the survey of 2026-11-28.",
        "The module's pull request 611 says so.",
        "See Set-JCSystem.ps1.",
        "It is in either/or: as everybody knows.",
        "https://nothing",
    ] {
        assert_eq!(source(none), None, "{none}");
    }
    assert_eq!(source("So it is (owner/some-tool#611, 2024)."), Some(Source::Thread("owner/some-tool#611")));
    let file = "Sent so (owner/tool: a folder/with/File.ps1, somewhere).";
    assert_eq!(source(file), Some(Source::File("folder/with/File.ps1")));
    assert_eq!(source("See https://example.com/a."), Some(Source::Address("https://example.com/a")));
    assert_eq!(source("So (tests/recorded/live.json)."), Some(Source::Recorded("tests/recorded/live.json")));
    assert_eq!(source("No public source: the project's own survey says it."), Some(Source::NotPublic));
}
