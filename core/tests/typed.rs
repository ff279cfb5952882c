//! What typed models read and write: everything that comes is kept, nothing that comes breaks a call.

use std::collections::BTreeMap;

use jumpcloud_core::filter::eq;
use jumpcloud_core::reply::{Response, parse};
use jumpcloud_core::request::{Settings, build};
use jumpcloud_core::typed::models::{
    AlertStatus, ApplicationTemplate, GraphOperationUserGroupMember, GraphOperationUserGroupMemberOp,
    OrganizationRecord, SearchBody, SystemUser, SystemUserList, SystemUserPut, SystemUserState, UserGroup,
};
use jumpcloud_core::typed::{Decimal, Model, TypedCall, TypedList, unfit, v1, v2};
use jumpcloud_core::{ErrorKind, Operation, Parameters};
use serde_json::{Value, json};

fn decoded<T: serde::de::DeserializeOwned>(value: Value) -> T {
    let from_text = serde_json::from_str(&value.to_string()).expect("a type that reads it");
    // Any serde format will do: here, one that owns its keys.
    let _: T = serde_json::from_value(value).expect("a type that reads it");
    from_text
}

#[test]
fn a_record_reads_what_is_described_and_keeps_the_rest() {
    let json = json!({
        "_id": "5f1b",
        "state": "ACTIVATED",
        "unix_uid": 4_294_967_295_u64,
        "addresses": [{ "country": "DE", "planet": "Earth" }],
        "password_date": null,
        "favouriteColour": ["blue", null],
        "nickname": null,
    });
    let user: SystemUser = decoded(json.clone());
    assert_eq!((user._id.as_str(), user.id.as_str()), ("5f1b", ""));
    assert_eq!(user.state, Some(SystemUserState::Activated));
    assert_eq!(user.unix_uid, Some(4_294_967_295));
    let address = &user.addresses.as_ref().unwrap()[0];
    assert_eq!(address.country.as_deref(), Some("DE"));
    assert_eq!(address.extra, BTreeMap::from([("planet".to_owned(), json!("Earth"))]));
    assert_eq!(user.password_date, None);
    assert_eq!(
        user.extra,
        BTreeMap::from([
            ("favouriteColour".to_owned(), json!(["blue", null])),
            ("nickname".to_owned(), Value::Null)
        ])
    );
    assert_eq!(unfit(&user), ["favouriteColour", "nickname", "addresses[0].planet"]);
    let mut written = json;
    written.as_object_mut().unwrap().remove("password_date");
    assert_eq!(serde_json::to_value(&user).unwrap(), written);
}

#[test]
fn a_value_of_the_wrong_type_is_kept_as_it_came() {
    let json = json!({
        "_id": 5,
        "activated": "yes",
        "unix_uid": 1.5,
        "unix_guid": 18_446_744_073_709_551_615_u64,
        "tags": ["a", 2, ["b"]],
        "mfa": "on",
        "addresses": [{ "country": "DE" }, null, 7],
        "email": "ada@example.com",
    });
    let user: SystemUser = decoded(json.clone());
    assert_eq!(user.email.as_deref(), Some("ada@example.com"));
    assert_eq!((user._id.as_str(), &user.activated, &user.unix_uid, &user.tags), ("", &None, &None, &None));
    assert_eq!((&user.mfa, &user.addresses, user.extra.len()), (&None, &None, 7));
    assert_eq!(serde_json::to_value(&user).unwrap(), json);
}

