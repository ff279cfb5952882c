//! `core/api/corrections.json`: what the published description gets wrong, applied as it is read.
//!
//! A correction is an object:
//!
//! - `target`: `GET /api/systems`, `schema search`, or a group: `v1`, `GET v2`, `insights`
//!   (every operation of an API), `GET /api/v2/systeminsights/*` (every path that starts so),
//!   `all` (every object in every document). Or a list of these.
//! - `at`: a JSON pointer inside the target, empty for the target itself. In a list, a name
//!   finds the element with that `name`: `/parameters/filter/schema`.
//! - `op`: `set` (a missing parameter is added), `remove`, or `merge` (RFC 7396: `null` removes).
//! - `value`: for `set` and `merge`.
//! - `where`: only where the place holds these; `null` means absent, lists of values are equal.
//! - `except`: targets of a group, or `target pointer` places of `all`, left as they are.
//! - `reason`: why, and who says so.
//!
//! In a group, places that do not exist are passed over; elsewhere they are an error. A
//! correction that changes nothing is always an error: JumpCloud has corrected it, or moved it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use crate::import::Api;

/// Corrects the documents, by file name, in the order the corrections are listed.
pub(crate) fn apply(documents: &mut BTreeMap<String, Value>, corrections: &Value) -> Result<()> {
    let list = corrections.as_array().context("corrections.json is not a list")?;
    for correction in list {
        let correction =
            Correction::read(correction).with_context(|| format!("in correction {correction}"))?;
        for target in &correction.targets {
            correction.apply(target, documents).with_context(|| {
                format!("correction of {target} at {:?} ({})", correction.at, correction.reason)
            })?;
        }
    }
    Ok(())
}

struct Correction<'a> {
    targets: Vec<&'a str>,
    at: &'a str,
    change: Change<'a>,
    condition: Option<&'a Value>,
    except: BTreeSet<&'a str>,
    reason: &'a str,
}

