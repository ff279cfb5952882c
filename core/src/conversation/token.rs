//! The token of a service account.

use std::time::{Duration, SystemTime};

use super::{Call, Conversation, Failure, Step, Ticket};
use crate::client::{Client, Options};
use crate::json::Value;
use crate::operation::Operation;
use crate::parameters::Parameters;
use crate::reply::{Reply, Response};
use crate::secret::Secret;
use crate::{Error, ErrorKind, Result};

/// Gets a bearer token for a service account and leaves it in the client's session. One renewal at a time: the
/// session gives the right to it, and gets it back when this is dropped, however it ended.
#[derive(Debug)]
pub struct Token {
    call: Call,
    client: Client,
    renewal: u64,
}

/// The token call that every service account makes, by its permanent name.
const TOKEN_OPERATION: &str = "oauth.tokens.create";

impl Token {
    pub(super) fn new(client: &Client, options: &Options, number: u64, renewal: u64) -> Result<Token> {
        // The lease must go back even when the request cannot be built.
        let released = |error| {
            client.session.release(renewal);
            error
        };
        let mut parameters = Parameters::new();
        parameters.set("body", r#"{"grant_type":"client_credentials","scope":"api"}"#.to_owned());
        let options = Options {
            attempts: options.attempts,
            longest_wait: options.longest_wait,
            seed: options.seed,
            ..Options::default()
        };
        let operation = Operation::find(TOKEN_OPERATION).map_err(released)?;
        let mut call = Call::new(client, operation, &parameters, options).map_err(released)?;
        call.number = number | 1 << 40;
        Ok(Token { call, client: client.clone(), renewal })
    }

    fn keep(&self, reply: &Reply, now: SystemTime) -> Result<()> {
        let body = std::str::from_utf8(&reply.body)
            .ok()
            .and_then(|text| Value::read(text).ok())
            .unwrap_or(Value::Null);
        let token = body.get("access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
        // Not `Error::decode`: its body would hold whatever secret came instead.
        let missing = || {
            Error::new(ErrorKind::Decode, "the token endpoint answered without an access_token")
                .at(TOKEN_OPERATION)
        };
        let token = token.ok_or_else(missing)?;
        if !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(missing());
        }
        // A missing lifetime, or none, is an hour: what JumpCloud's own CLI takes it for.
        let lifetime = body.get("expires_in").and_then(|lifetime| lifetime.plain().parse::<u64>().ok());
        let lifetime = lifetime.filter(|lifetime| *lifetime > 0).unwrap_or(3600).min(31_536_000);
        let ends = now.checked_add(Duration::from_secs(lifetime)).unwrap_or(now);
        self.client.session.renewed(Secret::new(token), ends);
        Ok(())
    }
}

impl Conversation for Token {
    fn step(&mut self, now: SystemTime) -> Result<Step> {
        let step = self.call.step(now)?;
        if let Step::Done(reply) = &step {
            self.keep(reply, now)?;
        }
        Ok(step)
    }

    fn received(&mut self, ticket: Ticket, response: Response) {
        self.call.received(ticket, response);
    }

    fn failed(&mut self, ticket: Ticket, failure: Failure) {
        self.call.failed(ticket, failure);
    }

    fn signed(&mut self, signature: std::result::Result<Vec<u8>, String>) {
        self.call.signed(signature);
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.client.session.release(self.renewal);
    }
}
