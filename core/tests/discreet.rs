//! What is printed: of every body, every parameter and every header only what somebody has judged to be harmless
//! (`core/api/leaf-classes.tsv`); of a failure nothing that it was called with.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "generate/mod.rs"]
mod generate;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::operation::{BodyForm, Organization, Place};
use jumpcloud_core::request::{Body, Settings, build};
use jumpcloud_core::{
    Client, Conversation, Credentials, Error, Failure, Now, Operation, Options, Parameters, Response, Step,
};
use serde_json::{Value, json};

const HIDDEN: &str = "[redacted]";

/// The judgments, read anew: what the core has is made from them.
fn classes() -> BTreeMap<String, String> {
    let text = include_str!("../api/leaf-classes.tsv");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut columns = line.split('\t');
            (columns.next().unwrap().to_owned(), columns.next().unwrap().to_owned())
        })
        .collect()
}

fn settings(operation: &Operation) -> Settings {
    let organization = (operation.organization != Organization::Refused).then(|| "5f1b".to_owned());
    let origin = "https://console.jumpcloud.com".to_owned();
    Settings { origin, organizations: organization.into_iter().collect(), ..Settings::default() }
}

/// Gives every text of a body that may be any text a mark of its own.
fn mark(value: &mut Value, free: &str, marks: &mut usize) {
    match value {
        Value::String(text) if text == free => {
            *marks += 1;
            *text = format!("mark-{marks}-");
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mark(item, free, marks)),
        Value::Object(entries) => entries.values_mut().for_each(|value| mark(value, free, marks)),
        _ => {}
    }
}

/// Compares what is printed with what is sent: each value is there where all names above it are harmless, and hidden with the
/// first that is not.
fn compare(
    sent: &Value,
    printed: &Value,
    named: bool,
    path: &str,
    classes: &BTreeMap<String, String>,
    shown: &mut Vec<(String, Value)>,
) {
    match sent {
        Value::Object(entries) => {
            let printed = printed.as_object().unwrap_or_else(|| panic!("{path}: {printed} for {sent}"));
            assert_eq!(entries.keys().collect::<Vec<_>>(), printed.keys().collect::<Vec<_>>(), "{path}");
            for (name, value) in entries {
                let (path, harmless) =
                    (format!("{path}.{name}"), classes.get(name).is_some_and(|class| class == "harmless"));
                match harmless || value.is_null() {
                    true => compare(value, &printed[name], true, &path, classes, shown),
                    false => assert_eq!(printed[name], json!(HIDDEN), "{path}"),
                }
            }
        }
        Value::Array(items) => {
            let printed = printed.as_array().unwrap_or_else(|| panic!("{path}: {printed} for {sent}"));
            assert_eq!(items.len(), printed.len(), "{path}");
            items
                .iter()
                .zip(printed)
                .for_each(|(sent, printed)| compare(sent, printed, named, path, classes, shown));
        }
        value if named || value.is_null() => {
            assert_eq!(value, printed, "{path}");
            shown.push((path.to_owned(), value.clone()));
        }
        _ => assert_eq!(printed, &json!(HIDDEN), "{path}"),
    }
}

fn marks_in(text: &str) -> BTreeSet<&str> {
    text.match_indices("mark-")
        .map(|(at, _)| text[at..].split_inclusive('-').take(2).last().unwrap())
        .collect()
}

#[test]
fn of_every_body_is_shown_what_is_harmless_and_nothing_else() {
    let classes = classes();
    let (mut bodies, mut all, mut seen) = (0, 0, 0);
    for operation in Operation::all() {
        if operation.body.as_ref().is_none_or(|body| body.form != BodyForm::Json) {
            continue;
        }
        let mut given = generate::parameters(operation, true);
        let mut marks = 0;
        mark(&mut given["body"], generate::FREE, &mut marks);
        let parameters = Parameters::from_json(&given.to_string()).unwrap();
        let request =
            build(operation, &parameters, &settings(operation)).unwrap_or_else(|error| panic!("{error}"));
        let Body::Bytes(bytes) = &request.body else { panic!("{}", operation.name) };
        let printed = request.to_string();
        let (_, body) = printed.split_once("\n\n").unwrap();
        let (sent, body): (Value, Value) =
            (serde_json::from_slice(bytes).unwrap(), serde_json::from_str(body).unwrap());
        let mut shown = Vec::new();
        compare(&sent, &body, false, operation.name, &classes, &mut shown);
        let text: String = shown.iter().map(|(_, value)| value.to_string()).collect();
        // Nowhere else, in print or in the parameters' Debug.
        for printed in [printed.clone(), format!("{request:?}"), format!("{parameters:?}")] {
            assert_eq!(marks_in(&printed), marks_in(&text), "{}", operation.name);
        }
        bodies += 1;
        all += marks;
        seen += marks_in(&text).len();
    }
    assert!(bodies > 250 && all > 2500, "{bodies} bodies, {all} texts");
    // Hiding all does not pass, and neither does showing all.
    assert!(seen * 4 > all && seen * 10 < all * 9, "{seen} of {all} texts are shown");
}

