//! `core/api` as values: the OpenAPI files with the corrections applied and the names looked up.
//!
//! Everything that is generated is generated from [`Description`]; nothing else reads the files.

mod ours;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use crate::corrections;

/// The OpenAPI files in `core/api`, in the order their operations are listed.
pub const DOCUMENTS: [&str; 4] = ["console.json", "insights.json", "oauth.json", "storage.json"];

/// The whole API: operations by dotted name, schemas by JumpCloud's name.
pub struct Description {
    pub operations: Vec<Operation>,
    pub schemas: BTreeMap<String, Schema>,
    /// What each playbook gives, by its name.
    pub playbooks: BTreeMap<String, Schema>,
    /// The schemas that describe playbooks and nothing of JumpCloud's.
    pub ours: BTreeSet<String>,
    /// Schemas whose objects are of several kinds, told apart by the text under one key, with the schemas of the kinds
    /// that are known.
    pub unions: BTreeMap<String, Vec<String>>,
}

pub struct Operation {
    pub name: String,
    pub method: String,
    pub path: String,
    /// The newest operationId first, then the one that was published for years.
    pub operation_ids: Vec<String>,
    /// Without `x-org-id`, `Date` and `Authorization`, which come from the credentials, and `Content-Length`, the
    /// transport's.
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub replies: Vec<ReplyShape>,
    pub scopes: Vec<String>,
    pub credentials: Credentials,
    pub organization: Organization,
    pub effect: Effect,
    pub paging: Option<Paging>,
    pub full_replace: bool,
    pub filter_fields: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// API key or bearer token.
    Any,
    /// API key, bearer token or System Context.
    AnyOrSystem,
    /// The client id and secret of a service account, as HTTP Basic.
    Client,
    /// No credentials may be sent: the URL is the credential.
    None,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Organization {
    None,
    One,
    Required,
    Many,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    Safe,
    Idempotent,
    Other,
    Destructive,
}

pub struct Parameter {
    pub name: String,
    pub location: String,
    pub required: bool,
    pub style: Style,
    /// A filter that says `gte` where others say `ge`.
    pub spells_gte: bool,
    pub schema: Schema,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    Single,
    Comma,
    Repeated,
    Space,
    Deep,
}

pub struct Body {
    pub required: bool,
    pub media_type: String,
    /// Bytes (`application/octet-stream`) are taken as well.
    pub or_bytes: bool,
    pub schema: Schema,
}

pub struct ReplyShape {
    pub status: String,
    pub content: Vec<(String, Schema)>,
}

/// How the pages of a list follow one another.
pub struct Paging {
    pub strategy: &'static str,
    /// The parameter (or body key) that asks for a page size, and the one that moves on.
    pub size: String,
    pub position: String,
    pub maximum: u64,
    /// Whether JumpCloud states the maximum; otherwise a short page does not prove the end.
    pub maximum_known: bool,
    /// The key of the items; empty when the reply is the array itself.
    pub items: String,
    pub total: String,
    pub cursor: String,
    /// A unique field that makes skip-paging stable, when the operation can sort.
    pub stable_sort: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    pub kind: Kind,
    pub nullable: bool,
}

impl Schema {
    /// Whether it is a text that is a date with its time.
    pub fn is_date_time(&self) -> bool {
        matches!(&self.kind, Kind::String { format, .. } if format == "date-time")
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Any,
    String {
        format: String,
        values: Vec<String>,
    },
    Integer {
        format: String,
    },
    Number,
    Boolean,
    /// This text: what tells one kind of object from others.
    Constant(String),
    Array(Box<Schema>),
    Map(Box<Schema>),
    Object(Vec<Property>),
    /// An object of these properties and any others (`x-jc-open`): what is described is what was seen.
    Open(Vec<Property>),
    Reference(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    pub name: String,
    pub required: bool,
    pub read_only: bool,
    pub schema: Schema,
}

impl Description {
    /// Reads `core/api` below `root`.
    pub fn read(root: &Path) -> Result<Description> {
        let api = root.join("core/api");
        let mut documents = BTreeMap::new();
        for file in DOCUMENTS {
            let text = fs::read_to_string(api.join(file)).with_context(|| format!("core/api/{file}"))?;
            documents.insert(
                file.to_owned(),
                serde_json::from_str::<Value>(&text).with_context(|| format!("core/api/{file}"))?,
            );
        }
        let text = fs::read_to_string(api.join("corrections.json")).context("core/api/corrections.json")?;
        corrections::apply(&mut documents, &serde_json::from_str(&text)?)?;
        documents.extend(ours::documents(&api)?);
        let names = read_names(&fs::read_to_string(api.join("names.tsv")).context("core/api/names.tsv")?)?;
        Description::resolve(&documents, names)
    }

    fn resolve(
        documents: &BTreeMap<String, Value>,
        mut names: BTreeMap<(String, String), String>,
    ) -> Result<Description> {
        let mut components = Map::new();
        for (file, document) in documents {
            for (name, schema) in
                document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten()
            {
                ensure!(
                    components.get(name).is_none_or(|known| known == schema),
                    "{file}: the schema {name} is also in another file of core/api, and differs"
                );
                components.insert(name.clone(), schema.clone());
            }
        }
        let reader = Reader { components: &components };
        let mut operations = Vec::new();
        let mut unnamed = Vec::new();
        for file in DOCUMENTS {
            let paths = documents[file].get("paths").and_then(Value::as_object).context("paths")?;
            for (path, item) in paths {
                for (method, operation) in item.as_object().context("path item")? {
                    let method = method.to_uppercase();
                    match names.remove(&(method.clone(), path.clone())) {
                        Some(name) => operations.push(
                            reader
                                .operation(name, &method, path, operation)
                                .with_context(|| format!("{method} {path}"))?,
                        ),
                        None => unnamed.push(format!("{method} {path}")),
                    }
                }
            }
        }
        ensure!(
            unnamed.is_empty(),
            "core/api/names.tsv has no name for:\n  {}\nadd a line `name<TAB>METHOD<TAB>path` for each",
            unnamed.join("\n  ")
        );
        ensure!(
            names.is_empty(),
            "core/api/names.tsv names operations that core/api does not have (any more): {:?}",
            names.values().collect::<Vec<_>>()
        );
        operations.sort_by(|a, b| a.name.cmp(&b.name));
        let mut schemas = BTreeMap::new();
        for (name, schema) in &components {
            schemas.insert(name.clone(), reader.schema(schema).with_context(|| format!("schema {name}"))?);
        }
        let mut playbooks = BTreeMap::new();
        for (name, schema) in ours::playbooks(documents) {
            let read = reader.schema(schema).with_context(|| format!("playbook {name}"))?;
            playbooks.insert(name.clone(), read);
        }
        let (ours, unions) = (ours::schemas_of_playbooks(documents), ours::unions(&components));
        ours::join(&unions, &mut schemas);
        let description = Description { operations, schemas, playbooks, ours, unions };
        description.check()?;
        Ok(description)
    }

    /// What must hold for the table to be unambiguous.
    fn check(&self) -> Result<()> {
        let mut known: BTreeMap<&str, &str> = BTreeMap::new();
        for operation in &self.operations {
            for id in operation.operation_ids.iter().chain([&operation.name]) {
                if let Some(other) = known.insert(id, &operation.name) {
                    bail!("{id} means both {other} and {}", operation.name);
                }
            }
        }
        for pair in self.operations.windows(2) {
            ensure!(
                !pair[1].name.starts_with(&format!("{}.", pair[0].name)),
                "{} would be both a method and a namespace ({})",
                pair[0].name,
                pair[1].name
            );
        }
        Ok(())
    }

    /// The names of all schemas that `roots` reach.
    pub fn reachable<'a>(&'a self, roots: impl IntoIterator<Item = &'a Schema>) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<&Schema> = roots.into_iter().collect();
        while let Some(schema) = waiting.pop() {
            match &schema.kind {
                Kind::Array(inner) | Kind::Map(inner) => waiting.push(inner),
                Kind::Object(properties) | Kind::Open(properties) => {
                    waiting.extend(properties.iter().map(|p| &p.schema));
                }
                Kind::Reference(name) if found.insert(name.as_str()) => {
                    waiting.push(&self.schemas[name]);
                }
                _ => {}
            }
        }
        found
    }
}

/// Reads `name<TAB>METHOD<TAB>path` lines.
pub fn read_names(text: &str) -> Result<BTreeMap<(String, String), String>> {
    let mut names = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [name, method, path] = columns[..] else {
            bail!("core/api/names.tsv: expected name<TAB>METHOD<TAB>path, got {line:?}");
        };
        let known = names.insert((method.to_owned(), path.to_owned()), name.to_owned());
        ensure!(known.is_none(), "core/api/names.tsv names {method} {path} twice");
    }
    Ok(names)
}

fn is_open(source: &Map<String, Value>) -> bool {
    source.get("x-jc-open") == Some(&Value::Bool(true))
}

struct Reader<'a> {
    components: &'a Map<String, Value>,
}

