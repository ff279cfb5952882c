//! The v1 query: each term its own parameter, `filter=department:$eq:IT`.

use super::text::{each_value, term};
use super::{Filter, Place, all, any, beside, dialect_cannot, literal, text_scalar};
use crate::distinct::distinct;
use crate::json::Quoted;
use crate::{Error, Result};

const DIALECT: &str = "a v1 query";
const INSTEAD: &str = "use a v1 search operation (`POST /search/…`), or one call for each alternative";

impl Filter {
    /// The query parameters, name and value, of which none is percent-encoded yet.
    ///
    /// Terms that must all match repeat `filter`, as JumpCloud's own tools send them; alternatives go out in the one
    /// documented form, `filter[or][0]`, `filter[or][1]`, ….
    ///
    /// # Errors
    /// Refused: alternatives beside other terms (`in` too), text search, and null.
    ///
    /// ```
    /// use jumpcloud_core::filter::is_in;
    /// let filter = is_in("department", ["IT", "Sales"]);
    /// assert_eq!(
    ///     filter.to_v1_query()?,
    ///     [
    ///         ("filter[or][0]".to_string(), "department:$eq:IT".to_string()),
    ///         ("filter[or][1]".to_string(), "department:$eq:Sales".to_string()),
    ///     ]
    /// );
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    pub fn to_v1_query(&self) -> Result<Vec<(String, String)>> {
        let mut terms = Vec::new();
        let plain = self.plain(false, &|value| text_scalar(literal(DIALECT, value)?))?;
        let alternatives = matches!(plain, Filter::Or(_) | Filter::In { .. });
        for item in plain.items() {
            if alternatives && matches!(item, Filter::Between { .. }) {
                return Err(dialect_cannot(DIALECT, "`between` inside `or`", INSTEAD));
            }
            match item {
                Filter::In { field, values } if alternatives => {
                    for value in each_value(field, values) {
                        add_term(&value, &mut terms)?;
                    }
                }
                item => add_term(item, &mut terms)?,
            }
        }
        distinct(&mut terms, String::clone);
        let named = |(index, term)| {
            (if alternatives { format!("filter[or][{index}]") } else { "filter".to_owned() }, term)
        };
        Ok(terms.into_iter().enumerate().map(named).collect())
    }

    /// Reads the query parameters back: `filter` (repeated) and `filter[0]` as terms that must all match,
    /// `filter[or][0]` as alternatives. No parameter at all matches every record.
    ///
    /// # Errors
    /// Refused: another parameter name, both kinds at once (no source says what that means), a text that is no term,
    /// and v2's `search` and `in`.
    pub fn from_v1_query(parameters: &[(String, String)]) -> Result<Filter> {
        let mut terms = Vec::with_capacity(parameters.len());
        let mut alternatives = Vec::new();
        for (name, text) in parameters {
            let filter = Filter::parse(text)?;
            if !matches!(filter, Filter::Compare { .. }) {
                return Err(Error::invalid(format!(
                    "a v1 filter's operator is $eq, $ne, $gt, $gte, $lt or $lte, not as in {text}",
                    text = Quoted(text)
                )));
            }
            match name.as_str() {
                "filter" => terms.push(filter),
                _ if indexed(name, "filter[") => terms.push(filter),
                _ if indexed(name, "filter[or][") => alternatives.push(filter),
                _ => {
                    return Err(Error::invalid(format!(
                        "a v1 filter's parameter is `filter`, `filter[0]` or `filter[or][0]`, not {name}",
                        name = Quoted(name)
                    )));
                }
            }
        }
        match (terms.is_empty(), alternatives.is_empty()) {
            (false, false) => {
                Err(Error::invalid("`filter` and `filter[or]` cannot be given together: use one of the two"))
            }
            (true, false) => Ok(any(alternatives)),
            (_, true) => Ok(all(terms)),
        }
    }
}

fn add_term(filter: &Filter, terms: &mut Vec<String>) -> Result<()> {
    match filter {
        Filter::Compare { field, operator, value } => terms.push(term(field, operator.v1_name(), value)),
        Filter::Between { field, low, high } => {
            terms.push(term(field, "$gte", low));
            terms.push(term(field, "$lte", high));
        }
        Filter::Text { place, .. } => {
            let instead = match place {
                Place::Anywhere => {
                    "use the operation's `search` parameter, or a v1 search operation (`POST /search/…`)"
                }
                _ => "use a v1 search operation (`POST /search/…`)",
            };
            return Err(dialect_cannot(DIALECT, &format!("`{}`", place.name()), instead));
        }
        other => return Err(beside(DIALECT, other, INSTEAD)),
    }
    Ok(())
}

