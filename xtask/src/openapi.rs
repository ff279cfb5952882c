//! `cargo xtask openapi [FILE]`: the corrected description of all APIs as one OpenAPI 3.1 file, for other generators.
//!
//! It is made anew from `core/api` when somebody wants it, and not committed: it would double every diff.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use jumpcloud_core::Operation;
use jumpcloud_core::operation::{Accepts, Api, Method, Organization, Paging};
use jumpcloud_core::region::{HostFamily, Region};
use jumpcloud_core::schema::Kind;
use serde_json::{Map, Value, json};

use crate::description::{Description, Words};
use crate::models::schema_names;

/// The parameter, or the key of a body, that narrows a reply.
const FIELDS: &str = "fields";
const COMPONENTS: &str = "#/components/schemas/";
/// The error that JumpCloud describes where it describes one, and the only one that most services send.
const ERROR: &str = "Error";
/// How generators of its own call things, and what stands elsewhere in the file.
const LEFT_OUT: [&str; 8] = [
    "x-jc-effect",
    "x-jc-organization",
    "x-jc-paging",
    "x-jc-update",
    "x-noun-verb",
    "x-powershell-method-name",
    "x-scopes",
    "x-security",
];

/// Writes the file, or prints it.
pub fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let text = format!("{}\n", serde_json::to_string_pretty(&document(root)?)?);
    match arguments {
        [] => crate::operations::show(&text),
        [flag] if flag.starts_with('-') => bail!("there is no {flag}\nusage: cargo xtask openapi [FILE]"),
        [file] => fs::write(file, text).with_context(|| format!("cannot write {file}")),
        _ => bail!("one file at most\nusage: cargo xtask openapi [FILE]"),
    }
}

/// The whole description as one document.
pub fn document(root: &Path) -> Result<Value> {
    let description = Description::read(root)?;
    let types = schema_names(root, &description)?;
    let documents = Description::documents(root)?;
    let (mut paths, mut schemas, mut tags) = (Map::new(), Map::new(), BTreeSet::new());
    for document in documents.values() {
        let known = document.pointer("/components/schemas").and_then(Value::as_object);
        for (name, schema) in known.into_iter().flatten() {
            schemas.insert(name.clone(), schema.clone());
        }
    }
    for named in &description.operations {
        let operation = Operation::find(&named.name)
            .with_context(|| format!("{} is new: run `cargo xtask generate` first", named.name))?;
        let mut pointed = documents.values().filter_map(|document| document["paths"].get(&named.path));
        let facts =
            pointed.find_map(|item| item.get(named.method.to_lowercase())).context("the operation")?;
        let item = paths.entry(named.path.clone()).or_insert_with(|| path_item(operation));
        let tag = operation.name.split('.').take(2).collect::<Vec<_>>().join(".");
        let mut facts = facts.as_object().context("an operation is an object")?.clone();
        describe(&mut facts, operation);
        say_parameters(&mut facts, &description.words, named);
        facts.insert("operationId".into(), named.name.clone().into());
        facts.insert("summary".into(), named.sentence.clone().into());
        facts.insert("tags".into(), json!([tag]));
        facts.insert("x-jc-operation-ids".into(), json!(named.operation_ids));
        tags.insert(tag);
        item[named.method.to_lowercase()] = Value::Object(facts);
    }
    let mut paths = Value::Object(paths);
    let error = json!({
        "description": "What JumpCloud answers when it refuses or fails",
        "content": { "application/json": { "schema": { "$ref": format!("{COMPONENTS}{ERROR}") } } },
    });
    let not_whole = reachable(partial(&paths), &schemas)?;
    let mut schemas = reachable([&paths, &error], &schemas)?;
    for (_, schema) in schemas.iter_mut().filter(|(name, _)| !not_whole.contains_key(*name)) {
        require_what_is_sent(schema);
    }
    let mut responses = json!({ "Error": error });
    for value in schemas.values_mut().chain([&mut paths, &mut responses]) {
        let_null_pass(value);
        rename(value, &types)?;
    }
    let schemas: Map<String, Value> = schemas
        .into_iter()
        .map(|(name, mut schema)| {
            let short = types.get(&name).with_context(|| format!("{name} has no type name"))?;
            if *short != name
                && let Some(facts) = schema.as_object_mut()
            {
                facts.insert("x-jc-schema".into(), name.into());
            }
            say_fields(&mut schema, &description.words, short, "");
            Ok((short.clone(), schema))
        })
        .collect::<Result<_>>()?;
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "JumpCloud",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "JumpCloud's API, v1, v2 and Directory Insights, with corrections. An operationId is the name \
                that the operation has in jumpcloud-client; x-jc-operation-ids are JumpCloud's own ones. Of x-jc-scopes, \
                the OAuth scopes, a caller needs one. Made by `cargo xtask openapi`; not JumpCloud's own publication.",
        },
        "servers": servers(HostFamily::Console),
        "tags": tags.iter().map(|name| json!({ "name": name })).collect::<Value>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses,
            "securitySchemes": {
                "apiKey": { "type": "apiKey", "in": "header", "name": "x-api-key",
                    "description": "The API key of an administrator" },
                "bearer": { "type": "http", "scheme": "bearer",
                    "description": "A token of a service account, which oauth.tokens.create gives" },
                "clientSecret": { "type": "http", "scheme": "basic",
                    "description": "The id and the secret of a service account" },
                "systemContext": { "type": "http", "scheme": "signature",
                    "description": "The signature of an agent's own system, over the request line and Date" },
            },
        },
    }))
}

