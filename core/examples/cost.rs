//! What callers and servers may send much of, one case at a time: `cost NAME N`. `cargo xtask test cost` counts the
//! instructions of each at n and at 4n. Without arguments it prints the cases, each with an n at which it shows how they grow.

#![allow(clippy::unwrap_used, reason = "a measurement fails by panicking")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::conversation::{AnyConversation, Given, alike};
use jumpcloud_core::filter::{Filter, V2Style};
use jumpcloud_core::reply::{Response, parse};
use jumpcloud_core::request::{Request, Settings, build};
use jumpcloud_core::route::recognise;
use jumpcloud_core::{Client, Credentials, Now, Operation, Options, Parameters, Step};
use serde_json::{Value, json};

type Case = (&'static str, usize, fn(usize));

const CASES: [Case; 24] = [
    ("an error body of n keys", 1000, |n| answer("v1.systemUsers.get", 400, &object(n, ""))),
    ("an error body of n errors", 1000, |n| {
        let errors = vec![json!({ "message": "a long story ".repeat(5) }); n];
        answer("v1.systemUsers.get", 400, &json!({ "errors": errors }).to_string());
    }),
    ("a reply of n keys, each one twice", 1000, |n| {
        let (one, two) = (object(n, ""), object(n, ""));
        answer("v1.systemUsers.get", 400, &format!("{},{}", one.trim_end_matches('}'), &two[1..]));
    }),
    ("a page of n items", 500, |n| answer("v2.userGroups.list", 200, &json!(items(n)).to_string())),
    ("a page of n arrays that are no items", 1000, |n| {
        answer("v2.userGroups.list", 200, &object(n, "[]"));
    }),
    ("a page of n halves of characters", 1000, |n| {
        answer("v2.userGroups.list", 200, &format!("[{{\"id\":\"{}\"}}]", r"\ud83d".repeat(n)));
    }),
    ("a list of n items", 500, |n| {
        let client = Client::new(Credentials::api_key("k"));
        let list = client.pages("v2.userGroups.list", Parameters::new(), Options::default());
        drive(alike(list.unwrap()), n);
    }),
    ("policies.compliance of n systems", 250, |n| {
        play("policies.compliance", json!({ "policy": id(0) }), n);
    }),
    ("systems.enrich of n policies", 250, |n| play("systems.enrich", json!({ "system": id(0) }), n)),
    ("commands.run on n systems", 100, |n| {
        let systems: Vec<String> = (0..n).map(id).collect();
        play("commands.run", json!({ "command": id(0), "systems": systems, "timeout": 0 }), n);
    }),
    ("or of n values", 500, |n| filter(&json!({ "or": terms(n, |_| "a".into()) }))),
    ("or of n fields", 500, |n| filter(&json!({ "or": terms(n, |index| format!("a{index}")) }))),
    ("and of n fields", 500, |n| filter(&json!({ "and": terms(n, |index| format!("a{index}")) }))),
    ("or of n values, each one twice", 250, |n| {
        let terms = [terms(n, |_| "a".into()), terms(n, |_| "a".into())].concat();
        filter(&json!({ "or": terms }));
    }),
    ("not in n values", 500, |n| {
        let values: Vec<String> = (0..n).map(id).collect();
        filter(&json!({ "not": { "field": "a", "operator": "in", "values": values } }));
    }),
    ("a name of n bytes", 1000, |n| {
        let name = "systemusers.".repeat(n / 12 + 1);
        let client = Client::new(Credentials::api_key("k"));
        let _ = black_box(Operation::find(&name));
        let _ = black_box(client.playbook(&name, Parameters::new(), Options::default()));
        let _ = black_box(Options::from_json(&json!({ &name: 1 }).to_string()));
        let _ = black_box(Filter::from_json(&json!({ "field": "a", "operator": name }).to_string()));
        prepare("v1.systemUsers.list", &json!({ name: 1 }), false);
    }),
    ("a name in n spellings", 20, |n| {
        for index in 0..n {
            let spelled = "v1.system-users.list".replacen('-', &"_".repeat(1 + index % 50), 1);
            black_box(Operation::find(&spelled)).unwrap();
        }
    }),
    ("n parameters", 1000, |n| {
        prepare("v1.systemUsers.list", &serde_json::from_str(&object(n, "")).unwrap(), false);
    }),
    ("n headers", 1000, |n| {
        let headers = (0..n).map(|index| (format!("x-{index}"), "1".to_owned())).collect();
        let settings = Settings { headers, ..Settings::default() };
        let _ = black_box(build(operation("v1.systemUsers.list"), &Parameters::new(), &settings));
    }),
    ("a body of n unknown keys", 1000, |n| {
        for strict in [false, true] {
            let body: Value = serde_json::from_str(&object(n, "")).unwrap();
            prepare("v1.systemUsers.update", &json!({ "id": "x", "body": body }), strict);
        }
    }),
    ("a body of n wrong values", 1000, |n| {
        let body = json!({ "attributes": vec![json!({ "name": 1, "value": 2 }); n], "username": "a" });
        prepare("v1.systemUsers.update", &json!({ "id": "x", "body": body }), false);
    }),
    ("a multipart form of n parts", 1000, |n| {
        let image = json!({ "attachment": { "length": 1 } });
        let mut body: Value = serde_json::from_str(&object(n, "")).unwrap();
        body["image"] = image;
        prepare("v2.applications.logo.upload", &json!({ "application_id": "a", "body": body }), false);
        for between in ["\r\n\r\nx", ""] {
            let mut form = String::new();
            for index in 0..n {
                write!(form, "--b\r\nContent-Disposition: form-data; name=\"a{index}\"{between}\r\n")
                    .unwrap();
            }
            form.push_str("--b\r\nContent-Disposition: form-data; name=\"z\"\r\n\r\nx\r\n--b--\r\n");
            let headers = [("content-type".to_owned(), "multipart/form-data; boundary=b".to_owned())];
            let _ = black_box(recognise("POST", "/api/v2/applications/a/logo", &headers, form.as_bytes()));
        }
    }),
    ("a form of n fields", 1000, |n| {
        let body: Value = serde_json::from_str(&object(n, "\"x\"")).unwrap();
        prepare("oauth.tokens.create", &json!({ "body": body }), false);
    }),
    ("a filter that n terms are read from", 1000, |n| {
        let terms: Vec<String> = (0..n).map(|index| format!("a{index}:eq:1")).collect();
        let fields: Value = terms.iter().map(|term| json!({ term.replace(':', "_"): 1 })).collect();
        black_box(Filter::from_v2_query(&[terms.join(",")], V2Style::Joined)).unwrap();
        let pairs: Vec<(String, String)> = terms.into_iter().map(|term| ("filter".into(), term)).collect();
        black_box(Filter::from_v1_query(&pairs)).unwrap();
        black_box(Filter::from_insights(&json!({ "and": fields }).to_string())).unwrap();
        black_box(Filter::from_v1_search(&json!({ "and": fields }).to_string())).unwrap();
    }),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, n] = arguments.as_slice() else {
        return CASES.iter().for_each(|(name, n, _)| println!("{n} {name}"));
    };
    let (_, _, case) = CASES.iter().find(|(known, ..)| known == name).unwrap();
    case(n.parse().unwrap());
}

