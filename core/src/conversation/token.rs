//! The token of a service account.

use std::time::Duration;

use super::call::State;
use super::session::Lease;
use super::{Call, Conversation, Credential, Failure, Now, Step, Ticket};
use crate::client::{Client, Options};
use crate::json::Value;
use crate::operation::Operation;
use crate::parameters::Parameters;
use crate::reply::{Reply, Response};
use crate::secret::Secret;
use crate::{Error, ErrorKind, Result};

/// Gets a bearer token for a service account and leaves it in the client's session, the moment it arrives. One renewal at a
/// time: the session gives the right to it, and gets it back when this is dropped, however it ended.
#[derive(Debug)]
pub struct Token {
    call: Call,
    lease: Lease<Secret>,
}

/// The token call that every service account makes, by its permanent name.
const TOKEN_OPERATION: &str = "oauth.tokens.create";

impl Token {
    pub(super) fn new(client: &Client, options: Options, number: u64, renewal: u64) -> Result<Token> {
        // It goes back even when the request cannot be built.
        let lease = Lease::new(&client.session, renewal);
        let mut parameters = Parameters::new();
        parameters.set("body", r#"{"grant_type":"client_credentials","scope":"api"}"#.to_owned());
        let mut call = Call::new(client, Operation::find(TOKEN_OPERATION)?, &parameters, options)?;
        call.number = number | 1 << 40;
        Ok(Token { call, lease })
    }

    /// Takes what has come of the call into the session: its token, its failure, or that it goes on.
    fn keep(&mut self, now: Now) {
        match &mut self.call.state {
            State::Over(Some(outcome)) => {
                if let Ok(reply) = &**outcome {
                    match token(reply) {
                        Ok((token, life)) => self.lease.renewed(token, now.steady, life),
                        Err(error) => **outcome = Err(error),
                    }
                }
                if let Err(error) = &mut **outcome {
                    error.forget_body();
                    self.lease.failed(error);
                }
                self.lease.release();
            }
            State::Waiting { until, .. } => {
                let wait = until.saturating_sub(now.steady);
                self.lease.goes_on(now.steady, Some(wait));
            }
            _ => {}
        }
    }
}

/// The token that the endpoint gave, and how long it lives.
fn token(reply: &Reply) -> Result<(Secret, Duration)> {
    let body =
        std::str::from_utf8(&reply.body).ok().and_then(|text| Value::read(text).ok()).unwrap_or(Value::Null);
    let token = body.get("access_token").and_then(Value::as_str);
    // Not `Error::decode`: its body would hold whatever secret came instead.
    let token = token
        .filter(|token| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()))
        .ok_or_else(|| {
            Error::new(ErrorKind::Decode, "the token endpoint answered without an access_token")
                .at(TOKEN_OPERATION)
        })?;
    // A missing lifetime, or none, is an hour: what JumpCloud's own CLI takes it for.
    let life = body.get("expires_in").and_then(|life| life.plain().parse::<u64>().ok());
    let life = life.filter(|life| *life > 0).unwrap_or(3600).min(31_536_000);
    Ok((Secret::new(token), Duration::from_secs(life)))
}

impl Conversation for Token {
    type Gives = Reply;

    fn step(&mut self, now: Now) -> Result<Step<Reply>> {
        let step = self.call.step(now);
        match &step {
            Ok(Step::Send(..)) => self.lease.goes_on(now.steady, None),
            // What fails before an answer comes: a deadline.
            Err(error) => self.lease.failed(error),
            _ => {}
        }
        step
    }

    fn received(&mut self, ticket: Ticket, response: Response, now: Now) {
        self.call.received(ticket, response, now);
        self.keep(now);
    }

    fn failed(&mut self, ticket: Ticket, failure: Failure, now: Now) {
        self.call.failed(ticket, failure, now);
        self.keep(now);
    }

    fn signed(&mut self, signature: std::result::Result<Vec<u8>, String>) {
        self.call.signed(signature);
    }

    fn identified(&mut self, _: Result<Credential>, _: Now) {}
}
