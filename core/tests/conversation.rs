//! Properties of conversations: lists yield every item once and end, retries are bounded.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::operation::{Operation, Strategy as Paging};
use jumpcloud_core::request::Body;
use jumpcloud_core::route::recognise;
use jumpcloud_core::{
    Client, Conversation, Credentials, Error, ErrorKind, Failure, Now, Options, Parameters, Request,
    Response, Step,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const START: Now = Now { wall: UNIX_EPOCH, steady: Duration::ZERO };

/// A server that has `length` items and cuts pages as it likes.
struct Server {
    length: u64,
    /// At most so many items a page.
    page_size: u64,
    body_total: bool,
    header_total: bool,
    requests: usize,
}

impl Server {
    fn answer(&mut self, operation: &Operation, request: &Request) -> Response {
        let headers: Vec<(String, String)> =
            request.headers.iter().map(|(n, v)| (n.to_string(), v.clone())).collect();
        let body: &[u8] = if let Body::Bytes(bytes) = &request.body { bytes } else { &[] };
        let found = recognise(request.method.as_str(), request.target(), &headers, body).unwrap();
        assert_eq!(found.operation.name, operation.name);
        let paging = operation.paging.as_ref().unwrap();
        let given: Value = serde_json::from_str(&found.parameters.to_json()).unwrap();
        let in_body = matches!(paging.strategy, Paging::BodySkip | Paging::SearchAfter);
        let given = if in_body { &given["body"] } else { &given };
        let number = |key: &str| given[key].as_u64().or_else(|| given[key].as_str()?.parse().ok());
        let start = match paging.strategy {
            Paging::SearchAfter => given["search_after"][0].as_u64().or_else(|| number("skip")),
            _ => number(paging.position),
        };
        let start = start.unwrap_or(0).min(self.length);
        let asked = number(paging.size).unwrap_or(10);
        self.requests += 1;
        let end = (start + asked.min(self.page_size)).min(self.length);
        let items: Vec<Value> = (start..end).map(|n| item(paging.identity, n)).collect();
        let mut headers = Vec::new();
        if self.header_total {
            headers.push(("X-Total-Count".to_owned(), self.length.to_string()));
        }
        if paging.strategy == Paging::SearchAfter {
            headers.push(("X-Search_after".to_owned(), json!([end, "x"]).to_string()));
        }
        let mut page = json!(items);
        if !paging.items.is_empty() {
            page = json!({ paging.items: items });
            if self.body_total && !paging.total.is_empty() {
                page[paging.total] = json!(self.length);
            }
            if !paging.cursor.is_empty() && end < self.length {
                page[paging.cursor] = json!(end.to_string());
            }
        }
        Response { status: 200, headers, body: page.to_string().into_bytes() }
    }
}

/// The nth item of a list, told apart by this field.
fn item(identity: &str, n: u64) -> Value {
    let id = json!(format!("{n:024x}"));
    identity.rsplit('.').filter(|key| !key.is_empty()).fold(id, |inner, key| json!({ key: inner }))
}

/// Which item it is.
fn place(identity: &str, item: &Value) -> u64 {
    let keys = identity.split('.').filter(|key| !key.is_empty());
    let id = keys.fold(item, |inner, key| &inner[key]);
    u64::from_str_radix(id.as_str().unwrap(), 16).unwrap()
}

/// Walks a list; `order` picks which of the requests in flight is answered next.
fn walk(
    name: &str,
    server: &mut Server,
    options: Options,
    order: &[usize],
) -> Result<(Vec<u64>, usize), Error> {
    let operation = Operation::find(name)?;
    let client = Client::new(Credentials::api_key("k"));
    let mut parameters = Parameters::new();
    for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
        parameters = parameters.with(parameter.name, "x");
    }
    if operation.body.as_ref().is_some_and(|body| body.required) {
        parameters =
            parameters.with("body", json!({"service": ["all"], "start_time": "2026-01-01T00:00:00Z"}));
    }
    let concurrency = options.concurrency;
    let mut pages = client.pages(name, parameters, options)?;
    let (mut items, mut in_flight, mut steps) = (Vec::new(), Vec::new(), 0);
    loop {
        steps += 1;
        assert!(steps < 20_000, "the list does not end");
        match pages.step(START)? {
            Step::Send(ticket, request) => {
                in_flight.push((ticket, request));
                assert!(in_flight.len() <= concurrency);
            }
            Step::Receive => {
                let index = order[steps % order.len()] % in_flight.len();
                let (ticket, request) = in_flight.remove(index);
                let response = server.answer(operation, &request);
                pages.received(ticket, response, START);
            }
            Step::Give(Some(page)) => {
                assert_eq!(page.offset, items.len() as u64);
                assert!(page.reply.items().len() > 0, "an empty page is handed out");
                for item in page.reply.items() {
                    let identity = operation.paging.as_ref().unwrap().identity;
                    items.push(place(identity, &serde_json::from_slice(item).unwrap()));
                }
            }
            Step::Give(None) => return Ok((items, server.requests)),
            step => panic!("unexpected {step:?}"),
        }
    }
}

