//! What a caller's parameters say of the paging of a list: in the query, or in the body of a search.

use crate::json::Value;
use crate::operation::{Operation, Paging, Strategy, Style};
use crate::parameters::{Object, Parameters};
use crate::{Error, Result};

pub(super) fn in_body(paging: &Paging) -> bool {
    matches!(paging.strategy, Strategy::BodySkip | Strategy::SearchAfter)
}

pub(super) fn body(parameters: &Parameters) -> Object {
    parameters.get("body").and_then(|body| Object::read(body).ok()).unwrap_or_default()
}

/// What the caller gave for a part of the paging, in the query or the body, as JSON.
pub(super) fn given(paging: &Paging, parameters: &Parameters, key: &str) -> Option<String> {
    let value = match in_body(paging) {
        true => body(parameters).get(key).map(str::to_owned),
        false => parameters.get(key).map(str::to_owned),
    };
    value.filter(|value| value != "null")
}

pub(super) fn number(paging: &Paging, parameters: &Parameters, key: &str) -> Result<Option<u64>> {
    let Some(value) = given(paging, parameters, key) else { return Ok(None) };
    value.trim_matches('"').parse::<u64>().map(Some).map_err(|_| {
        Error::invalid(format!("{key}: expected a whole number, 0 or more, got {value}")).parameter_named(key)
    })
}

pub(super) fn without(paging: &Paging, mut parameters: Parameters, key: &str) -> Result<Parameters> {
    if in_body(paging) {
        parameters.set_in_body(Vec::new(), Some(key))?;
    } else {
        parameters.remove(key);
    }
    Ok(parameters)
}

/// The names in a sort or a choice of fields: a list, or a string with spaces between them.
pub(super) fn names(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => {
            Some(text.split(' ').filter(|field| !field.is_empty()).map(str::to_owned).collect())
        }
        Value::Array(items) => Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        Value::Null => Some(Vec::new()),
        // Not what it should be: the request says so when it is built.
        _ => None,
    }
}

/// Adds what a walk needs to the caller's sort and choice of fields: a unique field to sort by, the one that tells items apart,
/// and an event's time.
pub(super) fn add_names(operation: &Operation, paging: &Paging, parameters: &mut Parameters) -> Result<()> {
    if !paging.sort.is_empty() {
        add_name(operation, paging, parameters, "sort", paging.sort, true)?;
    }
    if !paging.identity.is_empty() && !paging.identity.contains('.') {
        add_name(operation, paging, parameters, "fields", paging.identity, false)?;
    }
    if let Some(times) = paging.times.filter(|times| times.event == top(times.event)) {
        add_name(operation, paging, parameters, "fields", times.event, false)?;
    }
    Ok(())
}

/// Adds a name to a sort or a choice of fields, the caller's own before it; with `always` also where there is none.
/// JumpCloud asks to sort by a unique field when paging by offset, else items may be missed or doubled.
fn add_name(
    operation: &Operation,
    paging: &Paging,
    parameters: &mut Parameters,
    key: &str,
    name: &str,
    always: bool,
) -> Result<()> {
    let known =
        if in_body(paging) { key == "sort" || key == "fields" } else { operation.parameter(key).is_some() };
    let given = given(paging, parameters, key);
    // A search is sorted by one field.
    let chosen = key == "sort" && given.is_some() && in_body(paging);
    if !known || chosen || given.is_none() && !always {
        return Ok(());
    }
    let given = given.and_then(|given| Value::read(&given).ok()).unwrap_or(Value::Null);
    let Some(mut fields) = names(&given) else { return Ok(()) };
    // An empty choice is none.
    if fields.iter().any(|known| known.trim_start_matches('-') == name) || fields.is_empty() && !always {
        return Ok(());
    }
    fields.push(name.to_owned());
    let single = operation.parameter(key).is_some_and(|parameter| parameter.style == Style::Single);
    let spaced = match given {
        Value::Array(_) => single,
        _ => single || in_body(paging),
    };
    let value = match spaced {
        true => Value::String(fields.join(" ")),
        false => Value::Array(fields.into_iter().map(Value::String).collect()),
    };
    match in_body(paging) {
        true => parameters.set_in_body(vec![(key, value.to_string())], None),
        false => {
            parameters.set(key, value.to_string());
            Ok(())
        }
    }
}

/// The key of the body at the start of a path.
pub(super) fn top(path: &str) -> &str {
    path.split('.').next().unwrap_or_default()
}