fn operation(name: &str) -> &'static Operation {
    Operation::find(name).unwrap()
}

fn id(number: usize) -> String {
    format!("6a{number:022x}")
}

/// An object of n keys that nobody knows.
fn object(n: usize, value: &str) -> String {
    let value = if value.is_empty() { "1" } else { value };
    let entries: Vec<String> = (0..n).map(|index| format!("\"unknown{index}\":{value}")).collect();
    format!("{{{}}}", entries.join(","))
}

fn items(n: usize) -> Vec<Value> {
    (0..n).map(item).collect()
}

/// What is an item of any list that is asked for here.
fn item(number: usize) -> Value {
    let id = id(number);
    json!({ "id": id, "_id": id, "name": "x", "hostname": "x", "systemID": id, "policyID": id, "systemId": id,
        "success": true, "workflowInstanceId": "w", "to": { "id": id, "type": "system" } })
}

fn terms(n: usize, field: impl Fn(usize) -> String) -> Vec<Value> {
    (0..n).map(|index| json!({ "field": field(index), "operator": "eq", "value": id(index) })).collect()
}

fn filter(filter: &Value) {
    let filter = Filter::from_json(&filter.to_string()).unwrap();
    let _ = black_box(filter.to_v1_query());
    let _ = black_box(filter.to_v2_query(V2Style::Joined));
    let _ = black_box(filter.to_v1_search());
    let _ = black_box(filter.to_insights());
}

fn answer(name: &str, status: u16, body: &str) {
    let _ = black_box(parse(operation(name), Response { status, headers: vec![], body: body.into() }));
}

fn prepare(name: &str, parameters: &Value, strict: bool) {
    let parameters = Parameters::from_json(&parameters.to_string()).unwrap();
    let settings = Settings { strict, ..Settings::default() };
    match build(operation(name), &parameters, &settings) {
        Ok(request) => drop(black_box(request.to_string())),
        Err(error) => drop(black_box(error.to_string())),
    }
}

fn play(name: &str, parameters: Value, n: usize) {
    let client = Client::new(Credentials::api_key("k"));
    let parameters = Parameters::from_json(&parameters.to_string()).unwrap();
    drive(alike(client.playbook(name, parameters, Options::default()).unwrap()), n);
}

/// Lets it talk to a server on which everything is there n times.
fn drive(mut conversation: AnyConversation, n: usize) {
    let now = Now { wall: UNIX_EPOCH, steady: Duration::ZERO };
    loop {
        match conversation.step(now).unwrap() {
            Step::Send(ticket, request) => conversation.received(ticket, serve(&request, n), now),
            Step::Give(Given::Page(page)) => drop(black_box(page)),
            Step::Give(given) => return drop(black_box(given)),
            step => panic!("{step:?}"),
        }
    }
}

fn serve(request: &Request, n: usize) -> Response {
    let body = match &request.body {
        jumpcloud_core::request::Body::Bytes(bytes) => serde_json::from_slice(bytes).unwrap(),
        _ => Value::Null,
    };
    let (path, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
    let said = |key: &str| {
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
        pair.and_then(|value| value.parse().ok()).or(body[key].as_u64()).unwrap_or(0) as usize
    };
    let (skip, limit) = (said("skip"), said("limit"));
    let last = path.rsplit('/').next().unwrap();
    let body = if path.ends_with("/runCommand") {
        json!({ "workflowInstanceId": "w" })
    } else if last.len() == 24 {
        let number = usize::from_str_radix(&last[2..], 16).unwrap();
        item(number)
    } else {
        let page: Vec<Value> = (skip..n.min(skip + limit)).map(item).collect();
        if path.contains("/search/") { json!({ "results": page, "totalCount": n }) } else { json!(page) }
    };
    let headers = vec![("x-total-count".to_owned(), n.to_string())];
    Response { status: 200, headers, body: body.to_string().into_bytes() }
}
