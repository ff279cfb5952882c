//! Facts that only our files have, and that a description does not carry, outlive its import.

use serde_json::{Map, Value};

use super::document::text_at;
use super::normalise::{OPERATION_EXTENSIONS, Operation};
use crate::names::letters;

/// Where the names stand that something had before: JumpCloud does not know them any more, programs still say them.
pub(crate) const FORMER: &str = "x-jc-former-names";
const FORMER_IDS: &str = "x-jc-former-operation-ids";

/// Of an operation before the import and after it.
pub(crate) fn carry_operation(before: &Operation, after: &mut Operation) {
    let mut before = before.clone();
    let old_id = before.facts.get("operationId").cloned();
    let legacy_id = before.facts.get("x-legacy-operation-id");
    if let Some(old_id) = old_id {
        match after.facts.get("operationId").cloned() {
            // An older description: its id is an alias already.
            None => {
                after.facts.insert("operationId".to_owned(), old_id);
            }
            Some(id) if Some(&id) == legacy_id => {
                after.facts.insert("operationId".to_owned(), old_id);
            }
            // Renamed by JumpCloud: callers who use the old id keep it.
            Some(id) if id != old_id => give_up(&mut before.facts, FORMER_IDS, &old_id, &id),
            Some(_) => {}
        }
    }
    for (key, value) in &before.facts {
        let ours =
            OPERATION_EXTENSIONS.contains(&key.as_str()) || matches!(key.as_str(), "tags" | "security");
        if ours && !after.facts.contains_key(key) {
            after.facts.insert(key.clone(), value.clone());
        }
    }
    let mut facts = Value::Object(std::mem::take(&mut after.facts));
    carry(&Value::Object(before.facts), &mut facts);
    if let Value::Object(facts) = facts {
        after.facts = facts;
    }
}

/// Remembers the old name under `key`, or forgets a change that the new name undoes.
pub(crate) fn give_up(facts: &mut Map<String, Value>, key: &str, old: &Value, new: &Value) {
    let mut former = match facts.remove(key) {
        Some(Value::Array(former)) => former,
        _ => Vec::new(),
    };
    match former.iter().position(|name| name == new) {
        Some(index) => drop(former.remove(index)),
        None => former.push(old.clone()),
    }
    if !former.is_empty() {
        facts.insert(key.to_owned(), Value::Array(former));
    }
}

/// A former name that is not kept: another parameter is called so now.
#[derive(Debug, PartialEq)]
pub(crate) struct Taken {
    pub(crate) former: String,
    /// The name of the parameter that had it.
    pub(crate) now: String,
}

/// Forgets each former name that is also a current one of the same operation, and gives it with the parameter that had
/// it: whoever says it gives that other parameter, so it cannot mean this one as well. So it is when two parameters of a
/// path swap their names, and when a new parameter takes a name that an old one has given up.
pub(crate) fn forget_taken_names(facts: &mut Map<String, Value>) -> Vec<Taken> {
    let body = facts.contains_key("requestBody").then(|| "body".to_owned());
    let Some(parameters) = facts.get_mut("parameters").and_then(Value::as_array_mut) else {
        return Vec::new();
    };
    let current: Vec<String> =
        parameters.iter().map(|parameter| text_at(parameter, "name").to_owned()).chain(body).collect();
    let mut taken = Vec::new();
    for (now, parameter) in current.iter().zip(parameters) {
        let Some(facts) = parameter.as_object_mut() else { continue };
        let Some(Value::Array(former)) = facts.get_mut(FORMER) else { continue };
        former.retain(|former| {
            let former = former.as_str().unwrap_or_default();
            // Case and the marks between words tell no names apart: each language writes them in its own way.
            let is_taken = current.iter().any(|other| other != now && letters(other) == letters(former));
            if is_taken {
                taken.push(Taken { former: former.to_owned(), now: now.clone() });
            }
            !is_taken
        });
        if former.is_empty() {
            facts.remove(FORMER);
        }
    }
    taken
}

/// Copies `x-jc-*` keys that `after` lacks, and properties that only older descriptions have
/// (marked `"x-jc-source": "older"`), at every place that both have.
pub(crate) fn carry(before: &Value, after: &mut Value) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, old) in before {
                match after.get_mut(key) {
                    None if key.starts_with("x-jc-") => {
                        after.insert(key.clone(), old.clone());
                    }
                    None => {}
                    Some(new) => {
                        if key == "properties" {
                            carry_older_properties(old, new);
                        }
                        carry(old, new);
                    }
                }
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            let named = |value: &Value| value.get("in").is_some() && value.get("name").is_some();
            if before.iter().all(named) && after.iter().all(named) {
                for new in after {
                    let same = |old: &&Value| old["in"] == new["in"] && old["name"] == new["name"];
                    if let Some(old) = before.iter().find(same) {
                        carry(old, new);
                    }
                }
            } else if before.len() == after.len() {
                before.iter().zip(after).for_each(|(old, new)| carry(old, new));
            }
        }
        _ => {}
    }
}

fn carry_older_properties(before: &Value, after: &mut Value) {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object_mut()) else {
        return;
    };
    for (name, old) in before {
        let older = old.get("x-jc-source").is_some_and(|source| source == "older");
        if older && !after.contains_key(name) {
            after.insert(name.clone(), old.clone());
        }
    }
}
