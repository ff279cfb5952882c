//! One call: its credentials, its tries, its signature.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::{Conversation, Failure, Step, Ticket, Token, scramble};
use crate::client::{Bearer, Client, Credentials, Options};
use crate::operation::{Accepts, Operation, Organization};
use crate::parameters::Parameters;
use crate::reply::{Reply, Response, parse, retry_after};
use crate::request::Request;
use crate::secret::Secret;
use crate::system_context;
use crate::{Error, ErrorKind, Result};

/// One call to an operation: credentials, retries and all.
///
/// ```
/// use std::time::SystemTime;
/// use jumpcloud_core::{Client, Conversation, Credentials, Options, Parameters, Response, Step};
///
/// let client = Client::new(Credentials::api_key("secret"));
/// let mut call = client.call("v1.systemUsers.unlock", Parameters::new().with("id", "5f1b"), Options::default())?;
/// let Step::Send(ticket, request) = call.step(SystemTime::now())? else { panic!() };
/// assert_eq!(request.url, "https://console.jumpcloud.com/api/systemusers/5f1b/unlock");
/// call.received(ticket, Response { status: 200, ..Response::default() });
/// assert!(matches!(call.step(SystemTime::now())?, Step::Done(_)));
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub struct Call {
    client: Client,
    operation: &'static Operation,
    options: Options,
    request: Request,
    pub(super) number: u64,
    tries: u32,
    refreshed: bool,
    pub(super) state: State,
}

pub(super) enum State {
    /// Credentials come next.
    Ready,
    /// Another conversation gets a token first.
    Renewing(Box<Token>),
    /// Signature awaited.
    Signing { date: String },
    /// The request is complete.
    Signed(Request),
    /// Answer awaited. The token is the one it was sent with.
    InFlight(Ticket, Option<Secret>),
    /// Between two tries.
    Waiting { since: Option<SystemTime>, wait: Duration },
    /// The outcome, until it is asked for.
    Over(Option<Box<Result<Reply>>>),
}

impl Call {
    pub(crate) fn new(
        client: &Client,
        operation: &'static Operation,
        parameters: &Parameters,
        options: Options,
    ) -> Result<Call> {
        let request = client.request(operation, parameters, &options)?;
        Ok(Call {
            client: client.clone(),
            operation,
            options,
            request,
            number: 0,
            tries: 0,
            refreshed: false,
            state: State::Ready,
        })
    }

    fn finish(&mut self, outcome: Result<Reply>) {
        self.state = State::Over(Some(Box::new(outcome)));
    }

    fn send(&mut self, request: Request, token: Option<Secret>) -> Step {
        self.tries += 1;
        let ticket = Ticket(self.number << 8 | u64::from(self.tries & 0xff));
        self.state = State::InFlight(ticket, token);
        Step::Send(ticket, request)
    }

    /// Waits before the next try: what JumpCloud asks for, or twice as long each time, up to 30 s.
    fn retry(&mut self, asked: Option<Duration>) {
        let exponential =
            Duration::from_millis(1000 << (self.tries.saturating_sub(1)).min(5)).min(Duration::from_secs(30));
        // Half of it is fixed, half depends on the seed, so that many clients do not come back at once.
        let jitter = scramble(self.options.seed.wrapping_add(u64::from(self.tries))) % 1000;
        // In whole milliseconds, as hosts sleep.
        let own = exponential.as_millis() as u64 * (1000 + jitter) / 2000;
        let wait = asked.unwrap_or(Duration::from_millis(own));
        self.state = State::Waiting { since: None, wait };
    }

    fn answered(&mut self, response: Response, token: Option<Secret>) {
        let status = response.status;
        if let (401, Some(token)) = (status, token) {
            // The token may have been revoked before its time: one fresh one is worth a try.
            self.client.session.forget(&token);
            if !self.refreshed {
                self.refreshed = true;
                self.state = State::Ready;
                return;
            }
        }
        let asked = retry_after(&response);
        let may_retry = match status {
            429 => true,
            500 | 502..=504 => self.operation.idempotent,
            _ => false,
        };
        if may_retry
            && self.tries < self.options.attempts
            && asked.is_none_or(|wait| wait <= self.options.longest_wait)
        {
            return self.retry(asked);
        }
        let outcome = parse(self.operation, response).map_err(|error| self.explain(error));
        self.finish(outcome);
    }

    /// Adds what is usually behind an error and cannot be seen in it.
    fn explain(&self, error: Error) -> Error {
        match (error.kind(), &self.client.credentials) {
            (ErrorKind::Authentication, Credentials::SystemContext { .. }) => {
                error.because(system_context::UNAUTHORIZED_CAUSES)
            }
            (ErrorKind::Authentication, Credentials::ApiKey(_)) => {
                let key = "the API key is wrong, has ended, or belongs to an organization of another region";
                match self.operation.organization {
                    Organization::Refused => error.because(key),
                    _ if self.request.header("x-org-id").is_some() => error.because(key),
                    _ => error
                        .because(&format!("{key}; a multi-tenant administrator must name the organization")),
                }
            }
            (ErrorKind::Authentication, Credentials::ServiceAccount { .. })
                if self.operation.accepts == Accepts::ClientSecret =>
            {
                error.because(
                    "the service account's id or secret is wrong, has ended, or belongs to another region",
                )
            }
            _ => error,
        }
    }
}

