//! `core/api/additions.json`: operations that no published description has. An import keeps them, until a description
//! brings them; `cargo xtask import --add` takes them in.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::merge::{Key, key, label, operations, reachable, schemas};
use super::normalise::{Description, Operation};
use super::report::Report;

const FILE: &str = "additions.json";
/// What an addition says of itself, and what is no longer so when JumpCloud describes it.
const PROVENANCE: [&str; 3] = ["x-jc-evidence", "x-jc-like", "x-jc-source"];

/// The additions, and the schemas that only they have.
#[derive(Default)]
pub(crate) struct Additions {
    pub(crate) operations: BTreeMap<Key, Operation>,
    pub(crate) schemas: Map<String, Value>,
}

impl Additions {
    pub(crate) fn read(documents: &BTreeMap<String, Value>) -> Result<Additions> {
        let Some(document) = documents.get(FILE) else { return Ok(Additions::default()) };
        let operations = operations(document)?.into_iter().map(|operation| (key(&operation), operation));
        Ok(Additions { operations: operations.collect(), schemas: schemas(document) })
    }

    /// Takes out what a description has now.
    pub(crate) fn take(&mut self, described: &Operation) -> Option<Operation> {
        let mut found = self.operations.remove(&key(described))?;
        for key in PROVENANCE {
            found.facts.remove(key);
        }
        Some(found)
    }

    pub(crate) fn write(self, documents: &mut BTreeMap<String, Value>) {
        if self.operations.is_empty() && !documents.contains_key(FILE) {
            return;
        }
        let used = reachable(self.operations.values().map(|operation| &operation.facts), &self.schemas);
        let own: Map<String, Value> =
            self.schemas.into_iter().filter(|(name, _)| used.contains(name)).collect();
        let document = documents.entry(FILE.to_owned()).or_insert_with(|| super::empty_document(FILE));
        let mut paths: Map<String, Value> = Map::new();
        for operation in self.operations.into_values() {
            let item = paths.entry(operation.path).or_insert_with(|| json!({}));
            item[operation.method] = Value::Object(operation.facts);
        }
        document["paths"] = Value::Object(paths);
        document["components"] = if own.is_empty() { json!({}) } else { json!({ "schemas": own }) };
    }
}

/// The document, in which references to what the other files define are no mistake.
pub(crate) fn with_known_schemas(mut document: Value, documents: &BTreeMap<String, Value>) -> Value {
    // Swagger 2.0 keeps its schemas elsewhere, and another form of them.
    if document.get("swagger").is_none() && document.is_object() {
        for known in documents.values() {
            for (name, schema) in schemas(known) {
                let own = document
                    .as_object_mut()
                    .map(|document| document.entry("components").or_insert_with(|| json!({})))
                    .and_then(Value::as_object_mut)
                    .map(|components| components.entry("schemas").or_insert_with(|| json!({})))
                    .and_then(Value::as_object_mut);
                own.map(|own| own.entry(name).or_insert(schema));
            }
        }
    }
    document
}

/// Adds the operations of a description, or puts them in the place of what was added before.
pub(crate) fn add(documents: &mut BTreeMap<String, Value>, description: &Description) -> Result<Report> {
    let mut report = Report::default();
    let mut additions = Additions::read(documents)?;
    let mut elsewhere = Map::new();
    for (file, document) in documents.iter().filter(|(file, _)| *file != FILE) {
        for known in operations(document)? {
            for operation in &description.operations {
                let same = key(operation) == key(&known);
                ensure!(!same, "{} is in {file}: to correct it, write a correction", label(&known));
                ensure!(
                    key(operation).1 != key(&known).1 || operation.path == known.path,
                    "write the path {} as {file} does: {}",
                    operation.path,
                    known.path
                );
            }
        }
        elsewhere.extend(schemas(document));
    }
    for operation in &description.operations {
        for key in ["x-jc-evidence", "x-jc-source"] {
            ensure!(
                operation.facts.contains_key(key),
                "{} says no {key}; core/api/README.md tells what it holds",
                label(operation)
            );
        }
        match additions.operations.insert(key(operation), operation.clone()) {
            None => report.added.push(operation.clone()),
            Some(before) => report.change(&before, operation),
        }
    }
    for name in reachable(description.operations.iter().map(|o| &o.facts), &description.schemas) {
        let schema = description.schemas.get(&name).cloned().unwrap_or_default();
        match elsewhere.get(&name) {
            Some(known) if *known == schema => {}
            Some(_) => bail!("the schema {name} is another one elsewhere in core/api: give it another name"),
            None => {
                if additions.schemas.insert(name.clone(), schema).is_none() {
                    report.schemas_added.insert(name);
                }
            }
        }
    }
    additions.write(documents);
    Ok(report)
}
