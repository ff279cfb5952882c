//! The ids that callers may use for operations.
#![cfg(feature = "operation-ids")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::Path;

use jumpcloud_core::operation::{Method, Operation};

/// `api/legacy-ids.tsv`: id, method, path, fate.
fn legacy() -> Vec<[String; 4]> {
    let text =
        read_to_string(Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("api/legacy-ids.tsv"))
            .unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut columns = line.split('\t').map(str::to_owned);
            [0; 4].map(|_| columns.next().unwrap_or_default())
        })
        .collect()
}

#[test]
fn every_id_of_the_older_sdks_is_found_or_says_that_its_operation_is_gone() {
    let (mut found, mut gone) = (0, 0);
    let ids: BTreeSet<String> = Operation::all()
        .flat_map(Operation::operation_ids)
        .map(|id| id.to_lowercase().replace(['_', '-'], ""))
        .collect();
    for [id, method, path, fate] in legacy() {
        match (Operation::find(&id), fate.strip_prefix("gone")) {
            (Ok(operation), None) => {
                assert_eq!((operation.method.as_str(), operation.path), (&*method, &*path), "{id}");
                found += 1;
            }
            (Err(error), Some(now)) => {
                let message = error.to_string();
                let says =
                    format!("{id:?} was an operation of JumpCloud's older SDKs; JumpCloud has it no more");
                let instead = now.strip_prefix(':').map(|now| {
                    let here = |o: &&Operation| format!("{} {}", o.method, o.path) == now;
                    Operation::all().find(here).unwrap().name
                });
                let instead = instead.map(|name| format!("; call {name:?}")).unwrap_or_default();
                assert_eq!(message, format!("{says}{instead}"));
                // Each language writes names in its own case.
                for written in [id.to_uppercase(), id.to_lowercase(), id.replace('_', "-")] {
                    let message = Operation::find(&written).unwrap_err().to_string();
                    let rest = message.split_once(" was an operation of").map(|(_, rest)| rest);
                    assert_eq!(
                        rest,
                        says.split_once(" was an operation of")
                            .map(|(_, rest)| rest)
                            .map(|rest| format!("{rest}{instead}"))
                            .as_deref(),
                        "{written}"
                    );
                    assert!(
                        !ids.contains(&written.to_lowercase().replace(['_', '-'], "")),
                        "{id} is two things"
                    );
                }
                gone += 1;
            }
            (found, _) => panic!("{id}: {found:?}"),
        }
    }
    assert!(found > gone && gone > 0);
}

#[test]
fn every_operation_is_found_by_the_newest_kind_of_id() {
    // What JumpCloud's newest ids follow from; only an operation of which no such id was seen may lack it.
    for operation in Operation::all().filter(|operation| operation.path.starts_with("/insights/")) {
        let newest = operation.operation_ids().next().unwrap();
        let start = format!("{}InsightsDirectoryV1", operation.method.as_str().to_lowercase());
        assert!(newest.starts_with(&start), "{}: {newest}", operation.name);
    }
    let events = Operation::find("postInsightsDirectoryV1Events").unwrap();
    assert_eq!((events.method, events.path), (Method::Post, "/insights/directory/v1/events"));
    assert!(std::ptr::eq(events, Operation::find("Event_Get").unwrap()));
}

#[test]
fn what_is_suggested_is_a_dotted_name_that_is_near() {
    for [id, ..] in legacy().into_iter().step_by(11) {
        // One letter is missing: whatever is suggested can be called, and is no other operation's id.
        let wrong = &id[..id.len() - 1];
        let Err(error) = Operation::find(wrong) else { continue };
        let message = error.to_string();
        let Some((_, suggested)) = message.split_once("did you mean \"") else { continue };
        let name = suggested.trim_end_matches("\"?");
        assert!(Operation::all().any(|operation| operation.name == name), "{wrong}: {message}");
    }
    let message = Operation::find("v1.systemUsers.lst").unwrap_err().to_string();
    assert!(message.ends_with("did you mean \"v1.systemUsers.list\"?"), "{message}");
    // What lacks a word of a noun is nearer than what stands elsewhere and differs in fewer letters (policyResults.list).
    let message = Operation::find("v2.policies.results.list").unwrap_err().to_string();
    assert!(message.ends_with("did you mean \"v2.policies.policyResults.list\"?"), "{message}");
    // One noun alone does not say which is meant: these are administrators, or users of systems.
    let message = Operation::find("v1.users.list").unwrap_err().to_string();
    assert!(!message.contains("did you mean"), "{message}");
    // The opposite, or another thing that can be done, is not what was meant.
    for name in ["v1.systems.unlock", "v1.systemUsers.lock", "v1.systemUsers.resetTotp"] {
        let message = Operation::find(name).unwrap_err().to_string();
        assert!(message.ends_with(&format!("there is no operation {name:?}")), "{message}");
    }
    let message = Operation::find(&"v".repeat(100_000)).unwrap_err().to_string();
    assert!(!message.contains("did you mean"));
    let message = Operation::find("groups_user_lists").unwrap_err().to_string();
    assert!(message.ends_with("there is no operation \"groups_user_lists\""), "{message}");
}
