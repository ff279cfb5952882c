//! Brings a published description into our form: OpenAPI 3.1, whole paths, facts without prose.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::document::{METHODS, object_at, text_at};
use super::{Api, swagger};

/// What a published description says, operation by operation.
#[derive(Debug, Default)]
pub(crate) struct Description {
    pub(crate) operations: Vec<Operation>,
    pub(crate) schemas: Map<String, Value>,
    pub(crate) security_schemes: Map<String, Value>,
}

/// One operation with its whole path; everything by reference is inlined, schemas excepted.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) api: Api,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) facts: Map<String, Value>,
}

/// Extension keys of an operation that state facts; generators' own hints are left behind.
pub(crate) const OPERATION_EXTENSIONS: [&str; 6] = [
    "x-legacy-operation-id",
    "x-noun-verb",
    "x-powershell-method-name",
    "x-scopes",
    "x-security",
    "x-system-context",
];

const SCHEMA_PREFIX: &str = "#/components/schemas/";

/// Reads a Swagger 2.0, OpenAPI 3.0 or OpenAPI 3.1 document.
pub(crate) fn normalise(document: &Value) -> Result<Description> {
    if let Some(version) = document.get("swagger") {
        // YAML reads an unquoted `2.0` as a number.
        if version.as_str() != Some("2.0") && version.as_f64() != Some(2.0) {
            bail!("Swagger {version} is not supported: expected 2.0");
        }
        return Normaliser::of(&swagger::upgrade(document)?).description();
    }
    match document.get("openapi").map(|version| match version {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }) {
        Some(version) if version.starts_with("3.0") || version.starts_with("3.1") => {
            Normaliser::of(document).description()
        }
        Some(version) => bail!("OpenAPI {version} is not supported: expected 3.0 or 3.1"),
        // A part of a description, cut out without its head.
        None if object_at(document, "paths").is_some() => Normaliser::of(document).description(),
        None => bail!("no `swagger`, `openapi` or `paths`: this is not an API description"),
    }
}

struct Normaliser<'a> {
    document: &'a Value,
}

impl<'a> Normaliser<'a> {
    fn of(document: &'a Value) -> Self {
        Self { document }
    }

    fn description(&self) -> Result<Description> {
        let mut description = Description::default();
        let paths = object_at(self.document, "paths").context("the description has no `paths` object")?;
        for (path, item) in paths {
            if path.starts_with("x-") {
                continue;
            }
            self.path_item(path, item, &mut description).with_context(|| format!("in path {path}"))?;
        }
        let components = self.document.get("components");
        if let Some(schemas) = components.and_then(|all| object_at(all, "schemas")) {
            for (name, value) in schemas {
                let value =
                    self.schema(value, &mut Vec::new()).with_context(|| format!("in schema {name}"))?;
                description.schemas.insert(name.clone(), value);
            }
        }
        if let Some(schemes) = components.and_then(|all| object_at(all, "securitySchemes")) {
            for (name, scheme) in schemes {
                let mut scheme = self.resolved(scheme)?.clone();
                if let Some(scheme) = scheme.as_object_mut() {
                    scheme.remove("description");
                }
                let flows = scheme.get_mut("flows").and_then(Value::as_object_mut);
                for flow in flows.into_iter().flat_map(Map::values_mut) {
                    let scopes = flow.get_mut("scopes").and_then(Value::as_object_mut);
                    for sentence in scopes.into_iter().flat_map(Map::values_mut) {
                        *sentence = Value::String(String::new());
                    }
                }
                description.security_schemes.insert(name.clone(), scheme);
            }
        }
        Ok(description)
    }

    fn path_item(&self, path: &str, item: &Value, description: &mut Description) -> Result<()> {
        let item = self.resolved(item)?;
        let item_object = item.as_object().context("expected an object")?;
        for method in METHODS {
            let Some(operation) = item_object.get(method) else {
                continue;
            };
            let base = [operation, item, self.document]
                .iter()
                .find_map(|holder| holder.get("servers")?.get(0)?.get("url")?.as_str())
                .map(base_path)
                .unwrap_or_default();
            let whole = format!("{base}{path}");
            let Some(api) = Api::of(&whole) else {
                bail!(
                    "{} {whole} belongs to no API known here; are the server's base path or \
                     `basePath` missing? Expected /api/…, /insights/… or /oauth2/…",
                    method.to_uppercase()
                );
            };
            let facts = self
                .operation(&whole, operation, item_object.get("parameters"))
                .with_context(|| format!("in {} {whole}", method.to_uppercase()))?;
            description.operations.push(Operation { api, method: method.to_owned(), path: whole, facts });
        }
        Ok(())
    }

