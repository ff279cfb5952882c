//! A filter as JSON: how the bindings, tests and tools pass one.

use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Filter, Operator, Place, Scalar, all, and, between, check_field, compare, is_in, not, or, text};
use crate::json::{Map, Quoted, Value, write_text};
use crate::nearest::{nearest_within, suggestion};
use crate::{Error, Result};

const KEYS: &str = "`field` with `operator` and `value`, or one of `and`, `or` and `not`";

impl Filter {
    /// Reads a filter from JSON.
    ///
    /// | JSON | means |
    /// |---|---|
    /// | `{"field": "department", "operator": "eq", "value": "IT"}` | a comparison: `eq ne gt ge lt le` |
    /// | `{"field": "email", "operator": "search", "value": "@example.com"}` | text: `search starts_with ends_with eq_ignoring_case` |
    /// | `{"field": "os", "operator": "in", "values": ["Ubuntu", "Windows"]}` | one of the values |
    /// | `{"field": "created", "operator": "between", "low": "2026-01-01", "high": "2026-01-31"}` | both included |
    /// | `{"field": "name", "operator": "eq", "value": {"wildcard": "Field*"}}` | each `*` stands for any text; `ne` and `in` take it too |
    /// | `{"and": […]}`, `{"or": […]}`, `{"not": …}` | joined filters |
    /// | `"department:eq:IT"` | JumpCloud's own text: [`Filter::parse`] |
    /// | `[…]` | all of the filters in the list |
    ///
    /// # Errors
    /// What is none of these is refused, with the nearest known word.
    ///
    /// ```
    /// use jumpcloud_core::filter::{and, eq, gt, Filter};
    /// let json = r#"[{"field": "suspended", "operator": "eq", "value": true}, "created:gt:2026-01-31"]"#;
    /// assert_eq!(Filter::from_json(json)?, and([eq("suspended", true), gt("created", "2026-01-31")]));
    ///
    /// let typo = r#"{"field": "suspended", "operator": "equals", "value": true}"#;
    /// assert_eq!(
    ///     Filter::from_json(typo).unwrap_err().to_string(),
    ///     "a filter's operator is one of eq, ne, gt, ge, lt, le, in, between, search, starts_with, ends_with, \
    ///      eq_ignoring_case, not \"equals\"; did you mean \"eq\"?"
    /// );
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    pub fn from_json(json: &str) -> Result<Filter> {
        let value =
            Value::read(json).map_err(|fault| Error::invalid(format!("a filter is JSON: {fault}")))?;
        Filter::from_value(&value)
    }

    pub(crate) fn from_value(value: &Value) -> Result<Filter> {
        match value {
            Value::String(text) => Filter::parse(text),
            Value::Array(items) => Ok(all(filters(items)?)),
            Value::Object(map) if map.contains_key("field") || map.contains_key("operator") => condition(map),
            Value::Object(map) => {
                let mut entries = map.iter();
                match (entries.next(), entries.next()) {
                    (Some(("and", Value::Array(items))), None) => Ok(and(filters(items)?)),
                    (Some(("or", Value::Array(items))), None) => Ok(or(filters(items)?)),
                    (Some(("not", inner)), None) => Ok(not(Filter::from_value(inner)?)),
                    (Some((key, other)), None) if key == "and" || key == "or" => {
                        Err(Error::invalid(format!("`{key}` takes a list of filters, not {other}")))
                    }
                    (Some((key, _)), None) => {
                        Err(unknown_key(key, &["field", "operator", "and", "or", "not"]))
                    }
                    (Some(_), Some(_)) => Err(Error::invalid(format!("a filter has {KEYS}, not {value}"))),
                    (None, _) => Err(Error::invalid(format!(
                        "a filter has {KEYS}; to match every record, leave the filter out"
                    ))),
                }
            }
            other => Err(Error::invalid(format!(
                "a filter is an object, a list of filters or a text such as \"department:eq:IT\", not {other}"
            ))),
        }
    }

