//! Swagger 2.0 to OpenAPI 3: the shape changes, the facts do not.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::document::{METHODS, object_at, text_at};

/// The keys that describe a value; in OpenAPI 3 they moved into `schema`.
const VALUE_KEYS: [&str; 17] = [
    "type",
    "format",
    "items",
    "enum",
    "default",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "x-nullable",
];

/// The same description as OpenAPI 3.0.
pub(crate) fn upgrade(document: &Value) -> Result<Value> {
    let upgrade = Upgrade { document };
    let mut paths = Map::new();
    for (path, item) in object_at(document, "paths").context("the description has no `paths`")? {
        if path.starts_with("x-") {
            continue;
        }
        let item = upgrade.path_item(item).with_context(|| format!("in path {path}"))?;
        paths.insert(path.clone(), item);
    }
    let mut upgraded = json!({
        "openapi": "3.0.3",
        "servers": [{ "url": text_at(document, "basePath") }],
        "paths": paths,
        "components": {
            "schemas": document.get("definitions").cloned().unwrap_or_else(|| json!({})),
            "securitySchemes": upgrade.security_schemes(),
        },
    });
    rewrite(&mut upgraded);
    Ok(upgraded)
}

struct Upgrade<'a> {
    document: &'a Value,
}

impl Upgrade<'_> {
    fn path_item(&self, item: &Value) -> Result<Value> {
        let shared = self.parameters(item)?;
        let mut upgraded = Map::new();
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let operation = self
                .operation(operation, &shared)
                .with_context(|| format!("in {}", method.to_uppercase()))?;
            upgraded.insert(method.to_owned(), operation);
        }
        Ok(Value::Object(upgraded))
    }

    fn operation(&self, operation: &Value, shared: &[Value]) -> Result<Value> {
        let own = self.parameters(operation)?;
        let identity =
            |parameter: &Value| (text_at(parameter, "in").to_owned(), text_at(parameter, "name").to_owned());
        let inherited =
            shared.iter().filter(|parameter| !own.iter().any(|known| identity(known) == identity(parameter)));
        let mut parameters = Vec::new();
        let mut body = None;
        let mut fields = Vec::new();
        for parameter in own.iter().chain(inherited) {
            match text_at(parameter, "in") {
                "body" => body = Some(parameter),
                "formData" => fields.push(parameter),
                _ => parameters.push(upgraded_parameter(parameter)?),
            }
        }
        let mut upgraded = operation.as_object().cloned().unwrap_or_default();
        for moved in ["parameters", "consumes", "produces", "schemes", "responses"] {
            upgraded.remove(moved);
        }
        upgraded.insert("parameters".into(), Value::Array(parameters));
        if let Some(body) = body {
            let schema = body.get("schema").cloned().unwrap_or_else(|| json!({}));
            let content = self.content(operation, "consumes", &schema);
            let required = body.get("required") == Some(&Value::Bool(true));
            upgraded.insert("requestBody".into(), json!({ "content": content, "required": required }));
        } else if !fields.is_empty() {
            upgraded.insert("requestBody".into(), self.form(operation, &fields)?);
        }
        let mut responses = Map::new();
        for (status, response) in object_at(operation, "responses").into_iter().flatten() {
            let response = self.resolved(response)?;
            let mut facts = response.as_object().cloned().unwrap_or_default();
            if let Some(schema) = facts.remove("schema") {
                let content = self.content(operation, "produces", &schema);
                facts.insert("content".into(), content);
            }
            for header in
                facts.get_mut("headers").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
            {
                *header = json!({ "schema": value_schema(header) });
            }
            responses.insert(status.clone(), Value::Object(facts));
        }
        upgraded.insert("responses".into(), Value::Object(responses));
        Ok(Value::Object(upgraded))
    }

    fn parameters(&self, holder: &Value) -> Result<Vec<Value>> {
        holder
            .get("parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|parameter| self.resolved(parameter).cloned())
            .collect()
    }

    fn media_types(&self, operation: &Value, key: &str) -> Vec<String> {
        [operation, self.document]
            .iter()
            .find_map(|holder| holder.get(key)?.as_array())
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    fn content(&self, operation: &Value, key: &str, schema: &Value) -> Value {
        let mut media_types = self.media_types(operation, key);
        if media_types.is_empty() {
            media_types.push("application/json".into());
        }
        let content: Map<String, Value> =
            media_types.into_iter().map(|media_type| (media_type, json!({ "schema": schema }))).collect();
        Value::Object(content)
    }

    fn form(&self, operation: &Value, fields: &[&Value]) -> Result<Value> {
        let mut properties = Map::new();
        let mut required = Vec::new();
        let mut encoding = Map::new();
        for field in fields {
            let name = text_at(field, "name");
            properties.insert(name.to_owned(), value_schema(field));
            if field.get("required") == Some(&Value::Bool(true)) {
                required.push(name);
            }
            if text_at(field, "type") == "array" {
                let (style, explode) = style(text_at(field, "collectionFormat"), "formData")?;
                encoding.insert(name.into(), json!({ "style": style, "explode": explode }));
            }
        }
        let file = fields.iter().any(|field| text_at(field, "type") == "file");
        let media_types: Vec<String> = self
            .media_types(operation, "consumes")
            .into_iter()
            .filter(|media_type| {
                media_type == "multipart/form-data"
                    || (!file && media_type == "application/x-www-form-urlencoded")
            })
            .collect();
        let media_types = match (media_types.is_empty(), file) {
            (false, _) => media_types,
            (true, true) => vec!["multipart/form-data".into()],
            (true, false) => vec!["application/x-www-form-urlencoded".into()],
        };
        let mut media = Map::new();
        media.insert(
            "schema".into(),
            json!({ "type": "object", "properties": properties, "required": required }),
        );
        if !encoding.is_empty() {
            media.insert("encoding".into(), Value::Object(encoding));
        }
        let content: Map<String, Value> =
            media_types.into_iter().map(|media_type| (media_type, Value::Object(media.clone()))).collect();
        Ok(json!({ "content": content, "required": !required.is_empty() }))
    }

    fn security_schemes(&self) -> Value {
        let mut schemes = Map::new();
        for (name, scheme) in object_at(self.document, "securityDefinitions").into_iter().flatten() {
            let scheme = match text_at(scheme, "type") {
                "basic" => json!({ "type": "http", "scheme": "basic" }),
                "oauth2" => {
                    let flow = match text_at(scheme, "flow") {
                        "application" => "clientCredentials",
                        "accessCode" => "authorizationCode",
                        other => other,
                    };
                    let mut facts = json!({ "scopes": scheme.get("scopes") });
                    for key in ["authorizationUrl", "tokenUrl"] {
                        if let Some(url) = scheme.get(key) {
                            facts[key] = url.clone();
                        }
                    }
                    json!({ "type": "oauth2", "flows": { flow: facts } })
                }
                _ => scheme.clone(),
            };
            schemes.insert(name.clone(), scheme);
        }
        Value::Object(schemes)
    }

    fn resolved<'b>(&'b self, value: &'b Value) -> Result<&'b Value> {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => reference
                .strip_prefix('#')
                .and_then(|pointer| self.document.pointer(pointer))
                .with_context(|| format!("{reference} points to nothing in this file")),
            None => Ok(value),
        }
    }
}

