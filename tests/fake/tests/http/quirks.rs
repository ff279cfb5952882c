use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use jumpcloud_fake::{Churn, Fake, Quirks, Tokens, Totals};
use serde_json::{Value, json};

use crate::client::{Client, started, texts};

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

/// The names of all user groups, page by page of ten until an empty one.
fn pages(client: &Client) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    for page in 0..20 {
        let items =
            client.get(&format!("/api/v2/usergroups?limit=10&skip={}", page * 10)).expect(200).items();
        pages.push(texts(&items, "name").into_iter().map(str::to_owned).collect());
        if items.is_empty() {
            break;
        }
    }
    pages
}

#[test]
fn lists_have_bad_habits() {
    let (fake, client) = started(60);
    let set = |quirks: Quirks| fake.set_quirks(quirks);
    let off = Quirks::default;
    let whole: Vec<String> = pages(&client).concat();
    let total =
        |list: &str| client.get(list).header("x-total-count").map(|total| total.parse::<usize>().unwrap());
    let groups = "/api/v2/usergroups?limit=10";
    assert!(whole.len() > 25 && total(groups) == Some(whole.len()));

    set(Quirks { hidden_every: 4, ..off() });
    let seen = pages(&client);
    assert_eq!(seen[0].len(), 8);
    assert!(seen.concat().iter().all(|name| whole.contains(name)) && seen.concat().len() < whole.len());
    assert_eq!(total(groups), Some(whole.len()), "hidden items are counted");

    set(Quirks { empty_page_every: 2, ..off() });
    assert_eq!(client.get(groups).items().len(), 10);
    assert!(client.get(groups).items().is_empty());

    for (totals, says) in [
        (Totals::Absent, None),
        (Totals::Small, Some(whole.len() / 2)),
        (Totals::Large, Some(whole.len() * 2 + 7)),
        (Totals::Page, Some(10)),
    ] {
        set(Quirks { totals, ..off() });
        assert_eq!(total(groups), says);
        let body = client.get("/api/systemusers").expect(200).json();
        assert_eq!(body.get("totalCount").is_some(), says.is_some());
    }

    set(Quirks { churn: Churn::Insert, ..off() });
    let seen = pages(&client).concat();
    assert_eq!(seen[9], seen[10], "the last of a page comes again");
    set(Quirks { churn: Churn::Remove, ..off() });
    let seen = pages(&client).concat();
    assert!(!seen.contains(&whole[10]) && seen.contains(&whole[11]), "one is never shown");
    set(Quirks { churn: Churn::Move, ..off() });
    let seen = pages(&client).concat();
    assert!(seen[9] == seen[10] && !seen.contains(&whole[19]));

    set(Quirks { shuffle_pages: true, ..off() });
    let seen = pages(&client);
    let mut sorted = (seen[0].clone(), whole[..10].to_vec());
    assert_ne!(sorted.0, sorted.1);
    sorted.0.sort();
    sorted.1.sort();
    assert_eq!(sorted.0, sorted.1);

    set(Quirks { repeat_page_every: 2, ..off() });
    let seen = pages(&client);
    assert_eq!(seen[0], seen[1]);

    set(Quirks { endless_lists: true, ..off() });
    let far = client.get("/api/v2/usergroups?limit=10&skip=100000").expect(200);
    assert_eq!(far.items().len(), 10);
    assert!(far.header("link").is_some());
    assert!(!client.get("/api/systemusers?skip=7000").results().is_empty());

    set(Quirks { hidden_headers: true, ..off() });
    let answer = client.get(groups).expect(200);
    assert!(answer.headers.keys().all(|name| name != "link" && !name.as_str().starts_with("x-")));
}

