//! A client's bounds on requests in flight and per second hold for all its calls together, and nothing waits for itself.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::conversation::{AnyConversation, Given, alike};
use jumpcloud_core::{
    Client, Conversation, Credentials, ErrorKind, Failure, Now, Options, Parameters, Request, Response, Step,
    Ticket,
};
use serde_json::{Value, json};

fn at(milliseconds: u64) -> Now {
    let time = Duration::from_millis(milliseconds);
    Now { wall: UNIX_EPOCH + Duration::from_secs(1_767_225_600) + time, steady: time }
}

fn answer(request: &Request, number: usize) -> Response {
    let url = &request.url;
    let body = match () {
        // Each token is renewed while the others wait for their turn.
        () if url.contains("/oauth2/token") => {
            json!({ "access_token": format!("t{number}"), "expires_in": 1 })
        }
        () if url.contains("/systemusers/") => json!({ "_id": "5f1b2c3d4e5f60718293a4b5" }),
        () => {
            let skip: usize =
                url.split("skip=").nth(1).map_or(0, |rest| rest.split('&').next().unwrap().parse().unwrap());
            let items: Vec<Value> =
                (skip..(skip + 5).min(23)).map(|index| json!({ "_id": format!("{index:024x}") })).collect();
            json!({ "totalCount": 23, "results": items })
        }
    };
    // Now and then JumpCloud wants the client to wait.
    match number % 7 {
        3 => Response { status: 429, headers: vec![("retry-after".into(), "1".into())], body: Vec::new() },
        _ => Response { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() },
    }
}

