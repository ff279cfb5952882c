//! Tokens, deadlines and clocks: what the calls of a client share, and that nothing waits for longer than it says.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::region::Region;
use jumpcloud_core::{
    Call, Client, Conversation, Credentials, ErrorKind, Failure, Now, Options, Parameters, Request, Response,
    Result, Step, Ticket,
};
use serde_json::json;

fn at(milliseconds: u64) -> Now {
    Now { wall: UNIX_EPOCH + Duration::from_secs(1_767_225_600), steady: Duration::from_millis(milliseconds) }
}

fn account() -> Client {
    Client::new(Credentials::service_account("id", "a-secret"))
}

fn call(client: &Client, options: Options) -> Call {
    client.call("v1.systemUsers.get", Parameters::new().with("id", "5f1b"), options).unwrap()
}

fn reply(status: u16, body: serde_json::Value) -> Response {
    Response { status, headers: Vec::new(), body: body.to_string().into_bytes() }
}

fn token(name: &str, life: u64) -> Response {
    reply(200, json!({ "access_token": name, "expires_in": life }))
}

fn sent<T: std::fmt::Debug>(step: Result<Step<T>>) -> (Ticket, Request) {
    match step.unwrap() {
        Step::Send(ticket, request) => (ticket, request),
        step => panic!("expected a request, got {step:?}"),
    }
}

fn is_token_call(request: &Request) -> bool {
    request.url.contains("/oauth2/token")
}

fn bearer(request: &Request) -> Option<&str> {
    request.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.as_str())
}

#[test]
fn a_renewal_that_fails_is_the_failure_of_all_that_hold_for_it() {
    for (answer, requests) in [(401, 1), (503, 4)] {
        let client = account();
        let mut calls: Vec<Call> = (0..20).map(|_| call(&client, Options::default())).collect();
        let (mut now, mut asked, mut over) = (0, 0, 0);
        while over < 20 {
            over = 0;
            let (mut wait, mut unanswered) = (u64::MAX, Vec::new());
            for (index, call) in calls.iter_mut().enumerate() {
                match call.step(at(now)) {
                    Ok(Step::Send(ticket, request)) => {
                        assert!(is_token_call(&request), "{request}");
                        asked += 1;
                        unanswered.push((index, ticket));
                    }
                    Ok(Step::Wait(time) | Step::Hold(time)) => wait = wait.min(time.as_millis() as u64),
                    Ok(step) => panic!("{step:?}"),
                    Err(error) => {
                        let said = error.message();
                        assert!(error.status() == Some(answer) || said.contains("come to its end"), "{said}");
                        over += 1;
                    }
                }
            }
            now += if unanswered.is_empty() && over < 20 { wait } else { 0 };
            for (index, ticket) in unanswered {
                calls[index].received(ticket, reply(answer, json!({ "error": "no" })), at(now));
            }
        }
        assert_eq!(asked, requests, "{answer}");
        // Who comes later tries again.
        let (_, request) = sent(call(&client, Options::default()).step(at(now)));
        assert!(is_token_call(&request));
    }
}

#[test]
fn a_token_of_any_life_serves_once_and_a_call_gets_two_at_the_most() {
    for life in 0..=61 {
        let client = account();
        let mut call = call(&client, Options { attempts: 8, ..Options::default() });
        let (mut now, mut tokens, mut tries) = (0, 0, 0);
        loop {
            match call.step(at(now)) {
                Ok(Step::Send(ticket, request)) if is_token_call(&request) => {
                    tokens += 1;
                    // The answer is late: more of its life may be over than it has.
                    call.received(ticket, token(&format!("t{tokens}"), life), at(now));
                    now += 10_000;
                }
                Ok(Step::Send(ticket, request)) => {
                    assert!(bearer(&request).unwrap().starts_with("Bearer t"));
                    tries += 1;
                    call.received(ticket, reply(503, json!({})), at(now));
                }
                Ok(Step::Wait(time)) => now += time.as_millis() as u64,
                Ok(step) => panic!("{step:?}"),
                Err(error) => break assert_eq!(error.status(), Some(503)),
            }
        }
        assert!(tokens <= 2 && tries == 8, "a life of {life} s: {tokens} tokens, {tries} tries");
    }
}

#[test]
fn a_token_is_renewed_when_half_a_minute_or_half_its_life_is_left() {
    for (life, renewed) in [(3600, 3_570_001), (60, 30_001), (20, 10_001), (2, 1_001)] {
        let client = account();
        let mut first = call(&client, Options::default());
        let (ticket, _) = sent(first.step(at(0)));
        first.received(ticket, token("t1", life), at(0));
        for (time, fresh) in [(renewed - 2, false), (renewed, true)] {
            let (_, request) = sent(call(&client, Options::default()).step(at(time)));
            assert_eq!(is_token_call(&request), fresh, "a life of {life} s after {time} ms");
        }
    }
}

#[test]
fn a_token_serves_others_the_moment_it_comes_also_while_its_list_is_paused() {
    let client = account();
    let mut list = client.pages("v1.systemUsers.list", Parameters::new(), Options::default()).unwrap();
    let (ticket, _) = sent(list.step(at(0)));
    let mut inside = call(&client, Options::default());
    assert!(matches!(inside.step(at(0)).unwrap(), Step::Hold(_)));
    list.received(ticket, token("t1", 3600), at(500));
    // Nobody asks the list for its next step.
    let (_, request) = sent(inside.step(at(500)));
    assert_eq!(bearer(&request), Some("Bearer t1"));
}

