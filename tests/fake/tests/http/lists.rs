use std::collections::HashSet;

use jumpcloud_fake::Fake;
use serde_json::{Value, json};

use crate::client::{Client, started, texts};

#[test]
fn pages_add_up_to_everybody_once() {
    let (_fake, client) = started(237);
    for query in ["", "&sort=-lastname%20username", "&filter=state:$ne:STAGED&sort=department"] {
        let (mut seen, mut skip) = (HashSet::new(), 0);
        let total = loop {
            let answer = client.get(&format!("/api/systemusers?limit=50&skip={skip}{query}")).expect(200);
            let (total, page) = (answer.json()["totalCount"].as_u64().unwrap(), answer.results());
            for user in &page {
                assert!(seen.insert(user["_id"].as_str().unwrap().to_owned()), "{query}");
            }
            skip += page.len();
            if page.is_empty() {
                break total;
            }
        };
        assert_eq!(seen.len() as u64, total);
        assert!(query.contains("filter") || total == 237);
    }
}

#[test]
fn limits_are_those_of_each_api() {
    let (_fake, client) = started(150);
    assert_eq!(client.get("/api/systemusers").results().len(), 10);
    assert_eq!(client.get("/api/systemusers?limit=100").results().len(), 100);
    let message = client.get("/api/systemusers?limit=101").expect(400).message();
    assert_eq!(message, "Bad Request: request parameter \"limit\" exceeds maximum value of 100");
    client.get("/api/systemusers?limit=-1").expect(400);
    client.get("/api/systemusers?limit=ten").expect(400);
    assert_eq!(client.post("/api/search/systemusers", json!({"limit": 1000})).results().len(), 150);
    client.post("/api/search/systemusers", json!({"limit": 1001})).expect(400);
    let groups = client.get("/api/v2/usergroups").expect(200);
    assert_eq!(groups.items().len(), 10);
    let total: usize = groups.header("x-total-count").unwrap().parse().unwrap();
    assert!(total > 10);
    assert!(groups.header("link").unwrap().ends_with("/api/v2/usergroups?skip=10>; rel=\"next\""));
    let last = client.get(&format!("/api/v2/usergroups?limit=100&skip={}", total - 3));
    assert_eq!((last.items().len(), last.header("link")), (3, None));
}

#[test]
fn v1_filters_sort_and_fields() {
    let (_fake, client) = started(300);
    let list = |query: &str| client.get(&format!("/api/systemusers?limit=100&{query}")).expect(200).results();
    let sales = list("filter=department:$eq:Sales&filter=state:$eq:ACTIVATED&sort=lastname%20-created");
    assert!(sales.len() > 5);
    for pair in sales.windows(2) {
        let key = |user: &Value| {
            (user["lastname"].as_str().unwrap().to_owned(), user["created"].as_str().unwrap().to_owned())
        };
        let (one, other) = (key(&pair[0]), key(&pair[1]));
        assert!(one.0 < other.0 || (one.0 == other.0 && one.1 >= other.1));
    }
    assert!(sales.iter().all(|user| user["department"] == "Sales" && user["state"] == "ACTIVATED"));
    // Both ways of saying and, the documented or, values with what needs encoding, numbers and dates.
    assert_eq!(
        list("filter[0]=department:$eq:Sales&filter[1]=state:$eq:ACTIVATED&sort=lastname%20-created"),
        sales
    );
    let two = list("filter[or][0]=department:$eq:Legal&filter[or][1]=department:$eq:Security");
    assert!(
        two.iter().all(|user| user["department"] == "Legal" || user["department"] == "Security")
            && !two.is_empty()
    );
    assert!(list("filter=location:$eq:S%C3%A3o+Paulo").iter().all(|user| user["location"] == "São Paulo"));
    assert_eq!(list("filter=unix_uid:$lt:5010").len(), 10);
    let recent = list("filter=created:$gte:2024-06-01");
    assert!(
        !recent.is_empty() && recent.iter().all(|user| user["created"].as_str().unwrap() >= "2024-06-01")
    );
    assert_eq!(list("search=").len(), 100);
    let first = &sales[0];
    let found = list(&format!("search={}", first["username"].as_str().unwrap()));
    assert!(found.iter().any(|user| user["_id"] == first["_id"]));
    let nested =
        format!("search[searchTerm]={}&search[fields][0]=username", first["username"].as_str().unwrap());
    assert!(list(&nested).iter().any(|user| user["_id"] == first["_id"]));
    assert!(list(&nested.replace("=username", "=department")).is_empty());
    let narrow = list("fields=username%20email");
    let keys: Vec<&String> = narrow[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["_id", "email", "id", "username"]);

    client.get("/api/systemusers?filter=department:IT:x:y").expect(400);
    client.get("/api/systemusers?filter=department").expect(400);
    let fake = Fake::builder().users(5).strict(true).start().unwrap();
    let refused = Client::new(&fake).get("/api/systemusers?fitler=department:$eq:IT").expect(400).message();
    assert!(refused.contains("did you mean \"filter\""), "{refused}");
}