    /// The filter in the form that [`Filter::from_json`] reads.
    ///
    /// ```
    /// use jumpcloud_core::filter::{eq, not};
    /// assert_eq!(
    ///     not(eq("department", "IT")).to_json(),
    ///     r#"{"not":{"field":"department","operator":"eq","value":"IT"}}"#
    /// );
    /// ```
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        self.write(&mut json);
        json
    }

    fn write(&self, json: &mut String) {
        let (field, operator) = match self {
            Filter::And(filters) | Filter::Or(filters) => {
                json.push_str(if matches!(self, Filter::And(_)) { "{\"and\":[" } else { "{\"or\":[" });
                for (place, filter) in filters.iter().enumerate() {
                    json.push_str(if place > 0 { "," } else { "" });
                    filter.write(json);
                }
                return json.push_str("]}");
            }
            Filter::Not(filter) => {
                json.push_str("{\"not\":");
                filter.write(json);
                return json.push('}');
            }
            Filter::Compare { field, operator, .. } => (field, operator.name()),
            Filter::In { field, .. } => (field, "in"),
            Filter::Between { field, .. } => (field, "between"),
            Filter::Text { field, place, .. } => (field, place.name()),
        };
        json.push_str("{\"field\":");
        write_text(field, json);
        json.extend([",\"operator\":\"", operator, "\","]);
        match self {
            Filter::Text { text, .. } => {
                json.push_str("\"value\":");
                write_text(text, json);
            }
            Filter::In { values, .. } => {
                let values = values.iter().map(Scalar::to_json).collect();
                json.extend(["\"values\":", &Value::Array(values).to_string()]);
            }
            Filter::Between { low, high, .. } => {
                json.extend([
                    "\"low\":",
                    &low.to_json().to_string(),
                    ",\"high\":",
                    &high.to_json().to_string(),
                ]);
            }
            Filter::Compare { value, .. } => json.extend(["\"value\":", &value.to_json().to_string()]),
            _ => {}
        }
        json.push('}');
    }
}

/// As [`Filter::to_json`], so that a filter can be given as a parameter:
///
/// ```
/// use jumpcloud_core::{Parameters, filter::eq};
///
/// let parameters = Parameters::new().with("filter", eq("department", "IT"));
/// assert_eq!(parameters.get("filter"), Some(r#"{"field":"department","operator":"eq","value":"IT"}"#));
/// ```
impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let json = RawValue::from_string(self.to_json()).map_err(S::Error::custom)?;
        json.serialize(serializer)
    }
}

fn filters(items: &[Value]) -> Result<Vec<Filter>> {
    items.iter().map(Filter::from_value).collect()
}

fn condition(map: &Map) -> Result<Filter> {
    let field = string(map, "field")?;
    check_field(field)?;
    let word = string(map, "operator")?;
    let takes = |keys: &[&str]| match map.iter().find(|(key, _)| !keys.contains(key)) {
        Some((key, _)) => Err(unknown_key(key, keys)),
        None => Ok(()),
    };
    if let Some(operator) = Operator::named(word) {
        takes(&["field", "operator", "value"])?;
        return Ok(compare(field, operator, scalar(map, "value")?));
    }
    if let Some(place) = Place::ALL.into_iter().find(|place| place.name() == word) {
        takes(&["field", "operator", "value"])?;
        return Ok(text(field, place, string(map, "value")?));
    }
    match word {
        "in" => {
            takes(&["field", "operator", "values"])?;
            let Some(Value::Array(values)) = map.get("values") else {
                return Err(expected(
                    "values",
                    "a list of strings, numbers, true, false or null",
                    map.get("values"),
                ));
            };
            let values: Result<Vec<Scalar>> = values
                .iter()
                .map(|value| {
                    Scalar::from_json(value).ok_or_else(|| {
                        expected("values", "a list of strings, numbers, true, false or null", Some(value))
                    })
                })
                .collect();
            Ok(is_in(field, values?))
        }
        "between" => {
            takes(&["field", "operator", "low", "high"])?;
            Ok(between(field, scalar(map, "low")?, scalar(map, "high")?))
        }
        _ => {
            let comparisons = Operator::ALL.into_iter().map(Operator::name);
            let known: Vec<&str> =
                comparisons.chain(["in", "between"]).chain(Place::ALL.into_iter().map(Place::name)).collect();
            Err(Error::invalid(format!(
                "a filter's operator is one of {}, not {word}{}",
                known.join(", "),
                did_you_mean(word, &known),
                word = Quoted(word)
            )))
        }
    }
}

fn string<'a>(map: &'a Map, key: &str) -> Result<&'a str> {
    match map.get(key) {
        Some(Value::String(text)) => Ok(text),
        other => Err(expected(key, "a string", other)),
    }
}

fn scalar(map: &Map, key: &str) -> Result<Scalar> {
    let value = map.get(key);
    let scalar = value.and_then(Scalar::from_json);
    scalar.ok_or_else(|| expected(key, "a string, a number, true, false or null", value))
}

fn expected(key: &str, what: &str, value: Option<&Value>) -> Error {
    Error::invalid(match value {
        Some(value) => format!("a filter's `{key}` is {what}, not {value}"),
        None => format!("a filter's `{key}` is missing: it is {what}"),
    })
}

fn unknown_key(key: &str, known: &[&str]) -> Error {
    Error::invalid(format!(
        "a filter has no key {key} here: it has {KEYS}{}",
        did_you_mean(key, known),
        key = Quoted(key)
    ))
}

