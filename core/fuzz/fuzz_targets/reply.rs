//! A page, beside serde_json: where that reads the body as a list of objects, ours has the same items; where ours has
//! items and every one of them is JSON, that reads the body.

#![no_main]

use jumpcloud_core::reply::parse;
use jumpcloud_core::{Operation, Response};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|data: &[u8]| {
    let Some((first, body)) = data.split_first() else { return };
    let lists: [&str; 3] = ["v2.userGroups.list", "v1.systemUsers.list", "v2.systemInsights.apps.list"];
    let operation = Operation::find(lists[usize::from(*first) % lists.len()]).unwrap();
    let reply = parse(operation, Response { status: 200, headers: vec![], body: body.to_vec() });
    let theirs: Option<Vec<&RawValue>> = std::str::from_utf8(body).ok().and_then(|text| {
        if operation.name.starts_with("v1") {
            let all: std::collections::BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
            serde_json::from_str(all.get("results")?.get()).ok()
        } else {
            serde_json::from_str(text).ok()
        }
    });
    let objects = theirs.filter(|items| {
        // An error where items should be is an error (`reply.rs`), and is looked at in the target `error`.
        let plain = |item: &&RawValue| {
            let value: Result<serde_json::Value, _> = serde_json::from_str(item.get());
            value.is_ok_and(|value| value.get("_id").or(value.get("id")).is_some())
        };
        items.iter().all(plain)
    });
    // Keys that are given twice are read by whoever comes first or last.
    let twice = |key: &str| String::from_utf8_lossy(body).matches(key).count() > 1;
    match (&reply, objects) {
        (Ok(reply), Some(items)) if !twice("results") => {
            let ours: Vec<&[u8]> = reply.items().collect();
            let theirs: Vec<&[u8]> = items.iter().map(|item| item.get().as_bytes()).collect();
            assert_eq!(ours, theirs);
        }
        (Err(error), Some(items)) if !items.is_empty() && operation.name.starts_with("v2") => {
            panic!("{error}: {}", String::from_utf8_lossy(body));
        }
        (Ok(reply), None) => {
            let all: Result<Vec<&RawValue>, _> = reply.items().map(serde_json::from_slice).collect();
            let text = std::str::from_utf8(body).map(|text| text.trim_start_matches('\u{feff}'));
            if let (Ok(_), Ok(text)) = (all, text) {
                let whole: Result<&RawValue, _> = serde_json::from_str(text);
                assert!(whole.is_ok() || text.trim().is_empty(), "{whole:?}: {text}");
            }
        }
        _ => {}
    }
});