#[test]
fn v2_filters_sort_and_fields() {
    let (_fake, client) = started(100);
    let list = |query: &str| client.get(&format!("/api/v2/usergroups?limit=100&{query}")).expect(200).items();
    let all = list("");
    assert_eq!(list("filter=name:eq:Sales").len(), 1);
    assert_eq!(list("filter=name:eq:All+Staff").len(), 1);
    assert_eq!(texts(&list("filter=name:eq:Office*&sort=-name"), "name").len(), 9);
    assert_eq!(list("filter=name:in:Sales%7CLegal").len(), 2);
    assert_eq!(list("filter=name:search:engineering,description:search:backend").len(), 1);
    assert_eq!(list("filter=name:ne:Sales").len(), all.len() - 1);
    let mut names: Vec<&str> = texts(&all, "name");
    names.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(texts(&list("sort=-name"), "name"), names);
    assert_eq!(list("fields=name")[0].as_object().unwrap().len(), 2);
    let answer = client.get("/api/v2/usergroups?filter=name").expect(400).json();
    assert_eq!((&answer["code"], &answer["status"]), (&json!(400), &json!("INVALID_ARGUMENT")));
    assert!(answer["details"].is_array());
    let every = client.get("/api/v2/groups?limit=100&sort=type").items();
    assert!(every.len() > all.len() && every[0]["type"] == "policy_group");
}

#[test]
fn search_bodies() {
    let (_fake, client) = started(300);
    let search = |body: Value| client.post("/api/search/systemusers", body).expect(200).json();
    assert_eq!(search(json!({}))["totalCount"], 300);
    let legal = search(
        json!({"filter": [{"department": "Legal"}], "limit": 100, "sort": "username", "fields": "username department"}),
    );
    let users = legal["results"].as_array().unwrap();
    assert!(!users.is_empty() && users.iter().all(|user| user["department"] == "Legal"));
    assert_eq!(users[0].as_object().unwrap().len(), 4);
    assert!(texts(users, "username").is_sorted());
    let same = |body: Value| assert_eq!(search(body)["totalCount"], legal["totalCount"]);
    same(json!({"filter": {"and": [{"department": "Legal"}]}}));
    same(json!({"filter": {"or": [{"department": "Legal"}, {"department": "Nowhere"}]}}));
    same(json!({"filter": {"department": {"$regex": "(?i)^legal$"}}}));
    same(json!({"filter": "department:$eq:Legal"}));
    let username = users[0]["username"].as_str().unwrap();
    let found =
        search(json!({"searchFilter": {"searchTerm": [username, "nobody at all"], "fields": ["username"]}}));
    assert!(texts(found["results"].as_array().unwrap(), "username").contains(&username));
    // The page stands in the body.
    let second = search(json!({"skip": 290, "limit": 50}));
    assert_eq!((second["results"].as_array().unwrap().len(), &second["totalCount"]), (10, &json!(300)));
    client.post("/api/search/systemusers", json!({"filter": {"and": [], "or": []}})).expect(400);
}

#[test]
fn what_the_table_does_not_know_is_refused() {
    let (_fake, client) = started(5);
    assert!(client.get("/api/systemuser").expect(404).message().contains("/api/systemuser"));
    assert_eq!(client.get("/api/v2/nothing").expect(404).json()["status"], "NOT_FOUND");
    let answer = client.delete("/api/systemusers").expect(405);
    assert_eq!(answer.header("allow"), Some("GET, POST"));
    assert!(
        client
            .post("/api/v2/usergroups", json!({"name": 5}))
            .expect(400)
            .message()
            .contains("body.name: expected a string")
    );
    client.send("POST", "/api/systemusers", &[("x-api-key", "x")], b"{").expect(401);
}

#[test]
fn the_same_seed_is_the_same_company() {
    let list = |seed: u64| {
        let fake = Fake::builder().users(30).seed(seed).start().unwrap();
        (fake.api_key(), fake.system_id(), Client::new(&fake).get("/api/systemusers?limit=30").results())
    };
    assert_eq!(list(7), list(7));
    assert_ne!(list(7), list(8));
}

#[test]
fn people_look_real() {
    let (_fake, client) = started(1000);
    let users = client.post("/api/search/systemusers", json!({"limit": 1000})).results();
    let ids: HashSet<&str> = texts(&users, "_id").into_iter().collect();
    assert_eq!(texts(&users, "username").into_iter().collect::<HashSet<_>>().len(), 1000);
    assert!(users.iter().any(|user| !user["displayname"].as_str().unwrap().is_ascii()));
    for user in &users {
        assert_eq!(user["email"].as_str().unwrap().split('@').next(), user["username"].as_str());
        assert!(
            user["manager"].is_null()
                || ids.contains(user["manager"].as_str().unwrap()) && user["manager"] != user["_id"]
        );
    }
    for state in ["ACTIVATED", "SUSPENDED", "STAGED"] {
        assert!(users.iter().filter(|user| user["state"] == state).count() > 10, "{state}");
    }
    assert_eq!(users.iter().filter(|user| user["manager"].is_null()).count(), 1);
}
