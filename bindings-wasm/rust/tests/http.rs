//! The client against the fake, over real HTTP: in Node, and in a browser from another origin.
//!
//! JUMPCLOUD_FAKE_URL says where the fake is when this is compiled: a browser has no environment.
#![cfg(target_family = "wasm")]

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{join, join_all};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use gloo_timers::future::sleep;
use jumpcloud_core::conversation::Credential;
use jumpcloud_core::filter::{and, eq, ne};
use jumpcloud_core::typed::v1::system_users::{Get, List, Update};
use jumpcloud_core::typed::{Model, models};
use jumpcloud_core::{Credentials, Error, ErrorKind, Options, Parameters};
use jumpcloud_web::{Client, Content, Host, Web};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

const URL: &str = match option_env!("JUMPCLOUD_FAKE_URL") {
    Some(url) => url,
    None => "http://127.0.0.1:8080",
};

/// What is about the fake itself.
async fn fake(method: &str, path: &str, body: Option<&Value>) -> String {
    let url = format!("{URL}/__fake/{path}");
    let builder = gloo_net::http::RequestBuilder::new(&url).method(method.parse().unwrap());
    let request = match body {
        Some(body) => builder.body(body.to_string()),
        None => builder.build(),
    };
    request.unwrap().send().await.unwrap().text().await.unwrap()
}

async fn access() -> Value {
    serde_json::from_str(&fake("GET", "access", None).await).unwrap()
}

async fn habits(habits: &Value) {
    fake("PUT", "quirks", Some(habits)).await;
    fake("DELETE", "requests", None).await;
}

/// What the fake was asked since [`habits`].
async fn requests() -> Vec<Value> {
    serde_json::from_str(&fake("GET", "requests", None).await).unwrap()
}

fn of(credentials: Credentials) -> Client {
    Client::new(jumpcloud_core::Client::new(credentials).base_urls(URL).unwrap())
}

/// A client of a fake that is as it was at its start.
async fn client() -> Client {
    fake("POST", "reset", None).await;
    habits(&json!({})).await;
    of(Credentials::api_key(access().await["api_key"].as_str().unwrap()))
}

fn in_browser() -> bool {
    js_sys::Reflect::has(&js_sys::global(), &"document".into()).unwrap()
}

#[wasm_bindgen_test]
async fn a_list_comes_whole_as_pages_and_as_items() {
    let client = client().await;
    let mut pages = client
        .options(Options { page_size: Some(30), ..Options::default() })
        .pages("v1.systemUsers.list", Parameters::new())
        .unwrap();
    let mut count = 0;
    while let Some(page) = pages.try_next().await.unwrap() {
        count += page.reply.items().len();
    }
    assert_eq!((count, pages.total()), (200, Some(200)));
    assert!(pages.next().await.is_none());

    let filter = and([eq("department", "Engineering"), ne("state", "SUSPENDED")]);
    let engineers = Parameters::new().with("filter", filter);
    let users: Vec<Value> =
        client.items("v1.systemUsers.list", engineers).unwrap().try_collect().await.unwrap();
    assert!(
        users.len() > 5 && users.iter().all(|user| user["department"] == "Engineering"),
        "{}",
        users.len()
    );

    let five = client.options(Options { limit: Some(5), ..Options::default() });
    let typed: Vec<models::SystemUser> = five.list(List::default()).unwrap().try_collect().await.unwrap();
    assert_eq!(typed.len(), 5);
    assert!(typed.iter().all(|user| user.username.is_some()));
}

