//! A core whose calls do not lead to what composes filters and bodies: it asks for that where it needs it, and only there.
#![cfg(not(feature = "composer"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;

use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::operation::{Accepts, Operation, Organization};
use jumpcloud_core::request::{Request, Settings, build, provide_composer};
use jumpcloud_core::{
    Client, Conversation, Credentials, ErrorKind, Now, Options, Parameters, Result, Step, schema,
};
use serde_json::{Value, json};

fn request(operation: &'static Operation, parameters: &Value) -> Result<Request> {
    let mut settings = Settings { origin: "https://console.jumpcloud.com".into(), ..Settings::default() };
    if operation.organization == Organization::Required {
        settings.organizations = vec!["5f1b8a2b8f1d2a0012345678".into()];
    }
    build(operation, &Parameters::from_json(&parameters.to_string())?, &settings)
}

/// Whether there is a filter or a body, or a body has to be there.
fn composed(operation: &Operation, parameters: &Value) -> bool {
    let filter = |name: &String| operation.parameter(name).is_some_and(|parameter| parameter.filter);
    let given = parameters.as_object().unwrap();
    let body = operation.body.as_ref();
    given.keys().any(filter) || body.is_some_and(|body| body.required || given.contains_key("body"))
}

// One test, as what is provided is there for the whole process.
#[test]
fn what_composes_filters_and_bodies_is_asked_for_where_it_is_needed() {
    // Whatever parameters refer to would go unchecked.
    let refers = |schema: &schema::Schema| matches!(schema.kind, schema::Kind::Reference(_));
    assert!(Operation::all().all(|operation| !operation.parameters.iter().any(|one| refers(&one.schema))));

    let (mut asked, mut made) = (0, 0);
    for everything in [true, false] {
        for operation in Operation::all() {
            let parameters = generate::parameters(operation, everything);
            match request(operation, &parameters) {
                Ok(_) => {
                    assert!(!composed(operation, &parameters), "{}", operation.name);
                    made += 1;
                }
                Err(error) => {
                    assert!(error.needs_composer() && composed(operation, &parameters), "{error}");
                    assert_eq!(
                        (error.kind(), error.operation()),
                        (ErrorKind::Transport, Some(operation.name))
                    );
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 500 && made > 500, "{asked} {made}");

    // A list asks before anything is sent, so that it can be begun again; and one that needs nothing does not ask.
    let client = Client::new(Credentials::api_key("secret")).organization("5f1b8a2b8f1d2a0012345678");
    let lists = || Operation::all().filter(|operation| operation.paging.is_some());
    for operation in lists().filter(|operation| operation.accepts != Accepts::Nothing) {
        let given = generate::parameters(operation, false);
        let parameters = Parameters::from_json(&given.to_string()).unwrap();
        let begun = client.pages(operation.name, parameters, Options::default());
        let first = begun.and_then(|mut pages| pages.step(Now { wall: UNIX_EPOCH, steady: Duration::ZERO }));
        match first {
            Err(error) => assert!(error.needs_composer(), "{error}"),
            Ok(Step::Send(..)) => assert!(!composed(operation, &given), "{}", operation.name),
            Ok(step) => panic!("{}: {step:?}", operation.name),
        }
    }

    let create = Operation::find("v1.systemUsers.create").unwrap();
    let query = Operation::find("insights.events.query").unwrap();
    let missing = || request(query, &json!({})).unwrap_err();
    let wrong = || request(create, &json!({ "body": { "email": 5, "username": "ada" } })).unwrap_err();
    assert!(missing().needs_composer() && wrong().needs_composer());
    // What is wrong whatever composes it is said at once.
    let misspelled = request(create, &json!({ "bodi": {} })).unwrap_err();
    assert_eq!((misspelled.kind(), misspelled.needs_composer()), (ErrorKind::InvalidRequest, false));

    provide_composer();
    provide_composer();

    assert_eq!(missing().to_string(), "insights.events.query: body: missing; expected an object");
    assert_eq!(wrong().to_string(), "v1.systemUsers.create: body.email: expected a string, got a number");
    for operation in Operation::all() {
        let mut parameters = generate::parameters(operation, true);
        request(operation, &parameters).unwrap_or_else(|error| panic!("{error}"));
        for filter in operation.parameters.iter().filter(|parameter| parameter.filter) {
            let kept = std::mem::replace(&mut parameters[filter.name], json!({ "and": 5 }));
            let error = request(operation, &parameters).unwrap_err();
            assert!(!error.needs_composer() && error.kind() == ErrorKind::InvalidRequest, "{error}");
            parameters[filter.name] = kept;
        }
    }
}