#[test]
fn tokens_and_cursors_have_bad_habits() {
    let (fake, client) = started(5);
    let users = |token: &str| {
        let path = format!("/api/v2/gsuites/5f0c1e2d3b4a59687766554a/import/users?maxResults=10{token}");
        let body = client.get(&path).expect(200).json();
        (body["users"][0].clone(), body["nextPageToken"].as_str().unwrap_or_default().to_owned())
    };
    let (_, second) = users("");
    fake.set_quirks(Quirks { tokens: Tokens::Repeated, ..Quirks::default() });
    assert_eq!(users(&format!("&pageToken={second}")).1, second);
    fake.set_quirks(Quirks { tokens: Tokens::Circle, ..Quirks::default() });
    let first = users(&format!("&pageToken={}", users(&format!("&pageToken={second}")).1)).1;
    assert_eq!(users(&format!("&pageToken={first}")).0, users("").0);
    let mut body = json!({"service": ["all"], "start_time": "2026-01-01T00:00:00Z", "limit": 10_000});
    body["search_after"] = json!([i64::MAX, ""]);
    let events = "/insights/directory/v1/events";
    assert_eq!(client.post(events, body.clone()).header("x-search_after"), Some("[0,\"\"]"));
    fake.set_quirks(Quirks { tokens: Tokens::Repeated, ..Quirks::default() });
    assert_eq!(client.post(events, body).header("x-search_after"), Some("[9223372036854775807,\"\"]"));

    fake.set_quirks(Quirks { token_life_s: Some(0), ..Quirks::default() });
    use base64::Engine as _;
    let pair = format!("{}:{}", fake.client_id(), fake.client_secret());
    let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
    let headers = [("authorization", basic.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let token =
        client.send("POST", "/oauth2/token", &headers, b"grant_type=client_credentials&scope=api").json();
    assert_eq!(token["expires_in"], 0);
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let refused = client.send("GET", "/api/systemusers", &[("authorization", &bearer)], b"").expect(401);
    assert!(refused.json()["error"].as_str().unwrap().contains("expired"));
}

#[test]
fn answers_have_bad_habits() {
    let (fake, client) = started(60);
    let off = Quirks::default;
    let get = || client.get("/api/v2/usergroups?limit=20");
    let usual = get().body;
    fake.set_quirks(Quirks { empty_body_every: 1, ..off() });
    assert!(get().expect(200).body.is_empty());
    fake.set_quirks(Quirks { error_in_200_every: 1, ..off() });
    assert_eq!(get().expect(200).json()["error"], "Internal Server Error");
    fake.set_quirks(Quirks { text_every: 1, ..off() });
    // It is done all the same.
    assert_eq!(client.post("/api/v2/usergroups", json!({"name": "Done"})).expect(201).body, b"OK");
    fake.set_quirks(off());
    client.post("/api/v2/usergroups", json!({"name": "Done"})).expect(409);
    fake.set_quirks(Quirks { trickle_ms: 2, ..off() });
    let start = std::time::Instant::now();
    assert_eq!(get().expect(200).body, usual);
    assert!(start.elapsed().as_millis() as usize > usual.len() / 64 * 2);
    fake.set_quirks(Quirks { huge_body_every: 1, huge_body_mb: 3, ..off() });
    let huge = get().expect(200);
    assert!(huge.body.len() >= 3 << 20);
    assert_eq!(huge.json(), serde_json::from_slice::<Value>(&usual).unwrap());
    fake.set_quirks(Quirks { clock_skew_s: 86_400 * 365, ..off() });
    let date = httpdate::parse_http_date(get().header("date").unwrap()).unwrap();
    assert!(date > std::time::SystemTime::now() + std::time::Duration::from_secs(86_400 * 364));
    fake.set_quirks(Quirks { clock_skew_s: i64::MIN, ..off() });
    assert_eq!(get().expect(200).header("date"), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
}

/// What comes for a request until it ends, or until there is so much.
fn raw(fake: &Fake, headers: &str, enough: usize) -> (Vec<u8>, Option<std::io::ErrorKind>) {
    let mut stream = TcpStream::connect(fake.url().strip_prefix("http://").unwrap()).unwrap();
    let request = format!(
        "GET /api/systemusers HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\nconnection: close\r\n{headers}\r\n",
        fake.api_key()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let (mut all, mut some) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        match stream.read(&mut some) {
            Ok(0) => return (all, None),
            Ok(count) => all.extend_from_slice(&some[..count]),
            Err(error) => return (all, Some(error.kind())),
        }
        if all.len() > enough {
            return (all, None);
        }
    }
}

#[test]
fn connections_have_bad_habits_also_for_one_request() {
    let (fake, client) = started(5);
    let (answer, error) = raw(&fake, "x-fake-quirks: {\"reset_every\": 1}\r\n", 1 << 20);
    assert_eq!((answer.len(), error), (0, Some(std::io::ErrorKind::ConnectionReset)));
    let (answer, _) = raw(&fake, "x-fake-quirks: {\"redirect_every\": 1}\r\n", 1 << 20);
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 302") && answer.contains("location: http://elsewhere.invalid/"));
    let (answer, _) = raw(&fake, "x-fake-quirks: {\"endless_body_every\": 1}\r\n", 30 << 20);
    assert!(answer.len() > 30 << 20);
    let (bomb, _) = raw(&fake, "x-fake-quirks: {\"gzip_bomb_every\": 1, \"huge_body_mb\": 200}\r\n", 1 << 30);
    assert!(String::from_utf8_lossy(&bomb[..600]).contains("content-encoding: gzip"));
    assert!(bomb.len() > 1 << 20 && bomb.len() < 2 << 20, "{}", bomb.len());
    let (answer, _) = raw(&fake, "x-fake-quirks: {\"continue_every\": 1}\r\n", 5 << 20);
    assert!(answer.starts_with(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"));
    assert!(answer.chunks(25).take(200_000).all(|line| line == b"HTTP/1.1 100 Continue\r\n\r\n"));
    let (answer, _) = raw(&fake, "x-fake-quirks: {\"resets\": 1}\r\n", 1 << 20);
    assert!(String::from_utf8(answer).unwrap().starts_with("HTTP/1.1 400"));
    // All others were answered as usual.
    client.get("/api/systemusers").expect(200);
    assert_eq!(fake.quirks(), Quirks::default());
}

#[test]
fn every_switch_is_one_at_the_start_too() {
    let help =
        std::process::Command::new(env!("CARGO_BIN_EXE_jumpcloud-fake")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let readme = include_str!("../../README.md");
    let all = serde_json::to_value(Quirks::default()).unwrap();
    for name in all.as_object().unwrap().keys() {
        assert!(readme.contains(&format!("`{name}`")), "the README lacks {name}");
        let dashed = match name.as_str() {
            "total_header" | "link_header" => format!("--no-{}", name.replace('_', "-")),
            "latency_ms" | "work_ms" => format!("--{}", name.trim_end_matches("_ms")),
            name => format!("--{}", name.replace('_', "-")),
        };
        assert!(help.contains(&dashed), "--help lacks {dashed}");
    }
}
