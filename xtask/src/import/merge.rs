//! Merges a description into the committed documents and tells what that changes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

use super::Api;
use super::additions::Additions;
use super::carry::{FORMER, carry, carry_operation, forget_taken_names, give_up};
use super::document::{METHODS, object_at, text_at};
use super::normalise::{Description, Operation};
use super::report::{Move, Report};

/// Method and path with the names of path parameters left out.
pub(crate) type Key = (String, String);

/// The committed documents by file name. Files that are not there yet are made.
pub(crate) fn merge(documents: &mut BTreeMap<String, Value>, description: &Description) -> Result<Report> {
    let covered: BTreeSet<Api> = description.operations.iter().map(|o| o.api).collect();
    let mut report = Report::default();
    let mut additions = Additions::read(documents)?;
    let files: BTreeSet<&str> = covered.iter().map(|api| api.file()).collect();
    for file in files {
        let before = documents.get(file).cloned().unwrap_or_else(|| super::empty_document(file));
        let after = merge_file(file, &before, description, &covered, &mut additions, &mut report)?;
        documents.insert(file.to_owned(), after);
    }
    additions.write(documents);
    Ok(report)
}

fn merge_file(
    file: &str,
    before: &Value,
    description: &Description,
    covered: &BTreeSet<Api>,
    additions: &mut Additions,
    report: &mut Report,
) -> Result<Value> {
    let imported: Vec<&Operation> =
        description.operations.iter().filter(|operation| operation.api.file() == file).collect();
    let renamed = clashing_names(before, description, &imported, covered);

    let mut existing: BTreeMap<Key, Operation> = BTreeMap::new();
    for operation in operations(before)? {
        report.share(operation.api).known += 1;
        if let Some(twin) = existing.insert(key(&operation), operation) {
            bail!("{} is in {file} twice", label(&twin));
        }
    }
    let mut result: BTreeMap<Key, Operation> = BTreeMap::new();
    for &operation in &imported {
        let mut operation = operation.clone();
        for value in operation.facts.values_mut() {
            rewrite_references(value, &renamed);
        }
        let mut before = existing.remove(&key(&operation));
        if before.is_none() {
            before = additions.take(&operation);
            report.described.extend(before.as_ref().map(label));
        }
        if let Some(before) = &mut before {
            if before.facts.contains_key("x-jc-legacy") && !operation.facts.contains_key("x-jc-legacy") {
                report.legacy.insert(label(&operation));
            }
            if before.path != operation.path {
                let mut renamed = before.clone();
                rename_path_parameters(&mut renamed, &operation.path);
                before.facts = renamed.facts;
                report.moved.push(Move::of(before, &operation.path));
            }
            carry_operation(before, &mut operation);
            report.forget_taken_names(&mut operation);
            // What was never kept is no change either.
            forget_taken_names(&mut before.facts);
        }
        match before {
            None => report.added.push(operation.clone()),
            Some(before) => report.change(&before, &operation),
        }
        if let Some(twin) = result.insert(key(&operation), operation) {
            bail!("{} is in the description twice", label(&twin));
        }
    }
    for (key, mut operation) in existing {
        let legacy = operation.facts.get("x-jc-legacy") == Some(&Value::Bool(true));
        if covered.contains(&operation.api) && !legacy {
            report.drop(&operation);
            continue;
        }
        // A path keeps one spelling, whatever its parameters are called in older operations.
        follow(&mut operation, &result, report);
        result.insert(key, operation);
    }
    for addition in additions.operations.values_mut() {
        follow(addition, &result, report);
    }

    let mut paths: Map<String, Value> = Map::new();
    for operation in result.into_values() {
        let item = paths.entry(operation.path).or_insert_with(|| json!({}));
        item[operation.method] = Value::Object(operation.facts);
    }
    let old_schemas = schemas(before);
    let mut all = old_schemas.clone();
    for name in reachable(imported.iter().map(|o| &o.facts), &description.schemas) {
        let Some(schema) = description.schemas.get(&name) else {
            continue;
        };
        let mut schema = schema.clone();
        rewrite_references(&mut schema, &renamed);
        let target = renamed.get(&name).unwrap_or(&name);
        if let Some(old) = old_schemas.get(target).or_else(|| old_schemas.get(&name)) {
            carry(old, &mut schema);
        }
        all.insert(target.clone(), schema);
    }
    // What only an addition refers to stays as well.
    let roots = paths.values().filter_map(Value::as_object);
    let mut known = additions.schemas.clone();
    known.extend(all.clone());
    let used = reachable(roots.chain(additions.operations.values().map(|o| &o.facts)), &known);
    let new_schemas: Map<String, Value> = all.into_iter().filter(|(name, _)| used.contains(name)).collect();
    for (name, schema) in &new_schemas {
        match old_schemas.get(name) {
            None => {
                report.schemas_added.insert(name.clone());
            }
            Some(old) => {
                let mut changes = Vec::new();
                differences(old, schema, "", &mut changes);
                if !changes.is_empty() {
                    report.schemas_changed.insert(name.clone(), changes);
                }
            }
        }
    }
    for (name, schema) in old_schemas.iter().filter(|(name, _)| !new_schemas.contains_key(*name)) {
        report.remove(name, schema);
    }

    let mut after = before.clone();
    let schemes = security_schemes(before, description, &paths);
    after["paths"] = Value::Object(paths);
    let mut components = Map::new();
    if !new_schemas.is_empty() {
        components.insert("schemas".into(), Value::Object(new_schemas));
    }
    if !schemes.is_empty() {
        components.insert("securitySchemes".into(), Value::Object(schemes));
    }
    after["components"] = Value::Object(components);
    Ok(after)
}

