//! What a caller passes to an operation: names and JSON values, kept as the text that was given.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::{Error, Result};

/// The parameters of a call, by JumpCloud's names, and the body under `body`.
///
/// Values are JSON and are sent as they were given: a `null` stays a `null`, a number keeps its digits,
/// keys keep their order.
///
/// ```
/// use jumpcloud_core::Parameters;
///
/// let parameters = Parameters::new().with("group_id", "5f1b").with("limit", 50);
/// assert_eq!(parameters, Parameters::from_json(r#"{"group_id":"5f1b","limit":50}"#).unwrap());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    entries: Object,
    refused: Option<(String, String)>,
}

impl PartialEq for Parameters {
    fn eq(&self, other: &Parameters) -> bool {
        self.to_json() == other.to_json()
    }
}

impl Parameters {
    /// No parameters yet.
    pub fn new() -> Parameters {
        Parameters::default()
    }

    /// Reads a JSON object whose keys are parameter names.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind) when it is not a JSON object, or names a parameter twice.
    pub fn from_json(json: &str) -> Result<Parameters> {
        let entries: Object = serde_json::from_str(json)
            .map_err(|error| Error::invalid(format!("parameters: expected a JSON object ({error})")))?;
        for (index, (name, _)) in entries.0.iter().enumerate() {
            if entries.0[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(Error::invalid(format!("{name} is given twice")).parameter_named(name.as_str()));
            }
        }
        Ok(Parameters { entries, refused: None })
    }

    /// The parameters as one JSON object.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.entries).unwrap_or_default()
    }

    /// Sets a parameter. A value that JSON cannot hold is reported when the request is built.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Parameters {
        match serde_json::value::to_raw_value(&value) {
            Ok(value) => self.entries.set(name, value),
            Err(error) => self.refused = Some((name.to_owned(), error.to_string())),
        }
        self
    }

    /// The value of a parameter as JSON text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).map(RawValue::get)
    }

    /// The names that are set, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.0.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn raw(&self, name: &str) -> Option<&RawValue> {
        self.entries.get(name)
    }

    pub(crate) fn set(&mut self, name: &str, value: Box<RawValue>) {
        self.entries.set(name, value);
    }

    /// Sets keys of the JSON body, keeping everything else in it as it is.
    pub(crate) fn set_in_body(&mut self, keys: Vec<(&str, Box<RawValue>)>) -> Result<()> {
        let mut body: Object = match self.raw("body") {
            Some(body) => read(body).map_err(|_| Error::invalid("body: expected an object").parameter_named("body"))?,
            None => Object::default(),
        };
        for (key, value) in keys {
            body.set(key, value);
        }
        if let Ok(body) = serde_json::value::to_raw_value(&body) {
            self.entries.set("body", body);
        }
        Ok(())
    }

    pub(crate) fn check(&self) -> Result<()> {
        match &self.refused {
            Some((name, why)) => {
                Err(Error::invalid(format!("{name} cannot be written as JSON: {why}")).parameter_named(name.as_str()))
            }
            None => Ok(()),
        }
    }
}

/// Reads a JSON value again as something else.
pub(crate) fn read<'a, T: Deserialize<'a>>(value: &'a RawValue) -> serde_json::Result<T> {
    serde_json::from_str(value.get())
}

/// JSON text, as a value that can be put into [`Parameters`].
pub(crate) fn raw(value: impl Serialize) -> Result<Box<RawValue>> {
    serde_json::value::to_raw_value(&value).map_err(|error| Error::invalid(error.to_string()))
}

/// A JSON object that keeps the order of its keys and the text of its values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object(pub(crate) Vec<(String, Box<RawValue>)>);

impl Object {
    pub(crate) fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }

    pub(crate) fn set(&mut self, name: &str, value: Box<RawValue>) {
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Object, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Object, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}