    fn operation(
        &self,
        path: &str,
        operation: &Value,
        shared_parameters: Option<&Value>,
    ) -> Result<Map<String, Value>> {
        let mut facts = Map::new();
        for (key, value) in operation.as_object().context("expected an object")? {
            match key.as_str() {
                "operationId" | "tags" | "security" => {
                    facts.insert(key.clone(), value.clone());
                }
                "deprecated" if value == &Value::Bool(true) => {
                    facts.insert(key.clone(), value.clone());
                }
                key if OPERATION_EXTENSIONS.contains(&key) || key.starts_with("x-jc-") => {
                    facts.insert(key.to_owned(), value.clone());
                }
                _ => {}
            }
        }
        let fields = filter_fields(text_at(operation, "description"));
        if !fields.is_empty() && !facts.contains_key("x-jc-filter-fields") {
            facts.insert("x-jc-filter-fields".into(), json!(fields));
        }
        let parameters = self.parameters(path, operation.get("parameters"), shared_parameters)?;
        if parameters.system_context {
            facts.insert("x-system-context".into(), Value::Bool(true));
        }
        if !parameters.list.is_empty() {
            facts.insert("parameters".into(), Value::Array(parameters.list));
        }
        if let Some(body) = operation.get("requestBody") {
            let body = self.resolved(body)?;
            let mut request_body = extensions(body);
            if let Some(content) = self.content(body)? {
                request_body.insert("content".into(), content);
            }
            if body.get("required") == Some(&Value::Bool(true)) {
                request_body.insert("required".into(), Value::Bool(true));
            }
            facts.insert("requestBody".into(), Value::Object(request_body));
        }
        let mut responses = Map::new();
        for (status, response) in object_at(operation, "responses").into_iter().flatten() {
            if status.starts_with("x-") {
                continue;
            }
            let response = self.response(response).with_context(|| format!("in response {status}"))?;
            responses.insert(status.clone(), response);
        }
        facts.insert("responses".into(), Value::Object(responses));
        Ok(facts)
    }

    fn response(&self, response: &Value) -> Result<Value> {
        let response = self.resolved(response)?;
        let mut facts = extensions(response);
        // OpenAPI requires the key; the sentence is not ours to copy.
        facts.insert("description".into(), Value::String(String::new()));
        if let Some(content) = self.content(response)? {
            facts.insert("content".into(), content);
        }
        let mut headers = Map::new();
        for (name, header) in object_at(response, "headers").into_iter().flatten() {
            let header = self.resolved(header)?;
            let mut header_facts = extensions(header);
            if let Some(schema) = header.get("schema") {
                header_facts.insert("schema".into(), self.schema(schema, &mut Vec::new())?);
            }
            headers.insert(name.clone(), Value::Object(header_facts));
        }
        if !headers.is_empty() {
            facts.insert("headers".into(), Value::Object(headers));
        }
        Ok(Value::Object(facts))
    }

    fn content(&self, holder: &Value) -> Result<Option<Value>> {
        let mut content = Map::new();
        for (media_type, value) in object_at(holder, "content").into_iter().flatten() {
            let mut facts = extensions(value);
            if let Some(schema) = value.get("schema") {
                let schema =
                    self.schema(schema, &mut Vec::new()).with_context(|| format!("in {media_type}"))?;
                facts.insert("schema".into(), schema);
            }
            if let Some(encoding) = value.get("encoding") {
                facts.insert("encoding".into(), encoding.clone());
            }
            content.insert(media_type.clone(), Value::Object(facts));
        }
        Ok((!content.is_empty()).then_some(Value::Object(content)))
    }

