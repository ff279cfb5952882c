use std::time::Duration;

use jumpcloud_fake::{Fake, Quirks};
use serde_json::{Value, json};

use crate::client::{Client, started, texts, until};

const NOBODY: &str = "5f0c1e2d3b4a59687766554a";

fn systems(client: &Client, active: bool, count: usize) -> Vec<String> {
    let path = format!("/api/systems?limit={count}&filter=active:$eq:{active}&filter=osFamily:$ne:ios");
    let found = client.get(&path).results();
    assert_eq!(found.len(), count);
    texts(&found, "_id").into_iter().map(str::to_owned).collect()
}

fn make(client: &Client, script: &str) -> String {
    let made =
        client.post("/api/commands", json!({"name": "Hello", "command": script, "commandType": "linux"}));
    made.expect(200).json()["_id"].as_str().unwrap().to_owned()
}

fn results(client: &Client, instance: &Value) -> Vec<Value> {
    let body =
        json!({"filter": format!("workflowInstanceId:$eq:{}", instance.as_str().unwrap()), "limit": 100});
    client.post("/api/search/commandresults", body).expect(200).results()
}

fn workflow(client: &Client, path: &str, instance: &Value) -> Option<Value> {
    client.get(path).results().into_iter().find(|workflow| workflow["id"] == *instance)
}

#[test]
fn commands_are_made_replaced_and_deleted() {
    let (_fake, client) = started(20);
    let all = client.get("/api/commands?limit=100").json();
    assert_eq!((all["results"].as_array().unwrap().len(), &all["totalCount"]), (12, &json!(12)));
    client.post("/api/commands", json!({"command": "true"})).expect(400);
    client.post("/api/commands", json!({"name": "Nothing"})).expect(400);
    client.post("/api/commands", json!({"name": "Wrong", "command": 7})).expect(400);
    client.post("/api/commands", json!({"name": "Wrong", "command": "true", "sudo": "yes"})).expect(400);
    let new = json!({
        "name": "New", "command": "dir", "commandType": "windows", "shell": "anything", "timeout": "5",
        "_id": NOBODY, "systems": [NOBODY],
    });
    let made = client.post("/api/commands", new).expect(200).json();
    assert_eq!((&made["commandType"], &made["shell"]), (&json!("windows"), &json!("anything")));
    assert_eq!(made["systems"], json!([]));
    assert_ne!(made["_id"], NOBODY);
    let path = format!("/api/commands/{}", made["_id"].as_str().unwrap());
    // What is left out falls back to its default.
    let replaced = client.put(&path, json!({"name": "Newer", "command": "ls"})).expect(200).json();
    assert_eq!((&replaced["commandType"], &replaced["timeout"]), (&json!("linux"), &json!("120")));
    client.put(&path, json!({"name": "Newer"})).expect(400);
    assert_eq!(client.get(&path).expect(200).json(), replaced);
    assert_eq!(client.get("/api/commands?filter=name:$eq:Newer").results().len(), 1);
    let found = client.post("/api/search/commands", json!({"searchFilter": {"searchTerm": "newer"}}));
    assert_eq!(found.results().len(), 1);
    client.delete(&path).expect(200);
    client.get(&path).expect(404);
    client.put(&path, json!({"name": "Newer", "command": "ls"})).expect(404);
    client.get(&format!("{path}/results")).expect(404);
}

#[test]
fn a_command_is_run_and_its_results_come() {
    let (fake, client) = started(60);
    let command = make(&client, "hostname\necho \"done, twice\"\nexit 3");
    let targets = systems(&client, true, 3);
    let run = || {
        let body = json!({"_id": command, "systemIds": targets});
        client.post("/api/runCommand", body).expect(200).json()
    };
    // They take their time.
    fake.set_quirks(Quirks { work_ms: Some(3_600_000), ..Quirks::default() });
    let slow = run();
    assert_eq!(slow["queueIds"].as_array().unwrap().len(), 3);
    let instance = &slow["workflowInstanceId"];
    assert!(results(&client, instance).is_empty());
    assert!(workflow(&client, "/api/v2/commandresult/workflows?limit=100", instance).is_none());
    let queued = workflow(&client, "/api/v2/queuedcommand/workflows?limit=100", instance).unwrap();
    assert_eq!((&queued["pendingCount"], &queued["command"]), (&json!(3), &json!("Hello")));
    // They do not.
    fake.set_quirks(Quirks::default());
    let quick = run();
    let instance = &quick["workflowInstanceId"];
    let found = until("three results", || Some(results(&client, instance)).filter(|found| found.len() == 3));
    for result in &found {
        assert!(targets.iter().any(|id| result["systemId"] == id.as_str()));
        let output = format!("{}\ndone, twice\n", result["system"].as_str().unwrap());
        assert_eq!(result["response"]["data"], json!({"exitCode": 3, "output": output}));
        assert_eq!((&result["exitCode"], &result["workflowId"]), (&json!(3), &json!(command)));
        assert!(result["requestTime"].as_str() < result["responseTime"].as_str());
    }
    assert!(workflow(&client, "/api/v2/queuedcommand/workflows?limit=100", instance).is_none());
    let completed = workflow(&client, "/api/v2/commandresult/workflows?limit=100", instance).unwrap();
    assert_eq!((&completed["completedCount"], &completed["pendingCount"]), (&json!(3), &json!(0)));

    let all = client.get(&format!("/api/commands/{command}/results?limit=2")).expect(200).items();
    assert_eq!(all.len(), 2);
    let path = format!("/api/commandresults/{}", found[0]["_id"].as_str().unwrap());
    assert_eq!(client.get(&path).expect(200).json()["response"], found[0]["response"]);
    client.delete(&path).expect(200);
    client.get(&path).expect(404);
    client.delete(&path).expect(404);
    assert_eq!(results(&client, instance).len(), 2);
    // Unlike other searches this one gives 100 at most.
    client.post("/api/search/commandresults", json!({"limit": 1000})).expect(400);
}

