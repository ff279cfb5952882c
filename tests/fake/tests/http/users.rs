use serde_json::{Value, json};

use crate::client::started;

#[test]
fn a_user_lives() {
    let (_fake, client) = started(20);
    let new = json!({"username": "ada.lovelace", "email": "ada@analytical.example", "firstname": "Ada", "attributes": [{"name": "cell", "value": "7"}]});
    let user = client.post("/api/systemusers", new.clone()).expect(200).json();
    assert_eq!(
        (&user["state"], &user["firstname"], &user["activated"]),
        (&json!("STAGED"), &json!("Ada"), &json!(false))
    );
    let path = format!("/api/systemusers/{}", user["_id"].as_str().unwrap());
    assert_eq!(client.get(&path).expect(200).json(), user);
    assert_eq!(client.get("/api/systemusers").json()["totalCount"], 21);
    // The newest is the last by id.
    assert_eq!(client.get("/api/systemusers?sort=-_id&limit=1").results()[0]["_id"], user["_id"]);

    // What is left out stays, null clears.
    let manager = client.get("/api/systemusers?limit=1").results()[0]["_id"].clone();
    let led = client.put(&path, json!({"manager": manager, "department": "Engineering"})).expect(200).json();
    assert_eq!(
        (&led["manager"], &led["department"], &led["firstname"]),
        (&manager, &json!("Engineering"), &json!("Ada"))
    );
    assert_eq!(client.put(&path, json!({"manager": null})).json()["manager"], Value::Null);
    assert_eq!(client.get(&path).json()["department"], "Engineering");

    // Names are taken once; the own name may stay.
    for taken in [
        json!({"username": "ada.lovelace", "email": "other@x.example"}),
        json!({"username": "other", "email": "ADA@analytical.example"}),
    ] {
        client.post("/api/systemusers", taken).expect(409);
    }
    client.put(&path, json!({"username": "ada.lovelace", "email": "ada@analytical.example"})).expect(200);
    client.put(&path, json!({"username": "ada"})).expect(200);
    client
        .post("/api/systemusers", json!({"username": "ada.lovelace", "email": "second@x.example"}))
        .expect(200);
    client.put(&path, json!({"username": "ada.lovelace"})).expect(409);

    client.delete(&path).expect(200);
    client.get(&path).expect(404);
    client.delete(&path).expect(404);
    client
        .post("/api/systemusers", json!({"username": "ada", "email": "ada@analytical.example"}))
        .expect(200);
}

#[test]
fn what_a_user_may_not_be() {
    let (_fake, client) = started(5);
    for (body, word) in [
        (json!({"email": "x@y.example"}), "username"),
        (json!({"username": "x"}), "email"),
        (json!({"username": "x y", "email": "x@y.example"}), "username"),
        (json!({"username": "x", "email": "nobody"}), "email"),
        (json!({"username": "x", "email": "x@y.example", "unix_uid": 4_294_967_296_u64}), "4294967295"),
        (json!({"username": "x", "email": "x@y.example", "manager": "5f0c1e2d3b4a59687766554a"}), "manager"),
        (json!({"username": "x", "email": "x@y.example", "state": "GONE"}), "state"),
        (json!({"username": "x", "email": "x@y.example", "password": "short"}), "password"),
        (json!({"username": 5, "email": "x@y.example"}), "username"),
    ] {
        let message = client.post("/api/systemusers", body).expect(400).message();
        assert!(message.contains(word), "{message}");
    }
    let weak = json!({"username": "x", "email": "x@y.example", "password": "short"});
    let all = client.post("/api/systemusers?fullValidationDetails=password", weak).expect(400).message();
    assert!(all.contains("8 characters") && all.contains("digit"), "{all}");
}

#[test]
fn actions_change_what_they_say() {
    let (_fake, client) = started(20);
    let id = client.get("/api/systemusers?filter=state:$eq:ACTIVATED&limit=1").results()[0]["_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/systemusers/{id}");
    let user = || client.get(&path).json();
    let act = |action: &str, body: Value| client.post(&format!("{path}/{action}"), body).expect(200);
    client.put(&path, json!({"account_locked": true})).expect(200);
    act("unlock", json!({}));
    assert_eq!(user()["account_locked"], false);
    act("state/suspend", json!({}));
    assert_eq!((&user()["state"], &user()["suspended"]), (&json!("SUSPENDED"), &json!(true)));
    act("state/activate", json!({"email": "ada@x.example"}));
    assert_eq!((&user()["state"], &user()["suspended"]), (&json!("ACTIVATED"), &json!(false)));
    act("expire", json!({}));
    assert_eq!(user()["password_expired"], true);
    act("password", json!({"password": "Longer4Sure"}));
    assert_eq!(user()["password_expired"], false);
    assert!(user().get("password").is_none());
    act("resetmfa", json!({"exclusion": true}));
    assert_eq!(user()["mfa"], json!({"configured": false, "exclusion": true}));
    act("mfasync", json!({}));
    client.post("/api/systemusers/5f0c1e2d3b4a59687766554a/unlock", json!({})).expect(404);

    let key = json!({"name": "laptop", "public_key": "ssh-ed25519 AAAAC3Nz"});
    let added = client.post(&format!("{path}/sshkeys"), key.clone()).expect(200).json();
    client.post(&format!("{path}/sshkeys"), key).expect(409);
    client.post(&format!("{path}/sshkeys"), json!({"name": "laptop", "public_key": "nonsense"})).expect(400);
    assert_eq!(client.get(&format!("{path}/sshkeys")).items(), std::slice::from_ref(&added));
    let own = format!("{path}/sshkeys/{}", added["_id"].as_str().unwrap());
    client.delete(&own).expect(200);
    client.delete(&own).expect(404);
}

#[test]
fn those_whom_a_deleted_manager_led_get_another() {
    let (_fake, client) = started(60);
    let users = client.get("/api/systemusers?limit=100").results();
    let manager = users.iter().find(|user| !user["manager"].is_null()).unwrap()["manager"].as_str().unwrap();
    let heir = users.iter().find(|user| user["_id"] != manager).unwrap()["_id"].as_str().unwrap();
    let led = users
        .iter()
        .filter(|user| user["manager"] == manager && user["_id"] != heir)
        .map(|user| &user["_id"])
        .collect::<Vec<_>>();
    client.delete(&format!("/api/systemusers/{manager}?cascade_manager={manager}")).expect(400);
    client.delete(&format!("/api/systemusers/{manager}?cascade_manager={heir}")).expect(200);
    for id in led {
        assert_eq!(client.get(&format!("/api/systemusers/{}", id.as_str().unwrap())).json()["manager"], heir);
    }
}

#[test]
fn a_system_changes_and_goes() {
    let (_fake, client) = started(40);
    let systems = client.get("/api/systems?limit=100").results();
    let id = systems[3]["_id"].as_str().unwrap();
    let path = format!("/api/systems/{id}");
    client.put(&path, json!({"displayName": "Reception", "hostname": "cannot be set"})).expect(200);
    let system = client.get(&path).json();
    assert_eq!((&system["displayName"], &system["hostname"]), (&json!("Reception"), &systems[3]["hostname"]));
    for system in &systems {
        let path = format!("/api/systems/{}/command/builtin", system["_id"].as_str().unwrap());
        client.post(&format!("{path}/restart"), json!({})).expect(201);
        let lock = if system["osFamily"] == "linux" { 400 } else { 201 };
        client.post(&format!("{path}/lock"), json!({})).expect(lock);
    }
    client.delete(&path).expect(200);
    client.get(&path).expect(404);
}