/// `; did you mean …?` when a known word is near, or else nothing.
fn did_you_mean(word: &str, known: &[&str]) -> String {
    let starts = |known: &&&str| word.starts_with(**known) || known.starts_with(word);
    let near = nearest_within(2, word, &mut known.iter().copied());
    known.iter().find(starts).filter(|_| near.is_empty()).map_or(near, |known| suggestion(known))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::*;

    #[test]
    fn every_form() {
        for (json, filter) in [
            (
                json!({"field": "a", "operator": "le", "value": 1.5}),
                compare("a", Operator::Le, Number::from_f64(1.5).unwrap()),
            ),
            (json!({"field": "a", "operator": "ne", "value": null}), ne("a", Scalar::Null)),
            (
                json!({"field": "a", "operator": "in", "values": ["x", 1, true]}),
                is_in("a", [Scalar::from("x"), 1.into(), true.into()]),
            ),
            (json!({"field": "a", "operator": "between", "low": 1, "high": 2}), between("a", 1, 2)),
            (json!({"field": "a", "operator": "search", "value": "x"}), search("a", "x")),
            (json!({"field": "a", "operator": "starts_with", "value": "x"}), starts_with("a", "x")),
            (json!({"field": "a", "operator": "ends_with", "value": "x"}), ends_with("a", "x")),
            (json!({"field": "a", "operator": "eq_ignoring_case", "value": "x"}), eq_ignoring_case("a", "x")),
            (
                json!({"and": [{"field": "a", "operator": "eq", "value": "x"}, {"or": []}, {"not": {"and": []}}]}),
                and([eq("a", "x"), or([]), not(and([]))]),
            ),
        ] {
            assert_eq!(Filter::from_json(&json.to_string()).unwrap(), filter);
            assert_eq!(serde_json::from_str::<serde_json::Value>(&filter.to_json()).unwrap(), json);
        }
        assert_eq!(Filter::from_json(r#""a:$gte:1:2""#).unwrap(), ge("a", "1:2"));
        assert_eq!(Filter::from_json(r#"["a:eq:1"]"#).unwrap(), eq("a", "1"));
        assert_eq!(
            Filter::from_json(r#"{"or": ["a:eq:1", {"field": "b", "operator": "$gte", "value": 2}]}"#)
                .unwrap(),
            or([eq("a", "1"), ge("b", 2)])
        );
    }

    #[test]
    fn refusals() {
        let keys = "`field` with `operator` and `value`, or one of `and`, `or` and `not`";
        for (json, message) in [
            (
                json!(1),
                r#"a filter is an object, a list of filters or a text such as "department:eq:IT", not 1"#.to_string(),
            ),
            (json!({}), format!("a filter has {keys}; to match every record, leave the filter out")),
            (json!({"nott": 1}), format!(r#"a filter has no key "nott" here: it has {keys}; did you mean "not"?"#)),
            (json!({"department": "IT"}), format!(r#"a filter has no key "department" here: it has {keys}"#)),
            (json!({"and": [], "or": []}), format!(r#"a filter has {keys}, not {{"and":[],"or":[]}}"#)),
            (json!({"and": {"not": 1}}), r#"`and` takes a list of filters, not {"not":1}"#.into()),
            (json!({"field": "a", "value": 1}), "a filter's `operator` is missing: it is a string".into()),
            (json!({"field": 1, "operator": "eq"}), "a filter's `field` is a string, not 1".into()),
            (
                json!({"field": "a", "operator": "eq", "vlaue": 1}),
                format!(r#"a filter has no key "vlaue" here: it has {keys}; did you mean "value"?"#),
            ),
            (
                json!({"field": "a", "operator": "eq"}),
                "a filter's `value` is missing: it is a string, a number, true, false or null".into(),
            ),
            (
                json!({"field": "a", "operator": "eq", "value": [1]}),
                "a filter's `value` is a string, a number, true, false or null, not [1]".into(),
            ),
            (
                json!({"field": "a", "operator": "search", "value": 1}),
                "a filter's `value` is a string, not 1".into(),
            ),
            (
                json!({"field": "a", "operator": "in", "value": [1]}),
                format!(r#"a filter has no key "value" here: it has {keys}; did you mean "values"?"#),
            ),
            (
                json!({"field": "a", "operator": "in", "values": [[1]]}),
                "a filter's `values` is a list of strings, numbers, true, false or null, not [1]".into(),
            ),
            (
                json!({"field": "a", "operator": "between", "low": 1}),
                "a filter's `high` is missing: it is a string, a number, true, false or null".into(),
            ),
            (
                json!({"field": "a", "operator": "serach", "value": 1}),
                r#"a filter's operator is one of eq, ne, gt, ge, lt, le, in, between, search, starts_with, ends_with, eq_ignoring_case, not "serach"; did you mean "search"?"#.into(),
            ),
        ] {
            assert_eq!(Filter::from_json(&json.to_string()).unwrap_err().to_string(), message);
        }
    }
}