/// v1 and v2 were described apart and use some names for different things, but live in one
/// file here. A description of only one of them must not replace what the other means by a
/// name: then its own version is called `api_v2.Name`, as JumpCloud's joint description does.
fn clashing_names(
    before: &Value,
    description: &Description,
    imported: &[&Operation],
    covered: &BTreeSet<Api>,
) -> BTreeMap<String, String> {
    let mut renamed = BTreeMap::new();
    let apis: BTreeSet<Api> = imported.iter().map(|operation| operation.api).collect();
    let (Some(api), 1) = (apis.first(), apis.len()) else {
        return renamed;
    };
    let old = schemas(before);
    let untouched: Vec<Operation> = operations(before)
        .unwrap_or_default()
        .into_iter()
        .filter(|operation| !covered.contains(&operation.api))
        .collect();
    let others = reachable(untouched.iter().map(|o| &o.facts), &old);
    let names = reachable(imported.iter().map(|o| &o.facts), &description.schemas);
    let prefixed = |name: &str| format!("api_{}.{name}", api.label());
    for name in &names {
        if old.contains_key(&prefixed(name)) && !description.schemas.contains_key(&prefixed(name)) {
            renamed.insert(name.clone(), prefixed(name));
        }
    }
    // A renamed schema changes those that refer to it, which may make them clash in turn.
    loop {
        let clash = names.iter().find(|name| {
            if renamed.contains_key(*name) || !others.contains(*name) {
                return false;
            }
            let (Some(old), Some(new)) = (old.get(*name), description.schemas.get(*name)) else {
                return false;
            };
            let mut new = new.clone();
            rewrite_references(&mut new, &renamed);
            carry(old, &mut new);
            new != *old
        });
        match clash {
            Some(name) => renamed.insert(name.clone(), prefixed(name)),
            None => return renamed,
        };
    }
}

/// The operations of a committed document.
pub(crate) fn operations(document: &Value) -> Result<Vec<Operation>> {
    let mut found = Vec::new();
    for (path, item) in object_at(document, "paths").into_iter().flatten() {
        let Some(api) = Api::of(path) else {
            bail!("{path} belongs to no API known here");
        };
        for method in METHODS {
            if let Some(facts) = item.get(method).and_then(Value::as_object) {
                found.push(Operation {
                    api,
                    method: method.to_owned(),
                    path: path.clone(),
                    facts: facts.clone(),
                });
            }
        }
    }
    Ok(found)
}

pub(crate) fn label(operation: &Operation) -> String {
    format!("{} {}", operation.method.to_uppercase(), operation.path)
}

/// Gives an operation the spelling that its path has in others.
fn follow(operation: &mut Operation, others: &BTreeMap<Key, Operation>, report: &mut Report) {
    let (_, plain) = key(operation);
    let sibling = others.iter().find(|((_, path), _)| *path == plain).map(|(_, sibling)| &sibling.path);
    if let Some(path) = sibling.filter(|path| **path != operation.path) {
        report.moved.push(Move::of(operation, path));
        rename_path_parameters(operation, path);
        report.forget_taken_names(operation);
    }
}

pub(crate) fn key(operation: &Operation) -> Key {
    let path = operation.path.split('/').map(without_parameter_names).collect::<Vec<_>>().join("/");
    (operation.method.clone(), path)
}

fn without_parameter_names(segment: &str) -> String {
    let mut rest = segment;
    let mut result = String::new();
    while let Some((literal, after)) = rest.split_once('{') {
        result.push_str(literal);
        result.push_str("{}");
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    result + rest
}

pub(crate) fn parameter_names(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0)).collect()
}

