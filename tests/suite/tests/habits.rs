//! What every language makes of a server with bad habits, over real sockets (`tests/habits.json`).

use std::time::{Duration, Instant};

use jumpcloud_core::{Client, Credentials, Error, Options, Parameters};
use jumpcloud_fake::{Fake, Quirks};
use jumpcloud_suite::transport::Transport;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    habits: Quirks,
    operation: String,
    #[serde(default)]
    parameters: Value,
    #[serde(default)]
    list: bool,
    options: Value,
    error: Expected,
    requests: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Expected {
    kind: String,
    #[serde(default)]
    says: Vec<String>,
    tries: u32,
    is_retryable: Option<bool>,
}

fn error(client: &Client, case: &Case) -> Error {
    let parameters = match &case.parameters {
        Value::Null => Parameters::new(),
        given => Parameters::from_json(&given.to_string()).unwrap(),
    };
    let options = Options::from_json(&case.options.to_string()).unwrap();
    let transport = Transport::default();
    if case.list {
        let walked = transport.list(client, &case.operation, parameters, options, |_| true);
        walked.map(|_| ()).expect_err(&case.name)
    } else {
        let mut call = client.call(&case.operation, parameters, options).unwrap();
        transport.drive(&mut call, |_| false).map(|_| ()).expect_err(&case.name)
    }
}

#[test]
fn of_a_server_with_bad_habits() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../habits.json")).unwrap();
    let fake = Fake::builder().users(200).systems(200).start().unwrap();
    let client = Client::new(Credentials::api_key(fake.api_key())).base_urls(&fake.url()).unwrap();
    for case in &cases {
        fake.set_quirks(case.habits.clone());
        let (before, begun) = (fake.requests().len(), Instant::now());
        let error = error(&client, case);
        let name = &case.name;
        assert!(begun.elapsed() < Duration::from_secs(15), "{name}: {:?}", begun.elapsed());
        let expected = &case.error;
        let said = (error.kind().name(), error.tries(), fake.requests().len() - before);
        assert_eq!(said, (expected.kind.as_str(), expected.tries, case.requests), "{name}: {error}");
        assert!(expected.says.iter().all(|words| error.message().contains(words)), "{name}: {error}");
        assert!(expected.is_retryable.is_none_or(|is| is == error.is_retryable()), "{name}: {error}");
    }
}
