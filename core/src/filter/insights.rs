//! Directory Insights: the `search_term` of an event query.

use std::cmp::Ordering;

use super::{
    Filter, Operator, Place, Scalar, all, any, check_field, dialect_cannot, eq, equal_values, is_in, literal,
    not,
};
use crate::distinct::{distinct, firsts};
use crate::json::{Value, object};
use crate::{Error, Result};

const DIALECT: &str = "an Insights";

impl Filter {
    /// The query's `search_term`: `{"and": […]}`, `{"or": […]}` or `{"not": {…}}`, nested as needed.
    ///
    /// Values are lower-cased, because Insights stores them so. A field may stand only once in a list: several values
    /// of one field become an array.
    ///
    /// # Errors
    /// Refused: orders (the query's `start_time` and `end_time` bound the time), text search (that is the query's
    /// `q`), null, two different values of one field in an `and`, and the fields that cannot be searched: `changes`,
    /// `useragent`, `system_timestamp`.
    ///
    /// ```
    /// use jumpcloud_core::filter::{and, eq, is_in, ne};
    /// let filter = and([
    ///     is_in("event_type", ["user_create", "user_update"]),
    ///     eq("initiated_by.username", "Ada"),
    ///     ne("success", true),
    /// ]);
    /// assert_eq!(
    ///     filter.to_insights()?,
    ///     r#"{"and":[{"event_type":["user_create","user_update"]},{"initiated_by.username":"ada"},{"not":{"success":true}}]}"#
    /// );
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    pub fn to_insights(&self) -> Result<String> {
        let plain = self.plain(false, &lower_case)?;
        let search_term = match &plain {
            Filter::And(items) => conjunction(true, items)?,
            Filter::Or(items) => conjunction(false, items)?,
            one => conjunction(true, std::slice::from_ref(one))?,
        };
        Ok(search_term.to_string())
    }

    /// Reads a `search_term` back. A list may be an array of objects or one object; `not` of several terms means
    /// none of them.
    ///
    /// # Errors
    /// Refused: what has no or several of `and`, `or`, `not`; an empty list; a field that stands twice in one list;
    /// a field that cannot be searched; a value that is no text, number, true, false or array of these.
    pub fn from_insights(search_term: &str) -> Result<Filter> {
        let read = Value::read(search_term)
            .map_err(|fault| Error::invalid(format!("an Insights search_term is JSON: {fault}")))?;
        if let Value::Object(map) = &read
            && let mut entries = map.iter()
            && let (Some((key, list)), None) = (entries.next(), entries.next())
            && let Some(filter) = parse_conjunction(key, list)
        {
            return filter;
        }
        Err(Error::invalid(format!(
            "an Insights search_term is an object with one of `and`, `or` and `not`, not {search_term}"
        )))
    }
}

/// A text as Insights stores it: each letter in lower case, as Unicode has it.
#[cfg(not(target_arch = "wasm32"))]
fn lower_case_text(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// The same for the alphabets below; other letters are left alone.
#[cfg(target_arch = "wasm32")]
fn lower_case_text(text: &str) -> String {
    text.chars().flat_map(lower_case_letter).collect()
}

/// Letters of the Latin, Greek, Cyrillic and Armenian alphabets in lower case, those of Vietnamese, Romanian and
/// Azerbaijani too. (`char::to_lowercase` knows all of Unicode; its tables would add 6 KB to a wasm module of 85.)
#[cfg(any(test, target_arch = "wasm32"))]
fn lower_case_letter(letter: char) -> impl Iterator<Item = char> {
    let lower = match u32::from(letter) {
        code @ (0x41..=0x5a | 0xc0..=0xd6 | 0xd8..=0xde | 0x391..=0x3a1 | 0x3a3..=0x3ab | 0x410..=0x42f) => {
            code + 0x20
        }
        code @ 0x400..=0x40f => code + 0x50,
        code @ 0x531..=0x556 => code + 0x30,
        // Greek capitals with an accent.
        code @ (0x386 | 0x388..=0x38a) => code + 0x25 + u32::from(code == 0x386),
        code @ (0x38c | 0x38e..=0x38f) => code + 0x3f + u32::from(code == 0x38c),
        // In these ranges capitals and small letters take turns.
        code @ (0x100..=0x12f | 0x132..=0x137 | 0x14a..=0x177 | 0x1f8..=0x21f | 0x460..=0x481) => code | 1,
        code @ (0x48a..=0x4bf | 0x4d0..=0x52f | 0x1e00..=0x1e95 | 0x1ea0..=0x1eff) => code | 1,
        code @ (0x139..=0x148 | 0x179..=0x17e | 0x1cd..=0x1dc | 0x4c1..=0x4ce) => code + (code & 1),
        0x130 => 0x69,
        0x178 => 0xff,
        0x18f => 0x259,
        0x4c0 => 0x4cf,
        0x1e9e => 0xdf,
        code => code,
    };
    // The capital of i with its dot keeps the dot.
    std::iter::once(char::from_u32(lower).unwrap_or(letter)).chain((letter == 'İ').then_some('\u{307}'))
}

fn lower_case(value: &Scalar) -> Result<Scalar> {
    match value {
        Scalar::String(text) => Ok(Scalar::String(lower_case_text(text))),
        Scalar::Null => Err(dialect_cannot(DIALECT, "null", "events lack a field rather than hold null")),
        other => literal(DIALECT, other).cloned(),
    }
}

fn check_searchable(field: &str) -> Result<()> {
    let root = field.split('.').next().unwrap_or(field);
    if matches!(root, "changes" | "useragent" | "system_timestamp") {
        return Err(Error::invalid(format!(
            "Insights cannot search `{field}`: leave it out and sort out what comes"
        )));
    }
    Ok(())
}

/// A list as its own object; one that has come down to a single negation or list is that itself.
fn conjunction(all: bool, items: &[Filter]) -> Result<Value> {
    let mut entries = entries(all, items)?;
    Ok(match entries.pop() {
        Some(only)
            if entries.is_empty() && ["and", "or", "not"].iter().any(|key| only.get(key).is_some()) =>
        {
            only
        }
        last => {
            entries.extend(last);
            object(if all { "and" } else { "or" }, Value::Array(entries))
        }
    })
}

/// What a list says of one field, or a list inside it.
struct Entry<'a> {
    field: Option<&'a str>,
    negated: bool,
    values: Vec<Value>,
}

