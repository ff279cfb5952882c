//! The organization header, over all operations.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;

use jumpcloud_core::operation::{Accepts, Operation, Organization};
use std::time::{Duration, SystemTime};

use jumpcloud_core::request::Body;
use jumpcloud_core::{
    Client, Conversation, Credentials, Now, Options, Pages, Parameters, Position, Request, Response, Step,
};
use serde_json::{Value, json};

/// What JumpCloud's own PowerShell SDK takes `x-org-id` off: each path that starts so (Module.cs, 2026-03).
const REFUSED: [&str; 7] = [
    "/api/search/organizations",
    "/api/organizations",
    "/api/users",
    "/api/v2/organizations",
    "/api/v2/administrators",
    "/api/v2/providers",
    "/api/v2/integrations/",
];

#[test]
fn every_operation_takes_an_organization_but_those_that_refuse_it() {
    for operation in Operation::all() {
        let refuses = REFUSED.iter().any(|start| operation.path.starts_with(start));
        let keyless = matches!(operation.accepts, Accepts::ClientSecret | Accepts::Nothing);
        let expected = match operation.organization {
            Organization::Refused => refuses || keyless,
            Organization::Several => operation.name.starts_with("insights."),
            Organization::Optional | Organization::Required => {
                !refuses && !keyless && !operation.name.starts_with("insights.")
            }
        };
        assert!(expected, "{} {}: {:?}", operation.method, operation.path, operation.organization);
    }
    for start in REFUSED {
        assert!(
            Operation::all().any(|operation| operation.path.starts_with(start)),
            "{start}: nothing has it"
        );
    }
}

#[test]
fn a_client_sends_its_organization_wherever_it_is_taken() {
    let organization = "5f1b8a2b8f1d2a0012345678";
    let key = Client::new(Credentials::api_key("secret")).organization(organization);
    let account = Client::new(Credentials::service_account("id", "secret")).organization(organization);
    for operation in Operation::all() {
        let client = if operation.accepts == Accepts::ClientSecret { &account } else { &key };
        let parameters = Parameters::from_json(&generate::parameters(operation, false).to_string()).unwrap();
        let request = client.prepare(operation.name, &parameters, &Options::default());
        let request = request.unwrap_or_else(|error| panic!("{}: {error}", operation.name));
        let sent: Vec<&str> = request
            .headers
            .iter()
            .filter(|(name, _)| name == "x-org-id")
            .map(|(_, id)| id.as_str())
            .collect();
        let expected: &[&str] =
            if operation.organization == Organization::Refused { &[] } else { &[organization] };
        assert_eq!(sent, expected, "{}", operation.name);
    }
    // It is described, and no caller can pass it beside the client's own.
    let described: Value =
        serde_json::from_str(&Operation::find("v1.systemUsers.list").unwrap().describe()).unwrap();
    assert_eq!(described["organization"], "optional");
    assert!(described["parameters"]["properties"].get("x-org-id").is_none());
}

/// Events of each organization; a page has at most two.
const EVENTS: [(&str, usize); 4] = [("a1", 3), ("b2", 0), ("c3", 5), ("d4", 1)];

fn joining() -> Client {
    Client::new(Credentials::api_key("secret")).joins_headers()
}

fn day() -> Parameters {
    let body =
        json!({"service": ["all"], "start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-02T00:00:00Z"});
    Parameters::new().with("body", body)
}

fn over(organizations: &[&str], from: Option<Position>) -> Options {
    let organizations = organizations.iter().map(|id| (*id).to_owned()).collect();
    Options { organizations, from, page_size: Some(2), ..Options::default() }
}

