//! A base URL, beside the `url` crate: what is taken, that reads as the same host, without a user and without a query.

#![no_main]

use jumpcloud_core::{Client, Credentials, Options, Parameters};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|data: &str| {
    let Ok(client) = Client::new(Credentials::api_key("key")).base_urls(data) else { return };
    let request =
        client.prepare("v1.systemUsers.get", &Parameters::new().with("id", "5f1b"), &Options::default());
    let request = request.expect("its address was taken");
    // A name in punycode that is none is found out by whoever looks it up.
    if data.to_ascii_lowercase().contains("xn--") {
        return;
    }
    let (theirs, sent) = (Url::parse(data), Url::parse(&request.url));
    let (theirs, sent) =
        (theirs.expect("an address that is taken"), sent.expect("an address that is sent to"));
    assert_eq!((theirs.scheme(), theirs.host(), theirs.port()), (sent.scheme(), sent.host(), sent.port()));
    assert!(theirs.username().is_empty() && theirs.password().is_none(), "{data}");
    assert!(theirs.query().is_none() && theirs.fragment().is_none(), "{data}");
    let loopback = match sent.host().unwrap() {
        url::Host::Domain(name) => name.trim_end_matches('.') == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    assert!(sent.scheme() == "https" || loopback, "the key would go out in the clear to {data}");
});
