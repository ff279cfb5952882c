//! Makes requests: [`build`] turns an operation and its parameters into what goes over the wire.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::filter::{Filter, V2Style};
use crate::json::{self, Map, Quoted, Reader, Value};
use crate::operation::{
    Accepts, Answers, Api, BodyForm, Method, Operation, Organization, Parameter, Place, Style, nearest,
};
use crate::parameters::{Object, Parameters};
use crate::schema::{Kind, Level, Schema, check, is_integer};
use crate::{Error, Result};

/// An HTTP request: everything a transport needs, and nothing it has to change.
///
/// The URL must be sent as it stands: System Context signs its very bytes.
/// Printing a request (`{}` or `{:?}`) hides credentials and secret values.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The whole URL, percent-encoded.
    pub url: String,
    /// The headers, names in lower case. `Content-Length` and `Host` are the transport's.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body.
    pub body: Body,
    /// Where the path that JumpCloud sees starts in the URL.
    pub(crate) target: usize,
    pub(crate) secret_url: bool,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// These bytes.
    Bytes(Vec<u8>),
    /// The caller's [`Attachment`], between these bytes.
    Attachment {
        /// What goes before the content.
        before: Vec<u8>,
        /// What goes after it.
        after: Vec<u8>,
        /// How long the content is.
        length: u64,
    },
}

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
        let text = |key: &str, default: &str| {
            facts
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or(default)
                .to_owned()
        };
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

/// What a request needs beside its parameters.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Scheme and host (and, for a proxy, the beginning of the path), without a slash at the end.
    pub origin: String,
    /// Organization ids; more than one only where the operation takes several.
    pub organizations: Vec<String>,
    /// Further headers. Credentials are not given here.
    pub headers: Vec<(String, String)>,
    /// Refuse also unknown keys and unlisted values in the body.
    pub strict: bool,
    /// Separates the parts of a form: any number that the content is unlikely to hold.
    pub boundary: u64,
}

/// Everything but `A-Z a-z 0-9 - . _ ~`.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// JumpCloud's filters read better with `:` and `$` as they are, and it accepts both.
const QUERY: &AsciiSet = &PATH.remove(b':').remove(b'$');

