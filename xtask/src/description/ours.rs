//! What of `core/api` is ours: files of schemas that no import touches, and of which no correction has anything to say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use super::{Kind, Property, Schema};

/// What playbooks give: schemas, and `x-jc-playbooks` with the one of each playbook.
const PLAYBOOKS: &str = "playbooks.json";
/// What Insights events hold, as far as they were seen; a correction gives them to the operations.
const EVENTS: &str = "events.json";

/// The documents, by file name.
pub(super) fn documents(api: &Path) -> Result<Vec<(String, Value)>> {
    let read = |file: &str| {
        let text = fs::read_to_string(api.join(file)).with_context(|| format!("core/api/{file}"))?;
        let document = serde_json::from_str(&text).with_context(|| format!("core/api/{file}"))?;
        Ok((file.to_owned(), document))
    };
    [PLAYBOOKS, EVENTS].into_iter().map(read).collect()
}

/// The schema of what each playbook gives.
pub(super) fn playbooks(documents: &BTreeMap<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    let given = documents.get(PLAYBOOKS).and_then(|document| document.get("x-jc-playbooks"));
    given.and_then(Value::as_object).into_iter().flatten()
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
            let Some(Kind::Open(properties)) = schemas.get(name).map(|schema| &schema.kind) else { continue };
            for property in properties {
                let known = joined.entry(property.name.clone()).or_insert_with(|| property.clone());
                let differs = known.schema.kind != property.schema.kind;
                if differs && !matches!(property.schema.kind, Kind::Constant(_)) {
                    known.schema = Schema { kind: Kind::Any, nullable: true };
                }
            }
        }
        if let Some(schema) = schemas.get_mut(union) {
            schema.kind = Kind::Open(joined.into_values().collect());
        }
    }
}
