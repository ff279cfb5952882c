//! The core against the fake, over real HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jumpcloud_core::filter::{and, eq, ne};
use jumpcloud_core::{Attachment, Client, Credentials, Error, ErrorKind, Options, Parameters};
use jumpcloud_fake::{Fake, Quirks};
use jumpcloud_suite::transport::Transport;
use serde_json::{Value, json};

fn fake(users: usize) -> (Fake, Client) {
    let fake = Fake::builder().users(users).seed(11).start().unwrap();
    let client = Client::new(Credentials::api_key(fake.api_key())).base_urls(&fake.url()).unwrap();
    (fake, client)
}

fn ids(
    client: &Client,
    operation: &str,
    parameters: Parameters,
    options: Options,
) -> Result<Vec<String>, Error> {
    let mut ids = Vec::new();
    Transport::default().hurrying().list(client, operation, parameters, options, |page| {
        for item in page.reply.items() {
            let item: Value = serde_json::from_slice(item).unwrap();
            let id =
                ["_id", "id"].iter().find_map(|key| item[key].as_str()).or_else(|| item["to"]["id"].as_str());
            ids.push(id.unwrap().to_owned());
        }
        true
    })?;
    Ok(ids)
}

fn distinct(ids: &[String]) -> usize {
    ids.iter().collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn every_user_comes_once_whatever_the_server_does_to_pages() {
    let (fake, client) = fake(1234);
    for quirks in [
        Quirks::default(),
        Quirks { max_page: Some(7), ..Quirks::default() },
        Quirks { total_header: false, link_header: false, ..Quirks::default() },
        Quirks { rate_limit_every: 5, retry_after: Some(0), ..Quirks::default() },
    ] {
        fake.set_quirks(quirks.clone());
        for concurrency in [1, 4] {
            let options = Options { concurrency, ..Options::default() };
            let users = ids(&client, "v1.systemUsers.list", Parameters::new(), options).unwrap();
            assert_eq!((users.len(), distinct(&users)), (1234, 1234), "{quirks:?}");
        }
    }
}

#[test]
fn the_list_the_search_and_the_members_of_a_group_agree() {
    let (_fake, client) = fake(800);
    let filter = and([eq("department", "Engineering"), ne("state", "SUSPENDED")]);
    let given = Parameters::new().with("filter", &filter);
    let listed = ids(&client, "v1.systemUsers.list", given.clone(), Options::default()).unwrap();
    let found = ids(&client, "v1.systemUsers.search", given, Options::default()).unwrap();
    assert!(listed.len() > 20, "{}", listed.len());
    assert_eq!(listed, found);

    let groups = Parameters::new().with("filter", eq("name", "Engineering"));
    let group = ids(&client, "v2.userGroups.list", groups, Options::default()).unwrap();
    let members = Parameters::new().with("group_id", &group[0]);
    let members = ids(&client, "v2.userGroups.members.list", members, Options::default()).unwrap();
    assert!(listed.iter().filter(|id| members.contains(id)).count() > listed.len() / 2);
}

#[test]
fn a_group_changes_and_says_when_it_had() {
    let (_fake, client) = fake(20);
    let call = |operation: &str, parameters| Transport::default().call(&client, operation, parameters);
    let group: Value =
        call("v2.userGroups.create", Parameters::new().with("body", json!({"name": "Night shift"})))
            .unwrap()
            .json()
            .unwrap();
    let user = ids(
        &client,
        "v1.systemUsers.list",
        Parameters::new(),
        Options { limit: Some(1), ..Options::default() },
    )
    .unwrap();
    let change = |op: &str| {
        Parameters::new()
            .with("group_id", &group["id"])
            .with("body", json!({"op": op, "type": "user", "id": user[0]}))
    };
    assert_eq!(call("v2.userGroups.members.change", change("add")).unwrap().status, 204);
    assert_eq!(call("v2.userGroups.members.change", change("add")).unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(call("v2.userGroups.members.change", change("remove")).unwrap().status, 204);
    assert_eq!(
        call("v2.userGroups.members.change", change("remove")).unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[test]
fn one_token_serves_many_calls_and_is_renewed_when_it_is_revoked() {
    let (fake, _) = fake(500);
    let account = Credentials::service_account(fake.client_id(), fake.client_secret());
    let client = Client::new(account).base_urls(&fake.url()).unwrap();
    let tokens = |fake: &Fake| {
        fake.requests().iter().filter(|request| request.target.starts_with("/oauth2/token")).count()
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                assert_eq!(
                    ids(&client, "v1.systemUsers.list", Parameters::new(), Options::default()).unwrap().len(),
                    500
                )
            });
        }
    });
    assert_eq!(tokens(&fake), 1);
    fake.revoke_tokens();
    assert_eq!(
        ids(&client, "v1.systemUsers.list", Parameters::new(), Options::default()).unwrap().len(),
        500
    );
    assert!((2..=5).contains(&tokens(&fake)), "{} tokens", tokens(&fake));

    let stranger = Credentials::service_account(fake.client_id(), "wrong");
    let stranger = Client::new(stranger).base_urls(&fake.url()).unwrap();
    let error = ids(&stranger, "v1.systemUsers.list", Parameters::new(), Options::default()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Authentication, Some("invalid_client")));
}