fn upgraded_parameter(parameter: &Value) -> Result<Value> {
    let mut facts = parameter.as_object().cloned().unwrap_or_default();
    for key in VALUE_KEYS {
        facts.remove(key);
    }
    facts.remove("collectionFormat");
    facts.insert("schema".into(), value_schema(parameter));
    if text_at(parameter, "type") == "array" {
        let format = text_at(parameter, "collectionFormat");
        let (style, explode) = style(format, text_at(parameter, "in"))?;
        facts.insert("style".into(), style.into());
        facts.insert("explode".into(), explode.into());
    }
    Ok(Value::Object(facts))
}

fn value_schema(holder: &Value) -> Value {
    let facts: Map<String, Value> =
        VALUE_KEYS.iter().filter_map(|key| Some(((*key).to_owned(), holder.get(key)?.clone()))).collect();
    Value::Object(facts)
}

fn style(collection_format: &str, place: &str) -> Result<(&'static str, bool)> {
    Ok(match (collection_format, place) {
        ("" | "csv", "path" | "header") => ("simple", false),
        ("" | "csv", _) => ("form", false),
        ("multi", "query" | "formData") => ("form", true),
        ("ssv", "query" | "formData") => ("spaceDelimited", false),
        ("pipes", "query" | "formData") => ("pipeDelimited", false),
        (other, place) => bail!("collectionFormat {other:?} in {place} has no OpenAPI 3 style"),
    })
}

/// What differs anywhere inside a schema: where references point, files, and the discriminator.
fn rewrite(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get_mut("$ref")
                && let Some(rest) = reference.strip_prefix("#/definitions/")
            {
                *reference = format!("#/components/schemas/{rest}");
            }
            if object.get("type") == Some(&Value::String("file".into())) {
                object.insert("type".into(), "string".into());
                object.insert("format".into(), "binary".into());
            }
            if let Some(Value::String(name)) = object.get("discriminator") {
                let discriminator = json!({ "propertyName": name });
                object.insert("discriminator".into(), discriminator);
            }
            object.values_mut().for_each(rewrite);
        }
        Value::Array(values) => values.iter_mut().for_each(rewrite),
        _ => {}
    }
}
