//! What of `core/api` is ours: files of schemas that no import touches, and of which no correction has anything to say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use super::{Kind, Property, Reader, Schema};

/// What playbooks give: schemas, and `x-jc-playbooks` with the one of each playbook.
const PLAYBOOKS: &str = "playbooks.json";
/// What Insights events hold, as far as they were seen; a correction gives them to the operations.
const EVENTS: &str = "events.json";

/// The documents, by file name.
pub(super) fn documents(api: &Path) -> Result<Vec<(String, Value)>> {
    let read = |file: &str| {
        let text = fs::read_to_string(api.join(file)).with_context(|| format!("core/api/{file}"))?;
        serde_json::from_str::<Value>(&text).with_context(|| format!("core/api/{file}"))
    };
    let mut playbooks = read(PLAYBOOKS)?;
    always_send(&mut playbooks);
    Ok([(PLAYBOOKS.to_owned(), playbooks), (EVENTS.to_owned(), read(EVENTS)?)].into())
}

/// Marks what is required as always sent: what playbooks give is written by us, whole.
fn always_send(value: &mut Value) {
    let inner: Vec<&mut Value> = match value {
        Value::Object(object) => {
            let required = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
            let properties = object.get_mut("properties").and_then(Value::as_object_mut);
            for (name, property) in properties.into_iter().flatten() {
                if let Value::Object(property) = property
                    && required.iter().any(|one| one == name)
                {
                    property.insert("x-jc-always-sent".to_owned(), Value::Bool(true));
                }
            }
            object.values_mut().collect()
        }
        Value::Array(list) => list.iter_mut().collect(),
        _ => Vec::new(),
    };
    inner.into_iter().for_each(always_send);
}

impl Reader<'_> {
    /// What each playbook gives, by its name.
    pub(super) fn playbooks(&self, documents: &BTreeMap<String, Value>) -> Result<BTreeMap<String, Schema>> {
        let given = documents.get(PLAYBOOKS).and_then(|document| document.get("x-jc-playbooks"));
        let given = given.and_then(Value::as_object).into_iter().flatten();
        given
            .map(|(name, schema)| {
                let schema = self.schema(schema).with_context(|| format!("playbook {name}"))?;
                Ok((name.clone(), schema))
            })
            .collect()
    }
}

/// The names of the schemas that describe playbooks and nothing of JumpCloud's.
pub(super) fn schemas_of_playbooks(documents: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let schemas = documents.get(PLAYBOOKS).and_then(|document| document.pointer("/components/schemas"));
    schemas.and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// The schemas with a `discriminator`, and those of the kinds that are known: the references of their `anyOf`.
pub(super) fn unions(components: &Map<String, Value>) -> BTreeMap<String, Vec<String>> {
    let unions = components.iter().filter(|(_, schema)| schema.get("discriminator").is_some());
    let unions = unions.map(|(name, schema)| {
        let kinds = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
        let kinds = kinds.filter_map(|kind| kind.get("$ref").and_then(Value::as_str));
        let kinds = kinds.filter_map(|kind| kind.strip_prefix("#/components/schemas/"));
        (name.clone(), kinds.map(str::to_owned).collect())
    });
    unions.collect()
}

/// Gives each union the properties of all its kinds: an object of a kind that is not known may have any of them. What
/// two kinds do not hold alike may be anything.
pub(super) fn join(unions: &BTreeMap<String, Vec<String>>, schemas: &mut BTreeMap<String, Schema>) {
    for (union, kinds) in unions {
        let mut joined: BTreeMap<String, Property> = BTreeMap::new();
        for name in std::iter::once(union).chain(kinds) {
            let Some(Kind::Object(properties)) = schemas.get(name).map(|schema| &schema.kind) else {
                continue;
            };
            for property in properties {
                let known = joined.entry(property.name.clone()).or_insert_with(|| property.clone());
                let differs = known.schema.kind != property.schema.kind;
                if differs && !matches!(property.schema.kind, Kind::Constant(_)) {
                    known.schema = Schema::any();
                }
            }
        }
        if let Some(schema) = schemas.get_mut(union) {
            schema.kind = Kind::Object(joined.into_values().collect());
        }
    }
}
