//! The URL: path and query, percent-encoded once and for all.

use std::borrow::Cow;

use super::composer::{Query, composer};
use super::{Settings, expected, named, read, read_filter, wrong};
use crate::address;
use crate::encode::{PATH, QUERY, percent};
use crate::filter::V2Style;
use crate::json::{self, Quoted, Reader, Value};
use crate::nearest::nearest;
use crate::operation::{Api, Operation, Parameter, Place, Style};
use crate::schema::{Kind, is_integer};
use crate::{Error, Result};

pub(super) fn url(
    operation: &Operation,
    given: &[(&Parameter, Option<&str>)],
    settings: &Settings,
) -> Result<(String, usize)> {
    if operation.host().is_none() {
        return upload_url(given, settings);
    }
    let mut url = String::with_capacity(settings.origin.len() + operation.path.len() + 128);
    url.push_str(&settings.origin);
    let target = url.len();
    let mut template = operation.path;
    for (parameter, value) in given.iter().filter(|(parameter, _)| parameter.place == Place::Path) {
        let Some((before, after)) = template.split_once('{') else {
            break;
        };
        url.push_str(before);
        template = after.split_once('}').map_or("", |(_, rest)| rest);
        let text = value.map(|value| scalar(parameter, value)).transpose()?.unwrap_or_default();
        // An empty segment would call another operation, and clients resolve dots away.
        if text.trim().is_empty() || text == "." || text == ".." {
            return Err(wrong(
                parameter.name,
                &format!("expected an id or a name, got {text}", text = Quoted(&text)),
            ));
        }
        percent(&text, PATH, &mut url);
    }
    url.push_str(template);
    let mut separator = '?';
    let mut write = |name: &str, value: &str, joined: bool| {
        url.push(separator);
        separator = '&';
        percent(name, PATH, &mut url);
        url.push('=');
        if joined {
            // The comma between joined values stands for itself; one inside a value never gets here.
            for (index, part) in value.split(',').enumerate() {
                if index > 0 {
                    url.push(',');
                }
                percent(part, QUERY, &mut url);
            }
        } else {
            percent(value, QUERY, &mut url);
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
fn upload_url(given: &[(&Parameter, Option<&str>)], settings: &Settings) -> Result<(String, usize)> {
    let Some((parameter, Some(value))) = given.first() else {
        return Err(Error::invalid("expected the address that JumpCloud gave for the upload"));
    };
    let url = scalar(parameter, value)?.into_owned();
    let told = |why: &str| {
        wrong(
            parameter.name,
            &format!("expected the https address that JumpCloud gave for the upload, as it was given; {why}"),
        )
    };
    let address = address::read(&url).map_err(told)?;
    if !address.secure && !address.loopback && !settings.allow_http {
        return Err(told("it is plain HTTP"));
    }
    Ok((url, address.path))
}

fn query(
    operation: &Operation,
    parameter: &Parameter,
    value: &str,
    write: &mut impl FnMut(&str, &str, bool),
) -> Result<()> {
    let name = parameter.name;
    if parameter.filter {
        for (name, value, joined) in (composer()?.filter)(operation, parameter, value)? {
            write(&name, &value, joined);
        }
        return Ok(());
    }
    match parameter.style {
        Style::Single => write(name, &scalar(parameter, value)?, false),
        Style::Comma | Style::Repeated | Style::Space => {
            let values = scalars(parameter, value)?;
            let values: Vec<&str> = values.iter().map(|value| &**value).collect();
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
        Value::Object(entries) => {
            entries.iter().for_each(|(key, value)| flatten(format!("{name}[{key}]"), value, flat))
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| flatten(format!("{name}[{index}]"), value, flat));
        }
        other => flat.push((name, other.plain())),
    }
}

/// A filter as it stands in the query: only through the [composer](super::composer).
pub(super) fn filter(operation: &Operation, parameter: &Parameter, value: &str) -> Result<Vec<Query>> {
    let name = parameter.name;
    let filter = read_filter(name, value)?;
    if operation.api() == Api::V1 {
        let query = filter.to_v1_query().map_err(|error| named(name, error))?;
        return Ok(query.into_iter().map(|(name, value)| (name.to_string(), value, false)).collect());
    }
    if parameter.style == Style::Comma {
        // Refuses a lone value that would be read as two terms.
        filter.to_v2_query(V2Style::Joined).map_err(|error| named(name, error))?;
    }
    let mut terms = filter.to_v2_query(V2Style::Repeated).map_err(|error| named(name, error))?;
    if parameter.spells_gte {
        terms.iter_mut().for_each(|term| *term = spell_gte(term));
    }
    // No escape for a comma inside a value is known: such a term is always sent as its own parameter.
    if parameter.style == Style::Comma && !terms.iter().any(|term| term.contains(',')) {
        return Ok(vec![(name.to_owned(), terms.join(","), true)]);
    }
    Ok(terms.into_iter().map(|term| (name.to_owned(), term, false)).collect())
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
pub(super) fn scalar<'a>(parameter: &Parameter, json: &'a str) -> Result<Cow<'a, str>> {
    let quoted = json.starts_with('"');
    let text = match json.as_bytes().first() {
        Some(b'"') => json::text(json).map_err(|fault| wrong(parameter.name, &fault.to_string()))?,
        _ => Cow::Borrowed(json),
    };
    let number = || Reader::new(json).kind().is_ok_and(|kind| kind == json::Kind::Number);
    // No parameter refers to another schema.
    let kind = &parameter.schema.kind;
    let fits = match kind {
        Kind::Text { values }
            if quoted && !values.is_empty() && !values.iter().any(|known| *known == text) =>
        {
            let near = nearest(&text, values.iter().map(String::as_str));
            return Err(wrong(parameter.name, &format!("expected {}, got {json}{near}", kind.words())));
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
    // Of what should be a text, it may be a secret.
    let came = if json.len() > 60 || matches!(kind, Kind::Text { .. }) { "something else" } else { json };
    Err(wrong(parameter.name, &format!("expected {}, got {came}", expected(parameter))))
}

/// The values of an array; text that is joined already passes as it is: `"_id,email"`.
fn scalars<'a>(parameter: &Parameter, json: &'a str) -> Result<Vec<Cow<'a, str>>> {
    if !json.starts_with('[') {
        return Ok(vec![scalar(parameter, json)?]);
    }
    let items = json::items(json).map_err(|fault| wrong(parameter.name, &fault.to_string()))?;
    items.into_iter().map(|item| scalar(parameter, item)).collect()
}
