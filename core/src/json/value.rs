//! A JSON value, and how text is written as JSON.

use std::fmt;

use super::{Kind, Read, Reader};

/// A JSON value, with its numbers as they were written and its keys in their order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<Value>),
    Object(Map),
}

/// The entries of an object, in their order. One that was read may hold a key twice: its last value counts, as in every
/// JSON reader. To look for each key when it is read would take as long as their number squared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Map(Vec<(String, Value)>);

impl Map {
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    pub(crate) fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Sets an entry: one of few, as each of the others is looked at.
    pub(crate) fn insert(&mut self, key: String, value: Value) {
        match self.0.iter_mut().rev().find(|(known, _)| *known == key) {
            Some(entry) => entry.1 = value,
            None => self.0.push((key, value)),
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.0.iter_mut().map(|(key, value)| (key.as_str(), value))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// An object with one entry.
pub(crate) fn object(key: &str, value: Value) -> Value {
    Value::Object(Map(vec![(key.to_owned(), value)]))
}

impl Value {
    /// Reads a whole JSON text.
    pub(crate) fn read(text: &str) -> Read<Value> {
        let mut reader = Reader::new(text);
        let value = Value::next(&mut reader)?;
        reader.end()?;
        Ok(value)
    }

    pub(super) fn next(reader: &mut Reader<'_>) -> Read<Value> {
        Ok(match reader.kind()? {
            Kind::Array => {
                let mut items = Vec::new();
                reader.array(&mut |reader| Value::next(reader).map(|item| items.push(item)))?;
                Value::Array(items)
            }
            Kind::Object => {
                let mut entries = Vec::new();
                reader.object(&mut |key, reader| {
                    Value::next(reader).map(|value| entries.push((key.into_owned(), value)))
                })?;
                Value::Object(Map(entries))
            }
            Kind::Text => Value::String(reader.text()?.into_owned()),
            Kind::Null => {
                reader.skip()?;
                Value::Null
            }
            Kind::Boolean => Value::Bool(reader.skip()? == "true"),
            Kind::Number => Value::Number(reader.skip()?.to_owned()),
        })
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Object(entries) => entries.get(key),
            _ => None,
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// A text as it is, anything else as JSON.
    pub(crate) fn plain(&self) -> String {
        match self {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

impl Value {
    fn write(&self, out: &mut String) {
        match self {
            Value::Null => out.push_str("null"),
            Value::Bool(true) => out.push_str("true"),
            Value::Bool(false) => out.push_str("false"),
            Value::Number(number) => out.push_str(number),
            Value::String(text) => write_text(text, out),
            Value::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Value::Object(entries) => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// Writes a text in quotes, escaped as `serde_json` does.
pub(crate) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(index) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) {
        let Some((plain, special)) = rest.split_at_checked(index) else {
            break;
        };
        out.push_str(plain);
        let byte = special.as_bytes().first().copied().unwrap_or_default();
        out.push('\\');
        match byte {
            b'"' | b'\\' => out.push(byte as char),
            0x8 => out.push('b'),
            0xc => out.push('f'),
            b'\n' => out.push('n'),
            b'\r' => out.push('r'),
            b'\t' => out.push('t'),
            _ => {
                out.push_str("u00");
                let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
                out.extend([digit(byte >> 4), digit(byte & 15)]);
            }
        }
        rest = special.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
    out.push('"');
}

/// A text in quotes, as messages show what came. (`{:?}` would do it with tables of all of Unicode.)
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut quoted = String::new();
        write_text(self.0, &mut quoted);
        f.write_str(&quoted)
    }
}
