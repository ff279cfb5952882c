//! What an error says of the tries before it, of every operation: how many there were, whether the same call may be made
//! again, and whether what it was to change may be changed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;

use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::conversation::Failure;
use jumpcloud_core::operation::{Accepts, Operation};
use jumpcloud_core::{
    Client, Conversation, Credentials, Error, ErrorKind, Now, Options, Parameters, Response, Step,
};

/// How a try ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    NotSent,
    NoAnswer,
    Refused,
    TooLarge,
    /// More bytes come than are wanted, of a transport that does not count.
    Endless,
    Status(u16),
    /// Nothing comes until the deadline has passed.
    Deadline,
}

use End::{Deadline, Endless, NoAnswer, NotSent, Refused, Status, TooLarge};

/// What is read of an answer here.
const MAX_BODY: u64 = 1000;

const NOW: Now = Now { wall: UNIX_EPOCH, steady: Duration::ZERO };

/// Calls an operation whose tries end like this; its error.
fn error(operation: &Operation, ends: &[End]) -> Error {
    let credentials = match operation.accepts {
        Accepts::ClientSecret => Credentials::service_account("id", "secret"),
        _ => Credentials::api_key("key"),
    };
    let parameters = generate::parameters(operation, false).to_string();
    let organization = "5f1b2c3d4e5f60718293a4b5";
    let client = Client::new(credentials).organization(organization);
    let deadline = ends.contains(&Deadline).then_some(Duration::from_secs(600));
    let options = Options { attempts: ends.len() as u32, deadline, max_body: MAX_BODY, ..Options::default() };
    let parameters = Parameters::from_json(&parameters).unwrap();
    let mut call = client.call(operation.name, parameters, options).unwrap();
    let (mut now, mut ends) = (NOW, ends.iter());
    loop {
        match call.step(now) {
            Ok(Step::Send(ticket, request)) => match ends.next().unwrap() {
                _ if request.max_body != MAX_BODY && operation.accepts != Accepts::ClientSecret => {
                    panic!("{request:?}")
                }
                NotSent => call.failed(ticket, Failure::NotSent("no route".into()), now),
                NoAnswer => call.failed(ticket, Failure::NoAnswer("timed out".into()), now),
                Refused => call.failed(ticket, Failure::Refused("too short".into()), now),
                TooLarge => call.failed(ticket, Failure::TooLarge, now),
                Endless => {
                    let body = vec![b' '; MAX_BODY as usize + 1];
                    call.received(ticket, Response { status: 200, body, ..Response::default() }, now);
                }
                Status(status) => {
                    call.received(ticket, Response { status: *status, ..Response::default() }, now);
                }
                Deadline => {}
            },
            Ok(Step::Wait(time)) => now.steady += time,
            Ok(step) => panic!("{}: {step:?}", operation.name),
            Err(error) => return error,
        }
    }
}

/// Whether an error says that the last try, and whether it says that one before may have done it.
fn doubts(error: &Error) -> (bool, bool) {
    (
        error.message().contains("it may have been done: look before you try again"),
        error.message().contains("a try before had no answer, and may have done it"),
    )
}

fn changes(operation: &Operation) -> bool {
    !operation.safe && operation.accepts != Accepts::ClientSecret
}

#[test]
fn of_one_try() {
    for operation in Operation::all() {
        let again = operation.idempotent;
        // How it ends, whether it may be made again, and whether the answer is lost.
        let table = [
            (NotSent, true, false),
            (NoAnswer, again, true),
            (Refused, false, false),
            (TooLarge, false, true),
            (Endless, false, true),
            (Deadline, again, true),
            (Status(301), false, false),
            (Status(400), false, false),
            (Status(401), false, false),
            (Status(403), false, false),
            (Status(404), false, false),
            (Status(409), false, false),
            (Status(422), false, false),
            (Status(429), true, false),
            (Status(500), again, false),
            (Status(501), false, false),
            (Status(502), again, true),
            (Status(503), again, false),
            (Status(504), again, true),
            (Status(505), false, false),
        ];
        for (end, retryable, lost) in table {
            let error = error(operation, &[end]);
            let said = (error.tries(), error.is_retryable(), doubts(&error));
            assert_eq!(
                said,
                (1, retryable, (lost && changes(operation), false)),
                "{} {end:?}: {error}",
                operation.name
            );
        }
    }
}

#[test]
fn of_two_tries() {
    for operation in Operation::all() {
        let changes = changes(operation);
        for (first, may_follow) in [
            (NotSent, true),
            (Status(429), true),
            (Status(503), operation.idempotent),
            (NoAnswer, operation.idempotent),
            (Status(502), operation.idempotent),
        ] {
            let lost = changes && matches!(first, NoAnswer | Status(502));
            for (second, kind, lost_again) in [
                (Status(404), ErrorKind::NotFound, false),
                (Status(409), ErrorKind::Conflict, false),
                (Status(429), ErrorKind::RateLimited, false),
                (NoAnswer, ErrorKind::Transport, true),
                (Deadline, ErrorKind::Transport, true),
            ] {
                let error = error(operation, &[first, second]);
                let case = format!("{} {first:?} {second:?}: {error}", operation.name);
                if !may_follow {
                    assert_eq!((error.tries(), doubts(&error)), (1, (lost, false)), "{case}");
                    continue;
                }
                assert_eq!((error.tries(), error.kind()), (2, kind), "{case}");
                assert_eq!(doubts(&error), (changes && lost_again, lost && !lost_again), "{case}");
            }
        }
    }
}

#[test]
fn what_is_refused_before_it_is_sent_was_not_tried() {
    for operation in Operation::all() {
        let parameters = Parameters::new().with("no such parameter", 1);
        let client = Client::new(Credentials::api_key("key"));
        let error = client.call(operation.name, parameters, Options::default()).err().unwrap();
        assert_eq!((error.tries(), error.is_retryable()), (0, false), "{error}");
        let json: serde_json::Value = serde_json::from_str(&error.to_json()).unwrap();
        assert!(json.get("tries").is_none() && json.get("isRetryable").is_none(), "{json}");
    }
}

#[test]
fn a_failed_renewal_is_told_as_it_was() {
    let client = Client::new(Credentials::service_account("id", "secret"));
    let mut call = client.call("v1.systemUsers.list", Parameters::new(), Options::default()).unwrap();
    let Step::Send(ticket, request) = call.step(NOW).unwrap() else { panic!() };
    assert!(request.url.ends_with("/oauth2/token"));
    call.received(ticket, Response { status: 401, ..Response::default() }, NOW);
    let error = call.step(NOW).unwrap_err();
    assert_eq!(
        (error.operation(), error.tries(), error.is_retryable()),
        (Some("oauth.tokens.create"), 1, false)
    );
}
