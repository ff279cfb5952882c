//! What a JSON value should look like: the table's schemas, and the check of a value against one.
//!
//! A schema is written as a short expression, read when it is first needed:
//!
//! | expression | means |
//! |---|---|
//! | `*` | anything |
//! | `s`, `s=a\|b`, `d`, `y` | text, one of these texts, a date and time, binary |
//! | `F`, `U` | from this time, until this time: both with a zone, the first before the second |
//! | `i`, `I`, `n`, `b` | integer, integer that JumpCloud writes as decimal text, number, boolean |
//! | `[X`, `<X` | array of X, object whose values are all X |
//! | `{name!:X other:Y}` | object with these properties, `!` marks a required one |
//! | `+{name:X}` | the same, and any other keys are expected in it |
//! | `@Name` | the schema of that name; `build.rs` writes its number for it |
//! | `?X` | X or null |
//!
//! A backslash takes the next character literally.

use std::fmt;
use std::sync::OnceLock;

use crate::http_date::read_rfc3339;
use crate::json::{self, Map, Quoted, Reader, Value};
use crate::nearest::nearest;
use crate::operation::body_schemas;
use crate::{Error, Result};

/// The shape of a JSON value.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// What kind of value it is.
    pub kind: Kind,
    /// Whether it may be null: whether JumpCloud sends it as null, or takes null to clear it.
    pub nullable: bool,
    /// Whether an object has other keys than the known ones by design: its owner makes them up, as the custom
    /// attributes of a group, or they come without notice, as in events.
    pub open: bool,
}

/// What a [`Schema`] describes.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Any JSON value.
    Any,
    /// Text; when `values` is not empty, the known ones (JumpCloud adds others).
    Text {
        /// The values JumpCloud lists.
        values: Vec<String>,
    },
    /// A date and time as text.
    DateTime,
    /// A time with its zone, of two between which something is asked for: the first or, when `end`, the second.
    Bound {
        /// It is the second.
        end: bool,
    },
    /// Bytes.
    Binary,
    /// A whole number; when `decimal`, JumpCloud writes it as text.
    Integer {
        /// Written as decimal text (64-bit numbers of the gRPC-backed services).
        decimal: bool,
    },
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An array of one kind of item.
    Array(Box<Schema>),
    /// An object with any keys, all values alike.
    Map(Box<Schema>),
    /// An object with known properties (and maybe others).
    Object(Vec<Property>),
    /// The schema of that number: see [`Schema::numbered`].
    Reference(usize),
}

/// A property of [`Kind::Object`].
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// The key in JSON.
    pub name: String,
    /// Whether JumpCloud says that it must be there.
    pub required: bool,
    /// Its value.
    pub schema: Schema,
}

impl Kind {
    /// The kind in words, as error messages say it.
    pub fn words(&self) -> String {
        match self {
            Kind::Any | Kind::Reference(_) => "a JSON value".into(),
            Kind::Text { values } if values.is_empty() => "a string".into(),
            Kind::Text { values } => format!("one of {}", values.join(", ")),
            Kind::DateTime => "a string with a date and time".into(),
            Kind::Bound { .. } => "a time with its zone, as 2026-01-31T09:00:00Z".into(),
            Kind::Binary => "bytes".into(),
            Kind::Integer { .. } => "a whole number".into(),
            Kind::Number => "a number".into(),
            Kind::Boolean => "true or false".into(),
            Kind::Array(_) => "an array".into(),
            Kind::Map(_) | Kind::Object(_) => "an object".into(),
        }
    }
}

/// Schemas by number: each as an expression, and once it was asked for. As `build.rs` writes them they refer to one
/// another by number, and their names stand apart: only the catalogue needs them, and without them a wasm module is
/// 4 KB smaller, gzipped.
type Numbered = Vec<(&'static str, OnceLock<Schema>)>;

/// The schemas of bodies.
static BODIES: OnceLock<Numbered> = OnceLock::new();

/// The schemas of replies, whose numbers follow. They come with the first reply that is asked for ([`with_replies`]):
/// nothing that only makes and sends requests leads to their text, and a wasm module can be split by that.
static REPLIES: OnceLock<Numbered> = OnceLock::new();

fn read(lines: impl Iterator<Item = &'static str>) -> Numbered {
    lines.map(|expression| (expression, OnceLock::new())).collect()
}

/// Has the schemas of replies at hand from now on.
#[cfg(feature = "reply-schemas")]
pub(crate) fn with_replies() {
    REPLIES.get_or_init(|| read(include_str!(concat!(env!("OUT_DIR"), "/reply-schemas.txt")).lines()));
}

impl Schema {
    /// The schema that [`Kind::Reference`] means; anything, where the table does not hold it (with the feature
    /// `reply-schemas` reply schemas are there once a reply was asked for).
    pub fn numbered(number: usize) -> &'static Schema {
        let bodies = BODIES.get_or_init(|| read(body_schemas()));
        let replies = || REPLIES.get()?.get(number.checked_sub(bodies.len())?);
        let entry = bodies.get(number).or_else(replies);
        entry.map_or(&ANY, |(expression, schema)| schema.get_or_init(|| Schema::parse(expression)))
    }

    /// What JumpCloud's description calls the schema of that number.
    pub fn name(number: usize) -> &'static str {
        include_str!(concat!(env!("OUT_DIR"), "/schema-names.txt")).lines().nth(number).unwrap_or_default()
    }

    /// The schema itself, with a reference followed.
    pub fn resolved(&self) -> &Schema {
        match self.kind {
            Kind::Reference(number) => Schema::numbered(number),
            _ => self,
        }
    }

    /// Reads an expression of the table.
    pub(crate) fn parse(expression: &'static str) -> Schema {
        Expression { rest: expression }.schema()
    }
}

