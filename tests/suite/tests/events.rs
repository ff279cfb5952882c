//! Insights events in typed Rust: what is known of them has its field, and everything else is kept.

use jumpcloud_core::typed::models::{InsightsEvent, InsightsSsoEvent};
use jumpcloud_core::typed::unfit;
use jumpcloud_core::{Client, Credentials, Operation, Options, Parameters};
use jumpcloud_fake::Fake;
use jumpcloud_suite::transport::Transport;
use serde_json::{Value, json};

/// One of each service that is known, with the keys and types that JumpCloud sends and values that are made up: ids of
/// 24 digits and UUIDs, times with nanoseconds and without fractions, changes of all kinds.
fn samples() -> Vec<Value> {
    let ada = json!({"id": "5f1b2c3d4e5f60718293a4b5", "type": "user", "username": "ada"});
    let changes = json!([
        {"field": "suspended", "from": false, "to": true},
        {"field": "jobTitle", "from": "Analyst", "to": "Countess"},
        {"field": "addresses", "from": [{"_id": "5f1b", "country": "GB"}], "to": []},
    ]);
    vec![
        json!({"service": "directory", "event_type": "user_update", "id": "5f1b2c3d4e5f60718293a4b6", "@version": "1",
            "provider": null, "changes": changes, "resource": ada, "correlation": {}, "message_chain": {},
            "initiated_by": {"type": "admin", "email": "it@example.com", "source": "x"}, "auth_method": "session"}),
        json!({"service": "directory", "event_type": "association_change", "association": {"op": "add",
            "action_source": "x", "attributes": null, "connection": {"from": {"name": "mac-17", "type": "system",
            "object_id": "6a1b2c3d4e5f60718293a4c1"}, "to": {"name": "ada", "type": "user", "object_id": "5f1b"}}}}),
        json!({"service": "sso", "event_type": "sso_auth", "timestamp": "2026-01-01T00:00:00.123456789Z",
            "application": {"id": "", "name": "slack", "sso_type": "saml", "sso_url": "https://x.example"},
            "auth_context": {"system": {"hostname": "mac-17"}, "auth_methods": {"password": {"success": true}},
            "policies_applied": [{"id": "", "name": "x", "metadata": {"action": "allow", "resource_type": "APPLICATION"}}]},
            "idp_initiated": false, "sso_token_success": true, "geoip": {"latitude": 8.8, "country_code": "FR"}}),
        json!({"service": "radius", "event_type": "radius_auth_attempt", "id": "182b80c3-03ea-4dfa-26f1-8b3d42d4a6db",
            "timestamp": "2026-01-01T00:00:00Z", "outer": {"eap_type": "ttls"}, "auth_meta": {"auth_idp": "x",
            "user_password_enabled": true}, "nas_mfa_state": "x", "username": "ada", "mfa": false}),
        json!({"service": "ldap", "event_type": "ldap_search", "number_of_results": 3, "start_tls": true, "scope": 2,
            "base": "o=5f1b", "filter": "(uid=ada)", "connection_id": "7"}),
        json!({"service": "mdm", "event_type": "mdm_command_result", "command": {"request_type": "ProfileList"},
            "command_uuid": "01234567-89ab-cdef-0123-0123456789ab", "error_chain": null, "profile_list": [{"x": 1}],
            "status": "Acknowledged"}),
        json!({"service": "systems", "event_type": "login_attempt", "process_name": "sshd",
            "system": {"id": "6a1b2c3d4e5f60718293a4c1", "hostname": "mac-17"}, "src_ip": "198.51.100.7"}),
    ]
}

#[test]
fn what_is_known_of_an_event_has_its_field() {
    for sample in samples() {
        let event: InsightsEvent = serde_json::from_value(sample.clone()).unwrap();
        assert_eq!(unfit(&event), Vec::<String>::new(), "{sample}");
    }
    let event: InsightsEvent = serde_json::from_value(samples().swap_remove(0)).unwrap();
    let values: Vec<_> = event.changes.unwrap().into_iter().map(|change| (change.from, change.to)).collect();
    assert_eq!(values[0], (Some(json!(false)), Some(json!(true))));
    assert_eq!(values[1].1, Some(json!("Countess")));
    let sso: InsightsSsoEvent = serde_json::from_value(samples().swap_remove(2)).unwrap();
    assert_eq!(sso.application.unwrap().name.as_deref(), Some("slack"));
}