/// The text with another struck out, wherever it holds it. (`str::replace` brings an algorithm for long texts.)
fn without(secret: &str, text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(letter) = rest.chars().next() {
        match rest.strip_prefix(secret).filter(|_| !secret.is_empty()) {
            Some(after) => {
                plain.push_str("[redacted]");
                rest = after;
            }
            None => {
                plain.push(letter);
                rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            }
        }
    }
    plain
}

impl Conversation for Call {
    fn step(&mut self, now: SystemTime) -> Result<Step> {
        loop {
            match &mut self.state {
                State::Ready => match (&self.client.credentials, self.operation.accepts) {
                    (
                        Credentials::ServiceAccount { .. },
                        Accepts::KeyOrBearer | Accepts::KeyBearerOrSystem,
                    ) => match self.client.session.bearer(now) {
                        Bearer::Ready(token) => {
                            let mut request = self.request.clone();
                            request
                                .headers
                                .push(("authorization".into(), format!("Bearer {}", token.expose())));
                            return Ok(self.send(request, Some(token)));
                        }
                        Bearer::Renew(renewal) => {
                            self.state = State::Renewing(Box::new(Token::new(
                                &self.client,
                                &self.options,
                                self.number,
                                renewal,
                            )?));
                        }
                        Bearer::Wait => return Ok(Step::Wait(Duration::from_millis(20))),
                    },
                    (Credentials::SystemContext { .. }, Accepts::KeyBearerOrSystem) => {
                        let input = system_context::signing_input(
                            self.request.method.as_str(),
                            self.request.target(),
                            now,
                        );
                        let input = input.map_err(|error| error.at(self.operation.name))?;
                        self.state = State::Signing { date: input.date.clone() };
                        return Ok(Step::Sign(input));
                    }
                    _ => return Ok(self.send(self.request.clone(), None)),
                },
                State::Renewing(token) => match token.step(now) {
                    Ok(Step::Done(_)) => self.state = State::Ready,
                    Ok(step) => return Ok(step),
                    Err(error) => {
                        // Dropping the token conversation lets another call try.
                        self.state = State::Over(None);
                        return Err(error);
                    }
                },
                State::Signing { .. } | State::InFlight(..) => return Ok(Step::Receive),
                State::Signed(request) => {
                    let request = request.clone();
                    return Ok(self.send(request, None));
                }
                State::Waiting { since, wait } => {
                    let since = *since.get_or_insert(now);
                    let elapsed = now.duration_since(since).unwrap_or_default();
                    match wait.checked_sub(elapsed).filter(|left| !left.is_zero()) {
                        Some(left) => return Ok(Step::Wait(left)),
                        None => self.state = State::Ready,
                    }
                }
                State::Over(outcome) => {
                    return match outcome.take() {
                        Some(outcome) => outcome.map(Step::Done),
                        None => Ok(Step::End),
                    };
                }
            }
        }
    }

    fn received(&mut self, ticket: Ticket, response: Response) {
        match &mut self.state {
            State::Renewing(token) => token.received(ticket, response),
            State::InFlight(awaited, token) if *awaited == ticket => {
                let token = token.take();
                self.answered(response, token);
            }
            _ => {}
        }
    }

    fn failed(&mut self, ticket: Ticket, failure: Failure) {
        match &mut self.state {
            State::Renewing(token) => token.failed(ticket, failure),
            State::InFlight(awaited, _) if *awaited == ticket => {
                let (why, may_retry) = match failure {
                    Failure::NotSent(why) => (why, true),
                    Failure::NoAnswer(why) => (why, self.operation.idempotent),
                    Failure::Refused(why) => (why, false),
                };
                if may_retry && self.tries < self.options.attempts {
                    self.retry(None);
                } else {
                    // Transports like to name the URL; that of an upload is a secret.
                    let why = if self.request.secret_url { without(&self.request.url, &why) } else { why };
                    self.finish(Err(Error::transport(self.operation, &why)));
                }
            }
            _ => {}
        }
    }

    fn signed(&mut self, signature: std::result::Result<Vec<u8>, String>) {
        let (State::Signing { date }, Credentials::SystemContext { system_id }) =
            (&self.state, &self.client.credentials)
        else {
            return;
        };
        let header = match signature {
            Ok(signature) => system_context::authorization(system_id, &signature),
            Err(why) => {
                Err(Error::new(ErrorKind::Signing, format!("the request could not be signed: {why}")))
            }
        };
        match header {
            Ok(header) => {
                let mut request = self.request.clone();
                request.headers.push(("date".into(), date.clone()));
                request.headers.push(("authorization".into(), header));
                self.state = State::Signed(request);
            }
            Err(error) => self.finish(Err(error.at(self.operation.name))),
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({}, tried {} times)", self.operation.name, self.tries)
    }
}

impl Call {
    /// Whether a ticket is one of this call's, or of the token call it makes.
    pub(super) fn owns(&self, ticket: Ticket) -> bool {
        (ticket.0 >> 8) & !(1 << 40) == self.number
    }
}
