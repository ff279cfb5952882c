//! The table run backwards: from a request to the operation and the parameters that make it.
//!
//! Servers and tests need this: the fake JumpCloud routes with it, and every operation is tested to come back as
//! it was built.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::filter::{Filter, V2Style};
use crate::json::Reader;
use crate::nearest::nearest;
use crate::operation::{Api, BodyForm, Operation, Parameter, Place, Style};
use crate::parameters::Parameters;
use crate::request::Attachment;
use crate::schema::{Kind, is_integer};
use crate::{Error, Result};

/// What a request asks for.
#[derive(Clone, Debug)]
pub struct Recognised {
    /// The operation.
    pub operation: &'static Operation,
    /// Its parameters, as [`build`](crate::request::build) takes them; filters as expressions.
    pub parameters: Parameters,
}

/// Finds the operation that a request calls, without looking at its query or body.
///
/// `path` starts at `/` and is percent-encoded.
///
/// # Errors
/// [`ErrorKind::InvalidRequest`](crate::ErrorKind) when the table has no such operation; it says whether the
/// path is known under another method.
pub fn find(method: &str, path: &str) -> Result<&'static Operation> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let fits = |operation: &&'static Operation| {
        let mut template = operation.path.split('/').skip(1);
        operation.host().is_some()
            && segments.iter().all(|segment| match template.next() {
                Some(part) if part.starts_with('{') => !segment.is_empty(),
                Some(part) => part == *segment,
                None => false,
            })
            && template.next().is_none()
    };
    let candidates: Vec<&'static Operation> = Operation::all().filter(fits).collect();
    // `/alerts/bulk-update` is nobody's `/alerts/{id}`: the first segment in which two differ decides.
    let literal = |operation: &&&Operation| -> Vec<bool> {
        operation.path.split('/').map(|part| !part.starts_with('{')).collect()
    };
    let best = candidates.iter().filter(|operation| operation.method.as_str() == method).max_by_key(literal);
    match best {
        Some(operation) => Ok(operation),
        None if candidates.is_empty() => Err(Error::invalid(format!("no operation has the path {path}"))),
        None => {
            let methods: Vec<&str> = candidates.iter().map(|operation| operation.method.as_str()).collect();
            Err(Error::invalid(format!("{path} is called with {}, not with {method}", methods.join(", "))))
        }
    }
}

/// Finds the operation that a request calls, and the parameters it was built from.
///
/// `target` is the path and query as sent; for an upload, the whole URL.
///
/// ```
/// use jumpcloud_core::route::recognise;
///
/// let found = recognise("GET", "/api/v2/usergroups/5f1b/members?limit=100", &[], b"")?;
/// assert_eq!(found.operation.name, "v2.userGroups.members.list");
/// assert_eq!(found.parameters.to_json(), r#"{"group_id":"5f1b","limit":100}"#);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidRequest`](crate::ErrorKind) when the table knows no such request.
pub fn recognise(
    method: &str,
    target: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<Recognised> {
    if !target.starts_with('/') {
        return upload(method, target, headers, body);
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let operation = find(method, path)?;
    read(operation, path, query, headers, body).map_err(|error| error.at(operation.name))
}

fn upload(method: &str, url: &str, headers: &[(String, String)], body: &[u8]) -> Result<Recognised> {
    let takes =
        |operation: &&'static Operation| operation.host().is_none() && operation.method.as_str() == method;
    let operation = Operation::all()
        .find(takes)
        .ok_or_else(|| Error::invalid(format!("{method} {url} is not an upload")))?;
    let mut parameters = Parameters::new();
    for parameter in &operation.parameters {
        if parameter.place == Place::Path {
            parameters = parameters.with(parameter.name, url);
        } else if let Some((_, value)) =
            headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(parameter.name))
        {
            parameters.set(parameter.name, typed(parameter, value)?.to_string());
        }
    }
    Ok(Recognised {
        operation,
        parameters: parameters.with("body", attachment(body, "file", "application/octet-stream")),
    })
}

fn attachment(content: &[u8], file_name: &str, media_type: &str) -> Attachment {
    Attachment { length: content.len() as u64, file_name: file_name.into(), media_type: media_type.into() }
}

fn read(
    operation: &'static Operation,
    path: &str,
    query: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<Recognised> {
    let mut parameters = Parameters::new();
    let values = operation.path.split('/').zip(path.split('/'));
    for (part, value) in values.filter(|(part, _)| part.starts_with('{')) {
        let name = part.trim_matches(['{', '}']);
        if let Some(parameter) = operation.parameter(name) {
            parameters.set(name, typed(parameter, &decode(value, false)?)?.to_string());
        }
    }
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((decode(name, true)?, decode(value, true)?));
    }
    let belongs = |parameter: &Parameter, name: &str| {
        parameter.place == Place::Query
            && (name == parameter.name
                || name.strip_prefix(parameter.name).is_some_and(|rest| rest.starts_with('[')))
    };
    if let Some((name, _)) =
        pairs.iter().find(|(name, _)| !operation.parameters.iter().any(|p| belongs(p, name)))
    {
        let known = operation.parameters.iter().filter(|p| p.place == Place::Query).map(|p| p.name);
        return Err(Error::invalid(format!("there is no query parameter {name:?}{}", nearest(name, known))));
    }
    for parameter in operation.parameters.iter().filter(|parameter| parameter.place == Place::Query) {
        let own: Vec<(String, String)> =
            pairs.iter().filter(|(name, _)| belongs(parameter, name)).cloned().collect();
        if let Some(value) = query_value(operation, parameter, &own)? {
            parameters.set(parameter.name, value.to_string());
        }
    }
    for parameter in operation.parameters.iter().filter(|parameter| parameter.place == Place::Header) {
        if let Some((_, value)) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(parameter.name)) {
            parameters.set(parameter.name, typed(parameter, value)?.to_string());
        }
    }
    for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
        if parameters.get(parameter.name).is_none() {
            return Err(
                Error::invalid(format!("{} is missing", parameter.name)).parameter_named(parameter.name)
            );
        }
    }
    if let Some(value) = body_value(operation, headers, body)? {
        parameters.set("body", value);
    }
    Ok(Recognised { operation, parameters })
}

