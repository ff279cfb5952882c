use serde_json::{Value, json};

use crate::client::{Client, started, texts};

const EVENTS: &str = "/insights/directory/v1/events";

/// The last whole day and more, which no event that happens now can enter.
fn body(client: &Client) -> Value {
    let newest = client.post(
        EVENTS,
        json!({"service": ["all"], "start_time": "2020-01-01T00:00:00Z", "sort": "DESC", "limit": 1}),
    );
    let day = newest.items()[0]["timestamp"].as_str().unwrap()[..10].to_owned();
    json!({"service": ["all"], "start_time": "2020-01-01T00:00:00Z", "end_time": format!("{day}T00:00:00Z")})
}

fn with(body: &Value, more: Value) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn the_cursor_walks_every_event_once_both_ways() {
    let (_fake, client) = started(5);
    let body = with(&body(&client), json!({"service": ["ldap", "radius"]}));
    let count =
        client.post(&format!("{EVENTS}/count"), body.clone()).expect(200).json()["count"].as_u64().unwrap();
    assert!(count > 1500, "{count}");
    let mut walks = Vec::new();
    for sort in ["ASC", "desc"] {
        let mut ids: Vec<String> = Vec::new();
        let mut asked = with(&body, json!({"sort": sort, "limit": 700}));
        loop {
            let page = client.post(EVENTS, asked.clone()).expect(200);
            let items = page.items();
            assert!(items.iter().all(|event| event["service"] == "ldap" || event["service"] == "radius"));
            ids.extend(texts(&items, "id").into_iter().map(str::to_owned));
            assert_eq!(page.header("x-result-count"), Some(items.len().to_string().as_str()));
            assert_eq!(
                (page.header("x-limit"), page.header("x-sort")),
                (Some("700"), Some(sort.to_uppercase().as_str()))
            );
            let cursor: Value =
                serde_json::from_str(page.header("x-search_after").expect("a cursor on every page")).unwrap();
            assert!(cursor[0].is_number() && cursor[1].is_string());
            if items.len() < 700 {
                break;
            }
            asked["search_after"] = cursor;
        }
        assert_eq!(ids.len() as u64, count);
        walks.push(ids);
    }
    walks[1].reverse();
    assert_eq!(walks[0], walks[1]);
}

#[test]
fn search_terms_fields_and_defaults() {
    let (_fake, client) = started(30);
    let body = body(&client);
    let query = |more: Value| client.post(EVENTS, with(&body, more)).expect(200);
    assert_eq!(query(json!({})).items().len(), 1000);
    // Nonsense falls back to the default without a word.
    assert_eq!(query(json!({"limit": 20_000, "sort": "-timestamp"})).items().len(), 1000);
    let found = query(json!({"search_term": {"and": [{"event_type": "sso_auth"}, {"application.name": ["slack", "zoom"]}]}})).items();
    assert!(!found.is_empty());
    assert!(found.iter().all(|event| event["event_type"] == "sso_auth"
        && ["slack", "zoom"].contains(&event["application"]["name"].as_str().unwrap())));
    let either =
        query(json!({"search_term": {"or": [{"event_type": "user_lockout"}, {"service": "mdm"}]}})).items();
    assert!(either.iter().all(|event| event["event_type"] == "user_lockout" || event["service"] == "mdm"));
    let denied = query(json!({"q": "MFA was denied"})).items();
    assert!(!denied.is_empty() && denied.iter().all(|event| event["error_message"] == "MFA was denied"));
    let narrow = query(json!({"fields": ["event_type", "nonsense"], "limit": 1})).items();
    assert_eq!(narrow[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["event_type"]);
    let skipped = query(json!({"skip": 2, "limit": 1})).items();
    assert_eq!(skipped[0], query(json!({"limit": 3})).items()[2]);
}

#[test]
fn what_insights_refuses() {
    let (_fake, client) = started(5);
    let start = "2026-01-01T00:00:00Z";
    for (body, word) in [
        (json!({"start_time": start}), "service"),
        (json!({"service": ["all"]}), "start_time"),
        (json!({"service": ["sistems"], "start_time": start}), "systems"),
        (json!({"service": ["all"], "start_time": "yesterday"}), "RFC 3339"),
        (json!({"service": ["all"], "start_time": "2900-01-01T00:00:00Z"}), "future"),
        (json!({"service": ["all"], "start_time": start, "end_time": "2020-01-01T00:00:00Z"}), "before"),
        (json!({"service": ["all"], "start_time": start, "fields": []}), "fields"),
        (
            json!({"service": ["all"], "start_time": start, "search_term": {"and": [{"useragent": "x"}]}}),
            "useragent",
        ),
        (json!({"service": ["all"], "start_time": start, "q": "a", "exact_match": "b"}), "exact_match"),
    ] {
        let message = client.post(EVENTS, body).expect(400).message();
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn counts_by_value_and_by_time_add_up() {
    let (_fake, client) = started(5);
    let body = body(&client);
    let count = client.post(&format!("{EVENTS}/count"), body.clone()).json()["count"].as_u64().unwrap();
    let sum = |answer: Value, key: &str| {
        answer[key]
            .as_array()
            .unwrap()
            .iter()
            .map(|bucket| bucket["doc_count"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(
        sum(
            client
                .post(&format!("{EVENTS}/distinct"), with(&body, json!({"field": "service"})))
                .expect(200)
                .json(),
            "service"
        ),
        count
    );
    let days = client
        .post(&format!("{EVENTS}/interval"), with(&body, json!({"interval_unit": "d"})))
        .expect(200)
        .json();
    assert_eq!((sum(days.clone(), "buckets"), days["buckets"].as_array().unwrap().len()), (count, 90));
}

#[test]
fn what_is_done_here_can_be_read_here() {
    let (_fake, client) = started(5);
    client.post("/api/systemusers", json!({"username": "ada", "email": "ada@x.example"})).expect(200);
    let asked =
        json!({"service": ["directory"], "start_time": "2020-01-01T00:00:00Z", "sort": "DESC", "limit": 1});
    assert_eq!(client.post(EVENTS, asked).items()[0]["event_type"], "user_create");
}
