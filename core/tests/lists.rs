//! What the table says of every list, and the lists whose cursor stands in bodies.
#![cfg(feature = "reply-schemas")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::read_to_string;
use std::path::Path;
use std::time::{Duration, SystemTime};

use jumpcloud_core::operation::{Counts, Method, Operation, Order, Paging, Strategy};
use jumpcloud_core::request::Body;
use jumpcloud_core::schema::{Kind, Schema};
use jumpcloud_core::{Client, Conversation, Credentials, Now, Options, Parameters, Response, Step};
use serde_json::{Value, json};

fn lists() -> impl Iterator<Item = (&'static Operation, &'static Paging)> {
    Operation::all().filter_map(|operation| Some((operation, operation.paging.as_ref()?)))
}

fn by_offset(paging: &Paging) -> bool {
    matches!(paging.strategy, Strategy::Skip | Strategy::BodySkip)
}

fn at(method: Method, path: &str) -> &'static Operation {
    Operation::all().find(|operation| operation.method == method && operation.path == path).unwrap()
}

fn inner<'a>(schema: &'a Schema, name: &str) -> Option<&'a Schema> {
    let Kind::Object(properties) = &schema.resolved().kind else { return None };
    properties.iter().find(|property| property.name == name).map(|property| &property.schema)
}

/// The schema of a list's items.
fn item(operation: &Operation, paging: &Paging) -> Option<Schema> {
    let reply = operation.replies().into_iter().find(|reply| reply.status.starts_with('2'))?;
    let list = match paging.items {
        "" => &reply.schema,
        key => inner(&reply.schema, key)?,
    };
    match &list.resolved().kind {
        Kind::Array(item) => Some((**item).clone()),
        _ => None,
    }
}

