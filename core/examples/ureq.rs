//! The driving loop with ureq, blocking, one request at a time: all users, counted.
//!
//! `JUMPCLOUD_API_KEY=… cargo run --example ureq`, with `JUMPCLOUD_URL` for a proxy or a fake. Against JumpCloud itself ureq
//! needs its feature `rustls`.

use std::collections::HashSet;
use std::thread::sleep;
use std::time::{Instant, SystemTime};

use jumpcloud_core::request::Body;
use jumpcloud_core::{
    Client, Conversation, Credentials, Failure, Now, Options, Parameters, Request, Response, Step,
};
use ureq::http;

type AnyResult<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> AnyResult<()> {
    let mut client = Client::new(Credentials::api_key(std::env::var("JUMPCLOUD_API_KEY")?));
    if let Ok(url) = std::env::var("JUMPCLOUD_URL") {
        client = client.base_urls(&url)?;
    }
    // Statuses and redirects are the core's to judge.
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .build()
        .into();
    let begun = Instant::now();
    let now = || Now { wall: SystemTime::now(), steady: begun.elapsed() };
    let mut users = HashSet::new();
    let mut pages = client.pages("v1.systemUsers.list", Parameters::new(), Options::default())?;
    loop {
        match pages.step(now())? {
            Step::Send(ticket, request) => match send(&agent, request) {
                Ok(response) => pages.received(ticket, response, now()),
                Err(failure) => pages.failed(ticket, failure, now()),
            },
            Step::Give(Some(page)) => {
                for item in page.reply.items() {
                    let user: serde_json::Value = serde_json::from_slice(item)?;
                    users.insert(user["_id"].to_string());
                }
            }
            Step::Give(None) => break,
            Step::Wait(time) | Step::Hold(time) => sleep(time),
            other => return Err(format!("an API key needs no {other:?}").into()),
        }
    }
    println!("{} users", users.len());
    Ok(())
}

fn send(agent: &ureq::Agent, request: Request) -> Result<Response, Failure> {
    let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in &request.headers {
        builder = builder.header(&**name, value);
    }
    let body = match request.body {
        Body::Empty => Vec::new(),
        Body::Bytes(bytes) => bytes,
        Body::Attachment { .. } => return Err(Failure::Refused("nothing is uploaded here".into())),
    };
    let built = builder.body(body).map_err(|error| Failure::NotSent(error.to_string()))?;
    let built = agent.configure_request(built).timeout_global(request.timeout).build();
    let mut response = agent.run(built).map_err(|error| match error {
        ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => Failure::NotSent(error.to_string()),
        error => Failure::NoAnswer(error.to_string()),
    })?;
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    // One byte more tells a body that is as long as this from a longer one.
    let body = response.body_mut().with_config().limit(request.max_body.saturating_add(1)).read_to_vec();
    let body = body.map_err(|error| match error {
        ureq::Error::BodyExceedsLimit(_) => Failure::TooLarge,
        error => Failure::NoAnswer(error.to_string()),
    })?;
    Ok(Response { status: response.status().as_u16(), headers, body })
}
