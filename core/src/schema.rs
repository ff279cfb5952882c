//! What a JSON value should look like: the table's schemas, and the check of a value against one.
//!
//! A schema is written as a short expression, read when it is first needed:
//!
//! | expression | means |
//! |---|---|
//! | `*` | anything |
//! | `s`, `s=a\|b`, `d`, `y` | text, one of these texts, a date and time, binary |
//! | `i`, `I`, `n`, `b` | integer, integer that JumpCloud writes as decimal text, number, boolean |
//! | `[X`, `<X` | array of X, object whose values are all X |
//! | `{name!:X other:Y}` | object with these properties, `!` marks a required one |
//! | `@Name` | the schema of that name |
//! | `?X` | X or null |
//!
//! A backslash takes the next character literally.

use std::fmt;
use std::sync::OnceLock;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::operation::nearest;

/// The shape of a JSON value.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// What kind of value it is.
    pub kind: Kind,
    /// Whether JumpCloud says that it may be null.
    pub nullable: bool,
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
    /// The schema of that name: see [`Schema::named`].
    Reference(&'static str),
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
            Kind::Text { values } if values.is_empty() => "text".into(),
            Kind::Text { values } => format!("one of {}", values.join(", ")),
            Kind::DateTime => "text with a date and time".into(),
            Kind::Binary => "bytes".into(),
            Kind::Integer { .. } => "a whole number".into(),
            Kind::Number => "a number".into(),
            Kind::Boolean => "true or false".into(),
            Kind::Array(_) => "an array".into(),
            Kind::Map(_) | Kind::Object(_) => "an object".into(),
        }
    }
}

type Named = Vec<(&'static str, &'static str, OnceLock<Schema>)>;

static NAMED: OnceLock<Named> = OnceLock::new();

fn named() -> &'static Named {
    NAMED.get_or_init(|| {
        let mut schemas: Named = Vec::new();
        let mut add = |text: &'static str| {
            for line in text.lines() {
                if let Some((name, expression)) = line.split_once('\t') {
                    schemas.push((name, expression, OnceLock::new()));
                }
            }
        };
        add(include_str!("table/body-schemas.txt"));
        #[cfg(feature = "reply-schemas")]
        add(include_str!("table/reply-schemas.txt"));
        schemas.sort_unstable_by_key(|(name, ..)| *name);
        schemas
    })
}

