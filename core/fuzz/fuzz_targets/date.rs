//! `Retry-After` as a date, beside httpdate: what that reads, ours reads as the same second.

#![no_main]

use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::{Client, Conversation, Credentials, Now, Options, Parameters, Response, Step};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let client = Client::new(Credentials::api_key("key"));
    let options = Options { attempts: 1, ..Options::default() };
    let now = Now { wall: UNIX_EPOCH + Duration::from_secs(1_767_225_600), steady: Duration::ZERO };
    let mut call = client.call("v1.systemUsers.get", Parameters::new().with("id", "5f1b"), options).unwrap();
    let Ok(Step::Send(ticket, _)) = call.step(now) else { panic!("it sends first") };
    let headers = vec![("retry-after".to_owned(), data.to_owned())];
    call.received(ticket, Response { status: 429, headers, body: vec![] }, now);
    let Err(error) = call.step(now) else { panic!("429 is an error") };
    let text = data.trim();
    // The year of RFC 850 has two digits, which each reads as of its own century.
    let whole = text.get(3..4) == Some(",");
    if let (true, Ok(theirs)) = (whole, httpdate::parse_http_date(text)) {
        let wait = theirs.duration_since(now.wall).unwrap_or_default();
        assert_eq!(error.retry_after(), Some(wait), "{text}");
    }
});
