//! Lists that change while they are read, are left early, or come from a server that misbehaves: over real HTTP.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use jumpcloud_core::filter::eq;
use jumpcloud_core::{Client, Credentials, Error, ErrorKind, Options, Page, Parameters};
use jumpcloud_fake::{Churn, Fake, Quirks, Totals};
use jumpcloud_suite::transport::Transport;
use serde_json::{Value, json};

fn fake(users: usize) -> (Fake, Client) {
    let fake = Fake::builder().users(users).seed(23).start().unwrap();
    let client = Client::new(Credentials::api_key(fake.api_key())).base_urls(&fake.url()).unwrap();
    (fake, client)
}

fn in_flight(concurrency: usize) -> Options {
    Options { concurrency, ..Options::default() }
}

/// Hands each id of a list to `each` when its page comes; gives what was handed out, and how the list ended.
fn walk(
    client: &Client,
    (operation, parameters): &(&str, Parameters),
    options: Options,
    mut each: impl FnMut(&str),
) -> (Vec<String>, Result<(), Error>) {
    let mut ids = Vec::new();
    let ended =
        Transport::default().hurrying().list(client, operation, parameters.clone(), options, |page| {
            for item in page.reply.items() {
                let item: Value = serde_json::from_slice(item).unwrap();
                let id = ["_id", "id"].iter().find_map(|key| item[key].as_str());
                let id = id.or_else(|| item["to"]["id"].as_str()).unwrap();
                each(id);
                ids.push(id.to_owned());
            }
            true
        });
    (ids, ended)
}

fn whole(client: &Client, list: &(&str, Parameters)) -> Vec<String> {
    let (ids, ended) = walk(client, list, in_flight(1), |_| ());
    ended.unwrap();
    ids
}

fn once(ids: &[String]) -> BTreeSet<&str> {
    let set: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    assert_eq!(set.len(), ids.len(), "an item came twice");
    set
}

#[test]
fn who_suspends_each_active_user_misses_nobody() {
    for (operation, concurrency) in
        [("v1.systemUsers.list", 1), ("v1.systemUsers.list", 4), ("v1.systemUsers.search", 4)]
    {
        let (_fake, client) = fake(640);
        let active = (operation, Parameters::new().with("filter", eq("state", "ACTIVATED")));
        let before = whole(&client, &active);
        assert!(before.len() > 250, "{}", before.len());
        let suspend = |id: &str| {
            let change = Parameters::new().with("id", id).with("body", json!({"state": "SUSPENDED"}));
            Transport::default().call(&client, "v1.systemUsers.update", change).unwrap();
        };
        let options = Options { page_size: Some(100), ..in_flight(concurrency) };
        let (suspended, ended) = walk(&client, &active, options, suspend);
        ended.unwrap();
        assert_eq!(once(&suspended), once(&before), "{operation}, {concurrency} in flight");
        assert!(whole(&client, &active).is_empty());
    }
}

#[test]
fn who_deletes_each_system_misses_none() {
    for concurrency in [1, 4] {
        let (_fake, client) = fake(300);
        let systems = ("v1.systems.list", Parameters::new());
        let before = whole(&client, &systems);
        assert!(before.len() > 250, "{}", before.len());
        let delete = |id: &str| {
            let gone = Parameters::new().with("id", id);
            Transport::default().call(&client, "v1.systems.delete", gone).unwrap();
        };
        let (deleted, ended) = walk(&client, &systems, in_flight(concurrency), delete);
        ended.unwrap();
        assert_eq!(once(&deleted), once(&before), "{concurrency} in flight");
        assert!(whole(&client, &systems).is_empty());
    }
}

#[test]
fn who_adds_users_while_the_list_is_read_doubles_nobody() {
    let (_fake, client) = fake(330);
    let users = ("v1.systemUsers.list", Parameters::new());
    let before = whole(&client, &users);
    let mut added = 0;
    let add = |_: &str| {
        added += 1;
        if added % 10 == 0 && added <= 300 {
            let name = format!("new-{added}");
            let body = json!({"username": name, "email": format!("{name}@x.example")});
            Transport::default()
                .call(&client, "v1.systemUsers.create", Parameters::new().with("body", body))
                .unwrap();
        }
    };
    let (met, ended) = walk(&client, &users, in_flight(4), add);
    ended.unwrap();
    assert!(once(&met).is_superset(&once(&before)));
}

