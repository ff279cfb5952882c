//! Filters: what one dialect's encoder writes, its parser reads as the same condition; and no text breaks a parser.

use jumpcloud_core::Result;
use jumpcloud_core::filter::{
    Filter, Matching, Scalar, V2Style, and, between, eq, ge, gt, is_in, le, lt, ne, not, or,
};
use jumpcloud_core::filter::{ends_with, eq_ignoring_case, search, starts_with};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const FIELDS: [&str; 4] = ["a", "b", "department", "initiated_by.username"];

fn field() -> impl Strategy<Value = &'static str> {
    prop::sample::select(FIELDS.as_slice())
}

/// Few enough texts that conditions overlap, and every character that means something in one of the dialects.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[abAB1]{0,2}",
        2 => r#"[aB1 :,|$%+&=#"'\\.*?()\[\]{}^/éÉßİ日-]{0,6}"#,
        1 => prop::sample::select(["a,b:eq:c", ",a:in:", "$eq:x", "(?i)^a$", "null", "true", "a|b"].as_slice())
            .prop_map(str::to_owned),
        1 => ".{0,8}",
    ]
}

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        6 => text().prop_map(Scalar::from),
        1 => any::<i64>().prop_map(Scalar::from),
        1 => (0..3u64).prop_map(Scalar::from),
        1 => any::<bool>().prop_map(Scalar::from),
    ]
}

/// In v2, where a `*` cannot be itself.
fn v2_scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        4 => scalar().prop_filter("v2 has no word for it", |value| !matches!(value, Scalar::String(text) if text.contains('*'))),
        1 => r"[abAB1*]{0,3}\*[abAB1*]{0,3}".prop_map(Scalar::Wildcard),
    ]
}

fn v2_comparison() -> impl Strategy<Value = Filter> {
    (field(), v2_scalar(), 0..6).prop_map(|(field, value, operator)| match operator {
        0 => gt(field, value),
        1 => le(field, value),
        2 | 3 => ne(field, value),
        _ => eq(field, value),
    })
}

fn equality() -> impl Strategy<Value = Filter> {
    prop_oneof![
        (field(), scalar()).prop_map(|(field, value)| eq(field, value)),
        (field(), scalar()).prop_map(|(field, value)| ne(field, value)),
    ]
}

fn comparison() -> impl Strategy<Value = Filter> {
    prop_oneof![
        2 => equality(),
        1 => (field(), scalar()).prop_map(|(field, value)| gt(field, value)),
        1 => (field(), scalar()).prop_map(|(field, value)| ge(field, value)),
        1 => (field(), scalar()).prop_map(|(field, value)| lt(field, value)),
        1 => (field(), scalar()).prop_map(|(field, value)| le(field, value)),
    ]
}

fn one_of() -> impl Strategy<Value = Filter> {
    (field(), vec(scalar(), 1..4)).prop_map(|(field, values)| is_in(field, values))
}

fn range() -> impl Strategy<Value = Filter> {
    (field(), scalar(), scalar()).prop_map(|(field, low, high)| between(field, low, high))
}

fn placed_text() -> impl Strategy<Value = Filter> {
    prop_oneof![
        (field(), text()).prop_map(|(field, text)| search(field, text)),
        (field(), text()).prop_map(|(field, text)| starts_with(field, text)),
        (field(), text()).prop_map(|(field, text)| ends_with(field, text)),
        (field(), text()).prop_map(|(field, text)| eq_ignoring_case(field, text)),
    ]
}

/// Any expression, also those that a dialect refuses.
fn expression() -> impl Strategy<Value = Filter> {
    let null = field().prop_map(|field| eq(field, Scalar::Null));
    let leaf = prop_oneof![6 => comparison(), 2 => v2_comparison(), 2 => one_of(), 1 => range(), 1 => placed_text(), 1 => null];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(and),
            vec(inner.clone(), 0..4).prop_map(or),
            inner.prop_map(not),
        ]
    })
}

fn negated(filter: impl Strategy<Value = Filter>) -> impl Strategy<Value = Filter> {
    (any::<bool>(), filter).prop_map(|(negate, filter)| if negate { not(filter) } else { filter })
}

/// A record with a text in every field: one that cannot be compared (missing, or a number beside a text) matches
/// neither `gt` nor `le`, so that `not(gt)` and what it is sent as differ there, as documented.
fn record() -> impl Strategy<Value = Value> {
    vec(text().prop_map(Value::from), FIELDS.len()).prop_map(|values| {
        let mut record: Map<String, Value> = FIELDS.map(str::to_owned).into_iter().zip(values).collect();
        let username = record.remove("initiated_by.username");
        record.insert("initiated_by".to_owned(), json!({"username": username}));
        Value::Object(record)
    })
}

type Encode<T> = fn(&Filter) -> Result<T>;
type Decode<T> = fn(&T) -> Result<Filter>;
type Dialect<T> = (Encode<T>, Decode<T>);

