use serde_json::{Value, json};

use crate::client::{Client, started, texts};

fn id(record: &Value) -> &str {
    record["_id"].as_str().or(record["id"].as_str()).expect("an id")
}

fn group(client: &Client, name: &str) -> String {
    let found = client.get(&format!("/api/v2/usergroups?filter=name:eq:{}", name.replace(' ', "+"))).items();
    id(&found[0]).to_owned()
}

#[test]
fn groups_are_made_changed_and_deleted() {
    let (_fake, client) = started(20);
    let made = client
        .post("/api/v2/usergroups", json!({"name": "Night Shift", "description": "x"}))
        .expect(201)
        .json();
    assert_eq!((&made["type"], &made["description"]), (&json!("user_group"), &json!("x")));
    let path = format!("/api/v2/usergroups/{}", id(&made));
    client.post("/api/v2/usergroups", json!({"name": "Night Shift"})).expect(409);
    client.post("/api/v2/usergroups", json!({})).expect(400);
    // PUT resets what it leaves out.
    assert_eq!(client.put(&path, json!({"name": "Day Shift"})).expect(200).json()["description"], "");
    client.put(&path, json!({"name": "Sales"})).expect(409);
    client.put(&path, json!({"description": "no name"})).expect(400);
    assert_eq!(client.get(&path).json()["name"], "Day Shift");
    client.delete(&path).expect(200);
    client.get(&path).expect(404);
    client.get(&format!("{path}/members")).expect(404);
}

#[test]
fn members_come_and_go_once() {
    let (_fake, client) = started(40);
    let made = client.post("/api/v2/usergroups", json!({"name": "Night Shift"})).json();
    let members = format!("/api/v2/usergroups/{}/members", id(&made));
    let users = client.get("/api/systemusers?limit=15").results();
    let change =
        |op: &str, kind: &str, id: &str| client.post(&members, json!({"op": op, "type": kind, "id": id}));
    for user in &users {
        assert!(change("add", "user", id(user)).expect(204).body.is_empty());
    }
    assert_eq!(change("add", "user", id(&users[0])).expect(409).json()["status"], "ALREADY_EXISTS");
    let page = client.get(&members);
    assert_eq!((page.items().len(), page.header("x-total-count")), (10, Some("15")));
    let rest = client.get(&format!("{members}?limit=10&skip=10")).items();
    assert_eq!(rest.len(), 5);
    assert_eq!(rest[0]["to"]["type"], "user");
    change("remove", "user", id(&users[0])).expect(204);
    change("remove", "user", id(&users[0])).expect(404);
    change("add", "user", "5f0c1e2d3b4a59687766554a").expect(404);
    change("add", "user", "nonsense").expect(400);
    change("add", "system", id(&users[0])).expect(400);
    change("join", "user", id(&users[0])).expect(400);
    let groups = |user: &Value| client.get(&format!("/api/v2/users/{}/memberof?limit=100", id(user))).items();
    assert!(texts(&groups(&users[1]), "id").contains(&id(&made)));
    assert!(!texts(&groups(&users[0]), "id").contains(&id(&made)));
    // Who is deleted is no member.
    client.delete(&format!("/api/systemusers/{}", id(&users[1]))).expect(200);
    assert_eq!(client.get(&members).header("x-total-count"), Some("13"));
    let filtered = client
        .get(&format!("/api/v2/users/{}/memberof?filter=object_id:eq:{}", id(&users[2]), id(&made)))
        .items();
    assert_eq!(texts(&filtered, "id"), [id(&made)]);
    let membership = client.get(&format!("/api/v2/usergroups/{}/membership?limit=100", id(&made))).items();
    assert_eq!(membership.len(), 13);
    assert_eq!(membership[0]["paths"][0][0]["to"]["id"], membership[0]["id"]);
}

#[test]
fn associations_bind_both_ways() {
    let (_fake, client) = started(40);
    let user = client.get("/api/systemusers?limit=1").results().remove(0);
    let system = client.get("/api/systems?limit=1&skip=20").results().remove(0);
    let path = format!("/api/v2/users/{}/associations", id(&user));
    let change = |op: &str, attributes: Value| {
        client.post(&path, json!({"op": op, "type": "system", "id": id(&system), "attributes": attributes}))
    };
    client.get(&path).expect(400);
    change("update", Value::Null).expect(404);
    change("add", json!({"sudo": {"enabled": true, "withoutPassword": false}})).expect(204);
    change("add", Value::Null).expect(409);
    let bound = client.get(&format!("{path}?targets=system&limit=100")).items();
    let edge = bound.iter().find(|edge| edge["to"]["id"] == id(&system)).unwrap();
    assert_eq!((&edge["from"]["id"], &edge["attributes"]["sudo"]["enabled"]), (&user["_id"], &json!(true)));
    let back =
        client.get(&format!("/api/v2/systems/{}/associations?targets=user&limit=100", id(&system))).items();
    assert!(back.iter().any(|edge| edge["to"]["id"] == user["_id"]));
    let reached = client.get(&format!("/api/v2/users/{}/systems?limit=100", id(&user))).items();
    let reached = reached.iter().find(|object| object["id"] == system["_id"]).unwrap();
    assert_eq!(
        (&reached["type"], &reached["compiledAttributes"]["sudo"]["enabled"]),
        (&json!("system"), &json!(true))
    );
    change("remove", Value::Null).expect(204);
    change("remove", Value::Null).expect(404);
}

#[test]
fn what_groups_have_reaches_their_members() {
    let (_fake, client) = started(400);
    let (it, servers) = (
        group(&client, "IT"),
        client.get("/api/v2/systemgroups?filter=name:eq:Linux+Servers").items().remove(0),
    );
    let member =
        client.get(&format!("/api/v2/usergroups/{it}/members?limit=1")).items().remove(0)["to"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
    let server =
        client.get(&format!("/api/v2/systemgroups/{}/members?limit=1", id(&servers))).items().remove(0)["to"]
            ["id"]
            .as_str()
            .unwrap()
            .to_owned();
    // user – group – system group – system
    let systems = client.get(&format!("/api/v2/users/{member}/systems?limit=100")).items();
    let found = systems.iter().find(|system| system["id"] == server.as_str()).expect("the server");
    let path = found["paths"]
        .as_array()
        .unwrap()
        .iter()
        .find(|path| path.as_array().unwrap().len() == 3)
        .expect("three steps");
    assert_eq!(
        texts(&path.as_array().unwrap().iter().map(|step| step["to"].clone()).collect::<Vec<_>>(), "type"),
        ["user_group", "system_group", "system"]
    );
    let users = client.get(&format!("/api/v2/systems/{server}/users?limit=100")).items();
    assert!(texts(&users, "id").contains(&member.as_str()));
    // Everybody has Slack.
    let slack = client.get("/api/applications?filter=name:$eq:slack").results().remove(0);
    let reached = client.get(&format!("/api/v2/applications/{}/users?limit=100&skip=390", id(&slack)));
    assert_eq!((reached.items().len(), reached.header("x-total-count")), (10, Some("400")));
    let applications = client.get(&format!("/api/v2/users/{member}/applications?limit=100")).items();
    assert!(texts(&applications, "id").contains(&id(&slack)));
}