#[test]
fn a_list_that_is_left_early_asks_for_no_more() {
    let (fake, client) = fake(2000);
    for concurrency in [1, 4] {
        fake.clear_requests();
        let mut users = 0;
        Transport::default()
            .list(&client, "v1.systemUsers.list", Parameters::new(), in_flight(concurrency), |page| {
                users += page.reply.items().len();
                users < 250
            })
            .unwrap();
        // Three pages were handed out; those in flight may be answered still, but nothing is asked for any more.
        assert_eq!(users, 298, "100, and 99 new ones in each page after it");
        std::thread::sleep(Duration::from_millis(200));
        let asked = fake.requests().len();
        assert!((3..3 + 2 * concurrency).contains(&asked), "{asked} requests, {concurrency} in flight");
    }
}

#[test]
fn a_list_with_a_limit_asks_for_no_page_beyond_it() {
    let (fake, client) = fake(2000);
    let limited = Options { limit: Some(250), ..in_flight(4) };
    let (ids, ended) = walk(&client, &("v1.systemUsers.list", Parameters::new()), limited, |_| ());
    ended.unwrap();
    assert_eq!((once(&ids).len(), fake.requests().len()), (250, 3));
}

/// Lists of each kind: v1, a search, v2, without a total or an order, by a cursor.
fn lists(client: &Client) -> Vec<(&'static str, Parameters)> {
    let groups = ("v2.userGroups.list", Parameters::new());
    let group = whole(client, &groups).remove(0);
    // Whole days that are over, which no event that happens now can enter.
    let ago = |days: u64| {
        let time = SystemTime::now() - Duration::from_secs(days * 86_400);
        humantime::format_rfc3339_seconds(time).to_string()
    };
    let events = json!({ "service": ["mdm"], "start_time": ago(4), "end_time": ago(1) });
    vec![
        ("v1.systemUsers.list", Parameters::new()),
        ("v1.systemUsers.list", Parameters::new().with("sort", "-lastname").with("fields", ["department"])),
        ("v1.systems.search", Parameters::new().with("body", json!({"fields": "os"}))),
        groups,
        ("v2.userGroups.members.list", Parameters::new().with("group_id", group)),
        ("insights.events.query", Parameters::new().with("body", events)),
    ]
}

