//! Whether a record matches: what a server does with a filter.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Filter, Operator, Place, Scalar};

/// How [`Filter::matches`] reads values: each dialect has its own way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// Upper and lower case are the same: Insights.
    pub ignore_case: bool,
}

impl Filter {
    /// Whether a record, a JSON object, matches.
    ///
    /// A filter's value counts by its text, because the query dialects send nothing else: numbers compare as numbers
    /// where the record has a number, everything else as text. A field that is an array matches by any of its
    /// elements. A field that is missing or null equals null, and differs from everything else.
    ///
    /// ```
    /// use jumpcloud_core::filter::{and, eq, gt, Matching};
    /// let user = serde_json::json!({"unix_uid": 5010, "attributes": [{"name": "cell", "value": "7"}]});
    /// let filter = and([gt("unix_uid", "5009"), eq("attributes.name", "cell")]);
    /// assert!(filter.matches(&user, Matching::default()));
    /// ```
    pub fn matches(&self, record: &Value, matching: Matching) -> bool {
        match self {
            Filter::And(filters) => filters.iter().all(|filter| filter.matches(record, matching)),
            Filter::Or(filters) => filters.iter().any(|filter| filter.matches(record, matching)),
            Filter::Not(filter) => !filter.matches(record, matching),
            Filter::Compare { field, operator, value } => {
                let order = |test: fn(Ordering) -> bool| {
                    any_value(record, field, &mut |found| order(found, value, matching).is_some_and(test))
                };
                match operator {
                    Operator::Eq => equals(record, field, value, matching),
                    Operator::Ne => !equals(record, field, value, matching),
                    Operator::Gt => order(Ordering::is_gt),
                    Operator::Ge => order(Ordering::is_ge),
                    Operator::Lt => order(Ordering::is_lt),
                    Operator::Le => order(Ordering::is_le),
                }
            }
            Filter::In { field, values } => values.iter().any(|value| equals(record, field, value, matching)),
            Filter::Between { field, low, high } => any_value(record, field, &mut |found| {
                order(found, low, matching).is_some_and(Ordering::is_ge)
                    && order(found, high, matching).is_some_and(Ordering::is_le)
            }),
            Filter::Text { field, place, text } => {
                let text = text.to_lowercase();
                any_value(record, field, &mut |found| {
                    let found = match found {
                        Value::String(found) => found.to_lowercase(),
                        Value::Number(number) => number.to_string(),
                        _ => return false,
                    };
                    match place {
                        Place::Anywhere => found.contains(&text),
                        Place::Start => found.starts_with(&text),
                        Place::End => found.ends_with(&text),
                        Place::Whole => found == text,
                    }
                })
            }
        }
    }
}

/// Whether any value at a path passes: at the path's end, and in any element where an array stands on the way.
fn any_value(record: &Value, path: &str, test: &mut dyn FnMut(&Value) -> bool) -> bool {
    match record {
        Value::Array(items) => items.iter().any(|item| any_value(item, path, test)),
        _ if path.is_empty() => test(record),
        Value::Object(map) => match (map.get(path), path.split_once('.')) {
            (Some(value), _) => any_value(value, "", test),
            (None, Some((first, rest))) => map.get(first).is_some_and(|value| any_value(value, rest, test)),
            (None, None) => false,
        },
        _ => false,
    }
}

fn equals(record: &Value, field: &str, value: &Scalar, matching: Matching) -> bool {
    let Some(text) = value.text() else {
        return !any_value(record, field, &mut |found| !found.is_null());
    };
    let pattern = matches!(value, Scalar::Wildcard(_));
    any_value(record, field, &mut |found| match found {
        Value::String(found) if pattern && matching.ignore_case => {
            matches_wildcards(&text.to_lowercase(), &found.to_lowercase())
        }
        Value::String(found) if pattern => matches_wildcards(&text, found),
        found => order(found, value, matching) == Some(Ordering::Equal),
    })
}

