//! What playbooks give, in the vectors, is what they are described to give: every key of it, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jumpcloud_core::playbook::drift;
use jumpcloud_core::typed::models::{
    CommandRunResult, GroupMemberResult, SystemEnrichResult, UserStateResult,
};
use jumpcloud_core::typed::{Field, Model, unfit};
use jumpcloud_suite::vectors::read_all;
use serde_json::Value;

/// The results that the vectors expect, with the playbook's name and the vector's.
fn results() -> Vec<(String, String, Value)> {
    let mut results = Vec::new();
    for (name, vector) in read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors")).unwrap() {
        for call in vector["calls"].as_array().unwrap_or(&vec![vector.clone()]) {
            if let (Some(playbook), Some(result)) = (call["playbook"].as_str(), call["outcome"].get("result"))
            {
                results.push((playbook.to_owned(), name.clone(), result.clone()));
            }
        }
    }
    results
}

#[test]
fn every_result_is_as_its_playbook_describes_it() {
    let results = results();
    assert!(results.len() > 50, "{} results", results.len());
    for (playbook, vector, result) in results {
        assert_eq!(drift(&playbook, &result.to_string()).unwrap(), [], "{vector}");
    }
}

/// The schemas of `core/api/playbooks.json`: the others are JumpCloud's, of which no vector shows every key.
fn ours() -> BTreeSet<String> {
    let text = include_str!("../../../core/api/playbooks.json");
    let file: Value = serde_json::from_str(text).unwrap();
    file["components"]["schemas"].as_object().unwrap().keys().cloned().collect()
}

/// A schema with its keys: `see` is told the path of each that a schema of ours declares, and whether `value` has it.
fn walk(root: &Value, schema: &Value, value: Option<&Value>, path: &str, see: &mut dyn FnMut(String, bool)) {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        if ours().contains(name) {
            walk(root, &root["$defs"][name], value, path, see);
        }
        return;
    }
    for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        let there = value.and_then(|value| value.get(key));
        see(path.clone(), there.is_some());
        walk(root, inner, there, &path, see);
    }
    if let Some(inner) = schema.get("items") {
        let path = format!("{path}[]");
        match value.and_then(Value::as_array).filter(|items| !items.is_empty()) {
            Some(items) => items.iter().for_each(|item| walk(root, inner, Some(item), &path, see)),
            None => walk(root, inner, None, &path, see),
        }
    }
}

#[test]
fn every_key_that_is_described_is_given_in_some_vector() {
    let playbooks: Vec<Value> = serde_json::from_str(&jumpcloud_core::playbooks()).unwrap();
    let mut seen: BTreeMap<String, bool> = BTreeMap::new();
    let results = results();
    for playbook in &playbooks {
        let (name, schema) = (playbook["name"].as_str().unwrap(), &playbook["result"]);
        let given = results.iter().filter(|(of, ..)| of == name).map(|(.., result)| Some(result));
        for result in given.chain([None]) {
            walk(schema, schema, result, name, &mut |path, there| *seen.entry(path).or_default() |= there);
        }
    }
    let missing: Vec<_> = seen.iter().filter(|(_, there)| !**there).map(|(path, _)| path).collect();
    assert!(missing.is_empty(), "no vector gives {missing:#?}");
    assert!(seen.len() > 200, "{} keys", seen.len());
}

/// What changes something says so in the same way, whatever it changes.
#[test]
fn what_changes_something_says_what_was_and_what_is() {
    let playbooks: Vec<Value> = serde_json::from_str(&jumpcloud_core::playbooks()).unwrap();
    let changes = |name: &str| playbooks.iter().any(|known| known["name"] == name && known["safe"] == false);
    for (playbook, vector, result) in results().into_iter().filter(|(playbook, ..)| changes(playbook)) {
        let (before, after) = (&result["before"], &result["after"]);
        assert_eq!(before.is_null(), after.is_null(), "{vector}");
        let dry = result.get("requests").is_some();
        assert!(!(dry && result["changed"] == true), "{vector}");
        let planned = result["requests"].as_array().is_some_and(|requests| !requests.is_empty());
        // Nothing to do: it is as it was.
        if result["changed"] == false && !planned {
            assert_eq!(before, after, "{vector}");
        }
        // What is told of an object beside its state says who it is, not how it is.
        for key in after.as_object().into_iter().flat_map(|after| after.keys()) {
            let objects =
                result.as_object().unwrap().iter().filter(|(key, _)| *key != "before" && *key != "after");
            assert!(
                objects.clone().all(|(_, object)| object.get(key).is_none()),
                "{playbook}: {vector}: {key}"
            );
        }
    }
}

/// Typed Rust reads them: every key has its field, and every value fits.
#[test]
fn results_are_read_into_their_types() {
    fn read<T: Model + Field>(playbook: &str, results: &[(String, String, Value)]) -> Vec<T> {
        let mine = results.iter().filter(|(of, ..)| of == playbook);
        let typed: Vec<T> =
            mine.map(|(.., result)| serde_json::from_value(result.clone()).unwrap()).collect();
        assert!(!typed.is_empty() && typed.iter().all(|result| unfit(result).is_empty()), "{playbook}");
        typed
    }
    let results = results();
    let suspended = read::<UserStateResult>("users.suspend", &results);
    let states = |result: &UserStateResult| [&result.before, &result.after].map(|it| it.clone()?.state);
    let made = suspended.iter().find(|result| result.changed == Some(true)).unwrap();
    assert_eq!(states(made).map(|state| state.unwrap().to_string()), ["ACTIVATED", "SUSPENDED"]);
    assert!(
        suspended.iter().any(|result| result.requests.as_ref().is_some_and(|requests| requests.len() == 1))
    );
    read::<GroupMemberResult>("groups.addMember", &results);
    read::<SystemEnrichResult>("systems.enrich", &results);
    let ran = read::<CommandRunResult>("commands.run", &results);
    assert!(
        ran.iter().flat_map(|run| run.results.iter().flatten()).any(|result| result.exit_code == Some(127))
    );
}
