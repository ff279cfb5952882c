//! The catalogue: what an operation is and takes, as JSON, for programs and agents that choose among operations.

mod search;

use std::collections::BTreeSet;

use crate::json::{Map, Value};
use crate::operation::{Accepts, Api, Operation, Organization, Paging, Parameter, Place, Style};
use crate::schema::{Kind, Property, Schema};
use crate::{Error, Result, words};

impl Operation {
    /// The operation as a JSON object: its names, method and path, what it does to data, credentials, scopes, paging,
    /// and `parameters` as a JSON Schema that describes what [`build`](crate::request::build) takes. With the feature
    /// `words` also `summary`, a sentence, and the schemas say what parameters and fields mean; with the feature
    /// `reply-schemas` also `filterFields`, and `reply`, the JSON Schema of a success. `fullReplace` says whether what
    /// the body leaves out is reset; null where no source says, so that it may be.
    ///
    /// ```
    /// use jumpcloud_core::Operation;
    ///
    /// let described: serde_json::Value = serde_json::from_str(&Operation::find("v1.systemUsers.get")?.describe())?;
    /// assert_eq!(described["path"], "/api/systemusers/{id}");
    /// assert_eq!(described["parameters"]["required"], serde_json::json!(["id"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn describe(&self) -> String {
        let mut entries = Map::default();
        let mut set = |key: &str, value: Value| entries.insert(key.to_owned(), value);
        set("name", text(self.name));
        if let Some(sentence) = words::sentence(self) {
            set("summary", text(sentence));
        }
        #[cfg(feature = "ids")]
        set("operationIds", Value::Array(self.operation_ids().map(Value::String).collect()));
        set("api", text(api(self.api())));
        set("method", text(self.method.as_str()));
        set("path", text(self.path));
        set("safe", Value::Bool(self.safe));
        set("idempotent", Value::Bool(self.idempotent));
        set("destructive", Value::Bool(self.destructive));
        set("fullReplace", self.full_replace.map_or(Value::Null, Value::Bool));
        set("deprecated", Value::Bool(self.deprecated));
        set("credentials", texts(credentials(self.accepts)));
        set("organization", text(organization(self.organization)));
        set("scopes", texts(&self.scopes));
        set("paging", self.paging.as_ref().map_or(Value::Null, paging));
        set("mediaTypes", texts(&self.media_types));
        set("parameters", self.parameters_schema());
        #[cfg(feature = "reply-schemas")]
        {
            set("filterFields", texts(&self.filter_fields()));
            let success = self.replies().into_iter().find(|reply| reply.status.starts_with('2'));
            let schema =
                success.filter(|reply| !reply.media_type.is_empty()).map(|reply| whole_schema(&reply.schema));
            set("reply", schema.unwrap_or(Value::Null));
        }
        Value::Object(entries).to_string()
    }

    /// The parameters, `body` among them, as one JSON Schema.
    fn parameters_schema(&self) -> Value {
        let (mut properties, mut required) = (Map::default(), Vec::new());
        let mut roots: Vec<&Schema> = Vec::new();
        for parameter in &self.parameters {
            let schema = parameter_schema(parameter);
            let schema = saying(schema, words::parameter(self, parameter.name));
            properties.insert(parameter.name.to_owned(), schema);
            roots.push(&parameter.schema);
            if parameter.required {
                required.push(parameter.name);
            }
        }
        if let Some(body) = &self.body {
            let schema = placed(json_schema(&body.schema, NOWHERE), "body");
            properties.insert("body".to_owned(), saying(schema, words::parameter(self, "body")));
            roots.push(&body.schema);
            if body.required {
                required.push("body");
            }
        }
        let mut schema = Map::default();
        schema.insert("type".to_owned(), text("object"));
        schema.insert("properties".to_owned(), Value::Object(properties));
        schema.insert("required".to_owned(), texts(&required));
        schema.insert("additionalProperties".to_owned(), Value::Bool(false));
        rooted(Value::Object(schema), &roots)
    }
}

/// The words as they are compiled in, for who weighs them.
#[cfg(feature = "words")]
#[doc(hidden)]
pub const PACKED_WORDS: [&[u8]; 4] = words::PACKED;

/// What there is to know of an operation, as [`Operation::describe`] says it, or of a playbook, as an item of
/// [`playbooks`](crate::playbooks).
///
/// ```
/// let described: serde_json::Value = serde_json::from_str(&jumpcloud_core::catalogue::describe("users.suspend")?)?;
/// assert_eq!(described["parameters"]["required"], serde_json::json!(["user"]));
/// # #[cfg(feature = "reply-schemas")]
/// assert_eq!(described["result"]["$ref"], "#/$defs/UserStateResult");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidRequest`](crate::ErrorKind) for a name that there is not.
pub fn describe(name: &str) -> Result<String> {
    match crate::playbook::describe(name) {
        Some(described) => Ok(described),
        None => Operation::called(name).map(Operation::describe),
    }
}