fn decode(text: &str, plus_is_space: bool) -> Result<String> {
    // Go's clients, JumpCloud's own among them, write a space in a query as `+`.
    let text = if plus_is_space { text.replace('+', " ") } else { text.to_owned() };
    let decoded = percent_decode_str(&text).decode_utf8();
    decoded.map(Into::into).map_err(|_| Error::invalid("the URL is not UTF-8"))
}

fn typed(parameter: &Parameter, text: &str) -> Result<Value> {
    let refuse = || {
        let expected = parameter.schema.resolved().kind.words();
        Error::invalid(format!("{}: expected {expected}, got {text:?}", parameter.name))
            .parameter_named(parameter.name)
    };
    match &parameter.schema.resolved().kind {
        Kind::Integer { .. } => {
            is_integer(text).then(|| serde_json::from_str(text).ok()).flatten().ok_or_else(refuse)
        }
        Kind::Number => serde_json::from_str::<Value>(text).ok().filter(Value::is_number).ok_or_else(refuse),
        Kind::Boolean => text.parse().map(Value::Bool).map_err(|_| refuse()),
        Kind::Text { values } if !values.is_empty() && !values.iter().any(|known| known == text) => {
            Err(refuse())
        }
        _ => Ok(Value::String(text.to_owned())),
    }
}

fn query_value(
    operation: &Operation,
    parameter: &Parameter,
    own: &[(String, String)],
) -> Result<Option<Value>> {
    if own.is_empty() {
        return Ok(None);
    }
    let texts = || own.iter().map(|(_, value)| value.as_str());
    if parameter.filter {
        let filter = match (operation.api(), parameter.style) {
            (Api::V1, _) => Filter::from_v1_query(own)?,
            (_, Style::Comma) => Filter::from_v2_query(&texts().collect::<Vec<_>>(), V2Style::Joined)?,
            _ => Filter::from_v2_query(&texts().collect::<Vec<_>>(), V2Style::Repeated)?,
        };
        return Ok(serde_json::from_str(&filter.to_json()).ok());
    }
    let all = |separator: Option<char>| -> Result<Value> {
        let mut values = Vec::new();
        for text in texts() {
            match separator {
                Some(separator) => {
                    for part in text.split(separator) {
                        values.push(typed(parameter, part)?);
                    }
                }
                None => values.push(typed(parameter, text)?),
            }
        }
        Ok(Value::Array(values))
    };
    Ok(Some(match parameter.style {
        Style::Single => typed(parameter, &own[0].1)?,
        Style::Comma => all(Some(','))?,
        Style::Space => all(Some(' '))?,
        Style::Repeated => all(None)?,
        Style::Deep => nested(parameter, own),
    }))
}

