//! What JumpCloud serves although its description does not have it is served, and refused by a strict fake.

use jumpcloud_core::operation::{Method, Operation, Place};
use jumpcloud_fake::Fake;
use serde_json::{Value, json};

use crate::client::{Client, started};

/// The lists that can be asked for without knowing anything.
fn lists() -> impl Iterator<Item = &'static Operation> {
    let free = |operation: &&'static Operation| {
        operation.method == Method::Get
            && operation.paging.is_some()
            && !operation.parameters.iter().any(|parameter| parameter.required)
    };
    Operation::all().filter(free)
}

#[test]
fn every_list_is_served_however_it_is_asked_for() {
    let (fake, client) = started(20);
    let strict = Fake::builder().users(20).strict(true).start().unwrap();
    let strictly = Client::new(&strict);
    let mut count = 0;
    for operation in lists() {
        count += 1;
        let (path, name) = (operation.path, operation.name);
        let filter = operation.parameters.iter().find(|one| one.filter && one.place == Place::Query);
        let empty = filter.map_or("", |filter| filter.name);
        let asked = [
            format!("{path}/"),
            path.to_uppercase(),
            format!("{path}?cache=7&"),
            format!("{path}?limit=&{empty}=&SKIP="),
        ];
        let plain = client.get(path).expect(200);
        for target in asked {
            fake.clear_requests();
            strict.clear_requests();
            assert_eq!(client.get(&target).expect(200).json(), plain.json(), "{name}: {target}");
            let noted = &fake.requests()[0];
            assert!(!noted.off.is_empty() && noted.operation == Some(name), "{target}: {noted:?}");
            let refused = strictly.get(&target);
            let known = refused.status == 400 || refused.status == 404;
            assert!(known, "{target}: {} {}", refused.status, String::from_utf8_lossy(&refused.body));
            let same = |off: &String| refused.message().contains(off.as_str());
            assert!(refused.status == 404 || strict.requests()[0].off.iter().any(same), "{target}");
        }
    }
    assert!(count > 150, "{count}");
}

#[test]
fn an_operation_that_takes_a_body_goes_without_where_nothing_is_required() {
    let (fake, client) = started(20);
    let user = client.get("/api/systemusers?limit=1").results()[0]["_id"].as_str().unwrap().to_owned();
    let headers = [("x-api-key", fake.api_key()), ("x-org-id", String::new())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let post = |target: &str| client.send("POST", target, &headers, b"");
    assert_eq!(post(&format!("/api/systemusers/{user}/resetmfa")).status, 200);
    assert_eq!(post("/api/search/systemusers").expect(200).json()["totalCount"], 20);
    // What must be there is still asked for.
    let message = post("/api/systemusers").expect(400).message();
    assert!(message.contains("username") || message.contains("email"), "{message}");
    assert_eq!(post("/api/runcommand/").expect(400).message(), "command id is required");
    assert!(fake.requests().last().unwrap().off.iter().any(|off| off.contains("/api/runCommand")));
}

#[test]
fn public_samples_are_served() {
    let (fake, client) = started(30);
    let user = client.get("/api/systemusers?limit=1").results().remove(0);
    let id = user["_id"].as_str().unwrap();
    assert_eq!(client.get(&format!("/api/Systemusers/{id}")).expect(200).json()["_id"], id);
    assert_eq!(client.get(&format!("/api/systemUsers/{id}/")).expect(200).json()["_id"], id);
    client.get("/api/organizations/").expect(200);
    client.get("/api/commands/?limit=&skip=&filter=").expect(200);
    let named =
        client.get(&format!("/api/systemusers?filter=username:{}", user["username"].as_str().unwrap()));
    assert_eq!(named.expect(200).results()[0]["_id"], id);
    let group = client.post("/api/v2/usergroups", json!({"name": "x", "colour": "red"})).expect(201).json();
    assert!(fake.requests().last().unwrap().off.iter().any(|off| off.contains("colour")));
    let members = format!("/api/v2/usergroups/{}/members", group["id"].as_str().unwrap());
    client.get(&format!("{members}?sort=id&limit=100")).expect(200);
    // The method is still told, by the path that was meant.
    assert_eq!(client.delete("/api/Commands/").expect(405).header("allow"), Some("GET, POST"));
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let (fake, client) = started(5);
    let headers = [("x-api-key", fake.api_key())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let large = vec![b' '; (64 << 20) + 1];
    let answer = client.send("POST", "/api/systemusers", &headers, &large).expect(413);
    assert!(answer.message().contains("64 MiB"));
    assert_eq!(fake.requests()[0].status, 413);
    assert_eq!(fake.requests()[0].body, Value::Null);
}
