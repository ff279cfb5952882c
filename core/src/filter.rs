//! Which records a list or a search returns: one expression, said in each of JumpCloud's four dialects.
//!
//! | dialect | where | encoder | parser |
//! |---|---|---|---|
//! | v1 query | `filter=department:$eq:IT` | [`Filter::to_v1_query`] | [`Filter::from_v1_query`] |
//! | v2 query | `filter=department:eq:IT` | [`Filter::to_v2_query`] | [`Filter::from_v2_query`] |
//! | v1 search | `{"filter": {"and": [{"department": "IT"}]}}` | [`Filter::to_v1_search`] | [`Filter::from_v1_search`] |
//! | Insights | `{"search_term": {"and": [{"event_type": "user_update"}]}}` | [`Filter::to_insights`] | [`Filter::from_insights`] |
//!
//! ```
//! use jumpcloud_core::filter::{and, eq, ne, V2Style};
//!
//! let filter = and([eq("department", "IT"), ne("state", "SUSPENDED")]);
//! assert_eq!(
//!     filter.to_v1_query()?,
//!     [
//!         ("filter".to_string(), "department:$eq:IT".to_string()),
//!         ("filter".to_string(), "state:$ne:SUSPENDED".to_string()),
//!     ]
//! );
//! assert_eq!(filter.to_v2_query(V2Style::Joined)?, ["department:eq:IT,state:ne:SUSPENDED"]);
//! assert_eq!(
//!     filter.to_v1_search()?,
//!     r#"{"and":[{"department":"IT"},{"state":{"$ne":"SUSPENDED"}}]}"#
//! );
//! # Ok::<(), jumpcloud_core::Error>(())
//! ```
//!
//! An encoder refuses what its dialect cannot say, with the way around it; it never sends something weaker.

mod constructors;
mod evaluate;
mod fields;
mod insights;
mod json;
mod text;
mod v1_query;
mod v1_search;
mod v2_query;

use std::fmt;

use crate::distinct::distinct;
use crate::json::{Quoted, Value, object};
use crate::{Error, Result};

use constructors::{all, any, compare, text};
pub use constructors::{
    and, between, ends_with, eq, eq_ignoring_case, ge, gt, is_in, le, lt, ne, not, or, search, starts_with,
    wildcard,
};
pub use evaluate::Matching;
pub use v2_query::V2Style;

/// A condition on a record's fields. Build it with the functions of this module ([`eq`], [`and`], …), from
/// JumpCloud's own text ([`Filter::parse`]) or from JSON ([`Filter::from_json`]).
///
/// A field is a name or a dotted path (`attributes.name`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Filter {
    /// The field compared with one value.
    Compare {
        /// The field's name or dotted path.
        field: String,
        /// How it is compared.
        operator: Operator,
        /// What it is compared with.
        value: Scalar,
    },
    /// The field is one of these values.
    In {
        /// The field's name or dotted path.
        field: String,
        /// At least one value.
        values: Vec<Scalar>,
    },
    /// The field lies between two values, both included.
    Between {
        /// The field's name or dotted path.
        field: String,
        /// The lowest value that matches.
        low: Scalar,
        /// The highest value that matches.
        high: Scalar,
    },
    /// The field's text, in upper or lower case, holds this text at a given place.
    Text {
        /// The field's name or dotted path.
        field: String,
        /// Where in the field the text stands.
        place: Place,
        /// The text as it is: nothing in it is a pattern.
        text: String,
    },
    /// All of these. An empty list matches every record; no encoder accepts it.
    And(Vec<Filter>),
    /// Any of these. An empty list matches no record; no encoder accepts it.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
}

/// How [`Filter::Compare`] compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal, or the field is not there.
    Ne,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
}

impl Operator {
    const ALL: [Operator; 6] =
        [Operator::Eq, Operator::Ne, Operator::Gt, Operator::Ge, Operator::Lt, Operator::Le];