/// The operations that a person means by these words, the likeliest first, as a JSON array; without words all of them, in
/// the order of their names. Each has `name`, `method`, `path`, `list` (whether it comes in pages), `destructive`, with
/// the feature `ids` `operationIds`, and with the feature `words` `summary`, a sentence.
///
/// Words are looked for in names, sentences, paths and operationIds, in whatever form (`users`, `userGroups`, `resetting`),
/// with those that people say for them (`api/search-words.tsv`: a device is a system).
///
/// ```
/// let found: serde_json::Value = serde_json::from_str(&jumpcloud_core::catalogue::operations("systemUsers unlock"))?;
/// assert_eq!(found[0]["name"], "v1.systemUsers.unlock");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn operations(words: &str) -> String {
    let found = search::find(words).into_iter().map(|search::Found { operation, sentence, ids }| {
        let mut entries = Map::default();
        let mut set = |key: &str, value: Value| entries.insert(key.to_owned(), value);
        set("name", text(operation.name));
        set("method", text(operation.method.as_str()));
        set("path", text(operation.path));
        set("list", Value::Bool(operation.paging.is_some()));
        set("destructive", Value::Bool(operation.destructive));
        if cfg!(feature = "ids") {
            set("operationIds", Value::Array(ids.into_iter().map(Value::String).collect()));
        }
        if cfg!(feature = "words") {
            set("summary", text(sentence));
        }
        Value::Object(entries)
    });
    Value::Array(found.collect()).to_string()
}

/// The OAuth scopes that a service account or role needs to call all of these operations, and no more: of the scopes
/// an operation names one is enough, and a read-only one is preferred where the operation only reads.
///
/// ```
/// use jumpcloud_core::catalogue::scopes;
///
/// assert_eq!(scopes(["v2.userGroups.list", "v2.systemGroups.get"])?, ["groups.readonly"]);
/// assert_eq!(scopes(["v2.userGroups.list", "v2.userGroups.create"])?, ["groups"]);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidRequest`](crate::ErrorKind) for a name that there is not.
pub fn scopes<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Vec<&'static str>> {
    let operations = names.into_iter().map(Operation::called).collect::<Result<Vec<_>>>()?;
    let mut open: Vec<&[&'static str]> =
        operations.iter().map(|operation| operation.scopes.as_slice()).collect();
    open.retain(|scopes| !scopes.is_empty());
    let mut chosen = BTreeSet::new();
    // What has no choice comes first; then, again and again, the scope that serves most of what is left.
    while !open.is_empty() {
        let forced = open.iter().find(|scopes| scopes.len() == 1).and_then(|scopes| scopes.first().copied());
        let candidates: BTreeSet<&'static str> =
            open.iter().flat_map(|scopes| scopes.iter().copied()).collect();
        let serves = |scope: &str| open.iter().filter(|scopes| scopes.contains(&scope)).count();
        let best = forced.or_else(|| {
            candidates
                .into_iter()
                .max_by_key(|scope| (serves(scope), scope.ends_with(".readonly"), usize::MAX - scope.len()))
        });
        let Some(best) = best else { return Err(Error::invalid("no scope serves these operations")) };
        chosen.insert(best);
        open.retain(|scopes| !scopes.contains(&best));
    }
    Ok(chosen.into_iter().collect())
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn texts(items: &[&str]) -> Value {
    Value::Array(items.iter().map(|item| text(item)).collect())
}

fn api(api: Api) -> &'static str {
    match api {
        Api::V1 => "v1",
        Api::V2 => "v2",
        Api::Insights => "insights",
        Api::OAuth => "oauth",
        Api::Storage => "storage",
    }
}

fn credentials(accepts: Accepts) -> &'static [&'static str] {
    match accepts {
        Accepts::KeyOrBearer => &["api-key", "bearer"],
        Accepts::KeyBearerOrSystem => &["api-key", "bearer", "system-context"],
        Accepts::ClientSecret => &["client-secret"],
        Accepts::Nothing => &[],
    }
}

fn organization(organization: Organization) -> &'static str {
    match organization {
        Organization::Refused => "none",
        Organization::Optional => "optional",
        Organization::Required => "required",
        Organization::Several => "several",
    }
}

