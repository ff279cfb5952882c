//! A function of the host's says who calls: asked once for all that wait, as seldom as it says, once more when it is refused.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::conversation::Credential;
use jumpcloud_core::region::Region;
use jumpcloud_core::{
    Call, Client, Conversation, Credentials, Error, ErrorKind, Now, Options, Parameters, Reply, Request,
    Response, Result, Step,
};
use proptest::prelude::*;

const ID: &str = "5f0c1e2d3b4a59687766554a";

fn at(seconds: u64) -> Now {
    Now { wall: UNIX_EPOCH + Duration::from_secs(1_767_225_600), steady: Duration::from_secs(seconds) }
}

fn client() -> Client {
    Client::new(Credentials::Function)
}

fn call(client: &Client) -> Call {
    client.call("v1.systemUsers.get", Parameters::new().with("id", ID), Options::default()).unwrap()
}

fn key(key: &str) -> Result<Credential> {
    Credential::new(Credentials::api_key(key))
}

fn account(secret: &str) -> Result<Credential> {
    Credential::new(Credentials::service_account("id", secret))
}

fn reply(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

/// A server that knows one key and one service account, and counts what it is asked.
struct World {
    vault: fn(u32) -> Result<Credential>,
    asked: u32,
    keys: &'static [&'static str],
    secret: &'static str,
    requests: Vec<String>,
}