/// Reads the table's own text: generated, so a mistake in it shows as [`Kind::Any`], never as a panic.
struct Expression {
    rest: &'static str,
}

impl Expression {
    fn take(&mut self, letter: char) -> bool {
        match self.rest.strip_prefix(letter) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Up to the next of `ends` that has no backslash before it.
    fn until(&mut self, ends: &[char]) -> &'static str {
        let mut escaped = false;
        let end = self.rest.find(|letter: char| {
            let end = !escaped && ends.contains(&letter);
            escaped = !escaped && letter == '\\';
            end
        });
        let (word, rest) =
            self.rest.split_at_checked(end.unwrap_or(self.rest.len())).unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }

    fn schema(&mut self) -> Schema {
        let (nullable, open) = (self.take('?'), self.take('+'));
        let first = self.rest.chars().next().unwrap_or('*');
        self.take(first);
        let kind = match first {
            's' if self.take('=') => {
                let mut values = vec![unescape(self.until(&['|', ' ', '}']))];
                while self.take('|') {
                    values.push(unescape(self.until(&['|', ' ', '}'])));
                }
                Kind::Text { values }
            }
            's' => Kind::Text { values: Vec::new() },
            'd' => Kind::DateTime,
            'F' | 'U' => Kind::Bound { end: first == 'U' },
            'y' => Kind::Binary,
            'i' => Kind::Integer { decimal: false },
            'I' => Kind::Integer { decimal: true },
            'n' => Kind::Number,
            'b' => Kind::Boolean,
            '[' => Kind::Array(Box::new(self.schema())),
            '<' => Kind::Map(Box::new(self.schema())),
            '@' => {
                let digits =
                    self.until(&[' ', '}']).chars().map(|digit| digit.to_digit(36).unwrap_or(0) as usize);
                Kind::Reference(digits.fold(0, |number, digit| number * 36 + digit))
            }
            '{' => {
                let mut properties = Vec::new();
                while !self.rest.is_empty() && !self.take('}') {
                    let name = unescape(self.until(&['!', ':']));
                    let required = self.take('!');
                    self.take(':');
                    let schema = self.schema();
                    self.take(' ');
                    properties.push(Property { name, required, schema });
                }
                Kind::Object(properties)
            }
            _ => {
                return Schema { kind: Kind::Any, nullable: true, open: true };
            }
        };
        Schema { kind, nullable, open }
    }
}

pub(crate) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        plain.push(if letter == '\\' { letters.next().unwrap_or(letter) } else { letter });
    }
    plain
}

/// One place where a value is not what its schema says.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// Where, as `body.policies[2].name`.
    pub path: String,
    /// What is the matter, in words.
    pub message: String,
    pub(crate) level: Level,
}

/// How sure it is that JumpCloud would refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// An unknown key, an unlisted value, or a null where none is known: JumpCloud may be newer than the table.
    Unlisted,
    /// A value of the wrong type, or a required one that is missing.
    Wrong,
}

impl Drift {
    /// Whether it is a wrong type or a missing key, which JumpCloud would refuse; else it is an unknown key, an
    /// unlisted value or a null that is not known, and JumpCloud may only be newer than the table.
    pub fn is_wrong(&self) -> bool {
        self.level == Level::Wrong
    }