fn entries(all: bool, items: &[Filter]) -> Result<Vec<Value>> {
    let mut entries = Vec::with_capacity(items.len());
    for item in items {
        let (field, negated, values) = match item {
            Filter::And(items) => (None, false, vec![conjunction(true, items)?]),
            Filter::Or(items) => (None, false, vec![conjunction(false, items)?]),
            Filter::Compare { field, operator: Operator::Ne, value } => {
                (Some(field.as_str()), true, vec![value.to_json()])
            }
            item => {
                let (field, values) = equal_values(item).ok_or_else(|| refused(item))?;
                (Some(field.as_str()), false, values.iter().map(Scalar::to_json).collect())
            }
        };
        field.map_or(Ok(()), check_searchable)?;
        entries.push(Entry { field, negated, values });
    }
    // What stands for itself is like nothing else.
    let key = |place: usize| {
        let entry = entries.get(place)?;
        Some((entry.field.filter(|_| !entry.negated || all)?, entry.negated))
    };
    let same = firsts(entries.len(), &|one, other| {
        let keys = (key(one), key(other));
        keys.0.cmp(&keys.1).then(if keys.0.is_none() { one.cmp(&other) } else { Ordering::Equal })
    });
    for (place, first) in same.into_iter().enumerate().filter(|(place, first)| place != first) {
        let Some(entry) = entries.get_mut(place) else { continue };
        if all && !entry.negated {
            let what = format!("two conditions on `{}` in one `and`", entry.field.unwrap_or_default());
            return Err(dialect_cannot(DIALECT, &what, "join its values in one `in`"));
        }
        let values = std::mem::take(&mut entry.values);
        if let Some(first) = entries.get_mut(first) {
            first.values.extend(values);
        }
    }
    // What was joined to another has no values any more.
    let entries = entries.into_iter().filter(|entry| !entry.values.is_empty()).map(|entry| {
        let mut values = entry.values;
        distinct(&mut values, Value::to_string);
        let value = match (values.pop(), values.is_empty()) {
            (Some(only), true) => only,
            (last, _) => {
                values.extend(last);
                Value::Array(values)
            }
        };
        match entry.field {
            Some(field) if entry.negated => object("not", object(field, value)),
            Some(field) => object(field, value),
            None => value,
        }
    });
    Ok(entries.collect())
}

fn refused(filter: &Filter) -> Error {
    let time = "it compares for equality only; the query's `start_time` and `end_time` bound the time";
    match filter {
        Filter::Compare { operator, .. } => dialect_cannot(DIALECT, &format!("`{}`", operator.name()), time),
        Filter::Between { .. } => dialect_cannot(DIALECT, "`between`", time),
        Filter::Text { place, .. } => {
            dialect_cannot(DIALECT, &format!("`{}`", place.name()), "use the query's `q`")
        }
        _ => {
            dialect_cannot(DIALECT, &format!("`not` of `{}`", Place::Anywhere.name()), "use the query's `q`")
        }
    }
}