impl Reader<'_> {
    fn operation(&self, name: String, method: &str, path: &str, operation: &Value) -> Result<Operation> {
        let mut operation_ids = Vec::new();
        for key in ["operationId", "x-legacy-operation-id"] {
            if let Some(id) = operation.get(key).and_then(Value::as_str)
                && !operation_ids.iter().any(|known| known == id)
            {
                operation_ids.push(id.to_owned());
            }
        }
        let mut parameters = Vec::new();
        let mut organization = Organization::None;
        for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (name, location) = (text("name"), text("in"));
            let required = parameter.get("required") == Some(&Value::Bool(true));
            let source = parameter.get("schema").unwrap_or(&Value::Null);
            match name.as_str() {
                "Date" | "Authorization" | "Content-Length" if location == "header" => continue,
                "x-org-id" => {
                    organization = match (source.get("type").and_then(Value::as_str), required) {
                        (Some("array"), _) => Organization::Many,
                        (_, true) => Organization::Required,
                        _ => Organization::One,
                    };
                    continue;
                }
                _ => {}
            }
            let schema = self.schema(source)?;
            let array = matches!(schema.kind, Kind::Array(_));
            let explode = parameter.get("explode").and_then(Value::as_bool);
            let style = match (text("style").as_str(), array) {
                ("deepObject", _) => Style::Deep,
                (_, false) => Style::Single,
                ("spaceDelimited", true) => Style::Space,
                (_, true) if explode == Some(false) || location != "query" => Style::Comma,
                (_, true) => Style::Repeated,
            };
            let spells_gte = parameter.get("x-jc-operators").is_some_and(|operators| operators == "gte");
            parameters.push(Parameter { name, location, required, style, spells_gte, schema });
        }
        // Path parameters in the order of the URL; the others as described.
        parameters.sort_by_key(|p| match p.location.as_str() {
            "path" => path.find(&format!("{{{}}}", p.name)).unwrap_or(usize::MAX - 1),
            _ => usize::MAX,
        });
        let body = match operation.pointer("/requestBody/content").and_then(Value::as_object) {
            None => None,
            Some(content) => {
                let (media_type, media) = content.iter().next().context("an empty requestBody")?;
                let others: Vec<&String> = content.keys().skip(1).collect();
                ensure!(
                    others.is_empty()
                        || (media_type == "application/json" && others == ["application/octet-stream"]),
                    "request media types {media_type} and {others:?}: the table cannot say that"
                );
                Some(Body {
                    required: operation.pointer("/requestBody/required") == Some(&Value::Bool(true)),
                    media_type: media_type.clone(),
                    or_bytes: !others.is_empty(),
                    schema: self.schema(media.get("schema").unwrap_or(&Value::Null))?,
                })
            }
        };
        let mut replies = Vec::new();
        for (status, reply) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
            let mut content = Vec::new();
            for (media_type, media) in reply.get("content").and_then(Value::as_object).into_iter().flatten() {
                content.push((media_type.clone(), self.schema(media.get("schema").unwrap_or(&Value::Null))?));
            }
            replies.push(ReplyShape { status: status.clone(), content });
        }
        let strings = |key: &str| -> Vec<String> {
            let list = operation.get(key).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let credentials = match operation.get("security").and_then(Value::as_array) {
            Some(none) if none.is_empty() => Credentials::None,
            Some(some) if some.iter().any(|entry| entry.get("basicAuth").is_some()) => Credentials::Client,
            _ if operation.get("x-system-context") == Some(&Value::Bool(true)) => Credentials::AnyOrSystem,
            _ => Credentials::Any,
        };
        let effect = match operation.get("x-jc-effect").and_then(Value::as_str) {
            Some("safe") => Effect::Safe,
            Some("idempotent") => Effect::Idempotent,
            Some("destructive") => Effect::Destructive,
            Some("other") => Effect::Other,
            Some(effect) => bail!("x-jc-effect is safe, idempotent, other or destructive, not {effect}"),
            None => match method {
                "GET" | "HEAD" => Effect::Safe,
                "DELETE" => Effect::Destructive,
                "PUT" => Effect::Idempotent,
                _ => Effect::Other,
            },
        };
        let paging = self.paging(&name, path, operation, &parameters, &body, &replies)?;
        Ok(Operation {
            method: method.to_owned(),
            path: path.to_owned(),
            operation_ids,
            scopes: strings("x-scopes"),
            filter_fields: strings("x-jc-filter-fields"),
            full_replace: operation.get("x-jc-update").and_then(Value::as_str) == Some("full-replace"),
            name,
            parameters,
            body,
            replies,
            credentials,
            organization,
            effect,
            paging,
        })
    }

    fn paging(
        &self,
        name: &str,
        path: &str,
        operation: &Value,
        parameters: &[Parameter],
        body: &Option<Body>,
        replies: &[ReplyShape],
    ) -> Result<Option<Paging>> {
        // Its name says what a list is: v1 offers limit and skip on single objects too.
        let verb = name.rsplit('.').next().unwrap_or_default();
        let explicit = operation.pointer("/x-jc-paging/strategy").is_some();
        if !explicit && verb != "search" && !verb.starts_with("list") {
            return Ok(None);
        }
        let text = |key: &str| {
            let value = operation.get("x-jc-paging").and_then(|paging| paging.get(key));
            value.and_then(Value::as_str).map(str::to_owned)
        };
        let query = |name: &str| parameters.iter().find(|p| p.location == "query" && p.name == name);
        let reply = replies
            .iter()
            .filter(|reply| reply.status.starts_with('2'))
            .flat_map(|reply| &reply.content)
            .map(|(_, schema)| self.follow(schema))
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .next();
        let method = operation.get("x-jc-paging").and_then(|p| p.get("strategy")).and_then(Value::as_str);
        let found =
            |strategy, size: &str, position: &str| Some((strategy, size.to_owned(), position.to_owned()));
        let chosen = match method {
            Some("none") => return Ok(None),
            Some("search-after") => found("search-after", "limit", "search_after"),
            Some("body-skip") => found("body-skip", "limit", "skip"),
            Some("token") => found(
                "token",
                &text("size").unwrap_or_default(),
                &text("position").context("x-jc-paging.position")?,
            ),
            Some("single") => found("single", "", ""),
            Some(other) => bail!("x-jc-paging.strategy {other} is not known"),
            None if path.starts_with("/api/search/") => found("body-skip", "limit", "skip"),
            None if query("pageToken").is_some() => found("token", "maxResults", "pageToken"),
            None if query("skipToken").is_some() => found("token", "top", "skipToken"),
            None if query("continuationToken").is_some() => found("token", "", "continuationToken"),
            None if query("limit").is_some() && query("skip").is_some() => found("skip", "limit", "skip"),
            None if query("limit").is_some() && query("offset").is_some() => found("skip", "limit", "offset"),
            None if query("queryParameters.limit").is_some() => {
                found("skip", "queryParameters.limit", "queryParameters.skip")
            }
            None => found("single", if query("limit").is_some() { "limit" } else { "" }, ""),
        };
        let Some((strategy, size, position)) = chosen else {
            return Ok(None);
        };
        let (items, total, cursor) = reply.as_ref().map(|reply| self.envelope(reply)).unwrap_or_default();
        let items = text("items").unwrap_or(items);
        let stated = if body.is_some() && matches!(strategy, "body-skip" | "search-after") {
            self.body_limit(body)
        } else {
            operation
                .get("parameters")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .find(|p| p.get("name").and_then(Value::as_str) == Some(&size))
                .and_then(|p| p.pointer("/schema/maximum"))
                .and_then(Value::as_u64)
        };
        let stated = operation.pointer("/x-jc-paging/maximum").and_then(Value::as_u64).or(stated);
        let v1 = path.starts_with("/api/") && !path.starts_with("/api/v2/");
        let sortable = v1 && (strategy == "body-skip" || (strategy == "skip" && query("sort").is_some()));
        Ok(Some(Paging {
            maximum: stated.unwrap_or(100),
            maximum_known: stated.is_some(),
            items,
            total: text("total").unwrap_or(total),
            cursor: text("cursor").unwrap_or(cursor),
            stable_sort: text("sort").unwrap_or_else(|| if sortable { "_id".into() } else { String::new() }),
            strategy,
            size,
            position,
        }))
    }

    fn body_limit(&self, body: &Option<Body>) -> Option<u64> {
        let body = body.as_ref()?;
        let Kind::Reference(name) = &body.schema.kind else {
            return None;
        };
        self.components.get(name)?.pointer("/properties/limit/maximum")?.as_u64()
    }

    /// The keys of items, total and cursor in a list's reply object; all empty for anything else.
    fn envelope(&self, reply: &Schema) -> (String, String, String) {
        let Kind::Object(properties) = &reply.kind else {
            return Default::default();
        };
        let is_array = |p: &&Property| matches!(self.follow(&p.schema).map(|s| s.kind), Ok(Kind::Array(_)));
        let arrays: Vec<&Property> = properties.iter().filter(is_array).collect();
        let named = |names: &[&str]| {
            properties
                .iter()
                .find(|p| names.contains(&p.name.as_str()))
                .map(|p| p.name.clone())
                .unwrap_or_default()
        };
        let items = match arrays.iter().find(|p| p.name == "results" || p.name == "records") {
            Some(results) => results.name.clone(),
            None if arrays.len() == 1 => arrays[0].name.clone(),
            None => String::new(),
        };
        let cursor = named(&["nextPageToken", "skipToken", "continuationToken"]);
        // `count` and `events_count` may as well count the page: trusting them could cut a list short.
        (items, named(&["totalCount", "total_count"]), cursor)
    }

    fn follow(&self, schema: &Schema) -> Result<Schema> {
        match &schema.kind {
            Kind::Reference(name) => {
                let target = self.components.get(name).with_context(|| format!("no schema {name}"))?;
                self.follow(&self.schema(target)?)
            }
            _ => Ok(schema.clone()),
        }
    }

    fn schema(&self, source: &Value) -> Result<Schema> {
        let Some(source) = source.as_object() else {
            return Ok(Schema { kind: Kind::Any, nullable: true });
        };
        if let Some(reference) = source.get("$ref").and_then(Value::as_str) {
            let name = reference
                .strip_prefix("#/components/schemas/")
                .with_context(|| format!("reference {reference}"))?;
            let name = name.replace("~1", "/").replace("~0", "~");
            ensure!(self.components.contains_key(&name), "no schema {name}");
            return Ok(Schema { kind: Kind::Reference(name), nullable: false });
        }
        if let Some(parts) = source.get("allOf").and_then(Value::as_array) {
            return self.all_of(source, parts);
        }
        let mut nullable = false;
        let kind = match source.get("type") {
            Some(Value::String(one)) => one.as_str(),
            Some(Value::Array(several)) => {
                nullable = several.iter().any(|t| t == "null");
                let mut others = several.iter().filter_map(Value::as_str).filter(|t| *t != "null");
                match (others.next(), others.next()) {
                    (Some(one), None) => one,
                    _ => "",
                }
            }
            _ if source.contains_key("properties") || source.contains_key("additionalProperties") => "object",
            _ => "",
        };
        let format = source.get("format").and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = match kind {
            "string" => {
                let values = source.get("enum").and_then(Value::as_array).into_iter().flatten();
                let values = values.filter_map(Value::as_str).map(str::to_owned).collect();
                if let Some(constant) = source.get("const").and_then(Value::as_str) {
                    return Ok(Schema { kind: Kind::Constant(constant.to_owned()), nullable });
                }
                match format.as_str() {
                    // The gRPC-backed services write 64-bit numbers as decimal strings (proto3 JSON).
                    "int64" | "uint64" => Kind::Integer { format: "decimal".into() },
                    _ => Kind::String { format, values },
                }
            }
            "integer" => Kind::Integer { format },
            "number" => Kind::Number,
            "boolean" => Kind::Boolean,
            "array" => Kind::Array(Box::new(self.schema(source.get("items").unwrap_or(&Value::Null))?)),
            "object" => self.object(source)?,
            "null" => Kind::Any,
            "" => Kind::Any,
            other => bail!("unknown type {other}"),
        };
        let nullable = nullable || kind == Kind::Any;
        Ok(Schema { kind, nullable })
    }

    fn object(&self, source: &Map<String, Value>) -> Result<Kind> {
        let required: BTreeSet<&str> = source
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut properties = Vec::new();
        for (name, property) in source.get("properties").and_then(Value::as_object).into_iter().flatten() {
            properties.push(Property {
                name: name.clone(),
                required: required.contains(name.as_str()),
                read_only: property.get("readOnly") == Some(&Value::Bool(true)),
                schema: self.schema(property)?,
            });
        }
        Ok(match source.get("additionalProperties") {
            Some(values) if properties.is_empty() && *values != Value::Bool(false) => {
                Kind::Map(Box::new(self.schema(values)?))
            }
            _ if properties.is_empty() => Kind::Map(Box::new(Schema { kind: Kind::Any, nullable: true })),
            _ if is_open(source) => Kind::Open(properties),
            _ => Kind::Object(properties),
        })
    }

    fn all_of(&self, source: &Map<String, Value>, parts: &[Value]) -> Result<Schema> {
        let mut merged: BTreeMap<String, Property> = BTreeMap::new();
        let own = source.contains_key("properties").then(|| {
            let mut own = source.clone();
            own.remove("allOf");
            Value::Object(own)
        });
        for part in parts.iter().chain(&own) {
            match self.follow(&self.schema(part)?)?.kind {
                Kind::Object(properties) | Kind::Open(properties) => {
                    for property in properties {
                        merged.insert(property.name.clone(), property);
                    }
                }
                Kind::Map(_) | Kind::Any => {}
                other => {
                    return Ok(Schema { kind: other, nullable: false });
                }
            }
        }
        let properties = merged.into_values().collect();
        let kind = if is_open(source) { Kind::Open(properties) } else { Kind::Object(properties) };
        Ok(Schema { kind, nullable: false })
    }
}
