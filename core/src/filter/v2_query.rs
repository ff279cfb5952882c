//! The v2 query: `filter=department:eq:IT`, several terms joined by commas or each its own parameter.

use super::text::term;
use super::{Filter, Place, Scalar, beside, dialect_cannot, text_scalar};
use crate::distinct::distinct;
use crate::json::Quoted;
use crate::{Error, Result};

const DIALECT: &str = "a v2 query";

/// How an operation takes several terms: what its description says about the array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum V2Style {
    /// One `filter` parameter, its terms joined by commas (`explode: false`): most of v2.
    Joined,
    /// One `filter` parameter for each term: the newer services.
    Repeated,
}

impl Filter {
    /// The values of the `filter` parameters, one string each, not percent-encoded yet.
    ///
    /// No escape for a comma is known. So when a value holds one, every term goes out as its own parameter,
    /// whatever the style.
    ///
    /// `between` goes out as `ge` and `le`, because nothing published shows its form.
    ///
    /// # Errors
    /// Refused: `or` (but for several values of one field, which are an `in`), a `|` in one of several values of `in`,
    /// text search other than [`search`](super::search), null, a `*` that is no [`wildcard`](super::wildcard), and in [`V2Style::Joined`] a single term whose value
    /// would read as a second term.
    ///
    /// ```
    /// use jumpcloud_core::filter::{and, eq, V2Style};
    /// let plain = and([eq("name", "Ops"), eq("type", "user_group")]);
    /// assert_eq!(plain.to_v2_query(V2Style::Joined)?, ["name:eq:Ops,type:eq:user_group"]);
    /// let comma = and([eq("name", "Ops, Berlin"), eq("type", "user_group")]);
    /// assert_eq!(comma.to_v2_query(V2Style::Joined)?, ["name:eq:Ops, Berlin", "type:eq:user_group"]);
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    pub fn to_v2_query(&self, style: V2Style) -> Result<Vec<String>> {
        let terms = self.v2_terms()?;
        if style == V2Style::Repeated {
            return Ok(terms);
        }
        if terms.iter().any(|term| term.contains(',')) {
            if let [only] = terms.as_slice()
                && split_terms(only).len() > 1
            {
                return Err(Error::invalid(format!(
                    "the value in {only} reads as a second term after a comma: give several terms as a list of \
                     filters; a value like this cannot be sent alone to this operation",
                    only = Quoted(only)
                )));
            }
            return Ok(terms);
        }
        Ok(vec![terms.join(",")])
    }

    fn v2_terms(&self) -> Result<Vec<String>> {
        let mut terms = Vec::new();
        let plain = self.plain(false, &v2_scalar)?;
        let one = std::slice::from_ref(&plain);
        for item in if matches!(plain, Filter::And(_)) { plain.items() } else { one } {
            add_term(item, &mut terms)?;
        }
        distinct(&mut terms, String::clone);
        Ok(terms)
    }

    /// Reads the values of the `filter` parameters back; none at all matches every record.
    ///
    /// In [`V2Style::Joined`] a single parameter is split at each comma that a term follows; several parameters are
    /// one term each.
    ///
    /// # Errors
    /// A text that is no term: see [`Filter::parse`].
    pub fn from_v2_query<T: AsRef<str>>(parameters: &[T], style: V2Style) -> Result<Filter> {
        match parameters {
            [only] if style == V2Style::Joined => Filter::parse_all(&split_terms(only.as_ref())),
            terms => Filter::parse_all(terms),
        }
    }
}

/// Whether a text reads as a term; `between` is one too, though nothing published shows how its values are written.
fn is_term(text: &str) -> bool {
    let mut parts = text.splitn(3, ':').skip(1);
    Filter::parse(text).is_ok() || parts.next() == Some("between") && parts.next().is_some()
}

/// Splits at each comma that a term follows; a term's field and operator hold no comma.
fn split_terms(joined: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let (mut start, mut end) = (0, 0);
    for piece in joined.split(',') {
        let at = end;
        end += piece.len() + 1;
        if at > 0 && is_term(piece) {
            terms.extend(joined.get(start..at - 1));
            start = at;
        }
    }
    terms.extend(joined.get(start..));
    terms
}

/// No escape for a `*` is known either.
fn v2_scalar(value: &Scalar) -> Result<Scalar> {
    match value {
        Scalar::String(text) if text.contains('*') => Err(dialect_cannot(
            DIALECT,
            "`*` as it is",
            "it stands for any text there; ask for that with `wildcard`, and sort out what comes",
        )),
        value => text_scalar(value),
    }
}

