//! `core/api` as values: the OpenAPI files with the corrections applied and the names looked up.
//!
//! Everything that is generated is generated from [`Description`]; nothing else reads the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use crate::corrections;

mod classes;
pub mod effects;
mod legacy;
mod named;
mod ours;
mod paging;
pub mod words;

pub use effects::{Effect, Effects, Kind as EffectKind};
pub use legacy::LegacyIds;
pub use paging::{Counts, Paging};
pub use words::Words;

/// The OpenAPI files in `core/api`, in the order their operations are listed.
pub const DOCUMENTS: [&str; 5] =
    ["additions.json", "console.json", "insights.json", "oauth.json", "storage.json"];

/// The whole API: operations by dotted name, schemas by JumpCloud's name.
pub struct Description {
    pub operations: Vec<Operation>,
    pub schemas: BTreeMap<String, Schema>,
    /// Ids of operations that JumpCloud has no more, with the name of what does the same now, if any.
    pub gone_ids: Vec<(String, String)>,
    /// What each playbook gives, by its name.
    pub playbooks: BTreeMap<String, Schema>,
    /// The schemas that describe playbooks and nothing of JumpCloud's.
    pub ours: BTreeSet<String>,
    /// Schemas whose objects are of several kinds, told apart by the text under one key, with the schemas of the kinds
    /// that are known.
    pub unions: BTreeMap<String, Vec<String>>,
    /// The names of properties and parameters whose values may be shown, a line each: those of requests, and those that only
    /// come back.
    pub harmless: [String; 2],
    pub words: Words,
}

pub struct Operation {
    pub name: String,
    /// What it does, for a person; empty where nobody has written it yet. `same_as` is whose sentence it is, if another's.
    pub sentence: String,
    pub same_as: Option<String>,
    /// The file of `core/api` that describes it.
    pub file: &'static str,
    pub method: String,
    pub path: String,
    /// The newest operationId first, then the one that was published for years, then those it had in between.
    pub operation_ids: Vec<String>,
    /// Without `x-org-id`, `Date` and `Authorization`, which come from the credentials, and `Content-Length`, the
    /// transport's.
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    /// Where a filter goes in the body: searches and event queries offer it as a parameter.
    pub body_filter: Option<&'static str>,
    pub replies: Vec<ReplyShape>,
    pub scopes: Vec<String>,
    pub credentials: Credentials,
    pub organization: Organization,
    pub effect: Effect,
    pub paging: Option<Paging>,
    /// JumpCloud says that it will go.
    pub deprecated: bool,
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
    Refused,
    Optional,
    Required,
    Several,
}

pub struct Parameter {
    pub name: String,
    pub location: String,
    pub required: bool,
    pub style: Style,
    /// What it was called in earlier descriptions; programs still say it.
    pub former_names: Vec<String>,
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

#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    pub kind: Kind,
    /// JumpCloud sends it as null, or takes null to clear it.
    pub nullable: bool,
    /// An object that has other keys by design: its owner makes them up, as the custom attributes of a group, or they
    /// come without notice, as in events.
    pub open: bool,
}

impl Schema {
    fn of(kind: Kind) -> Schema {
        Schema { kind, nullable: false, open: false }
    }

    /// Anything, of which nothing is known.
    fn any() -> Schema {
        Schema { nullable: true, ..Schema::of(Kind::Any) }
    }

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
    Reference(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    pub name: String,
    pub required: bool,
    /// JumpCloud sends it in every reply that is not narrowed to other fields.
    pub always_sent: bool,
    pub read_only: bool,
    pub schema: Schema,
}

impl Description {
    /// Reads `core/api` below `root`.
    pub fn read(root: &Path) -> Result<Description> {
        let text = |file: &str| {
            let path = format!("core/api/{file}");
            fs::read_to_string(root.join(&path)).context(path)
        };
        let effects = Effects::read(&text("effects.tsv")?)?;
        let legacy = LegacyIds::read(&text("legacy-ids.tsv")?)?;
        let names = named::read(&text("names.tsv")?)?;
        let description = Description::resolve(&Description::documents(root)?, names, effects, legacy)?;
        let harmless = classes::harmless(&description, &text("leaf-classes.tsv")?)?;
        Ok(Description { words: Words::read(root)?, harmless, ..description })
    }

    /// The OpenAPI files below `root` by their names, corrected.
    pub fn documents(root: &Path) -> Result<BTreeMap<String, Value>> {
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
        Ok(documents)
    }

