//! What a reply means, of every operation: a deed that is confirmed is a success, and a 200 that is an error is an error.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;

use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::operation::{Accepts, Answers, Operation, Paging, Strategy};
use jumpcloud_core::reply::{Content, Reply, Response, parse};
use jumpcloud_core::{
    Client, Conversation, Credentials, Error, ErrorKind, Now, Options, Parameters, Result, Step,
};
use serde_json::{Value, json};

const MEDIA_TYPES: [&str; 4] =
    ["", "text/plain; charset=utf-8", "text/html; charset=utf-8", "application/json"];

fn response(status: u16, media_type: &str, body: &[u8]) -> Response {
    let headers = match media_type {
        "" => vec![],
        media_type => vec![("Content-Type".to_owned(), media_type.to_owned())],
    };
    Response { status, headers, body: body.to_vec() }
}

fn answer(operation: &'static Operation, media_type: &str, body: &str) -> Result<Reply> {
    parse(operation, response(200, media_type, body.as_bytes()))
}

fn changes() -> impl Iterator<Item = &'static Operation> {
    Operation::all().filter(|operation| !operation.safe)
}

fn lists() -> impl Iterator<Item = (&'static Operation, &'static Paging)> {
    Operation::all().filter_map(|operation| Some((operation, operation.paging.as_ref()?)))
}

/// The one list that may answer with its only item alone.
fn may_be_alone(operation: &Operation) -> bool {
    operation.name == "v1.organizations.list"
}

#[test]
fn a_change_that_is_confirmed_is_a_success() {
    assert!(changes().count() > 300);
    for operation in changes() {
        for status in [200, 201, 202, 204] {
            for (media_type, body) in
                [("", ""), ("application/json", ""), ("text/html", " \r\n"), ("", "\u{feff}\n")]
            {
                let reply = parse(operation, response(status, media_type, body.as_bytes())).unwrap();
                assert_eq!(reply.content, Content::Empty, "{}", operation.name);
            }
        }
        for media_type in MEDIA_TYPES {
            for body in ["OK", "ok\n", "Created", "Success.", "\u{feff} Deleted"] {
                let reply = answer(operation, media_type, body).unwrap_or_else(|error| panic!("{error}"));
                let bytes = operation.answers == Answers::Bytes && media_type.is_empty();
                let expected = if bytes { Content::Bytes } else { Content::Text };
                assert_eq!(reply.content, expected, "{} {media_type} {body}", operation.name);
                if !bytes {
                    assert!(reply.media_type().unwrap().starts_with("text/"), "{}", operation.name);
                }
                assert!(body.as_bytes().ends_with(&reply.body));
            }
        }
    }
}

#[test]
fn a_text_that_does_not_confirm_a_change_is_an_error_that_shows_it() {
    let texts =
        ["Failed to delete", "Unauthorized", "upstream connect error", "not OK", "OK, but", "error: done"];
    // Of a text that comes instead of a token nothing is shown.
    let token = |operation: &Operation| operation.accepts == Accepts::ClientSecret;
    let mut accepted = std::collections::BTreeSet::new();
    for operation in changes().filter(|operation| operation.answers != Answers::Bytes && !token(operation)) {
        for media_type in MEDIA_TYPES {
            for text in texts {
                for body in [text.to_owned(), format!("\u{feff}{text}\r\n"), format!("\"{text}\"")] {
                    let answer = answer(operation, media_type, &body);
                    if operation.may_be_text && body.starts_with('"') && answer.is_ok() {
                        // What it answers is described as a text in JSON: the id, say, of what is gone.
                        accepted.insert(operation.name);
                        continue;
                    }
                    let error = answer.unwrap_err();
                    assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(200)), "{error}");
                    assert!(error.message().ends_with(&format!("JumpCloud says: {text}")), "{error}");
                    assert!(error.message().contains("look before you try again"), "{error}");
                }
            }
        }
    }
    assert_eq!(accepted.len(), changes().filter(|operation| operation.may_be_text).count());
}