#[test]
fn what_is_off_does_not_answer_and_can_be_cancelled() {
    let (_fake, client) = started(200);
    let command = make(&client, "echo hello");
    let (on, off) = (systems(&client, true, 1).remove(0), systems(&client, false, 1).remove(0));
    let strict = Fake::builder().users(5).strict(true).start().unwrap();
    let run = Client::new(&strict).post("/api/runcommand", json!({"_id": command})).status;
    assert_eq!(run, 404, "paths are case-sensitive in the table");
    let run =
        client.post("/api/runCommand", json!({"_id": command, "systems": [on, off, on]})).expect(200).json();
    let instance = &run["workflowInstanceId"];
    assert_eq!(run["queueIds"].as_array().unwrap().len(), 2);
    until("one result", || Some(()).filter(|()| results(&client, instance).len() == 1));
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(results(&client, instance)[0]["systemId"], on.as_str());
    let queued = workflow(&client, "/api/v2/queuedcommand/workflows?limit=100", instance).unwrap();
    assert_eq!(queued["pendingCount"], 1);
    let cancel = format!("/api/v2/commandqueue/{}", instance.as_str().unwrap());
    client.delete(&cancel).expect(204);
    assert!(workflow(&client, "/api/v2/queuedcommand/workflows?limit=100", instance).is_none());
    client.delete(&format!("/api/v2/commandqueue/{NOBODY}")).expect(404);
}

#[test]
fn a_run_needs_its_command_under_its_own_key() {
    let (_fake, client) = started(20);
    let command = make(&client, "true");
    for body in [json!({"id": command}), json!({"command": command}), json!({})] {
        let refused = client.post("/api/runCommand", body).expect(400).json();
        assert_eq!(refused, json!({"message": "command id is required"}));
    }
    client.post("/api/runCommand", json!({"_id": NOBODY})).expect(404);
    client.post("/api/runCommand", json!({"_id": command, "systemIds": [NOBODY]})).expect(404);
    client.post("/api/runCommand", json!({"_id": command, "systemGroups": ["x"]})).expect(404);
    // Bound to nothing, it runs nowhere.
    let run = client.post("/api/runCommand", json!({"_id": command})).expect(200).json();
    assert_eq!(run["queueIds"], json!([]));
}

#[test]
fn a_command_runs_on_what_it_is_bound_to() {
    let (_fake, client) = started(100);
    let command = make(&client, "echo hello");
    let group = client.post("/api/v2/systemgroups", json!({"name": "Lab"})).expect(201).json();
    let group = group["id"].as_str().unwrap();
    let machines = systems(&client, true, 3);
    for machine in &machines[..2] {
        let body = json!({"op": "add", "type": "system", "id": machine});
        client.post(&format!("/api/v2/systemgroups/{group}/members"), body).expect(204);
    }
    let bind = |kind: &str, id: &str| {
        let body = json!({"op": "add", "type": kind, "id": id});
        client.post(&format!("/api/v2/commands/{command}/associations"), body)
    };
    bind("system_group", group).expect(204);
    // One of them is reached twice.
    bind("system", &machines[1]).expect(204);
    bind("system", &machines[2]).expect(204);
    bind("system", &machines[2]).expect(409);
    bind("system", NOBODY).expect(404);
    let bound =
        client.get(&format!("/api/v2/commands/{command}/associations?targets=system&limit=100")).items();
    assert_eq!(bound.len(), 2);
    let reached = client.get(&format!("/api/v2/commands/{command}/systems?limit=100")).items();
    assert_eq!(texts(&reached, "id"), machines);
    let groups = client.get(&format!("/api/v2/commands/{command}/systemgroups")).items();
    assert_eq!(texts(&groups, "id"), [group]);
    let commands = client.get(&format!("/api/v2/systems/{}/commands?limit=100", machines[0])).items();
    assert!(texts(&commands, "id").contains(&command.as_str()));

    let queued = |body: Value| {
        let run = client.post("/api/runCommand", body).expect(200).json();
        run["queueIds"].as_array().unwrap().len()
    };
    assert_eq!(queued(json!({"_id": command})), 3);
    assert_eq!(queued(json!({"_id": command, "systemGroups": [group]})), 2);
    assert_eq!(queued(json!({"_id": command, "systemIds": []})), 0);

    client.delete(&format!("/api/commands/{command}")).expect(200);
    client.get(&format!("/api/v2/commands/{command}/systems")).expect(404);
    let waiting = client.get("/api/v2/queuedcommand/workflows?limit=100").results();
    assert!(!texts(&waiting, "command").contains(&"Hello"));
}

#[test]
fn triggers_and_schedules_run_commands_too() {
    let (_fake, client) = started(200);
    let triggered = client.post("/api/command/trigger/deploy", json!({})).expect(200).json();
    assert_eq!(triggered, json!({"triggered": ["Restart web server"]}));
    let body = json!({"filter": [{"name": "Restart web server"}]});
    let found = until("results", || {
        let found = client.post("/api/search/commandresults", body.clone()).expect(200).results();
        Some(found).filter(|found| !found.is_empty())
    });
    assert_eq!(found[0]["response"]["data"]["output"], "nginx restarted\n");
    assert_eq!(client.post("/api/command/trigger/unknown", json!({})).json(), json!({"triggered": []}));
    // Schedules ran before the fake was started.
    let past = client.get("/api/commandresults?limit=100&sort=responseTime").expect(200).results();
    assert!(texts(&past, "name").contains(&"Disk usage"));
    assert!(texts(&past, "responseTime").is_sorted());
}