fn indexed(name: &str, prefix: &str) -> bool {
    let index = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(']'));
    index.is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::super::*;

    fn encoded(filter: &Filter) -> String {
        let parameters = filter.to_v1_query().unwrap();
        assert_eq!(Filter::from_v1_query(&parameters).unwrap().to_v1_query().unwrap(), parameters);
        let pairs: Vec<String> =
            parameters.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    }

    #[test]
    fn exact_text() {
        for (filter, text) in [
            (eq("department", "IT"), "filter=department:$eq:IT"),
            (eq("suspended", false), "filter=suspended:$eq:false"),
            (
                and([ge("unix_uid", 5000), le("unix_uid", 4294967295u32)]),
                "filter=unix_uid:$gte:5000&filter=unix_uid:$lte:4294967295",
            ),
            (between("made", "a", "b"), "filter=made:$gte:a&filter=made:$lte:b"),
            (not(gt("a", 1)), "filter=a:$lte:1"),
            (not(is_in("a", ["x", "y"])), "filter=a:$ne:x&filter=a:$ne:y"),
            (not(or([eq("a", 1), lt("b", 2)])), "filter=a:$ne:1&filter=b:$gte:2"),
            (or([eq("a", 1), ne("b", 2)]), "filter[or][0]=a:$eq:1&filter[or][1]=b:$ne:2"),
            (
                or([is_in("a", [1, 2]), eq("b", 3)]),
                "filter[or][0]=a:$eq:1&filter[or][1]=a:$eq:2&filter[or][2]=b:$eq:3",
            ),
            (not(between("a", 1, 2)), "filter[or][0]=a:$lt:1&filter[or][1]=a:$gt:2"),
            (eq("a", "x:y, z+|$%\"é"), "filter=a:$eq:x:y, z+|$%\"é"),
        ] {
            assert_eq!(encoded(&filter), text);
        }
    }

    #[test]
    fn refusals() {
        let instead = "use a v1 search operation (`POST /search/…`), or one call for each alternative";
        for (filter, message) in [
            (
                and([eq("a", 1), is_in("b", [1, 2])]),
                format!("a v1 query filter cannot say `in` beside other terms: {instead}"),
            ),
            (
                and([eq("a", 1), or([eq("b", 1), eq("c", 2)])]),
                format!("a v1 query filter cannot say `or` inside `and`: {instead}"),
            ),
            (
                or([eq("a", 1), and([eq("b", 1), eq("c", 2)])]),
                format!("a v1 query filter cannot say `and` inside `or`: {instead}"),
            ),
            (
                or([eq("a", 1), between("b", 1, 2)]),
                format!("a v1 query filter cannot say `between` inside `or`: {instead}"),
            ),
            (
                search("a", "x"),
                "a v1 query filter cannot say `search`: use the operation's `search` parameter, or a v1 search operation (`POST /search/…`)".into(),
            ),
            (
                starts_with("a", "x"),
                "a v1 query filter cannot say `starts_with`: use a v1 search operation (`POST /search/…`)".into(),
            ),
            (
                not(search("a", "x")),
                "a v1 query filter cannot say `not` of a text search: leave it out and sort out what comes".into(),
            ),
            (
                eq("manager", Scalar::Null),
                "a query filter has no word for null: use a v1 search operation (`POST /search/…`) instead".into(),
            ),
        ] {
            assert_eq!(filter.to_v1_query().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn parser_reads_every_form() {
        let parse = |pairs: &[(&str, &str)]| {
            let pairs: Vec<_> =
                pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            Filter::from_v1_query(&pairs).map_err(|error| error.to_string())
        };
        assert_eq!(parse(&[]).unwrap(), and([]));
        assert_eq!(
            parse(&[("filter[0]", "a:$eq:1"), ("filter[1]", "b:$eq:2")]).unwrap(),
            and([eq("a", "1"), eq("b", "2")])
        );
        assert_eq!(
            parse(&[("filter[or][0]", "a:$eq:1"), ("filter[or][1]", "b:eq:2")]).unwrap(),
            or([eq("a", "1"), eq("b", "2")])
        );
        assert_eq!(parse(&[("filter[or][0]", "a:$eq:1")]).unwrap(), eq("a", "1"));
        assert_eq!(
            parse(&[("filter", "a:$eq:1"), ("filter[or][0]", "b:$eq:2")]).unwrap_err(),
            "`filter` and `filter[or]` cannot be given together: use one of the two"
        );
        assert_eq!(
            parse(&[("filter[nor][0]", "a:$eq:1")]).unwrap_err(),
            "a v1 filter's parameter is `filter`, `filter[0]` or `filter[or][0]`, not \"filter[nor][0]\""
        );
        assert_eq!(
            parse(&[("filter", "a:in:1|2")]).unwrap_err(),
            "a v1 filter's operator is $eq, $ne, $gt, $gte, $lt or $lte, not as in \"a:in:1|2\""
        );
    }
}
