use std::time::{Duration, SystemTime};

use jumpcloud_fake::Quirks;
use serde_json::{Value, json};

use crate::client::{Client, started, texts, until};

const NOBODY: &str = "5f0c1e2d3b4a59687766554a";

/// The results of a job when it is done.
fn done(client: &Client, answer: &Value) -> Vec<Value> {
    let path = format!("/api/v2/bulk/users/{}/results?limit=100", answer["jobId"].as_str().unwrap());
    until("the job is done", || {
        let results = client.get(&path).expect(200).items();
        let pending = texts(&results, "status").contains(&"pending");
        (!pending).then_some(results)
    })
}

/// RFC 3339 of a moment from now.
fn in_three_seconds() -> String {
    let then = SystemTime::now() + Duration::from_secs(3);
    // `Sun, 22 Nov 2026 09:00:03 GMT`
    let text = httpdate::fmt_http_date(then);
    let words: Vec<&str> = text.split(' ').collect();
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|month| *month == words[2]).unwrap() + 1;
    format!("{}-{month:02}-{}T{}Z", words[3], words[1], words[4])
}

#[test]
fn a_job_makes_users_and_says_what_came_of_each() {
    let (fake, client) = started(20);
    fake.set_quirks(Quirks { work_ms: Some(3_600_000), ..Quirks::default() });
    let body = json!([{"username": "late", "email": "late@x.example"}]);
    let job = client.post("/api/v2/bulk/users", body).expect(200).json();
    let path = format!("/api/v2/bulk/users/{}/results", job["jobId"].as_str().unwrap());
    assert_eq!(texts(&client.get(&path).expect(200).items(), "status"), ["pending"]);
    assert!(client.get("/api/systemusers?filter=username:$eq:late").results().is_empty());
    fake.set_quirks(Quirks::default());
    client.post("/api/v2/bulk/users", json!([])).expect(400);
    client.post("/api/v2/bulk/users", json!([{"username": 7}])).expect(400);
    let body = json!([
        {"username": "ada", "email": "ada@x.example", "department": "IT"},
        {"username": "grace", "email": "grace@x.example"},
        {"username": "ADA", "email": "other@x.example"},
        {"username": "nobody"},
    ]);
    let job = client.post("/api/v2/bulk/users?suppressEmail=true", body).expect(200).json();
    let results = done(&client, &job);
    assert_eq!(texts(&results, "status"), ["finished", "finished", "failed", "failed"]);
    assert!(results[2]["statusMsg"].as_str().unwrap().contains("Already Exists"));
    assert!(results[3]["statusMsg"].as_str().unwrap().contains("email"));
    let ada = client.get("/api/systemusers?filter=username:$eq:ada").results().remove(0);
    assert_eq!((&ada["department"], &results[0]["meta"]["systemUser"]["id"]), (&json!("IT"), &ada["_id"]));

    let patch = |body: Value| client.patch("/api/v2/bulk/users", body).expect(200).json();
    let results = done(&client, &patch(json!([{"id": ada["_id"], "department": "HR"}, {"id": NOBODY}, {}])));
    assert_eq!(texts(&results, "status"), ["finished", "failed", "failed"]);
    let path = format!("/api/systemusers/{}", ada["_id"].as_str().unwrap());
    assert_eq!(client.get(&path).json()["department"], "HR");

    let job = client.post("/api/v2/bulk/user/expires", json!([{"id": ada["_id"]}])).expect(201).json();
    assert_eq!(texts(&done(&client, &job), "status"), ["finished"]);
    assert_eq!(client.get(&path).json()["password_expired"], true);
    client.put(&path, json!({"account_locked": true})).expect(200);
    let job = client.post("/api/v2/bulk/user/unlocks", json!([{"id": ada["_id"]}])).expect(201).json();
    assert_eq!(texts(&done(&client, &job), "status"), ["finished"]);
    assert_eq!(client.get(&path).json()["account_locked"], false);
    client.get(&format!("/api/v2/bulk/users/{NOBODY}/results")).expect(404);
}

#[test]
fn a_large_job_pages() {
    let (_fake, client) = started(5);
    let users = (0..250).map(|n| json!({"username": format!("u{n}"), "email": format!("u{n}@x.example")}));
    let job = client.post("/api/v2/bulk/users", users.collect()).expect(200).json();
    let path = format!("/api/v2/bulk/users/{}/results?limit=100", job["jobId"].as_str().unwrap());
    assert_eq!(client.get(&path).header("x-total-count"), Some("250"));
    done(&client, &job);
    let last = client.get(&format!("{path}&skip=200")).items();
    assert_eq!(last.len(), 50);
    until("all are there", || (client.get("/api/systemusers").json()["totalCount"] == 255).then_some(()));
}

#[test]
fn states_change_on_their_date() {
    let (_fake, client) = started(40);
    let users = client.get("/api/systemusers?limit=3&filter=state:$eq:ACTIVATED").results();
    let ids = texts(&users, "_id");
    let (far, near) = ("2126-01-01T09:00:00.000Z", "2125-01-01T09:00:00.000Z");
    let create = |users: &[&str], state: &str, date: &str| {
        client.post("/api/v2/bulk/userstates", json!({"user_ids": users, "state": state, "start_date": date}))
    };
    create(&ids, "STAGED", far).expect(400);
    create(&ids, "SUSPENDED", "tomorrow").expect(400);
    create(&[], "SUSPENDED", far).expect(400);
    create(&[NOBODY], "SUSPENDED", far).expect(404);
    let later = create(&ids[..2], "ACTIVATED", far).expect(201).items();
    assert_eq!(texts(&later, "systemUserId"), ids[..2]);
    let sooner = create(&ids[..1], "SUSPENDED", near).expect(201).items().remove(0);
    assert_eq!((&sooner["scheduledDate"], &sooner["state"]), (&json!(near), &json!("SUSPENDED")));
    // The next one first.
    let listed = client.get("/api/v2/bulk/userstates").expect(200).items();
    assert_eq!(listed, [sooner.clone(), later[0].clone(), later[1].clone()]);
    let of_one = client.get(&format!("/api/v2/bulk/userstates?userid={}", ids[0])).items();
    assert_eq!(of_one.len(), 2);
    let next =
        format!("/api/v2/bulk/userstates/eventlist/next?users={}&users={}&users={}", ids[0], ids[1], ids[2]);
    let expected = json!({"results": [sooner, later[1]], "events_count": 2});
    assert_eq!(client.get(&next).expect(200).json(), expected);
    let path = format!("/api/v2/bulk/userstates/{}", sooner["scheduledJobId"].as_str().unwrap());
    client.delete(&path).expect(204);
    client.delete(&path).expect(404);
    assert_eq!(client.get(&next).json()["results"][0], later[0]);

    // One that is near enough to wait for.
    let last = create(&ids[2..], "SUSPENDED", &in_three_seconds()).expect(201).items();
    assert_eq!(last.len(), 1);
    let path = format!("/api/systemusers/{}", ids[2]);
    assert_eq!(client.get(&path).json()["state"], "ACTIVATED");
    until("the user is suspended", || (client.get(&path).json()["suspended"] == true).then_some(()));
    assert_eq!(client.get("/api/v2/bulk/userstates").items().len(), 2);
}
