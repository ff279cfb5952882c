//! State goes out and comes in again; the description of what is answered can be asked for.

use jumpcloud_core::Operation;
use jumpcloud_fake::Fake;
use serde_json::{Value, json};

use crate::client::{Client, started, until};

/// Changes something of every kind; gives what can be asked for then.
fn change(client: &Client) -> Vec<String> {
    let new = json!({"username": "ada", "email": "ada@x.example"});
    let user = client.post("/api/systemusers", new).expect(200).json()["_id"].as_str().unwrap().to_owned();
    let group = client.post("/api/v2/usergroups", json!({"name": "New"})).expect(201).json();
    let group = group["id"].as_str().unwrap().to_owned();
    let member = json!({"op": "add", "type": "user", "id": user});
    client.post(&format!("/api/v2/usergroups/{group}/members"), member).expect(204);
    let list = client.post("/api/v2/iplists", json!({"name": "New", "ips": ["10.0.0.1"]})).expect(201).json();
    let lists = client.get("/api/v2/iplists?limit=1").items();
    client.delete(&format!("/api/v2/iplists/{}", lists[0]["id"].as_str().unwrap())).expect(200);
    let system = client.get("/api/systems?limit=1").results()[0]["_id"].as_str().unwrap().to_owned();
    client.delete(&format!("/api/systems/{system}")).expect(200);
    vec![
        format!("/api/systemusers/{user}"),
        format!("/api/v2/usergroups/{group}/members"),
        format!("/api/v2/iplists/{}", list["id"].as_str().unwrap()),
        "/api/v2/iplists?limit=100".into(),
        "/api/systems?limit=100".into(),
    ]
}

#[test]
fn what_was_changed_is_there_after_a_new_start() {
    let (fake, client) = started(12);
    let paths = change(&client);
    let seen: Vec<Value> = paths.iter().map(|path| client.get(path).expect(200).json()).collect();
    let again = Fake::builder().state(fake.state()).start().unwrap();
    let there = Client::new(&again);
    let now: Vec<Value> = paths.iter().map(|path| there.get(path).expect(200).json()).collect();
    for (path, (seen, now)) in paths.iter().zip(seen.iter().zip(&now)) {
        assert_eq!(seen, now, "{path}");
    }
    // The name is taken there too.
    there.post("/api/systemusers", json!({"username": "ada", "email": "b@x.example"})).expect(409);
    // And over HTTP.
    let other = Fake::builder().users(3).seed(2).start().unwrap();
    let client = Client::new(&other);
    let state = there.get("/__fake/state").expect(200).json();
    client.put("/__fake/state", state).expect(204);
    assert_eq!(client.get(&paths[0]).expect(200).json(), seen[0]);
    client.put("/__fake/state", json!({"users": 3})).expect(400);
    client.get("/api/systemusers").expect(200);
}

#[test]
fn reset_goes_back_to_the_start() {
    let (fake, client) = started(12);
    let before = client.get("/api/v2/iplists?limit=100").expect(200).json();
    let paths = change(&client);
    client.post("/__fake/reset", json!({})).expect(204);
    assert!(fake.requests().is_empty());
    client.get(&paths[0]).expect(404);
    assert_eq!(client.get("/api/v2/iplists?limit=100").expect(200).json(), before);
}

#[test]
fn the_program_saves_and_loads() {
    let path = std::env::temp_dir().join(format!("jumpcloud-fake-{}.json", std::process::id()));
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_jumpcloud-fake"))
        .args(["--port", "0", "--users", "4", "--save"])
        .arg(&path)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let saved = until("a state is saved", || std::fs::read(&path).ok());
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::remove_file(&path).unwrap();
    let fake = Fake::builder().state(serde_json::from_slice(&saved).unwrap()).start().unwrap();
    assert_eq!(Client::new(&fake).get("/api/systemusers").json()["totalCount"], 4);
}

#[test]
fn the_description_has_every_operation_and_every_reference_leads_somewhere() {
    let (_fake, client) = started(3);
    let document = client.get("/__fake/openapi.json").expect(200).json();
    for operation in Operation::all().filter(|operation| operation.host().is_some()) {
        let described = &document["paths"][operation.path][operation.method.as_str().to_lowercase()];
        assert_eq!(described["operationId"], operation.name);
    }
    let mut values = vec![&document];
    let mut count = 0;
    while let Some(value) = values.pop() {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            count += 1;
            assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
        }
        match value {
            Value::Array(items) => values.extend(items),
            Value::Object(record) => values.extend(record.values()),
            _ => {}
        }
    }
    assert!(count > 100, "{count}");
}
