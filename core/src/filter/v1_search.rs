//! The v1 search: the `filter` of a `POST /search/…` body.

use super::text::each_value;
use super::{
    Filter, Operator, Place, Scalar, all, any, beside, check_field, compare, is_in, literal, not, text,
};
use crate::distinct::distinct;
use crate::json::{Map, Quoted, Value, object};
use crate::{Error, Result};

const DIALECT: &str = "a v1 search";
const INSTEAD: &str =
    "it takes one `and` or one `or`, without others inside; make one call for each alternative";

impl Filter {
    /// The body's `filter`: `{"and": […]}` or `{"or": […]}` of Mongo-like terms, with the values' types kept.
    ///
    /// Text goes out as a regular expression with every metacharacter escaped.
    ///
    /// # Errors
    /// Refused: lists inside lists, but for values of one field; `not` of text.
    ///
    /// ```
    /// use jumpcloud_core::filter::{and, eq, gt};
    /// let filter = and([eq("suspended", true), gt("created", "2026-01-31T00:00:00Z")]);
    /// assert_eq!(
    ///     filter.to_v1_search()?.to_string(),
    ///     r#"{"and":[{"suspended":true},{"created":{"$gt":"2026-01-31T00:00:00Z"}}]}"#
    /// );
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    pub fn to_v1_search(&self) -> Result<String> {
        let mut terms = Vec::new();
        let plain = self.plain(false, &|value| literal(DIALECT, value).cloned())?;
        // Values of one field need no more than the documented `or` where they stand alone.
        let alternatives = matches!(plain, Filter::Or(_) | Filter::In { .. });
        for item in plain.items() {
            match item {
                Filter::In { field, values } if alternatives => {
                    for value in each_value(field, values) {
                        terms.push(term(&value)?);
                    }
                }
                item => terms.push(term(item)?),
            }
        }
        let key = if alternatives { "or" } else { "and" };
        distinct(&mut terms, Value::to_string);
        Ok(object(key, Value::Array(terms)).to_string())
    }

    /// Reads a body's `filter` back, in each form that JumpCloud takes: an array of which all must match; an object
    /// with `and` or `or`; Mongo-like objects (`$eq $ne $gt $gte $lt $lte $in $nin $regex`); a text term
    /// (`name:$eq:x`), or several in any of the lists. `{}` and `[{}]` match every record.
    ///
    /// # Errors
    /// Refused: what is none of these, and a regular expression that is more than escaped text with `(?i)` before it
    /// and `^` or `$` at its ends.
    pub fn from_v1_search(filter: &str) -> Result<Filter> {
        let read = Value::read(filter)
            .map_err(|fault| Error::invalid(format!("a v1 search filter is JSON: {fault}")))?;
        match &read {
            Value::Array(items) => Ok(all(terms(items)?)),
            Value::Object(map) if map.contains_key("and") || map.contains_key("or") => {
                let mut entries = map.iter();
                match (entries.next(), entries.next()) {
                    (Some((key, Value::Array(items))), None) if !items.is_empty() => {
                        let terms = terms(items)?;
                        Ok(if key == "and" { all(terms) } else { any(terms) })
                    }
                    _ => Err(Error::invalid(format!(
                        "a v1 search filter has one key, `and` or `or`, with a list of terms, not {filter}"
                    ))),
                }
            }
            other => parse_term(other),
        }
    }
}

fn term(filter: &Filter) -> Result<Value> {
    Ok(match filter {
        Filter::Compare { field, operator: Operator::Eq, value } => object(field, value.to_json()),
        Filter::Compare { field, operator, value } => {
            object(field, object(operator.v1_name(), value.to_json()))
        }
        Filter::In { field, values } => {
            let values = values.iter().map(Scalar::to_json).collect();
            object(field, object("$in", Value::Array(values)))
        }
        Filter::Between { field, low, high } => {
            let mut bounds = Map::default();
            bounds.insert("$gte".to_owned(), low.to_json());
            bounds.insert("$lte".to_owned(), high.to_json());
            object(field, Value::Object(bounds))
        }
        Filter::Text { field, place, text } => {
            object(field, object("$regex", Value::String(to_regex(*place, text))))
        }
        other => return Err(beside(DIALECT, other, INSTEAD)),
    })
}

