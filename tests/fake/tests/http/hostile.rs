//! Nothing that is sent stops the fake or makes it panic.

use jumpcloud_core::operation::{Method, Operation, Place};
use jumpcloud_core::schema::Kind;
use jumpcloud_fake::Fake;
use serde_json::{Map, Value, json};

use crate::client::{Client, started};

/// What is no good anywhere, percent-encoded.
const TEXTS: [&str; 10] = [
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "%00",
    "..%2F..%2Fetc",
    "%F0%9F%92%A5%F0%9F%92%A5%F0%9F%92%A5%F0%9F%92%A5%F0%9F%92%A5%F0%9F%92%A5",
    "%5B%22%22%5D",
    "%24ne",
    "a:b:c,d:in:|,:::",
    "1e309",
];

fn values() -> Vec<Value> {
    let mut deep = json!(0);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    vec![
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("💥".repeat(300)),
        json!("9999-12-31T23:59:59.999999999Z"),
        json!("-0001-99-99T99:99:99Z"),
        json!([i64::MAX, i64::MIN, "", null]),
        json!([]),
        json!({}),
        json!({"$regex": "(((((((((("}),
        json!({"and": [{"or": [{"not": {"": [null]}}]}]}),
        deep,
        Value::Null,
    ]
}

#[test]
fn hostile_values_are_answered_by_every_operation() {
    let (fake, client) = started(3);
    let (mut count, values) = (0, values());
    let known =
        ["limit", "skip", "search_after", "start_time", "end_time", "service", "filter", "sort", "fields"];
    for (number, operation) in Operation::all().filter(|operation| operation.host().is_some()).enumerate() {
        let text = |at: usize| TEXTS[(number + at) % TEXTS.len()];
        for round in 0..3 {
            let mut path = String::new();
            for (at, part) in operation.path.split('/').skip(1).enumerate() {
                path += "/";
                path += if part.starts_with('{') && round > 0 {
                    text(at + round)
                } else if part.starts_with('{') {
                    "5f0c1e2d3b4a59687766554a"
                } else {
                    part
                };
            }
            let query = operation.parameters.iter().filter(|parameter| parameter.place == Place::Query);
            let pairs: Vec<String> = query
                .enumerate()
                .map(|(at, parameter)| format!("{}={}", parameter.name, text(at + round)))
                .collect();
            let target = format!("{path}?{}", pairs.join("&"));
            let value = |at: usize| values[(number * 3 + round * 5 + at) % values.len()].clone();
            let body = match operation.body.as_ref().map(|body| &body.schema.resolved().kind) {
                Some(Kind::Object(properties)) => {
                    let names = properties.iter().map(|property| property.name.as_str()).chain(known);
                    let all = names.enumerate().map(|(at, name)| (name.to_owned(), value(at)));
                    Value::Object(all.collect::<Map<_, _>>())
                }
                _ => value(0),
            };
            let answer = match operation.method {
                Method::Get => client.get(&target),
                method => client.send_json(method.as_str(), &target, &body),
            };
            count += 1;
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(answer.status < 500, "{} {target} {body}: {} {said}", operation.name, answer.status);
        }
    }
    assert!(count > 2500);
    // It still knows what it knew.
    assert_eq!(client.get("/api/systemusers").expect(200).results().len(), 3);
    drop(fake);
}

#[test]
fn hostile_searches_of_events_are_answered() {
    let fake = Fake::builder().users(5).systems(7).groups(60).events(300).organizations(1).start().unwrap();
    let client = Client::new(&fake);
    // As many as were asked for.
    assert_eq!(client.get("/api/systems").json()["totalCount"], 7);
    let groups = client.get("/api/v2/usergroups").expect(200);
    assert_eq!(groups.header("x-total-count"), Some("60"));
    let all = json!({"service": ["all"], "start_time": "2020-01-01T00:00:00Z"});
    assert_eq!(client.post("/insights/directory/v1/events/count", all).json()["count"], 300);
    let base = json!({"service": ["all"], "start_time": "2020-01-01T00:00:00Z"});
    for path in ["events", "events/count", "events/distinct", "events/interval"] {
        let path = format!("/insights/directory/v1/{path}");
        for name in [
            "search_after",
            "limit",
            "skip",
            "end_time",
            "start_time",
            "search_term",
            "q",
            "fields",
            "sort",
            "field",
            "interval_unit",
            "interval_value",
            "timezone",
        ] {
            for value in values() {
                let mut body = base.clone();
                body["field"] = json!("service");
                body["interval_unit"] = json!("w");
                body[name] = value;
                let answer = client.post(&path, body.clone());
                assert!(answer.status < 500, "{path} {body}: {}", answer.status);
            }
        }
        for cursor in [json!([i64::MAX]), json!([i64::MIN, ""]), json!(["9223372036854775807", "x"])] {
            let mut body = base.clone();
            body["field"] = json!("service");
            body["interval_unit"] = json!("w");
            body["search_after"] = cursor;
            for sort in ["ASC", "DESC"] {
                body["sort"] = json!(sort);
                client.post(&path, body.clone()).expect(200);
            }
        }
    }
}

#[test]
fn bodies_that_are_no_json_are_answered() {
    let (fake, client) = started(3);
    let key = fake.api_key();
    let headers = [("x-api-key", key.as_str()), ("content-type", "application/json")];
    let bodies: [Vec<u8>; 6] = [
        vec![b'['; 200_000],
        "{\"a\":".repeat(50_000).into_bytes(),
        vec![0xff; 1000],
        b"{\"username\": \"a\", \"username\": ".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"x\"\r\n\r\n".to_vec(),
    ];
    for operation in
        Operation::all().filter(|operation| operation.body.is_some() && operation.host().is_some())
    {
        let path = operation.path.replace(['{', '}'], "");
        for body in bodies.iter().skip(operation.name.len() % 3).step_by(3) {
            let answer = client.send(operation.method.as_str(), &path, &headers, body);
            assert!(answer.status < 500, "{}: {}", operation.name, answer.status);
        }
    }
}

#[test]
fn forms_that_never_end_take_no_time() {
    let (fake, client) = started(3);
    let application =
        client.get("/api/applications?limit=1").results()[0]["_id"].as_str().unwrap().to_owned();
    let key = fake.api_key();
    let headers = [("x-api-key", key.as_str()), ("content-type", "multipart/form-data; boundary=a")];
    for form in [
        [b"--a\r\n".to_vec(), vec![b'-'; 1 << 20]].concat(),
        b"--a\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n\r\n".repeat(1400),
        b"--a\r\n\r\n\r\n".repeat(10_000),
    ] {
        let path = format!("/api/v2/applications/{application}/logo");
        assert_eq!(client.send("POST", &path, &headers, &form).status, 400);
        client.get("/api/systemusers").expect(200);
    }
}