/// Renames the path's parameters, whose old names stay known.
fn rename_path_parameters(operation: &mut Operation, path: &str) {
    let names: BTreeMap<String, String> = parameter_names(&operation.path)
        .into_iter()
        .zip(parameter_names(path))
        .map(|(old, new)| (old.to_owned(), new.to_owned()))
        .collect();
    for parameter in parameters_mut(&mut operation.facts) {
        if text_at(parameter, "in") == "path"
            && let Some(new) = names.get(text_at(parameter, "name"))
            && let Some(facts) = parameter.as_object_mut()
            && let new = Value::String(new.clone())
            && let Some(old) = facts.insert("name".to_owned(), new.clone()).filter(|old| *old != new)
        {
            give_up(facts, FORMER, &old, &new);
        }
    }
    operation.path = path.to_owned();
}

fn parameters_mut(facts: &mut Map<String, Value>) -> impl Iterator<Item = &mut Value> {
    facts.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten()
}

pub(crate) fn schemas(document: &Value) -> Map<String, Value> {
    document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Of the schemes known before or described now, those that an operation names.
fn security_schemes(
    before: &Value,
    description: &Description,
    paths: &Map<String, Value>,
) -> Map<String, Value> {
    let named: BTreeSet<&String> = paths
        .values()
        .filter_map(Value::as_object)
        .flat_map(Map::values)
        .filter_map(|operation| operation.get("security")?.as_array())
        .flatten()
        .filter_map(Value::as_object)
        .flat_map(Map::keys)
        .collect();
    let mut schemes =
        before.pointer("/components/securitySchemes").and_then(Value::as_object).cloned().unwrap_or_default();
    schemes.extend(description.security_schemes.clone());
    schemes.retain(|name, _| named.contains(name));
    schemes
}

/// Names of the schemas that these values refer to, directly or through one another.
pub(crate) fn reachable<'a>(
    roots: impl Iterator<Item = &'a Map<String, Value>>,
    schemas: &Map<String, Value>,
) -> BTreeSet<String> {
    let mut open = Vec::new();
    for root in roots {
        root.values().for_each(|value| collect_references(value, &mut open));
    }
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        let schema = schemas.get(&name);
        if found.insert(name)
            && let Some(schema) = schema
        {
            collect_references(schema, &mut open);
        }
    }
    found
}

const SCHEMA_PREFIX: &str = "#/components/schemas/";

fn collect_references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                names.extend(reference.strip_prefix(SCHEMA_PREFIX).map(str::to_owned));
            }
            object.values().for_each(|value| collect_references(value, names));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_references(value, names)),
        _ => {}
    }
}

fn rewrite_references(value: &mut Value, renamed: &BTreeMap<String, String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get_mut("$ref") {
                let name = reference.strip_prefix(SCHEMA_PREFIX);
                if let Some(new) = name.and_then(|name| renamed.get(name)) {
                    *reference = format!("{SCHEMA_PREFIX}{new}");
                }
            }
            object.values_mut().for_each(|value| rewrite_references(value, renamed));
        }
        Value::Array(values) => {
            values.iter_mut().for_each(|value| rewrite_references(value, renamed));
        }
        _ => {}
    }
}

/// Every fact that differs, as `place: old → new`, with `none` where there is nothing.
pub(crate) fn differences(old: &Value, new: &Value, place: &str, found: &mut Vec<String>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let inner = below(place, name);
                difference(old.get(name), new.get(name), &inner, found);
            }
        }
        (Value::Array(old), Value::Array(new)) if place == "parameters" => {
            let name = |value: &Value| (text_at(value, "in").to_owned(), text_at(value, "name").to_owned());
            let names: BTreeSet<(String, String)> = old.iter().chain(new).map(name).collect();
            for id in names {
                let of = |list: &[Value]| list.iter().find(|value| name(value) == id).cloned();
                let inner = format!("{place}.{}", id.1);
                difference(of(old).as_ref(), of(new).as_ref(), &inner, found);
            }
        }
        _ => found.push(format!("{place}: {} → {}", short(old), short(new))),
    }
}

fn difference(old: Option<&Value>, new: Option<&Value>, place: &str, found: &mut Vec<String>) {
    match (old, new) {
        (Some(old), Some(new)) => differences(old, new, place, found),
        (Some(old), None) => found.push(format!("{place}: {} → none", short(old))),
        (None, Some(new)) => found.push(format!("{place}: none → {}", short(new))),
        (None, None) => {}
    }
}

fn below(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

fn short(value: &Value) -> String {
    const LONGEST: usize = 160;
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}
