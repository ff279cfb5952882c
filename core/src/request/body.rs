//! The body: JSON as it was given, forms, and bytes that stay with the caller.

use super::composer::{Composed, Given, composer};
use super::{Body, Settings, header_value, named, read, read_filter, wrong};
use crate::encode::{PATH, percent};
use crate::json::{Map, Quoted, Value};
use crate::nearest::nearest;
use crate::operation::{Accepts, BodyForm, Operation, Parameter, Place};
use crate::parameters::Object;
use crate::schema::{Kind, Level, Schema, check};
use crate::{Error, Result};

/// Bytes that stay with the caller: a file to upload. It stands in the parameters where the bytes belong,
/// as the body itself or as a field of a form; the transport puts the content in.
///
/// ```
/// use jumpcloud_core::{Attachment, Parameters};
///
/// let logo = Attachment { length: 2048, file_name: "logo.png".into(), media_type: "image/png".into() };
/// let parameters = Parameters::new()
///     .with("application_id", "5f1b")
///     .with("body", serde_json::json!({ "image": logo }));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// Bytes of content.
    pub length: u64,
    /// The file's name, for forms.
    pub file_name: String,
    /// The content's media type, for forms.
    pub media_type: String,
}

impl serde::Serialize for Attachment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        struct Facts<'a>(&'a Attachment);
        impl serde::Serialize for Facts<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(3))?;
                map.serialize_entry("length", &self.0.length)?;
                map.serialize_entry("fileName", &self.0.file_name)?;
                map.serialize_entry("mediaType", &self.0.media_type)?;
                map.end()
            }
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("attachment", &Facts(self))?;
        map.end()
    }
}

impl Attachment {
    pub(crate) fn read(value: &Value) -> Option<Attachment> {
        let Value::Object(outer) = value else { return None };
        let facts = outer.get("attachment").filter(|_| outer.len() == 1)?;
        let text =
            |key: &str, default: &str| facts.get(key).and_then(Value::as_str).unwrap_or(default).to_owned();
        let Some(Value::Number(length)) = facts.get("length") else {
            return None;
        };
        Some(Attachment {
            length: length.parse().ok()?,
            file_name: text("fileName", "file"),
            media_type: text("mediaType", "application/octet-stream"),
        })
    }
}

/// The body of a request, and its media type.
pub(super) fn body(
    operation: &Operation,
    given: &Given<'_>,
    value: Option<&str>,
    settings: &Settings,
) -> Result<Composed> {
    let filtered = |(parameter, filter): &(&Parameter, Option<&str>)| {
        matches!(parameter.place, Place::Body(_)) && filter.is_some()
    };
    match &operation.body {
        Some(described) if described.required || value.is_some() || given.iter().any(filtered) => {
            (composer()?.body)(operation, given, value, settings)
        }
        _ => Ok((None, Body::Empty)),
    }
}

/// The body where there is one, or should be: only through the [composer](super::composer).
pub(super) fn compose(
    operation: &Operation,
    given: &Given<'_>,
    value: Option<&str>,
    settings: &Settings,
) -> Result<Composed> {
    let Some(described) = &operation.body else {
        return Ok((None, Body::Empty));
    };
    let mut merged = None;
    for (parameter, filter) in given {
        let Place::Body(key) = parameter.place else { continue };
        let body = value.map(Object::read).transpose();
        if body.is_err() && filter.is_some() {
            return Err(wrong("body", "expected an object"));
        }
        let mut body = body.ok().flatten().unwrap_or_default();
        let inside = body.get(key);
        let expression = match (filter, inside) {
            (Some(_), Some(_)) => {
                return Err(wrong(parameter.name, &format!("body.{key} is given too: use one of them")));
            }
            (None, Some(inside)) if Value::read(inside).is_ok_and(|value| holds_expression(&value)) => inside,
            (Some(filter), None) => filter,
            _ => continue,
        };
        let filter = read_filter(parameter.name, expression)?;
        let encoded = if key == "search_term" { filter.to_insights() } else { filter.to_v1_search() };
        body.set(key, encoded.map_err(|error| named(parameter.name, error))?);
        merged = Some(body.to_json());
    }
    let Some(value) = merged.as_deref().or(value) else {
        return match (described.required, described.form) {
            (true, BodyForm::Bytes) => Err(wrong("body", "missing; expected an attachment")),
            (true, _) => {
                Err(wrong("body", &format!("missing; expected {}", described.schema.resolved().kind.words())))
            }
            (false, _) => Ok((None, Body::Empty)),
        };
    };
    let attachment = || Value::read(value).ok().as_ref().and_then(Attachment::read);
    let form = match described.form {
        BodyForm::JsonOrBytes if attachment().is_some() => BodyForm::Bytes,
        form => form,
    };
    match form {
        BodyForm::Json | BodyForm::JsonOrBytes => {
            refuse_drift(&described.schema, value, settings.strict)?;
            Ok((Some("application/json".into()), Body::Bytes(value.as_bytes().to_vec())))
        }
        BodyForm::Form => {
            refuse_drift(&described.schema, value, settings.strict)?;
            let mut text = String::new();
            for (name, value) in form_fields(value)?.iter() {
                if !text.is_empty() {
                    text.push('&');
                }
                percent(name, PATH, &mut text);
                text.push('=');
                percent(&value.plain(), PATH, &mut text);
            }
            Ok((Some("application/x-www-form-urlencoded".into()), Body::Bytes(text.into_bytes())))
        }
        BodyForm::Bytes => {
            let attachment = attachment().ok_or_else(|| wrong("body", "expected an attachment"))?;
            // A presigned address was signed without a content type: sending one breaks its signature.
            let media_type =
                (operation.accepts != Accepts::Nothing).then(|| "application/octet-stream".to_owned());
            Ok((
                media_type,
                Body::Attachment { before: Vec::new(), after: Vec::new(), length: attachment.length },
            ))
        }
        BodyForm::Multipart => multipart(&described.schema, value, settings),
    }
}