    fn parameters(&self, path: &str, own: Option<&Value>, shared: Option<&Value>) -> Result<Parameters> {
        let mut found: Vec<(usize, usize, String, Value)> = Vec::new();
        let mut credentials = Vec::new();
        for list in [own, shared] {
            for parameter in list.and_then(Value::as_array).into_iter().flatten() {
                let parameter = self.resolved(parameter)?;
                let name = text_at(parameter, "name");
                let place = text_at(parameter, "in");
                let rank = match place {
                    "path" => 0,
                    "query" => 1,
                    "header" => 2,
                    "cookie" => 3,
                    other => bail!("parameter {name:?} is in {other:?}"),
                };
                // Credentials and content negotiation are not an operation's own parameters
                // (OpenAPI says to ignore them here). Older descriptions list `Date` and
                // `Authorization` exactly where System Context is accepted.
                if place == "header"
                    && ["accept", "authorization", "content-type", "date", "x-api-key"]
                        .contains(&name.to_ascii_lowercase().as_str())
                {
                    credentials.push(name.to_ascii_lowercase());
                    continue;
                }
                if found.iter().any(|(at, _, known, _)| *at == rank && known == name) {
                    continue; // an operation's own parameter hides the path's
                }
                let position = path.find(&format!("{{{name}}}")).unwrap_or(path.len());
                let facts = self.parameter(parameter).with_context(|| format!("in parameter {name:?}"))?;
                let order = if rank == 0 { position } else { 0 };
                found.push((rank, order, name.to_owned(), facts));
            }
        }
        found.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
        let has = |name: &str| credentials.iter().any(|known| known == name);
        Ok(Parameters {
            list: found.into_iter().map(|(_, _, _, facts)| facts).collect(),
            system_context: has("date") && has("authorization"),
        })
    }

    fn parameter(&self, parameter: &Value) -> Result<Value> {
        let mut facts = extensions(parameter);
        for key in ["name", "in", "style", "explode"] {
            if let Some(value) = parameter.get(key) {
                facts.insert(key.into(), value.clone());
            }
        }
        for key in ["required", "deprecated", "allowReserved", "allowEmptyValue"] {
            if parameter.get(key) == Some(&Value::Bool(true)) {
                facts.insert(key.into(), Value::Bool(true));
            }
        }
        if let Some(content) = self.content(parameter)? {
            facts.insert("content".into(), content);
        }
        let mut schema = match parameter.get("schema") {
            Some(schema) => self.schema(schema, &mut Vec::new())?,
            None => return Ok(Value::Object(facts)),
        };
        if text_at(parameter, "name") == "limit"
            && let Some(maximum) = stated_maximum(text_at(parameter, "description"))
            && let Some(schema) = schema.as_object_mut()
        {
            schema.entry("maximum").or_insert_with(|| json!(maximum));
        }
        // Where values are joined or repeated, say so always; elsewhere the keys say nothing.
        let query = matches!(text_at(parameter, "in"), "query" | "cookie");
        let joined = match schema.get("type") {
            Some(Value::String(name)) => name == "array" || name == "object",
            Some(Value::Array(names)) => names.iter().any(|name| name == "array"),
            _ => false,
        };
        if joined {
            let default_style = if query { "form" } else { "simple" };
            let style = facts.entry("style").or_insert_with(|| default_style.into()).clone();
            facts.entry("explode").or_insert_with(|| Value::Bool(style == "form"));
        } else {
            facts.remove("style");
            facts.remove("explode");
        }
        facts.insert("schema".into(), schema);
        Ok(Value::Object(facts))
    }