fn paging(paging: &Paging) -> Value {
    let named = |name: &str| if name.is_empty() { Value::Null } else { text(name) };
    let mut entries = Map::default();
    entries.insert("strategy".to_owned(), text(paging.strategy.name()));
    entries.insert("size".to_owned(), named(paging.size));
    entries.insert("position".to_owned(), named(paging.position));
    entries.insert("maximum".to_owned(), Value::Number(paging.maximum.to_string()));
    entries.insert("maximumKnown".to_owned(), Value::Bool(paging.maximum_known));
    entries.insert("items".to_owned(), named(paging.items));
    entries.insert("total".to_owned(), named(paging.total));
    entries.insert("identity".to_owned(), named(paging.identity));
    entries.insert("sort".to_owned(), named(paging.sort));
    entries.insert("order".to_owned(), text(paging.order.name()));
    entries.insert("counts".to_owned(), text(paging.counts.name()));
    let time = paging.times.map_or("", |times| times.event);
    entries.insert("time".to_owned(), named(time));
    Value::Object(entries)
}

fn parameter_schema(parameter: &Parameter) -> Value {
    let place = match parameter.place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
        Place::Body(_) => "body",
    };
    let one = match &parameter.schema.kind {
        // Of a parameter no other values are sent.
        Kind::Text { values } if !values.is_empty() => {
            let values = values.iter().cloned().map(Value::String).collect();
            keyword("type", text("string"), Some(("enum", Value::Array(values))))
        }
        _ => json_schema(&parameter.schema, NOWHERE),
    };
    let list = || keyword("type", text("array"), Some(("items", one.clone())));
    let schema = match (parameter.filter, parameter.style) {
        // Text, several texts, or an expression.
        (true, _) => keyword("type", texts(&["string", "array", "object"]), None),
        (_, Style::Deep) => keyword("type", texts(&["string", "object"]), None),
        (_, Style::Single) => one,
        _ => list(),
    };
    match placed(schema, place) {
        Value::Object(mut entries) if !parameter.former_names.is_empty() => {
            entries.insert("x-former-names".to_owned(), texts(&parameter.former_names));
            Value::Object(entries)
        }
        placed => placed,
    }
}

/// Where a parameter goes, beside its schema.
fn placed(schema: Value, place: &str) -> Value {
    let mut entries = match schema {
        Value::Object(entries) => entries,
        _ => Map::default(),
    };
    entries.insert("x-in".to_owned(), text(place));
    Value::Object(entries)
}

fn keyword(key: &str, value: Value, other: Option<(&str, Value)>) -> Value {
    let mut entries = Map::default();
    entries.insert(key.to_owned(), value);
    if let Some((key, value)) = other {
        entries.insert(key.to_owned(), value);
    }
    Value::Object(entries)
}

/// A schema of the table as a JSON Schema with all that it refers to.
#[cfg(feature = "reply-schemas")]
pub(crate) fn whole_schema(schema: &Schema) -> Value {
    rooted(json_schema(schema, NOWHERE), &[schema])
}

/// Where a schema stands: in which that has a number, and the keys that lead to it there.
#[derive(Clone, Copy)]
struct Within<'a> {
    schema: Option<usize>,
    path: &'a str,
}

/// In none that has a number.
const NOWHERE: Within = Within { schema: None, path: "" };

/// A schema with what it means, in words.
fn saying(schema: Value, phrase: Option<&str>) -> Value {
    match (schema, phrase) {
        (Value::Object(mut entries), Some(phrase)) => {
            entries.insert("description".to_owned(), text(phrase));
            Value::Object(entries)
        }
        (schema, _) => schema,
    }
}

/// A schema of the table as a JSON Schema; names stand as `#/$defs/…`.
fn json_schema(schema: &Schema, within: Within) -> Value {
    let kind = |name: &str| if schema.nullable { texts(&[name, "null"]) } else { text(name) };
    match &schema.kind {
        Kind::Any => Value::Object(Map::default()),
        Kind::Text { values } if values.is_empty() => keyword("type", kind("string"), None),
        // Values that are not listed pass: JumpCloud adds some.
        Kind::Text { values } => {
            let values = Value::Array(values.iter().cloned().map(Value::String).collect());
            keyword("type", kind("string"), Some(("examples", values)))
        }
        Kind::DateTime => keyword("type", kind("string"), Some(("format", text("date-time")))),
        Kind::Bound { end } => {
            let mut time = keyword("type", kind("string"), Some(("format", text("date-time"))));
            if let Value::Object(keywords) = &mut time {
                keywords.insert("x-jc-bound".to_owned(), text(if *end { "end" } else { "start" }));
            }
            time
        }
        Kind::Binary => keyword("type", kind("string"), Some(("format", text("binary")))),
        Kind::Integer { decimal: false } => keyword("type", kind("integer"), None),
        Kind::Integer { decimal: true } => keyword("type", texts(&["integer", "string"]), None),
        Kind::Number => keyword("type", kind("number"), None),
        Kind::Boolean => keyword("type", kind("boolean"), None),
        Kind::Array(items) => keyword("type", kind("array"), Some(("items", json_schema(items, within)))),
        Kind::Map(values) => {
            keyword("type", kind("object"), Some(("additionalProperties", json_schema(values, within))))
        }
        Kind::Object(properties) => {
            let mut entries = Map::default();
            for property in properties {
                let path = match within.path {
                    "" => property.name.clone(),
                    path => format!("{path}.{}", property.name),
                };
                let inner = json_schema(&property.schema, Within { path: &path, ..within });
                let phrase = words::field(within.schema, &path);
                entries.insert(property.name.clone(), saying(inner, phrase));
            }
            let mut schema = keyword("type", kind("object"), Some(("properties", Value::Object(entries))));
            let required: Vec<&str> = properties
                .iter()
                .filter(|property| property.required)
                .map(|property| property.name.as_str())
                .collect();
            if let (Value::Object(entries), false) = (&mut schema, required.is_empty()) {
                entries.insert("required".to_owned(), texts(&required));
            }
            schema
        }
        Kind::Reference(number) => {
            let named = keyword("$ref", Value::String(format!("#/$defs/{}", Schema::name(*number))), None);
            match schema.nullable {
                true => {
                    keyword("anyOf", Value::Array(vec![named, keyword("type", text("null"), None)]), None)
                }
                false => named,
            }
        }
    }
}

