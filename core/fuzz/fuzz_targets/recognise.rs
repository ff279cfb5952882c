//! A request that is recognised is built again, and recognised as the same.

#![no_main]

use jumpcloud_core::request::{Body, Settings, build};
use jumpcloud_core::route::recognise;
use libfuzzer_sys::fuzz_target;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

// The method, the target and the body, a line each.
fuzz_target!(|data: &[u8]| {
    let mut lines = data.splitn(3, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (Ok(method), Ok(target)) = (std::str::from_utf8(line()), std::str::from_utf8(line())) else { return };
    let body = line();
    if !METHODS.contains(&method) || !target.starts_with('/') {
        return;
    }
    let json = [("content-type".to_owned(), "application/json".to_owned())];
    let Ok(found) = recognise(method, target, &json, body) else { return };
    let settings = Settings { origin: "https://console.jumpcloud.com".into(), ..Settings::default() };
    // A server takes what a client refuses to send.
    let Ok(request) = build(found.operation, &found.parameters, &settings) else { return };
    let bytes: &[u8] = match &request.body {
        Body::Bytes(bytes) => bytes,
        _ => &[],
    };
    let again = recognise(method, request.target(), &json, bytes);
    let again = again.unwrap_or_else(|error| panic!("{}: {error}", request.url));
    assert_eq!(again.operation.name, found.operation.name);
    let second = build(again.operation, &again.parameters, &settings).expect("it was built before");
    assert_eq!(second.url, request.url);
    assert!(second.body == request.body, "{}", again.parameters.to_json());
});