/// The hosts of a family, one for each region.
fn servers(family: HostFamily) -> Value {
    let server = |region: Region| {
        json!({ "url": region.origin(family), "description": format!("Region {}", region.as_str()),
            "x-jc-region": region.as_str() })
    };
    Region::ALL.map(server).into_iter().collect()
}

/// Most are on the hosts of the whole document.
fn path_item(operation: &Operation) -> Value {
    match operation.host() {
        Some(HostFamily::Console) => json!({}),
        Some(family) => json!({ "servers": servers(family) }),
        None => json!({ "servers": [{ "url": "/",
            "description": "The whole address is given: the path parameter holds it, host and all" }] }),
    }
}

/// What the table knows of an operation, beside what the description says.
fn describe(facts: &mut Map<String, Value>, operation: &Operation) {
    facts.retain(|key, _| !LEFT_OUT.contains(&key.as_str()) && !key.starts_with("x-legacy"));
    let mut set = |key: &str, value: Value| facts.insert(key.to_owned(), value);
    let schemes: &[&str] = match operation.accepts {
        Accepts::KeyOrBearer => &["apiKey", "bearer"],
        Accepts::KeyBearerOrSystem => &["apiKey", "bearer", "systemContext"],
        Accepts::ClientSecret => &["clientSecret"],
        Accepts::Nothing => &[],
    };
    set("security", schemes.iter().map(|scheme| json!({ *scheme: [] })).collect());
    set("x-jc-scopes", json!(operation.scopes));
    set("x-jc-safe", operation.safe.into());
    set("x-jc-idempotent", operation.idempotent.into());
    set("x-jc-destructive", operation.destructive.into());
    if matches!(operation.method, Method::Put | Method::Patch) {
        set("x-jc-full-replace", json!(operation.full_replace));
    }
    if let Some(list) = &operation.paging {
        set("x-jc-paging", paging(list));
    }
    // Credentials, and what every HTTP library sets, are no parameters (OpenAPI 3.1, Parameter Object).
    let not_theirs = ["authorization", "content-length", "date", "x-org-id"];
    let mut parameters: Vec<Value> =
        facts.remove("parameters").and_then(|list| list.as_array().cloned()).unwrap_or_default();
    parameters.retain(|parameter| {
        let name = parameter["name"].as_str().unwrap_or_default().to_ascii_lowercase();
        parameter["in"] != "header" || !not_theirs.contains(&name.as_str())
    });
    parameters.extend(organization(operation.organization));
    if !parameters.is_empty() {
        facts.insert("parameters".into(), Value::Array(parameters));
    }
    let replies = facts.get_mut("responses").and_then(Value::as_object_mut);
    for (status, reply) in replies.into_iter().flatten() {
        if reply["description"] == "" {
            reply["description"] = meaning(status).into();
        }
    }
    // An upload is answered by a store that is not JumpCloud's.
    let replies = facts.get_mut("responses").and_then(Value::as_object_mut);
    if let Some(replies) = replies.filter(|_| operation.api() != Api::Storage) {
        replies.entry("default").or_insert_with(|| json!({ "$ref": "#/components/responses/Error" }));
    }
}

