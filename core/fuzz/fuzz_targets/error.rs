//! What an error says of any answer: one line of bounded length, without control characters, and JSON.

#![no_main]

use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::{Client, Conversation, Credentials, Now, Options, Parameters, Response, Step};
use libfuzzer_sys::fuzz_target;

/// A message of 1,000 characters, and what is said around it.
const LONGEST: usize = 2000;

// The status, a header's value and the body, a line each.
fuzz_target!(|data: &[u8]| {
    let mut lines = data.splitn(3, |byte| *byte == b'\n').map(String::from_utf8_lossy);
    let mut line = || lines.next().unwrap_or_default();
    let (status, header) = (line(), line());
    let status = status.parse().unwrap_or(400u16);
    let body = data.splitn(3, |byte| *byte == b'\n').nth(2).unwrap_or_default();
    let client = Client::new(Credentials::api_key("a-key-that-nobody-has"));
    let options = Options { attempts: 1, ..Options::default() };
    let now = Now { wall: UNIX_EPOCH, steady: Duration::ZERO };
    let mut call =
        client.call("v1.systemUsers.delete", Parameters::new().with("id", "5f1b"), options).unwrap();
    let Ok(Step::Send(ticket, _)) = call.step(now) else { panic!("it sends first") };
    let headers = vec![
        ("content-type".to_owned(), header.to_string()),
        ("x-request-id".to_owned(), header.to_string()),
    ];
    call.received(ticket, Response { status, headers, body: body.to_vec() }, now);
    if let Err(error) = call.step(now) {
        let said = error.to_string();
        assert!(said.chars().count() < LONGEST, "{said}");
        assert!(!said.chars().any(char::is_control), "{said:?}");
        let json: serde_json::Value = serde_json::from_str(&error.to_json()).expect("its JSON is JSON");
        assert_eq!(json["message"], error.message());
    }
});