fn add_term(filter: &Filter, terms: &mut Vec<String>) -> Result<()> {
    match filter {
        Filter::Compare { field, operator, value } => terms.push(term(field, operator.name(), value)),
        Filter::Between { field, low, high } => {
            terms.push(term(field, "ge", low));
            terms.push(term(field, "le", high));
        }
        Filter::In { field, values } => {
            let values: Vec<String> = values.iter().filter_map(Scalar::text).collect();
            if let Some(value) = values.iter().find(|value| value.contains('|')) {
                let what = format!("`in` with {value} for `{field}`", value = Quoted(value));
                return Err(dialect_cannot(
                    DIALECT,
                    &what,
                    "`|` separates its values; make one call for each value",
                ));
            }
            terms.push(term(field, "in", &Scalar::String(values.join("|"))));
        }
        Filter::Text { field, place: Place::Anywhere, text } => {
            terms.push(term(field, "search", &Scalar::String(text.clone())));
        }
        Filter::Text { place, .. } => {
            let instead = "use `search`, or `eq` with the wildcard `*`, in which upper and lower case differ";
            return Err(dialect_cannot(DIALECT, &format!("`{}`", place.name()), instead));
        }
        Filter::Or(_) | Filter::And(_) => {
            let instead = "make one call for each alternative; several values of one field are an `in`";
            return Err(dialect_cannot(DIALECT, "`or` of different fields or operators", instead));
        }
        other => return Err(beside(DIALECT, other, "")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use V2Style::{Joined, Repeated};

    fn encoded(filter: &Filter, style: V2Style) -> Vec<String> {
        let parameters = filter.to_v2_query(style).unwrap();
        let parsed = Filter::from_v2_query(&parameters, style).unwrap();
        assert_eq!(parsed.to_v2_query(style).unwrap(), parameters);
        parameters
    }

    #[test]
    fn exact_text() {
        let two = and([eq("name", "Ops"), ne("type", "user_group")]);
        assert_eq!(encoded(&two, Joined), ["name:eq:Ops,type:ne:user_group"]);
        assert_eq!(encoded(&two, Repeated), ["name:eq:Ops", "type:ne:user_group"]);
        for (filter, text) in [
            (ge("uptime", 60), "uptime:ge:60"),
            (eq("secure", true), "secure:eq:true"),
            (search("name", "ops:"), "name:search:ops:"),
            (is_in("system_id", ["a", "b"]), "system_id:in:a|b"),
            (or([eq("a", 1), eq("a", "2")]), "a:in:1|2"),
            (is_in("a", ["x|y"]), "a:eq:x|y"),
            (not(is_in("a", ["x|y", "z"])), "a:ne:x|y,a:ne:z"),
            (between("a", 1, 2), "a:ge:1,a:le:2"),
            (not(or([lt("a", 1), gt("b", 2)])), "a:ge:1,b:le:2"),
            (eq("a", " x:y+$%\"é"), "a:eq: x:y+$%\"é"),
            (wildcard("a", " x:y+$%\"é*"), "a:eq: x:y+$%\"é*"),
            (is_in("a", [Scalar::Wildcard("x*".into()), "y".into()]), "a:in:x*|y"),
        ] {
            assert_eq!(encoded(&filter, Joined), [text]);
        }
    }

    #[test]
    fn commas() {
        let two = and([eq("a", "x,y"), eq("b", "z,c:eq:d")]);
        assert_eq!(encoded(&two, Joined), ["a:eq:x,y", "b:eq:z,c:eq:d"]);
        assert_eq!(encoded(&eq("a", "x,y, z:eq:,"), Joined), ["a:eq:x,y, z:eq:,"]);
        assert_eq!(encoded(&eq("a", "x,b:eq:y"), Repeated), ["a:eq:x,b:eq:y"]);
        assert_eq!(
            Filter::from_v2_query(&["a:eq:x,y,b:in:1|2,,c:ne:"], Joined).unwrap(),
            and([eq("a", "x,y"), is_in("b", ["1", "2,"]), ne("c", "")])
        );
        assert_eq!(Filter::from_v2_query(&[""; 0], Joined).unwrap(), and([]));
        // As it would be read as a second term by whoever knows the operator.
        let hidden = eq("a", "x,created:between:1|2");
        assert!(hidden.to_v2_query(Joined).unwrap_err().to_string().contains("reads as a second term"));
        assert!(Filter::from_v2_query(&["a:eq:x,created:between:1|2"], Joined).is_err());
        assert_eq!(
            eq("a", "x,b:eq:y").to_v2_query(Joined).unwrap_err().to_string(),
            "the value in \"a:eq:x,b:eq:y\" reads as a second term after a comma: give several terms as a list of \
             filters; a value like this cannot be sent alone to this operation"
        );
    }

    #[test]
    fn refusals() {
        for (filter, message) in [
            (
                or([eq("a", 1), eq("b", 2)]),
                "a v2 query filter cannot say `or` of different fields or operators: make one call for each alternative; several values of one field are an `in`",
            ),
            (
                and([eq("z", 1), or([eq("a", 1), ne("a", 2)])]),
                "a v2 query filter cannot say `or` of different fields or operators: make one call for each alternative; several values of one field are an `in`",
            ),
            (
                is_in("a", ["x|y", "z"]),
                "a v2 query filter cannot say `in` with \"x|y\" for `a`: `|` separates its values; make one call for each value",
            ),
            (
                ends_with("a", "x"),
                "a v2 query filter cannot say `ends_with`: use `search`, or `eq` with the wildcard `*`, in which upper and lower case differ",
            ),
            (
                not(search("a", "x")),
                "a v2 query filter cannot say `not` of a text search: leave it out and sort out what comes",
            ),
            (
                ne("a", Scalar::Null),
                "a query filter has no word for null: use a v1 search operation (`POST /search/…`) instead",
            ),
        ] {
            assert_eq!(filter.to_v2_query(Joined).unwrap_err().to_string(), message);
        }
    }
}