#[test]
fn what_somebody_must_see_is_shown_and_what_nobody_may_is_not() {
    let classes = classes();
    let class = |name: &str| classes.get(name).map_or("nobody has judged it", String::as_str);
    for name in [
        "_id",
        "id",
        "name",
        "username",
        "displayName",
        "displayname",
        "state",
        "type",
        "op",
        "suspended",
        "activated",
        "department",
        "hostname",
        "os",
        "version",
        "created",
        "updated",
        "password_expiration_date",
        "password_never_expires",
        "account_locked",
        "sudo",
        "user_id",
        "system_id",
        "limit",
        "skip",
        "sort",
    ] {
        if classes.contains_key(name) {
            assert_eq!(class(name), "harmless", "{name}");
        }
    }
    for name in [
        "password",
        "apiKey",
        "apiToken",
        "authToken",
        "cardNumber",
        "cvv",
        "mfaKey",
        "connectionString",
        "enrollmentToken",
        "encryptedDepServerToken",
        "sharedSecret",
        "clientSecret",
        "client_secret",
        "passphrase",
        "encryptionKey",
        "privateKey",
        "recoveryKey",
        "key",
        "value",
        "token",
        "pin",
        "totp",
        "secret",
    ] {
        assert_ne!(class(name), "harmless", "{name}");
    }
    // Of the bodies that people send most, each flag, date, count and enumeration is shown, but what is named a secret.
    for name in [
        "v1.systemUsers.create",
        "v1.systemUsers.update",
        "v1.systems.update",
        "v2.userGroups.create",
        "v2.systemGroups.create",
        "v1.commands.create",
        "v2.policies.create",
        "v1.applications.create",
        "v1.organizations.replace",
        "v2.users.associations.change",
        "v2.userGroups.members.change",
    ] {
        let operation = Operation::find(name).unwrap();
        let body = &generate::parameters(operation, true)["body"];
        let printed = build(
            operation,
            &Parameters::from_json(&generate::parameters(operation, true).to_string()).unwrap(),
            &settings(operation),
        );
        let printed = printed.unwrap().to_string();
        let shown = serde_json::from_str::<Value>(printed.split_once("\n\n").unwrap().1).unwrap();
        for (key, value) in body.as_object().into_iter().flatten() {
            let plain = matches!(value, Value::Bool(_))
                || value.as_str().is_some_and(|text| text.starts_with("2026-"));
            assert!(!plain || shown[key] == *value, "{name}: {key} is hidden");
        }
    }
}

#[test]
fn of_the_address_and_the_headers_is_shown_what_is_known() {
    for operation in Operation::all().filter(|operation| operation.host().is_some()) {
        let given = generate::parameters(operation, true);
        let added = ["cookie", "proxy-authorization", "x-trace", "x-forwarded-for"];
        let headers = added.map(|name| (name.to_owned(), "mark-1-".to_owned())).to_vec();
        let settings = Settings { headers, ..settings(operation) };
        let request =
            build(operation, &Parameters::from_json(&given.to_string()).unwrap(), &settings).unwrap();
        let printed = request.to_string();
        assert!(!printed.contains("mark-1-"), "{printed}");
        for name in added {
            assert!(printed.contains(&format!("\n{name}: {HIDDEN}")), "{printed}");
        }
        for parameter in operation.parameters.iter().filter(|parameter| parameter.place == Place::Header) {
            let name = parameter.name.to_ascii_lowercase();
            let value = request.header(&name).unwrap();
            assert!(printed.contains(&format!("\n{name}: {value}")), "{name} is hidden in\n{printed}");
        }
        if operation.name == "v2.passwordManager.backupRestores.update" {
            assert!(printed.contains("encryptionKey=[redacted]"), "{printed}");
        }
    }
}

const KEY: &str = "jca_0123456789abcdefghij";