/// The server's answer: to the one organization that is named.
fn answer(request: &Request) -> Response {
    let named: Vec<&str> =
        request.headers.iter().filter(|(name, _)| name == "x-org-id").map(|(_, id)| id.as_str()).collect();
    let [organization] = named[..] else { panic!("{named:?}") };
    let (_, count) = EVENTS.iter().find(|(id, _)| *id == organization).unwrap();
    let Body::Bytes(body) = &request.body else { panic!("a query has a body") };
    let body: Value = serde_json::from_slice(body).unwrap();
    let behind =
        body["search_after"][1].as_str().map_or(0, |id| id[id.len() - 2..].parse::<usize>().unwrap() + 1);
    let late = body["start_time"].as_str().unwrap() > "2026-01-01T10:00:00Z";
    let events: Vec<Value> = (behind..if late { 0 } else { *count })
        .take(2)
        .map(|n| json!({"id": format!("{organization}-{n:02}"), "timestamp": "2026-01-01T10:00:00Z"}))
        .collect();
    let mut headers = vec![
        ("x-limit".to_owned(), "2".to_owned()),
        ("x-result-count".to_owned(), events.len().to_string()),
        ("date".to_owned(), "Thu, 01 Oct 2026 00:00:00 GMT".to_owned()),
    ];
    if let Some(last) = events.last() {
        headers.push(("x-search_after".to_owned(), json!(["2026-01-01T10:00:00Z", last["id"]]).to_string()));
    }
    Response { status: 200, headers, body: Value::from(events).to_string().into_bytes() }
}

/// The ids of the next page that is handed out; nothing at the end.
fn page(pages: &mut Pages) -> Option<Vec<String>> {
    let now =
        Now { wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000), steady: Duration::ZERO };
    loop {
        match pages.step(now).unwrap() {
            Step::Send(ticket, request) => pages.received(ticket, answer(&request), now),
            Step::Give(page) => {
                let id = |item: &[u8]| {
                    serde_json::from_slice::<Value>(item).unwrap()["id"].as_str().unwrap().to_owned()
                };
                return page.map(|page| page.reply.items().map(id).collect());
            }
            other => panic!("{other:?}"),
        }
    }
}

fn rest(pages: &mut Pages) -> Vec<String> {
    std::iter::from_fn(|| page(pages)).flatten().collect()
}

#[test]
fn where_header_lines_are_joined_a_list_goes_through_the_organizations_in_turn() {
    let all: Vec<&str> = EVENTS.iter().map(|(id, _)| *id).collect();
    let expected: Vec<String> =
        EVENTS.iter().flat_map(|(id, count)| (0..*count).map(move |n| format!("{id}-{n:02}"))).collect();
    let list = |from| joining().pages("insights.events.query", day(), over(&all, from)).unwrap();
    assert_eq!(rest(&mut list(None)), expected);

    // Left anywhere, also in the middle of a page and before the next one is asked for, it goes on there.
    let mut pages = list(None);
    let mut taken = Vec::new();
    let begun = pages.position();
    assert_eq!(rest(&mut list(Some(begun))), expected);
    while let Some(ids) = page(&mut pages) {
        for count in 0..=ids.len() {
            let position: Position = pages.position_after(count).to_string().parse().unwrap();
            let mut again = taken.clone();
            again.extend_from_slice(&ids[..count]);
            again.extend(rest(&mut list(Some(position))));
            assert_eq!(again, expected, "after {} and {count}", taken.len());
        }
        taken.extend(ids);
    }
    assert_eq!(taken, expected);
    // What a list began at is what it leaves when nothing is new.
    let end = pages.position();
    assert_eq!(rest(&mut list(Some(end.clone()))), Vec::<String>::new());

    let wanted = Options { limit: Some(4), ..over(&all, None) };
    let mut few = joining().pages("insights.events.query", day(), wanted).unwrap();
    assert_eq!(rest(&mut few), expected[..4]);
    let twice =
        joining().pages("insights.events.query", day(), over(&["a1", "A1", "a1", "d4"], None)).unwrap();
    assert_eq!(rest(&mut { twice }).len(), 4, "an organization that is given twice is read once");

    for (organizations, from, says) in [
        (&["a1", "d4"][..], Some(end.clone()), "a list over other organizations"),
        (&["a1"], Some(end.clone()), "from: expected a position as a list gives it"),
        (
            &all[..],
            Some(list(None).position()).map(|_| one("a1")),
            "a position as a list over these organizations",
        ),
        (&["a1", "b 2"], None, "one id of letters and digits"),
    ] {
        let refused = joining().pages("insights.events.query", day(), over(organizations, from)).unwrap_err();
        assert!(refused.message().contains(says), "{refused}");
    }
}

/// The position of a list over one organization.
fn one(organization: &str) -> Position {
    joining().pages("insights.events.query", day(), over(&[organization], None)).unwrap().position()
}