fn terms(items: &[Value]) -> Result<Vec<Filter>> {
    items.iter().map(parse_term).collect()
}

fn parse_term(term: &Value) -> Result<Filter> {
    match term {
        Value::String(text) => Filter::parse(text),
        Value::Object(map) => {
            let mut fields = Vec::with_capacity(map.len());
            for (field, condition) in map.iter() {
                check_field(field)?;
                match condition {
                    Value::Object(operators) => fields.push(parse_operators(field, operators)?),
                    value => fields.push(compare(field, Operator::Eq, scalar(field, value)?)),
                }
            }
            Ok(all(fields))
        }
        other => Err(Error::invalid(format!(
            "a v1 search term is an object such as {{\"department\": \"IT\"}} or a text such as \
             \"department:$eq:IT\", not {other}"
        ))),
    }
}

fn scalar(field: &str, value: &Value) -> Result<Scalar> {
    Scalar::from_json(value).ok_or_else(|| {
        Error::invalid(format!(
            "`{field}` is compared with a string, a number, true, false or null, not {value}"
        ))
    })
}

fn parse_operators(field: &str, operators: &Map) -> Result<Filter> {
    if let (2, Some(low), Some(high)) = (operators.len(), operators.get("$gte"), operators.get("$lte")) {
        return Ok(super::between(field, scalar(field, low)?, scalar(field, high)?));
    }
    let mut conditions = Vec::with_capacity(operators.len());
    for (word, value) in operators.iter() {
        conditions.push(match (word, value) {
            ("$in" | "$nin", Value::Array(values)) => {
                let values: Result<Vec<Scalar>> = values.iter().map(|value| scalar(field, value)).collect();
                let filter = is_in(field, values?);
                if word == "$in" { filter } else { not(filter) }
            }
            ("$regex", Value::String(pattern)) => {
                let ignores_case = operators.get("$options").is_some_and(|options| options.as_str() == Some("i"));
                from_regex(field, pattern, ignores_case)?
            }
            ("$options", Value::String(options)) if options == "i" && operators.contains_key("$regex") => continue,
            _ => match Operator::named(word) {
                Some(operator) if word.starts_with('$') => compare(field, operator, scalar(field, value)?),
                _ => {
                    return Err(Error::invalid(format!(
                        "`{field}` takes $eq, $ne, $gt, $gte, $lt, $lte, $in and $nin with a list, or $regex with a \
                         string, not {word} with {value}", word = Quoted(word))));
                }
            },
        });
    }
    if conditions.is_empty() {
        return Err(Error::invalid(format!(
            "`{field}` is compared with an empty object: give a value or an operator"
        )));
    }
    Ok(all(conditions))
}

