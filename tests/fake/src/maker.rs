//! Values made up from a schema: they look like what their names say, and come out the same for the same seed.

use jumpcloud_core::schema::{Kind, Schema};
use serde_json::{Map, Value, json};

use crate::calendar::{self, DAY};
use crate::collection::Record;
use crate::id::Id;
use crate::names::{CULTURES, DEPARTMENTS, OFFICES, latin, shown};
use crate::people::Facts;
use crate::random::{ALPHANUMERIC, Random};

/// How deep an example goes: schemas may hold themselves.
const DEPTH: usize = 7;
/// How high a made-up count is at most.
const COUNT: usize = 25;

/// Makes values up.
pub(crate) struct Maker<'a> {
    facts: &'a Facts,
    now: i64,
    random: Random,
}

impl<'a> Maker<'a> {
    /// A maker of values that follow from a seed and a purpose.
    pub(crate) fn new(facts: &'a Facts, now: i64, seed: u64, purpose: &str) -> Maker<'a> {
        Maker { facts, now, random: Random::new(seed, purpose) }
    }

    /// A new UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.random.next(), self.random.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }

    /// A new id.
    pub(crate) fn id(&mut self) -> String {
        Id::new(1_700_000_000 + self.random.below(60_000_000) as i64, self.random.next()).to_string()
    }

    /// A new number.
    pub(crate) fn number(&mut self) -> u64 {
        1000 + self.random.below(1_000_000_000) as u64
    }

    /// Adds to a record what a schema has and the record lacks; only what is required, unless `all`.
    pub(crate) fn complete(&mut self, record: &mut Record, schema: &Schema, all: bool) {
        let Kind::Object(properties) = &schema.resolved().kind else { return };
        for property in properties.iter().filter(|property| all || property.required) {
            if !record.contains_key(&property.name) {
                let value = self.value(&property.name, &property.schema, 1);
                record.insert(property.name.clone(), value);
            }
        }
    }

    /// A value as a schema describes it: without what it does not have, with made-up values where something required
    /// is missing. None when it is of another kind.
    pub(crate) fn shape(&mut self, schema: &Schema, value: &Value) -> Option<Value> {
        if value.is_null() {
            return schema.nullable.then_some(Value::Null);
        }
        let schema = schema.resolved();
        match (&schema.kind, value) {
            (Kind::Any | Kind::Reference(_), value) => Some(value.clone()),
            (Kind::Text { .. }, Value::Number(_) | Value::Bool(_)) => Some(json!(value.to_string())),
            (Kind::Text { .. } | Kind::DateTime | Kind::Bound { .. } | Kind::Binary, Value::String(_)) => {
                Some(value.clone())
            }
            (Kind::Integer { decimal: true }, Value::Number(number)) => Some(json!(number.to_string())),
            (Kind::Integer { decimal: true }, Value::String(_)) => Some(value.clone()),
            (Kind::Integer { .. } | Kind::Number, Value::Number(_)) => Some(value.clone()),
            (Kind::Integer { .. } | Kind::Number, Value::String(text)) => {
                serde_json::from_str::<Value>(text).ok().filter(Value::is_number)
            }
            (Kind::Boolean, Value::Bool(_)) => Some(value.clone()),
            (Kind::Boolean, Value::String(text)) => text.parse().ok().map(Value::Bool),
            (Kind::Array(item), Value::Array(values)) => {
                Some(values.iter().filter_map(|value| self.shape(item, value)).collect())
            }
            (Kind::Map(item), Value::Object(record)) => {
                let mut shaped = Map::new();
                for (key, value) in record {
                    shaped.extend(self.shape(item, value).map(|value| (key.clone(), value)));
                }
                Some(Value::Object(shaped))
            }
            (Kind::Object(properties), value) => {
                // Assets are written as plain values and read as `{"editable": …, "value": …}`.
                let wrapped = [("value".to_owned(), value.clone())];
                let record = match value {
                    Value::Object(record) => record.clone(),
                    _ if properties.iter().any(|property| property.name == "value") => {
                        Map::from_iter(wrapped)
                    }
                    _ => return None,
                };
                let mut shaped = if schema.open { record.clone() } else { Map::new() };
                for property in properties {
                    let own = record.get(&property.name);
                    let own = own.and_then(|value| self.shape(&property.schema, value));
                    let own = own.or_else(|| {
                        property.required.then(|| self.value(&property.name, &property.schema, 1))
                    });
                    shaped.extend(own.map(|value| (property.name.clone(), value)));
                }
                Some(Value::Object(shaped))
            }
            _ => None,
        }
    }

    /// A value as a schema describes it.
    pub(crate) fn value(&mut self, name: &str, schema: &Schema, depth: usize) -> Value {
        match &schema.resolved().kind {
            Kind::Any => json!("example"),
            Kind::Text { values } if !values.is_empty() => json!(self.random.pick(values)),
            Kind::Text { .. } => self.text(name),
            Kind::DateTime | Kind::Bound { .. } => json!(self.date()),
            Kind::Binary => json!("ZXhhbXBsZQ=="),
            Kind::Integer { decimal } => {
                let number =
                    self.random.below(if name.to_lowercase().contains("count") { COUNT } else { 100 });
                if *decimal { json!(number.to_string()) } else { json!(number) }
            }
            Kind::Number => json!(self.random.below(100)),
            Kind::Boolean => json!(self.random.percent(50)),
            Kind::Array(_) if depth >= DEPTH => json!([]),
            Kind::Array(item) => Value::Array(
                (0..1 + self.random.below(2)).map(|_| self.value(name, item, depth + 1)).collect(),
            ),
            Kind::Map(_) if depth >= DEPTH => json!({}),
            Kind::Map(item) => json!({"example": self.value("example", item, depth + 1)}),
            Kind::Object(properties) => {
                let shown = properties.iter().filter(|property| property.required || depth < DEPTH);
                Value::Object(Map::from_iter(shown.map(|property| {
                    let value = self.value(&property.name, &property.schema, depth + 1);
                    (property.name.clone(), value)
                })))
            }
            Kind::Reference(_) => Value::Null,
        }
    }

    fn date(&mut self) -> String {
        let today = self.now - self.now.rem_euclid(DAY);
        calendar::write(today - self.random.below(30 * DAY as usize) as i64)
    }

    /// A text that looks like what its name says.
    fn text(&mut self, name: &str) -> Value {
        let lower = name.to_lowercase();
        let ends = |words: &[&str]| words.iter().any(|word| lower.ends_with(word));
        let holds = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let facts = self.facts;
        if holds(&["organization"]) {
            return json!(facts.organization.to_string());
        }
        if ends(&["email", "mail"]) || lower == "to" {
            let culture = self.random.pick(&CULTURES);
            let (given, family) =
                (latin(self.random.pick_name(culture.given)), latin(self.random.pick_name(culture.family)));
            return json!(format!("{given}.{family}@{}", facts.domain));
        }
        if ends(&["url", "uri", "link", "href"]) {
            return json!(format!("https://{}/{}", facts.domain, self.random.word(8, ALPHANUMERIC)));
        }
        if holds(&["uuid"]) {
            return json!(self.uuid());
        }
        if lower == "_id"
            || lower == "id"
            || name.ends_with("Id")
            || name.ends_with("ID")
            || ends(&["_id", "objectid"])
            || lower == "objectids"
        {
            return json!(self.id());
        }
        if name.ends_with("At")
            || ends(&[
                "_at",
                "date",
                "time",
                "timestamp",
                "created",
                "updated",
                "expiry",
                "expires",
                "expiration",
            ])
        {
            return json!(self.date());
        }
        let culture = self.random.pick(&CULTURES);
        let text = match lower.as_str() {
            "firstname" | "givenname" => shown(self.random.pick_name(culture.given)).to_owned(),
            "lastname" | "familyname" => shown(self.random.pick_name(culture.family)).to_owned(),
            "username" => latin(self.random.pick_name(culture.given)),
            "displayname" => format!(
                "{} {}",
                shown(self.random.pick_name(culture.given)),
                shown(self.random.pick_name(culture.family))
            ),
            "department" => self.random.pick(&DEPARTMENTS).name.to_owned(),
            "city" | "locality" | "location" => self.random.pick(&OFFICES).city.to_owned(),
            "country" => self.random.pick(&OFFICES).country.to_owned(),
            "version" => {
                format!("{}.{}.{}", 1 + self.random.below(20), self.random.below(10), self.random.below(10))
            }
            "name" => format!("{} {}", self.random.pick(&DEPARTMENTS).name, 1 + self.random.below(99)),
            _ if holds(&["ip_address", "ipaddress", "remoteip"]) => {
                format!("198.51.100.{}", 1 + self.random.below(254))
            }
            _ if name.is_empty() => "example".to_owned(),
            _ => format!("{name} {}", 1 + self.random.below(99)),
        };
        json!(text)
    }
}