    /// `inlined` holds the references on the way down, so that a cycle is noticed.
    fn schema(&self, value: &Value, inlined: &mut Vec<String>) -> Result<Value> {
        let Some(source) = value.as_object() else {
            return Ok(value.clone()); // `true` and `false` are schemas
        };
        let mut facts = Map::new();
        for (key, value) in source {
            match key.as_str() {
                "$ref" => {
                    let reference = value.as_str().context("a $ref that is not a string")?;
                    let whole_schema =
                        reference.strip_prefix(SCHEMA_PREFIX).is_some_and(|name| !name.contains('/'));
                    if whole_schema {
                        self.lookup(reference)?;
                        facts.insert(key.clone(), value.clone());
                    } else {
                        if inlined.iter().any(|outer| outer == reference) {
                            bail!("the reference {reference} contains itself");
                        }
                        inlined.push(reference.to_owned());
                        let target = self.schema(self.lookup(reference)?, inlined)?;
                        inlined.pop();
                        if let Value::Object(target) = target {
                            for (key, value) in target {
                                facts.entry(key).or_insert(value);
                            }
                        }
                    }
                }
                "type" => {
                    facts.insert(key.clone(), canonical_type(value));
                }
                "required" => {
                    let mut names: Vec<&str> =
                        value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                    names.sort_unstable();
                    names.dedup();
                    if !names.is_empty() {
                        facts.insert(key.clone(), json!(names));
                    }
                }
                "properties" | "patternProperties" | "dependentSchemas" => {
                    let mut properties = Map::new();
                    for (name, property) in value.as_object().into_iter().flatten() {
                        let property =
                            self.schema(property, inlined).with_context(|| format!("in property {name}"))?;
                        properties.insert(name.clone(), property);
                    }
                    facts.insert(key.clone(), Value::Object(properties));
                }
                "additionalProperties" | "unevaluatedProperties" => {
                    let schema = self.schema(value, inlined)?;
                    let anything = schema.as_object().is_some_and(Map::is_empty);
                    facts.insert(key.clone(), if anything { Value::Bool(true) } else { schema });
                }
                "items" | "contains" | "not" | "propertyNames" | "if" | "then" | "else" => {
                    facts.insert(key.clone(), self.schema(value, inlined)?);
                }
                "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                    let parts = value
                        .as_array()
                        .into_iter()
                        .flatten()
                        .map(|part| self.schema(part, inlined))
                        .collect::<Result<Vec<_>>>()?;
                    facts.insert(key.clone(), Value::Array(parts));
                }
                // `false` is what their absence means.
                "readOnly" | "writeOnly" | "uniqueItems" | "deprecated" if value != &Value::Bool(true) => {}
                "exclusiveMinimum" | "exclusiveMaximum" if value.is_boolean() => {} // see below
                "readOnly" | "writeOnly" | "uniqueItems" | "deprecated" | "enum" | "const" | "default"
                | "format" | "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum"
                | "multipleOf" | "minLength" | "maxLength" | "pattern" | "minItems" | "maxItems"
                | "minProperties" | "maxProperties" | "discriminator" | "contentEncoding"
                | "contentMediaType" => {
                    facts.insert(key.clone(), value.clone());
                }
                key if key.starts_with("x-jc-") => {
                    facts.insert(key.to_owned(), value.clone());
                }
                _ => {}
            }
        }
        // Until 3.0 the exclusive bounds were flags beside the bound.
        for (flag, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            if source.get(flag) == Some(&Value::Bool(true))
                && let Some(bound) = facts.remove(bound)
            {
                facts.insert(flag.into(), bound);
            }
        }
        let nullable =
            ["nullable", "x-nullable"].iter().any(|key| source.get(*key) == Some(&Value::Bool(true)));
        Ok(if nullable { or_null(facts) } else { Value::Object(facts) })
    }

    /// What a value stands for: itself, or what its `$ref` points to.
    fn resolved<'b>(&'b self, value: &'b Value) -> Result<&'b Value> {
        let mut value = value;
        for _ in 0..16 {
            match value.get("$ref").and_then(Value::as_str) {
                Some(reference) => value = self.lookup(reference)?,
                None => return Ok(value),
            }
        }
        bail!("a chain of references that does not end");
    }

    fn lookup(&self, reference: &str) -> Result<&Value> {
        let pointer = reference
            .strip_prefix('#')
            .with_context(|| format!("{reference} points outside the file: import a bundled description"))?;
        self.document.pointer(pointer).with_context(|| format!("{reference} points to nothing"))
    }
}

struct Parameters {
    list: Vec<Value>,
    system_context: bool,
}

fn canonical_type(value: &Value) -> Value {
    let Some(names) = value.as_array() else {
        return value.clone();
    };
    let mut kept: Vec<Value> = Vec::new();
    for name in names.iter().filter(|name| *name != "null") {
        if !kept.contains(name) {
            kept.push(name.clone());
        }
    }
    if names.iter().any(|name| name == "null") {
        kept.push("null".into());
    }
    if kept.len() == 1 { kept.remove(0) } else { Value::Array(kept) }
}

