//! JumpCloud's own text, `field:operator:value`, in the spelling of v1 or of v2.

use super::{Filter, Operator, Place, Scalar, all, check_field, compare, eq, is_in, text};
use crate::json::Quoted;
use crate::{Error, Result};

impl Filter {
    /// Reads one term of JumpCloud's own text, in v1's spelling (`department:$eq:IT`) or v2's (`department:eq:IT`).
    ///
    /// Only the first two colons separate; everything after them is the value, as it is. The operators are
    /// `eq ne gt ge lt le` (also `gte`, `lte`, and each with `$`), `search`, and `in` with values separated by `|`.
    /// In v2's spelling a `*` stands for any text, as in [`wildcard`](super::wildcard). In a v1 search a value
    /// becomes a number, `true` or `false` where its field is known to be one.
    ///
    /// ```
    /// use jumpcloud_core::filter::{eq, Filter};
    /// assert_eq!(Filter::parse("department:$eq:R&D: Cell 7")?, eq("department", "R&D: Cell 7"));
    /// assert_eq!(
    ///     Filter::parse("department=IT").unwrap_err().to_string(),
    ///     "expected `field:operator:value`, such as `department:eq:IT`, not \"department=IT\""
    /// );
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Filter> {
        let mut parts = text.splitn(3, ':');
        let (Some(field), Some(word), Some(value)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Error::invalid(format!(
                "expected `field:operator:value`, such as `department:eq:IT`, not {text}",
                text = Quoted(text)
            )));
        };
        check_field(field)?;
        if let Some(operator) = Operator::named(word) {
            let literal = word.starts_with('$');
            return Ok(compare(field, operator, if literal { value.into() } else { pattern(value) }));
        }
        match word {
            "search" => Ok(self::text(field, Place::Anywhere, value)),
            "in" => Ok(is_in(field, value.split('|').map(pattern))),
            // The description names the operator, but nothing published shows how its two values are separated.
            "between" => Err(Error::invalid(format!(
                "`between` has no published text form: give two terms, `{field}:ge:…` and `{field}:le:…`"
            ))),
            _ => Err(Error::invalid(format!(
                "{text} has no operator {word}: expected eq, ne, gt, ge, lt, le, search or in",
                text = Quoted(text),
                word = Quoted(word)
            ))),
        }
    }

    /// Reads several terms, of which all must match.
    ///
    /// ```
    /// use jumpcloud_core::filter::{and, eq, gt, Filter};
    /// assert_eq!(
    ///     Filter::parse_all(&["department:eq:IT", "created:gt:2026-01-31"])?,
    ///     and([eq("department", "IT"), gt("created", "2026-01-31")])
    /// );
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    pub fn parse_all<T: AsRef<str>>(texts: &[T]) -> Result<Filter> {
        let terms: Result<Vec<Filter>> = texts.iter().map(|text| Filter::parse(text.as_ref())).collect();
        terms.map(all)
    }
}

/// A value of v2's text.
fn pattern(text: &str) -> Scalar {
    if text.contains('*') { Scalar::Wildcard(text.to_owned()) } else { text.into() }
}

/// `field:operator:value`, as both query dialects write it.
pub(super) fn term(field: &str, word: &str, value: &Scalar) -> String {
    let mut term = String::with_capacity(field.len() + word.len() + 24);
    for part in [field, ":", word, ":"] {
        term.push_str(part);
    }
    term.push_str(&value.text().unwrap_or_default());
    term
}

/// The terms that are `eq` of each of an `in`'s values.
pub(super) fn each_value(field: &str, values: &[Scalar]) -> Vec<Filter> {
    values.iter().map(|value| eq(field, value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{ge, gt, le, lt, ne, search};
    use super::*;

    #[test]
    fn both_spellings() {
        for (text, filter) in [
            ("a:eq:1", eq("a", "1")),
            ("a:$eq:1", eq("a", "1")),
            ("a:ne:1", ne("a", "1")),
            ("a:$ne:1", ne("a", "1")),
            ("a:gt:1", gt("a", "1")),
            ("a:ge:1", ge("a", "1")),
            ("a:gte:1", ge("a", "1")),
            ("a:$gte:1", ge("a", "1")),
            ("a:lt:1", lt("a", "1")),
            ("a:le:1", le("a", "1")),
            ("a:lte:1", le("a", "1")),
            ("a:$lte:1", le("a", "1")),
            ("a:search:x:y", search("a", "x:y")),
            ("a:in:x|y,z|", is_in("a", ["x", "y,z", ""])),
            ("a.b:eq:", eq("a.b", "")),
            ("a:eq: x:y:$ne:+%2B|é\"' ", eq("a", " x:y:$ne:+%2B|é\"' ")),
        ] {
            assert_eq!(Filter::parse(text).unwrap(), filter, "{text}");
        }
    }

    #[test]
    fn refusals_say_what_is_expected() {
        for (text, message) in [
            ("", "expected `field:operator:value`, such as `department:eq:IT`, not \"\""),
            ("a:eq", "expected `field:operator:value`, such as `department:eq:IT`, not \"a:eq\""),
            ("a:is:b", "\"a:is:b\" has no operator \"is\": expected eq, ne, gt, ge, lt, le, search or in"),
            ("a:$in:b", "\"a:$in:b\" has no operator \"$in\": expected eq, ne, gt, ge, lt, le, search or in"),
            (
                "created:between:1|2",
                "`between` has no published text form: give two terms, `created:ge:…` and `created:le:…`",
            ),
            (
                ":eq:b",
                "a filter's field is a name or a dotted path, without `:`, `,`, spaces or a leading `$`, not \"\"",
            ),
        ] {
            assert_eq!(Filter::parse(text).unwrap_err().to_string(), message);
        }
    }
}