enum Change<'a> {
    Set(&'a Value),
    Remove,
    Merge(&'a Value),
}

impl<'a> Correction<'a> {
    fn read(value: &'a Value) -> Result<Self> {
        let object = value.as_object().context("expected an object")?;
        for key in object.keys() {
            let known = ["at", "except", "op", "reason", "target", "value", "where"];
            ensure!(known.contains(&key.as_str()), "the key {key:?} is not known");
        }
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let texts = |key: &str| -> Vec<&'a str> {
            match value.get(key) {
                Some(Value::String(text)) => vec![text],
                Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            }
        };
        let given = value.get("value");
        let correction = Self {
            targets: texts("target"),
            at: text("at").unwrap_or_default(),
            change: match (text("op"), given) {
                (Some("set"), Some(value)) => Change::Set(value),
                (Some("merge"), Some(value)) => Change::Merge(value),
                (Some("remove"), None) => Change::Remove,
                _ => bail!("`op` is set or merge with a `value`, or remove without"),
            },
            condition: value.get("where"),
            except: texts("except").into_iter().collect(),
            reason: text("reason").unwrap_or_default(),
        };
        ensure!(!correction.targets.is_empty(), "`target` is missing");
        ensure!(!correction.reason.is_empty(), "`reason` is missing");
        ensure!(
            correction.at.is_empty() || correction.at.starts_with('/'),
            "`at` is a JSON pointer: empty, or starting with a slash"
        );
        Ok(correction)
    }

    fn apply(&self, target: &str, documents: &mut BTreeMap<String, Value>) -> Result<()> {
        let mut outcome = Outcome::default();
        if let Some(name) = target.strip_prefix("schema ") {
            let schema = documents
                .values_mut()
                .find_map(|document| document.get_mut("components")?.get_mut("schemas")?.get_mut(name))
                .context("there is no such schema")?;
            self.change(schema, true, &mut outcome)?;
        } else if target == "all" {
            for document in documents.values_mut() {
                for (label, value) in parts(document) {
                    self.everywhere(&label, String::new(), value, &mut outcome)?;
                }
            }
        } else {
            let (method, rest) = match target.split_once(' ') {
                Some((method, rest)) => (Some(method), rest),
                None => (None, target),
            };
            let prefix = rest.strip_suffix('*');
            let group = !rest.starts_with('/') || prefix.is_some();
            let mut found = false;
            for document in documents.values_mut() {
                for (label, value) in parts(document) {
                    let Some((its_method, path)) = label.split_once(" /") else {
                        continue;
                    };
                    let path = format!("/{path}");
                    let api = Api::of(&path).map(Api::label);
                    let named = match prefix {
                        Some(prefix) => path.starts_with(prefix),
                        None => path == rest || api == Some(rest),
                    };
                    if !named || method.is_some_and(|method| method != its_method) {
                        continue;
                    }
                    found = true;
                    if self.except.contains(label.as_str()) {
                        outcome.spared.insert(label);
                        continue;
                    }
                    self.change(value, !group, &mut outcome)?;
                }
            }
            ensure!(found, "there is no such operation");
        }
        ensure!(outcome.changed > 0, "it changes nothing any more: remove it");
        if let Some(unused) = self.except.iter().find(|place| !outcome.spared.contains(**place)) {
            bail!("the exception {unused:?} is not met any more");
        }
        Ok(())
    }

    /// Every object inside a part, the part itself included.
    fn everywhere(
        &self,
        label: &str,
        pointer: String,
        value: &mut Value,
        outcome: &mut Outcome,
    ) -> Result<()> {
        match value {
            Value::Object(object) => {
                for (key, inner) in object.iter_mut() {
                    self.everywhere(label, format!("{pointer}/{key}"), inner, outcome)?;
                }
            }
            Value::Array(list) => {
                for (index, inner) in list.iter_mut().enumerate() {
                    self.everywhere(label, format!("{pointer}/{index}"), inner, outcome)?;
                }
                return Ok(());
            }
            _ => return Ok(()),
        }
        let place = format!("{label} {pointer}");
        if self.except.contains(place.as_str()) {
            outcome.spared.insert(place);
            return Ok(());
        }
        self.change(value, false, outcome)
    }

    /// Changes one target. Unless `demanded`, a place that does not exist is passed over.
    fn change(&self, target: &mut Value, demanded: bool, outcome: &mut Outcome) -> Result<()> {
        if let Some(condition) = self.condition {
            let holds = place(target, self.at).is_some_and(|value| holds(value, condition));
            if !holds {
                ensure!(!demanded, "`where` does not hold any more");
                return Ok(());
            }
        }
        let changed = match &self.change {
            Change::Set(value) => set(target, self.at, value),
            Change::Merge(patch) => place(target, self.at).map(|value| {
                let before = value.clone();
                merge(value, patch);
                *value != before
            }),
            Change::Remove => remove(target, self.at),
        };
        match changed {
            Some(true) => outcome.changed += 1,
            Some(false) => ensure!(!demanded, "it is so already: remove the correction"),
            None => ensure!(!demanded, "there is no such place"),
        }
        Ok(())
    }
}

#[derive(Default)]
struct Outcome {
    changed: usize,
    spared: BTreeSet<String>,
}

/// Operations as `GET /path` and schemas as `schema Name`.
fn parts(document: &mut Value) -> Vec<(String, &mut Value)> {
    let mut found = Vec::new();
    let Some(document) = document.as_object_mut() else {
        return found;
    };
    for (key, section) in document {
        match key.as_str() {
            "paths" => {
                for (path, item) in section.as_object_mut().into_iter().flatten() {
                    for (method, operation) in item.as_object_mut().into_iter().flatten() {
                        found.push((format!("{} {path}", method.to_uppercase()), operation));
                    }
                }
            }
            "components" => {
                let schemas = section.get_mut("schemas").and_then(Value::as_object_mut);
                for (name, schema) in schemas.into_iter().flatten() {
                    found.push((format!("schema {name}"), schema));
                }
            }
            _ => {}
        }
    }
    found
}

fn segments(at: &str) -> Vec<String> {
    at.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect()
}

fn index_of(list: &[Value], segment: &str) -> Option<usize> {
    list.iter()
        .position(|element| element.get("name").and_then(Value::as_str) == Some(segment))
        .or_else(|| segment.parse().ok().filter(|index| *index < list.len()))
}