#[test]
fn an_event_of_an_unknown_service_is_read_and_kept_and_no_drift() {
    let new = json!({"service": "pam", "event_type": "session_start", "id": 7, "session": {"deep": [1]}, "system": "mac"});
    let event: InsightsEvent = serde_json::from_value(new.clone()).unwrap();
    assert_eq!((event.service.as_deref(), &event.extra["session"]), (Some("pam"), &json!({"deep": [1]})));
    assert_eq!(serde_json::to_value(&event).unwrap(), new);
    let query = Operation::find("insights.events.query").unwrap();
    let sent = json!([{"service": "pam", "session": {"deep": [1]}, "initiated_by": {"vault": "x"}}, {}]);
    assert_eq!(query.drift(200, &sent.to_string()).unwrap(), []);
    assert_eq!(query.drift(200, &Value::from(samples()).to_string()).unwrap(), []);
}

#[test]
fn the_fakes_events_are_such_events() {
    let fake = Fake::builder().users(40).seed(3).start().unwrap();
    let client = Client::new(Credentials::api_key(fake.api_key())).base_urls(&fake.url()).unwrap();
    let body = json!({"service": ["all"], "start_time": "2020-01-01T00:00:00Z"});
    let (mut services, options) =
        (std::collections::BTreeSet::new(), Options { limit: Some(2000), ..Options::default() });
    Transport::default()
        .list(&client, "insights.events.query", Parameters::new().with("body", body), options, |page| {
            for item in page.reply.items() {
                let event: InsightsEvent = serde_json::from_slice(item).unwrap();
                assert_eq!(unfit(&event), Vec::<String>::new(), "{}", String::from_utf8_lossy(item));
                services.extend(event.service);
            }
            true
        })
        .unwrap();
    assert!(services.len() > 5, "{services:?}");
}

/// Over lines of their own JumpCloud has the events of all in one order; where lines are joined there is a list for each.
#[test]
fn the_events_of_several_organizations_all_come_once() {
    let fake = Fake::builder().users(20).events(700).organizations(3).seed(5).start().unwrap();
    let lines = Client::new(Credentials::api_key(fake.api_key())).base_urls(&fake.url()).unwrap();
    let list = |client: &Client, organizations: &[String], sort: &str| {
        let body = json!({"service": ["all"], "start_time": "2020-01-01T00:00:00Z", "sort": sort});
        let options =
            Options { organizations: organizations.to_vec(), page_size: Some(45), ..Options::default() };
        let mut events = Vec::new();
        let parameters = Parameters::new().with("body", body);
        Transport::default()
            .list(client, "insights.events.query", parameters, options, |page| {
                events.extend(page.reply.items().map(|item| {
                    let event: Value = serde_json::from_slice(item).unwrap();
                    (
                        event["timestamp"].as_str().unwrap().to_owned(),
                        event["id"].as_str().unwrap().to_owned(),
                    )
                }));
                true
            })
            .unwrap();
        events
    };
    let all = fake.organizations();
    let each: Vec<_> = all.iter().map(|id| list(&lines, std::slice::from_ref(id), "ASC")).collect();
    let counts: Vec<usize> = each.iter().map(Vec::len).collect();
    assert!(counts.len() == 3 && counts.iter().all(|count| *count > 50), "{counts:?}");
    assert_eq!(list(&lines.clone().joins_headers(), &all, "ASC"), each.concat());

    let mut expected = each.concat();
    expected.sort_unstable();
    assert_eq!(list(&lines, &all, "ASC"), expected);
    expected.reverse();
    assert_eq!(list(&lines, &all, "DESC"), expected);
}