/// Checks one encoded filter: read back, it writes the same and matches the same records.
fn check<T: PartialEq + std::fmt::Debug>(
    filter: &Filter,
    encoded: &T,
    (encode, decode): Dialect<T>,
    records: &[Value],
    matching: Matching,
) -> std::result::Result<(), TestCaseError> {
    let read = decode(encoded).map_err(|error| TestCaseError::fail(format!("{encoded:?}: {error}")))?;
    let again = encode(&read).map_err(|error| TestCaseError::fail(format!("{encoded:?}: {error}")))?;
    prop_assert_eq!(&again, encoded);
    for record in records {
        prop_assert_eq!(
            read.matches(record, matching),
            filter.matches(record, matching),
            "{:?} as {:?} on {}",
            filter,
            encoded,
            record
        );
    }
    Ok(())
}

const V1_QUERY: Dialect<Vec<(String, String)>> =
    (Filter::to_v1_query, |encoded| Filter::from_v1_query(encoded));
const V2_JOINED: Dialect<Vec<String>> =
    (|filter| filter.to_v2_query(V2Style::Joined), |encoded| Filter::from_v2_query(encoded, V2Style::Joined));
const V2_REPEATED: Dialect<Vec<String>> = (
    |filter| filter.to_v2_query(V2Style::Repeated),
    |encoded| Filter::from_v2_query(encoded, V2Style::Repeated),
);
const V1_SEARCH: Dialect<String> = (Filter::to_v1_search, |encoded| Filter::from_v1_search(encoded));
const INSIGHTS: Dialect<String> = (Filter::to_insights, |encoded| Filter::from_insights(encoded));

const EXACT: Matching = Matching { ignore_case: false };
const LOWER: Matching = Matching { ignore_case: true };