    /// The operator's name, which is also the v2 query's word for it: `eq ne gt ge lt le`.
    pub fn name(self) -> &'static str {
        match self {
            Operator::Eq => "eq",
            Operator::Ne => "ne",
            Operator::Gt => "gt",
            Operator::Ge => "ge",
            Operator::Lt => "lt",
            Operator::Le => "le",
        }
    }

    /// The word of the v1 query and of the v1 search: `$eq $ne $gt $gte $lt $lte`.
    fn v1_name(self) -> &'static str {
        match self {
            Operator::Eq => "$eq",
            Operator::Ne => "$ne",
            Operator::Gt => "$gt",
            Operator::Ge => "$gte",
            Operator::Lt => "$lt",
            Operator::Le => "$lte",
        }
    }

    /// Any spelling in use: `ge`, `gte` (System Insights, `jc`), `$gte`.
    fn named(word: &str) -> Option<Operator> {
        let word = word.strip_prefix('$').unwrap_or(word);
        match word {
            "gte" => Some(Operator::Ge),
            "lte" => Some(Operator::Le),
            _ => Operator::ALL.into_iter().find(|operator| operator.name() == word),
        }
    }

    fn opposite(self) -> Operator {
        match self {
            Operator::Eq => Operator::Ne,
            Operator::Ne => Operator::Eq,
            Operator::Gt => Operator::Le,
            Operator::Ge => Operator::Lt,
            Operator::Lt => Operator::Ge,
            Operator::Le => Operator::Gt,
        }
    }
}

/// Where [`Filter::Text`] looks for its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Anywhere in the field: [`search`].
    Anywhere,
    /// At the field's beginning: [`starts_with`].
    Start,
    /// At the field's end: [`ends_with`].
    End,
    /// The whole field: [`eq_ignoring_case`].
    Whole,
}

impl Place {
    const ALL: [Place; 4] = [Place::Anywhere, Place::Start, Place::End, Place::Whole];

    /// The operator's name in the JSON form: `search starts_with ends_with eq_ignoring_case`.
    pub fn name(self) -> &'static str {
        match self {
            Place::Anywhere => "search",
            Place::Start => "starts_with",
            Place::End => "ends_with",
            Place::Whole => "eq_ignoring_case",
        }
    }
}

/// One value of a filter. The query dialects send all of them as text; the body dialects keep the type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// A text; dates and ids too.
    String(String),
    /// A number.
    Number(Number),
    /// `true` or `false`.
    Boolean(bool),
    /// No value: only the v1 search can ask for it.
    Null,
    /// A text in which each `*` stands for any text: see [`wildcard`]. In every other text a `*` is itself.
    Wildcard(String),
}

impl Scalar {
    /// The value as the query dialects write it; `None` for null, which they cannot write.
    fn text(&self) -> Option<String> {
        match self {
            Scalar::String(text) | Scalar::Wildcard(text) => Some(text.clone()),
            Scalar::Number(number) => Some(number.0.clone()),
            Scalar::Boolean(boolean) => Some(boolean.to_string()),
            Scalar::Null => None,
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Scalar::String(text) => Value::String(text.clone()),
            Scalar::Number(number) => Value::Number(number.0.clone()),
            Scalar::Boolean(boolean) => Value::Bool(*boolean),
            Scalar::Null => Value::Null,
            Scalar::Wildcard(text) => object("wildcard", Value::String(text.clone())),
        }
    }

    fn from_json(value: &Value) -> Option<Scalar> {
        match value {
            Value::String(text) => Some(Scalar::String(text.clone())),
            Value::Number(number) => Some(Scalar::Number(Number(number.clone()))),
            Value::Bool(boolean) => Some(Scalar::Boolean(*boolean)),
            Value::Null => Some(Scalar::Null),
            other => match other.get("wildcard") {
                Some(Value::String(text)) => Some(Scalar::Wildcard(text.clone())),
                _ => None,
            },
        }
    }
}

/// A number, with every digit as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(String);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Number {
    /// A number with a fraction; none for infinities and NaN.
    pub fn from_f64(number: f64) -> Option<Number> {
        number.is_finite().then(|| Number(number.to_string()))
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Scalar {
        Scalar::String(text.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Scalar {
        Scalar::String(text)
    }
}

impl From<bool> for Scalar {
    fn from(boolean: bool) -> Scalar {
        Scalar::Boolean(boolean)
    }
}

impl From<Number> for Scalar {
    fn from(number: Number) -> Scalar {
        Scalar::Number(number)
    }
}

impl From<&String> for Scalar {
    fn from(text: &String) -> Scalar {
        Scalar::String(text.clone())
    }
}

/// Digits as they are written. An infinity and a NaN, which JSON has no digits for, are refused with the parameter that they are in.
macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl From<$number> for Scalar {
            fn from(number: $number) -> Scalar {
                Scalar::Number(Number(number.to_string()))
            }
        }
    )*};
}

numbers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64);