fn step<'v>(value: &'v mut Value, segment: &str) -> Option<&'v mut Value> {
    match value {
        Value::Object(object) => object.get_mut(segment),
        Value::Array(list) => {
            let index = index_of(list, segment)?;
            list.get_mut(index)
        }
        _ => None,
    }
}

fn place<'v>(value: &'v mut Value, at: &str) -> Option<&'v mut Value> {
    segments(at).iter().try_fold(value, |value, segment| step(value, segment))
}

/// Whether it changed anything; nothing if the place's parent does not exist.
fn set(target: &mut Value, at: &str, new: &Value) -> Option<bool> {
    let mut path = segments(at);
    let last = match path.pop() {
        Some(last) => last,
        None => {
            let changed = target != new;
            *target = new.clone();
            return Some(changed);
        }
    };
    if path == ["parameters"] {
        target.as_object_mut()?.entry("parameters").or_insert_with(|| Value::Array(Vec::new()));
    }
    let parent = path.iter().try_fold(target, |value, segment| step(value, segment))?;
    match parent {
        Value::Object(object) => {
            let changed = object.get(&last) != Some(new);
            object.insert(last, new.clone());
            Some(changed)
        }
        Value::Array(list) => match index_of(list, &last) {
            Some(index) => {
                let element = list.get_mut(index)?;
                let changed = element != new;
                *element = new.clone();
                Some(changed)
            }
            None => {
                list.push(new.clone());
                Some(true)
            }
        },
        _ => None,
    }
}

fn remove(target: &mut Value, at: &str) -> Option<bool> {
    let mut path = segments(at);
    let last = path.pop()?;
    let parent = path.iter().try_fold(target, |value, segment| step(value, segment))?;
    match parent {
        Value::Object(object) => object.remove(&last).map(|_| true),
        Value::Array(list) => {
            let index = index_of(list, &last)?;
            list.remove(index);
            Some(true)
        }
        _ => None,
    }
}

/// JSON Merge Patch (RFC 7396).
fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let Some(object) = value.as_object_mut() else {
        return;
    };
    for (key, inner) in patch {
        if inner.is_null() {
            object.remove(key);
        } else {
            merge(object.entry(key.clone()).or_insert(Value::Null), inner);
        }
    }
}