fn encoded<T>(result: Result<T>, filter: &Filter) -> std::result::Result<T, TestCaseError> {
    result.map_err(|error| TestCaseError::fail(format!("{filter:?}: {error}")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn v1_query(
        filter in prop_oneof![
            vec(prop_oneof![4 => equality(), 1 => comparison(), 1 => range()], 1..4).prop_map(and),
            vec(prop_oneof![3 => comparison(), 1 => one_of()], 1..4).prop_map(or),
            one_of(),
            negated(comparison()),
        ],
        records in vec(record(), 4),
    ) {
        check(&filter, &encoded(filter.to_v1_query(), &filter)?, V1_QUERY, &records, EXACT)?;
    }

    #[test]
    fn v2_query(
        filter in vec(prop_oneof![
            4 => negated(v2_comparison()),
            1 => (field(), v2_scalar(), v2_scalar()).prop_map(|(field, low, high)| between(field, low, high)),
            1 => (field(), vec("[abAB1 :,$é]{0,4}", 1..4)).prop_map(|(field, values)| is_in(field, values)),
            1 => (field(), vec("[abAB1*]{0,4}", 1..4)).prop_map(|(field, values)| {
                let values = values.into_iter().map(|value| match value.contains('*') {
                    true => Scalar::Wildcard(value),
                    false => value.into(),
                });
                is_in(field, values)
            }),
            1 => (field(), text()).prop_map(|(field, text)| search(field, text)),
        ], 1..4).prop_map(and),
        records in vec(record(), 4),
    ) {
        check(&filter, &encoded(filter.to_v2_query(V2Style::Repeated), &filter)?, V2_REPEATED, &records, EXACT)?;
        // Refused only for a lone value that reads as two terms.
        match filter.to_v2_query(V2Style::Joined) {
            Ok(text) => check(&filter, &text, V2_JOINED, &records, EXACT)?,
            Err(error) => prop_assert!(error.to_string().contains("reads as a second term"), "{}", error),
        }
    }

    #[test]
    fn v1_search(
        terms in vec(prop_oneof![4 => comparison(), 1 => one_of(), 1 => range(), 1 => placed_text()], 1..4),
        all in any::<bool>(),
        records in vec(record(), 4),
    ) {
        let filter = if all { and(terms) } else { or(terms) };
        check(&filter, &encoded(filter.to_v1_search(), &filter)?, V1_SEARCH, &records, EXACT)?;
    }

    #[test]
    fn insights(
        terms in btree_map(field(), vec(scalar(), 1..4), 1..4),
        alternatives in vec(prop_oneof![negated(equality()), negated(one_of())], 1..4),
        all in any::<bool>(),
        records in vec(record(), 4),
    ) {
        let terms = terms.into_iter().map(|(field, values)| is_in(field, values));
        let filter = if all {
            // In its own `or`, a field may stand again.
            and(terms.chain([or(alternatives.into_iter().chain([ne("a", "x"), eq("b", "y")]))]))
        } else {
            or(terms.chain([not(and(alternatives))]))
        };
        check(&filter, &encoded(filter.to_insights(), &filter)?, INSIGHTS, &records, LOWER)?;
    }

    /// What a dialect accepts of any expression at all comes back the same; what it refuses, it refuses with words.
    #[test]
    fn any_expression(filter in expression(), records in vec(record(), 4)) {
        if let Ok(text) = filter.to_v1_query() { check(&filter, &text, V1_QUERY, &records, EXACT)?; }
        if let Ok(text) = filter.to_v2_query(V2Style::Joined) { check(&filter, &text, V2_JOINED, &records, EXACT)?; }
        if let Ok(text) = filter.to_v2_query(V2Style::Repeated) { check(&filter, &text, V2_REPEATED, &records, EXACT)?; }
        if let Ok(json) = filter.to_v1_search() { check(&filter, &json, V1_SEARCH, &records, EXACT)?; }
        if let Ok(json) = filter.to_insights() { check(&filter, &json, INSIGHTS, &records, LOWER)?; }
    }

    #[test]
    fn json(filter in expression()) {
        let json = filter.to_json();
        prop_assert_eq!(Filter::from_json(&json).unwrap(), filter.clone());
        // Also with its keys in another order.
        let sorted: Value = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(Filter::from_json(&sorted.to_string()).unwrap(), filter);
    }

    #[test]
    fn a_term_keeps_its_value(field in field(), operator in prop::sample::select(["eq", "ne", "gt", "ge", "lt", "le"].as_slice()), value in any::<String>()) {
        let text = format!("{field}:{operator}:{value}");
        let filter = Filter::parse(&text).unwrap();
        prop_assert_eq!(filter.to_v2_query(V2Style::Repeated).unwrap(), std::slice::from_ref(&text));
        match filter.to_v1_query() {
            Ok(v1) => prop_assert_eq!(Filter::parse(&v1[0].1).unwrap(), filter),
            Err(error) => prop_assert!(value.contains('*') && error.to_string().contains("a wildcard"), "{}", error),
        }
        // In v1's own spelling nothing stands for another.
        let v1 = format!("{field}:${operator}:{value}").replace("$ge:", "$gte:").replace("$le:", "$lte:");
        prop_assert_eq!(&Filter::parse(&v1).unwrap().to_v1_query().unwrap()[0].1, &v1);
    }

    #[test]
    fn no_text_breaks_a_parser(texts in vec(prop_oneof![any::<String>(), "[a-c:$,|]{0,12}", "a:(eq|in|search|between):.{0,8}"], 0..4)) {
        let _ = Filter::parse_all(&texts);
        for style in [V2Style::Joined, V2Style::Repeated] {
            if let Ok(filter) = Filter::from_v2_query(&texts, style) { let _ = filter.to_v2_query(style); }
        }
        let names = ["filter", "filter[0]", "filter[or][1]", "filter[or"];
        let parameters: Vec<_> = names.into_iter().map(str::to_owned).zip(texts).collect();
        let _ = Filter::from_v1_query(&parameters);
    }

    #[test]
    fn no_json_breaks_a_parser(value in json_value()) {
        let value = value.to_string();
        let _ = Filter::from_json(&value);
        if let Ok(filter) = Filter::from_v1_search(&value) { let _ = filter.to_v1_search(); }
        if let Ok(filter) = Filter::from_insights(&value) { let _ = filter.to_insights(); }
    }
}

/// JSON that is nearly a filter.
fn json_value() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(
        [
            "and", "or", "not", "a", "field", "operator", "value", "values", "$gte", "$lte", "$in", "$regex",
            "$options",
        ]
        .as_slice(),
    );
    let leaf = prop_oneof![
        2 => r"[a:eq$^.\\(?i)]{0,6}".prop_map(Value::from),
        1 => Just(json!("in")),
        1 => Just(json!("(?i)^a\\.b$")),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(key.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn every_number_and_borrowed_text_is_a_value() {
    let os = String::from("Ubuntu");
    let sent = |filter: Filter| filter.to_v1_query().unwrap()[0].1.clone();
    assert_eq!(sent(eq("os", &os)), "os:$eq:Ubuntu");
    assert_eq!(sent(eq("load", 0.5)), "load:$eq:0.5");
    assert_eq!(sent(eq("load", 0.1_f32)), "load:$eq:0.1");
    assert_eq!(sent(eq("uid", 7_u8)), "uid:$eq:7");
    assert_eq!(sent(eq("uid", usize::MAX)), "uid:$eq:18446744073709551615");
    assert_eq!(sent(eq("uid", i128::MIN)), "uid:$eq:-170141183460469231731687303715884105728");
    // JSON has no digits for these.
    for number in [f64::NAN, f64::INFINITY] {
        let parameters = jumpcloud_core::Parameters::new().with("filter", eq("load", number));
        let client = jumpcloud_core::Client::new(jumpcloud_core::Credentials::api_key("k"));
        let error =
            client.prepare("v1.systems.list", &parameters, &jumpcloud_core::Options::default()).unwrap_err();
        assert_eq!((error.parameter(), error.status()), (Some("filter"), None), "{error}");
    }
}