/// Lists of each kind whose items have ids, so that a server may cut pages as it likes.
const ANY_PAGE_SIZE: [&str; 7] = [
    "v1.systemUsers.list",
    "v1.systemUsers.search",
    "v2.notifications.channels.list",
    "v2.gsuites.importableUsers.list",
    "v2.gsuites.domains.list",
    "v2.userGroups.list",
    "v2.userGroups.members.list",
];

/// Lists where a short page is the last: the operation's largest page, or its stop rule, is stated.
const FULL_PAGES: [&str; 3] = ["v2.userGroups.list", "v2.systemInsights.apps.list", "insights.events.query"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_item_comes_once_whatever_the_server_makes_of_pages(
        name in prop::sample::select(&ANY_PAGE_SIZE[..]),
        length in 0u64..700,
        page_size in 2u64..150,
        (body_total, header_total) in any::<(bool, bool)>(),
        concurrency in 1usize..7,
        order in prop::collection::vec(0usize..8, 1..20),
    ) {
        let mut server = Server { length, page_size, body_total, header_total, requests: 0 };
        let options = Options { concurrency, ..Options::default() };
        let (items, _) = walk(name, &mut server, options, &order).unwrap();
        prop_assert_eq!(items, (0..length).collect::<Vec<_>>());
    }

    #[test]
    fn full_pages_come_once_with_few_requests_to_spare(
        name in prop::sample::select(&FULL_PAGES[..]),
        length in 0u64..1000,
        header_total in any::<bool>(),
        concurrency in 1usize..7,
        order in prop::collection::vec(0usize..8, 1..20),
    ) {
        let mut server = Server { length, page_size: u64::MAX, body_total: false, header_total, requests: 0 };
        let options = Options { concurrency, ..Options::default() };
        let (items, requests) = walk(name, &mut server, options, &order).unwrap();
        prop_assert_eq!(items, (0..length).collect::<Vec<_>>());
        let maximum = Operation::find(name).unwrap().paging.as_ref().unwrap().maximum;
        // Pages overlap by an item.
        let needed = length.div_ceil(maximum - 1) + 1;
        prop_assert!(requests as u64 <= needed + concurrency as u64, "{} requests for {} pages", requests, needed);
    }

    #[test]
    fn a_limit_cuts_the_list_exactly(
        name in prop::sample::select(&ANY_PAGE_SIZE[..]),
        length in 0u64..300,
        limit in 0u64..350,
        page_size in 2u64..150,
        concurrency in 1usize..5,
        order in prop::collection::vec(0usize..8, 1..20),
    ) {
        let mut server = Server { length, page_size, body_total: true, header_total: false, requests: 0 };
        let options = Options { concurrency, limit: Some(limit), ..Options::default() };
        let (items, _) = walk(name, &mut server, options, &order).unwrap();
        prop_assert_eq!(items, (0..length.min(limit)).collect::<Vec<_>>());
    }

    #[test]
    fn retries_are_bounded_and_waits_are_too(
        name in prop::sample::select(&["v1.systemUsers.list", "v1.systemUsers.unlock", "v2.userGroups.create"][..]),
        attempts in 1u32..8,
        seed in any::<u64>(),
        troubles in prop::collection::vec(0u16..9, 1..12),
    ) {
        let operation = Operation::find(name).unwrap();
        let client = Client::new(Credentials::api_key("k"));
        let mut parameters = Parameters::new();
        for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
            parameters = parameters.with(parameter.name, "x");
        }
        if operation.body.is_some() && !operation.idempotent {
            parameters = parameters.with("body", json!({"name": "n"}));
        }
        let mut call = client.call(name, parameters, Options { attempts, seed, ..Options::default() }).unwrap();
        let (mut now, mut sent, mut first) = (START, 0u32, None);
        let error = loop {
            match call.step(now) {
                Ok(Step::Send(ticket, request)) => {
                    prop_assert_eq!(first.get_or_insert_with(|| request.clone()), &request);
                    let trouble = troubles[sent as usize % troubles.len()];
                    sent += 1;
                    match trouble {
                        0 => call.failed(ticket, Failure::NotSent("refused".into()), now),
                        1 => call.failed(ticket, Failure::NoAnswer("reset".into()), now),
                        2..=4 => call.received(ticket, Response { status: 429, ..Response::default() }, now),
                        status => call.received(ticket, Response { status: 498 + status, ..Response::default() }, now),
                    }
                }
                Ok(Step::Wait(time)) => {
                    prop_assert!(time <= Duration::from_secs(30));
                    now.steady += time;
                }
                Ok(step) => panic!("unexpected {step:?}"),
                Err(error) => break error,
            }
        };
        prop_assert!(sent <= attempts, "{} tries", sent);
        prop_assert!(matches!(error.kind(), ErrorKind::Transport | ErrorKind::RateLimited | ErrorKind::Server));
        if !operation.idempotent && troubles[0] == 1 {
            prop_assert_eq!(sent, 1);
        }
    }
}

