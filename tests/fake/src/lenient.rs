//! What JumpCloud serves although its description does not have it: paths in other cases and with a slash at the end,
//! unknown and empty parameters, actions without a body. Tools in use send all of it (the facts: nine public clients).
//! The request is mended here to what the table reads; `--strict` leaves that out.

use std::sync::OnceLock;

use jumpcloud_core::Operation;
use jumpcloud_core::operation::{BodyForm, Parameter, Place};
use jumpcloud_core::route::{self, Recognised};
use jumpcloud_core::schema::Kind;
use percent_encoding::percent_decode_str;

use crate::credentials::Received;
use crate::refusal::Refusal;

/// Finds the operation that a request calls; the path as the table writes it.
pub(crate) fn find(method: &str, path: &str) -> jumpcloud_core::Result<(&'static Operation, String)> {
    if let Some(operation) = exactly(method, path) {
        return Ok((operation, path.to_owned()));
    }
    let tidied = tidied(path).and_then(|path| exactly(method, &path).map(|found| (found, path)));
    match tidied {
        Some(found) => Ok(found),
        // The core says what is wrong.
        None => route::find(method, path).map(|operation| (operation, path.to_owned())),
    }
}

/// All operations with the parts of their paths: the table is packed, and looking through it takes its time.
fn index() -> &'static [(Vec<&'static str>, &'static Operation)] {
    static INDEX: OnceLock<Vec<(Vec<&'static str>, &'static Operation)>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let served = Operation::all().filter(|operation| operation.host().is_some());
        served.map(|operation| (operation.path.split('/').collect(), operation)).collect()
    })
}

/// The operations whose paths have these parts, by a comparison of the literal ones; the most literal path last.
fn matching<'a>(
    parts: &'a [&'a str],
    same: impl Fn(&str, &str) -> bool + 'a,
) -> impl Iterator<Item = &'static (Vec<&'static str>, &'static Operation)> + 'a {
    index().iter().filter(move |(template, _)| {
        template.len() == parts.len()
            && template.iter().zip(parts).all(|(known, part)| match known.starts_with('{') {
                true => !part.is_empty(),
                false => same(known, part),
            })
    })
}

/// Which parts are literal: `/alerts/bulk-update` is nobody's `/alerts/{id}`.
fn literal((template, _): &&'static (Vec<&'static str>, &'static Operation)) -> Vec<bool> {
    template.iter().map(|part| !part.starts_with('{')).collect()
}

/// The operation of that method and path, as the core's [`route::find`] finds it.
fn exactly(method: &str, path: &str) -> Option<&'static Operation> {
    let parts: Vec<&str> = path.split('/').collect();
    let own = matching(&parts, |known, part| known == part).filter(|(_, one)| one.method.as_str() == method);
    own.max_by_key(literal).map(|(_, operation)| *operation)
}

/// A path with its literal parts as the table writes them, and without slashes at the end.
pub(crate) fn tidied(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let (template, _) =
        matching(&parts, |known, part| known.eq_ignore_ascii_case(part)).max_by_key(literal)?;
    let mended = template.iter().zip(&parts);
    let mended: Vec<&str> =
        mended.map(|(known, part)| if known.starts_with('{') { *part } else { known }).collect();
    Some(mended.join("/"))
}

/// What the table reads from a request.
pub(crate) struct Reading {
    /// The operation and its parameters.
    pub(crate) recognised: Recognised,
    /// The body: `{}` where an action was sent without one.
    pub(crate) body: Vec<u8>,
}