    fn resolve(
        documents: &BTreeMap<String, Value>,
        mut names: BTreeMap<(String, String), named::Named>,
        mut effects: Effects,
        legacy: LegacyIds,
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
        let (mut unnamed, mut unjudged) = (Vec::new(), Vec::new());
        for file in DOCUMENTS {
            let paths = documents[file].get("paths").and_then(Value::as_object).context("paths")?;
            for (path, item) in paths {
                for (method, operation) in item.as_object().context("path item")? {
                    let method = method.to_uppercase();
                    let effect = effects.take(&method, path);
                    if effect.is_none() {
                        unjudged.push((method.clone(), path.as_str()));
                    }
                    match (names.remove(&(method.clone(), path.clone())), effect) {
                        (Some(name), Some(effect)) => operations.push(
                            reader
                                .operation(name, &method, path, operation, (file, effect))
                                .with_context(|| format!("core/api/{file}: {method} {path}"))?,
                        ),
                        (Some(_), None) => {}
                        (None, _) => unnamed.push(format!("{method} {path}")),
                    }
                }
            }
        }
        let unjudged = effects::suggested(unjudged.iter().map(|(method, path)| (method.as_str(), *path)));
        named::all_are(&unnamed, &unjudged)?;
        ensure!(
            names.is_empty(),
            "core/api/names.tsv names operations that core/api does not have (any more): {:?}",
            names.values().collect::<Vec<_>>()
        );
        effects.finish()?;
        let gone_ids = legacy.give(&mut operations)?;
        operations.sort_by(|a, b| a.name.cmp(&b.name));
        words::give_sentences(&mut operations)?;
        let mut schemas = BTreeMap::new();
        for (name, schema) in &components {
            schemas.insert(name.clone(), reader.schema(schema).with_context(|| format!("schema {name}"))?);
        }
        let playbooks = reader.playbooks(documents)?;
        let (ours, unions) = (ours::schemas_of_playbooks(documents), ours::unions(&components));
        ours::join(&unions, &mut schemas);
        let (words, harmless) = (Words::default(), Default::default());
        let description =
            Description { operations, schemas, gone_ids, playbooks, ours, unions, words, harmless };
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
        if let Some((id, _)) = self.gone_ids.iter().find(|(id, _)| known.contains_key(id.as_str())) {
            bail!("core/api/legacy-ids.tsv: {id} is gone, and {} is called so", known[id.as_str()]);
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
                Kind::Object(properties) => {
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

/// The texts in the list under a key.
fn strings(holder: &Value, key: &str) -> Vec<String> {
    let list = holder.get(key).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

struct Reader<'a> {
    components: &'a Map<String, Value>,
}

impl Reader<'_> {
    fn operation(
        &self,
        (name, sentence): named::Named,
        method: &str,
        path: &str,
        operation: &Value,
        (file, effect): (&'static str, Effect),
    ) -> Result<Operation> {
        let mut operation_ids = Vec::new();
        for key in ["operationId", "x-legacy-operation-id"] {
            if let Some(id) = operation.get(key).and_then(Value::as_str)
                && !operation_ids.iter().any(|known| known == id)
            {
                operation_ids.push(id.to_owned());
            }
        }
        operation_ids.extend(strings(operation, "x-jc-former-operation-ids"));
        let mut parameters = Vec::new();
        let mut organization_required = false;
        for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (name, location) = (text("name"), text("in"));
            let required = parameter.get("required") == Some(&Value::Bool(true));
            let source = parameter.get("schema").unwrap_or(&Value::Null);
            match name.as_str() {
                "Date" | "Authorization" | "Content-Length" if location == "header" => continue,
                "x-org-id" => {
                    organization_required = required;
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
            let former_names = strings(parameter, "x-jc-former-names");
            parameters.push(Parameter { name, location, required, style, former_names, spells_gte, schema });
        }
        let places = || path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
        let described = |place| parameters.iter().any(|p| p.location == "path" && p.name == place);
        if let Some(place) = places().find(|place| !described(*place)) {
            bail!("the path's {{{place}}} is no parameter of the operation");
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
        let credentials = match operation.get("security").and_then(Value::as_array) {
            Some(none) if none.is_empty() => Credentials::None,
            Some(some) if some.iter().any(|entry| entry.get("basicAuth").is_some()) => Credentials::Client,
            _ if operation.get("x-system-context") == Some(&Value::Bool(true)) => Credentials::AnyOrSystem,
            _ => Credentials::Any,
        };
        // The newest description lists the header on less than half of the operations that take it; what it lists is no
        // evidence. Without an administrator's credentials there is nothing to choose among.
        let organization = match operation.get("x-jc-organization").and_then(Value::as_str) {
            _ if matches!(credentials, Credentials::Client | Credentials::None) => Organization::Refused,
            Some("refused") => Organization::Refused,
            Some("several") => Organization::Several,
            Some(other) => bail!("x-jc-organization is refused or several, not {other}"),
            None if organization_required => Organization::Required,
            None => Organization::Optional,
        };
        let paging = self.paging(&name, path, operation, &parameters, &body, &replies)?;
        let in_body =
            |key: &str| body.as_ref().and_then(|body| self.inner(&self.follow(&body.schema).ok()?, key));
        let body_filter = match &paging {
            Some(paging) if paging.strategy == "body-skip" && in_body("filter").is_some() => Some("filter"),
            _ if in_body("search_term").is_some() => Some("search_term"),
            _ => None,
        };
        Ok(Operation {
            method: method.to_owned(),
            path: path.to_owned(),
            operation_ids,
            scopes: strings(operation, "x-scopes"),
            filter_fields: strings(operation, "x-jc-filter-fields"),
            deprecated: operation.get("deprecated") == Some(&Value::Bool(true)),
            name,
            sentence,
            same_as: None,
            file,
            parameters,
            body,
            body_filter,
            replies,
            credentials,
            organization,
            effect,
            paging,
        })
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
            return Ok(Schema::any());
        };
        if let Some(reference) = source.get("$ref").and_then(Value::as_str) {
            let name = reference
                .strip_prefix("#/components/schemas/")
                .with_context(|| format!("reference {reference}"))?;
            let name = name.replace("~1", "/").replace("~0", "~");
            ensure!(self.components.contains_key(&name), "no schema {name}");
            return Ok(Schema::of(Kind::Reference(name)));
        }
        if let Some(parts) = source.get("allOf").and_then(Value::as_array) {
            return self.all_of(source, parts);
        }
        // How OpenAPI 3.1 says that what a reference means may be null. Other choices are anything.
        if let Some([one, null]) = source.get("anyOf").and_then(Value::as_array).map(Vec::as_slice)
            && null.get("type").is_some_and(|kind| kind == "null")
        {
            return Ok(Schema { nullable: true, ..self.schema(one)? });
        }
        let kind = match source.get("type") {
            Some(Value::String(one)) => one.as_str(),
            Some(Value::Array(several)) => {
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
                match (source.get("const").and_then(Value::as_str), format.as_str()) {
                    (Some(constant), _) => Kind::Constant(constant.to_owned()),
                    // The gRPC-backed services write 64-bit numbers as decimal strings (proto3 JSON).
                    (None, "int64" | "uint64") => Kind::Integer { format: "decimal".into() },
                    (None, _) => Kind::String { format, values },
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
        let nullable = takes_null(source) || kind == Kind::Any;
        Ok(Schema { kind, nullable, open: is_open(source) })
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
                always_sent: property.get("x-jc-always-sent") == Some(&Value::Bool(true)),
                read_only: property.get("readOnly") == Some(&Value::Bool(true)),
                schema: self.schema(property)?,
            });
        }
        Ok(match source.get("additionalProperties") {
            Some(values) if properties.is_empty() && *values != Value::Bool(false) => {
                Kind::Map(Box::new(self.schema(values)?))
            }
            _ if properties.is_empty() => Kind::Map(Box::new(Schema::any())),
            _ => Kind::Object(properties),
        })
    }

    fn all_of(&self, source: &Map<String, Value>, parts: &[Value]) -> Result<Schema> {
        let mut merged: BTreeMap<String, Property> = BTreeMap::new();
        let nullable = takes_null(source);
        let own = source.contains_key("properties").then(|| {
            let mut own = source.clone();
            own.remove("allOf");
            Value::Object(own)
        });
        for part in parts.iter().chain(&own) {
            match self.follow(&self.schema(part)?)?.kind {
                Kind::Object(properties) => {
                    for property in properties {
                        merged.insert(property.name.clone(), property);
                    }
                }
                Kind::Map(_) | Kind::Any => {}
                other => {
                    return Ok(Schema { nullable, ..Schema::of(other) });
                }
            }
        }
        Ok(Schema { kind: Kind::Object(merged.into_values().collect()), nullable, open: is_open(source) })
    }
}

/// Whether null is one of the types.
fn takes_null(source: &Map<String, Value>) -> bool {
    source.get("type").and_then(Value::as_array).is_some_and(|types| types.iter().any(|one| one == "null"))
}

/// Whether an object says itself that it has keys beside those that it names.
fn is_open(source: &Map<String, Value>) -> bool {
    let named = ["properties", "allOf"].iter().any(|key| source.contains_key(*key));
    named && source.get("additionalProperties") == Some(&Value::Bool(true))
}