const METACHARACTERS: &[char] = &['\\', '.', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$'];

fn to_regex(place: Place, text: &str) -> String {
    let mut pattern = String::from("(?i)");
    if matches!(place, Place::Start | Place::Whole) {
        pattern.push('^');
    }
    for c in text.chars() {
        if METACHARACTERS.contains(&c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    if matches!(place, Place::End | Place::Whole) {
        pattern.push('$');
    }
    pattern
}

fn from_regex(field: &str, pattern: &str, ignores_case: bool) -> Result<Filter> {
    let more = || {
        Error::invalid(format!(
            "`{field}` takes a $regex of escaped text, with `(?i)` before it and `^` or `$` at its ends, not {pattern}",
            pattern = Quoted(pattern)
        ))
    };
    let rest = match pattern.strip_prefix("(?i)") {
        Some(rest) => rest,
        None if ignores_case => pattern,
        None => return Err(more()),
    };
    let (at_start, rest) = match rest.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (mut literal, mut at_end) = (String::with_capacity(rest.len()), false);
    let mut characters = rest.chars();
    while let Some(c) = characters.next() {
        match c {
            // An escaped letter or digit is a class or a character of another kind.
            '\\' => match characters.next() {
                Some(escaped) if !escaped.is_ascii_alphanumeric() => literal.push(escaped),
                _ => return Err(more()),
            },
            '$' if characters.as_str().is_empty() => at_end = true,
            c if METACHARACTERS.contains(&c) => return Err(more()),
            c => literal.push(c),
        }
    }
    let place = match (at_start, at_end) {
        (false, false) => Place::Anywhere,
        (true, false) => Place::Start,
        (false, true) => Place::End,
        (true, true) => Place::Whole,
    };
    Ok(text(field, place, literal))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::*;

    #[test]
    fn exact_json() {
        for (filter, json) in [
            (eq("department", "IT"), json!({"and": [{"department": "IT"}]})),
            (eq("manager", Scalar::Null), json!({"and": [{"manager": null}]})),
            (
                and([eq("sudo", true), gt("unix_uid", 5000), ne("state", "STAGED")]),
                json!({"and": [{"sudo": true}, {"unix_uid": {"$gt": 5000}}, {"state": {"$ne": "STAGED"}}]}),
            ),
            (or([eq("a", 1), le("b", 2)]), json!({"or": [{"a": 1}, {"b": {"$lte": 2}}]})),
            (is_in("os", ["Ubuntu", "Windows"]), json!({"or": [{"os": "Ubuntu"}, {"os": "Windows"}]})),
            (
                or([is_in("os", ["Ubuntu", "Windows"]), eq("arch", "arm64")]),
                json!({"or": [{"os": "Ubuntu"}, {"os": "Windows"}, {"arch": "arm64"}]}),
            ),
            (
                and([or([eq("os", "Ubuntu"), eq("os", "Windows")]), eq("arch", "arm64")]),
                json!({"and": [{"os": {"$in": ["Ubuntu", "Windows"]}}, {"arch": "arm64"}]}),
            ),
            (
                or([between("made", "a", "b"), eq("c", 1)]),
                json!({"or": [{"made": {"$gte": "a", "$lte": "b"}}, {"c": 1}]}),
            ),
            (
                search("email", r"a.b+c\d (x)"),
                json!({"and": [{"email": {"$regex": r"(?i)a\.b\+c\\d \(x\)"}}]}),
            ),
            (starts_with("a", "^x"), json!({"and": [{"a": {"$regex": r"(?i)^\^x"}}]})),
            (ends_with("a", "x$"), json!({"and": [{"a": {"$regex": r"(?i)x\$$"}}]})),
            (eq_ignoring_case("a", ""), json!({"and": [{"a": {"$regex": "(?i)^$"}}]})),
            (not(or([eq("a", 1), lt("b", 2)])), json!({"and": [{"a": {"$ne": 1}}, {"b": {"$gte": 2}}]})),
        ] {
            assert_eq!(
                filter
                    .to_v1_search()
                    .map(|text| serde_json::from_str::<serde_json::Value>(&text).unwrap())
                    .unwrap(),
                json
            );
            assert_eq!(
                Filter::from_v1_search(&json.to_string())
                    .unwrap()
                    .to_v1_search()
                    .map(|text| serde_json::from_str::<serde_json::Value>(&text).unwrap())
                    .unwrap(),
                json
            );
        }
    }

    #[test]
    fn refusals() {
        let instead =
            "it takes one `and` or one `or`, without others inside; make one call for each alternative";
        for (filter, message) in [
            (
                and([eq("a", 1), or([eq("b", 1), eq("c", 2)])]),
                format!("a v1 search filter cannot say `or` inside `and`: {instead}"),
            ),
            (
                or([eq("a", 1), and([eq("b", 1), eq("c", 2)])]),
                format!("a v1 search filter cannot say `and` inside `or`: {instead}"),
            ),
            (
                not(search("a", "x")),
                "a v1 search filter cannot say `not` of a text search: leave it out and sort out what comes"
                    .into(),
            ),
        ] {
            assert_eq!(filter.to_v1_search().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn parser_reads_every_form() {
        for (json, filter) in [
            (json!([{"department": "IT"}]), eq("department", "IT")),
            (json!([{"a": 1, "b": 2}, {"c": 3}]), and([and([eq("a", 1), eq("b", 2)]), eq("c", 3)])),
            (json!({"state": "ACTIVATED"}), eq("state", "ACTIVATED")),
            (json!({"or": ["_id:$eq:5f1b"]}), eq("_id", "5f1b")),
            (json!({"or": [{"a": 1}, "b:$gt:2"]}), or([eq("a", 1), gt("b", "2")])),
            (json!({"or": [{"a": 1, "b": 2}]}), and([eq("a", 1), eq("b", 2)])),
            (json!("workflowInstanceId:$eq:62f3"), eq("workflowInstanceId", "62f3")),
            (json!(["a:$eq:1", "b:$eq:2"]), and([eq("a", "1"), eq("b", "2")])),
            (json!({"a": {"$gt": 1, "$lt": 5}}), and([gt("a", 1), lt("a", 5)])),
            (json!({"a": {"$nin": [1, 2]}}), not(is_in("a", [1, 2]))),
            (json!({"a": {"$regex": "^x y$", "$options": "i"}}), eq_ignoring_case("a", "x y")),
            (json!({"a": {"$regex": r"(?i)^x\ y\#"}}), starts_with("a", "x y#")),
            (json!({}), and([])),
            (json!([{}]), and([])),
            (json!([]), and([])),
        ] {
            assert_eq!(Filter::from_v1_search(&json.to_string()).unwrap(), filter, "{json}");
        }
    }

    #[test]
    fn parser_refusals() {
        let key = "a v1 search filter has one key, `and` or `or`, with a list of terms, not ";
        let regex =
            "`a` takes a $regex of escaped text, with `(?i)` before it and `^` or `$` at its ends, not ";
        for (json, message) in [
            (json!({"and": [], "or": []}), format!(r#"{key}{{"and":[],"or":[]}}"#)),
            (json!({"and": []}), format!(r#"{key}{{"and":[]}}"#)),
            (json!({"or": {"a": 1}}), format!(r#"{key}{{"or":{{"a":1}}}}"#)),
            (
                json!({"and": [{"or": [{"a": 1}]}]}),
                "`or` joins filters and cannot be a filter's field".into(),
            ),
            (
                json!([1]),
                r#"a v1 search term is an object such as {"department": "IT"} or a text such as "department:$eq:IT", not 1"#.into(),
            ),
            (
                json!({"a": ["x"]}),
                r#"`a` is compared with a string, a number, true, false or null, not ["x"]"#.into(),
            ),
            (
                json!({"a": {"$where": "x"}}),
                r#"`a` takes $eq, $ne, $gt, $gte, $lt, $lte, $in and $nin with a list, or $regex with a string, not "$where" with "x""#.into(),
            ),
            (json!({"a": {}}), "`a` is compared with an empty object: give a value or an operator".into()),
            (json!({"a": {"$regex": "x"}}), format!(r#"{regex}"x""#)),
            (json!({"a": {"$regex": "(?i)x.*"}}), format!(r#"{regex}"(?i)x.*""#)),
            (json!({"a": {"$regex": r"(?i)\d"}}), format!(r#"{regex}"(?i)\\d""#)),
            (json!({"a": {"$regex": r"(?i)x\"}}), format!(r#"{regex}"(?i)x\\""#)),
        ] {
            assert_eq!(Filter::from_v1_search(&json.to_string()).unwrap_err().to_string(), message);
        }
    }
}