/// The page of one organization is in hand while the list of the next is asked for already.
#[test]
fn a_page_in_hand_is_of_the_organization_before() {
    let now =
        Now { wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000), steady: Duration::ZERO };
    let all: Vec<&str> = EVENTS.iter().map(|(id, _)| *id).collect();
    let list = |from| joining().pages("insights.events.query", day(), over(&all, from)).unwrap();
    let mut pages = list(None);
    page(&mut pages);
    page(&mut pages);
    // Until the request to the last organization but one goes out.
    let mut sent = 0;
    while sent < 2 {
        let Step::Send(ticket, request) = pages.step(now).unwrap() else { panic!() };
        if request.header("x-org-id") == Some("c3") {
            sent = 2;
        } else {
            pages.received(ticket, answer(&request), now);
        }
    }
    assert_eq!(rest(&mut list(Some(pages.position_after(0))))[0], "a1-02");
    assert_eq!(rest(&mut list(Some(pages.position_after(1))))[0], "c3-00");
}

#[test]
fn where_header_lines_are_joined_a_single_call_over_several_organizations_is_refused() {
    let mut several = 0;
    for operation in Operation::all().filter(|operation| operation.organization == Organization::Several) {
        let parameters = Parameters::from_json(&generate::parameters(operation, false).to_string()).unwrap();
        let prepared = |client: Client, organizations: &[&str]| {
            client.prepare(
                operation.name,
                &parameters,
                &Options { page_size: None, ..over(organizations, None) },
            )
        };
        let refused = prepared(joining(), &["a1", "d4"]).unwrap_err();
        assert!(refused.message().contains("call it once for each"), "{refused}");
        assert_eq!(refused.operation(), Some(operation.name));
        assert!(prepared(joining(), &["a1"]).is_ok(), "{}", operation.name);
        let request = prepared(Client::new(Credentials::api_key("secret")), &["a1", "d4"]).unwrap();
        let lines = request.headers.iter().filter(|(name, _)| name == "x-org-id").count();
        assert_eq!(lines, 2, "{}", operation.name);
        several += 1;
    }
    assert!(several > 3);
}

/// Whoever polls loses nothing of any organization and gets nothing twice, whichever had events so far, wherever they are
/// stopped, and though each poll asks from a later time on, as the README's does.
#[test]
fn who_polls_several_organizations_loses_nothing() {
    const MINUTE: u64 = 60;
    let begun = 1_790_000_000;
    let time = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(begun + seconds);
    let text = |seconds: u64| rfc3339(begun + seconds);
    // When each organization's events happen: some have none at first, some none at all.
    let events = |organization: &str, until: u64| -> Vec<(u64, String)> {
        let (first, every) = match organization {
            "a1" => (5, 7),
            "b2" => (130, 11),
            "c3" => (10_000, 1),
            _ => (90, 13),
        };
        let times = (first..until / MINUTE).step_by(every);
        times.map(|minute| (minute * MINUTE, format!("{organization}-{minute}"))).collect()
    };
    let orders = [["a1", "b2", "c3", "d4"], ["c3", "a1", "d4", "b2"], ["b2", "d4", "a1", "c3"]];
    for (order, stop) in orders.iter().flat_map(|order| [0, 1, 2, 3, 5].map(|stop| (order, stop))) {
        let mut position: Option<Position> = Some(Position::start());
        let mut got: Vec<String> = Vec::new();
        // Down for two hours in the middle.
        let polls = (0..12).chain([24]).map(|poll| poll * 10 * MINUTE).chain([300 * MINUTE, 330 * MINUTE]);
        for (poll, now) in polls.enumerate() {
            let clock = Now { wall: time(now), steady: Duration::ZERO };
            let body = json!({"service": ["all"], "start_time": text(now.saturating_sub(60 * MINUTE))});
            let options = Options { page_size: Some(2), ..over(order, position.take()) };
            let parameters = Parameters::new().with("body", body);
            let mut pages = joining().pages("insights.events.query", parameters, options).unwrap();
            let mut left = if poll < 13 && poll % 2 == 1 && stop > 0 { stop } else { usize::MAX };
            let mut taken = usize::MAX;
            loop {
                match pages.step(clock).unwrap() {
                    Step::Send(ticket, request) => {
                        pages.received(ticket, poll_answer(&request, &events, now, begun), clock);
                    }
                    Step::Give(None) => break,
                    Step::Give(Some(page)) => {
                        let ids: Vec<String> = page.reply.items().map(id).collect();
                        taken = ids.len().min(left);
                        got.extend_from_slice(&ids[..taken]);
                        left -= taken;
                        if left == 0 {
                            break;
                        }
                    }
                    other => panic!("{other:?}"),
                }
            }
            position = Some(pages.position_after(taken).to_string().parse().unwrap());
        }
        let happened: Vec<String> =
            order.iter().flat_map(|id| events(id, 327 * MINUTE)).map(|(_, id)| id).collect();
        let lost: Vec<&String> = happened.iter().filter(|id| !got.contains(id)).collect();
        assert!(lost.is_empty(), "{order:?}, stopped after {stop}: lost {lost:?}");
        let mut once = got.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), got.len(), "{order:?}, stopped after {stop}: twice");
    }
}