#[test]
fn who_gets_a_token_and_is_left_or_silent_holds_up_nobody() {
    let client = account();
    let mut left = call(&client, Options::default());
    sent(left.step(at(0)));
    let mut held = call(&client, Options::default());
    let Step::Hold(time) = held.step(at(0)).unwrap() else { panic!("it holds") };
    assert!(time <= Duration::from_secs(10));
    drop(left);
    assert!(is_token_call(&sent(held.step(at(1))).1));

    let mut silent = call(&account(), Options::default());
    sent(silent.step(at(0)));
    let client = account();
    let mut silent = call(&client, Options::default());
    sent(silent.step(at(0)));
    let mut held = call(&client, Options::default());
    let Step::Hold(time) = held.step(at(0)).unwrap() else { panic!("it holds") };
    assert!(is_token_call(&sent(held.step(at(time.as_millis() as u64))).1));
}

#[test]
fn a_session_belongs_to_its_region_and_address() {
    let client = account();
    let mut first = call(&client, Options::default());
    let (ticket, _) = sent(first.step(at(0)));
    first.received(ticket, token("of-the-us", 3600), at(0));
    let others =
        [client.clone().region(Region::Eu), client.clone().base_urls("https://proxy.example.com").unwrap()];
    for other in others {
        let (_, request) = sent(call(&other, Options::default()).step(at(0)));
        assert!(is_token_call(&request) && !request.url.contains("console.jumpcloud.com"), "{request}");
    }
    let (_, request) = sent(call(&client.clone(), Options::default()).step(at(0)));
    assert_eq!(bearer(&request), Some("Bearer of-the-us"));
}

#[test]
fn waits_do_not_follow_a_clock_that_is_set() {
    let client = Client::new(Credentials::api_key("k"));
    for hours in [-1i64, 1] {
        let mut call = call(&client, Options::default());
        let (ticket, _) = sent(call.step(at(0)));
        let asks =
            Response { status: 429, headers: vec![("Retry-After".into(), "2".into())], body: Vec::new() };
        call.received(ticket, asks, at(0));
        let mut now = at(500);
        let hour = Duration::from_secs(3600);
        now.wall = if hours < 0 { now.wall - hour } else { now.wall + hour };
        let Step::Wait(left) = call.step(now).unwrap() else { panic!("it waits") };
        // And the part of a second that tells clients apart.
        assert!((1500..2500).contains(&left.as_millis()), "{left:?} after a step of {hours} h");
        now.steady += left;
        sent(call.step(now));
    }
}

#[test]
fn a_date_to_come_back_at_counts_from_now_where_the_server_tells_no_date() {
    let client = Client::new(Credentials::api_key("k"));
    let mut call = call(&client, Options::default());
    let (ticket, _) = sent(call.step(at(0)));
    // `at` is Thu, 01 Jan 2026 00:00:00 GMT.
    let headers = vec![("Retry-After".into(), "Thu, 01 Jan 2026 00:00:07 GMT".into())];
    call.received(ticket, Response { status: 429, headers, body: Vec::new() }, at(0));
    let Step::Wait(left) = call.step(at(0)).unwrap() else { panic!("it waits") };
    assert!((7000..8000).contains(&left.as_millis()), "{left:?}");
}

#[test]
fn a_deadline_bounds_a_call_with_its_tries_its_waits_and_its_token() {
    let deadline = Some(Duration::from_secs(5));
    let client = Client::new(Credentials::api_key("k"));

    // In flight: the transport is told what is left, and the core waits no longer itself.
    let mut silent = call(&client, Options { deadline, ..Options::default() });
    let (_, request) = sent(silent.step(at(100)));
    assert_eq!(request.timeout, deadline);
    let Step::Wait(left) = silent.step(at(1100)).unwrap() else { panic!("it waits") };
    assert_eq!(left, Duration::from_secs(4));
    let error = silent.step(at(5100)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.message().contains("deadline of 5000 ms"), "{error}");

    // Between tries: no wait is begun that cannot end in time, and the last failure is told.
    let mut failing = call(&client, Options { deadline, attempts: 9, ..Options::default() });
    let (mut now, mut tries) = (0, 0);
    let error = loop {
        match failing.step(at(now)) {
            Ok(Step::Send(ticket, request)) => {
                assert_eq!(request.timeout, Some(Duration::from_millis(5000 - now)));
                tries += 1;
                now += 100;
                failing.received(ticket, reply(503, json!({ "message": "busy" })), at(now));
            }
            Ok(Step::Wait(time)) => now += time.as_millis() as u64,
            Ok(step) => panic!("{step:?}"),
            Err(error) => break error,
        }
    };
    assert!(now < 5000 && tries > 1, "{tries} tries in {now} ms");
    assert!(error.status() == Some(503) && error.message().contains("no time for another try"), "{error}");

    // With a token: who gets it and who holds for it.
    let client = account();
    let mut getting = call(&client, Options { deadline, ..Options::default() });
    let mut holding = call(&client, Options { deadline, ..Options::default() });
    sent(getting.step(at(0)));
    let Step::Hold(time) = holding.step(at(0)).unwrap() else { panic!("it holds") };
    assert!(time <= Duration::from_secs(5));
    for late in [getting.step(at(5000)), holding.step(at(5000))] {
        assert!(late.unwrap_err().message().contains("deadline of 5000 ms"));
    }
}

#[test]
fn what_has_come_in_time_counts_though_it_is_asked_for_late() {
    let client = Client::new(Credentials::api_key("k"));
    let mut call = call(&client, Options { deadline: Some(Duration::from_secs(5)), ..Options::default() });
    let (ticket, _) = sent(call.step(at(0)));
    call.received(ticket, reply(200, json!({ "_id": "5f1b" })), at(4000));
    assert!(matches!(call.step(at(60_000)).unwrap(), Step::Give(_)));
    assert!(call.step(at(60_000)).unwrap_err().message().contains("come to its end"));
    call.failed(ticket, Failure::NoAnswer("late".into()), at(60_000));
}
