//! What the corrections promise, held against what tenants were recorded to answer (`tests/recorded`).

use std::collections::BTreeSet;
use std::path::PathBuf;

use jumpcloud_core::route;
use serde_json::Value;

use crate::description::{Description, Kind, Schema};

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
        // Who says so, and when: a year, or the file where it was recorded.
        let reason = correction["reason"].as_str().unwrap();
        let mut words = reason.split(|letter: char| !letter.is_ascii_alphanumeric());
        let dated =
            words.any(|word| word.len() == 4 && word.starts_with("20") && word.parse::<u16>().is_ok());
        assert!(dated, "{}: no source in {reason:?}", correction["target"]);
    }
}
