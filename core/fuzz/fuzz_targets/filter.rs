//! A filter that an operation takes comes back from the request as it went: sent again it is the same request, and as
//! JSON it is the same filter.

#![no_main]

use jumpcloud_core::filter::Filter;
use jumpcloud_core::request::Body;
use jumpcloud_core::route::recognise;
use jumpcloud_core::{Client, Credentials, Options, Parameters, Request};
use libfuzzer_sys::fuzz_target;

const OPERATIONS: [&str; 6] = [
    "v1.systemUsers.list",
    "v1.systemUsers.search",
    "v2.userGroups.list",
    "v2.systemInsights.apps.list",
    "v1.commandResults.list",
    "insights.events.query",
];

fn bytes(request: &Request) -> &[u8] {
    match &request.body {
        Body::Bytes(bytes) => bytes,
        _ => &[],
    }
}

fuzz_target!(|data: &str| {
    let filters = [Filter::parse(data), Filter::from_json(data)];
    for filter in filters.into_iter().flatten() {
        let json = filter.to_json();
        assert_eq!(Filter::from_json(&json).expect("its own JSON").to_json(), json);
        let client = Client::new(Credentials::api_key("key"));
        for operation in OPERATIONS {
            let mut parameters = Parameters::new().with("filter", &filter);
            if operation.starts_with("insights") {
                let body = serde_json::json!({ "service": ["all"], "start_time": "2026-01-01T00:00:00Z" });
                parameters = parameters.with("body", body);
            }
            let Ok(request) = client.prepare(operation, &parameters, &Options::default()) else { continue };
            let found = recognise(request.method.as_str(), request.target(), &[], bytes(&request));
            let found = found.unwrap_or_else(|error| panic!("{}: {error}", request.url));
            assert_eq!(found.operation.name, operation);
            let again = client.prepare(operation, &found.parameters, &Options::default());
            let again = again.unwrap_or_else(|error| panic!("{}: {error}", request.url));
            assert_eq!((&again.url, bytes(&again)), (&request.url, bytes(&request)), "{json}");
        }
    }
});
