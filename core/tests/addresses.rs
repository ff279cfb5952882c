//! Who is called: base URLs, addresses of uploads, the organization and the own system are parsed, never guessed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;

use jumpcloud_core::operation::{Accepts, Operation, Organization};
use jumpcloud_core::region::HostFamily;
use jumpcloud_core::{Client, Credentials, ErrorKind, Options, Parameters};
use serde_json::json;

fn client() -> Client {
    Client::new(Credentials::api_key("secret"))
}

#[test]
fn a_base_url_is_one() {
    for url in [
        "https://proxy.example.com",
        "https://proxy.example.com:8443/jumpcloud/",
        "http://127.0.0.1:8080",
        "http://localhost:8080/",
        "http://[::1]:8080",
    ] {
        let client =
            client().base_url(HostFamily::Console, url).unwrap_or_else(|error| panic!("{url}: {error}"));
        let user = Parameters::new().with("id", "5f1b");
        let request = client.prepare("v1.systemUsers.get", &user, &Options::default()).unwrap();
        assert_eq!(request.url, format!("{}/api/systemusers/5f1b", url.trim_end_matches('/')));
        assert!(request.url.starts_with(request.origin()));
    }
    for url in [
        "https:///x",
        "https://a\\b",
        "https://[",
        "https://h:99999",
        "https://h/../x",
        "https://ada:pass-word@h",
        "http://127.0.0.1:1@evil.example",
        "https://h/?x=1",
        "https://h#x",
        "http://proxy.example.com",
        "http://10.0.0.1",
        "ftp://h",
        "h",
        "",
    ] {
        let error = client().base_urls(url).expect_err(url);
        assert_eq!((error.kind(), error.parameter()), (ErrorKind::InvalidRequest, Some("baseUrl")), "{url}");
        assert!(!error.message().contains("pass-word"), "{error}");
    }
    // Who says so by name may.
    assert!(client().allow_http().base_urls("http://10.0.0.1").is_ok());
    assert!(client().allow_http().base_urls("http://u@10.0.0.1").is_err());
    let settings =
        |allow: bool| json!({ "apiKey": "k", "baseUrl": "http://fake:8080", "allowHttp": allow }).to_string();
    assert!(Client::from_json(&settings(true)).is_ok());
    let error = Client::from_json(&settings(false)).unwrap_err();
    assert!(error.message().contains("allowHttp"), "{error}");
}

#[test]
fn an_upload_goes_to_the_address_that_was_given_and_to_no_other() {
    let uploads = Operation::all().filter(|operation| operation.accepts == Accepts::Nothing);
    let mut tried = 0;
    for operation in uploads {
        tried += 1;
        let upload = |client: &Client, url: &str| {
            let mut given = generate::parameters(operation, false);
            given[operation.parameters[0].name] = json!(url);
            client.prepare(
                operation.name,
                &Parameters::from_json(&given.to_string()).unwrap(),
                &Options::default(),
            )
        };
        for url in ["https://bucket.example/key?sig=a%2Fb", "http://127.0.0.1:9/put", "http://[::1]/put"] {
            let request = upload(&client(), url).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(request.url, url);
            assert_eq!(request.header("x-api-key"), None);
        }
        for url in [
            "http://127.0.0.1:1@evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://bucket.example/",
            "https://u:p@h/",
            "no-address-at-all",
        ] {
            let error = upload(&client(), url).expect_err(url);
            assert!(!error.message().contains(url), "{error}");
        }
        assert!(upload(&client().allow_http(), "http://fake:8080/put").is_ok());
    }
    assert!(tried > 0);
}

#[test]
fn an_organization_is_an_id_and_goes_out_or_is_refused() {
    let organization = "5f1b8a2b8f1d2a0012345678";
    let prepare = |operation: &'static Operation, organizations: Vec<String>| {
        let client = match operation.accepts {
            Accepts::ClientSecret => Client::new(Credentials::service_account("id", "secret")),
            _ => client(),
        };
        let parameters = Parameters::from_json(&generate::parameters(operation, false).to_string()).unwrap();
        client.prepare(operation.name, &parameters, &Options { organizations, ..Options::default() })
    };
    for operation in Operation::all() {
        let made = prepare(operation, vec![organization.to_owned()]);
        match operation.organization {
            // It would act on something else than the caller believes.
            Organization::Refused => {
                let error = made.expect_err(operation.name);
                assert_eq!(
                    (error.kind(), error.parameter()),
                    (ErrorKind::InvalidRequest, Some("organization"))
                );
            }
            _ => assert_eq!(made.unwrap().header("x-org-id"), Some(organization), "{}", operation.name),
        }
        for wrong in ["", " ", "5f1b,5f1c", "5f1b 5f1c", "5f1b\r\nx-evil: 1", "5f1b;x", "é", "\"5f1b\""] {
            let error = prepare(operation, vec![wrong.to_owned()]).expect_err(operation.name);
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{}: {wrong:?}", operation.name);
        }
    }
}

#[test]
fn a_system_speaks_for_itself_alone() {
    let own = "5f1b2c3d4e5f60718293a4b5";
    let client = Client::new(Credentials::system_context(own));
    let (other, upper) = ("6f1b2c3d4e5f60718293a4b5", own.to_uppercase());
    for operation in Operation::all().filter(|operation| !operation.own_system.is_empty()) {
        // As the caller's own text, so that a key can stand there twice.
        let prepare = |given: &[&str]| {
            let mut parameters = generate::parameters(operation, true);
            let ids: Vec<String> = given.iter().map(|id| format!(r#""id":"{id}""#)).collect();
            let json = match operation.own_system.split_once('.') {
                Some((place, key)) => {
                    let mut body =
                        parameters.get_mut(place).map_or_else(|| json!({}), serde_json::Value::take);
                    body.as_object_mut().unwrap().remove(key);
                    let rest = body.to_string();
                    let rest = rest.trim_start_matches('{');
                    let comma = if rest == "}" { "" } else { "," };
                    parameters.as_object_mut().unwrap().remove(place);
                    let outer = parameters.to_string();
                    let outer = outer.trim_end_matches('}');
                    let before = if outer == "{" { "" } else { "," };
                    format!(r#"{outer}{before}"{place}":{{{}{comma}{rest}}}"#, ids.join(","))
                }
                None => {
                    parameters[operation.own_system] = json!(given[0]);
                    parameters.to_string()
                }
            };
            client.prepare(operation.name, &Parameters::from_json(&json).unwrap(), &Options::default())
        };
        for own in [own, &upper] {
            assert!(prepare(&[own]).is_ok(), "{}: {:?}", operation.name, prepare(&[own]));
        }
        assert!(prepare(&[other]).is_err(), "{}", operation.name);
        if operation.own_system.contains('.') {
            for twice in [[own, other], [other, own]] {
                assert!(prepare(&twice).is_err(), "{}: {twice:?}", operation.name);
            }
        }
    }
}