/// The filter behind `and`, `or` or `not`; `None` for another key.
fn parse_conjunction(key: &str, list: &Value) -> Option<Result<Filter>> {
    let join: fn(Vec<Filter>) -> Filter = match key {
        "and" => all,
        "or" => any,
        "not" => |filters| not(any(filters)),
        _ => return None,
    };
    Some(parse_list(key, list).map(join))
}

fn parse_list(key: &str, list: &Value) -> Result<Vec<Filter>> {
    let objects = match list {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut filters = Vec::with_capacity(objects.len());
    let mut fields: Vec<&str> = Vec::new();
    for object in objects {
        let Value::Object(map) = object else {
            return Err(Error::invalid(format!(
                "`{key}` holds objects such as {{\"event_type\": \"user_update\"}}, not {object}"
            )));
        };
        for (field, value) in map.iter() {
            if let Some(nested) = parse_conjunction(field, value) {
                filters.push(nested?);
                continue;
            }
            check_field(field)?;
            check_searchable(field)?;
            fields.push(field);
            filters.push(match value {
                Value::Array(values) if !values.is_empty() => {
                    let values: Result<Vec<Scalar>> =
                        values.iter().map(|value| scalar(field, value)).collect();
                    is_in(field, values?)
                }
                value => eq(field, scalar(field, value)?),
            });
        }
    }
    let again = firsts(fields.len(), &|one, other| fields.get(one).cmp(&fields.get(other)));
    let again = again.iter().enumerate().find(|(place, first)| place != *first);
    if let Some(field) = again.and_then(|(place, _)| fields.get(place)) {
        return Err(Error::invalid(format!(
            "`{field}` stands twice in one `{key}`: give it once, with an array of values"
        )));
    }
    if filters.is_empty() {
        return Err(Error::invalid(format!("`{key}` is empty: give a term, or leave search_term out")));
    }
    Ok(filters)
}

fn scalar(field: &str, value: &Value) -> Result<Scalar> {
    match Scalar::from_json(value) {
        Some(scalar) if scalar != Scalar::Null => Ok(scalar),
        _ => Err(Error::invalid(format!(
            "`{field}` is a string, a number, true, false or an array of these, not {value}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::*;

    #[test]
    fn letters_of_four_alphabets_become_small_in_wasm_as_elsewhere() {
        let latin = ('\u{0}'..='\u{18f}').filter(|letter| !('\u{180}'..'\u{18f}').contains(letter));
        let more = ('\u{1cd}'..='\u{1dc}').chain('\u{1f8}'..='\u{21f}').chain('\u{1e00}'..='\u{1eff}');
        let others = ('\u{386}'..='\u{3ce}').chain('\u{400}'..='\u{52f}').chain('\u{531}'..='\u{587}');
        for letter in latin.chain(more).chain(others) {
            let lower: String = super::lower_case_letter(letter).collect();
            assert_eq!(lower, super::lower_case_text(&letter.to_string()), "{letter}");
        }
        assert_eq!(
            eq("city", "ZÜRICH Łódź ΑΘΉΝΑ HÀ NỘI IAȘI ƏLİ ԵՐԵՎԱՆ").to_insights().unwrap(),
            "{\"and\":[{\"city\":\"zürich łódź αθήνα hà nội iași əli\u{307} երեվան\"}]}"
        );
    }

    #[test]
    fn exact_json() {
        for (filter, json) in [
            (eq("event_type", "User_Update"), json!({"and": [{"event_type": "user_update"}]})),
            (ne("success", true), json!({"not": {"success": true}})),
            (is_in("a", ["X", "Y", "x"]), json!({"and": [{"a": ["x", "y"]}]})),
            (or([eq("a", 1), eq("a", 2)]), json!({"and": [{"a": [1, 2]}]})),
            (or([eq("a", 1), eq("b", 2), eq("a", 3)]), json!({"or": [{"a": [1, 3]}, {"b": 2}]})),
            (
                and([eq("a", 1), or([eq("b", 2), eq("c", 3)])]),
                json!({"and": [{"a": 1}, {"or": [{"b": 2}, {"c": 3}]}]}),
            ),
            (
                or([eq("a", 1), and([eq("b", 2), ne("c", 3)])]),
                json!({"or": [{"a": 1}, {"and": [{"b": 2}, {"not": {"c": 3}}]}]}),
            ),
            (not(is_in("a", ["x", "y"])), json!({"not": {"a": ["x", "y"]}})),
            (not(or([eq("a", 1), eq("b", 2)])), json!({"and": [{"not": {"a": 1}}, {"not": {"b": 2}}]})),
            (or([eq("a", 1), not(is_in("b", [2, 3]))]), json!({"or": [{"a": 1}, {"not": {"b": [2, 3]}}]})),
            (and([eq("a", "x"), eq("a", "X")]), json!({"and": [{"a": "x"}]})),
        ] {
            assert_eq!(
                filter
                    .to_insights()
                    .map(|text| serde_json::from_str::<serde_json::Value>(&text).unwrap())
                    .unwrap(),
                json
            );
            assert_eq!(
                Filter::from_insights(&json.to_string())
                    .unwrap()
                    .to_insights()
                    .map(|text| serde_json::from_str::<serde_json::Value>(&text).unwrap())
                    .unwrap(),
                json
            );
        }
    }

    #[test]
    fn refusals() {
        let time = "it compares for equality only; the query's `start_time` and `end_time` bound the time";
        for (filter, message) in [
            (gt("timestamp", "2026-01-31"), format!("an Insights filter cannot say `gt`: {time}")),
            (not(ge("a", 1)), format!("an Insights filter cannot say `lt`: {time}")),
            (and([eq("b", 1), between("a", 1, 2)]), format!("an Insights filter cannot say `between`: {time}")),
            (search("a", "x"), "an Insights filter cannot say `search`: use the query's `q`".into()),
            (not(search("a", "x")), "an Insights filter cannot say `not` of `search`: use the query's `q`".into()),
            (
                eq("a", Scalar::Null),
                "an Insights filter cannot say null: events lack a field rather than hold null".into(),
            ),
            (
                and([eq("a", 1), eq("a", 2)]),
                "an Insights filter cannot say two conditions on `a` in one `and`: join its values in one `in`".into(),
            ),
            (
                eq("changes.field", "x"),
                "Insights cannot search `changes.field`: leave it out and sort out what comes".into(),
            ),
            (
                or([eq("a", 1), ne("useragent.os", "x")]),
                "Insights cannot search `useragent.os`: leave it out and sort out what comes".into(),
            ),
            (
                eq("system_timestamp", "x"),
                "Insights cannot search `system_timestamp`: leave it out and sort out what comes".into(),
            ),
        ] {
            assert_eq!(filter.to_insights().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn parser_reads_maps_and_lists() {
        for (json, filter) in [
            (json!({"or": {"a": ["x", "y"], "b": 1}}), or([is_in("a", ["x", "y"]), eq("b", 1)])),
            (json!({"not": [{"a": 1}, {"b": 2}]}), not(or([eq("a", 1), eq("b", 2)]))),
            (json!({"not": {"and": [{"a": 1}, {"b": 2}]}}), not(and([eq("a", 1), eq("b", 2)]))),
            (
                json!({"and": {"a": 1, "or": {"b": 2, "c": 3}}}),
                and([eq("a", 1), or([eq("b", 2), eq("c", 3)])]),
            ),
        ] {
            assert_eq!(Filter::from_insights(&json.to_string()).unwrap(), filter, "{json}");
        }
    }

    #[test]
    fn parser_refusals() {
        let one = "an Insights search_term is an object with one of `and`, `or` and `not`, not ";
        for (json, message) in [
            (json!({}), format!("{one}{{}}")),
            (json!({"a": 1}), format!(r#"{one}{{"a":1}}"#)),
            (json!({"and": [{"a": 1}], "or": []}), format!(r#"{one}{{"and":[{{"a":1}}],"or":[]}}"#)),
            (json!({"and": []}), "`and` is empty: give a term, or leave search_term out".into()),
            (
                json!({"or": [{"a": 1}, {"a": 2}]}),
                "`a` stands twice in one `or`: give it once, with an array of values".into(),
            ),
            (
                json!({"and": ["a:eq:1"]}),
                r#"`and` holds objects such as {"event_type": "user_update"}, not "a:eq:1""#.into(),
            ),
            (
                json!({"and": [{"a": {"b": 1}}]}),
                r#"`a` is a string, a number, true, false or an array of these, not {"b":1}"#.into(),
            ),
            (
                json!({"and": [{"a": []}]}),
                "`a` is a string, a number, true, false or an array of these, not []".into(),
            ),
            (
                json!({"and": [{"useragent": "x"}]}),
                "Insights cannot search `useragent`: leave it out and sort out what comes".into(),
            ),
        ] {
            assert_eq!(Filter::from_insights(&json.to_string()).unwrap_err().to_string(), message);
        }
    }
}
