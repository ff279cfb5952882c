//! The questions of `tests/searches.json`, which every language asks: what is right stands first or second.

use serde_json::Value;

#[test]
fn every_question_finds_the_right_operation_first_or_second() {
    let questions: Vec<Value> = serde_json::from_str(include_str!("../../tests/searches.json")).unwrap();
    assert!(questions.len() >= 20);
    let mut wrong = Vec::new();
    for asked in &questions {
        let question = asked["question"].as_str().unwrap();
        let found: Vec<Value> =
            serde_json::from_str(&jumpcloud_core::catalogue::operations(question)).unwrap();
        let right = asked["right"].as_array().unwrap();
        assert!(!right.is_empty());
        if !found.iter().take(2).any(|one| right.contains(&one["name"])) {
            let first: Vec<&Value> = found.iter().take(5).map(|one| &one["name"]).collect();
            let place = found.iter().position(|one| right.contains(&one["name"]));
            wrong.push(format!("{question}: {} found, the right one at {place:?}: {first:?}", found.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