    /// As a JSON object, for other languages: `path`, `message` and `wrong`.
    pub fn to_json(&self) -> String {
        let mut entries = Map::default();
        entries.insert("path".to_owned(), Value::String(self.path.clone()));
        entries.insert("message".to_owned(), Value::String(self.message.clone()));
        entries.insert("wrong".to_owned(), Value::Bool(self.is_wrong()));
        Value::Object(entries).to_string()
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Compares a JSON text with a schema and reports every difference.
///
/// # Errors
/// [`ErrorKind::InvalidRequest`](crate::ErrorKind) when it is not JSON; `root` names it in the message.
pub fn check(schema: &Schema, root: &str, json: &str) -> Result<Vec<Drift>> {
    let mut checker = Checker { path: root.to_owned(), found: Vec::new(), bounds: [None; 2] };
    let mut reader = Reader::new(json);
    match checker.value(schema, &mut reader).and_then(|()| reader.end()) {
        Ok(()) => Ok(checker.found),
        Err(fault) => Err(Error::invalid(format!("{root}: expected JSON: {fault}")).parameter_named(root)),
    }
}

/// Of so many differences it is looked for what may be meant.
const MOST_SLIPS: usize = 20;
/// A path shows no more letters of a key.
const LONGEST_KEY: usize = 100;

struct Checker {
    path: String,
    found: Vec<Drift>,
    /// The bounds of time that were found, in seconds and whether there is more to it.
    bounds: [Option<(u64, bool)>; 2],
}

static ANY: Schema = Schema { kind: Kind::Any, nullable: true, open: true };

impl Checker {
    /// What may be meant: it is looked for while it can be one slip among few, not in thousands.
    fn nearest<'a>(&self, word: &str, known: impl Iterator<Item = &'a str>) -> String {
        if self.found.len() < MOST_SLIPS { nearest(word, known) } else { String::new() }
    }

    fn report(&mut self, level: Level, message: String) {
        self.found.push(Drift { path: self.path.clone(), message, level });
    }

    fn value(&mut self, schema: &Schema, reader: &mut Reader<'_>) -> std::result::Result<(), json::Fault> {
        // A reference may be null where the schema itself may not.
        let nullable = schema.nullable || schema.resolved().nullable;
        let schema = schema.resolved();
        let came = reader.kind()?;
        let fits = match (&schema.kind, came) {
            (Kind::Any, json::Kind::Number | json::Kind::Boolean | json::Kind::Text) => {
                return reader.skip().map(drop);
            }
            // Whether null clears a value is known of some fields only: nobody is told that it would be refused.
            (_, json::Kind::Null) => {
                if !nullable {
                    self.report(Level::Unlisted, format!("expected {}, got null", schema.kind.words()));
                }
                return reader.skip().map(drop);
            }
            (Kind::Array(inner), json::Kind::Array) => return self.items(inner, reader),
            (Kind::Any, json::Kind::Array) => return self.items(&ANY, reader),
            (Kind::Object(_) | Kind::Map(_) | Kind::Any, json::Kind::Object) => {
                return self.entries(schema, reader);
            }
            (Kind::Text { values }, json::Kind::Text) if !values.is_empty() => {
                let text = reader.text()?;
                if !values.iter().any(|known| *known == text) {
                    let near = self.nearest(&text, values.iter().map(String::as_str));
                    self.report(
                        Level::Unlisted,
                        format!("expected {}, got {}{near}", schema.kind.words(), Quoted(&text)),
                    );
                }
                return Ok(());
            }
            (Kind::Integer { decimal: true }, json::Kind::Text) => is_integer(&reader.text()?),
            (Kind::Bound { end }, json::Kind::Text) => {
                let text = reader.text()?;
                let time = read_rfc3339(&text);
                if let Some(bound) = self.bounds.get_mut(usize::from(*end)) {
                    *bound = time.map(|time| (time, text.contains('.')));
                }
                match self.bounds {
                    [Some((start, part)), Some((end, of_second))]
                        if start > end || start == end && !part && !of_second =>
                    {
                        self.report(Level::Wrong, "expected a start that is before the end".into());
                    }
                    _ if time.is_none() => {
                        self.report(
                            Level::Wrong,
                            format!("expected {}, got {}", schema.kind.words(), Quoted(&text)),
                        );
                    }
                    _ => {}
                }
                return Ok(());
            }
            (kind, came) => {
                let number = reader.skip()?;
                match (kind, came) {
                    (Kind::Text { .. } | Kind::DateTime | Kind::Binary, json::Kind::Text) => true,
                    (Kind::Integer { .. }, json::Kind::Number) => is_integer(number),
                    (Kind::Number, json::Kind::Number) | (Kind::Boolean, json::Kind::Boolean) => true,
                    _ => false,
                }
            }
        };
        if !fits {
            let came = match came {
                json::Kind::Null => "null",
                json::Kind::Boolean => "a boolean",
                json::Kind::Number => "a number",
                json::Kind::Text => "a string",
                json::Kind::Array => "an array",
                json::Kind::Object => "an object",
            };
            self.report(Level::Wrong, format!("expected {}, got {came}", schema.kind.words()));
        }
        Ok(())
    }

    fn items(&mut self, inner: &Schema, reader: &mut Reader<'_>) -> std::result::Result<(), json::Fault> {
        let (length, mut index) = (self.path.len(), 0);
        reader.array(&mut |reader| {
            self.path.push_str(&format!("[{index}]"));
            self.value(inner, reader)?;
            self.path.truncate(length);
            index += 1;
            Ok(())
        })
    }

    fn entries(&mut self, schema: &Schema, reader: &mut Reader<'_>) -> std::result::Result<(), json::Fault> {
        let kind = &schema.kind;
        let properties: &[Property] = if let Kind::Object(properties) = kind { properties } else { &[] };
        let length = self.path.len();
        let mut seen = vec![false; properties.len()];
        let mut slips = (false, false);
        reader.object(&mut |key, reader| {
            self.path.push('.');
            self.path.extend(key.chars().take(LONGEST_KEY));
            let known = properties.iter().zip(seen.iter_mut()).find(|(property, _)| property.name == key);
            let inner = match (known, kind) {
                (Some((property, seen)), _) => {
                    *seen = true;
                    &property.schema
                }
                (None, Kind::Map(values)) => values,
                (None, Kind::Object(_)) if !schema.open => {
                    slips = (slips.0 || key == "field", slips.1 || key == "operator");
                    let near = self.nearest(&key, properties.iter().map(|property| property.name.as_str()));
                    self.report(Level::Unlisted, format!("unknown key{near}"));
                    &ANY
                }
                (None, _) => &ANY,
            };
            self.value(inner, reader)?;
            self.path.truncate(length);
            Ok(())
        })?;
        if slips == (true, true) {
            self.report(Level::Wrong, "a filter expression has no place here".into());
        }
        for (property, seen) in properties.iter().zip(seen) {
            if property.required && !seen {
                let path = format!("{}.{}", self.path, property.name);
                let message = format!("missing; expected {}", property.schema.resolved().kind.words());
                self.found.push(Drift { path, message, level: Level::Wrong });
            }
        }
        Ok(())
    }
}

pub(crate) fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drifts(expression: &'static str, json: &str) -> Vec<String> {
        let found = check(&Schema::parse(expression), "body", json).unwrap();
        found.iter().map(Drift::to_string).collect()
    }

