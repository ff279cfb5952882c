//! What makes filters.

use super::{Filter, Operator, Place, Scalar};

pub(super) fn compare(field: impl Into<String>, operator: Operator, value: impl Into<Scalar>) -> Filter {
    Filter::Compare { field: field.into(), operator, value: value.into() }
}

pub(super) fn text(field: impl Into<String>, place: Place, text: impl Into<String>) -> Filter {
    Filter::Text { field: field.into(), place, text: text.into() }
}

/// The field equals the value (the case matters, but not in Insights).
///
/// ```
/// use jumpcloud_core::filter::{eq, V2Style};
/// assert_eq!(eq("name", "Field Staff").to_v2_query(V2Style::Joined)?, ["name:eq:Field Staff"]);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn eq(field: impl Into<String>, value: impl Into<Scalar>) -> Filter {
    compare(field, Operator::Eq, value)
}

/// The field does not equal the value.
///
/// ```
/// use jumpcloud_core::filter::{ne, V2Style};
/// assert_eq!(ne("name", "Everyone").to_v2_query(V2Style::Joined)?, ["name:ne:Everyone"]);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn ne(field: impl Into<String>, value: impl Into<Scalar>) -> Filter {
    compare(field, Operator::Ne, value)
}

/// The field equals the text, in which each `*` stands for any text: what the lists of v2 know. (In [`eq`] a `*` is itself.)
///
/// ```
/// use jumpcloud_core::filter::{eq, not, wildcard, V2Style};
/// assert_eq!(wildcard("name", "Field*").to_v2_query(V2Style::Joined)?, ["name:eq:Field*"]);
/// assert_eq!(not(wildcard("name", "*Staff")).to_v2_query(V2Style::Joined)?, ["name:ne:*Staff"]);
/// assert!(eq("name", "Field*").to_v2_query(V2Style::Joined).is_err());
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn wildcard(field: impl Into<String>, pattern: impl Into<String>) -> Filter {
    compare(field, Operator::Eq, Scalar::Wildcard(pattern.into()))
}

/// The field is greater than the value. Dates are compared as text: `2026-01-31` or RFC 3339.
///
/// ```
/// use jumpcloud_core::filter::gt;
/// assert_eq!(gt("created", "2026-01-31").to_v1_query()?[0].1, "created:$gt:2026-01-31");
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn gt(field: impl Into<String>, value: impl Into<Scalar>) -> Filter {
    compare(field, Operator::Gt, value)
}

/// The field is greater than the value or equals it.
///
/// ```
/// use jumpcloud_core::filter::ge;
/// assert_eq!(ge("unix_uid", 5000).to_v1_query()?[0].1, "unix_uid:$gte:5000");
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn ge(field: impl Into<String>, value: impl Into<Scalar>) -> Filter {
    compare(field, Operator::Ge, value)
}

/// The field is less than the value.
///
/// ```
/// use jumpcloud_core::filter::lt;
/// assert_eq!(lt("lastContact", "2026-01-31").to_v1_query()?[0].1, "lastContact:$lt:2026-01-31");
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn lt(field: impl Into<String>, value: impl Into<Scalar>) -> Filter {
    compare(field, Operator::Lt, value)
}

/// The field is less than the value or equals it.
///
/// ```
/// use jumpcloud_core::filter::le;
/// assert_eq!(
///     le("password_expiration_date", "2026-12-24").to_v1_query()?[0].1,
///     "password_expiration_date:$lte:2026-12-24"
/// );
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn le(field: impl Into<String>, value: impl Into<Scalar>) -> Filter {
    compare(field, Operator::Le, value)
}

/// The field equals one of the values.
///
/// ```
/// use jumpcloud_core::filter::{is_in, V2Style};
/// let filter = is_in("system_id", ["5f1b", "5f1c"]);
/// assert_eq!(filter.to_v2_query(V2Style::Joined)?, ["system_id:in:5f1b|5f1c"]);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn is_in<V: Into<Scalar>>(field: impl Into<String>, values: impl IntoIterator<Item = V>) -> Filter {
    Filter::In { field: field.into(), values: values.into_iter().map(Into::into).collect() }
}

