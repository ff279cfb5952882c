//! Calls, lists and playbooks with any answers in any order on clocks that jump: bounded requests and waits, and an end.

#![no_main]

use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::conversation::{AnyConversation, Credential, Given, alike};
use jumpcloud_core::{Client, Credentials, Failure, Now, Options, Parameters, Response, Step, Ticket};
use libfuzzer_sys::fuzz_target;

const ID: &str = "5f1b2c3d4e5f60718293a4b5";
const MOST_PAGES: u64 = 20;
const ATTEMPTS: u32 = 3;
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The tries of a call, its two renewals with theirs, and the one more that a page or a token is worth.
const REQUESTS: u64 = (MOST_PAGES + 4) * 4 * ATTEMPTS as u64;

/// A text is handed out byte by byte, over and over.
struct Script<'a> {
    data: &'a [u8],
    at: usize,
}

impl Script<'_> {
    fn byte(&mut self) -> u8 {
        self.at += 1;
        self.data.get(self.at % self.data.len().max(1)).copied().unwrap_or_default()
    }
}

fn response(script: &mut Script, bodies: &[&str]) -> Response {
    const HEADERS: [&[(&str, &str)]; 6] = [
        &[],
        &[("x-total-count", "3")],
        &[("retry-after", "0")],
        &[("retry-after", "Fri, 02 Jan 2026 00:00:00 GMT")],
        &[("x-search_after", "[1]"), ("x-result-count", "2"), ("x-limit", "2")],
        &[("x-total-count", "99999999999999999999")],
    ];
    let status =
        [200, 200, 200, 200, 204, 302, 401, 403, 404, 429, 500, 503][usize::from(script.byte()) % 12];
    let headers = HEADERS[usize::from(script.byte()) % HEADERS.len()];
    let body = bodies[usize::from(script.byte()) % bodies.len().max(1)];
    Response {
        status,
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.as_bytes().to_vec(),
    }
}

fn drive(mut conversation: AnyConversation, script: &mut Script, bodies: &[&str], what: &str) {
    let (mut steady, mut waited, mut requests, mut in_flight) =
        (Duration::ZERO, Duration::ZERO, 0, Vec::new());
    for _ in 0..20_000 {
        let wall = UNIX_EPOCH + Duration::from_secs(1_767_225_600 + u64::from(script.byte()) * 1000);
        let now = Now { wall, steady };
        match conversation.step(now) {
            Err(_) | Ok(Step::Give(Given::Reply(_) | Given::End | Given::Outcome(_))) => {
                assert!(requests <= REQUESTS, "{what}: {requests} requests");
                assert!(waited <= LONGEST_WAIT * 3 * REQUESTS as u32, "{what}: {waited:?}");
                return;
            }
            Ok(Step::Give(Given::Page(_))) => {}
            Ok(Step::Send(ticket, _)) => {
                requests += 1;
                in_flight.push(ticket);
            }
            Ok(Step::Sign(_)) => conversation.signed(Ok(vec![1; 256])),
            Ok(Step::Identify) => {
                let credential = match script.byte() % 3 {
                    0 => Err(Credential::missing()),
                    1 => Credential::new(Credentials::service_account("id", "secret")),
                    _ => Credential::new(Credentials::api_key("key")),
                };
                conversation.identified(credential, now);
            }
            Ok(Step::Wait(time) | Step::Hold(time)) if in_flight.is_empty() => {
                waited += time;
                steady += time;
            }
            Ok(Step::Wait(_) | Step::Hold(_) | Step::Receive) => {
                assert!(!in_flight.is_empty(), "{what} waits for an answer to nothing");
                let ticket = in_flight.swap_remove(usize::from(script.byte()) % in_flight.len());
                match script.byte() % 12 {
                    0 => conversation.failed(ticket, Failure::NotSent("no route".into()), now),
                    1 => conversation.failed(ticket, Failure::NoAnswer("reset".into()), now),
                    2 => conversation.failed(ticket, Failure::TooLarge, now),
                    3 => {
                        conversation.received(Ticket(ticket.0 ^ 0xffff_0000), response(script, bodies), now);
                        conversation.failed(ticket, Failure::NoAnswer("lost".into()), now);
                    }
                    _ => conversation.received(ticket, response(script, bodies), now),
                }
            }
        }
    }
    panic!("{what} has no end after {requests} requests");
}

// What happens, and a body a line.
fuzz_target!(|data: &[u8]| {
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    let script = lines.next().unwrap_or_default();
    let texts = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let mut bodies: Vec<&str> = texts.split('\n').take(8).collect();
    bodies.extend([
        r#"{"results":[{"_id":"5f1b2c3d4e5f60718293a4b5"}],"totalCount":2}"#,
        r#"[{"id":"5f1b2c3d4e5f60718293a4b5"}]"#,
        r#"{"access_token":"t","expires_in":1}"#,
        "[]",
    ]);
    let options = |seed: u8| Options {
        attempts: ATTEMPTS,
        longest_wait: LONGEST_WAIT,
        max_pages: MOST_PAGES,
        concurrency: usize::from(seed % 5) + 1,
        seed: seed.into(),
        ..Options::default()
    };
    let mut script = Script { data: script, at: 0 };
    let credentials = match script.byte() % 4 {
        0 => Credentials::service_account("id", "secret"),
        1 => Credentials::Function,
        2 => Credentials::system_context(ID),
        _ => Credentials::api_key("key"),
    };
    let client = Client::new(credentials);
    let seed = script.byte();
    let lists =
        ["v1.systemUsers.list", "v2.userGroups.list", "v2.systemInsights.apps.list", "insights.events.query"];
    let name = lists[usize::from(script.byte()) % lists.len()];
    let mut parameters = Parameters::new();
    if name.starts_with("insights") {
        let body = serde_json::json!({ "service": ["all"], "start_time": "2026-01-01T00:00:00Z" });
        parameters = parameters.with("body", body);
    }
    if let Ok(pages) = client.pages(name, parameters, options(seed)) {
        drive(alike(pages), &mut script, &bodies, name);
    }
    let playbooks = [("users.find", "user"), ("users.suspend", "user"), ("systems.lock", "system")];
    let (name, whom) = playbooks[usize::from(script.byte()) % playbooks.len()];
    if let Ok(playbook) = client.playbook(name, Parameters::new().with(whom, "ada"), options(seed)) {
        drive(alike(playbook), &mut script, &bodies, name);
    }
    let name = ["v1.systems.get", "v1.systems.delete"][usize::from(seed % 2)];
    let call = client.call(name, Parameters::new().with("id", ID), options(seed)).unwrap();
    drive(alike(call), &mut script, &bodies, name);
});