/// Whether there is one of our conditions in it: JumpCloud's own filters are made of other keys.
fn holds_expression(value: &Value) -> bool {
    match value {
        Value::Object(map) if map.contains_key("field") && map.contains_key("operator") => true,
        Value::Object(map) => map.iter().any(|(_, value)| holds_expression(value)),
        Value::Array(items) => items.iter().any(holds_expression),
        _ => false,
    }
}

fn form_fields(json: &str) -> Result<Map> {
    match read("body", json)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(wrong("body", "expected an object with the form's fields")),
    }
}

/// `multipart/form-data` with one attachment at most (RFC 7578).
fn multipart(schema: &Schema, value: &str, settings: &Settings) -> Result<(Option<String>, Body)> {
    let fields = form_fields(value)?;
    if let Kind::Object(properties) = &schema.resolved().kind {
        for (name, _) in fields.iter() {
            let mut known = properties.iter().map(|property| property.name.as_str());
            if !known.clone().any(|property| property == name) {
                let near = nearest(name, known.by_ref());
                return Err(wrong(
                    "body",
                    &format!("the form has no field {name}{near}", name = Quoted(name)),
                ));
            }
        }
    }
    let boundary = format!("jumpcloud-form-{:016x}", settings.boundary);
    let (mut before, mut after, mut length) = (String::new(), String::new(), None);
    for (name, value) in fields.iter() {
        let part = if length.is_some() { &mut after } else { &mut before };
        part.push_str(&format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(name)));
        match Attachment::read(value) {
            Some(_) if length.is_some() => return Err(wrong("body", "expected one attachment, got several")),
            Some(attachment) => {
                let media_type = header_value("mediaType", &attachment.media_type)?;
                part.push_str(&format!(
                    "; filename=\"{}\"\r\nContent-Type: {media_type}\r\n\r\n",
                    quoted(&attachment.file_name)
                ));
                after.push_str("\r\n");
                length = Some(attachment.length);
            }
            None => {
                part.push_str(&format!("\r\n\r\n{}\r\n", value.plain()));
            }
        }
    }
    let media_type = format!("multipart/form-data; boundary={boundary}");
    let Some(length) = length else {
        return Err(wrong("body", "expected an attachment in one of the form's fields"));
    };
    after.push_str(&format!("--{boundary}--\r\n"));
    Ok((
        Some(media_type),
        Body::Attachment { before: before.into_bytes(), after: after.into_bytes(), length },
    ))
}

/// As browsers write names in a form (HTML, "multipart/form-data encoding algorithm").
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

fn refuse_drift(schema: &Schema, value: &str, strict: bool) -> Result<()> {
    let found = check(schema, "body", value)?;
    let refused: Vec<String> =
        found.iter().filter(|drift| strict || drift.level == Level::Wrong).map(ToString::to_string).collect();
    if refused.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(refused.join("; ")).parameter_named("body"))
}
