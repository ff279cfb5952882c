use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{Client, started, texts};

const NOBODY: &str = "5f0c1e2d3b4a59687766554a";

fn named(client: &Client, list: &str, name: &str) -> Value {
    let all = client.get(&format!("{list}?limit=100")).expect(200).items();
    all.into_iter().find(|record| record["name"] == name).unwrap_or_else(|| panic!("{name}"))
}

fn id(record: &Value) -> &str {
    record["id"].as_str().expect("an id")
}

fn all(client: &Client, path: &str) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let page = client.get(&format!("{path}?limit=100&skip={}", all.len())).expect(200).items();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[test]
fn templates_show_their_settings_one_by_one() {
    let (_fake, client) = started(5);
    let templates = client.get("/api/v2/policytemplates?limit=100").expect(200).items();
    assert!(templates.len() >= 10);
    assert!(templates.iter().all(|template| template.get("configFields").is_none()));
    for template in &templates {
        let whole = client.get(&format!("/api/v2/policytemplates/{}", id(template))).expect(200).json();
        assert_eq!(whole["name"], template["name"]);
        assert!(!whole["configFields"].as_array().unwrap().is_empty());
    }
    let macs = client.get("/api/v2/policytemplates?limit=100&filter=osMetaFamily:eq:darwin").items();
    assert!(!macs.is_empty() && macs.len() < templates.len());
    client.get(&format!("/api/v2/policytemplates/{NOBODY}")).expect(404);
}

#[test]
fn policies_are_made_changed_and_deleted() {
    let (_fake, client) = started(20);
    let template = named(&client, "/api/v2/policytemplates", "lock_screen_darwin");
    let fields = client.get(&format!("/api/v2/policytemplates/{}", id(&template))).json();
    let field = &fields["configFields"][0];
    let made = |body: Value| client.post("/api/v2/policies", body);
    made(json!({"template": {"id": id(&template)}})).expect(400);
    made(json!({"name": "Lock"})).expect(400);
    made(json!({"name": "Lock", "template": {}})).expect(400);
    made(json!({"name": "Lock", "template": {"id": NOBODY}})).expect(404);
    let wrong = json!([{"configFieldID": NOBODY, "value": 1}]);
    made(json!({"name": "Lock", "template": {"id": id(&template)}, "values": wrong})).expect(400);
    let plain = made(json!({"name": "Plain", "template": {"id": id(&template)}})).expect(201).json();
    assert_eq!(plain["values"][0]["value"], field["defaultValue"]);
    let values = json!([{"configFieldID": field["id"], "value": 60}]);
    let lock =
        made(json!({"name": "Lock", "template": {"id": id(&template)}, "values": values})).expect(201).json();
    assert_eq!((&lock["values"][0]["value"], &lock["template"]["id"]), (&json!(60), &template["id"]));
    let path = format!("/api/v2/policies/{}", id(&lock));
    assert_eq!(client.get(&path).expect(200).json(), lock);
    let listed = named(&client, "/api/v2/policies", "Lock");
    assert_eq!(listed, json!({"id": lock["id"], "name": "Lock", "template": lock["template"]}));
    let changed = client.put(&path, json!({"name": "Lock soon", "notes": "n"})).expect(200).json();
    assert_eq!((&changed["values"], &changed["notes"]), (&lock["values"], &json!("n")));
    client.put(&path, json!({"notes": "no name"})).expect(400);
    client.delete(&path).expect(204);
    client.get(&path).expect(404);
    client.put(&path, json!({"name": "Lock"})).expect(404);
    client.get(&format!("{path}/policystatuses")).expect(404);
}