/// Builds the request for an operation, without credentials.
///
/// ```
/// use jumpcloud_core::{Operation, Parameters, request::{Settings, build}};
///
/// let operation = Operation::find("v2.userGroups.members.list")?;
/// let parameters = Parameters::new().with("group_id", "5f1b").with("limit", 100);
/// let settings = Settings { origin: "https://console.jumpcloud.com".into(), ..Settings::default() };
/// let request = build(operation, &parameters, &settings)?;
/// assert_eq!(request.url, "https://console.jumpcloud.com/api/v2/usergroups/5f1b/members?limit=100");
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidRequest`](crate::ErrorKind) for a missing, unknown or wrong parameter.
pub fn build(operation: &'static Operation, parameters: &Parameters, settings: &Settings) -> Result<Request> {
    parts(operation, parameters, settings).map_err(|error| error.at(operation.name))
}

fn parts(operation: &'static Operation, parameters: &Parameters, settings: &Settings) -> Result<Request> {
    parameters.check()?;
    for name in parameters.names() {
        if operation.parameter(name).is_none() && (name != "body" || operation.body.is_none()) {
            return Err(unknown(operation, name));
        }
    }
    let mut given: Vec<(&Parameter, Option<&str>)> = Vec::with_capacity(operation.parameters.len());
    for parameter in &operation.parameters {
        // An empty list of values is none: `fields=` might mean no fields at all.
        // An empty filter stays, to be refused: it would match everything.
        let given_value = |value: &&str| *value != "null" && (*value != "[]" || parameter.filter);
        let value = parameters.get(parameter.name).filter(given_value);
        if parameter.required && value.is_none() {
            return Err(wrong(
                parameter.name,
                &format!("missing; expected {}", expected(parameter)),
            ));
        }
        given.push((parameter, value));
    }
    let (url, target) = url(operation, &given, settings)?;
    let (media_type, body) = body(
        operation,
        &given,
        parameters.get("body").filter(|body| *body != "null"),
        settings,
    )?;
    let mut headers: Vec<(Cow<'static, str>, String)> = Vec::new();
    if operation.accepts != Accepts::Nothing {
        let accept = if matches!(
            operation.answers,
            Answers::Json | Answers::JsonOrText | Answers::Empty
        ) {
            "application/json"
        } else {
            "*/*"
        };
        headers.push(("accept".into(), accept.into()));
    }
    if let Some(media_type) = media_type {
        headers.push(("content-type".into(), media_type));
    }
    organization(operation, settings, &mut headers)?;
    for (parameter, value) in given {
        if let (Place::Header, Some(value)) = (parameter.place, value) {
            headers.push((
                parameter.name.to_ascii_lowercase().into(),
                header_value(parameter.name, &scalar(parameter, value)?)?,
            ));
        }
    }
    for (name, value) in &settings.headers {
        let name = name.to_ascii_lowercase();
        if matches!(
            name.as_str(),
            "x-api-key" | "authorization" | "date" | "x-org-id" | "host" | "content-length"
        ) {
            return Err(Error::invalid(format!(
                "the header {name} is set by the client, not by the caller"
            )));
        }
        if name.is_empty()
            || !name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
        {
            return Err(Error::invalid(format!(
                "{name} is not a header name",
                name = Quoted(&name)
            )));
        }
        headers.retain(|(known, _)| *known != name);
        let value = header_value(&name, value)?;
        headers.push((name.into(), value));
    }
    Ok(Request {
        method: operation.method,
        url,
        headers,
        body,
        target,
        secret_url: operation.accepts == Accepts::Nothing,
    })
}

fn wrong(parameter: &str, message: &str) -> Error {
    Error::invalid(format!("{parameter}: {message}")).parameter_named(parameter)
}

fn unknown(operation: &Operation, name: &str) -> Error {
    let known: Vec<&str> = operation
        .parameters
        .iter()
        .map(|parameter| parameter.name)
        .chain(operation.body.as_ref().map(|_| "body"))
        .collect();
    let near = nearest(name, known.iter().copied());
    let near = match (near.is_empty(), known.is_empty()) {
        (false, _) => near,
        (true, true) => "; it takes none".into(),
        (true, false) => format!("; it takes {}", known.join(", ")),
    };
    Error::invalid(format!("there is no parameter {name}{near}", name = Quoted(name))).parameter_named(name)
}

fn expected(parameter: &Parameter) -> String {
    match (parameter.filter, parameter.style) {
        (true, _) => "a filter: text such as \"field:eq:value\", or an expression".into(),
        (_, Style::Deep) => "text, or an object with searchTerm and fields".into(),
        (_, Style::Single) => parameter.schema.kind.words(),
        _ => format!("{}, or an array of them", parameter.schema.kind.words()),
    }
}

fn url(
    operation: &Operation,
    given: &[(&Parameter, Option<&str>)],
    settings: &Settings,
) -> Result<(String, usize)> {
    if operation.host().is_none() {
        return upload_url(given);
    }
    let mut url = String::with_capacity(settings.origin.len() + operation.path.len() + 128);
    url.push_str(&settings.origin);
    let target = url.len();
    let mut template = operation.path;
    for (parameter, value) in given
        .iter()
        .filter(|(parameter, _)| parameter.place == Place::Path)
    {
        let Some((before, after)) = template.split_once('{') else {
            break;
        };
        url.push_str(before);
        template = after.split_once('}').map_or("", |(_, rest)| rest);
        let text = value
            .map(|value| scalar(parameter, value))
            .transpose()?
            .unwrap_or_default();
        // An empty segment would call another operation, and clients resolve dots away.
        if text.trim().is_empty() || text == "." || text == ".." {
            return Err(wrong(
                parameter.name,
                &format!("expected an id or a name, got {text}", text = Quoted(&text)),
            ));
        }
        url.extend(utf8_percent_encode(&text, PATH));
    }
    url.push_str(template);
    let mut separator = '?';
    let mut write = |name: &str, value: &str, joined: bool| {
        url.push(separator);
        separator = '&';
        url.extend(utf8_percent_encode(name, PATH));
        url.push('=');
        if joined {
            // The comma between joined values stands for itself; one inside a value never gets here.
            for (index, part) in value.split(',').enumerate() {
                if index > 0 {
                    url.push(',');
                }
                url.extend(utf8_percent_encode(part, QUERY));
            }
        } else {
            url.extend(utf8_percent_encode(value, QUERY));
        }
    };
    for (parameter, value) in given {
        if let (Place::Query, Some(value)) = (parameter.place, value) {
            query(operation, parameter, value, &mut write)?;
        }
    }
    Ok((url, target))
}

/// An upload goes to the address that JumpCloud gave: nothing is added to it.
fn upload_url(given: &[(&Parameter, Option<&str>)]) -> Result<(String, usize)> {
    let Some((parameter, Some(value))) = given.first() else {
        return Err(Error::invalid(
            "expected the address that JumpCloud gave for the upload",
        ));
    };
    let url = scalar(parameter, value)?.into_owned();
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://127.0.0.1:"));
    let path = host
        .and_then(|rest| rest.find('/'))
        .map(|slash| url.len() - host.unwrap_or_default().len() + slash);
    match path {
        Some(path) if url.bytes().all(|b| b.is_ascii_graphic()) => Ok((url, path)),
        _ => Err(wrong(
            parameter.name,
            "expected the https address that JumpCloud gave for the upload, as it was given",
        )),
    }
}

fn query(
    operation: &Operation,
    parameter: &Parameter,
    value: &str,
    write: &mut impl FnMut(&str, &str, bool),
) -> Result<()> {
    let name = parameter.name;
    if parameter.filter {
        return query_filter(operation, parameter, value, write);
    }
    match parameter.style {
        Style::Single => write(name, &scalar(parameter, value)?, false),
        Style::Comma | Style::Repeated | Style::Space => {
            let values = scalars(parameter, value)?;
            let given_as_text = !value.starts_with('[');
            match parameter.style {
                Style::Repeated => values.iter().for_each(|value| write(name, value, false)),
                Style::Space => write(name, &values.join(" "), false),
                _ => {
                    if let Some(value) = values.iter().find(|value| value.contains(',') && !given_as_text) {
                        return Err(wrong(
                            name,
                            &format!(
                                "{value} holds a comma, which would split it: give it without",
                                value = Quoted(value)
                            ),
                        ));
                    }
                    write(name, &values.join(","), true);
                }
            }
        }
        Style::Deep => {
            let value = read(name, value)?;
            let mut flat = Vec::new();
            match &value {
                Value::String(_) => flatten(format!("{name}[searchTerm]"), &value, &mut flat),
                Value::Object(_) => flatten(name.to_owned(), &value, &mut flat),
                _ => return Err(wrong(name, &format!("expected {}", expected(parameter)))),
            }
            flat.iter().for_each(|(name, value)| write(name, value, false));
        }
    }
    Ok(())
}

/// Nested keys, as v1's `search` is sent: `search[fields][0]=name`.
fn flatten(name: String, value: &Value, flat: &mut Vec<(String, String)>) {
    match value {
        Value::Object(entries) => entries
            .iter()
            .for_each(|(key, value)| flatten(format!("{name}[{key}]"), value, flat)),
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| flatten(format!("{name}[{index}]"), value, flat));
        }
        other => flat.push((name, other.plain())),
    }
}

fn read(name: &str, json: &str) -> Result<Value> {
    Value::read(json).map_err(|fault| wrong(name, &fault.to_string()))
}

/// A filter as a caller gives it: JumpCloud's text, several of them, or an expression.
fn read_filter(name: &str, value: &str) -> Result<Filter> {
    Filter::from_json(value).map_err(|error| named(name, error))
}

fn named(name: &str, error: Error) -> Error {
    wrong(name, error.message())
}

fn query_filter(
    operation: &Operation,
    parameter: &Parameter,
    value: &str,
    write: &mut impl FnMut(&str, &str, bool),
) -> Result<()> {
    let name = parameter.name;
    let filter = read_filter(name, value)?;
    if operation.api() == Api::V1 {
        for (name, value) in filter.to_v1_query().map_err(|error| named(name, error))? {
            write(&name, &value, false);
        }
        return Ok(());
    }
    if parameter.style == Style::Comma {
        // Refuses a lone value that would be read as two terms.
        filter
            .to_v2_query(V2Style::Joined)
            .map_err(|error| named(name, error))?;
    }
    let mut terms = filter
        .to_v2_query(V2Style::Repeated)
        .map_err(|error| named(name, error))?;
    if parameter.spells_gte {
        terms.iter_mut().for_each(|term| *term = spell_gte(term));
    }
    // No escape for a comma inside a value is known: such a term is always sent as its own parameter.
    if parameter.style == Style::Comma && !terms.iter().any(|term| term.contains(',')) {
        write(name, &terms.join(","), true);
    } else {
        terms.iter().for_each(|term| write(name, term, false));
    }
    Ok(())
}

/// System Insights knows `gte`, where the other lists of v2 know `ge`.
fn spell_gte(term: &str) -> String {
    let mut parts = term.splitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(field), Some(operator @ ("ge" | "le")), Some(value)) => {
            let operator = if operator == "ge" { "gte" } else { "lte" };
            format!("{field}:{operator}:{value}")
        }
        _ => term.to_owned(),
    }
}

/// One value as text, after checking that it is what the parameter takes.
fn scalar<'a>(parameter: &Parameter, json: &'a str) -> Result<Cow<'a, str>> {
    let quoted = json.starts_with('"');
    let text = match json.as_bytes().first() {
        Some(b'"') => json::text(json).map_err(|fault| wrong(parameter.name, &fault.to_string()))?,
        _ => Cow::Borrowed(json),
    };
    let number = || {
        Reader::new(json)
            .kind()
            .is_ok_and(|kind| kind == json::Kind::Number)
    };
    let kind = &parameter.schema.resolved().kind;
    let fits = match kind {
        Kind::Text { values }
            if quoted && !values.is_empty() && !values.iter().any(|known| *known == text) =>
        {
            let near = nearest(&text, values.iter().map(String::as_str));
            return Err(wrong(
                parameter.name,
                &format!("expected {}, got {json}{near}", kind.words()),
            ));
        }
        Kind::Text { .. } | Kind::DateTime => quoted,
        Kind::Integer { .. } => is_integer(&text),
        Kind::Number => number(),
        Kind::Boolean => text == "true" || text == "false",
        _ => !json.starts_with(['{', '[']),
    };
    if fits {
        return Ok(text);
    }
    let came = if json.len() > 60 { "something else" } else { json };
    Err(wrong(
        parameter.name,
        &format!("expected {}, got {came}", expected(parameter)),
    ))
}

/// The values of an array; text that is joined already passes as it is: `"_id,email"`.
fn scalars<'a>(parameter: &Parameter, json: &'a str) -> Result<Vec<Cow<'a, str>>> {
    if !json.starts_with('[') {
        return Ok(vec![scalar(parameter, json)?]);
    }
    let items = json::items(json).map_err(|fault| wrong(parameter.name, &fault.to_string()))?;
    items.into_iter().map(|item| scalar(parameter, item)).collect()
}

fn header_value(name: &str, value: &str) -> Result<String> {
    // A line break would start another header.
    if value.bytes().any(|b| (b < 0x20 && b != b'\t') || b == 0x7f) {
        return Err(wrong(name, "a header cannot hold control characters"));
    }
    Ok(value.to_owned())
}

fn organization(
    operation: &Operation,
    settings: &Settings,
    headers: &mut Vec<(Cow<'static, str>, String)>,
) -> Result<()> {
    match operation.organization {
        Organization::Refused => return Ok(()),
        Organization::Required if settings.organizations.is_empty() => {
            return Err(Error::invalid(
                "this operation needs an organization id: give one to the client or to the call",
            ));
        }
        Organization::Optional | Organization::Required if settings.organizations.len() > 1 => {
            return Err(Error::invalid(
                "this operation takes one organization id: call it once for each",
            ));
        }
        _ => {}
    }
    for id in &settings.organizations {
        headers.push(("x-org-id".into(), header_value("organization", id)?));
    }
    Ok(())
}

fn body(
    operation: &'static Operation,
    given: &[(&Parameter, Option<&str>)],
    value: Option<&str>,
    settings: &Settings,
) -> Result<(Option<String>, Body)> {
    let Some(described) = &operation.body else {
        return Ok((None, Body::Empty));
    };
    let mut merged = None;
    for (parameter, filter) in given {
        if let (Place::Body(key), Some(filter)) = (parameter.place, filter) {
            let filter = read_filter(parameter.name, filter)?;
            let encoded = if operation.api() == Api::Insights {
                filter.to_insights()
            } else {
                filter.to_v1_search()
            };
            let encoded = encoded.map_err(|error| named(parameter.name, error))?;
            let mut body = match value {
                Some(value) => Object::read(value).map_err(|_| wrong("body", "expected an object"))?,
                None => Object::default(),
            };
            if body.get(key).is_some() {
                return Err(wrong(
                    parameter.name,
                    &format!("body.{key} is given too: use one of them"),
                ));
            }
            body.set(key, encoded);
            merged = Some(body.to_json());
        }
    }
    let Some(value) = merged.as_deref().or(value) else {
        return match (described.required, described.form) {
            (true, BodyForm::Bytes) => Err(wrong("body", "missing; expected an attachment")),
            (true, _) => Err(wrong(
                "body",
                &format!("missing; expected {}", described.schema.resolved().kind.words()),
            )),
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
            Ok((
                Some("application/json".into()),
                Body::Bytes(value.as_bytes().to_vec()),
            ))
        }
        BodyForm::Form => {
            refuse_drift(&described.schema, value, settings.strict)?;
            let mut text = String::new();
            for (name, value) in form_fields(value)?.iter() {
                let separator = if text.is_empty() { "" } else { "&" };
                text.extend([separator, &utf8_percent_encode(name, PATH).to_string(), "="]);
                text.extend(utf8_percent_encode(&value.plain(), PATH));
            }
            Ok((
                Some("application/x-www-form-urlencoded".into()),
                Body::Bytes(text.into_bytes()),
            ))
        }
        BodyForm::Bytes => {
            let attachment = attachment().ok_or_else(|| wrong("body", "expected an attachment"))?;
            // A presigned address was signed without a content type: sending one breaks its signature.
            let media_type =
                (operation.accepts != Accepts::Nothing).then(|| "application/octet-stream".to_owned());
            Ok((
                media_type,
                Body::Attachment {
                    before: Vec::new(),
                    after: Vec::new(),
                    length: attachment.length,
                },
            ))
        }
        BodyForm::Multipart => multipart(&described.schema, value, settings),
    }
}

fn form_fields(json: &str) -> Result<Map> {
    match read("body", json)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(wrong("body", "expected an object with the form's fields")),
    }
}

/// `multipart/form-data` with one attachment at the most (RFC 7578).
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
        part.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"",
            quoted(name)
        ));
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
        return Err(wrong(
            "body",
            "expected an attachment in one of the form's fields",
        ));
    };
    after.push_str(&format!("--{boundary}--\r\n"));
    Ok((
        Some(media_type),
        Body::Attachment {
            before: before.into_bytes(),
            after: after.into_bytes(),
            length,
        },
    ))
}

/// As browsers write names in a form (HTML, "multipart/form-data encoding algorithm").
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

fn refuse_drift(schema: &Schema, value: &str, strict: bool) -> Result<()> {
    let found = check(schema, "body", value)?;
    let refused: Vec<String> = found
        .iter()
        .filter(|drift| strict || drift.level == Level::Wrong)
        .map(ToString::to_string)
        .collect();
    if refused.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(refused.join("; ")).parameter_named("body"))
}

impl Request {
    /// The path and query as JumpCloud sees them: what System Context signs.
    pub fn target(&self) -> &str {
        self.url.get(self.target..).unwrap_or_default()
    }

    /// Scheme and host: a redirect to anywhere else must not be followed.
    pub fn origin(&self) -> &str {
        let host = self.url.find("://").map_or(0, |scheme| scheme + 3);
        let length = self.url.get(host..).and_then(|rest| rest.find(['/', '?']));
        length
            .and_then(|length| self.url.get(..host + length))
            .unwrap_or(&self.url)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Keys whose values are secret wherever they stand: passwords, one-time secrets, keys.
/// Paging tokens are not.
fn is_secret(key: &str) -> bool {
    let key: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    let secret = [
        "password",
        "secret",
        "apikey",
        "privatekey",
        "encryptionkey",
        "passphrase",
        "accesstoken",
        "totp",
        "authorization",
    ];
    secret.iter().any(|word| key.contains(word))
        || matches!(key.as_str(), "token" | "pin" | "key" | "signature")
}

pub(crate) fn redact(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries.iter_mut() {
                if is_secret(key) && matches!(value, Value::String(_) | Value::Number(_)) {
                    *value = Value::String("[redacted]".into());
                } else {
                    redact(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}

impl fmt::Display for Request {
    /// The request for a person to read, without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        write!(f, "{} {path}", self.method)?;
        for (index, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = if self.secret_url || is_secret(name) {
                "[redacted]"
            } else {
                value
            };
            write!(f, "{}{name}={value}", if index == 0 { '?' } else { '&' })?;
        }
        for (name, value) in &self.headers {
            let value = if matches!(&**name, "x-api-key" | "authorization") {
                "[redacted]"
            } else {
                value
            };
            write!(f, "\n{name}: {value}")?;
        }
        match &self.body {
            Body::Empty => Ok(()),
            Body::Bytes(bytes) if self.header("content-type") == Some("application/json") => {
                match std::str::from_utf8(bytes)
                    .ok()
                    .and_then(|text| Value::read(text).ok())
                {
                    Some(mut value) => {
                        redact(&mut value);
                        write!(f, "\n\n{value}")
                    }
                    None => write!(f, "\n\n[{} bytes]", bytes.len()),
                }
            }
            Body::Bytes(bytes) => write!(f, "\n\n[{} bytes]", bytes.len()),
            Body::Attachment {
                before,
                after,
                length,
            } => write!(
                f,
                "\n\n[{} bytes]",
                before.len() as u64 + length + after.len() as u64
            ),
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({self})")
    }
}