impl World {
    fn new(
        vault: fn(u32) -> Result<Credential>,
        keys: &'static [&'static str],
        secret: &'static str,
    ) -> World {
        World { vault, asked: 0, keys, secret, requests: Vec::new() }
    }

    fn answer(&mut self, request: &Request) -> Response {
        if request.url.contains("/oauth2/token") {
            self.requests.push("token".into());
            // base64 of `id:secret`, as the core writes it, is not read here: the client that has the right secret writes the same.
            let right = Client::new(Credentials::service_account("id", self.secret));
            let right =
                right.prepare("oauth.tokens.create", &token_parameters(), &Options::default()).unwrap();
            return match right.header("authorization") == request.header("authorization") {
                true => reply(200, &format!(r#"{{"access_token":"t-{}","expires_in":3600}}"#, self.secret)),
                false => reply(401, r#"{"error":"invalid_client"}"#),
            };
        }
        let sent = request.header("x-api-key").or(request.header("authorization")).unwrap_or("nothing");
        self.requests.push(sent.to_owned());
        let right = self.keys.contains(&sent) || sent == format!("Bearer t-{}", self.secret);
        if right { reply(200, r#"{"_id":"u"}"#) } else { reply(401, r#"{"message":"Unauthorized"}"#) }
    }

    /// Drives calls in turn until all are at their end.
    fn drive(&mut self, calls: &mut [Call], seconds: u64) -> Vec<Result<Reply>> {
        let mut outcomes: Vec<Option<Result<Reply>>> = calls.iter().map(|_| None).collect();
        for _ in 0..10_000 {
            let (mut answers, mut asking) = (Vec::new(), Vec::new());
            for (index, (call, outcome)) in calls.iter_mut().zip(&mut outcomes).enumerate() {
                if outcome.is_some() {
                    continue;
                }
                match call.step(at(seconds)) {
                    Ok(Step::Send(ticket, request)) => answers.push((index, ticket, self.answer(&request))),
                    Ok(Step::Identify) => {
                        self.asked += 1;
                        asking.push(index);
                    }
                    Ok(Step::Hold(_)) => {}
                    Ok(Step::Give(reply)) => *outcome = Some(Ok(reply)),
                    Ok(step) => panic!("{step:?}"),
                    Err(error) => *outcome = Some(Err(error)),
                }
            }
            for index in asking {
                calls[index].identified((self.vault)(self.asked), at(seconds));
            }
            for (index, ticket, answer) in answers {
                calls[index].received(ticket, answer, at(seconds));
            }
            if outcomes.iter().all(Option::is_some) {
                return outcomes.into_iter().flatten().collect();
            }
        }
        panic!("it does not end: {outcomes:?}");
    }
}

fn token_parameters() -> Parameters {
    Parameters::from_json(r#"{"body":{"grant_type":"client_credentials","scope":"api"}}"#).unwrap()
}

fn kinds(outcomes: &[Result<Reply>]) -> Vec<Option<ErrorKind>> {
    outcomes.iter().map(|outcome| outcome.as_ref().err().map(Error::kind)).collect()
}

#[test]
fn it_is_asked_once_for_all_that_wait_and_again_when_what_it_said_ends() {
    let client = client();
    let mut world = World::new(|_| Ok(key("k")?.expires_in(Duration::from_secs(300))), &["k"], "");
    let mut calls: Vec<Call> = (0..20).map(|_| call(&client)).collect();
    assert!(world.drive(&mut calls, 0).iter().all(Result::is_ok));
    assert_eq!((world.asked, world.requests.len()), (1, 20));
    assert!(world.drive(&mut [call(&client)], 269)[0].is_ok());
    assert_eq!(world.asked, 1);
    // None ends on its way.
    assert!(world.drive(&mut [call(&client), call(&client)], 271).iter().all(Result::is_ok));
    assert_eq!(world.asked, 2);
}

#[test]
fn what_has_no_end_is_kept_and_what_ends_at_once_serves_one_call() {
    let (kept, once) = (client(), client());
    let mut world = World::new(|_| key("k"), &["k"], "");
    for seconds in [0, 1_000_000] {
        assert!(world.drive(&mut [call(&kept)], seconds)[0].is_ok());
    }
    assert_eq!(world.asked, 1);
    let mut world = World::new(|_| Ok(key("k")?.expires_in(Duration::ZERO)), &["k"], "");
    for _ in 0..3 {
        assert!(world.drive(&mut [call(&once)], 0)[0].is_ok());
    }
    assert_eq!(world.asked, 3);
}

#[test]
fn a_key_that_is_refused_is_asked_for_once_more() {
    let client = client();
    let mut world = World::new(|asked| key(if asked == 1 { "old" } else { "new" }), &["new"], "");
    let mut calls: Vec<Call> = (0..5).map(|_| call(&client)).collect();
    assert!(world.drive(&mut calls, 0).iter().all(Result::is_ok));
    // Five were refused with the old one, and one of them asked for all.
    assert_eq!((world.asked, world.requests.len()), (2, 10));

    let mut world = World::new(|_| key("wrong"), &["right"], "");
    let outcomes = world.drive(&mut [call(&Client::new(Credentials::Function))], 0);
    assert_eq!(kinds(&outcomes), [Some(ErrorKind::Authentication)]);
    assert_eq!((world.asked, world.requests.len()), (2, 2));
    let error = outcomes[0].as_ref().unwrap_err();
    assert!(error.message().contains("the API key is wrong") && !format!("{error:?}").contains("wrong\""));
}

#[test]
fn a_function_that_fails_fails_all_that_wait_and_the_next_call_asks_again() {
    let client = client();
    let mut world =
        World::new(|asked| if asked == 1 { Err(Credential::missing()) } else { key("k") }, &["k"], "");
    let mut calls: Vec<Call> = (0..5).map(|_| call(&client)).collect();
    let outcomes = world.drive(&mut calls, 0);
    assert_eq!(kinds(&outcomes), [Some(ErrorKind::Authentication); 5]);
    assert_eq!((world.asked, world.requests.len()), (1, 0));
    let error = outcomes[0].as_ref().unwrap_err();
    assert_eq!((error.operation(), error.status()), (Some("v1.systemUsers.get"), None));
    assert!(error.is_retryable() && error.tries() == 0);
    assert!(world.drive(&mut [call(&client)], 0)[0].is_ok());
}

#[test]
fn a_service_accounts_token_stays_with_it() {
    let client = client();
    let mut world = World::new(|_| Ok(account("s")?.expires_in(Duration::from_secs(100))), &[], "s");
    let mut calls: Vec<Call> = (0..5).map(|_| call(&client)).collect();
    assert!(world.drive(&mut calls, 0).iter().all(Result::is_ok));
    assert_eq!(world.requests.iter().filter(|request| *request == "token").count(), 1);
    // The same again: its token goes on serving.
    assert!(world.drive(&mut [call(&client)], 90)[0].is_ok());
    assert_eq!((world.asked, world.requests.iter().filter(|request| *request == "token").count()), (2, 1));

    // Another secret, where the token endpoint refuses the first: for all that wait for the token.
    let client = Client::new(Credentials::Function);
    let mut world = World::new(|asked| account(if asked == 1 { "old" } else { "new" }), &[], "new");
    let mut calls: Vec<Call> = (0..5).map(|_| call(&client)).collect();
    assert!(world.drive(&mut calls, 0).iter().all(Result::is_ok));
    assert_eq!((world.asked, world.requests.iter().filter(|request| *request == "token").count()), (2, 2));

    // From a key to an account: nothing of the key is left in the request.
    let client = Client::new(Credentials::Function);
    let mut world = World::new(|asked| if asked == 1 { key("k") } else { account("s") }, &[], "s");
    assert!(world.drive(&mut [call(&client)], 0)[0].is_ok());
    assert_eq!(world.requests, ["k", "token", "Bearer t-s"]);
}

#[test]
fn another_region_or_address_asks_anew_and_shows_no_others_token() {
    let client = client();
    let mut world = World::new(|_| account("s"), &[], "s");
    assert!(world.drive(&mut [call(&client)], 0)[0].is_ok());
    for other in
        [client.clone().region(Region::Eu), client.clone().base_urls("https://proxy.example").unwrap()]
    {
        assert!(world.drive(&mut [call(&other)], 0)[0].is_ok());
    }
    assert_eq!((world.asked, world.requests.iter().filter(|request| *request == "token").count()), (3, 3));
}

#[test]
fn a_call_that_leaves_while_it_asks_lets_another_one_ask() {
    let client = client();
    let mut first = call(&client);
    assert!(matches!(first.step(at(0)), Ok(Step::Identify)));
    assert!(matches!(first.step(at(0)), Ok(Step::Wait(time)) if time == Duration::from_secs(60)));
    let mut second = call(&client);
    assert!(matches!(second.step(at(0)), Ok(Step::Hold(_))));
    drop(first);
    assert!(matches!(second.step(at(0)), Ok(Step::Identify)));
    // Whoever has not answered for a minute is not waited for.
    let mut third = call(&client);
    assert!(matches!(third.step(at(59)), Ok(Step::Hold(_))));
    assert!(matches!(third.step(at(62)), Ok(Step::Identify)));
    // What comes after all is taken, and does not end the other's right.
    second.identified(key("k"), at(62));
    assert!(matches!(second.step(at(62)), Ok(Step::Send(..))));
    assert!(matches!(call(&client).step(at(62)), Ok(Step::Send(..))));
}

#[test]
fn a_function_that_never_answers_ends_the_call() {
    let late = || Options { deadline: Some(Duration::from_secs(5)), ..Options::default() };
    let client = client();
    let mut hurried = client.call("v1.systemUsers.get", Parameters::new().with("id", ID), late()).unwrap();
    assert!(matches!(hurried.step(at(0)), Ok(Step::Identify)));
    assert!(matches!(hurried.step(at(0)), Ok(Step::Wait(time)) if time == Duration::from_secs(5)));
    assert!(hurried.step(at(5)).unwrap_err().message().contains("the deadline of 5000 ms has passed"));
    let mut patient = call(&client);
    drop(hurried);
    assert!(matches!(patient.step(at(6)), Ok(Step::Identify)));
    let error = patient.step(at(66)).unwrap_err();
    assert!(error.message().contains("the function that gives the credential failed"), "{error}");
}

#[test]
fn what_needs_no_credential_asks_for_none_and_what_is_prepared_holds_none() {
    let client = client();
    let prepared = client.prepare("v1.systemUsers.list", &Parameters::new(), &Options::default()).unwrap();
    assert_eq!((prepared.header("x-api-key"), prepared.header("authorization")), (None, None));
    let error = client.prepare("oauth.tokens.create", &token_parameters(), &Options::default()).unwrap_err();
    assert!(error.message().contains("service account"));
    let named = |name: &str| jumpcloud_core::Operation::find(name).unwrap();
    assert_eq!(named("storage.objects.upload").accepts, jumpcloud_core::operation::Accepts::Nothing);
}

#[test]
fn what_it_gives_is_read_and_never_repeated() {
    for wrong in [
        "null",
        "\"hidden\"",
        "{}",
        r#"{"apiKey":"hidden","serviceAccount":{"id":"hidden","secret":"hidden"}}"#,
        r#"{"apiKey":["hidden"]}"#,
        r#"{"apiKey":"hidden","expiresIn":-1}"#,
        r#"{"systemContext":{"systemId":"hidden"}}"#,
        r#"{"serviceAccount":{"id":"hidden"}}"#,
        r#"{"token":"hidden"}"#,
    ] {
        let error = Credential::from_json(wrong).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("hidden"), "{error}");
    }
    assert!(Credential::new(Credentials::system_context(ID)).is_err());
    assert!(Credential::new(Credentials::Function).is_err());
    // A key that no key can be, before anything is sent.
    let mut world = World::new(|_| key("a key\n"), &[], "");
    let outcomes = world.drive(&mut [call(&client())], 0);
    assert_eq!((kinds(&outcomes), world.requests.len()), (vec![Some(ErrorKind::InvalidRequest)], 0));
}

proptest! {
    /// Whatever the function says and JumpCloud answers, a call asks twice at most, and sends a bounded number of requests.
    #[test]
    fn a_call_asks_twice_at_most(said in prop::collection::vec(0u8..5, 1..6), statuses in prop::collection::vec(prop_oneof![Just(200u16), Just(401), Just(403), Just(503)], 1..6)) {
        let client = client();
        let mut call = call(&client);
        let (mut asked, mut requests, mut seconds) = (0, 0, 0);
        loop {
            match call.step(at(seconds)) {
                Ok(Step::Identify) => {
                    let credential = match said[asked % said.len()] {
                        0 => Err(Credential::missing()),
                        1 => account("s"),
                        2 => account("s").map(|account| account.expires_in(Duration::ZERO)),
                        3 => key("k").map(|key| key.expires_in(Duration::ZERO)),
                        _ => key("k"),
                    };
                    asked += 1;
                    call.identified(credential, at(seconds));
                }
                Ok(Step::Send(ticket, request)) => {
                    let status = statuses[requests % statuses.len()];
                    requests += 1;
                    let token = request.url.contains("/oauth2/token");
                    let body = if token { r#"{"access_token":"t","expires_in":1}"# } else { "{}" };
                    call.received(ticket, reply(status, body), at(seconds));
                }
                Ok(Step::Wait(time) | Step::Hold(time)) => seconds += time.as_secs() + 1,
                Ok(Step::Give(_)) | Err(_) => break,
                Ok(step) => prop_assert!(false, "{step:?}"),
            }
            prop_assert!(asked <= 2 && requests <= 40, "asked {asked} times, sent {requests} requests");
        }
    }
}