/// What each parameter means.
fn say_parameters(facts: &mut Map<String, Value>, words: &Words, operation: &crate::description::Operation) {
    let parameters = facts.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten().filter_map(Value::as_object_mut) {
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
        if let Some(phrase) = words.parameter(operation, name) {
            parameter.insert("description".into(), phrase.into());
        }
    }
}

/// What each field of a schema means: of objects that are described in place, too.
fn say_fields(schema: &mut Value, words: &Words, name: &str, path: &str) {
    let Some(schema) = schema.as_object_mut() else { return };
    for key in ["items", "additionalProperties"] {
        schema.get_mut(key).into_iter().for_each(|inner| say_fields(inner, words, name, path));
    }
    for key in ["allOf", "anyOf"] {
        let parts = schema.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten();
        parts.for_each(|part| say_fields(part, words, name, path));
    }
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (key, property) in properties.into_iter().flatten() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        say_fields(property, words, name, &path);
        if let (Some(phrase), Some(property)) = (words.field(name, &path), property.as_object_mut()) {
            property.insert("description".into(), phrase.into());
        }
    }
}

fn organization(takes: Organization) -> Option<Value> {
    let one = json!({ "type": "string" });
    let (required, schema, description) = match takes {
        Organization::Refused => return None,
        Organization::Optional => (false, one, "The organization's id, for administrators of several"),
        Organization::Required => (true, one, "The organization's id"),
        Organization::Several => {
            (false, json!({ "type": "array", "items": one }), "The ids of organizations, a header each")
        }
    };
    Some(json!({ "name": "x-org-id", "in": "header", "required": required, "schema": schema,
        "description": description }))
}

fn paging(list: &Paging) -> Value {
    let mut facts = json!({ "strategy": list.strategy.name(), "maximum": list.maximum,
        "maximumKnown": list.maximum_known });
    for (key, name) in [
        ("size", list.size),
        ("position", list.position),
        ("items", list.items),
        ("total", list.total),
        ("cursor", list.cursor),
    ] {
        if !name.is_empty() {
            facts[key] = name.into();
        }
    }
    facts
}

/// The reason phrases of RFC 9110, where a description has none.
fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "OK",
        "201" => "Created",
        "202" => "Accepted",
        "204" => "No Content",
        "400" => "Bad Request",
        "401" => "Unauthorized",
        "403" => "Forbidden",
        "404" => "Not Found",
        "409" => "Conflict",
        "412" => "Precondition Failed",
        "422" => "Unprocessable Content",
        "429" => "Too Many Requests",
        "500" => "Internal Server Error",
        "503" => "Service Unavailable",
        "default" => "Any other status",
        _ => "As the status says",
    }
}

/// Where an object may lack what JumpCloud always sends: what a caller gives, and replies that a caller narrows to some
/// fields.
fn partial(paths: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    let items = paths.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_object);
    let operations = items.flatten().filter(|(key, _)| *key != "servers").map(|(_, operation)| operation);
    for operation in operations {
        found.extend(["parameters", "requestBody"].iter().filter_map(|part| operation.get(part)));
        let name = operation["operationId"].as_str().unwrap_or_default();
        if Operation::find(name).is_ok_and(narrows) {
            found.extend(operation.get("responses"));
        }
    }
    found
}