#[test]
fn a_system_signs_for_itself_only() {
    let (fake, _) = fake(40);
    let id = fake.system_id();
    let client = Client::new(Credentials::system_context(&id)).base_urls(&fake.url()).unwrap();
    let transport = Transport::default().with_key(fake.system_private_key_pem().as_bytes()).unwrap();
    let own: Value =
        transport.call(&client, "v1.systems.get", Parameters::new().with("id", &id)).unwrap().json().unwrap();
    assert_eq!(own["_id"], json!(id));
    let associations = Parameters::new().with("system_id", &id).with("targets", ["user"]);
    transport.call(&client, "v2.systems.associations.list", associations).unwrap();
    let other =
        transport.call(&client, "v1.systems.get", Parameters::new().with("id", "0123456789abcdef01234567"));
    assert_eq!(other.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn events_of_a_week_come_once_and_in_order() {
    let (_fake, client) = fake(300);
    let body = json!({"service": ["all"], "start_time": "2020-01-01T00:00:00Z", "sort": "ASC"});
    let (mut times, mut events) = (Vec::new(), std::collections::BTreeSet::new());
    let options = Options { limit: Some(2400), page_size: Some(500), ..Options::default() };
    Transport::default()
        .list(&client, "insights.events.query", Parameters::new().with("body", body), options, |page| {
            for item in page.reply.items() {
                let event: Value = serde_json::from_slice(item).unwrap();
                times.push(event["timestamp"].as_str().unwrap().to_owned());
                events.insert(event["id"].to_string());
            }
            true
        })
        .unwrap();
    assert_eq!((times.len(), events.len()), (2400, 2400));
    assert!(times.is_sorted());
}

#[test]
fn trouble_is_retried_or_told_and_never_hidden() {
    let (fake, client) = fake(350);
    fake.set_quirks(Quirks { disconnect_every: 3, ..Quirks::default() });
    let users = ids(&client, "v1.systemUsers.list", Parameters::new(), Options::default()).unwrap();
    assert_eq!(distinct(&users), 350);
    fake.set_quirks(Quirks { truncate_every: 1, ..Quirks::default() });
    let error = ids(&client, "v1.systemUsers.list", Parameters::new(), Options::default()).unwrap_err();
    assert!(error.kind() == ErrorKind::Decode && !error.body().is_empty(), "{error}");
    fake.set_quirks(Quirks { html_every: 1, ..Quirks::default() });
    let error = ids(&client, "v1.systemUsers.list", Parameters::new(), Options::default()).unwrap_err();
    assert!(error.kind() == ErrorKind::Decode && error.body().starts_with(b"<"), "{error}");
    drop(fake);
    let error =
        ids(&client, "v1.systemUsers.list", Parameters::new(), Options { attempts: 1, ..Options::default() })
            .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[test]
fn no_more_pages_are_in_flight_than_allowed_and_no_secret_is_printed() {
    let (fake, client) = fake(3000);
    fake.set_quirks(Quirks { latency_ms: 5, ..Quirks::default() });
    let mut transport = Transport::default();
    let printed = Arc::new(AtomicUsize::new(0));
    let (key, count) = (fake.api_key(), printed.clone());
    transport.watch = Some(Arc::new(move |request| {
        assert!(!format!("{request} {request:?}").contains(&key));
        assert!(request.headers.iter().any(|(name, value)| name == "x-api-key" && *value == key));
        count.fetch_add(1, Ordering::Relaxed);
    }));
    let mut users = 0;
    let options = Options { concurrency: 4, ..Options::default() };
    transport
        .list(&client, "v1.systemUsers.list", Parameters::new(), options, |page| {
            users += page.reply.items().len();
            true
        })
        .unwrap();
    let asked = printed.load(Ordering::Relaxed);
    assert_eq!(
        (users, asked),
        (3000, 31),
        "100, 99 new ones in each page after it, and none beyond the total"
    );
    assert!(!format!("{client:?}").contains(&fake.api_key()));
}

#[test]
fn a_logo_goes_up_and_comes_down_byte_for_byte() {
    let (_fake, client) = fake(10);
    let logo: Vec<u8> = b"\x89PNG\r\n\x1a\n".iter().copied().chain(0..=255).collect();
    let application =
        ids(&client, "v1.applications.list", Parameters::new(), Options::default()).unwrap().remove(0);
    let attachment =
        |length| Attachment { length, file_name: "logo.png".into(), media_type: "image/png".into() };
    let upload = |length| {
        let body = json!({"image": attachment(length)});
        Parameters::new().with("application_id", &application).with("body", body)
    };
    let transport = Transport::default().with_content(logo.clone());
    transport.call(&client, "v2.applications.logo.upload", upload(logo.len() as u64)).unwrap();
    let described: Value = transport
        .call(&client, "v1.applications.get", Parameters::new().with("id", &application))
        .unwrap()
        .json()
        .unwrap();
    let address = described["logo"]["url"].as_str().unwrap_or_else(|| panic!("{}", described["logo"]));
    let id = address.rsplit('/').next().unwrap();
    let reply = transport.call(&client, "v2.logos.download", Parameters::new().with("id", id)).unwrap();
    assert_eq!((reply.media_type(), &reply.body), (Some("image/png"), &logo));
    let wrong = transport.call(&client, "v2.applications.logo.upload", upload(1));
    assert!(wrong.unwrap_err().to_string().contains("1 bytes were announced"));
}
