//! Percent-encoding, held against the `url` crate; and the table run backwards on whatever was built.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use jumpcloud_core::request::{Body, Settings, build};
use jumpcloud_core::route::recognise;
use jumpcloud_core::schema::{Kind, Schema, check};
use jumpcloud_core::{ErrorKind, Operation, Parameters};
use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

fn settings() -> Settings {
    Settings { origin: "https://console.jumpcloud.com".into(), ..Settings::default() }
}

/// Text with everything that means something in URLs, filters and JSON.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), r#"[a-z0-9 %+&=?#/:;,$|'"<>\\\[\]{}~^`é日💡-]{0,24}"#]
}

fn segment() -> impl Strategy<Value = String> {
    text().prop_filter("an id", |text| !text.trim().is_empty() && text != "." && text != "..")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_url_is_what_a_browser_makes_of_it_and_decodes_to_what_was_given(
        uuid in segment(),
        agreement in segment(),
        sort in prop::collection::vec(text().prop_map(|text| text.replace(',', "")), 1..4),
        value in text(),
    ) {
        let operation = Operation::find("v2.integrations.connectwise.agreements.additions.list").unwrap();
        let term = format!("name:eq:{value}");
        let parameters = Parameters::new()
            .with("UUID", &uuid)
            .with("agreement_ID", &agreement)
            .with("sort", &sort)
            .with("filter", [&term, "id:ne:1"])
            .with("limit", 7);
        let request = build(operation, &parameters, &settings()).unwrap();
        let url = Url::parse(&request.url).unwrap();
        // Nothing is left for a URL parser to rewrite: what was signed is what is sent.
        prop_assert_eq!(url.as_str(), &request.url);
        prop_assert_eq!(request.origin(), "https://console.jumpcloud.com");
        let decode = |segment: &str| percent_encoding::percent_decode_str(segment).decode_utf8().unwrap().into_owned();
        let segments: Vec<String> = url.path_segments().unwrap().map(decode).collect();
        prop_assert_eq!(&segments[4], &uuid);
        prop_assert_eq!(&segments[6], &agreement);
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let all = |name: &str| pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>();
        prop_assert_eq!(all("sort"), [sort.join(",")]);
        prop_assert_eq!(all("limit"), ["7"]);
        if value.contains(',') {
            prop_assert_eq!(all("filter"), [term.as_str(), "id:ne:1"]);
        } else {
            prop_assert_eq!(all("filter"), [format!("{term},id:ne:1")]);
        }
    }

    #[test]
    fn what_was_built_is_recognised_as_it_was(
        id in segment(),
        fields in prop::collection::vec("[a-zA-Z_.]{1,12}", 0..4),
        search in text(),
        value in text(),
    ) {
        let operation = Operation::find("v1.systems.list").unwrap();
        let mut parameters = Parameters::new()
            .with("search", json!({"searchTerm": search, "fields": ["hostname"]}))
            .with("filter", json!({"field": "os", "operator": "eq", "value": value}));
        if !fields.is_empty() {
            parameters = parameters.with("fields", &fields);
        }
        let request = build(operation, &parameters, &settings()).unwrap();
        let found = recognise("GET", request.target(), &[], b"").unwrap();
        prop_assert_eq!(found.operation.name, operation.name);
        let (given, came): (Value, Value) = (
            serde_json::from_str(&parameters.to_json()).unwrap(),
            serde_json::from_str(&found.parameters.to_json()).unwrap(),
        );
        prop_assert_eq!(given, came);

        let operation = Operation::find("v1.systemUsers.sshKeys.create").unwrap();
        let body = json!({"name": search, "public_key": value});
        let parameters = Parameters::new().with("id", &id).with("body", &body);
        let request = build(operation, &parameters, &settings()).unwrap();
        let Body::Bytes(bytes) = &request.body else { panic!("a body") };
        let found = recognise("POST", request.target(), &[], bytes).unwrap();
        prop_assert_eq!(found.parameters.to_json(), parameters.to_json());
    }

    #[test]
    fn nothing_that_is_asked_or_answered_panics(
        target in "/(api|insights)/[a-z0-9/?&=%.{}:-]{0,60}",
        method in "(GET|POST|PUT|PATCH|DELETE|X)",
        json in prop_oneof![any::<String>(), r#"[\[\]{}",:a-z0-9 -]{0,40}"#],
        body in prop::collection::vec(any::<u8>(), 0..60),
        status in 100u16..600,
        operation in prop::sample::select(Operation::all().collect::<Vec<_>>()),
    ) {
        let _ = recognise(&method, &target, &[("content-type".into(), "multipart/form-data; boundary=x".into())], &body);
        let _ = recognise(&method, operation.path, &[], &body);
        if let Ok(parameters) = Parameters::from_json(&json) {
            let _ = build(operation, &parameters, &settings());
        }
        if let Ok(parameters) = Parameters::from_json(&format!("{{\"id\":{json},\"filter\":{json},\"body\":{json}}}")) {
            let _ = build(operation, &parameters, &settings());
        }
        let response = jumpcloud_core::Response { status, headers: vec![], body };
        if let Ok(reply) = jumpcloud_core::reply::parse(operation, response) {
            reply.items().for_each(drop);
        }
    }
}

#[test]
fn a_request_for_a_person_shows_no_secret() {
    let operation = Operation::find("v1.systemUsers.create").unwrap();
    let body = json!({"username": "ada", "email": "a@example.com", "password": "hunter2", "attributes": [{"apiKey": "k3y"}]});
    let request = build(operation, &Parameters::new().with("body", body), &settings()).unwrap();
    let given =
        Parameters::new().with("body", json!({"username": "ada", "password": "hunter2", "apiKey": "k3y"}));
    for shown in [request.to_string(), format!("{request:?}"), format!("{given:?}")] {
        assert!(shown.contains("ada") && !shown.contains("hunter2") && !shown.contains("k3y"), "{shown}");
    }
    let bytes = format!("{:?}", "hunter2".as_bytes());
    let bytes = bytes.trim_matches(['[', ']']);
    assert!(!format!("{:?}", request.body).contains(bytes));
    let response = jumpcloud_core::Response { status: 200, headers: vec![], body: b"hunter2".to_vec() };
    assert_eq!(format!("{response:?}"), "Response(200, 7 bytes)");
    let upload = Operation::find("storage.objects.upload").unwrap();
    let name = "uploadUrl";
    let attachment = jumpcloud_core::Attachment { length: 3, file_name: "a".into(), media_type: "b".into() };
    let parameters = Parameters::new()
        .with(name, "https://bucket.example/a?X-Amz-Signature=s3cret")
        .with("body", attachment);
    let request = build(upload, &parameters, &settings()).unwrap();
    assert!(!request.to_string().contains("s3cret"));
    assert!(request.headers.is_empty(), "{:?}", request.headers);
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    let operation = Operation::find("v1.systemUsers.get").unwrap();
    for id in ["", " ", ".", "..", "\t"] {
        let error = build(operation, &Parameters::new().with("id", id), &settings()).unwrap_err();
        assert_eq!((error.kind(), error.parameter()), (ErrorKind::InvalidRequest, Some("id")));
    }
    let request = build(operation, &Parameters::new().with("id", "../systems/1?x#y"), &settings()).unwrap();
    assert!(request.url.ends_with("/api/systemusers/..%2Fsystems%2F1%3Fx%23y"));
}

/// All objects that a body may hold, each once, with the path to the first.
fn objects<'a>(
    path: &str,
    schema: &'a Schema,
    seen: &mut BTreeSet<usize>,
    found: &mut Vec<(String, &'a Schema)>,
) {
    if let Kind::Reference(number) = schema.kind
        && !seen.insert(number)
    {
        return;
    }
    let schema = schema.resolved();
    match &schema.kind {
        Kind::Array(inner) | Kind::Map(inner) => objects(path, inner, seen, found),
        Kind::Object(properties) => {
            found.push((path.to_owned(), schema));
            for property in properties {
                objects(&format!("{path}.{}", property.name), &property.schema, seen, found);
            }
        }
        _ => {}
    }
}

#[test]
fn null_is_taken_where_it_is_known_to_clear_and_nowhere_else() {
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    for operation in Operation::all() {
        if let Some(body) = &operation.body {
            objects(operation.name, &body.schema, &mut seen, &mut found);
        }
    }
    let (mut nullable, mut others) = (BTreeSet::new(), 0);
    for (path, object) in found {
        let Kind::Object(properties) = &object.kind else { continue };
        for property in properties {
            let json = json!({ (property.name.clone()): null }).to_string();
            let place = format!("body.{}", property.name);
            let refused = check(object, "body", &json).unwrap().into_iter().any(|drift| drift.path == place);
            let takes = property.schema.nullable || property.schema.resolved().nullable;
            assert_eq!(refused, !takes, "{path}.{}", property.name);
            match takes && property.schema.resolved().kind != Kind::Any {
                true => _ = nullable.insert(format!("{path}.{}", property.name)),
                false => others += 1,
            }
        }
    }
    assert!(others > nullable.len());
    for known in [
        "v1.systemUsers.update.manager",
        "v1.systems.update.primarySystemUser.id",
        "v2.systems.associations.change.attributes",
        "v2.users.associations.change.attributes",
        "v2.userGroups.replace.memberQuery",
        "v2.userGroups.create.attributes",
    ] {
        assert!(nullable.contains(known), "{known} in {nullable:?}");
    }
}

#[test]
fn every_binding_and_membership_takes_null_for_its_attributes() {
    // So JumpCloud's own PowerShell module sends them where there are none.
    let mut held = 0;
    for operation in Operation::all() {
        let body = operation.body.as_ref().map(|body| body.schema.resolved());
        let Some(Kind::Object(properties)) = body.map(|body| &body.kind) else { continue };
        let has = |name: &str| properties.iter().any(|property| property.name == name);
        if !(has("op") && has("attributes")) {
            continue;
        }
        let kinds = properties.iter().find(|property| property.name == "type").map(|kind| &kind.schema.kind);
        let Some(Kind::Text { values }) = kinds else { panic!("{}", operation.name) };
        let body = json!({ "op": "remove", "type": values[0], "id": "5f1b", "attributes": null });
        let parameters = operation.parameters.iter().filter(|parameter| parameter.required);
        let parameters = parameters.fold(Parameters::new(), |given, one| given.with(one.name, "5f1b"));
        let strict = Settings { strict: true, ..settings() };
        build(operation, &parameters.with("body", body), &strict).unwrap();
        held += 1;
    }
    assert!(held > 10, "{held}");
}

#[test]
fn a_strict_request_takes_null_for_a_manager_and_not_for_a_name() {
    let operation = Operation::find("v1.systemUsers.update").unwrap();
    let request = |key: &str, strict| {
        let parameters = Parameters::new().with("id", "u1").with("body", json!({ (key): null }));
        build(operation, &parameters, &Settings { strict, ..settings() })
    };
    assert!(request("manager", true).is_ok());
    let error = request("username", true).unwrap_err();
    assert!(error.to_string().contains("body.username: expected a string, got null"), "{error}");
    // JumpCloud may take more than is known.
    assert!(request("username", false).is_ok());
}

/// A boundary as long as the body would make looking for it take their product.
#[test]
fn a_forms_boundary_is_read_as_a_parameter_and_bounded() {
    let recognised = |media_type: &str, boundary: &str| {
        let body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\nx\r\n--{boundary}--\r\n"
        );
        let headers = [("content-type".to_owned(), media_type.to_owned())];
        recognise("POST", "/api/v2/applications/5f1b/logo", &headers, body.as_bytes()).map(|_| ())
    };
    let long = "b".repeat(71);
    for media_type in [
        "multipart/form-data; boundary=x",
        "multipart/form-data;boundary=\"x\"",
        "Multipart/Form-Data; charset=utf-8; Boundary=x",
        "multipart/form-data; boundary=x; charset=utf-8",
    ] {
        assert_eq!(
            recognised(media_type, "x").map_err(|error| error.message().to_owned()),
            Ok(()),
            "{media_type}"
        );
    }
    let longest = &long[..70];
    assert!(recognised(&format!("multipart/form-data; boundary={longest}"), longest).is_ok());
    for media_type in [
        "multipart/form-data".to_owned(),
        "multipart/form-data; boundary=".to_owned(),
        "multipart/form-data; notboundary=x".to_owned(),
        format!("multipart/form-data; boundary={long}"),
    ] {
        let error = recognised(&media_type, "x").unwrap_err();
        assert!(error.message().contains("no boundary of 1 to 70 characters"), "{media_type}: {error}");
    }
}