fn or_null(mut facts: Map<String, Value>) -> Value {
    match facts.remove("type") {
        Some(Value::String(name)) => {
            facts.insert("type".into(), canonical_type(&json!([name, "null"])));
        }
        Some(Value::Array(mut names)) => {
            names.push("null".into());
            facts.insert("type".into(), canonical_type(&Value::Array(names)));
        }
        Some(other) => {
            facts.insert("type".into(), other);
        }
        None => {
            let composed = ["$ref", "allOf", "anyOf", "oneOf"].iter().any(|key| facts.contains_key(*key));
            if composed {
                return json!({ "anyOf": [facts, { "type": "null" }] });
            }
        }
    }
    Value::Object(facts)
}

fn extensions(value: &Value) -> Map<String, Value> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| key.starts_with("x-jc-"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The path of a server's address: `https://console.jumpcloud.com/api/` gives `/api`.
fn base_path(url: &str) -> String {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => url,
    };
    path.trim_end_matches('/').to_owned()
}

/// The names in "Available filter fields" lists: the one fact that only the prose states.
/// Seen: a Markdown list below the phrase, names on lines of their own, names in the sentence.
fn filter_fields(description: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut lines = description.lines();
    while let Some(line) = lines.next() {
        let lower = line.to_ascii_lowercase();
        let phrase = lower.find("filter field").or_else(|| {
            let filter = lower.find("filter")?;
            Some(filter + lower.get(filter..)?.find("following fields")?)
        });
        let Some(phrase) = phrase else { continue };
        fields.extend(quoted_names(line.get(phrase..).unwrap_or_default()));
        if !line.trim_end().ends_with(':') {
            continue;
        }
        for line in lines.by_ref().map(str::trim) {
            let item = line.trim_start_matches(['-', '*']).trim();
            let bullet = item.len() < line.len();
            let names = quoted_names(item);
            if item.starts_with('`') && !names.is_empty() {
                fields.extend(names);
            } else if bullet && is_field_name(item) {
                fields.push(item.to_owned());
            } else if !line.is_empty() {
                break;
            }
        }
    }
    fields.sort();
    fields.dedup();
    fields
}

fn quoted_names(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).filter(|name| is_field_name(name)).map(str::to_owned).collect()
}

fn is_field_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

/// "Limited to 100": descriptions of `limit` state a maximum that their schema leaves out.
fn stated_maximum(description: &str) -> Option<u64> {
    let lower = description.to_ascii_lowercase();
    let (_, rest) = lower.split_once("limited to ")?;
    let digits: String = rest
        .chars()
        .take_while(|letter| letter.is_ascii_digit() || *letter == ',')
        .filter(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_fields_are_found_in_every_way_they_are_written() {
        for (description, fields) in [
            (
                "Lists.\n\n#### Available filter fields:\n\n  - `name`\n  - `type`\n\n#### Sample\n`curl`",
                vec!["name", "type"],
            ),
            (
                "Available filter fields:\r\n  * `attributes.sudo.enabled`\r\n",
                vec!["attributes.sudo.enabled"],
            ),
            ("Available filter fields:\n - name\n - not a name\n - type", vec!["name"]),
            (
                "The filter and sort queries will allow the following fields:\n`udid`\n`id`\n\nMore `words`.",
                vec!["id", "udid"],
            ),
            ("Valid filter fields are `system_id` and `name`.", vec!["name", "system_id"]),
            ("Use `this`. The only valid filter field is `system_id`.", vec!["system_id"]),
            ("Advanced: the `filter` and `searchFilter` parameters.", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(filter_fields(description), fields, "{description}");
        }
    }

    #[test]
    fn a_maximum_is_taken_only_where_it_is_stated() {
        assert_eq!(stated_maximum("How many records. Limited to 100."), Some(100));
        assert_eq!(stated_maximum("limited to 10,000 rows"), Some(10_000));
        assert_eq!(stated_maximum("The results are also limited"), None);
        assert_eq!(stated_maximum("limited to some"), None);
    }

    #[test]
    fn base_paths() {
        assert_eq!(base_path("https://console.jumpcloud.com/api/v2/"), "/api/v2");
        assert_eq!(base_path("https://console.jumpcloud.com"), "");
        assert_eq!(base_path("/api"), "/api");
        assert_eq!(base_path("/"), "");
    }
}
