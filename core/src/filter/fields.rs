//! What JumpCloud compares a field with, where that is no text: `table/filter-fields.txt`, of the fields of all lists and
//! searches that take a filter (`d` a date and time, `b` true or false, `i` a number). A field of that name is of that kind
//! wherever it stands.

use super::Scalar;
use crate::http_date::is_time;
use crate::json::{Quoted, Value};
use crate::operation::filter_fields;
use crate::{Error, Result};

/// A value as its field has it: JumpCloud's own text has no types, and a search finds no `"true"` where `true` is meant.
pub(super) fn checked(field: &str, value: &Scalar) -> Result<Scalar> {
    let Scalar::String(text) = value else { return Ok(value.clone()) };
    let mut known =
        filter_fields().split(' ').filter_map(|known| known.strip_prefix(field)?.strip_prefix(':'));
    let kind = known.next().unwrap_or_default();
    if kind == "d" && !is_time(text, true) {
        return Err(Error::invalid(format!(
            "`{field}` is compared with a date, or a time with its zone, as 2026-01-31T09:00:00Z, not {}",
            Quoted(text)
        )));
    }
    let read = Value::read(text).ok();
    let read = read.filter(|read| matches!((kind, read), ("b", Value::Bool(_)) | ("i", Value::Number(_))));
    Ok(read.as_ref().and_then(Scalar::from_json).unwrap_or_else(|| value.clone()))
}