#[test]
fn a_single_answer_that_is_an_error_is_an_error_with_its_message() {
    let errors = [
        (r#"{"code":13,"message":"boom","details":[]}"#, Some("13")),
        (r#"{"message":"boom","code":"E_BOOM"}"#, Some("E_BOOM")),
        (r#"{"errors":[{"message":"boom"}]}"#, None),
        (r#"{"id":"x","error":{"message":"boom","code":5}}"#, Some("5")),
        (r#"{"error":"boom and bust","results":null}"#, None),
    ];
    let fine = [
        r#"{"code":0,"message":"done"}"#,
        r#"{"code":200,"message":"done"}"#,
        r#"{"message":"done"}"#,
        r#"{"code":"123456"}"#,
        r#"{"error":null,"errors":[],"id":"x"}"#,
        r#"{"error":"","errors":{},"id":"x"}"#,
        r#"{"inner":{"error":"boom","errors":[1],"code":3,"message":"boom"}}"#,
        r#"[{"error":"boom"}]"#,
        "null",
        "true",
        "7",
    ];
    let (mut said, mut texts) = (0, 0);
    for operation in Operation::all().filter(|o| o.paging.is_none() && o.answers == Answers::Json) {
        for (body, code) in errors {
            for body in [body.to_owned(), format!("\u{feff}\n{body}")] {
                let answer = answer(operation, "application/json", &body);
                if operation.may_say_error && !body.contains(r#""code":"#) {
                    said += usize::from(answer.is_ok());
                    continue;
                }
                if operation.may_say_error && body.contains("error") {
                    continue;
                }
                let error = answer.unwrap_err();
                assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(200)), "{error} {body}");
                assert!(error.message().contains("JumpCloud says: boom"), "{error} {body}");
                assert_eq!(error.code(), code, "{error} {body}");
                assert_eq!(
                    error.message().contains("may be changed"),
                    !operation.safe && operation.accepts != Accepts::ClientSecret
                );
            }
        }
        for body in fine {
            let reply =
                answer(operation, "application/json", body).unwrap_or_else(|error| panic!("{error} {body}"));
            assert_eq!((reply.content, reply.body.as_slice()), (Content::Json, body.as_bytes()));
        }
        if operation.safe {
            let text = answer(operation, "", r#""boom""#);
            texts += usize::from(text.is_ok());
            assert_eq!(text.is_ok(), operation.may_be_text, "{}", operation.name);
        }
    }
    // A run of a workflow tells its own error.
    assert_eq!(Operation::all().filter(|operation| operation.may_say_error).count(), 1);
    assert!(said > 0 && texts > 0);
}

#[test]
fn an_html_page_says_that_the_change_may_be_done() {
    for operation in Operation::all() {
        for media_type in MEDIA_TYPES {
            for body in ["<!DOCTYPE html><p>OK", "\n<HTML><body>OK</body></HTML>", "\u{feff}<!doctype html>"]
            {
                let error = answer(operation, media_type, body).unwrap_err();
                assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(200)), "{error}");
                let warns = error.message().contains("may be changed");
                let token = operation.accepts == Accepts::ClientSecret;
                assert_eq!(warns, !operation.safe && !token, "{error}");
                assert_eq!(error.body(), body.as_bytes());
            }
        }
    }
    // Nor is JSON that is cut off a confirmation, or a text as long as a page.
    for operation in changes().filter(|operation| operation.answers == Answers::Json) {
        for body in ["{\"_id\":\"x", "[1,", "\"OK", &"so long ".repeat(200)] {
            let error = answer(operation, "application/json", body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        }
    }
}

/// Bodies of a 200 that are errors, with the message that each holds.
const ERRORS: [(&str, &str); 14] = [
    (r#"{"code":13,"message":"boom","details":[]}"#, "boom"),
    (r#"{"code":13,"message":"boom","details":[{"id":"1","_id":"1","objectId":"1"}]}"#, "boom"),
    (r#"{"code":13,"details":[{"id":"1","_id":"1","objectId":"1"}]}"#, ""),
    (r#"{"errors":[{"message":"boom"}]}"#, "boom"),
    (r#"{"errors":[{"message":"boom","id":"1","_id":"1","objectId":"1"}]}"#, "boom"),
    (r#"{"message":"boom"}"#, "boom"),
    (r#"{"message":["boom","bang"]}"#, "boom; bang"),
    (r#"{"message":"boom","error":{"code":5}}"#, "boom"),
    (r#"{"error":{"message":"boom"}}"#, "boom"),
    (r#"{"a":[1]}"#, ""),
    (r#"{"a":[],"code":13}"#, ""),
    (r#"{"count":3}"#, ""),
    (r#""boom""#, "boom"),
    ("boom", "boom"),
];

#[test]
fn a_list_that_is_an_error_is_an_error_with_its_message() {
    assert!(lists().count() > 300);
    for (operation, paging) in lists() {
        for (body, message) in ERRORS {
            for body in [body.to_owned(), format!("\u{feff}{body}")] {
                let error = answer(operation, "application/json", &body).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Decode, "{error} {body}");
                assert!(error.message().ends_with(message), "{error} {body}");
                assert_eq!(error.message().contains("JumpCloud says"), !message.is_empty(), "{error} {body}");
            }
        }
        let error = answer(operation, "application/json", ERRORS[0].0).unwrap_err();
        assert_eq!((error.code(), error.details()), (Some("13"), Some("[]")), "{error}");
        // A single object is an item of one list alone.
        let single = answer(operation, "application/json", r#"{"_id":"x","id":"x","a":[1]}"#);
        match single {
            Ok(reply) if may_be_alone(operation) => assert_eq!(reply.items().len(), 1),
            other => assert!(other.is_err() && !may_be_alone(operation), "{}: {other:?}", operation.name),
        }
        // What has no items where the envelope has them.
        let others = ["null", "{}", r#"{"count":0}"#, r#"{"count":"0"}"#];
        for body in others {
            let answer = answer(operation, "application/json", body);
            let v1 = operation.path.starts_with("/api/") && !operation.path.starts_with("/api/v2/");
            let fine = match (paging.items.is_empty(), body) {
                (bare, "null") => bare,
                (bare, _) => !bare && !v1,
            };
            assert_eq!(answer.is_ok_and(|reply| reply.items().len() == 0), fine, "{} {body}", operation.name);
        }
    }
}

/// An item that is told apart as those of this list are.
fn item(paging: &Paging, number: u64) -> Value {
    let id = json!(format!("6a{number:022x}"));
    let path = paging.identity.rsplit('.').filter(|key| !key.is_empty());
    let value = path.fold(id.clone(), |inner, key| json!({ key: inner }));
    if paging.identity.is_empty() { json!({ "row": id }) } else { value }
}

fn page(paging: &Paging, items: Vec<Value>) -> Response {
    let count = items.len() as u64;
    let cursor = match paging.strategy {
        Strategy::SearchAfter => json!({ "after": 1 }),
        _ => json!("more"),
    };
    let body = match paging.items {
        "" => json!(items),
        key => json!({ paging.cursor: cursor, paging.total: 5 * count, key: items }),
    };
    let mut response = response(200, "application/json", body.to_string().as_bytes());
    response.headers.push(("X-Search_after".into(), "[1]".into()));
    response.headers.push(("X-Limit".into(), count.to_string()));
    response
}

#[test]
fn no_list_goes_on_with_an_answer_that_has_no_items() {
    let now = Now { wall: UNIX_EPOCH, steady: Duration::ZERO };
    let client = Client::new(Credentials::api_key("secret")).organization("5f1b8a2b8f1d2a0012345678");
    let (mut walked, size) = (0, 4);
    for (operation, paging) in lists().filter(|(_, paging)| paging.strategy != Strategy::Single) {
        let mut blanks = vec![("null", 200), ("", 204), ("", 200), (r#"{"code":13,"message":"boom"}"#, 200)];
        if !paging.items.is_empty() {
            blanks.extend([("[]", 200), ("{}", 200), (r#"{"count":0}"#, 200)]);
        }
        let mut given = generate::parameters(operation, false);
        if ["insights.events.query", "v2.providers.directoryInsights.events.query"].contains(&operation.name)
        {
            given["body"] = json!({ "service": ["all"], "start_time": "2026-01-01T00:00:00Z" });
        }
        let given = given.to_string();
        for (body, status) in blanks {
            let options = Options { page_size: Some(size), concurrency: 1, ..Options::default() };
            let parameters = Parameters::from_json(&given).unwrap();
            let mut pages = client.pages(operation.name, parameters, options).unwrap();
            let mut handed_out = 0;
            let mut sent = 0;
            let ended: std::result::Result<(), Error> = loop {
                match pages.step(now) {
                    Ok(Step::Send(ticket, _)) => {
                        sent += 1;
                        let first = page(paging, (1..=size).map(|number| item(paging, number)).collect());
                        let blank = response(status, "application/json", body.as_bytes());
                        pages.received(ticket, if sent == 1 { first } else { blank }, now);
                    }
                    Ok(Step::Give(Some(page))) => handed_out += page.reply.items().len(),
                    Ok(Step::Give(None)) => break Ok(()),
                    Ok(other) => panic!("{}: {other:?}", operation.name),
                    Err(error) => break Err(error),
                }
            };
            let error = ended.err().unwrap_or_else(|| panic!("{} ended after {body}", operation.name));
            assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(status)), "{error} {body}");
            assert_eq!((handed_out as u64, sent), (size, 2), "{error} {body}");
            walked += 1;
        }
    }
    assert!(walked > 1000, "{walked}");
}

#[test]
fn the_message_of_an_error_is_one_line_of_what_was_said() {
    let operation = Operation::find("v1.systemUsers.get").unwrap();
    let answered = |body: &str| parse(operation, response(400, "", body.as_bytes())).unwrap_err();
    for (body, message) in [
        (r#"{"message":"outer","error":{"code":5}}"#, "400 outer"),
        (r#"{"errors":[{"message":"one"},{"detail":"two"},{"x":1}]}"#, "400 one; two"),
        (r#"[{"message":"one"},"two"]"#, "400 one; two"),
        (r#"{"message":["a","b"]}"#, "400 a; b"),
        (r#"{"message":{"message":"deep"}}"#, "400 deep"),
        ("{\"message\":\" a\\r\\n\\tb\\u0000c\\u001b[31m\\u0085d\\u2028e \"}", "400 a b c [31m d e"),
        ("\u{feff}{\"message\":\"a\"}", "400 a"),
        ("\u{feff}plain\u{7}text", "400 plain text"),
        (r#"{"message":"half \ud83d of one","code":"\udc00"}"#, "400 half \u{fffd} of one"),
        (
            r#"{"message":"whole \ud83d\ude00, \\ud83d, half \ud83d\u0041"}"#,
            "400 whole \u{1f600}, \\ud83d, half \u{fffd}A",
        ),
        (r#"{"message":"","errors":[]}"#, "400 validation"),
    ] {
        assert_eq!(answered(body).message(), message, "{body}");
    }
    let inner = answered(r#"{"message":"outer","error":{"code":5},"details":[1]}"#);
    assert_eq!((inner.code(), inner.details()), (Some("5"), Some("[1]")));
    for body in [
        json!({ "message": "é\n".repeat(5000) }).to_string(),
        json!({ "errors": vec![json!({ "message": "one of many" }); 5000] }).to_string(),
        "text ".repeat(5000),
    ] {
        let error = answered(&body);
        assert!((998..=1000).contains(&error.message().chars().count()), "{error}");
        assert!(!error.message().contains(char::is_control));
    }
    // What nobody sees cannot make a text look like another.
    let hidden =
        answered("{\"message\":\"de\u{202e}li\u{200b}ver\u{2066}ed\u{ad}\",\"code\":\"a\u{202e}\\nb\"}");
    assert_eq!((hidden.message(), hidden.code()), ("400 delivered", Some("a b")));
    let mut marked = response(400, "", b"no");
    marked.headers.push(("x-request-id".into(), "1\u{202e}\u{7}2".into()));
    assert_eq!(parse(operation, marked).unwrap_err().request_id(), Some("1 2"));
}

#[test]
fn no_message_is_longer_than_a_thousand_letters_hints_and_all() {
    let long = json!({ "message": "grüße ".repeat(500) }).to_string();
    for operation in Operation::all() {
        for (status, media_type) in
            [(200, "application/json"), (401, ""), (403, ""), (403, "text/html"), (429, "")]
        {
            let mut response = response(status, media_type, long.as_bytes());
            response.headers.push(("Retry-After".into(), "3600".into()));
            let Err(error) = parse(operation, response) else { continue };
            let said = error.message();
            assert!((700..=1000).contains(&said.chars().count()), "{said}");
            assert!(said.contains("grüße grüße"), "{said}");
            assert_eq!(said.contains("try again in 3600 s"), status != 200, "{said}");
            let scopes = operation.scopes.join(", ");
            assert!(status != 403 || media_type == "text/html" || said.contains(&scopes), "{said}");
        }
    }
}

#[test]
fn an_address_that_is_blocked_is_not_blamed_on_a_role() {
    let page = "<!DOCTYPE html><title>Sorry</title>";
    for operation in Operation::all().filter(|operation| operation.accepts != Accepts::Nothing) {
        let forbidden = |media_type: &str, body: &str| {
            let error = parse(operation, response(403, media_type, body.as_bytes())).unwrap_err();
            assert_eq!((error.kind(), error.status()), (ErrorKind::Permission, Some(403)));
            error.message().to_owned()
        };
        for message in [forbidden("text/html", page), forbidden("", page), forbidden("text/html", "<p>no")] {
            assert!(message.contains("address") && message.contains("blocked"), "{message}");
            assert!(!message.contains("role") && !message.contains("scope"), "{message}");
        }
        for message in [forbidden("application/json", r#"{"message":"no"}"#), forbidden("text/html", "no")] {
            assert!(message.contains("role") && !message.contains("blocked"), "{message}");
        }
    }
}

#[test]
fn errors_keep_the_headers_of_their_answer() {
    for operation in Operation::all() {
        for (status, body) in [(400, "{}"), (200, "<html>"), (503, "")] {
            let mut response = response(status, "text/html", body.as_bytes());
            response.headers.push(("X-Anything".into(), "kept".into()));
            let headers = response.headers.clone();
            let error = parse(operation, response).unwrap_err();
            assert_eq!(error.headers(), headers);
            assert!(!format!("{error} {error:?} {}", error.to_json()).contains("kept"));
        }
    }
    let error = Operation::find("nothing").unwrap_err();
    assert!(error.headers().is_empty());
}

#[test]
fn a_byte_order_mark_and_half_a_character_spoil_nothing_but_their_own() {
    for (operation, paging) in lists() {
        let mut items: Vec<Value> = (0..100).map(|number| item(paging, number)).collect();
        items[7]["name"] = json!("NAME");
        let response = page(paging, items);
        let text = String::from_utf8(response.body.clone()).unwrap();
        for (spoiled, mended) in [
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\uDC00\uD83D\uDE00x""#, "\u{fffd}\u{1f600}x"),
            (r#""\ud83d\n\ud83d\ud83d\ude00\\ud83d""#, "\u{fffd}\n\u{fffd}\u{1f600}\\ud83d"),
        ] {
            let body = format!("\u{feff}{}", text.replace(r#""NAME""#, spoiled)).into_bytes();
            let reply = parse(operation, Response { body, ..response.clone() }).unwrap();
            let items: Vec<Value> = reply.items().map(|item| serde_json::from_slice(item).unwrap()).collect();
            assert_eq!((items.len(), &items[7]["name"]), (100, &json!(mended)), "{}", operation.name);
            reply.json::<Value>().unwrap();
        }
    }
    let get = Operation::find("v1.systemUsers.get").unwrap();
    let reply = answer(get, "", "\u{feff}{\"username\":\"a\\udfffb\"}").unwrap();
    assert_eq!(reply.json::<Value>().unwrap(), json!({ "username": "a\u{fffd}b" }));
    // A file stays as it is.
    let logo = Operation::find("v2.logos.download").unwrap();
    let body = "\u{feff}\\ud83d";
    assert_eq!(answer(logo, "image/png", body).unwrap().body, body.as_bytes());
}

#[cfg(feature = "reply-schemas")]
#[test]
fn nothing_is_no_drift_of_any_operation() {
    for operation in Operation::all() {
        for body in ["", " \r\n"] {
            for status in [200, 201, 204, 404, 500] {
                assert_eq!(operation.drift(status, body).unwrap(), [], "{}", operation.name);
            }
        }
    }
}
