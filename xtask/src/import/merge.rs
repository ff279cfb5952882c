//! Merges a description into the committed documents and tells what that changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

use super::Api;
use super::document::{METHODS, object_at, text_at};
use super::normalise::{Description, OPERATION_EXTENSIONS, Operation};

/// What an import adds, changes and drops. Changes are `path: old → new`, one a line.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) added: Vec<Operation>,
    pub(crate) changed: BTreeMap<String, Vec<String>>,
    pub(crate) dropped: BTreeSet<String>,
    /// Described now, although marked as in older descriptions only.
    pub(crate) legacy: BTreeSet<String>,
    pub(crate) schemas_added: BTreeSet<String>,
    pub(crate) schemas_changed: BTreeMap<String, Vec<String>>,
    pub(crate) schemas_removed: BTreeSet<String>,
}

/// Method and path with the names of path parameters left out.
type Key = (String, String);

/// The committed documents by file name. Files that are not there yet are made.
pub(crate) fn merge(documents: &mut BTreeMap<String, Value>, description: &Description) -> Result<Report> {
    let covered: BTreeSet<Api> = description.operations.iter().map(|o| o.api).collect();
    let mut report = Report::default();
    let files: BTreeSet<&str> = covered.iter().map(|api| api.file()).collect();
    for file in files {
        let before = documents.get(file).cloned().unwrap_or_else(|| super::empty_document(file));
        let after = merge_file(file, &before, description, &covered, &mut report)?;
        documents.insert(file.to_owned(), after);
    }
    Ok(report)
}

fn merge_file(
    file: &str,
    before: &Value,
    description: &Description,
    covered: &BTreeSet<Api>,
    report: &mut Report,
) -> Result<Value> {
    let imported: Vec<&Operation> =
        description.operations.iter().filter(|operation| operation.api.file() == file).collect();
    let renamed = clashing_names(before, description, &imported, covered);

    let mut existing: BTreeMap<Key, Operation> = BTreeMap::new();
    for operation in operations(before)? {
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
        let before = existing.remove(&key(&operation));
        if let Some(before) = &before {
            if before.facts.contains_key("x-jc-legacy") && !operation.facts.contains_key("x-jc-legacy") {
                report.legacy.insert(label(&operation));
            }
            carry_operation(before, &mut operation);
        }
        match before {
            None => report.added.push(operation.clone()),
            Some(before) => {
                let mut changes = Vec::new();
                if before.path != operation.path {
                    changes.push(format!("path: {} → {}", before.path, operation.path));
                }
                let old = Value::Object(before.facts.clone());
                let new = Value::Object(operation.facts.clone());
                differences(&old, &new, "", &mut changes);
                if !changes.is_empty() {
                    report.changed.insert(label(&operation), changes);
                }
            }
        }
        if let Some(twin) = result.insert(key(&operation), operation) {
            bail!("{} is in the description twice", label(&twin));
        }
    }
    for (key, mut operation) in existing {
        let legacy = operation.facts.get("x-jc-legacy") == Some(&Value::Bool(true));
        if covered.contains(&operation.api) && !legacy {
            report.dropped.insert(label(&operation));
            continue;
        }
        // A path keeps one spelling, whatever its parameters are called in older operations.
        if let Some(path) =
            result.iter().find(|((_, path), _)| *path == key.1).map(|(_, sibling)| sibling.path.clone())
        {
            rename_path_parameters(&mut operation, &path);
        }
        result.insert(key, operation);
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
    let used = reachable(paths.values().filter_map(Value::as_object), &all);
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
    let removed = old_schemas.keys().filter(|name| !new_schemas.contains_key(*name));
    report.schemas_removed.extend(removed.cloned());

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

fn key(operation: &Operation) -> Key {
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

fn parameter_names(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0)).collect()
}

fn rename_path_parameters(operation: &mut Operation, path: &str) {
    let names: BTreeMap<String, String> = parameter_names(&operation.path)
        .into_iter()
        .zip(parameter_names(path))
        .map(|(old, new)| (old.to_owned(), new.to_owned()))
        .collect();
    for parameter in parameters_mut(&mut operation.facts) {
        if text_at(parameter, "in") == "path"
            && let Some(new) = names.get(text_at(parameter, "name"))
        {
            parameter["name"] = new.clone().into();
        }
    }
    operation.path = path.to_owned();
}

fn parameters_mut(facts: &mut Map<String, Value>) -> impl Iterator<Item = &mut Value> {
    facts.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten()
}

fn schemas(document: &Value) -> Map<String, Value> {
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
fn reachable<'a>(
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

/// Facts that only our file has outlive a description that does not carry them.
fn carry_operation(before: &Operation, after: &mut Operation) {
    let old_id = before.facts.get("operationId");
    let legacy_id = before.facts.get("x-legacy-operation-id");
    match after.facts.get("operationId") {
        None => {
            after.facts.extend(old_id.map(|id| ("operationId".to_owned(), id.clone())));
        }
        // An older description: its id is an alias already.
        Some(id) if Some(id) == legacy_id => {
            after.facts.extend(old_id.map(|id| ("operationId".to_owned(), id.clone())));
        }
        // Renamed by JumpCloud: callers who use the old id keep it.
        Some(id) if Some(id) != old_id && legacy_id.is_none() => {
            after.facts.extend(old_id.map(|id| ("x-legacy-operation-id".to_owned(), id.clone())));
        }
        Some(_) => {}
    }
    for (key, value) in &before.facts {
        let ours =
            OPERATION_EXTENSIONS.contains(&key.as_str()) || matches!(key.as_str(), "tags" | "security");
        if ours && !after.facts.contains_key(key) {
            after.facts.insert(key.clone(), value.clone());
        }
    }
    let mut facts = Value::Object(std::mem::take(&mut after.facts));
    carry(&Value::Object(before.facts.clone()), &mut facts);
    if let Value::Object(facts) = facts {
        after.facts = facts;
    }
}

/// Copies `x-jc-*` keys that `after` lacks, and properties that only older descriptions have
/// (marked `"x-jc-source": "older"`), at every place that both have.
fn carry(before: &Value, after: &mut Value) {
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

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for operation in &self.added {
            writeln!(out, "added    {}", label(operation))?;
        }
        for (name, changes) in &self.changed {
            writeln!(out, "changed  {name}")?;
            for change in changes {
                writeln!(out, "           {change}")?;
            }
        }
        for name in &self.dropped {
            writeln!(out, "dropped  {name}")?;
        }
        for name in &self.legacy {
            writeln!(out, "legacy   {name}: if this is the newest description, remove its x-jc-legacy")?;
        }
        for name in &self.schemas_added {
            writeln!(out, "added    schema {name}")?;
        }
        for (name, changes) in &self.schemas_changed {
            writeln!(out, "changed  schema {name}")?;
            for change in changes {
                writeln!(out, "           {change}")?;
            }
        }
        for name in &self.schemas_removed {
            writeln!(out, "removed  schema {name}")?;
        }
        writeln!(
            out,
            "operations: {} added, {} changed, {} dropped; schemas: {} added, {} changed, {} removed",
            self.added.len(),
            self.changed.len(),
            self.dropped.len(),
            self.schemas_added.len(),
            self.schemas_changed.len(),
            self.schemas_removed.len(),
        )
    }
}