/// Whether a caller may say which fields come, in the query or in the body.
fn narrows(operation: &Operation) -> bool {
    let in_body = operation.body.as_ref().is_some_and(|body| match &body.schema.resolved().kind {
        // Names of fields; the fields of an asset are an object.
        Kind::Object(keys) => keys.iter().any(|key| {
            key.name == FIELDS && matches!(key.schema.resolved().kind, Kind::Text { .. } | Kind::Array(_))
        }),
        _ => false,
    });
    operation.parameter(FIELDS).is_some() || in_body
}

/// Puts what is always sent among what a reply requires, so that generators make it no option.
fn require_what_is_sent(value: &mut Value) {
    match value {
        Value::Object(object) => {
            let sent = object.get("properties").and_then(Value::as_object).into_iter().flatten();
            let sent = sent.filter(|(_, one)| one["x-jc-always-sent"] == true).map(|(name, _)| name.clone());
            let required = object.get("required").and_then(Value::as_array).into_iter().flatten();
            let required = required.filter_map(Value::as_str).map(str::to_owned);
            let all: BTreeSet<String> = sent.chain(required).collect();
            if object.contains_key("properties") && !all.is_empty() {
                object.insert("required".into(), json!(all));
            }
            object.values_mut().for_each(require_what_is_sent);
        }
        Value::Array(list) => list.iter_mut().for_each(require_what_is_sent),
        _ => {}
    }
}

/// Makes null valid wherever it is among a schema's types: each keyword holds by itself, so an `enum` without null and
/// parts that are objects only would refuse it all the same (JSON Schema Core, 10.2; Validation, 6.1.2).
fn let_null_pass(value: &mut Value) {
    match value {
        Value::Object(schema) => {
            schema.values_mut().for_each(let_null_pass);
            if !may_be_null(schema.get("type")) {
                return;
            }
            if ["allOf", "anyOf", "oneOf", "$ref", "const"].iter().any(|key| schema.contains_key(*key)) {
                let (said, mut other): (Map<_, _>, Map<_, _>) =
                    std::mem::take(schema).into_iter().partition(|(key, _)| key.starts_with("x-jc-"));
                if let Some(types) = other.get_mut("type").and_then(Value::as_array_mut) {
                    types.retain(|one| one != "null");
                }
                *schema = said;
                schema.insert("anyOf".into(), json!([other, { "type": "null" }]));
            } else if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut)
                && !values.contains(&Value::Null)
            {
                values.push(Value::Null);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(let_null_pass),
        _ => {}
    }
}

/// Whether null is one of a schema's types.
fn may_be_null(types: Option<&Value>) -> bool {
    types.and_then(Value::as_array).is_some_and(|types| types.contains(&"null".into()))
}

/// The schemas that these values refer to, directly or through one another.
fn reachable<'a>(
    roots: impl IntoIterator<Item = &'a Value>,
    schemas: &'a Map<String, Value>,
) -> Result<BTreeMap<String, Value>> {
    let mut found: BTreeMap<String, Value> = BTreeMap::new();
    let mut open: Vec<&Value> = roots.into_iter().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(object) => {
                if let Some(name) = reference(object)
                    && !found.contains_key(name)
                {
                    let schema = schemas.get(name).with_context(|| format!("there is no schema {name}"))?;
                    found.insert(name.to_owned(), schema.clone());
                    open.push(schema);
                }
                open.extend(object.values());
            }
            Value::Array(list) => open.extend(list),
            _ => {}
        }
    }
    Ok(found)
}

/// The name in a reference to a schema.
fn reference(object: &Map<String, Value>) -> Option<&str> {
    object.get("$ref")?.as_str()?.strip_prefix(COMPONENTS)
}

/// Calls the schemas that a value refers to as the types of all languages are called.
fn rename(value: &mut Value, types: &BTreeMap<String, String>) -> Result<()> {
    match value {
        Value::Object(object) => {
            if let Some(name) = reference(object) {
                let short = types.get(name).with_context(|| format!("{name} has no type name"))?;
                let short = format!("{COMPONENTS}{short}");
                object.insert("$ref".into(), short.into());
            }
            object.values_mut().try_for_each(|inner| rename(inner, types))
        }
        Value::Array(list) => list.iter_mut().try_for_each(|inner| rename(inner, types)),
        _ => Ok(()),
    }
}
