//! What requests accept, over all operations.
#![cfg(feature = "reply-schemas")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;

use jumpcloud_core::Parameters;
use jumpcloud_core::operation::{Accepts, Answers, Operation};
use jumpcloud_core::request::{Settings, build};

#[test]
fn a_request_accepts_what_the_description_says_that_comes() {
    for operation in Operation::all() {
        let replies = operation.replies();
        let described: Vec<&str> = replies
            .iter()
            .filter(|reply| reply.status.starts_with('2') && !reply.media_type.is_empty())
            .map(|reply| reply.media_type)
            .collect();
        for media_type in &operation.media_types {
            assert!(described.contains(media_type), "{}: {media_type}", operation.name);
        }
        for media_type in &described {
            assert!(operation.media_types.contains(media_type), "{}: {media_type}", operation.name);
        }
        let parameters = Parameters::from_json(&generate::parameters(operation, false).to_string()).unwrap();
        let settings = Settings { origin: "https://console.jumpcloud.com".into(), ..Settings::default() };
        let settings = match operation.organization {
            jumpcloud_core::operation::Organization::Required => {
                Settings { organizations: vec!["5f1b8a2b8f1d2a0012345678".into()], ..settings }
            }
            _ => settings,
        };
        let request = build(operation, &parameters, &settings).unwrap();
        let accept: Vec<&str> = request.header("accept").unwrap_or_default().split(", ").collect();
        match (operation.accepts, operation.answers) {
            // A presigned address is called as it is.
            (Accepts::Nothing, _) => assert_eq!(accept, [""], "{}", operation.name),
            (_, Answers::Bytes | Answers::Text) => {
                assert!(described.iter().all(|media_type| accept.contains(media_type)), "{}", operation.name);
                assert!(accept.contains(&"*/*"), "errors are JSON: {}", operation.name);
            }
            (_, Answers::JsonOrText) => assert_eq!(accept, ["application/json"], "{}", operation.name),
            (_, Answers::Json | Answers::Empty) => {
                assert_eq!(accept[0], "application/json", "{}", operation.name);
                assert!(described.iter().all(|media_type| accept.contains(media_type)), "{}", operation.name);
            }
        }
    }
}