/// Drives them all at once, each answer 400 ms after its request; gives when each request was sent and answered.
fn drive(mut conversations: Vec<Option<AnyConversation>>, cancelled: Option<usize>) -> Vec<(u64, u64)> {
    let mut flying: VecDeque<(u64, usize, Ticket, Request)> = VecDeque::new();
    let (mut now, mut sent) = (0, Vec::new());
    let mut items = vec![0; conversations.len()];
    for round in 0..10_000 {
        let mut next = flying.front().map_or(u64::MAX, |(until, ..)| *until);
        for (index, slot) in conversations.iter_mut().enumerate() {
            while let Some(conversation) = slot {
                match conversation.step(at(now)) {
                    Ok(Step::Send(ticket, request)) => {
                        sent.push((now, now + 400));
                        next = next.min(now + 400);
                        flying.push_back((now + 400, index, ticket, request));
                    }
                    Ok(Step::Identify) => unreachable!("no function says who calls"),
                    Ok(Step::Sign(_)) => conversation.signed(Ok(vec![7; 256])),
                    Ok(Step::Wait(time) | Step::Hold(time)) => {
                        next = next.min(now + time.as_millis() as u64 + 1);
                        break;
                    }
                    Ok(Step::Give(Given::Page(page))) => items[index] += page.reply.items().count(),
                    Ok(Step::Give(_)) => *slot = None,
                    Ok(_) => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
        if conversations.iter().all(Option::is_none) {
            assert!(items.iter().all(|count| [0, 23].contains(count)), "{items:?}");
            return sent;
        }
        if let Some(index) = cancelled.filter(|_| round == 3) {
            conversations[index] = None;
        }
        assert!(next < u64::MAX && next > now, "everybody waits for everybody at {now}");
        now = next;
        while let Some((_, index, ticket, request)) = flying.pop_front_if(|(until, ..)| *until <= now) {
            let Some(conversation) = &mut conversations[index] else { continue };
            match sent.len() % 11 {
                5 => conversation.failed(ticket, Failure::NotSent("refused".into()), at(now)),
                _ => conversation.received(ticket, answer(&request, sent.len()), at(now)),
            }
        }
    }
    panic!("it does not come to its end");
}

fn conversations(client: &Client) -> Vec<Option<AnyConversation>> {
    let options = |seed| Options { attempts: 20, page_size: Some(5), seed, ..Options::default() };
    let mut all: Vec<AnyConversation> = (0..20)
        .map(|seed| {
            let user = Parameters::new().with("id", "5f1b2c3d4e5f60718293a4b5");
            alike(client.call("v1.systemUsers.get", user, options(seed)).unwrap())
        })
        .collect();
    for seed in 20..24 {
        // A clone is the same client.
        all.push(alike(
            client.clone().pages("v1.systemUsers.list", Parameters::new(), options(seed)).unwrap(),
        ));
    }
    all.into_iter().map(Some).collect()
}

#[test]
fn no_more_are_in_flight_and_no_more_start_in_a_second() {
    for credentials in [Credentials::api_key("key"), Credentials::service_account("id", "secret")] {
        for in_flight in [1, 3, 100] {
            for per_second in [1, 7, 1000] {
                for cancelled in [None, Some(0), Some(22)] {
                    let client = Client::new(credentials.clone())
                        .requests_in_flight(in_flight)
                        .requests_per_second(per_second);
                    let sent = drive(conversations(&client), cancelled);
                    let told = format!("{in_flight} in flight, {per_second} a second, {cancelled:?}");
                    for (index, (begun, _)) in sent.iter().enumerate() {
                        // Of one that is cancelled the host ends the request.
                        let lost = u64::from(cancelled.is_some()) * 4;
                        let others = sent[..=index].iter().filter(|(_, over)| over > begun).count() as u64;
                        assert!(others <= in_flight + lost, "{told}: {others} at {begun}");
                        let second = sent.iter().filter(|(other, _)| (*begun..*begun + 1000).contains(other));
                        assert!(second.count() as u64 <= per_second, "{told}: the second from {begun}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_system_signs_what_may_be_sent_soon() {
    let client = Client::new(Credentials::system_context("5f1b2c3d4e5f60718293a4b5")).requests_per_second(1);
    let system = || Parameters::new().with("id", "5f1b2c3d4e5f60718293a4b5");
    let calls = (0..3).map(|_| alike(client.call("v1.systems.get", system(), Options::default()).unwrap()));
    let sent = drive(calls.map(Some).collect(), None);
    assert!(sent.len() >= 3 && sent.windows(2).all(|pair| pair[1].0 >= pair[0].0 + 1000), "{sent:?}");
}

#[test]
fn whoever_is_held_meets_its_deadline() {
    let client = Client::new(Credentials::api_key("key")).requests_in_flight(1);
    let options = || Options { deadline: Some(Duration::from_millis(2500)), ..Options::default() };
    let user = || Parameters::new().with("id", "5f1b2c3d4e5f60718293a4b5");
    let [mut first, mut second] =
        [(); 2].map(|()| alike(client.call("v1.systemUsers.get", user(), options()).unwrap()));
    assert!(matches!(first.step(at(0)), Ok(Step::Send(..))));
    let mut now = 0;
    let error = loop {
        match second.step(at(now)) {
            Ok(Step::Hold(time)) => now += time.as_millis() as u64,
            Ok(step) => panic!("{step:?}"),
            Err(error) => break error,
        }
    };
    assert_eq!((now, error.kind()), (2500, ErrorKind::Transport));
}

#[test]
fn a_bound_of_none_is_refused() {
    for name in ["requestsInFlight", "requestsPerSecond"] {
        let error = Client::from_json(&format!(r#"{{"apiKey":"k","{name}":0}}"#)).unwrap_err();
        assert_eq!(error.message(), format!("{name}: expected 1 or more"));
    }
    assert!(Client::from_json(r#"{"apiKey":"k","requestsInFlight":8,"requestsPerSecond":20}"#).is_ok());
}

#[test]
fn whoever_gives_up_leaves_its_turn_to_the_next() {
    let get = |client: &Client, options: Options| {
        let id = Parameters::new().with("id", "5f1b2c3d4e5f60718293a4b5");
        client.call("v1.systemUsers.get", id, options).unwrap()
    };
    let waits = |call: &mut jumpcloud_core::Call, now| match call.step(at(now)).unwrap() {
        Step::Send(..) => 0,
        Step::Wait(time) | Step::Hold(time) => time.as_millis(),
        step => panic!("{step:?}"),
    };
    let client = Client::new(Credentials::api_key("k")).requests_per_second(1);
    assert_eq!(waits(&mut get(&client, Options::default()), 0), 0);
    // Some meet their deadlines, some are dropped, the first to come first or last.
    let deadline = Options { deadline: Some(Duration::from_millis(300)), ..Options::default() };
    let mut hurried: Vec<_> = (0..30).map(|_| get(&client, deadline.clone())).collect();
    for call in &mut hurried {
        waits(call, 0);
    }
    assert!(hurried.iter_mut().all(|call| call.step(at(301)).is_err()));
    for reverse in [false, true] {
        let mut left: Vec<_> = (0..20).map(|_| get(&client, Options::default())).collect();
        for call in &mut left {
            waits(call, 400);
        }
        if reverse {
            left.reverse();
        }
        left.into_iter().for_each(drop);
    }
    let mut next = get(&client, Options::default());
    assert_eq!(waits(&mut next, 500), 500);
    // Where one in the middle gives up, no two of the others start within a second.
    let mut queue: Vec<_> = (0..5).map(|_| get(&client, Options::default())).collect();
    for call in &mut queue {
        waits(call, 500);
    }
    drop(queue.remove(1));
    queue.extend((0..3).map(|_| get(&client, Options::default())));
    queue.push(next);
    let mut sent = Vec::new();
    for now in (500..20_000).step_by(50) {
        queue.retain_mut(|call| match call.step(at(now)).unwrap() {
            Step::Send(..) => {
                sent.push(now);
                false
            }
            _ => true,
        });
    }
    assert_eq!(sent.len(), 8, "{sent:?}");
    assert!(sent.windows(2).all(|two| two[1] - two[0] >= 1000), "{sent:?}");
    assert!(sent[7] <= 9_500, "{sent:?}");
}