#[wasm_bindgen_test]
async fn a_list_goes_on_from_where_it_stood() {
    let client = client().await;
    let walk = |from| {
        let options = Options { from, ..Options::from_json(r#"{"pageSize":50,"from":true}"#).unwrap() };
        client.options(options).items::<Value>("v1.systemUsers.list", Parameters::new()).unwrap()
    };
    let begin = Options::from_json(r#"{"from":true}"#).unwrap().from;
    let mut first = walk(begin);
    let mut ids = Vec::new();
    for _ in 0..70 {
        ids.push(first.try_next().await.unwrap().unwrap()["_id"].clone());
    }
    let rest: Vec<Value> = walk(first.position()).try_collect().await.unwrap();
    ids.extend(rest.iter().map(|user| user["_id"].clone()));
    let distinct: std::collections::HashSet<String> = ids.iter().map(Value::to_string).collect();
    assert_eq!((ids.len(), distinct.len()), (200, 200));
}

#[wasm_bindgen_test]
async fn a_typed_request_has_a_typed_answer() {
    let client = client().await;
    let one = client.options(Options { limit: Some(1), ..Options::default() });
    let user = one.list(List::default()).unwrap().try_next().await.unwrap().unwrap();
    let body =
        models::SystemUserPut { department: Some("Élan, & co: 100% + $".into()), ..Default::default() };
    let id = user.id.clone();
    client
        .send(Update { id: id.clone(), body: Some(body.null("location")), ..Update::default() })
        .await
        .unwrap();
    let user = client.send(Get { id, ..Get::default() }).await.unwrap();
    assert_eq!(user.department.as_deref(), Some("Élan, & co: 100% + $"));
    let found = List { filter: Some(eq("department", "Élan, & co: 100% + $")), ..List::default() };
    let found: Vec<models::SystemUser> = client.list(found).unwrap().try_collect().await.unwrap();
    assert_eq!(found.len(), 1);

    let error = client.send(Get::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidRequest, Some("v1.systemUsers.get")));
}

#[wasm_bindgen_test]
async fn a_playbook_runs_dry_and_then_for_good() {
    let client = client().await;
    let one = client.options(Options { limit: Some(1), ..Options::default() });
    let active = List { filter: Some(eq("state", "ACTIVATED")), ..List::default() };
    let user = one.list(active).unwrap().try_next().await.unwrap().unwrap();
    let who = Parameters::new().with("user", &user.email);
    let dry: models::UserStateResult =
        client.playbook("users.suspend", who.clone().with("dryRun", true)).await.unwrap();
    assert_eq!(dry.changed, Some(false));
    let done: models::UserStateResult = client.playbook("users.suspend", who.clone()).await.unwrap();
    assert_eq!(done.changed, Some(true));
    let again: Value = client.playbook("users.suspend", who).await.unwrap();
    assert_eq!(again["changed"], false);
    let error = client.playbook::<Value>("users.suspnd", Parameters::new()).await.unwrap_err();
    assert!(error.message().contains("users.suspend"), "{error}");
}

#[wasm_bindgen_test]
async fn content_goes_up_from_here_and_from_a_blob() {
    let client = client().await;
    let one = client.options(Options { limit: Some(1), ..Options::default() });
    let application: Value =
        one.items("v1.applications.list", Parameters::new()).unwrap().try_next().await.unwrap().unwrap();
    let logo: Vec<u8> = b"\x89PNG\r\n\x1a\n".iter().copied().chain(0..=255).collect();
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(&*logo));
    let blob = web_sys::Blob::new_with_blob_sequence(&parts).unwrap();
    for content in [Content::from(logo.clone()), Content::from(blob)] {
        let upload = |attachment| {
            let parameters = Parameters::new().with("application_id", &application["_id"]);
            parameters.with("body", json!({ "image": attachment }))
        };
        let attachment = content.attachment("logo.png", "image/png");
        let uploads = client.attach(content);
        uploads.call("v2.applications.logo.upload", upload(attachment.clone())).await.unwrap();
        let id = Parameters::new().with("id", &application["_id"]);
        let described: Value = client.call("v1.applications.get", id).await.unwrap().json().unwrap();
        let address = described["logo"]["url"].as_str().unwrap();
        let id = Parameters::new().with("id", address.rsplit('/').next().unwrap());
        assert_eq!(client.call("v2.logos.download", id).await.unwrap().body, logo);

        let longer = jumpcloud_core::Attachment { length: 5, ..attachment.clone() };
        let error = uploads.call("v2.applications.logo.upload", upload(longer)).await.unwrap_err();
        assert!(error.message().contains("5 bytes were announced, 264 given"), "{error}");
        let error = client.call("v2.applications.logo.upload", upload(attachment)).await.unwrap_err();
        assert!(error.message().contains("no content was given"), "{error}");
    }
}

#[wasm_bindgen_test]
async fn calls_at_the_same_time_share_one_token() {
    client().await;
    let access = access().await;
    let text = |key: &str| access[key].as_str().unwrap().to_owned();
    let account = of(Credentials::service_account(text("client_id"), text("client_secret")));
    // The one that gets the token is given up, and another one gets it.
    let first = account.call("v1.systemUsers.list", Parameters::new()).now_or_never();
    assert!(first.is_none());
    let calls = (0..8).map(|_| account.call("v1.systemUsers.list", Parameters::new()));
    for reply in join_all(calls).await {
        reply.unwrap();
    }
    let tokens =
        requests().await.iter().filter(|request| request["operation"] == "oauth.tokens.create").count();
    assert!((1..=2).contains(&tokens), "{tokens} tokens");
}

#[wasm_bindgen_test]
async fn a_function_says_who_calls() {
    client().await;
    let key = access().await["api_key"].as_str().unwrap().to_owned();
    let asked = Rc::new(Cell::new(0));
    let counted = asked.clone();
    let client = of(Credentials::Function).credentials(move || {
        counted.set(counted.get() + 1);
        let key = key.clone();
        async move {
            sleep(Duration::from_millis(5)).await;
            Credential::new(Credentials::api_key(key)).ok()
        }
    });
    let call = || client.call("v1.systemUsers.list", Parameters::new());
    let (one, other) = join(call(), call()).await;
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(asked.get(), 1);
    let nobody = of(Credentials::Function);
    let error = nobody.call("v1.systemUsers.list", Parameters::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
}

#[wasm_bindgen_test]
async fn a_system_signs_but_in_a_browser() {
    let client = client().await;
    let one = client.options(Options { limit: Some(1), ..Options::default() });
    let system: Value =
        one.items("v1.systems.list", Parameters::new()).unwrap().try_next().await.unwrap().unwrap();
    let id = system["_id"].as_str().unwrap();
    let key = fake("GET", &format!("systems/{id}/client.key"), None).await;
    let system = of(Credentials::system_context(id)).private_key(key.as_bytes()).unwrap();
    habits(&json!({})).await;
    let own = system.call("v1.systems.get", Parameters::new().with("id", id)).await;
    if !in_browser() {
        assert_eq!(own.unwrap().json::<Value>().unwrap()["_id"], id);
        return;
    }
    let error = own.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Signing);
    assert!(error.message().contains("a browser lets no program set"), "{error}");
    assert!(requests().await.is_empty());
}

#[wasm_bindgen_test]
async fn whoever_drops_a_call_or_a_list_aborts_it() {
    let client = client().await;
    habits(&json!({ "latency_ms": 60_000 })).await;
    // The signals of all requests that are sent from now on.
    let spy = js_sys::Function::new_no_args(
        "globalThis.signals = []; const real = globalThis.fetch;
        globalThis.fetch = (request) => (globalThis.signals.push(request.signal), real(request));
        return () => { globalThis.fetch = real; };",
    );
    let restore: js_sys::Function = spy.call0(&js_sys::global()).unwrap().into();
    let count = |aborted: bool| {
        let code =
            format!("return globalThis.signals.filter((signal) => signal.aborted === {aborted}).length");
        js_sys::Function::new_no_args(&code).call0(&js_sys::global()).unwrap().as_f64().unwrap()
    };
    let mut call = Box::pin(client.call("v1.systemUsers.list", Parameters::new()));
    let mut list = client.items::<Value>("v1.systems.list", Parameters::new()).unwrap();
    assert!((&mut call).now_or_never().is_none() && list.next().now_or_never().is_none());
    sleep(Duration::from_millis(50)).await;
    assert_eq!((count(false), count(true)), (2.0, 0.0));
    drop((call, list));
    sleep(Duration::from_millis(50)).await;
    assert_eq!((count(false), count(true)), (0.0, 2.0));
    restore.call0(&js_sys::global()).unwrap();
    habits(&json!({})).await;
}

#[wasm_bindgen_test]
async fn a_request_may_take_so_long() {
    let client = client().await.host(Web::default().timeout(Duration::from_millis(200)));
    habits(&json!({ "latency_ms": 60_000 })).await;
    let once = client.options(Options { attempts: 1, ..Options::default() });
    let error = once.call("v1.systemUsers.list", Parameters::new()).await.unwrap_err();
    assert!(error.message().contains("it took longer than 200 ms"), "{error}");
    habits(&json!({})).await;
}

#[wasm_bindgen_test]
async fn a_redirect_is_not_followed() {
    let client = client().await;
    habits(&json!({ "redirect_every": 1, "redirect_to": "http://127.0.0.1:9/" })).await;
    let error = client.call("v1.systemUsers.list", Parameters::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.tries()), (ErrorKind::Transport, 1));
    assert!(error.message().contains("a redirect, which is not followed"), "{error}");
    habits(&json!({})).await;
}