/// One rule for every dialect: what would break a term (`:` `,`), a body (`$`, `and`, `or`, `not`) or is a slip.
fn check_field(field: &str) -> Result<()> {
    let breaks = |c: char| c == ':' || c == ',' || c <= ' ' || c == '\u{7f}' || c == '\u{a0}';
    if field.is_empty() || field.starts_with('$') || field.contains(breaks) {
        return Err(Error::invalid(format!(
            "a filter's field is a name or a dotted path, without `:`, `,`, spaces or a leading `$`, not {field}",
            field = Quoted(field)
        )));
    }
    if matches!(field, "and" | "or" | "not") {
        return Err(Error::invalid(format!("`{field}` joins filters and cannot be a filter's field")));
    }
    Ok(())
}

impl Filter {
    /// The items of a list; else itself.
    fn items(&self) -> &[Filter] {
        match self {
            Filter::And(items) | Filter::Or(items) => items,
            one => std::slice::from_ref(one),
        }
    }

    /// The same condition in the plain form that the encoders write down: no [`Filter::Not`] but around text, no list
    /// in a list of its kind, no list of one, no item twice, `or` of one field's values as [`Filter::In`], and every
    /// [`Filter::In`] with two values or more. `scalar` gives each value as the dialect has it, or refuses it; it
    /// runs first, because two values may become one.
    fn plain(&self, negated: bool, scalar: &dyn Fn(&Scalar) -> Result<Scalar>) -> Result<Filter> {
        let own = |field: &str, value: &Scalar| scalar(&fields::checked(field, value)?);
        Ok(match self {
            Filter::Compare { field, operator, value } => {
                check_field(field)?;
                let operator = if negated { operator.opposite() } else { *operator };
                let ordering = !matches!(operator, Operator::Eq | Operator::Ne);
                if ordering {
                    check_order(field, value)?;
                }
                compare(field, operator, own(field, value)?)
            }
            Filter::In { field, values } => {
                check_field(field)?;
                let mut all = Vec::with_capacity(values.len());
                for value in values {
                    all.push(own(field, value)?);
                }
                distinct(&mut all, |value| value.to_json().to_string());
                match (all.pop(), all.is_empty(), negated) {
                    (None, ..) => {
                        return Err(Error::invalid(format!(
                            "`in` needs at least one value for `{field}`; no record would match"
                        )));
                    }
                    (Some(only), true, false) => eq(field, only),
                    (Some(only), true, true) => ne(field, only),
                    (Some(last), false, false) => {
                        all.push(last);
                        is_in(field, all)
                    }
                    (Some(last), false, true) => {
                        all.push(last);
                        and(all.into_iter().map(|value| ne(field, value)))
                    }
                }
            }
            Filter::Between { field, low, high } => {
                check_field(field)?;
                check_order(field, low)?;
                check_order(field, high)?;
                let (low, high) = (own(field, low)?, own(field, high)?);
                if negated { or([lt(field, low), gt(field, high)]) } else { between(field, low, high) }
            }
            Filter::Text { field, place, text } => {
                check_field(field)?;
                let same = Filter::Text { field: field.clone(), place: *place, text: text.clone() };
                if negated { not(same) } else { same }
            }
            Filter::Not(inner) => inner.plain(!negated, scalar)?,
            Filter::And(items) => list(items, !negated, negated, scalar)?,
            Filter::Or(items) => list(items, negated, negated, scalar)?,
        })
    }
}

fn list(
    items: &[Filter],
    conjunction: bool,
    negated: bool,
    scalar: &dyn Fn(&Scalar) -> Result<Scalar>,
) -> Result<Filter> {
    if items.is_empty() {
        return Err(Error::invalid(
            "an `and` or `or` needs at least one filter; to match every record, leave the filter out",
        ));
    }
    let mut plain = Vec::with_capacity(items.len());
    for item in items {
        match item.plain(negated, scalar)? {
            Filter::And(inner) if conjunction => plain.extend(inner),
            Filter::Or(inner) if !conjunction => plain.extend(inner),
            item => plain.push(item),
        }
    }
    distinct(&mut plain, Filter::to_json);
    if conjunction {
        return Ok(all(plain));
    }
    Ok(match values_of_one_field(&plain) {
        Some((field, values)) => is_in(field, values).plain(false, &|value| Ok(value.clone()))?,
        None => any(plain),
    })
}

/// The field and all values, when every filter is `eq` or `in` of the same field.
fn values_of_one_field(filters: &[Filter]) -> Option<(String, Vec<Scalar>)> {
    let mut one: Option<&String> = None;
    let mut all = Vec::new();
    for filter in filters {
        let (field, values) = equal_values(filter)?;
        if one.is_some_and(|one| one != field) {
            return None;
        }
        one = Some(field);
        all.extend_from_slice(values);
    }
    Some((one?.clone(), all))
}