/// Adds the definitions of all names that `roots` reach.
fn rooted(schema: Value, roots: &[&Schema]) -> Value {
    let mut numbers = BTreeSet::new();
    let mut waiting: Vec<&Schema> = roots.to_vec();
    while let Some(schema) = waiting.pop() {
        match &schema.kind {
            Kind::Array(inner) | Kind::Map(inner) => waiting.push(inner),
            Kind::Object(properties) => {
                waiting.extend(properties.iter().map(|property: &Property| &property.schema))
            }
            Kind::Reference(number) if numbers.insert(*number) => waiting.push(Schema::numbered(*number)),
            _ => {}
        }
    }
    let Value::Object(mut entries) = schema else { return schema };
    if !numbers.is_empty() {
        let mut definitions = Map::default();
        for number in numbers {
            let within = Within { schema: Some(number), path: "" };
            let schema = json_schema(Schema::numbered(number), within);
            definitions.insert(Schema::name(number).to_owned(), schema);
        }
        entries.insert("$defs".to_owned(), Value::Object(definitions));
    }
    Value::Object(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_described_and_no_reference_leads_nowhere() {
        for operation in Operation::all() {
            let described: serde_json::Value = serde_json::from_str(&operation.describe()).unwrap();
            assert_eq!(described["name"], operation.name);
            for root in ["parameters", "reply"] {
                let schema = described[root].to_string();
                for reference in schema.split("\"$ref\":\"#/$defs/").skip(1) {
                    let name = reference.split('"').next().unwrap();
                    assert!(described[root]["$defs"].get(name).is_some(), "{}: {name}", operation.name);
                }
            }
        }
    }

    #[cfg(feature = "words")]
    #[test]
    fn what_is_described_says_what_it_means() {
        let (mut parameters, mut without) = (0, Vec::new());
        for operation in Operation::all() {
            let described: serde_json::Value = serde_json::from_str(&operation.describe()).unwrap();
            assert!(described["summary"].as_str().unwrap().ends_with('.'), "{}", operation.name);
            for (name, schema) in described["parameters"]["properties"].as_object().unwrap() {
                parameters += 1;
                if schema.get("description").is_none() {
                    without.push(name.clone());
                }
            }
        }
        // Bodies, and what one operation alone has, may go without.
        let common = without.iter().filter(|name| *name != "body");
        assert!(common.count() * 20 < parameters, "{} of {parameters}", without.len());
        assert!(!without.contains(&"limit".to_owned()) && !without.contains(&"filter".to_owned()));
        let described = Operation::find("v1.systemUsers.create").unwrap().describe();
        let described: serde_json::Value = serde_json::from_str(&described).unwrap();
        let fields = &described["parameters"]["$defs"]["systemuserputpost"]["properties"];
        assert!(fields["username"]["description"].is_string(), "{fields}");
        assert!(fields["addresses"]["items"]["properties"]["country"]["description"].is_string(), "{fields}");
    }

    #[test]
    fn the_scopes_of_all_operations_are_fewer_than_all_scopes() {
        let all: BTreeSet<_> =
            Operation::all().flat_map(|operation| operation.scopes.iter().copied()).collect();
        let needed = scopes(Operation::all().map(|operation| operation.name)).unwrap();
        assert!(needed.len() < all.len(), "{} of {}", needed.len(), all.len());
        for operation in Operation::all().filter(|operation| !operation.scopes.is_empty()) {
            assert!(operation.scopes.iter().any(|scope| needed.contains(scope)), "{}", operation.name);
        }
        assert!(scopes(["v9.nothing"]).is_err());
    }
}
