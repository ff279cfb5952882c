//! Answers made from a reply's schema: for the operations of which the fake keeps no state.

use jumpcloud_core::operation::{Answers, Operation, Strategy};
use jumpcloud_core::schema::{Kind, Schema};
use serde_json::{Map, Value, json};

use crate::calendar::{self, DAY};
use crate::call::{Answer, Call, Outcome};
use crate::company::Company;
use crate::id::Id;
use crate::names::{CULTURES, DEPARTMENTS, OFFICES, latin, shown};
use crate::random::{ALPHANUMERIC, Random};

/// How many items a list of examples has: more than the default page, less than two large ones.
const ITEMS: usize = 25;
/// How deep an example goes: schemas may hold themselves.
const DEPTH: usize = 7;

const ANY: Schema = Schema { kind: Kind::Any, nullable: true, open: true };

/// Answers a call with an example.
pub(crate) fn answer(company: &Company, call: &Call) -> Outcome {
    let replies = call.operation.replies();
    let success = replies.iter().find(|reply| reply.status.starts_with('2'));
    let status = success.and_then(|reply| reply.status.parse().ok()).unwrap_or(200);
    let mut maker = Maker { company, now: call.now, random: Random::new(0, call.operation.path) };
    match call.operation.answers {
        Answers::Empty => Ok(Answer::empty(status)),
        Answers::Text => Ok(Answer { status, ..Answer::text(200, "OK".into()) }),
        Answers::Bytes => Ok(bytes(status, success.map_or("", |reply| reply.media_type))),
        _ => {
            let schema = success.map(|reply| &reply.schema);
            let schema = schema.unwrap_or(&ANY);
            match items(call.operation, schema) {
                Some(item) => maker.page(call, schema, item),
                None => {
                    let mut value = maker.value("", schema, 0);
                    maker.echo(call, &mut value);
                    Ok(Answer::json(status, &value))
                }
            }
        }
    }
}

/// The schema of a list's items.
fn items<'a>(operation: &Operation, schema: &'a Schema) -> Option<&'a Schema> {
    let paging = operation.paging.as_ref()?;
    let array = match &schema.resolved().kind {
        Kind::Object(properties) => &properties.iter().find(|property| property.name == paging.items)?.schema,
        _ => schema,
    };
    match &array.resolved().kind {
        Kind::Array(item) => Some(item),
        // A list whose items are not described.
        Kind::Any => Some(&ANY),
        _ => None,
    }
}