/// What a call fails with when a server answers so.
fn failed(
    client: &Client,
    operation: &str,
    parameters: Parameters,
    answer: Result<Response, Failure>,
) -> Error {
    let now = Now { wall: UNIX_EPOCH + Duration::from_secs(1_767_225_600), steady: Duration::ZERO };
    let options = Options { attempts: 1, ..Options::default() };
    let mut call = client.call(operation, parameters, options).unwrap();
    for _ in 0..10 {
        match call.step(now) {
            Ok(Step::Send(ticket, request))
                if request.url.contains("/oauth2/token") && operation != "oauth.tokens.create" =>
            {
                let body = format!(r#"{{"access_token":"{KEY}","expires_in":3600}}"#).into_bytes();
                call.received(ticket, Response { status: 200, headers: vec![], body }, now);
            }
            Ok(Step::Send(ticket, _)) => match answer.clone() {
                Ok(response) => call.received(ticket, response, now),
                Err(failure) => call.failed(ticket, failure, now),
            },
            Ok(step) => panic!("{step:?}"),
            Err(error) => return error,
        }
    }
    panic!("it does not fail");
}

#[test]
fn what_a_server_says_back_of_the_credential_is_struck_out() {
    let user = || Parameters::new().with("id", "5f1b");
    for client in [
        Client::new(Credentials::api_key(KEY)),
        Client::new(Credentials::service_account("id", KEY)),
        // The token that it gets is this one.
        Client::new(Credentials::service_account("id", "another-secret")),
    ] {
        for status in [400, 401, 403, 404, 409, 422, 429, 500, 503] {
            for body in [
                format!(
                    r#"{{"message":"the key {KEY} is wrong: {KEY}","code":"{KEY}","details":[{{"key":"{KEY}"}}]}}"#
                ),
                format!(r#"{{"error":"bad {KEY}"}}"#),
                format!("Bearer {KEY} is not accepted"),
                format!("<html>{KEY}</html>"),
                // Longer than a message may be, with hints behind it.
                format!("{} {KEY}", "x".repeat(985)),
                format!("{} {KEY}", "x".repeat(980)),
                format!("{KEY} ").repeat(200),
            ] {
                let response = Response {
                    status,
                    headers: vec![("X-Request-Id".into(), "r-1".into())],
                    body: body.into_bytes(),
                };
                let error = failed(&client, "v1.systemUsers.get", user(), Ok(response));
                for printed in [error.to_string(), format!("{error:?}"), error.to_json()] {
                    // Nor its beginning, where a message is cut.
                    assert!(!printed.contains(&KEY[..8]), "{printed}");
                }
            }
        }
        let lost = Failure::NoAnswer(format!("while sending x-api-key: {KEY}"));
        assert!(!failed(&client, "v1.systemUsers.get", user(), Err(lost)).to_json().contains(KEY));
    }
    // A word that is short stands in others.
    let short = Client::new(Credentials::api_key("key"));
    let said = Response { status: 400, headers: vec![], body: br#"{"message":"the key is wrong"}"#.to_vec() };
    assert!(failed(&short, "v1.systemUsers.get", user(), Ok(said)).message().contains("the key is wrong"));
}

#[test]
fn a_token_reply_that_cannot_be_read_is_kept_nowhere() {
    let client = Client::new(Credentials::service_account("id", "another-secret"));
    let now = Now { wall: UNIX_EPOCH, steady: Duration::ZERO };
    for body in [
        format!(r#"{{"accessToken":"{KEY}"}}"#),
        format!(r#"{{"access_token":{{"t":"{KEY}"}}"#),
        KEY.to_owned(),
    ] {
        let mut call = client
            .call("v1.systemUsers.list", Parameters::new(), Options { attempts: 1, ..Options::default() })
            .unwrap();
        let Ok(Step::Send(ticket, _)) = call.step(now) else { panic!("the token comes first") };
        call.received(ticket, Response { status: 200, headers: vec![], body: body.into_bytes() }, now);
        let error = call.step(now).unwrap_err();
        assert!(error.body().is_empty() && !error.to_json().contains(KEY), "{error:?}");
    }
}

#[test]
fn of_an_upload_that_fails_the_address_is_not_told() {
    let address = "https://bucket.s3.amazonaws.com/app.pkg?X-Amz-Signature=c0ffee";
    let client = Client::new(Credentials::api_key(KEY));
    let parameters = || {
        let operation = Operation::find("storage.objects.upload").unwrap();
        Parameters::from_json(&generate::parameters(operation, true).to_string()).unwrap()
    };
    let why = || format!("error sending request for url ({address}); /app.pkg?X-Amz-Signature=c0ffee");
    for failure in [Failure::NotSent(why()), Failure::NoAnswer(why()), Failure::Refused(why())] {
        let error = failed(&client, "storage.objects.upload", parameters(), Err(failure));
        assert!(!error.to_json().contains("c0ffee") && !error.to_json().contains("app.pkg"), "{error:?}");
    }
    let said =
        Response { status: 403, headers: vec![], body: format!("<Error>{address}</Error>").into_bytes() };
    assert!(!failed(&client, "storage.objects.upload", parameters(), Ok(said)).to_json().contains("c0ffee"));
}
