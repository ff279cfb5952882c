//! Settings, options and parameters as JSON: what is taken is JSON, and parameters come back as they were given.

#![no_main]

use jumpcloud_core::{Client, Operation, Options, Parameters};
use libfuzzer_sys::fuzz_target;

// An operation's name, and the JSON.
fuzz_target!(|data: &str| {
    let (name, text) = data.split_once('\n').unwrap_or(("v1.systemUsers.create", data));
    let theirs: Result<serde_json::Value, _> = serde_json::from_str(text);
    if let (Ok(options), Ok(theirs)) = (Options::from_json(text), &theirs) {
        assert!(theirs.is_object());
        assert!(
            options.attempts > 0 && options.max_body > 0 && options.concurrency > 0 && options.max_pages > 0
        );
        if let Some(limit) = theirs.get("limit").and_then(serde_json::Value::as_u64) {
            assert_eq!(options.limit, Some(limit));
        }
    }
    if let Ok(client) = Client::from_json(text) {
        assert!(theirs.is_ok(), "{client:?}");
    }
    let Ok(parameters) = Parameters::from_json(text) else { return };
    let again = parameters.to_json();
    assert_eq!(Parameters::from_json(&again).expect("its own JSON").to_json(), again);
    // Of any operation: a request or a refusal that names it.
    let Ok(operation) = Operation::find(name) else { return };
    let client = Client::new(jumpcloud_core::Credentials::api_key("a-key-that-nobody-has"));
    match client.prepare(operation.name, &parameters, &Options::default()) {
        Ok(request) => assert!(!request.to_string().contains("a-key-that-nobody-has")),
        Err(error) => assert_eq!(error.operation(), Some(operation.name)),
    }
});