fn id(item: &[u8]) -> String {
    serde_json::from_slice::<Value>(item).unwrap()["id"].as_str().unwrap().to_owned()
}

fn rfc3339(seconds: u64) -> String {
    let date = httpdate::HttpDate::from(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).to_string();
    let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = month.iter().position(|name| *name == &date[8..11]).unwrap() + 1;
    format!("{}-{month:02}-{}T{}Z", &date[12..16], &date[5..7], &date[17..25])
}

/// When each event of an organization happened, up to a time, and its id.
type Happened = dyn Fn(&str, u64) -> Vec<(u64, String)>;

/// Events between the bounds that are asked for, oldest first, by a server that obeys them.
fn poll_answer(request: &Request, events: &Happened, now: u64, begun: u64) -> Response {
    let organization = request.header("x-org-id").unwrap();
    let Body::Bytes(body) = &request.body else { panic!("a query has a body") };
    let body: Value = serde_json::from_slice(body).unwrap();
    let (start, end) = (body["start_time"].as_str().unwrap(), body["end_time"].as_str().unwrap_or("9999"));
    let behind = body["search_after"][0].as_u64();
    let page: Vec<(u64, String)> = events(organization, now)
        .into_iter()
        .filter(|(time, _)| {
            let text = rfc3339(begun + time);
            text.as_str() >= start && text.as_str() <= end && behind.is_none_or(|behind| *time > behind)
        })
        .take(2)
        .collect();
    let items: Vec<Value> =
        page.iter().map(|(time, id)| json!({"id": id, "timestamp": rfc3339(begun + time)})).collect();
    let date = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(begun + now));
    let mut headers = vec![
        ("x-limit".to_owned(), "2".to_owned()),
        ("x-result-count".to_owned(), items.len().to_string()),
        ("date".to_owned(), date),
    ];
    if let Some((time, id)) = page.last() {
        headers.push(("x-search_after".to_owned(), json!([time, id]).to_string()));
    }
    Response { status: 200, headers, body: Value::from(items).to_string().into_bytes() }
}

#[test]
fn an_organization_that_is_given_twice_counts_once() {
    let twice = over(&["a1", "a1"], None);
    let request =
        joining().prepare("insights.events.count", &day(), &Options { page_size: None, ..twice }).unwrap();
    assert_eq!(request.headers.iter().filter(|(name, _)| name == "x-org-id").count(), 1);
}

#[test]
fn max_pages_is_of_all_organizations_together() {
    let all: Vec<&str> = EVENTS.iter().map(|(id, _)| *id).collect();
    for (most, whole) in [(20, true), (3, false), (2, false), (1, false)] {
        let options = Options { max_pages: most, ..over(&all, None) };
        let mut pages = joining().pages("insights.events.query", day(), options).unwrap();
        let now =
            Now { wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000), steady: Duration::ZERO };
        let mut sent = 0;
        let ended = loop {
            match pages.step(now) {
                Ok(Step::Send(ticket, request)) => {
                    sent += 1;
                    pages.received(ticket, answer(&request), now);
                }
                Ok(Step::Give(Some(_))) => {}
                Ok(Step::Give(None)) => break Ok(()),
                Ok(other) => panic!("{other:?}"),
                Err(error) => break Err(error),
            }
        };
        assert!(sent <= most, "{sent} of {most}");
        match ended {
            Ok(()) => assert!(whole),
            Err(error) => {
                assert!(!whole && error.kind() == jumpcloud_core::ErrorKind::Incomplete, "{error}");
                assert!(error.message().contains(&format!("after {most} pages (maxPages)")), "{error}");
            }
        }
    }
}
