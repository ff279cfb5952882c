//! A core that is compiled without the schemas of bodies: it asks for them where it needs them, and only there.
#![cfg(not(feature = "body-schemas"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;

use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::operation::{Accepts, Operation, Organization};
use jumpcloud_core::request::{Request, Settings, build};
use jumpcloud_core::{
    Client, Conversation, Credentials, ErrorKind, Now, Options, Parameters, Result, Step, schema,
};
use serde_json::{Value, json};

/// What the feature compiles in.
const TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/body-schemas.txt"));

fn request(operation: &'static Operation, parameters: &Value) -> Result<Request> {
    let mut settings = Settings { origin: "https://console.jumpcloud.com".into(), ..Settings::default() };
    if operation.organization == Organization::Required {
        settings.organizations = vec!["5f1b8a2b8f1d2a0012345678".into()];
    }
    build(operation, &Parameters::from_json(&parameters.to_string())?, &settings)
}

/// The operations whose body the table describes by a schema of that text: told from the table's text.
fn described() -> Vec<&'static str> {
    let lines = include_str!("../src/table/operations.txt").lines();
    lines
        .filter_map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let body = columns.get(7)?;
            (body.contains('@') && !body.starts_with('B')).then_some(columns[0])
        })
        .collect()
}

// One test, as what is provided is there for the whole process.
#[test]
fn the_schemas_of_bodies_are_asked_for_where_they_are_needed_and_taken_once() {
    let described = described();
    assert!(described.len() > 200, "{}", described.len());

    // Whatever parameters refer to would go unchecked.
    let resolved = |schema: &schema::Schema| matches!(schema.kind, schema::Kind::Reference(_));
    assert!(Operation::all().all(|operation| !operation.parameters.iter().any(|one| resolved(&one.schema))));

    for operation in Operation::all() {
        let made = request(operation, &generate::parameters(operation, true));
        if described.contains(&operation.name) {
            let error = made.unwrap_err();
            assert!(error.needs_schemas(), "{error}");
            assert_eq!((error.kind(), error.operation()), (ErrorKind::Transport, Some(operation.name)));
        } else if let Err(error) = made {
            panic!("{error}");
        }
    }

    // A list asks before anything is sent, so that it can be begun again; and one without such a body does not ask.
    let client = Client::new(Credentials::api_key("secret")).organization("5f1b8a2b8f1d2a0012345678");
    let lists = Operation::all().filter(|operation| operation.paging.is_some());
    for operation in lists.filter(|operation| operation.accepts != Accepts::Nothing) {
        let parameters = generate::parameters(operation, false).to_string();
        let parameters = Parameters::from_json(&parameters).unwrap();
        let begun = client.pages(operation.name, parameters, Options::default());
        let first = begun.and_then(|mut pages| pages.step(Now { wall: UNIX_EPOCH, steady: Duration::ZERO }));
        match first {
            Err(error) => assert!(error.needs_schemas() && described.contains(&operation.name), "{error}"),
            Ok(Step::Send(..)) => assert!(!described.contains(&operation.name), "{}", operation.name),
            Ok(step) => panic!("{}: {step:?}", operation.name),
        }
    }

    let create = Operation::find("v1.systemUsers.create").unwrap();
    let query = Operation::find("insights.events.query").unwrap();
    let missing = || request(query, &json!({})).unwrap_err();
    let wrong = || request(create, &json!({ "body": { "email": 5, "username": "ada" } })).unwrap_err();
    assert!(missing().needs_schemas() && wrong().needs_schemas());

    let (_, other) = TEXT.split_once('\n').unwrap();
    for text in ["", other, &format!("0000000000000000\n{other}")] {
        let error = schema::provide(text.to_owned()).unwrap_err();
        assert!(error.message().contains("take them from the same release"), "{error}");
        assert!(wrong().needs_schemas() && schema::bodies().is_none());
    }
    schema::provide(TEXT.to_owned()).unwrap();
    schema::provide(TEXT.to_owned()).unwrap();
    assert_eq!(schema::bodies(), Some(TEXT));

    assert_eq!(missing().to_string(), "insights.events.query: body: missing; expected an object");
    assert_eq!(wrong().to_string(), "v1.systemUsers.create: body.email: expected text, got a number");
    for operation in Operation::all() {
        let parameters = generate::parameters(operation, true);
        request(operation, &parameters).unwrap_or_else(|error| panic!("{error}"));
        if described.contains(&operation.name) {
            let mut parameters = parameters;
            parameters["body"] = json!(5);
            let error = request(operation, &parameters).unwrap_err();
            assert!(!error.needs_schemas() && error.kind() == ErrorKind::InvalidRequest, "{error}");
        }
    }
}
