use jumpcloud_fake::Quirks;
use serde_json::json;

use crate::client::started;

#[test]
fn quirks_come_and_go_while_it_runs() {
    let (fake, client) = started(60);
    let groups = || client.get("/api/v2/usergroups?limit=20");
    let set = |quirks: Quirks| fake.set_quirks(quirks);
    let off = Quirks::default;

    set(Quirks { total_header: false, link_header: false, ..off() });
    assert_eq!((groups().header("x-total-count"), groups().header("link")), (None, None));

    set(Quirks { rate_limit_every: 3, retry_after: Some(2), ..off() });
    let limited: Vec<u16> = (0..6).map(|_| groups().status).collect();
    assert_eq!(limited, [200, 200, 429, 200, 200, 429]);
    set(Quirks { rate_limit_every: 1, retry_after: Some(2), ..off() });
    assert_eq!(groups().expect(429).header("retry-after"), Some("2"));
    set(Quirks { rate_limit_every: 1, retry_after: None, ..off() });
    assert_eq!(groups().expect(429).header("retry-after"), None);

    set(Quirks { server_error_every: 1, server_error_status: 502, ..off() });
    // Nothing was done: it may be tried again.
    client.post("/api/v2/usergroups", json!({"name": "Twice"})).expect(502);
    set(off());
    client.post("/api/v2/usergroups", json!({"name": "Twice"})).expect(201);

    let whole = groups().body.len();
    set(Quirks { truncate_every: 1, ..off() });
    assert_eq!(groups().body.len(), whole / 2);
    set(Quirks { html_every: 1, ..off() });
    assert!(groups().expect(200).header("content-type").unwrap().starts_with("text/html"));
    set(Quirks { disconnect_every: 1, ..off() });
    let headers = [("x-api-key", fake.api_key())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert!(client.try_send("GET", "/api/v2/usergroups", &headers, b"").is_err());

    set(Quirks { max_page: Some(7), ..off() });
    assert_eq!(groups().items().len(), 7);
    assert_eq!(client.get("/api/systemusers?limit=50").results().len(), 7);
    set(Quirks { unstable_totals: true, ..off() });
    let totals: std::collections::HashSet<String> =
        (0..40).map(|_| client.get("/api/systemusers").json()["totalCount"].to_string()).collect();
    assert!(totals.len() > 1);
    set(Quirks { latency_ms: 50, ..off() });
    let start = std::time::Instant::now();
    groups();
    assert!(start.elapsed().as_millis() >= 50);
}

#[test]
fn other_languages_set_them_over_http() {
    let (fake, client) = started(5);
    let answer =
        client.put("/__fake/quirks", json!({"max_page": 3, "link_header": false})).expect(200).json();
    assert_eq!((&answer["max_page"], &answer["rate_limit_every"]), (&json!(3), &json!(0)));
    assert_eq!(client.get("/api/systemusers").results().len(), 3);
    let message = client.put("/__fake/quirks", json!({"max_pages": 3})).expect(400).message();
    assert!(message.contains("max_page"), "{message}");
    assert_eq!(fake.quirks(), Quirks { max_page: Some(3), link_header: false, ..Quirks::default() });
}

#[test]
fn requests_are_kept_without_secrets() {
    let (fake, client) = started(5);
    client
        .post(
            "/api/systemusers",
            json!({"username": "ada", "email": "a@x.example", "password": "Secret4Ever"}),
        )
        .expect(200);
    client.get("/api/v2/nothing?a=%20b").expect(404);
    let requests = fake.requests();
    assert_eq!((requests[0].operation, requests[0].status), (Some("v1.systemUsers.create"), 200));
    assert_eq!((requests[1].operation, requests[1].target.as_str()), (None, "/api/v2/nothing?a=%20b"));
    let told = String::from_utf8(client.get("/__fake/requests").expect(200).body).unwrap();
    assert!(told.contains("ada") && !told.contains("Secret4Ever") && !told.contains(&fake.api_key()));
    fake.clear_requests();
    assert!(fake.requests().is_empty());
}

#[test]
fn it_says_what_it_is() {
    let (fake, client) = started(5);
    let text = String::from_utf8(client.get("/").expect(200).body).unwrap();
    assert!(text.contains(&fake.api_key()) && text.contains("curl"));
    let access = client.get("/__fake/access").json();
    assert_eq!(access["system_id"], fake.system_id());
    let key = client.get(&format!("/__fake/systems/{}/client.key", fake.system_id())).expect(200).body;
    assert_eq!(key, fake.system_private_key_pem().into_bytes());
    client.get("/__fake/nothing").expect(404);
}

#[test]
fn it_stops_when_it_is_dropped() {
    let (fake, client) = started(5);
    client.get("/").expect(200);
    drop(fake);
    assert!(client.try_send("GET", "/", &[], b"").is_err());
}

#[test]
fn an_empty_company_answers() {
    let (_fake, client) = started(0);
    assert_eq!(client.get("/api/systemusers").expect(200).json(), json!({"results": [], "totalCount": 0}));
    let asked = json!({"service": ["all"], "start_time": "2026-01-01T00:00:00Z"});
    assert!(client.post("/insights/directory/v1/events", asked).expect(200).items().is_empty());
    let (_fake, client) = started(1);
    assert_eq!(client.get("/api/systemusers").expect(200).results().len(), 1);
    client.get("/api/v2/usergroups").expect(200);
}
