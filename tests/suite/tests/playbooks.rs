//! Playbooks against the fake, over real HTTP; and what the vectors show of them all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jumpcloud_core::playbook::Told;
use jumpcloud_core::playbook::drift;
use jumpcloud_core::{Client, Credentials, Error, ErrorKind, Options, Parameters, route};
use jumpcloud_fake::Fake;
use jumpcloud_suite::transport::Transport;
use jumpcloud_suite::vectors::read_all;
use serde_json::{Value, json};

fn fake() -> (Fake, Client) {
    let fake = Fake::builder().users(60).seed(11).start().unwrap();
    let client = Client::new(Credentials::api_key(fake.api_key())).base_urls(&fake.url()).unwrap();
    (fake, client)
}

fn play_with(
    transport: &Transport,
    client: &Client,
    playbook: &str,
    parameters: Value,
) -> Result<Value, Error> {
    let parameters = Parameters::from_json(&parameters.to_string()).unwrap();
    let mut conversation = client.playbook(playbook, parameters, Options::default())?;
    let mut outcome = None;
    transport.drive(&mut conversation, |told| {
        if let Told::Outcome(json) = told {
            // JumpCloud's own objects have keys that it does not describe; what the playbook adds has none.
            let theirs = match playbook {
                "systems.find" | "users.find" => "result.",
                "systems.enrich" => "result.system.",
                "users.enrich" => "result.user.",
                _ => "nothing",
            };
            let drifts = drift(playbook, &json).unwrap();
            let odd: Vec<_> =
                drifts.iter().filter(|drift| drift.is_wrong() || !drift.path.starts_with(theirs)).collect();
            assert!(odd.is_empty(), "{playbook}: {odd:?} in {json}");
            outcome = Some(serde_json::from_str(&json).unwrap());
        }
        false
    })?;
    Ok(outcome.expect("a playbook ends with its outcome or an error"))
}

fn play(client: &Client, playbook: &str, parameters: Value) -> Result<Value, Error> {
    play_with(&Transport::default(), client, playbook, parameters)
}

/// The first items of a list.
fn some(client: &Client, operation: &str, count: u64) -> Vec<Value> {
    let mut items = Vec::new();
    let options = Options { limit: Some(count), ..Options::default() };
    Transport::default()
        .list(client, operation, Parameters::new(), options, |page| {
            items.extend(page.reply.items().map(|item| serde_json::from_slice::<Value>(item).unwrap()));
            true
        })
        .unwrap();
    items
}

#[test]
fn a_user_is_found_by_each_name_and_suspended_once() {
    let (fake, client) = fake();
    let users = some(&client, "v1.systemUsers.list", 60);
    let user = users.iter().find(|user| user["state"] == "ACTIVATED").unwrap();
    for key in ["_id", "username", "email", "employeeIdentifier"] {
        let wanted = user[key].as_str().unwrap().to_uppercase();
        let found = play(&client, "users.find", json!({"user": wanted})).unwrap();
        assert_eq!(found["_id"], user["_id"], "{key}");
    }
    let meant = json!({"user": user["email"]});
    let state = || play(&client, "users.find", meant.clone()).unwrap()["state"].clone();

    let dry = play(&client, "users.suspend", json!({"user": user["email"], "dryRun": true})).unwrap();
    let url = format!("POST {}/api/systemusers/{}/state/suspend", fake.url(), user["_id"].as_str().unwrap());
    assert_eq!((&dry["requests"], &dry["changed"]), (&json!([url]), &json!(false)));
    assert_eq!(state(), "ACTIVATED");
    let done = play(&client, "users.suspend", meant.clone()).unwrap();
    assert_eq!((&done["before"], done["changed"].as_bool()), (&json!({"state": "ACTIVATED"}), Some(true)));
    assert_eq!((state(), &done["after"]), (json!("SUSPENDED"), &json!({"state": "SUSPENDED"})));
    assert_eq!(play(&client, "users.suspend", meant.clone()).unwrap()["changed"], false);
    assert_eq!(play(&client, "users.activate", meant.clone()).unwrap()["changed"], true);
    assert_eq!(state(), "ACTIVATED");

    play(&client, "users.expirePassword", meant.clone()).unwrap();
    assert_eq!(play(&client, "users.find", meant.clone()).unwrap()["password_expired"], true);
    play(&client, "users.resetMfa", meant.clone()).unwrap();
    assert_eq!(play(&client, "users.find", meant).unwrap()["totp_enabled"], false);

    let error = play(&client, "users.suspend", json!({"user": "no.such.person"})).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::NotFound, Some("users.suspend")));
}

