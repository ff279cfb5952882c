//! What a caller passes to an operation: names and JSON values, kept as the text that was given.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use crate::distinct::firsts;
use crate::json::{Reader, Value, write_text};
use crate::nearest::same;
use crate::secret::{REDACTED, is_harmless_parameter, redact};
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
#[derive(Clone, Default)]
pub struct Parameters {
    entries: Object,
    refused: Option<(String, String)>,
}

impl fmt::Debug for Parameters {
    /// As JSON, of which is shown what is known to be harmless.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parameters({")?;
        for (index, (name, json)) in self.entries.entries().enumerate() {
            let mut value = Value::read(json).unwrap_or(Value::Null);
            // A body is judged by what it holds.
            if name != "body" && !is_harmless_parameter(name) {
                value = Value::String(REDACTED.into());
            } else if name == "body" || matches!(value, Value::Object(_)) {
                redact(&mut value);
            }
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{name}:{value}", name = quoted(name))?;
        }
        f.write_str("})")
    }
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
        let entries = Object::read(json)?;
        let name = |place: usize| entries.0.get(place).map_or("", |(name, _)| name);
        let firsts = firsts(entries.0.len(), &|one, other| name(one).cmp(name(other)));
        match firsts.iter().enumerate().find(|(place, first)| place != *first) {
            Some((place, _)) => Err(given_twice(name(place))),
            None => Ok(Parameters { entries, refused: None }),
        }
    }

    /// The parameters as one JSON object.
    pub fn to_json(&self) -> String {
        self.entries.to_json()
    }

    /// Sets a parameter. A value that JSON cannot hold is reported when the request is built.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Parameters {
        match serde_json::to_string(&value) {
            Ok(value) => self.entries.set(name, value),
            Err(error) => self.refused = Some((name.to_owned(), error.to_string())),
        }
        self
    }

    /// The value of a parameter as JSON text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.entries.get(name)
    }

    /// The names that are set, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.0.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn set(&mut self, name: &str, json: String) {
        self.entries.set(name, json);
    }

    /// The same parameters under their names, where they are given in another language's case or by a name that a
    /// parameter had before. `known` pairs what may be said with what it means.
    pub(crate) fn spelled<'n>(
        &self,
        known: impl Iterator<Item = (&'n str, &'n str)> + Clone,
    ) -> Result<Cow<'_, Parameters>> {
        let mut spelled = Cow::Borrowed(self);
        for (index, name) in self.names().enumerate() {
            if known.clone().any(|(_, known)| known == name) {
                continue;
            }
            let Some((_, known)) = known.clone().find(|(said, _)| same(name, said)) else { continue };
            if spelled.get(known).is_some() {
                return Err(given_twice(known));
            }
            if let Some((name, _)) = spelled.to_mut().entries.0.get_mut(index) {
                known.clone_into(name);
            }
        }
        Ok(spelled)
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.entries.0.retain(|(known, _)| known != name);
    }

    /// Sets keys of the JSON body and drops one, keeping everything else in it as it is.
    pub(crate) fn set_in_body(&mut self, keys: Vec<(&str, String)>, dropped: Option<&str>) -> Result<()> {
        let mut body = match self.get("body") {
            Some(body) => Object::read(body)
                .map_err(|_| Error::invalid("body: expected an object").parameter_named("body"))?,
            None => Object::default(),
        };
        body.0.retain(|(key, _)| Some(key.as_str()) != dropped);
        for (key, json) in keys {
            body.set(key, json);
        }
        self.entries.set("body", body.to_json());
        Ok(())
    }

    pub(crate) fn check(&self) -> Result<()> {
        match &self.refused {
            Some((name, why)) => Err(Error::invalid(format!("{name} cannot be written as JSON: {why}"))
                .parameter_named(name.as_str())),
            None => Ok(()),
        }
    }
}

fn given_twice(name: &str) -> Error {
    Error::invalid(format!("{name} is given twice")).parameter_named(name)
}

/// A text as JSON.
pub(crate) fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    write_text(text, &mut json);
    json
}

/// A JSON object that keeps the order of its keys and the text of its values.
#[derive(Clone, Default)]
pub(crate) struct Object(Vec<(String, String)>);

impl Object {
    pub(crate) fn read(json: &str) -> Result<Object> {
        let mut entries = Vec::new();
        let mut reader = Reader::new(json);
        let read = reader.object(&mut |key: Cow<'_, str>, reader| {
            entries.push((key.into_owned(), reader.skip()?.to_owned()));
            Ok(())
        });
        match read.and_then(|()| reader.end()) {
            Ok(()) => Ok(Object(entries)),
            Err(fault) => Err(Error::invalid(format!("expected a JSON object: {fault}"))),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, json)| json.as_str())
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, json)| (key.as_str(), json.as_str()))
    }

    pub(crate) fn set(&mut self, name: &str, json: String) {
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some((_, known)) => *known = json,
            None => self.0.push((name.to_owned(), json)),
        }
    }

    pub(crate) fn to_json(&self) -> String {
        let mut json = String::from("{");
        for (index, (key, value)) in self.0.iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            write_text(key, &mut json);
            json.push(':');
            json.push_str(value);
        }
        json.push('}');
        json
    }
}
