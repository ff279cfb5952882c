//! Whatever is answered, a playbook comes to its end, in bounded time, and shows no secret.

mod given;

use std::time::{Duration, SystemTime};

use given::{ID, parameters};
use jumpcloud_core::playbook::Told;
use jumpcloud_core::{
    Client, Conversation, Credentials, Failure, Now, Operation, Options, Parameters, Response, Step,
    playbooks,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What a JumpCloud in a bad mood may answer.
fn answer() -> impl Strategy<Value = Result<(u16, String), bool>> {
    let object = json!({"_id": ID, "id": ID, "username": "ada", "hostname": "ada", "name": "ada", "type": "user",
        "workflowInstanceId": ID, "systemId": ID, "policyID": ID, "systemID": ID, "state": "ACTIVATED"});
    let list = json!({"totalCount": 1, "results": [object]});
    let body = prop_oneof![
        4 => Just(object.to_string()),
        4 => Just(list.to_string()),
        4 => Just(json!([object]).to_string()),
        1 => Just(json!([object, object, {"id": null}, 7]).to_string()),
        1 => Just(json!({"totalCount": 10_000_000u64, "results": []}).to_string()),
        1 => Just(String::new()),
        1 => Just("null".to_owned()),
        1 => "\\PC{0,20}",
    ];
    let status = prop_oneof![
        8 => Just(200u16),
        1 => Just(204),
        1 => prop::sample::select(vec![302u16, 400, 401, 403, 404, 409, 429, 500, 503]),
    ];
    prop_oneof![12 => (status, body).prop_map(Ok), 1 => any::<bool>().prop_map(Err)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn every_playbook_ends_whatever_is_answered(
        answers in prop::collection::vec(answer(), 1..12),
        order in any::<u64>(),
        id in any::<bool>(),
        dry_run in any::<bool>(),
        signs in any::<bool>(),
        on_time in any::<bool>(),
    ) {
        let all: Vec<Value> = serde_json::from_str(&playbooks()).unwrap();
        for playbook in &all {
            let name = playbook["name"].as_str().unwrap();
            let credentials = if signs { Credentials::system_context(ID) } else { Credentials::api_key("the-secret") };
            let given = Parameters::from_json(&parameters(playbook, id, dry_run).to_string()).unwrap();
            let mut conversation = Client::new(credentials).playbook(name, given, Options::default()).unwrap();
            let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
            let mut now = Now { wall, steady: Duration::ZERO };
            let (mut sent, mut waiting, mut ended) = (0, Vec::new(), false);
            for _ in 0..20_000 {
                match conversation.step(now) {
                    Ok(Step::Send(ticket, request)) => {
                        prop_assert!(!dry_run || request.method.as_str() == "GET" || request.url.contains("/search/")
                            || request.url.ends_with("/count") || playbook["safe"] == true, "{name}: {request}");
                        waiting.push(ticket);
                    }
                    Ok(Step::Receive | Step::Wait(_)) if !waiting.is_empty() => {
                        let ticket = waiting.swap_remove(order as usize % waiting.len());
                        let answer = answers[sent % answers.len()].clone();
                        sent += 1;
                        match answer {
                            Ok((status, body)) => {
                                let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
                                let response = Response { status, headers, body: body.into_bytes() };
                                conversation.received(ticket, response.clone(), now);
                                // An answer that comes twice is no other's.
                                conversation.received(ticket, response, now);
                            }
                            Err(lost) => conversation.failed(ticket, match lost {
                                true => Failure::NoAnswer("lost".into()),
                                false => Failure::NotSent("no route".into()),
                            }, now),
                        }
                    }
                    Ok(Step::Wait(time)) => now.steady += if on_time { time } else { time * 2 },
                    Ok(Step::Sign(_)) => conversation.signed(Ok(vec![1, 2, 3])),
                    Ok(Step::Give(Told::Outcome(json))) => {
                        prop_assert!(serde_json::from_str::<Value>(&json).is_ok());
                        prop_assert!(!json.contains("the-secret"));
                        ended = true;
                        break;
                    }
                    Ok(step) => prop_assert!(false, "{name}: {step:?}"),
                    Err(error) => {
                        let shown = format!("{error:?}");
                        prop_assert!(!shown.contains("the-secret"));
                        prop_assert!(error.operation().is_some(), "{name}: {error:?}");
                        ended = true;
                        break;
                    }
                }
            }
            prop_assert!(ended, "{name} does not end");
            prop_assert!(conversation.step(now).is_err(), "{name} goes on after its end");
        }
    }
}

/// Whoever asks a person before something is lost asks before a playbook, too.
#[test]
fn a_playbook_says_of_itself_what_the_operations_do_that_it_may_call() {
    let all: Vec<Value> = serde_json::from_str(&playbooks()).unwrap();
    for playbook in &all {
        let names = playbook["operations"].as_array().unwrap().iter();
        let called: Vec<_> = names.map(|name| Operation::find(name.as_str().unwrap()).unwrap()).collect();
        assert!(!called.is_empty(), "{playbook}");
        let (safe, destructive) =
            (called.iter().all(|one| one.safe), called.iter().any(|one| one.destructive));
        assert_eq!(
            (&playbook["safe"], &playbook["destructive"]),
            (&safe.into(), &destructive.into()),
            "{playbook}"
        );
        let takes_dry_run = playbook["parameters"]["properties"].get("dryRun").is_some();
        assert_eq!(takes_dry_run, !safe, "{playbook}");
    }
    let destructive = all.iter().filter(|playbook| playbook["destructive"] == true);
    let names: Vec<_> = destructive.map(|playbook| playbook["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["self.delete", "systems.erase", "users.resetMfa"]);
}