/// What a correction says of an operation's identity: the corrections give each a reason.
fn corrected_identity(corrections: &Value, operation: &Operation) -> Option<String> {
    let label = format!("{} {}", operation.method, operation.path);
    let named = |target: &Value| {
        let target = target.as_str().unwrap_or_default();
        target.strip_suffix('*').map_or(target == label, |start| label.starts_with(start))
    };
    let corrections = corrections.as_array().unwrap().iter();
    let mut said = corrections.filter(|correction| match &correction["target"] {
        Value::Array(targets) => targets.iter().any(named),
        target => named(target),
    });
    said.find_map(|correction| {
        assert!(correction["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
        let identity = match correction["at"].as_str()? {
            "/x-jc-paging" => correction["value"].get("identity")?,
            "/x-jc-paging/identity" => &correction["value"],
            _ => return None,
        };
        Some(identity.as_str()?.to_owned())
    })
}

#[test]
fn every_list_by_offset_says_what_tells_its_items_apart_or_why_nothing_does() {
    let file = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("api/corrections.json");
    let corrections: Value = serde_json::from_str(&read_to_string(file).unwrap()).unwrap();
    let mut without = 0;
    for (operation, paging) in lists().filter(|(_, paging)| by_offset(paging)) {
        let name = operation.name;
        if let Some(identity) = corrected_identity(&corrections, operation) {
            assert_eq!(paging.identity, identity, "{name}");
            without += usize::from(identity.is_empty());
            continue;
        }
        assert!(!paging.identity.is_empty(), "{name}");
        let item = item(operation, paging).unwrap_or_else(|| panic!("{name}: what is an item?"));
        let found = paging.identity.split('.').try_fold(&item, |schema, key| inner(schema, key));
        assert!(found.is_some(), "{name}: items have no {}", paging.identity);
    }
    assert!(without > 0);
}

#[test]
fn a_sort_and_a_total_are_believed_only_where_there_is_reason_to() {
    for (operation, paging) in lists() {
        let name = operation.name;
        let sorts = operation.parameter("sort").is_some() || paging.strategy == Strategy::BodySkip;
        assert!(paging.sort.is_empty() || (by_offset(paging) && sorts), "{name}");
        let by_id = !paging.sort.is_empty() && paging.sort == paging.identity;
        assert_eq!(paging.order, if by_id { Order::Id } else { Order::Server }, "{name}");
        match paging.counts {
            Counts::Body => assert!(by_offset(paging) && !paging.total.is_empty(), "{name}"),
            Counts::Header => assert!(by_offset(paging) && paging.items.is_empty(), "{name}"),
            Counts::None => {}
        }
    }
    let counts = |method, path| at(method, path).paging.as_ref().map(|paging| paging.counts);
    assert_eq!(counts(Method::Get, "/api/systemusers"), Some(Counts::Body));
    assert_eq!(counts(Method::Get, "/api/v2/usergroups/{group_id}/members"), Some(Counts::Header));
    assert_eq!(counts(Method::Get, "/api/v2/systeminsights/apps"), Some(Counts::None));
}

#[test]
fn lists_with_their_paging_in_the_body_are_lists() {
    for (path, strategy, items, total) in [
        ("/api/v2/cloudinsights/events", Strategy::SearchAfter, "events", "totalCount"),
        ("/api/v2/authn/policy-evaluations/details", Strategy::BodySkip, "rows", "totalRowCount"),
        ("/api/v2/providers/{provider_id}/directoryinsights/events", Strategy::SearchAfter, "", ""),
    ] {
        let paging = at(Method::Post, path).paging.as_ref().unwrap();
        assert_eq!((paging.strategy, paging.items, paging.total), (strategy, items, total), "{path}");
    }
}

#[test]
fn a_cursor_in_the_reply_goes_into_the_next_body_as_it_came() {
    let operation = at(Method::Post, "/api/v2/cloudinsights/events");
    let client = Client::new(Credentials::api_key("secret"));
    let parameters = Parameters::new().with("body", json!({ "service": "cloudtrail" }));
    let options = Options { page_size: Some(2), ..Options::default() };
    let mut pages = client.pages(operation.name, parameters, options).unwrap();
    let (mut asked, mut given) = (Vec::new(), Vec::new());
    // The largest page is not known: one that is shorter than asked is not the last.
    let mut answers = [
        json!({ "events": [{ "n": 1 }, { "n": 2 }], "searchAfter": { "at": [5.0, "b"] }, "totalCount": 3 }),
        json!({ "events": [{ "n": 3 }], "searchAfter": { "at": [6, "c"] }, "totalCount": 3 }),
        json!({ "events": [], "totalCount": 3 }),
    ]
    .into_iter();
    let now = Now { wall: SystemTime::UNIX_EPOCH, steady: Duration::ZERO };
    loop {
        match pages.step(now).unwrap() {
            Step::Send(ticket, request) => {
                let Body::Bytes(body) = &request.body else { panic!("a body") };
                asked.push(serde_json::from_slice::<Value>(body).unwrap());
                let body = answers.next().unwrap().to_string().into_bytes();
                pages.received(ticket, Response { status: 200, body, ..Response::default() }, now);
            }
            Step::Give(Some(page)) => {
                given.extend(page.reply.items().map(|item| serde_json::from_slice::<Value>(item).unwrap()))
            }
            Step::Give(None) => break,
            step => panic!("{step:?}"),
        }
    }
    assert_eq!(given, [json!({ "n": 1 }), json!({ "n": 2 }), json!({ "n": 3 })]);
    assert_eq!(asked[0], json!({ "service": "cloudtrail", "limit": 2 }));
    assert_eq!(asked[1]["searchAfter"], json!({ "at": [5.0, "b"] }));
    assert_eq!(asked[2]["searchAfter"], json!({ "at": [6, "c"] }));
    assert_eq!(asked.len(), 3);
}

#[test]
fn every_list_of_events_says_where_its_times_are() {
    let at = |schema: &Schema, path: &str| {
        path.split('.').try_fold(schema.clone(), |schema, key| inner(&schema, key).cloned()).is_some()
    };
    for (operation, paging) in lists() {
        let name = operation.name;
        assert_eq!(paging.times.is_some(), paging.strategy == Strategy::SearchAfter, "{name}");
        let Some(times) = paging.times else { continue };
        let body = &operation.body.as_ref().unwrap().schema;
        assert!(at(body, times.since) && at(body, times.until), "{name}: {times:?}");
        assert!(at(&item(operation, paging).unwrap(), times.event), "{name}: {times:?}");
    }
}
