//! Pollers that are killed anywhere, over servers whose events arrive late and whose lists change: nothing is lost, and
//! nothing comes twice. What a killed one leaves behind is a text.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::conversation::scramble;
use crate::request::{Body, Request};
use crate::{
    Client, Conversation, Credentials, Error, ErrorKind, Failure, Now, Options, Pages, Parameters, Response,
    Step,
};

mod events;
mod offsets;

/// Random numbers that a seed repeats.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        scramble(self.0) % end.max(1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// How many scenarios; `RUNS=100000` makes more.
fn runs() -> u64 {
    std::env::var("RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(400)
}

#[derive(Debug, PartialEq)]
enum Ended {
    End,
    /// Its program was killed, or its network was gone.
    Killed,
    Incomplete,
}

/// Answers requests, and has a time.
trait Server {
    fn now(&self) -> SystemTime;
    fn answer(&mut self, request: &Request) -> Response;
    /// Whether the network is gone for a request.
    fn lost(&mut self) -> bool;
}

/// Drives a list until it ends or is killed; `take` is given each item, and says whether the program lives on. Gives the
/// text of the position then.
fn poll(
    server: &mut impl Server,
    mut pages: Pages,
    take: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<(Ended, String), Error> {
    let mut waiting = Vec::new();
    for _ in 0..100_000 {
        let now = Now { wall: server.now(), steady: Duration::ZERO };
        match pages.step(now) {
            Ok(Step::Send(ticket, request)) => waiting.push((ticket, request)),
            Ok(Step::Receive | Step::Wait(_)) if !waiting.is_empty() => {
                let (ticket, request) = waiting.remove(0);
                if server.lost() {
                    pages.failed(ticket, Failure::NoAnswer("gone".into()), now);
                } else {
                    pages.received(ticket, server.answer(&request), now);
                }
            }
            Ok(Step::Give(Some(page))) => {
                for (index, item) in page.reply.items().enumerate() {
                    if !take(item) {
                        return Ok((Ended::Killed, pages.position_after(index + 1).to_string()));
                    }
                }
                assert_eq!(pages.position(), pages.position_after(page.reply.items().len()));
            }
            Ok(Step::Give(None)) => return Ok((Ended::End, pages.position().to_string())),
            Err(error) if error.kind() == ErrorKind::Transport => {
                return Ok((Ended::Killed, pages.position().to_string()));
            }
            Err(error) if error.kind() == ErrorKind::Incomplete => {
                return Ok((Ended::Incomplete, pages.position().to_string()));
            }
            Err(error) => return Err(error),
            step => panic!("{step:?}"),
        }
    }
    panic!("the list does not end")
}

fn body(request: &Request) -> Value {
    match &request.body {
        Body::Bytes(bytes) => serde_json::from_slice(bytes).unwrap(),
        _ => Value::Null,
    }
}

fn client() -> Client {
    Client::new(Credentials::api_key("key"))
}

fn from(text: Option<&String>, options: Options) -> Options {
    Options { from: text.map(|text| text.parse().unwrap()), attempts: 1, concurrency: 1, ..options }
}
