//! Whatever is answered, in whatever order, with clocks that jump: a conversation sends a bounded number of requests, waits a
//! bounded time, and ends.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod given;

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use given::{ID, parameters};
use jumpcloud_core::conversation::{AnyConversation, Credential, Given, alike};
use jumpcloud_core::{
    Client, Credentials, Failure, Now, Options, Parameters, Response, Step, Ticket, playbooks,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Value, json};

const ATTEMPTS: u32 = 3;
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const MOST_PAGES: u64 = 30;
/// A try, its token, and what a token's renewal may be tried.
const REQUESTS_A_CALL: u64 = (ATTEMPTS + 1) as u64 + 2 * ATTEMPTS as u64;

/// What a server, a network or a host may do with a request.
#[derive(Clone, Debug)]
enum Happens {
    Answer(u16, Vec<(&'static str, &'static str)>, String),
    NotSent,
    NoAnswer,
    Refused,
    TooLarge,
    /// The answer to another request, or to none.
    Stray,
    /// The same answer twice.
    Twice,
}

fn happens() -> impl Strategy<Value = Happens> {
    let bodies = prop_oneof![
        Just(String::new()),
        Just("OK".to_owned()),
        Just("<html>".to_owned()),
        Just("{".to_owned()),
        Just("null".to_owned()),
        Just(json!({ "_id": ID, "id": ID, "state": "ACTIVATED" }).to_string()),
        Just(json!({ "access_token": "t", "expires_in": 1 }).to_string()),
        Just(json!({ "access_token": "t", "expires_in": 0 }).to_string()),
        Just(json!({ "access_token": "t", "expires_in": 3600 }).to_string()),
        (0u64..5, 0u64..40, any::<bool>()).prop_map(|(first, total, body)| {
            let items: Vec<Value> = (first..first + 3).map(|n| json!({ "_id": n, "id": n })).collect();
            match body {
                true => json!({ "results": items, "totalCount": total, "nextPageToken": first }).to_string(),
                false => json!(items).to_string(),
            }
        }),
        Just(json!({ "results": [], "totalCount": 100 }).to_string()),
        Just("[]".to_owned()),
    ];
    let headers = prop_oneof![
        4 => Just(vec![]),
        1 => Just(vec![("Retry-After", "0")]),
        1 => Just(vec![("Retry-After", "59")]),
        1 => Just(vec![("Retry-After", "86400")]),
        1 => Just(vec![("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT")]),
        1 => Just(vec![("X-Search_after", "[1]"), ("X-Limit", "3")]),
        1 => Just(vec![("X-Total-Count", "1000000000000")]),
    ];
    let status = prop_oneof![6 => Just(200u16), 1 => Just(204), 1 => Just(301), 2 => Just(401), 1 => Just(404), 2 => Just(429), 2 => Just(503)];
    prop_oneof![
        12 => (status, headers, bodies).prop_map(|(status, headers, body)| Happens::Answer(status, headers, body)),
        1 => Just(Happens::NotSent),
        1 => Just(Happens::NoAnswer),
        1 => Just(Happens::Refused),
        1 => Just(Happens::TooLarge),
        1 => Just(Happens::Stray),
        1 => Just(Happens::Twice),
    ]
}

/// What came of driving one.
#[derive(Debug, Default)]
struct Run {
    requests: u64,
    waited: Duration,
    steps: u64,
    ended: bool,
}

fn drive(
    mut conversation: AnyConversation,
    happens: &[Happens],
    jumps: &[i32],
    order: usize,
    met: &mut BTreeMap<String, u32>,
) -> Run {
    let begun = UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    let mut now = Now { wall: begun, steady: Duration::ZERO };
    let (mut run, mut in_flight) = (Run::default(), Vec::new());
    let mut event = 0;
    while run.steps < 100_000 {
        run.steps += 1;
        let jump = jumps[run.steps as usize % jumps.len()];
        let seconds = Duration::from_secs(jump.unsigned_abs().into());
        now.wall = if jump < 0 { begun - seconds } else { begun + seconds };
        let state = match conversation.step(now) {
            Err(_) | Ok(Step::Give(Given::Reply(_) | Given::End | Given::Outcome(_))) => {
                run.ended = true;
                return run;
            }
            Ok(Step::Give(Given::Page(_))) => continue,
            Ok(Step::Send(ticket, _)) => {
                run.requests += 1;
                in_flight.push(ticket);
                continue;
            }
            Ok(Step::Sign(_)) => {
                conversation.signed(if jump % 3 == 0 { Err("no".into()) } else { Ok(vec![1; 256]) });
                *met.entry("sign".into()).or_default() += 1;
                continue;
            }
            Ok(Step::Identify) => {
                conversation.identified(credential(jump), now);
                *met.entry("identify".into()).or_default() += 1;
                continue;
            }
            Ok(Step::Wait(time) | Step::Hold(time)) if in_flight.is_empty() => {
                run.waited += time;
                now.steady += time;
                continue;
            }
            Ok(Step::Wait(_)) => "wait",
            Ok(Step::Hold(_)) => "hold",
            Ok(Step::Receive) => "receive",
        };
        assert!(!in_flight.is_empty(), "it waits for an answer to nothing");
        let ticket = in_flight.swap_remove(order % in_flight.len());
        let happened = &happens[event % happens.len()];
        event += 1;
        let name = format!("{happened:?}");
        *met.entry(format!("{state} {}", name.split(['(', ' ']).next().unwrap())).or_default() += 1;
        let response = |status, headers: &[(&str, &str)], body: &str| Response {
            status,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
        };
        match happened {
            Happens::Answer(status, headers, body) => {
                conversation.received(ticket, response(*status, headers, body), now);
            }
            Happens::NotSent => conversation.failed(ticket, Failure::NotSent("no route".into()), now),
            Happens::NoAnswer => conversation.failed(ticket, Failure::NoAnswer("reset".into()), now),
            Happens::Refused => conversation.failed(ticket, Failure::Refused("never".into()), now),
            Happens::TooLarge => conversation.failed(ticket, Failure::TooLarge, now),
            Happens::Stray => {
                conversation.received(Ticket(ticket.0 ^ 0xffff_0000), response(200, &[], "[]"), now);
                conversation.failed(ticket, Failure::NoAnswer("lost".into()), now);
            }
            Happens::Twice => {
                conversation.received(ticket, response(503, &[], ""), now);
                conversation.received(ticket, response(200, &[], "{}"), now);
            }
        }
    }
    run
}