/// A small file of the right kind.
fn bytes(status: u16, media_type: &str) -> Answer {
    const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
    let known: [(&str, &'static str, &[u8]); 7] = [
        ("image/", "image/gif", PIXEL),
        (
            "application/pdf",
            "application/pdf",
            b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
        ),
        (
            "application/x-apple-aspen-config",
            "application/x-apple-aspen-config",
            b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict/></plist>\n",
        ),
        (
            "application/x-pem-file",
            "application/x-pem-file",
            b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        ),
        // An archive without files.
        ("application/zip", "application/zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        ("text/", "text/plain; charset=utf-8", b"example\n"),
        ("", "application/octet-stream", b"\x00\x01\x02example\xff"),
    ];
    let found = known.into_iter().find(|(prefix, ..)| media_type.starts_with(prefix));
    let (_, media_type, body) = found.unwrap_or(("", "application/octet-stream", b""));
    Answer { status, headers: Vec::new(), media_type, body: body.to_vec() }
}

struct Maker<'a> {
    company: &'a Company,
    now: i64,
    random: Random,
}

impl Maker<'_> {
    /// A page of a list that has [`ITEMS`] items, in the envelope that the schema describes.
    fn page(&mut self, call: &Call, schema: &Schema, item: &Schema) -> Outcome {
        let Some(paging) = &call.operation.paging else {
            return Ok(Answer::empty(200));
        };
        let mut page = call.page()?;
        // A token is the number of items before the page; a cursor is an object that holds it.
        match paging.strategy {
            Strategy::Token => page.skip = call.text(paging.position).parse().unwrap_or(0),
            Strategy::SearchAfter => {
                let after = call.body.get(paging.position).and_then(|cursor| cursor["after"].as_u64());
                page.skip = after.map_or(page.skip, |after| usize::try_from(after).unwrap_or(ITEMS));
            }
            _ => {}
        }
        let page_items: Vec<Value> =
            (0..ITEMS).map(|_| self.value("", item, 1)).skip(page.skip).take(page.limit).collect();
        let end = page.skip.saturating_add(page_items.len());
        let mut answer = call.values(page, ITEMS, page_items)?;
        if let (Kind::Object(properties), Ok(Value::Object(mut envelope))) =
            (&schema.resolved().kind, serde_json::from_slice(&answer.body))
        {
            // Newer services say `count` where others say `totalCount`.
            for property in properties.iter().filter(|property| property.required || property.name == "count")
            {
                if !envelope.contains_key(&property.name) {
                    let value = self.value(&property.name, &property.schema, 1);
                    envelope.insert(property.name.clone(), value);
                }
            }
            let cursor = match paging.strategy {
                _ if paging.cursor.is_empty() => None,
                Strategy::SearchAfter => (end < ITEMS).then(|| json!({"after": end})),
                _ if end < ITEMS => Some(json!(end.to_string())),
                _ => Some(json!("")),
            };
            envelope.extend(cursor.map(|cursor| (paging.cursor.to_owned(), cursor)));
            if let Some(total) = envelope.get_mut(paging.total) {
                let decimal = properties.iter().any(|property| {
                    property.name == paging.total
                        && property.schema.resolved().kind == Kind::Integer { decimal: true }
                });
                if decimal {
                    *total = json!(total.to_string());
                }
            }
            answer.body = Value::Object(envelope).to_string().into_bytes();
        }
        Ok(answer)
    }

    /// What was sent and asked for comes back in the places that have the same names.
    fn echo(&self, call: &Call, value: &mut Value) {
        let Value::Object(record) = value else { return };
        let path = call.parameters.iter().filter(|(_, value)| value.is_string());
        for (name, sent) in call.body.as_object().into_iter().flatten().chain(path) {
            if let Some(shown) = record.get_mut(name).filter(|shown| same_kind(shown, sent)) {
                *shown = sent.clone();
            }
        }
        if let (Some(id), Some(own)) = (record.get_mut("id"), call.parameters.get("id"))
            && id.is_string()
        {
            *id = own.clone();
        }
    }

    fn value(&mut self, name: &str, schema: &Schema, depth: usize) -> Value {
        match &schema.resolved().kind {
            Kind::Any => json!("example"),
            Kind::Text { values } if !values.is_empty() => json!(self.random.pick(values)),
            Kind::Text { .. } => self.text(name),
            Kind::DateTime => json!(self.date()),
            Kind::Binary => json!("ZXhhbXBsZQ=="),
            Kind::Integer { decimal } => {
                let number =
                    self.random.below(if name.to_lowercase().contains("count") { ITEMS } else { 100 });
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
        let facts = &self.company.facts;
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
            let (high, low) = (self.random.next(), self.random.next());
            return json!(format!(
                "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
                high >> 32,
                high >> 16 & 0xffff,
                high & 0xfff,
                low >> 52,
                low & 0xffff_ffff_ffff
            ));
        }
        if lower == "_id"
            || lower == "id"
            || name.ends_with("Id")
            || name.ends_with("ID")
            || ends(&["_id", "objectid"])
            || lower == "objectids"
        {
            return json!(
                Id::new(1_700_000_000 + self.random.below(60_000_000) as i64, self.random.next()).to_string()
            );
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

fn same_kind(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(_), Value::String(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_)) => true,
        // Parts of the body may lack what a reply must hold: only plain values come back.
        _ => false,
    }
}