#[test]
fn what_enriching_tells_is_what_the_lists_tell() {
    let (_fake, client) = fake();
    let mut seen = [0; 5];
    for user in some(&client, "v1.systemUsers.list", 8) {
        let rich = play(&client, "users.enrich", json!({"user": user["username"]})).unwrap();
        assert_eq!((&rich["user"]["_id"], &rich["unavailable"]), (&user["_id"], &json!([])));
        let named = |part: &str, key: &str| {
            let all = rich[part].as_array().unwrap();
            assert!(all.iter().all(|item| item[key].is_string()), "{part}: {all:?}");
            all.len()
        };
        seen[0] += named("groups", "name");
        seen[1] += named("systems", "hostname");
        seen[2] += named("applications", "name");
    }
    for system in some(&client, "v1.systems.list", 8) {
        let rich = play(&client, "systems.enrich", json!({"system": system["serialNumber"]})).unwrap();
        assert_eq!(rich["system"]["_id"], system["_id"]);
        let users = rich["users"].as_array().unwrap();
        seen[3] += users.iter().filter(|user| user["username"].is_string()).count();
        seen[4] += rich["policies"].as_array().unwrap().len();
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn a_member_comes_and_goes_without_complaint() {
    let (_fake, client) = fake();
    let system = &some(&client, "v1.systems.list", 1)[0];
    let user = &some(&client, "v1.systemUsers.list", 1)[0];
    for (create, member, id) in [
        ("v2.userGroups.create", "user", &user["username"]),
        ("v2.systemGroups.create", "system", &system["serialNumber"]),
    ] {
        let name = Parameters::new().with("body", json!({"name": "Night shift, & co: 1"}));
        Transport::default().call(&client, create, name).unwrap();
        let change = |playbook: &str| {
            let parameters = json!({"group": "Night shift, & co: 1", member: id});
            play(&client, playbook, parameters).unwrap()["changed"].clone()
        };
        assert_eq!(change("groups.addMember"), true);
        assert_eq!(change("groups.addMember"), false);
        assert_eq!(change("groups.removeMember"), true);
        assert_eq!(change("groups.removeMember"), false);
    }
}

#[test]
fn a_command_runs_on_systems_and_its_results_are_awaited() {
    let (_fake, client) = fake();
    let command = json!({"name": "Say hello", "command": "echo hello", "commandType": "linux"});
    let command = Parameters::new().with("body", command);
    Transport::default().call(&client, "v1.commands.create", command).unwrap();
    let active: Vec<Value> =
        some(&client, "v1.systems.list", 60).into_iter().filter(|system| system["active"] == true).collect();
    // Phones run no commands.
    let runs =
        |system: &&Value| ["darwin", "windows", "linux"].contains(&system["osFamily"].as_str().unwrap());
    let serial = |system: &Value| system["serialNumber"].clone();
    let systems: Vec<Value> = active.iter().filter(runs).take(2).map(serial).collect();
    let parameters = json!({"command": "Say hello", "systems": systems, "timeout": 20});
    let done = play(&client, "commands.run", parameters).unwrap();
    assert_eq!((&done["finished"], done["results"].as_array().unwrap().len()), (&json!(true), 2), "{done}");
    for result in done["results"].as_array().unwrap() {
        assert_eq!(result["exitCode"], 0, "{result}");
        assert!(result["output"].as_str().unwrap().contains("hello"), "{result}");
    }
    let phone = active.iter().find(|system| !runs(system)).map(serial).unwrap();
    let parameters = json!({"command": "Say hello", "systems": phone, "timeout": 1});
    assert_eq!(play(&client, "commands.run", parameters).unwrap()["finished"], false);
}

#[test]
fn the_compliance_of_each_policy_adds_up() {
    let (_fake, client) = fake();
    let (mut systems, mut known) = (0, 0);
    for policy in some(&client, "v2.policies.list", 5) {
        let told = play(&client, "policies.compliance", json!({"policy": policy["id"]})).unwrap();
        let count = |key: &str| told["summary"][key].as_u64().unwrap();
        assert_eq!(count("systems"), count("compliant") + count("failing") + count("unknown"));
        assert_eq!(count("systems") as usize, told["systems"].as_array().unwrap().len());
        systems += count("systems");
        known += count("compliant") + count("failing");
    }
    assert!(systems > 0 && known > 0, "{systems} systems, {known} known");
}

#[test]
fn a_policy_is_assigned_once() {
    let (_fake, client) = fake();
    let policy = &some(&client, "v2.policies.list", 1)[0];
    let group = json!({"name": "Kiosks"});
    let group = Parameters::new().with("body", group);
    Transport::default().call(&client, "v2.systemGroups.create", group).unwrap();
    let assign = || {
        let parameters = json!({"policy": policy["name"], "group": "Kiosks"});
        play(&client, "policies.assign", parameters).unwrap()["changed"].clone()
    };
    assert_eq!((assign(), assign()), (json!(true), json!(false)));
}

#[test]
fn a_connection_says_what_it_may_do() {
    let (fake, client) = fake();
    let result = |client: &Client| play(client, "connection.test", json!({})).unwrap();
    let good = result(&client);
    assert_eq!(good["authenticated"], true);
    assert!(good["areas"].as_array().unwrap().iter().all(|area| area["result"] == "ok"), "{good}");
    let account = Credentials::service_account(fake.client_id(), fake.client_secret());
    assert_eq!(result(&Client::new(account).base_urls(&fake.url()).unwrap()), good);

    let wrong = Client::new(Credentials::api_key("wrong-key")).base_urls(&fake.url()).unwrap();
    let bad = result(&wrong);
    assert_eq!(bad["authenticated"], false);
    assert!(bad["areas"].as_array().unwrap().iter().all(|area| area["result"] == "authentication"), "{bad}");
    assert!(!bad.to_string().contains("wrong-key"));

    let url = fake.url();
    drop(fake);
    let nobody = Client::new(Credentials::api_key("any")).base_urls(&url).unwrap();
    let mut playbook = nobody
        .playbook("connection.test", Parameters::new(), Options { attempts: 1, ..Options::default() })
        .unwrap();
    let error = Transport::default().drive(&mut playbook, |_| true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[test]
fn a_system_lives_its_life() {
    let (fake, admin) = fake();
    let id = fake.system_id();
    let client = Client::new(Credentials::system_context(&id)).base_urls(&fake.url()).unwrap();
    let transport = Transport::default().with_key(fake.system_private_key_pem().as_bytes()).unwrap();
    let play = |playbook: &str, parameters| play_with(&transport, &client, playbook, parameters);
    let group: Value = Transport::default()
        .call(&admin, "v2.systemGroups.create", Parameters::new().with("body", json!({"name": "Web tier"})))
        .unwrap()
        .json()
        .unwrap();
    let group = json!({"group": group["id"]});
    let user = &some(&admin, "v1.systemUsers.list", 60)[59];

    assert_eq!(play("connection.test", json!({})).unwrap()["authenticated"], true);
    assert_eq!(play("self.join", group.clone()).unwrap()["changed"], true);
    assert_eq!(play("self.join", group.clone()).unwrap()["changed"], false);
    play("self.bindUser", json!({"user": user["_id"], "sudo": true})).unwrap();
    let rich = crate::play(&admin, "systems.enrich", json!({"system": id})).unwrap();
    assert!(
        rich["groups"].to_string().contains("Web tier")
            && rich["users"].to_string().contains(user["_id"].as_str().unwrap())
    );
    assert_eq!(play("self.leave", group.clone()).unwrap()["changed"], true);
    assert_eq!(play("self.leave", group).unwrap()["changed"], false);

    let dry = play("self.delete", json!({"dryRun": true})).unwrap();
    assert_eq!(dry["requests"], json!([format!("DELETE {}/api/systems/{id}", fake.url())]));
    assert_eq!(play("self.delete", json!({})).unwrap()["changed"], true);
    let gone = crate::play(&admin, "systems.find", json!({"system": id})).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    assert_eq!(play("users.find", json!({"user": "ada"})).unwrap_err().kind(), ErrorKind::InvalidRequest);
}

/// The vectors show every playbook, and each calls what it says it may, all of it and nothing else.
#[test]
fn each_playbook_calls_the_operations_that_it_names() {
    let described: Vec<Value> = serde_json::from_str(&jumpcloud_core::playbooks()).unwrap();
    let mut called: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (name, vector) in
        read_all(&Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../vectors")).unwrap()
    {
        let Some(playbook) = vector["playbook"].as_str() else { continue };
        let called = called.entry(playbook.to_owned()).or_default();
        for entry in vector["exchange"].as_array().into_iter().flatten() {
            let Some(url) = entry["request"]["url"].as_str() else { continue };
            let url = url::Url::parse(url).unwrap();
            let method = entry["request"]["method"].as_str().unwrap_or("GET");
            let operation = route::find(method, url.path()).unwrap_or_else(|error| panic!("{name}: {error}"));
            if operation.name != "oauth.tokens.create" {
                called.insert(operation.name);
            }
        }
    }
    for playbook in described {
        let name = playbook["name"].as_str().unwrap();
        let may: BTreeSet<&str> =
            playbook["operations"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let called = called.remove(name).unwrap_or_default();
        assert!(called.is_subset(&may), "{name} also calls {:?}", called.difference(&may));
        // Those that find their user or system are shown once to do it by id and by name, not each of them.
        let changes = may.iter().filter(|name| !name.ends_with(".get") && !name.ends_with(".search"));
        let missing: Vec<_> = changes.filter(|name| !called.contains(*name)).collect();
        assert!(missing.is_empty(), "no vector shows {name} call {missing:?}");
    }
    called.remove("users.suspned");
    assert!(called.is_empty(), "vectors of no playbook: {called:?}");
}
