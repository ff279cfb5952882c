//! A system that signs for itself, with ring: what JumpCloud knows of it.
//!
//! `cargo run --example system_context [FOLDER]` reads `jcagent.conf` and `client.key` in the folder, or where the agent keeps
//! them; `JUMPCLOUD_URL` names a fake. Against JumpCloud itself ureq needs its feature `rustls`.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use jumpcloud_core::system_context::{AgentConfiguration, AgentPlatform, PrivateKey};
use jumpcloud_core::{
    Client, Conversation, Credentials, Failure, Now, Options, Parameters, Request, Response, Step,
};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

type AnyResult<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> AnyResult<()> {
    let (configuration, key) = match std::env::args_os().nth(1).map(PathBuf::from) {
        Some(folder) => (folder.join("jcagent.conf"), folder.join("client.key")),
        None => (AgentPlatform::Linux.configuration_path().into(), AgentPlatform::Linux.key_path().into()),
    };
    let agent = AgentConfiguration::parse(&std::fs::read(configuration)?)?;
    let key = PrivateKey::parse(&std::fs::read(key)?)?;
    let key = RsaKeyPair::from_der(key.as_pkcs1()).map_err(|error| error.to_string())?;
    let mut client = Client::new(Credentials::system_context(&agent.system_key)).region(agent.region);
    if let Ok(url) = std::env::var("JUMPCLOUD_URL") {
        client = client.base_urls(&url)?;
    }
    let own = Parameters::new().with("id", &agent.system_key);
    let mut call = client.call("v1.systems.get", own, Options::default())?;
    let begun = std::time::Instant::now();
    let now = || Now { wall: SystemTime::now(), steady: begun.elapsed() };
    let reply = loop {
        match call.step(now())? {
            // The request's time and address are signed, byte for byte.
            Step::Sign(input) => call.signed(sign(&key, &input.bytes)),
            Step::Send(ticket, request) => match send(&request) {
                Ok(response) => call.received(ticket, response, now()),
                Err(failure) => call.failed(ticket, failure, now()),
            },
            Step::Give(reply) => break reply,
            Step::Wait(time) | Step::Hold(time) => std::thread::sleep(time),
            other => return Err(format!("a system needs no {other:?}").into()),
        }
    };
    let system: serde_json::Value = reply.json()?;
    println!("{} is {}", system["_id"], system["hostname"]);
    Ok(())
}

fn sign(key: &RsaKeyPair, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut signature = vec![0; key.public().modulus_len()];
    let signed = key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature);
    signed.map(|()| signature).map_err(|error| error.to_string())
}

fn send(request: &Request) -> Result<Response, Failure> {
    let no_answer = |error: ureq::Error| Failure::NoAnswer(error.to_string());
    let mut get = ureq::get(&request.url).config().http_status_as_error(false).max_redirects(0);
    get =
        get.max_redirects_will_error(false).timeout_global(request.timeout.or(Some(Duration::from_secs(60))));
    let mut get = get.build();
    for (name, value) in &request.headers {
        get = get.header(&**name, value);
    }
    let mut response = get.call().map_err(no_answer)?;
    let body = response.body_mut().with_config().limit(request.max_body).read_to_vec().map_err(no_answer)?;
    Ok(Response { status: response.status().as_u16(), headers: Vec::new(), body })
}