#[test]
fn every_system_that_a_policy_reaches_has_a_status() {
    let (_fake, client) = started(400);
    let policy = named(&client, "/api/v2/policies", "macOS – FileVault");
    let path = format!("/api/v2/policies/{}", id(&policy));
    // It comes through its policy group and the group of systems that this is bound to.
    let systems = all(&client, &format!("{path}/systems"));
    let statuses = all(&client, &format!("{path}/policystatuses"));
    let mut reached = texts(&systems, "id");
    let mut told = texts(&statuses, "systemID");
    reached.sort_unstable();
    told.sort_unstable();
    assert!(told.len() > 20);
    assert_eq!(told, reached);
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    texts(&statuses, "state").into_iter().for_each(|state| *states.entry(state).or_default() += 1);
    assert_eq!(states.keys().copied().collect::<Vec<_>>(), ["failed", "pending", "success"]);
    assert!(states["success"] > states["failed"] + states["pending"]);
    for status in &statuses {
        assert_eq!(status["success"], status["state"] == "success");
        assert_eq!(status["exitStatus"] == 1, status["state"] == "failed");
        assert_eq!(status.get("endedAt").is_none(), status["state"] == "pending");
    }
    // The same when it is asked again, or from the other side.
    assert_eq!(all(&client, &format!("{path}/policystatuses")), statuses);
    let failed = statuses.iter().find(|status| status["state"] == "failed").unwrap();
    let system = failed["systemID"].as_str().unwrap();
    let of_system =
        client.get(&format!("/api/v2/systems/{system}/policystatuses?limit=100")).expect(200).items();
    assert!(of_system.contains(failed));
    let reached = client.get(&format!("/api/v2/systems/{system}/policies?limit=100")).items();
    assert_eq!(reached.len(), of_system.len());
    let stats = client.get(&format!("/api/systems/{system}")).json()["policyStats"].clone();
    assert_eq!(stats["total"], of_system.len());
    let aggregated =
        client.get(&format!("/api/v2/systems/{system}/aggregated-policy-stats")).expect(200).json();
    assert_eq!(aggregated["policyCountData"], stats);
    assert!(aggregated["failedPolicies"].as_array().unwrap().contains(&policy["id"]));
    // Results are of those that have answered.
    let results = all(&client, &format!("{path}/policyresults"));
    assert_eq!(results.len(), statuses.len() - states["pending"]);
    let one = client.get(&format!("/api/v2/policyresults/{}", id(failed))).expect(200).json();
    assert_eq!(one, *failed);
    let filter = format!("policyID:eq:{}", id(&policy));
    let listed = client.get(&format!("/api/v2/policyresults?limit=100&filter={filter},state:eq:failed"));
    assert_eq!(listed.items().len(), states["failed"].min(100));
    client.get(&format!("/api/v2/policyresults/{NOBODY}")).expect(404);
    client.get(&format!("/api/v2/systems/{NOBODY}/policystatuses")).expect(404);
}

#[test]
fn a_policy_is_bound_and_goes_where_it_fits() {
    let (_fake, client) = started(100);
    let template = named(&client, "/api/v2/policytemplates", "ssh_root_linux");
    let body = json!({"name": "Lab", "template": {"id": id(&template)}});
    let policy = client.post("/api/v2/policies", body).expect(201).json();
    let path = format!("/api/v2/policies/{}", id(&policy));
    let system = |family: &str| {
        let path = format!("/api/systems?limit=1&filter=osFamily:$eq:{family}");
        client.get(&path).results().remove(0)["_id"].as_str().unwrap().to_owned()
    };
    let (linux, windows) = (system("linux"), system("windows"));
    let statuses = || client.get(&format!("{path}/policystatuses?limit=100")).expect(200).items();
    assert!(statuses().is_empty());
    let bind = |op: &str, kind: &str, id: &str| {
        client.post(&format!("{path}/associations"), json!({"op": op, "type": kind, "id": id}))
    };
    bind("add", "system", &linux).expect(204);
    bind("add", "system", &linux).expect(409);
    let before = client.get(&format!("/api/systems/{windows}")).json()["policyStats"].clone();
    bind("add", "system", &windows).expect(204);
    assert_eq!(texts(&statuses(), "systemID"), [linux.as_str()]);
    let after = client.get(&format!("/api/systems/{windows}")).json()["policyStats"].clone();
    assert_eq!(after["unsupportedOs"].as_u64(), before["unsupportedOs"].as_u64().map(|count| count + 1));
    // Through a person, on the systems that are theirs.
    let devices = client.get("/api/systems?limit=100&filter=osFamily:$eq:linux").results();
    let device =
        devices.iter().find(|device| !device["primarySystemUser"]["id"].is_null()).expect("a workstation");
    let user = device["primarySystemUser"]["id"].as_str().unwrap();
    let of_user = format!("/api/v2/users/{user}/policystatuses?limit=100");
    assert!(client.get(&of_user).expect(200).items().is_empty());
    bind("add", "user", user).expect(204);
    let found = client.get(&of_user).items();
    assert!(texts(&found, "systemID").contains(&device["_id"].as_str().unwrap()));
    assert!(found.iter().all(|status| status["userObjectId"] == user && status["policyID"] == policy["id"]));
    bind("remove", "system", &linux).expect(204);
    assert!(statuses().is_empty());
    // Through a policy group.
    let group = client.post("/api/v2/policygroups", json!({"name": "Lab"})).expect(201).json();
    assert_eq!(group["type"], "policy_group");
    let groups = format!("/api/v2/policygroups/{}", id(&group));
    let member = json!({"op": "add", "type": "policy", "id": policy["id"]});
    client.post(&format!("{groups}/members"), member.clone()).expect(204);
    client.post(&format!("{groups}/members"), member).expect(409);
    client
        .post(&format!("{groups}/associations"), json!({"op": "add", "type": "system", "id": linux}))
        .expect(204);
    assert_eq!(texts(&statuses(), "systemID"), [linux.as_str()]);
    let member_of = client.get(&format!("{path}/memberof")).items();
    assert_eq!(texts(&member_of, "id"), [id(&group)]);
    client.delete(&groups).expect(200);
    assert!(statuses().is_empty());
}