fn clients() -> Vec<Client> {
    vec![
        Client::new(Credentials::api_key("k")),
        Client::new(Credentials::service_account("id", "secret")),
        Client::new(Credentials::system_context(ID)),
        Client::new(Credentials::Function),
    ]
}

/// What a function says: a key, a service account, that it does not know; for a time, or for this call only.
fn credential(jump: i32) -> jumpcloud_core::Result<Credential> {
    let credential = match jump.rem_euclid(4) {
        0 => return Err(Credential::missing()),
        1 => Credential::new(Credentials::service_account("id", format!("secret {}", jump / 9)))?,
        _ => Credential::new(Credentials::api_key(format!("key-{}", jump / 9)))?,
    };
    Ok(if jump % 5 == 0 { credential.expires_in(Duration::ZERO) } else { credential })
}

fn options(seed: u64) -> Options {
    Options {
        attempts: ATTEMPTS,
        longest_wait: LONGEST_WAIT,
        max_pages: MOST_PAGES,
        seed,
        ..Options::default()
    }
}

const CALLS: [&str; 3] = ["v1.systems.get", "v1.systems.delete", "v1.systems.update"];
const LISTS: [&str; 5] = [
    "v1.systemUsers.list",
    "v2.userGroups.list",
    "v2.systemInsights.apps.list",
    "insights.events.query",
    "v2.accessRequests.list",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn calls_and_lists_are_bounded(
        happens in prop::collection::vec(happens(), 1..10),
        jumps in prop::collection::vec(-100_000i32..100_000, 1..5),
        order in any::<usize>(),
        seed in any::<u64>(),
        deadline in prop::option::of(1u64..120),
    ) {
        let mut met = BTreeMap::new();
        for client in clients() {
            let deadline = deadline.map(Duration::from_secs);
            let options = || Options { deadline, ..options(seed) };
            for name in CALLS {
                let mut parameters = Parameters::new().with("id", ID);
                if name.ends_with("update") {
                    parameters = parameters.with("body", json!({ "displayName": "x" }));
                }
                let run = drive(alike(client.call(name, parameters, options()).unwrap()), &happens, &jumps, order, &mut met);
                prop_assert!(run.ended && run.requests <= REQUESTS_A_CALL, "{name}: {run:?}");
                let most = LONGEST_WAIT * (3 * ATTEMPTS);
                prop_assert!(run.waited <= deadline.unwrap_or(most), "{name}: {run:?}");
            }
            for name in LISTS {
                let mut parameters = Parameters::new();
                if name.starts_with("insights") {
                    parameters = parameters.with("body", json!({ "service": ["all"], "start_time": "2026-01-01T00:00:00Z" }));
                }
                // System Context may not call most lists.
                let Ok(pages) = client.pages(name, parameters, options()) else { continue };
                let run = drive(alike(pages), &happens, &jumps, order, &mut met);
                prop_assert!(run.ended && run.requests <= (MOST_PAGES + 4) * REQUESTS_A_CALL, "{name}: {run:?}");
                prop_assert!(run.waited <= LONGEST_WAIT * 3 * ATTEMPTS * (MOST_PAGES as u32 + 4), "{name}: {run:?}");
            }
        }
    }
}

#[test]
fn playbooks_are_bounded_and_whoever_waits_meets_every_event() {
    let all: Vec<Value> = serde_json::from_str(&playbooks()).unwrap();
    let mut met = BTreeMap::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (
        prop::collection::vec(happens(), 1..10),
        prop::collection::vec(-9000i32..9000, 1..5),
        any::<usize>(),
    );
    for _ in 0..200 {
        let (happens, jumps, order) = strategy.new_tree(&mut runner).unwrap().current();
        for client in clients() {
            for playbook in &all {
                let name = playbook["name"].as_str().unwrap();
                let given = Parameters::from_json(&parameters(playbook, true, false).to_string()).unwrap();
                let begun = client.playbook(name, given, options(order as u64)).unwrap();
                let run = drive(alike(begun), &happens, &jumps, order, &mut met);
                assert!(run.ended && run.requests < 50_000, "{name}: {run:?}");
                assert!(run.waited < Duration::from_secs(60 * 60 * 24), "{name}: {run:?}");
            }
            for name in LISTS {
                let body = json!({ "service": ["all"], "start_time": "2026-01-01T00:00:00Z" });
                let given = if name.starts_with("insights") {
                    Parameters::new().with("body", body)
                } else {
                    Parameters::new()
                };
                if let Ok(pages) = client.pages(name, given, options(1)) {
                    drive(alike(pages), &happens, &jumps, order, &mut met);
                }
            }
        }
    }
    let states = ["receive", "wait"];
    for state in states {
        for event in ["Answer", "NotSent", "NoAnswer", "Refused", "TooLarge", "Stray", "Twice"] {
            assert!(met.contains_key(&format!("{state} {event}")), "{state} never met {event}: {met:?}");
        }
    }
    assert!(met.contains_key("sign") && met.contains_key("identify"), "{met:?}");
}