/// Reads a request by the table; what is off is noted and, unless `strict`, mended.
pub(crate) fn read(
    operation: &'static Operation,
    path: &str,
    received: &Received,
    strict: bool,
    off: &mut Vec<String>,
) -> Result<Reading, Refusal> {
    let refuse =
        |error: jumpcloud_core::Error| Refusal::bad_request(format!("Bad Request: {}", error.message()));
    let body = received.body;
    let query = received.target.split_once('?').map_or("", |(_, query)| query);
    let target = |query: &str| if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    // What a caller leaves out altogether is an empty object.
    let body = if body.is_empty() && !strict && takes_an_object(operation) { b"{}" } else { body }.to_vec();
    match route::recognise(received.method, &target(query), received.headers, &body) {
        Ok(recognised) => return Ok(Reading { recognised, body }),
        Err(error) => {
            off.push(error.message().to_owned());
            if strict {
                return Err(refuse(error));
            }
        }
    }
    let headers: Vec<(String, String)> =
        received.headers.iter().filter(|(_, value)| !value.trim().is_empty()).cloned().collect();
    let recognised =
        route::recognise(received.method, &target(&mended_query(operation, query)), &headers, &body);
    Ok(Reading { recognised: recognised.map_err(refuse)?, body })
}

fn takes_an_object(operation: &Operation) -> bool {
    operation.body.as_ref().is_some_and(|body| {
        matches!(body.form, BodyForm::Json | BodyForm::JsonOrBytes)
            && matches!(body.schema.resolved().kind, Kind::Object(_) | Kind::Map(_))
    })
}

/// A query with the table's names, without those it does not have and without empty values.
fn mended_query(operation: &Operation, query: &str) -> String {
    let mut kept = Vec::new();
    for pair in query.split('&') {
        let Some((name, value)) = pair.split_once('=').filter(|(_, value)| !value.is_empty()) else {
            continue;
        };
        let decoded = percent_decode_str(name).decode_utf8_lossy().into_owned();
        let (word, rest) = decoded.split_at(decoded.find('[').unwrap_or(decoded.len()));
        let in_query = |parameter: &&Parameter| parameter.place == Place::Query;
        let mut known = operation.parameters.iter().filter(in_query);
        let Some(parameter) = known.find(|parameter| parameter.name.eq_ignore_ascii_case(word)) else {
            // Some names have brackets or dots of their own.
            if operation.parameter(&decoded).is_some() {
                kept.push(pair.to_owned());
            }
            continue;
        };
        let value = if parameter.filter { with_operator(value) } else { value.to_owned() };
        kept.push(format!("{}{rest}={value}", parameter.name));
    }
    kept.join("&")
}

/// `firstname:David` is taken for `firstname:$eq:David` (seen in jcapi-python's issue 46).
fn with_operator(value: &str) -> String {
    let decoded = percent_decode_str(value).decode_utf8_lossy();
    match decoded.split_once(':') {
        Some((_, rest)) if !rest.contains(':') => {
            let separator = if value.contains(':') { ":" } else { "%3A" };
            value.replacen(separator, ":eq:", 1)
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_tidied_for_every_operation() {
        for operation in Operation::all().filter(|operation| operation.host().is_some()) {
            let path: Vec<&str> = operation
                .path
                .split('/')
                .map(|part| if part.starts_with('{') { "5F0c1e2d3b4a59687766554a" } else { part })
                .collect();
            let path = path.join("/");
            let method = operation.method.as_str();
            assert_eq!(exactly(method, &path), route::find(method, &path).ok());
            let shouted: Vec<String> = operation
                .path
                .split('/')
                .map(|part| {
                    if part.starts_with('{') {
                        "5F0c1e2d3b4a59687766554a".into()
                    } else {
                        part.to_ascii_uppercase()
                    }
                })
                .collect();
            for sent in [path.clone(), format!("{path}/"), format!("{path}//"), shouted.join("/")] {
                let (found, mended) = find(operation.method.as_str(), &sent).expect(&sent);
                assert_eq!((found.name, &mended), (operation.name, &path), "{sent}");
            }
        }
        assert!(find("GET", "/api/v2/nothing/").is_err());
    }

    #[test]
    fn queries_are_mended() {
        let operation = Operation::find("v1.systemUsers.list").expect("it is there");
        let mend = |query: &str| mended_query(operation, query);
        assert_eq!(mend("limit=&cache=1&SKIP=2&filter="), "skip=2");
        assert_eq!(
            mend("filter=firstname:David&filter[0]=a%3Ab"),
            "filter=firstname:eq:David&filter[0]=a:eq:b"
        );
        assert_eq!(mend("filter%5B0%5D=a:$eq:b&sort&x[y]=z"), "filter[0]=a:$eq:b");
    }
}