fn order(found: &Value, value: &Scalar, matching: Matching) -> Option<Ordering> {
    let text = value.text()?;
    match found {
        Value::String(found) if matching.ignore_case => Some(found.to_lowercase().cmp(&text.to_lowercase())),
        Value::String(found) => Some(found.as_str().cmp(&text)),
        Value::Bool(found) => Some((if *found { "true" } else { "false" }).cmp(text.as_str())),
        // Large ids are beyond a float's digits.
        Value::Number(found) => match (found.as_i64(), text.parse::<i64>()) {
            (Some(found), Ok(value)) => Some(found.cmp(&value)),
            _ => found.as_f64()?.partial_cmp(&text.parse().ok()?),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Each `*` stands for any text: the parts between must stand in order, the first and last at the ends.
fn matches_wildcards(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut text) = text.strip_prefix(first).and_then(|text| text.strip_suffix(last)) else {
        return false;
    };
    for part in middle.split('*') {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::*;

    #[test]
    fn records() {
        let record = json!({
            "name": "Ada Lovelace", "uid": 5010, "big": 9007199254740993u64, "load": 0.5, "sudo": true, "none": null,
            "tags": ["a", "b"], "settings": {"name": "x"}, "list": [{"key": 1}, {"key": 2}], "dotted.name": "y",
        });
        for (filter, expected) in [
            (eq("name", "Ada Lovelace"), true),
            (eq("name", "ada lovelace"), false),
            (eq("name", "Ada*"), false),
            (ne("name", "Ada"), true),
            (ne("missing", "x"), true),
            (gt("missing", "x"), false),
            (le("missing", "x"), false),
            (eq("uid", "5010"), true),
            (gt("uid", "999"), true),
            (lt("uid", 999), false),
            (between("uid", 5010, "5010"), true),
            (between("uid", 5011, 6000), false),
            (gt("big", "9007199254740992"), true),
            (ge("load", "0.25"), true),
            (gt("uid", "x"), false),
            (eq("sudo", true), true),
            (eq("sudo", "true"), true),
            (ne("sudo", "false"), true),
            (eq("none", Scalar::Null), true),
            (eq("missing", Scalar::Null), true),
            (eq("name", Scalar::Null), false),
            (ne("name", Scalar::Null), true),
            (eq("tags", "b"), true),
            (ne("tags", "b"), false),
            (is_in("tags", ["c", "a"]), true),
            (is_in("tags", ["c", "d"]), false),
            (eq("settings.name", "x"), true),
            (eq("dotted.name", "y"), true),
            (eq("list.key", 2), true),
            (eq("list.key", 3), false),
            (eq("name.first", "Ada"), false),
            (search("name", "LOVE"), true),
            (search("uid", "501"), true),
            (starts_with("name", "ADA"), true),
            (starts_with("name", "love"), false),
            (ends_with("name", "lace"), true),
            (ends_with("name", "ada"), false),
            (eq_ignoring_case("name", "ADA LOVELACE"), true),
            (eq_ignoring_case("name", "ADA"), false),
            (search("sudo", "true"), false),
            (and([]), true),
            (or([]), false),
            (not(and([eq("uid", 5010), eq("sudo", false)])), true),
        ] {
            assert_eq!(filter.matches(&record, Matching::default()), expected, "{filter:?}");
        }
    }

    #[test]
    fn case_and_wildcards() {
        let record = json!({"name": "Field Staff"});
        let matches = |filter: Filter, ignore_case| filter.matches(&record, Matching { ignore_case });
        assert!(matches(eq("name", "field staff"), true));
        assert!(!matches(wildcard("name", "field*"), false));
        assert!(matches(wildcard("name", "field*"), true));
        // In a literal it is itself.
        assert!(!matches(eq("name", "Field*"), false));
        assert!(eq("name", "a*").matches(&json!({ "name": "a*" }), Matching::default()));
        for (pattern, expected) in [
            ("*", true),
            ("**", true),
            ("Field*", true),
            ("*Staff", true),
            ("F*d*S*f", true),
            ("*ld St*", true),
            ("Field Staff*", true),
            ("Field Staff*f", false),
            ("*aff*aff", false),
            ("Staff*", false),
        ] {
            assert_eq!(matches(wildcard("name", pattern), false), expected, "{pattern}");
        }
    }
}