fn holds(value: &Value, condition: &Value) -> bool {
    match condition {
        Value::Object(condition) => {
            condition.iter().all(|(key, expected)| match (value.get(key), expected) {
                (None, Value::Null) => true,
                (None, _) | (_, Value::Null) => false,
                (Some(value), expected) => holds(value, expected),
            })
        }
        other => value == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn documents() -> BTreeMap<String, Value> {
        let document = json!({
            "paths": {
                "/api/things": {
                    "get": {
                        "parameters": [
                            { "in": "query", "name": "limit", "schema": { "type": "integer" } },
                            { "in": "query", "name": "filter", "schema": { "type": "string" } },
                        ],
                        "responses": { "200": { "description": "" } },
                    },
                    "post": { "responses": {} },
                },
                "/api/v2/things/{id}": {
                    "get": {
                        "parameters": [
                            { "in": "path", "name": "id", "schema": { "type": "string", "format": "byte" } },
                        ],
                        "responses": {},
                    },
                },
            },
            "components": { "schemas": {
                "Thing": { "properties": {
                    "id": { "type": "string", "format": "byte" },
                    "picture": { "type": "string", "format": "byte" },
                } },
            } },
        });
        BTreeMap::from([("console.json".to_owned(), document)])
    }

    fn corrected(correction: Value) -> Result<Value> {
        let mut documents = documents();
        apply(&mut documents, &json!([correction]))?;
        documents.remove("console.json").context("the document is gone")
    }

    fn refusal(correction: Value) -> String {
        format!("{:#}", corrected(correction).unwrap_err())
    }

    #[test]
    fn one_operation_is_corrected_by_parameter_name() {
        let document = corrected(json!({
            "target": "GET /api/things", "at": "/parameters/filter", "op": "merge",
            "value": { "schema": { "type": "array" }, "explode": true }, "reason": "r",
        }))
        .unwrap();
        assert_eq!(
            document["paths"]["/api/things"]["get"]["parameters"][1],
            json!({ "in": "query", "name": "filter", "schema": { "type": "array" }, "explode": true })
        );
    }

    #[test]
    fn a_group_takes_what_there_is_and_spares_exceptions() {
        let document = corrected(json!({
            "target": "v1", "at": "/x-jc-effect", "op": "set", "value": "safe",
            "except": ["POST /api/things"], "reason": "r",
        }))
        .unwrap();
        assert_eq!(document["paths"]["/api/things"]["get"]["x-jc-effect"], "safe");
        assert_eq!(document["paths"]["/api/things"]["post"].get("x-jc-effect"), None);
        assert_eq!(document["paths"]["/api/v2/things/{id}"]["get"].get("x-jc-effect"), None);
    }

    #[test]
    fn a_missing_parameter_is_added() {
        let header = json!({ "in": "header", "name": "x-org-id" });
        let document = corrected(json!({
            "target": "GET v1", "at": "/parameters/x-org-id", "op": "set", "value": header, "reason": "r",
        }))
        .unwrap();
        assert_eq!(document["paths"]["/api/things"]["get"]["parameters"][2], header);
        let document = corrected(json!({
            "target": "POST /api/things", "at": "/parameters/x-org-id", "op": "set", "value": header,
            "reason": "r",
        }))
        .unwrap();
        assert_eq!(document["paths"]["/api/things"]["post"]["parameters"], json!([header]));
    }

    #[test]
    fn a_rule_reaches_every_object() {
        let document = corrected(json!({
            "target": "all", "at": "", "op": "merge", "where": { "format": "byte" },
            "value": { "format": null }, "except": ["schema Thing /properties/picture"], "reason": "r",
        }))
        .unwrap();
        let thing = &document["components"]["schemas"]["Thing"]["properties"];
        assert_eq!(thing["id"], json!({ "type": "string" }));
        assert_eq!(thing["picture"], json!({ "type": "string", "format": "byte" }));
        let id = &document["paths"]["/api/v2/things/{id}"]["get"]["parameters"][0]["schema"];
        assert_eq!(*id, json!({ "type": "string" }));
    }

    #[test]
    fn stale_corrections_are_named() {
        for (correction, part) in [
            (json!({ "target": "GET /api/gone", "op": "set", "at": "/a", "value": 1 }), "GET /api/gone"),
            (json!({ "target": "schema Gone", "op": "remove", "at": "/type" }), "schema Gone"),
            (json!({ "target": "schema Thing", "op": "remove", "at": "/type" }), "no such place"),
            (
                json!({ "target": "schema Thing", "op": "set", "at": "/properties/id/type", "value": "string" }),
                "is so already",
            ),
            (
                json!({ "target": "v1", "op": "merge", "at": "/parameters/limit/schema",
                    "value": { "type": "integer" } }),
                "changes nothing any more",
            ),
            (
                json!({ "target": "schema Thing", "op": "merge", "at": "/properties/id",
                    "where": { "format": null }, "value": { "type": "integer" } }),
                "`where` does not hold",
            ),
            (
                json!({ "target": "v1", "op": "set", "at": "/deprecated", "value": true,
                    "except": ["GET /api/elsewhere"] }),
                "GET /api/elsewhere",
            ),
            (json!({ "target": "v1", "op": "set", "at": "/deprecated" }), "`op` is"),
            (json!({ "target": "v1", "op": "remove", "at": "/deprecated", "vlaue": 1 }), "vlaue"),
        ] {
            let mut correction = correction;
            correction["reason"] = "r".into();
            let refusal = refusal(correction);
            assert!(refusal.contains(part), "{refusal} does not name {part}");
        }
    }

    #[test]
    fn the_committed_corrections_fit_the_committed_documents() {
        let directory = crate::command::root().unwrap().join("core/api");
        let mut documents = crate::import::load(&directory).unwrap();
        assert_eq!(documents.len(), crate::description::DOCUMENTS.len());
        let text = std::fs::read_to_string(directory.join("corrections.json")).unwrap();
        let corrections: Value = serde_json::from_str(&text).unwrap();
        apply(&mut documents, &corrections).unwrap();
        // Twice is once too often: each one changes something, and says so when it does not.
        for correction in corrections.as_array().unwrap() {
            let error = apply(&mut documents, &json!([correction])).unwrap_err();
            assert!(format!("{error:#}").contains("correction of"), "{error:#}");
        }
    }
}