    #[test]
    fn an_open_object_may_have_other_keys_and_a_closed_one_inside_may_not() {
        let found =
            drifts("+{service:s geoip:{code:s}}", r#"{"service": 1, "new": {}, "geoip": {"new": 1}}"#);
        assert_eq!(found, ["body.service: expected a string, got a number", "body.geoip.new: unknown key"]);
    }

    #[test]
    fn an_expression_reads_as_the_schema_it_describes() {
        let schema = Schema::parse(r"{name!:s tags:[?s days:s=30\ Days|60\ Days \@at:?{n:I}}");
        let Kind::Object(properties) = schema.kind else { panic!("an object") };
        let names: Vec<_> =
            properties.iter().map(|p| (p.name.as_str(), p.required, p.schema.nullable)).collect();
        assert_eq!(
            names,
            [("name", true, false), ("tags", false, false), ("days", false, false), ("@at", false, true)]
        );
        assert_eq!(
            properties[2].schema.kind,
            Kind::Text { values: vec!["30 Days".into(), "60 Days".into()] }
        );
    }

    #[test]
    fn every_difference_is_reported_with_its_place() {
        assert_eq!(
            drifts(
                "{name!:s members:[{id:s n:i} state:s=ON|OFF}",
                r#"{"members":[{"id":5},{"n":"x"}],"state":"ONN","stat":1}"#
            ),
            [
                "body.members[0].id: expected a string, got a number",
                "body.members[1].n: expected a whole number, got a string",
                "body.state: expected one of ON, OFF, got \"ONN\"; did you mean \"ON\"?",
                "body.stat: unknown key; did you mean \"state\"?",
                "body.name: missing; expected a string",
            ]
        );
        assert!(drifts("{a:?s b:I}", r#"{"a":null,"b":"12"}"#).is_empty());
        assert_eq!(
            drifts("{a:?s b:[s}", r#"{"a":null,"b":[null]}"#),
            ["body.b[0]: expected a string, got null"]
        );
        assert!(drifts("+{a:s}", r#"{"team":{"x":[null]}}"#).is_empty());
        assert_eq!(drifts("+{a:s}", r#"{"a":1}"#), ["body.a: expected a string, got a number"]);
        let error = check(&Schema::parse("*"), "body", "{").unwrap_err();
        assert_eq!(error.to_string(), "body: expected JSON: unexpected end at byte 1");
    }
}