#[wasm_bindgen_test]
async fn of_a_server_with_bad_habits() {
    let client = client().await;
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../../tests/habits.json")).unwrap();
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        // Chromium reads it in the thread that does all its requests, which does nothing else then: the call ends at its
        // deadline, but the fake can be asked nothing any more.
        if in_browser() && !case["habits"]["continue_every"].is_null() {
            continue;
        }
        habits(&case["habits"]).await;
        let client = client.options(Options::from_json(&case["options"].to_string()).unwrap());
        let begun = Web::default().now().steady;
        let error = failure(&client, case).await.expect_err(name);
        let took = Web::default().now().steady - begun;
        assert!(took < Duration::from_secs(15), "{name}: {took:?}");
        let expected = &case["error"];
        let said = json!([error.kind().name(), error.tries()]);
        assert_eq!(said, json!([expected["kind"], expected["tries"]]), "{name}: {error}");
        // Chromium sends a request once more by itself where a connection that it had kept breaks off, a change too.
        let breaks = ["reset_every", "disconnect_every"].iter().any(|habit| !case["habits"][habit].is_null());
        let times = if in_browser() && breaks { 2 } else { 1 };
        let (sent, wanted) = (requests().await.len() as u64, case["requests"].as_u64().unwrap());
        assert!((wanted..=times * wanted).contains(&sent), "{name}: {sent} requests, {error}");
        for words in expected["says"].as_array().into_iter().flatten() {
            assert!(error.message().contains(words.as_str().unwrap()), "{name}: {error}");
        }
        let retryable = &expected["isRetryable"];
        assert!(retryable.is_null() || *retryable == error.is_retryable(), "{name}: {error}");
    }
    habits(&json!({})).await;
}

async fn failure(client: &Client, case: &Value) -> Result<(), Error> {
    let parameters = match &case["parameters"] {
        Value::Null => Parameters::new(),
        given => Parameters::from_json(&given.to_string())?,
    };
    let operation = case["operation"].as_str().unwrap();
    if case["list"] == true {
        return client.pages(operation, parameters)?.try_for_each(|_| std::future::ready(Ok(()))).await;
    }
    client.call(operation, parameters).await.map(drop)
}