impl Schema {
    /// The schema that [`Kind::Reference`] names; anything, where the table does not hold it
    /// (reply schemas are there with the feature `reply-schemas`).
    pub fn named(name: &str) -> &'static Schema {
        static ANY: Schema = Schema { kind: Kind::Any, nullable: true };
        let schemas = named();
        match schemas.binary_search_by_key(&name, |(known, ..)| known) {
            Ok(index) => schemas[index].2.get_or_init(|| Schema::parse(schemas[index].1)),
            Err(_) => &ANY,
        }
    }

    /// The schema itself, with a reference followed.
    pub fn resolved(&self) -> &Schema {
        match self.kind {
            Kind::Reference(name) => Schema::named(name),
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
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    fn schema(&mut self) -> Schema {
        let nullable = self.take('?');
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
            'y' => Kind::Binary,
            'i' => Kind::Integer { decimal: false },
            'I' => Kind::Integer { decimal: true },
            'n' => Kind::Number,
            'b' => Kind::Boolean,
            '[' => Kind::Array(Box::new(self.schema())),
            '<' => Kind::Map(Box::new(self.schema())),
            '@' => Kind::Reference(self.until(&[' ', '}'])),
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
            _ => return Schema { kind: Kind::Any, nullable: true },
        };
        Schema { kind, nullable }
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
    /// An unknown key or an unlisted value: JumpCloud may be newer than the table.
    Unlisted,
    /// A value of the wrong type, or a required one that is missing.
    Wrong,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Compares a JSON text with a schema and reports every difference; an error only when it is not JSON.
pub fn check(schema: &Schema, root: &str, json: &[u8]) -> serde_json::Result<Vec<Drift>> {
    let mut found = Vec::new();
    let mut path = root.to_owned();
    let mut reader = serde_json::Deserializer::from_slice(json);
    Check { schema, path: &mut path, found: &mut found }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(found)
}

struct Check<'a> {
    schema: &'a Schema,
    path: &'a mut String,
    found: &'a mut Vec<Drift>,
}

impl Check<'_> {
    fn report(self, level: Level, message: String) {
        self.found.push(Drift { path: self.path.clone(), message, level });
    }

    fn expect(self, fits: bool, came: &str) {
        if !fits && self.schema.kind != Kind::Any {
            let message = format!("expected {}, got {came}", self.schema.kind.words());
            self.report(Level::Wrong, message);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Check<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let schema = self.schema.resolved();
        deserializer.deserialize_any(Check { schema, ..self })
    }
}

impl<'de> Visitor<'de> for Check<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        let fits = self.schema.kind == Kind::Boolean;
        self.expect(fits, "a boolean");
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        let fits = matches!(self.schema.kind, Kind::Integer { .. } | Kind::Number);
        self.expect(fits, "a number");
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.visit_i64(0)
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        let fits = self.schema.kind == Kind::Number;
        self.expect(fits, "a number with a fraction");
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        match &self.schema.kind {
            Kind::Text { values } if !values.is_empty() && !values.iter().any(|known| known == text) => {
                let names = values.iter().map(String::as_str);
                let message = format!("{text:?} is not a listed value{}", nearest(text, names));
                self.report(Level::Unlisted, message);
            }
            Kind::Text { .. } | Kind::DateTime | Kind::Binary => {}
            Kind::Integer { decimal: true } => {
                let fits = is_integer(text);
                self.expect(fits, "other text");
            }
            _ => self.expect(false, "text"),
        }
        Ok(())
    }

    /// Null clears a value in a request and stands for "none" in a reply: it always passes.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let any = Schema { kind: Kind::Any, nullable: true };
        let inner = match &self.schema.kind {
            Kind::Array(inner) => inner,
            Kind::Any => &any,
            _ => {
                self.expect(false, "an array");
                while items.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                return Ok(());
            }
        };
        let length = self.path.len();
        for index in 0.. {
            self.path.push_str(&format!("[{index}]"));
            let item = items.next_element_seed(Check { schema: inner, path: self.path, found: self.found })?;
            self.path.truncate(length);
            if item.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let any = Schema { kind: Kind::Any, nullable: true };
        let properties: &[Property] = match &self.schema.kind {
            Kind::Object(properties) => properties,
            Kind::Map(_) | Kind::Any => &[],
            _ => {
                self.expect(false, "an object");
                while entries.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
                return Ok(());
            }
        };
        let length = self.path.len();
        let mut seen = vec![false; properties.len()];
        while let Some(key) = entries.next_key::<String>()? {
            self.path.push('.');
            self.path.push_str(&key);
            let inner = match &self.schema.kind {
                Kind::Map(values) => values,
                _ => match properties.iter().position(|property| property.name == key) {
                    Some(index) => {
                        seen[index] = true;
                        &properties[index].schema
                    }
                    None => {
                        if !properties.is_empty() {
                            let names = properties.iter().map(|property| property.name.as_str());
                            let message = format!("unknown key{}", nearest(&key, names));
                            self.found.push(Drift { path: self.path.clone(), message, level: Level::Unlisted });
                        }
                        &any
                    }
                },
            };
            entries.next_value_seed(Check { schema: inner, path: self.path, found: self.found })?;
            self.path.truncate(length);
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
        let found = check(&Schema::parse(expression), "body", json.as_bytes()).unwrap();
        found.iter().map(Drift::to_string).collect()
    }

    #[test]
    fn an_expression_reads_as_the_schema_it_describes() {
        let schema = Schema::parse(r"{name!:s tags:[?s days:s=30\ Days|60\ Days \@at:?{n:I}}");
        let Kind::Object(properties) = schema.kind else { panic!("an object") };
        let names: Vec<_> = properties.iter().map(|p| (p.name.as_str(), p.required, p.schema.nullable)).collect();
        assert_eq!(names, [("name", true, false), ("tags", false, false), ("days", false, false), ("@at", false, true)]);
        assert_eq!(properties[2].schema.kind, Kind::Text { values: vec!["30 Days".into(), "60 Days".into()] });
    }

    #[test]
    fn every_difference_is_reported_with_its_place() {
        assert_eq!(
            drifts("{name!:s members:[{id:s n:i} state:s=ON|OFF}", r#"{"members":[{"id":5},{"n":"x"}],"state":"ONN","stat":1}"#),
            [
                "body.members[0].id: expected text, got a number",
                "body.members[1].n: expected a whole number, got text",
                "body.state: \"ONN\" is not a listed value; did you mean \"ON\"?",
                "body.stat: unknown key; did you mean \"state\"?",
                "body.name: missing; expected text",
            ]
        );
        assert!(drifts("{a:?s b:I}", r#"{"a":null,"b":"12"}"#).is_empty());
        assert!(check(&Schema::parse("*"), "body", b"{").is_err());
    }
}