/// The field lies between the values, both included.
///
/// ```
/// use jumpcloud_core::filter::{between, V2Style};
/// let filter = between("created", "2026-01-01", "2026-01-31");
/// assert_eq!(filter.to_v2_query(V2Style::Joined)?, ["created:ge:2026-01-01,created:le:2026-01-31"]);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn between(field: impl Into<String>, low: impl Into<Scalar>, high: impl Into<Scalar>) -> Filter {
    Filter::Between { field: field.into(), low: low.into(), high: high.into() }
}

/// The field holds the text somewhere, in upper or lower case.
///
/// ```
/// use jumpcloud_core::filter::search;
/// let filter = search("email", "@example.com");
/// assert_eq!(filter.to_v1_search()?.to_string(), r#"{"and":[{"email":{"$regex":"(?i)@example\\.com"}}]}"#);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn search(field: impl Into<String>, text: impl Into<String>) -> Filter {
    self::text(field, Place::Anywhere, text)
}

/// The field begins with the text, in upper or lower case.
///
/// ```
/// use jumpcloud_core::filter::starts_with;
/// let filter = starts_with("hostname", "build-");
/// assert_eq!(filter.to_v1_search()?.to_string(), r#"{"and":[{"hostname":{"$regex":"(?i)^build-"}}]}"#);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn starts_with(field: impl Into<String>, text: impl Into<String>) -> Filter {
    self::text(field, Place::Start, text)
}

/// The field ends with the text, in upper or lower case.
///
/// ```
/// use jumpcloud_core::filter::ends_with;
/// let filter = ends_with("hostname", "-old");
/// assert_eq!(filter.to_v1_search()?.to_string(), r#"{"and":[{"hostname":{"$regex":"(?i)-old$"}}]}"#);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn ends_with(field: impl Into<String>, text: impl Into<String>) -> Filter {
    self::text(field, Place::End, text)
}

/// The field is the text, in upper or lower case.
///
/// ```
/// use jumpcloud_core::filter::eq_ignoring_case;
/// let filter = eq_ignoring_case("username", "ada");
/// assert_eq!(filter.to_v1_search()?.to_string(), r#"{"and":[{"username":{"$regex":"(?i)^ada$"}}]}"#);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn eq_ignoring_case(field: impl Into<String>, text: impl Into<String>) -> Filter {
    self::text(field, Place::Whole, text)
}

/// All of the filters match.
///
/// ```
/// use jumpcloud_core::filter::{and, eq, gt, V2Style};
/// let filter = and([eq("type", "user_group"), gt("name", "M")]);
/// assert_eq!(filter.to_v2_query(V2Style::Repeated)?, ["type:eq:user_group", "name:gt:M"]);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn and(filters: impl IntoIterator<Item = Filter>) -> Filter {
    Filter::And(filters.into_iter().collect())
}

/// At least one of the filters matches.
///
/// ```
/// use jumpcloud_core::filter::{eq, or};
/// let filter = or([eq("os", "Ubuntu"), eq("os", "Mac OS X")]);
/// assert_eq!(filter.to_v1_search()?.to_string(), r#"{"or":[{"os":"Ubuntu"},{"os":"Mac OS X"}]}"#);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn or(filters: impl IntoIterator<Item = Filter>) -> Filter {
    Filter::Or(filters.into_iter().collect())
}

/// The filter does not match. Most dialects have no word for it: it goes out as the opposite operator (`ne` for
/// `eq`, `le` for `gt`, …), and a record that lacks the field matches neither `gt` nor `le`.
///
/// ```
/// use jumpcloud_core::filter::{eq, not, V2Style};
/// assert_eq!(not(eq("state", "STAGED")).to_v2_query(V2Style::Joined)?, ["state:ne:STAGED"]);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

/// A list that stands for all of its items; one item stands for itself.
pub(super) fn all(filters: Vec<Filter>) -> Filter {
    join(filters, Filter::And)
}

/// A list that stands for any of its items; one item stands for itself.
pub(super) fn any(filters: Vec<Filter>) -> Filter {
    join(filters, Filter::Or)
}

fn join(mut filters: Vec<Filter>, list: fn(Vec<Filter>) -> Filter) -> Filter {
    match filters.pop() {
        Some(only) if filters.is_empty() => only,
        last => {
            filters.extend(last);
            list(filters)
        }
    }
}