/// Answers every request alike, for ever: `response` is told which it is, and the page size.
fn endless(
    name: &str,
    response: impl Fn(usize, usize) -> Response,
    options: Options,
) -> (usize, Result<(), Error>) {
    let client = Client::new(Credentials::api_key("k"));
    let mut parameters = Parameters::new();
    let operation = Operation::find(name).unwrap();
    for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
        parameters = parameters.with(parameter.name, "x");
    }
    let mut pages = client.pages(name, parameters, options).unwrap();
    let mut sent = 0;
    loop {
        match pages.step(START) {
            Ok(Step::Send(ticket, request)) => {
                sent += 1;
                let url = url::Url::parse(&request.url).unwrap();
                let limit = url.query_pairs().find(|(name, _)| name == "limit");
                let limit = limit.map_or(100, |(_, limit)| limit.parse().unwrap());
                pages.received(ticket, response(sent, limit), START);
            }
            Ok(Step::Give(None)) => return (sent, Ok(())),
            Ok(_) => {}
            Err(error) => return (sent, Err(error)),
        }
        assert!(sent < 1000, "the list does not end");
    }
}

#[test]
fn endless_servers_come_to_an_end() {
    let reply = |body: Value| Response { status: 200, headers: vec![], body: body.to_string().into_bytes() };
    let page = |n: usize| -> Vec<Value> { (0..100).map(|i| json!({"id": n * 99 + i})).collect() };
    let options = || Options { max_pages: 50, ..Options::default() };
    let incomplete = |ended: Result<(), Error>, why: &str| {
        let error = ended.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Incomplete);
        assert!(error.to_string().contains(why), "{error}");
    };

    let (_, same) = endless("v2.userGroups.list", |_, limit| reply(json!(page(1)[..limit])), options());
    incomplete(same, "the same page again");

    let (_, new) = endless("v2.userGroups.list", |n, _| reply(json!(page(n))), options());
    incomplete(new, "did not end after 50 pages");

    let token = |n: usize, _| reply(json!({"users": page(n), "nextPageToken": "again"}));
    let (_, repeated) = endless("v2.gsuites.importableUsers.list", token, options());
    incomplete(repeated, "the same cursor again");

    let empty = |n: usize, _| reply(json!({"users": [], "nextPageToken": n.to_string()}));
    let (sent, ended) = endless("v2.gsuites.importableUsers.list", empty, options());
    assert!(sent < 40, "{sent} requests");
    incomplete(ended, "one page after the other without anything new");

    // A service that takes no notice of paging sends everything, again and again.
    let everything: Vec<Value> = (0..250).map(|n| json!({"id": n})).collect();
    let options = Options { concurrency: 1, ..options() };
    let (sent, ended) = endless("v2.userGroups.list", |_, _| reply(json!(everything)), options);
    assert!(ended.is_ok() && sent == 2, "{sent} requests, {ended:?}");
}

#[test]
fn numbers_at_their_limits_do_not_overflow() {
    let client = Client::new(Credentials::api_key("k"));
    let parameters = Parameters::new().with("skip", u64::MAX - 1);
    let options = Options {
        limit: Some(u64::MAX),
        page_size: Some(100),
        concurrency: usize::MAX,
        ..Options::default()
    };
    let mut pages = client.pages("v1.systemUsers.list", parameters, options).unwrap();
    let Step::Send(ticket, _) = pages.step(START).unwrap() else { panic!("a request") };
    let body = json!({"totalCount": u64::MAX, "results": [{"_id": "a"}, {"_id": "b"}]}).to_string();
    pages.received(ticket, Response { status: 200, headers: vec![], body: body.into_bytes() }, START);
    assert!(matches!(pages.step(START).unwrap(), Step::Give(Some(_))));
    assert!(matches!(pages.step(START).unwrap(), Step::Give(None)));
}

#[test]
fn pages_of_one_item_are_a_list_too() {
    for name in ANY_PAGE_SIZE {
        for (total, cap) in [(true, 100), (false, 100), (true, 1)] {
            for concurrency in [1, 4] {
                for length in [0, 1, 2, 7] {
                    let mut server = Server {
                        length,
                        page_size: cap,
                        body_total: total,
                        header_total: total,
                        requests: 0,
                    };
                    let options = Options { page_size: Some(1), concurrency, ..Options::default() };
                    let (items, _) = walk(name, &mut server, options, &[0, 1, 2]).unwrap();
                    assert_eq!(
                        items.len() as u64,
                        length,
                        "{name}, total {total}, cap {cap}, {concurrency} in flight"
                    );
                }
            }
        }
    }
}
