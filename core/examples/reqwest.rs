//! The driving loop with reqwest and tokio, as many requests in flight as the list asks for (4): all users, counted.
//!
//! `JUMPCLOUD_API_KEY=… cargo run --example reqwest [IN_FLIGHT]`, with `JUMPCLOUD_URL` for a proxy or a fake. Against JumpCloud
//! itself reqwest needs its feature `rustls`.

use std::collections::HashSet;
use std::time::{Instant, SystemTime};

use jumpcloud_core::request::Body;
use jumpcloud_core::{
    Client, Conversation, Credentials, Failure, Now, Options, Parameters, Request, Response, Step, Ticket,
};
use reqwest::redirect::Policy;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

type AnyResult<T> = Result<T, Box<dyn std::error::Error>>;
type Answer = (Ticket, Result<Response, Failure>);

#[tokio::main(flavor = "current_thread")]
async fn main() -> AnyResult<()> {
    let mut client = Client::new(Credentials::api_key(std::env::var("JUMPCLOUD_API_KEY")?));
    if let Ok(url) = std::env::var("JUMPCLOUD_URL") {
        client = client.base_urls(&url)?;
    }
    let concurrency = std::env::args().nth(1).map_or(Ok(4), |count| count.parse())?;
    // Redirects are the core's to judge.
    let http = reqwest::Client::builder().redirect(Policy::none()).build()?;
    let begun = Instant::now();
    let now = || Now { wall: SystemTime::now(), steady: begun.elapsed() };
    let mut users = HashSet::new();
    let options = Options { concurrency, ..Options::default() };
    let mut pages = client.pages("v1.systemUsers.list", Parameters::new(), options)?;
    let mut in_flight: JoinSet<Answer> = JoinSet::new();
    loop {
        let answer = match pages.step(now())? {
            Step::Send(ticket, request) => {
                let http = http.clone();
                in_flight.spawn(async move { (ticket, send(&http, request).await) });
                continue;
            }
            Step::Give(Some(page)) => {
                for item in page.reply.items() {
                    let user: serde_json::Value = serde_json::from_slice(item)?;
                    users.insert(user["_id"].to_string());
                }
                continue;
            }
            // What is still in flight is aborted as the set is dropped.
            Step::Give(None) => break,
            Step::Receive => in_flight.join_next().await,
            Step::Wait(time) | Step::Hold(time) if in_flight.is_empty() => {
                sleep(time).await;
                None
            }
            Step::Wait(time) | Step::Hold(time) => {
                timeout(time, in_flight.join_next()).await.unwrap_or_default()
            }
            other => return Err(format!("an API key needs no {other:?}").into()),
        };
        match answer.transpose()? {
            Some((ticket, Ok(response))) => pages.received(ticket, response, now()),
            Some((ticket, Err(failure))) => pages.failed(ticket, failure, now()),
            None => {}
        }
    }
    println!("{} users in {} ms", users.len(), begun.elapsed().as_millis());
    Ok(())
}

async fn send(http: &reqwest::Client, request: Request) -> Result<Response, Failure> {
    let failure = |error: reqwest::Error| match error.is_connect() || error.is_builder() {
        true => Failure::NotSent(error.to_string()),
        false => Failure::NoAnswer(error.to_string()),
    };
    let method = request.method.as_str().parse().unwrap_or_default();
    let mut builder = http.request(method, &request.url);
    for (name, value) in &request.headers {
        builder = builder.header(&**name, value);
    }
    builder = match request.body {
        Body::Empty => builder,
        Body::Bytes(bytes) => builder.body(bytes),
        Body::Attachment { .. } => return Err(Failure::Refused("nothing is uploaded here".into())),
    };
    if let Some(time) = request.timeout {
        builder = builder.timeout(time);
    }
    let mut response = builder.send().await.map_err(failure)?;
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let (status, mut body) = (response.status().as_u16(), Vec::new());
    while let Some(piece) = response.chunk().await.map_err(failure)? {
        if (body.len() + piece.len()) as u64 > request.max_body {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Response { status, headers, body })
}
