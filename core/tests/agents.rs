//! Every request says who sends it, once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;

use jumpcloud_core::operation::{Accepts, Operation};
use jumpcloud_core::{Client, Credentials, ErrorKind, Options, Parameters};

fn client(accepts: Accepts) -> Client {
    let client = Client::new(match accepts {
        Accepts::ClientSecret => Credentials::service_account("id", "secret"),
        _ => Credentials::api_key("key"),
    });
    client.organization("5f1b2c3d4e5f60718293a4b5")
}

/// The user agents of the request that a client makes for an operation.
fn said(client: &Client, operation: &Operation, options: &Options) -> Vec<String> {
    let parameters = Parameters::from_json(&generate::parameters(operation, false).to_string()).unwrap();
    let request = client.prepare(operation.name, &parameters, options).unwrap();
    let agents = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("user-agent"));
    agents.map(|(_, value)| value.clone()).collect()
}

#[test]
fn every_request_says_who_sends_it() {
    let own = concat!("jumpcloud-client/", env!("CARGO_PKG_VERSION"), " (Rust)");
    let given = Options { headers: vec![("User-Agent".into(), "curl/8".into())], ..Options::default() };
    for operation in Operation::all() {
        let client = client(operation.accepts);
        assert_eq!(said(&client, operation, &Options::default()), [own], "{}", operation.name);
        let named = client.clone().user_agent("offboarding/2.1 (nightly)").unwrap();
        let ours = format!("{own} offboarding/2.1 (nightly)");
        assert_eq!(said(&named, operation, &Options::default()), [ours], "{}", operation.name);
        assert_eq!(said(&named, operation, &given), ["curl/8"], "{}", operation.name);
    }
}

#[test]
fn a_binding_says_its_language_and_a_browser_nothing() {
    let operation = Operation::find("v1.systemUsers.list").unwrap();
    for (settings, expected) in [
        (r#"{"apiKey":"k","language":"Python"}"#, Some(" (Python)")),
        (r#"{"apiKey":"k","language":"Python","userAgent":"a/1"}"#, Some(" (Python) a/1")),
        (r#"{"apiKey":"k"}"#, None),
        (r#"{"apiKey":"k","userAgent":"a/1"}"#, None),
    ] {
        let said = said(&Client::from_json(settings).unwrap(), operation, &Options::default());
        let expected = expected.map(|end| format!("jumpcloud-client/{}{end}", env!("CARGO_PKG_VERSION")));
        assert_eq!(said, Vec::from_iter(expected), "{settings}");
    }
}

#[test]
fn what_no_header_can_hold_is_no_name() {
    let long = "a".repeat(257);
    for program in ["", " ", "a ", " a", "a  b", "a\r\nx-evil: 1", "a\tb", "a\0", "é", "\u{7f}", &long] {
        let error = client(Accepts::KeyOrBearer).user_agent(program).unwrap_err();
        assert_eq!((error.kind(), error.parameter()), (ErrorKind::InvalidRequest, Some("userAgent")));
        assert!(!error.message().contains("evil"));
    }
    client(Accepts::KeyOrBearer).user_agent(&long[1..]).unwrap();
}