#[test]
fn a_later_key_replaces_an_earlier_one() {
    let user: SystemUser =
        serde_json::from_str(r#"{"tags":["a"],"tags":["b"],"email":"x","email":null}"#).unwrap();
    assert_eq!(serde_json::to_value(&user).unwrap(), json!({ "tags": ["b"] }));
}

#[test]
fn a_list_reads_null_and_other_shapes() {
    let list: SystemUserList = decoded(json!({ "results": null, "totalCount": 0 }));
    assert_eq!((list.results, list.total_count), (None, Some(0)));
    let map: OrganizationRecord = decoded(json!({ "a": 1 }));
    assert_eq!(map["a"], json!(1));
    assert!(serde_json::from_str::<SystemUser>("[]").unwrap_err().to_string().contains("SystemUser"));
    assert!(serde_json::from_str::<SystemUser>(r#"{"email":"#).is_err());
}

#[test]
fn an_enum_has_room_for_what_is_new() {
    let status: AlertStatus = decoded(json!("SNOOZED"));
    assert_eq!(status, AlertStatus::Other("SNOOZED".into()));
    assert_eq!(status.to_string(), "SNOOZED");
    assert_eq!(serde_json::to_value(&status).unwrap(), json!("SNOOZED"));
    assert_eq!(SystemUserState::from("STAGED").as_str(), "STAGED");
    assert_eq!(SystemUserState::Suspended.to_string(), "SUSPENDED");
}

#[test]
fn numbers_keep_their_digits() {
    assert_eq!(decoded::<Decimal>(json!("9223372036854775807")), Decimal(i64::MAX));
    assert_eq!(decoded::<Decimal>(json!(-7)), Decimal(-7));
    for text in ["007", "+7", "-0", "7.0", "", "9223372036854775808", " 7"] {
        assert!(serde_json::from_value::<Decimal>(json!(text)).is_err(), "{text:?}");
    }
    assert_eq!(serde_json::to_string(&Decimal::from(7)).unwrap(), "\"7\"");
}

#[test]
fn absent_null_and_set_differ_in_a_body() {
    let body = SystemUserPut { company: Some("Acme".into()), ..SystemUserPut::default() };
    assert_eq!(serde_json::to_string(&body).unwrap(), r#"{"company":"Acme"}"#);
    let body = body.null("manager").with("costCentre", 42);
    assert_eq!(serde_json::to_string(&body).unwrap(), r#"{"company":"Acme","costCentre":42,"manager":null}"#);
    // A field that is set goes before the same key in `extra`.
    let body = SystemUserPut { manager: Some("5f1b".into()), ..body };
    assert_eq!(serde_json::to_value(&body).unwrap()["manager"], "5f1b");
    assert_eq!(
        serde_json::to_string(&SystemUserPut { tags: Some(vec![]), ..Default::default() }).unwrap(),
        r#"{"tags":[]}"#
    );
}

#[test]
fn nothing_secret_is_shown() {
    let body = SystemUserPut {
        password: Some("hunter2".into()),
        email: Some("ada@example.com".into()),
        username: Some("ada".into()),
        ..Default::default()
    };
    let body = body.with("profile", json!({ "apiKey": "hunter2" }));
    let shown = format!("{body:?}");
    assert!(shown.contains("\"ada\"") && !shown.contains("hunter2"), "{shown}");
    // Nor what finds a person.
    assert!(!shown.contains("ada@example.com"), "{shown}");
    let call = v1::system_users::Update { id: "5f1b".into(), body: Some(body), ..Default::default() };
    let shown = format!("{call:?}");
    assert!(shown.contains("5f1b") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_call_takes_filters_lists_and_bodies() {
    let request = |call: &dyn Fn() -> (&'static Operation, Parameters)| {
        let (operation, parameters) = call();
        let settings = Settings { origin: "https://console.jumpcloud.com".into(), ..Settings::default() };
        build(operation, &parameters, &settings)
    };
    let list = v2::user_groups::List {
        fields: vec!["name".into(), "type".into()],
        filter: Some(eq("name", "IT")),
        limit: Some(10),
        ..Default::default()
    };
    assert_eq!(
        request(&|| (list.operation(), list.parameters())).unwrap().url,
        "https://console.jumpcloud.com/api/v2/usergroups?fields=name,type&filter=name:eq:IT&limit=10"
    );
    let add = v2::user_groups::members::Change {
        group_id: "5f1b".into(),
        body: Some(GraphOperationUserGroupMember {
            id: Some("60ab".into()),
            op: Some(GraphOperationUserGroupMemberOp::Add),
            r#type: Some("user".into()),
            ..Default::default()
        }),
    };
    assert_eq!(add.parameters().get("body"), Some(r#"{"id":"60ab","op":"add","type":"user"}"#));
    let search = v1::system_users::Search {
        body: Some(SearchBody { limit: Some(5), ..Default::default() }),
        filter: Some(eq("department", "IT")),
        ..Default::default()
    };
    assert!(request(&|| (search.operation(), search.parameters())).is_ok());
    // What is required and was forgotten is missing.
    let targets = v2::user_groups::associations::List { group_id: "5f1b".into(), ..Default::default() };
    let error = request(&|| (targets.operation(), targets.parameters())).unwrap_err();
    assert!(error.to_string().contains("targets: missing"), "{error}");
    let members = v2::user_groups::members::List::default();
    let error = request(&|| (members.operation(), members.parameters())).unwrap_err();
    assert!(error.to_string().contains("group_id: missing"), "{error}");
}

#[test]
fn a_request_refuses_what_it_has_no_field_for() {
    let error = serde_json::from_str::<v2::user_groups::Get>(r#"{"ident":"5f1b"}"#).unwrap_err();
    assert!(error.to_string().contains("ident"), "{error}");
    assert!(serde_json::from_str::<v2::user_groups::List>(r#"{"limit":"many"}"#).is_err());
}

#[test]
fn replies_become_values() {
    let operation = Operation::find("v2.userGroups.list").unwrap();
    let answered = |body: &str| {
        parse(operation, Response { status: 200, headers: vec![], body: body.as_bytes().to_vec() }).unwrap()
    };
    let groups = v2::user_groups::List::items(&answered(r#"[{"name":"IT"},{"name":7}]"#)).unwrap();
    assert_eq!(groups[0], UserGroup { name: Some("IT".into()), ..Default::default() });
    assert_eq!(groups[1].extra["name"], json!(7));
    // An item that is no record is an error, never left out.
    let error = v2::user_groups::List::items(&answered(r#"[{"name":"IT"},"x"]"#)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    let delete = Operation::find("v2.userGroups.delete").unwrap();
    let empty = parse(delete, Response { status: 204, ..Response::default() }).unwrap();
    assert_eq!(v2::user_groups::Delete::reply(&empty).unwrap(), UserGroup::default());
}

#[test]
fn a_deep_schema_goes_round() {
    let json =
        json!({ "name": "x", "config": { "idpEntityId": { "tooltip": { "template": "t" }, "value": "v" } } });
    let template: ApplicationTemplate = decoded(json.clone());
    assert!(unfit(&template).is_empty(), "{:?}", unfit(&template));
    assert_eq!(serde_json::to_value(&template).unwrap(), json);
}

#[test]
fn a_value_that_gets_a_name_stays_what_it_was() {
    use jumpcloud_core::typed::models::SystemUserState as State;
    let known = State::from("SUSPENDED");
    assert!(!matches!(known, State::Other(_)));
    // As a program wrote it before there was a name.
    assert_eq!(known, State::Other("SUSPENDED".into()));
    assert_ne!(known, State::Other("NEW".into()));
    assert!(std::collections::HashSet::from([known]).contains(&State::Other("SUSPENDED".into())));
}