/// `search[fields][0]=name` as `{"fields": ["name"]}`.
fn nested(parameter: &Parameter, own: &[(String, String)]) -> Value {
    let mut object = Map::new();
    for (name, value) in own {
        let keys: Vec<&str> =
            name[parameter.name.len()..].split(['[', ']']).filter(|key| !key.is_empty()).collect();
        match keys[..] {
            [] => return Value::String(value.clone()),
            [key] => {
                object.insert(key.to_owned(), Value::String(value.clone()));
            }
            [key, ..] => {
                let list = object.entry(key).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(items) = list {
                    items.push(Value::String(value.clone()));
                }
            }
        }
    }
    Value::Object(object)
}

fn body_value(operation: &Operation, headers: &[(String, String)], body: &[u8]) -> Result<Option<String>> {
    let Some(described) = &operation.body else {
        // Bodies that an operation does not take are common in the wild (`{}` on actions) and mean nothing.
        return Ok(None);
    };
    if body.is_empty() {
        return match described.required {
            true => Err(Error::invalid("the body is missing").parameter_named("body")),
            false => Ok(None),
        };
    }
    let header = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let media_type = header.map(|(_, value)| value.as_str()).unwrap_or_default();
    let bytes =
        media_type.eq_ignore_ascii_case("application/octet-stream") || described.form == BodyForm::Bytes;
    match described.form {
        BodyForm::JsonOrBytes | BodyForm::Bytes if bytes => {
            Ok(serde_json::to_string(&attachment(body, "file", "application/octet-stream")).ok())
        }
        BodyForm::Form => {
            let mut fields = Map::new();
            for pair in String::from_utf8_lossy(body).split('&') {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                fields.insert(decode(name, true)?, Value::String(decode(value, true)?));
            }
            Ok(Some(Value::Object(fields).to_string()))
        }
        BodyForm::Multipart => {
            let boundary = boundary(media_type).ok_or_else(|| {
                Error::invalid(format!("the form has no boundary of 1 to {LONGEST_BOUNDARY} characters"))
            })?;
            Ok(Some(Value::Object(form_fields(body, boundary)?).to_string()))
        }
        _ => {
            let text = std::str::from_utf8(body).map_err(|_| Error::invalid("the body is not UTF-8"))?;
            let mut reader = Reader::new(text);
            match reader.skip().and_then(|value| reader.end().map(|()| value.to_owned())) {
                Ok(value) => Ok(Some(value)),
                Err(fault) => {
                    Err(Error::invalid(format!("the body is not JSON: {fault}")).parameter_named("body"))
                }
            }
        }
    }
}

/// The longest boundary that a form may have (RFC 2046, 5.1.1): to look for one takes as long as it is long.
const LONGEST_BOUNDARY: usize = 70;

fn boundary(media_type: &str) -> Option<&str> {
    let parameters = media_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut boundaries = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"));
    let (_, boundary) = boundaries.next()?;
    Some(boundary.trim().trim_matches('"'))
        .filter(|boundary| (1..=LONGEST_BOUNDARY).contains(&boundary.len()))
}

fn form_fields(body: &[u8], boundary: &str) -> Result<Map<String, Value>> {
    let mut fields = Map::new();
    let separator = format!("--{boundary}");
    let mut rest = body;
    while let Some(start) = position(rest, separator.as_bytes()) {
        rest = rest.get(start + separator.len()..).unwrap_or_default();
        let Some(part) = rest.strip_prefix(b"\r\n") else {
            break;
        };
        let end = position(part, format!("\r\n{separator}").as_bytes());
        let end = end.ok_or_else(|| Error::invalid("the form is cut short"))?;
        let (part, after) = part.split_at_checked(end).unwrap_or_default();
        let head =
            position(part, b"\r\n\r\n").ok_or_else(|| Error::invalid("a part of the form has no header"))?;
        let head_text = String::from_utf8_lossy(&part[..head]).into_owned();
        let content = part.get(head + 4..).unwrap_or_default();
        let attribute = |name: &str| {
            let (_, rest) = head_text.split_once(&format!("; {name}=\""))?;
            rest.split_once('"').map(|(value, _)| value.replace("%22", "\""))
        };
        let name = attribute("name").ok_or_else(|| Error::invalid("a part of the form has no name"))?;
        let media_type =
            head_text.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap_or_default();
        let value = match attribute("filename") {
            Some(file_name) => {
                serde_json::to_value(attachment(content, &file_name, media_type)).unwrap_or_default()
            }
            None => Value::String(String::from_utf8_lossy(content).into_owned()),
        };
        fields.insert(name, value);
        rest = after;
    }
    Ok(fields)
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
