//! A tiny client.

use std::time::{Duration, Instant};

use jumpcloud_fake::Fake;
use serde_json::Value;
use ureq::http::{HeaderMap, Request};

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The items of a v1 list.
    pub(crate) fn results(&self) -> Vec<Value> {
        self.json()["results"].as_array().expect("results").clone()
    }

    /// The items of a v2 list.
    pub(crate) fn items(&self) -> Vec<Value> {
        self.json().as_array().expect("an array").clone()
    }

    pub(crate) fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
}

pub(crate) struct Client {
    agent: ureq::Agent,
    origin: String,
    key: String,
}

impl Client {
    pub(crate) fn new(fake: &Fake) -> Client {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .build()
            .into();
        Client { agent, origin: fake.url(), key: fake.api_key() }
    }

    /// Sends exactly these headers; an error when the connection breaks.
    pub(crate) fn try_send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{target}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = match body {
            b"" => self.agent.run(request.body(()).expect("a valid request"))?,
            body => self.agent.run(request.body(body).expect("a valid request"))?,
        };
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec()?;
        Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }

    pub(crate) fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_send(method, target, headers, body).expect("an answer")
    }

    fn call(&self, method: &str, target: &str, body: &[u8]) -> Answer {
        self.send(method, target, &[("x-api-key", &self.key), ("content-type", "application/json")], body)
    }

    pub(crate) fn send_json(&self, method: &str, target: &str, body: &Value) -> Answer {
        self.call(method, target, body.to_string().as_bytes())
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.call("GET", target, b"")
    }

    pub(crate) fn delete(&self, target: &str) -> Answer {
        self.call("DELETE", target, b"")
    }

    pub(crate) fn post(&self, target: &str, body: Value) -> Answer {
        self.call("POST", target, body.to_string().as_bytes())
    }

    pub(crate) fn patch(&self, target: &str, body: Value) -> Answer {
        self.call("PATCH", target, body.to_string().as_bytes())
    }

    pub(crate) fn put(&self, target: &str, body: Value) -> Answer {
        self.call("PUT", target, body.to_string().as_bytes())
    }
}

pub(crate) fn started(users: usize) -> (Fake, Client) {
    let fake = Fake::builder().users(users).start().expect("a free port");
    let client = Client::new(&fake);
    (fake, client)
}

pub(crate) fn texts<'a>(records: &'a [Value], name: &str) -> Vec<&'a str> {
    records.iter().map(|record| record[name].as_str().unwrap_or_default()).collect()
}

/// Asks again until it is so.
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "still not: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