/// The field and the values that it may equal, for `eq` and `in`.
fn equal_values(filter: &Filter) -> Option<(&String, &[Scalar])> {
    match filter {
        Filter::Compare { field, operator: Operator::Eq, value } => {
            Some((field, std::slice::from_ref(value)))
        }
        Filter::In { field, values } => Some((field, values)),
        _ => None,
    }
}

fn check_order(field: &str, value: &Scalar) -> Result<()> {
    match value {
        Scalar::Null => Err(Error::invalid(format!(
            "nothing is greater or less than null: compare `{field}` with a value, or use `eq` or `ne` with null"
        ))),
        _ => Ok(()),
    }
}

/// The values of the query dialects: everything is text.
fn text_scalar(value: &Scalar) -> Result<Scalar> {
    value.text().map(Scalar::String).ok_or_else(|| {
        Error::invalid(
            "a query filter has no word for null: use a v1 search operation (`POST /search/…`) instead",
        )
    })
}

/// A value of a dialect in which no letter of a text stands for others.
fn literal<'v>(dialect: &str, value: &'v Scalar) -> Result<&'v Scalar> {
    match value {
        Scalar::Wildcard(_) => Err(dialect_cannot(
            dialect,
            "a wildcard",
            "use what it knows of `starts_with`, `ends_with` and `search`",
        )),
        value => Ok(value),
    }
}

/// What a dialect does not know within a list.
fn beside(dialect: &str, filter: &Filter, instead: &str) -> Error {
    let what = match filter {
        Filter::Or(_) => "`or` inside `and`",
        Filter::And(_) => "`and` inside `or`",
        Filter::In { .. } => "`in` beside other terms",
        _ => {
            return dialect_cannot(dialect, "`not` of a text search", "leave it out and sort out what comes");
        }
    };
    dialect_cannot(dialect, what, instead)
}

fn dialect_cannot(dialect: &str, what: &str, instead: &str) -> Error {
    Error::invalid(format!("{dialect} filter cannot say {what}: {instead}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(filter: Filter) -> Filter {
        filter.plain(false, &|value| Ok(value.clone())).unwrap()
    }

    #[test]
    fn negation_moves_inward() {
        assert_eq!(
            plain(not(and([eq("a", 1), not(gt("b", 2)), between("c", 3, 4)]))),
            or([ne("a", 1), gt("b", 2), lt("c", 3), gt("c", 4)])
        );
        assert_eq!(plain(not(is_in("a", ["x", "y"]))), and([ne("a", "x"), ne("a", "y")]));
        assert_eq!(plain(not(not(search("a", "x")))), search("a", "x"));
        assert_eq!(plain(not(search("a", "x"))), not(search("a", "x")));
    }

    #[test]
    fn lists_are_flat_and_hold_nothing_twice() {
        assert_eq!(
            plain(and([and([eq("a", 1)]), or([and([eq("b", 2), eq("a", 1)])])])),
            and([eq("a", 1), eq("b", 2)])
        );
        assert_eq!(plain(or([eq("a", 1), is_in("a", [2, 1])])), is_in("a", [1, 2]));
        assert_eq!(plain(or([eq("a", 1), eq("a", 1)])), eq("a", 1));
        assert_eq!(plain(is_in("a", [1, 1])), eq("a", 1));
        assert_eq!(plain(not(is_in("a", [1]))), ne("a", 1));
    }

    #[test]
    fn empty_filters_and_bad_fields_are_refused() {
        let refused =
            |filter: Filter| filter.plain(false, &|value| Ok(value.clone())).unwrap_err().to_string();
        for empty in [and([]), or([]), not(and([])), and([eq("a", 1), or([])])] {
            assert_eq!(
                refused(empty),
                "an `and` or `or` needs at least one filter; to match every record, leave the filter out"
            );
        }
        assert_eq!(
            refused(is_in("a", [0; 0])),
            "`in` needs at least one value for `a`; no record would match"
        );
        for field in ["", "a:b", "a,b", "a b", "$where", "a\u{0}"] {
            assert_eq!(
                refused(eq(field, 1)),
                format!(
                    "a filter's field is a name or a dotted path, without `:`, `,`, spaces or a leading `$`, not {}",
                    Quoted(field)
                )
            );
        }
        assert_eq!(refused(eq("or", 1)), "`or` joins filters and cannot be a filter's field");
        for order in [gt("a", Scalar::Null), between("a", 1, Scalar::Null), not(le("a", Scalar::Null))] {
            assert_eq!(
                refused(order),
                "nothing is greater or less than null: compare `a` with a value, or use `eq` or `ne` with null"
            );
        }
    }
}