#[test]
fn what_the_server_does_to_pages_never_shortens_a_list() {
    let (fake, client) = fake(130);
    let lists: Vec<_> = lists(&client).into_iter().map(|list| (whole(&client, &list), list)).collect();
    let lengths: Vec<usize> = lists.iter().map(|(all, _)| once(all).len()).collect();
    assert!(lengths.iter().all(|length| *length > 4), "{lengths:?}");
    let quirks = || Quirks { retry_after: Some(0), ..Quirks::default() };
    // What is made up for: the list is whole.
    let mended = [
        Quirks { total_header: false, link_header: false, ..quirks() },
        Quirks { rate_limit_every: 3, ..quirks() },
        Quirks { latency_ms: 10, ..quirks() },
        Quirks { max_page: Some(17), ..quirks() },
        Quirks { max_page: Some(7), total_header: false, ..quirks() },
        Quirks { unstable_totals: true, ..quirks() },
        Quirks { unstable_totals: true, max_page: Some(13), ..quirks() },
        Quirks { disconnect_every: 4, max_page: Some(50), ..quirks() },
        Quirks { server_error_every: 5, server_error_status: 503, max_page: Some(50), ..quirks() },
        Quirks { hidden_headers: true, ..quirks() },
        Quirks { totals: Totals::Absent, ..quirks() },
        Quirks { totals: Totals::Large, max_page: Some(17), ..quirks() },
        Quirks { reset_every: 4, max_page: Some(50), ..quirks() },
        Quirks { trickle_ms: 1, ..quirks() },
        Quirks { clock_skew_s: 1_000_000, ..quirks() },
        Quirks { churn: Churn::Insert, max_page: Some(30), ..quirks() },
        Quirks { empty_page_every: 3, max_page: Some(30), ..quirks() },
        Quirks { totals: Totals::Small, ..quirks() },
        Quirks { totals: Totals::Small, max_page: Some(17), ..quirks() },
        Quirks { totals: Totals::Small, max_page: Some(19), ..quirks() },
    ];
    // What may break a page: the list is whole, or says that it is not.
    let broken = [
        Quirks { truncate_every: 3, max_page: Some(50), ..quirks() },
        Quirks { truncate_every: 1, ..quirks() },
        Quirks { html_every: 3, max_page: Some(50), ..quirks() },
        Quirks { html_every: 1, ..quirks() },
        Quirks { server_error_every: 2, server_error_status: 500, ..quirks() },
        Quirks { rate_limit_every: 1, retry_after: Some(3600), ..quirks() },
        Quirks { disconnect_every: 1, ..quirks() },
        Quirks { shuffle_pages: true, ..quirks() },
        Quirks { empty_page_every: 2, max_page: Some(30), ..quirks() },
        Quirks { churn: Churn::Remove, max_page: Some(30), ..quirks() },
        Quirks { churn: Churn::Move, max_page: Some(30), ..quirks() },
        Quirks { empty_body_every: 2, max_page: Some(50), ..quirks() },
        Quirks { error_in_200_every: 2, max_page: Some(50), ..quirks() },
        Quirks { text_every: 2, max_page: Some(50), ..quirks() },
        Quirks { redirect_every: 2, max_page: Some(50), ..quirks() },
        Quirks { gzip_bomb_every: 2, huge_body_mb: 20, max_page: Some(50), ..quirks() },
    ];
    let cases = mended.iter().map(|quirks| (quirks, true)).chain(broken.iter().map(|quirks| (quirks, false)));
    for (quirks, mended) in cases {
        for (all, list) in &lists {
            // An empty page is how JumpCloud ends a list of events: one that is empty by mistake cannot be told from it.
            if quirks.empty_page_every > 0 && list.0.starts_with("insights.") {
                continue;
            }
            for concurrency in [1, 4] {
                fake.set_quirks(quirks.clone());
                let options = Options {
                    attempts: if mended { 4 } else { 2 },
                    page_size: Some(100),
                    ..in_flight(concurrency)
                };
                let (ids, ended) = walk(&client, list, options, |_| ());
                let told = format!("{} with {quirks:?}, {concurrency} in flight: {ended:?}", list.0);
                let came = once(&ids);
                assert!(came.is_subset(&once(all)), "{told}");
                match ended {
                    Ok(()) => assert_eq!(came, once(all), "{told}"),
                    Err(error) => {
                        assert!(!mended, "{told}");
                        let kinds = [
                            ErrorKind::Incomplete,
                            ErrorKind::Decode,
                            ErrorKind::Transport,
                            ErrorKind::RateLimited,
                            ErrorKind::Server,
                        ];
                        assert!(kinds.contains(&error.kind()), "{told}");
                    }
                }
            }
        }
    }
}

/// Drives a list until `take` says, of an item, that the program is killed; gives whether it was, and where the list stood.
fn killed(
    client: &Client,
    list: &(&str, Parameters),
    from: Option<&str>,
    mut take: impl FnMut(&Value) -> bool,
) -> (bool, String) {
    let options = Options {
        from: from.map(|text| text.parse().unwrap()),
        page_size: Some(7),
        lag: Some(Duration::from_secs(60)),
        ..in_flight(4)
    };
    let mut pages = client.pages(list.0, list.1.clone(), options).unwrap();
    let (mut taken, mut dead) = (usize::MAX, false);
    let each = |page: Option<Page>| {
        let Some(page) = page else { return false };
        let items: Vec<Value> =
            page.reply.items().map(|item| serde_json::from_slice(item).unwrap()).collect();
        if let Some(last) = items.iter().position(|item| !take(item)) {
            (taken, dead) = (last + 1, true);
        }
        !dead
    };
    Transport::default().drive(&mut pages, each).unwrap();
    (dead, pages.position_after(taken).to_string())
}

#[test]
fn a_list_that_is_killed_goes_on_where_it_stood() {
    let (_fake, client) = fake(130);
    for list in lists(&client) {
        let before = whole(&client, &list);
        let (mut met, mut position, mut after) = (Vec::new(), None::<String>, 1);
        loop {
            let mut left = after;
            let (dead, text) = killed(&client, &list, position.as_deref(), |item| {
                let id = ["_id", "id"].iter().find_map(|key| item[key].as_str());
                met.push(id.or_else(|| item["to"]["id"].as_str()).unwrap().to_owned());
                left -= 1;
                left > 0
            });
            position = Some(text);
            after = 2 * after + 1;
            if !dead {
                break;
            }
        }
        assert_eq!(once(&met), once(&before), "{}", list.0);
    }
}
