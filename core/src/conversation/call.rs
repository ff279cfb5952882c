//! One call: its credentials, its tries, its signature.

use std::fmt;
use std::time::Duration;

use super::pace::Slot;
use super::session::{Found, Lease};
use super::{Conversation, Credential, Failure, Known, Now, Step, Ticket, Token, over, scramble};
use crate::client::{Client, Credentials, Options};
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
/// use std::time::{Duration, SystemTime};
/// use jumpcloud_core::{Client, Conversation, Credentials, Now, Options, Parameters, Response, Step};
///
/// let now = Now { wall: SystemTime::now(), steady: Duration::ZERO };
/// let client = Client::new(Credentials::api_key("secret"));
/// let mut call = client.call("v1.systemUsers.unlock", Parameters::new().with("id", "5f1b"), Options::default())?;
/// let Step::Send(ticket, request) = call.step(now)? else { panic!() };
/// assert_eq!(request.url, "https://console.jumpcloud.com/api/systemusers/5f1b/unlock");
/// call.received(ticket, Response { status: 200, ..Response::default() }, now);
/// assert!(matches!(call.step(now)?, Step::Give(_)));
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub struct Call {
    client: Client,
    operation: &'static Operation,
    options: Options,
    request: Request,
    pub(super) number: u64,
    tries: u32,
    /// When the time is up, once it has begun.
    ends: Option<Duration>,
    refreshed: bool,
    /// The last try of a change that had no answer: nobody knows what came of it.
    lost: Option<u32>,
    /// How many tokens it got.
    renewals: u32,
    /// The renewal of another call that it holds for.
    held: Option<u64>,
    /// The token of the last try.
    token: Option<Secret>,
    /// A token, or who calls, has just been got for it.
    fresh: bool,
    /// What a function said of who calls: its client stands in `client` then.
    identity: Option<Known>,
    /// JumpCloud refused what the function said, and it was asked once more.
    asked_again: bool,
    /// The right to send it, from before it is signed until its answer has come.
    pub(super) slot: Option<Slot>,
    pub(super) state: State,
}

pub(super) enum State {
    /// Credentials come next.
    Ready,
    /// The host asks its function who calls.
    Identifying { lease: Lease<Known>, until: Duration },
    /// Another conversation gets a token first.
    Renewing(Box<Token>),
    /// Signature awaited.
    Signing { date: String },
    /// The request is complete.
    Signed(Request),
    /// Answer awaited. The token is the one it was sent with.
    InFlight(Ticket, Option<Secret>),
    /// Between two tries, until then; and how the last one failed.
    Waiting { until: Duration, after: Box<Error> },
    /// The outcome, until it is asked for.
    Over(Option<Box<Result<Reply>>>),
}

/// So many tokens are got for one call: the first, and one in place of a token that was refused or has ended.
const MOST_RENEWALS: u32 = 2;
/// A function that has not said for so long who calls has failed.
const LONGEST_QUESTION: Duration = Duration::from_secs(60);
/// A call that is held for others looks after so long whether it may go on: whoever held it up may be gone without a word.
const LONGEST_HOLD: Duration = Duration::from_secs(5);

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
            ends: None,
            refreshed: false,
            lost: None,
            renewals: 0,
            held: None,
            token: None,
            fresh: false,
            identity: None,
            asked_again: false,
            slot: None,
            state: State::Ready,
        })
    }

    /// Ends with a reply, or with an error and whether the same may be tried again.
    fn finish(&mut self, outcome: std::result::Result<Reply, (Error, bool)>) {
        self.slot = None;
        let outcome = outcome.map_err(|(mut error, retryable)| {
            for secret in self.secrets() {
                error.strike(&secret);
            }
            let error = match self.lost {
                None => error,
                Some(lost) if lost == self.tries => {
                    error.because("it may have been done: look before you try again")
                }
                Some(_) => error.because("a try before had no answer, and may have done it"),
            };
            error.tried(self.tries, retryable)
        });
        self.state = State::Over(Some(Box::new(outcome)));
    }

    /// What it was sent with, which a server may say back.
    fn secrets(&self) -> Vec<String> {
        let mut secrets = Vec::new();
        match &self.client.credentials {
            Credentials::ApiKey(key) => secrets.push(key.expose().to_owned()),
            Credentials::ServiceAccount { id, secret } => {
                let basic = Credentials::basic(id, secret);
                secrets.extend(basic.strip_prefix("Basic ").map(str::to_owned));
                secrets.push(secret.expose().to_owned());
            }
            Credentials::SystemContext { .. } | Credentials::Function => {}
        }
        secrets.extend(self.token.as_ref().map(|token| token.expose().to_owned()));
        if self.request.secret_url {
            secrets.push(self.request.url.clone());
        }
        secrets
    }

    /// The try that is on its way has no answer.
    fn lose(&mut self) {
        // A token is no change.
        if !self.operation.safe && self.operation.accepts != Accepts::ClientSecret {
            self.lost = Some(self.tries);
        }
    }

    fn send(&mut self, mut request: Request, token: Option<Secret>, now: Now) -> Step<Reply> {
        self.tries += 1;
        self.fresh = false;
        let ticket = Ticket(self.number << 8 | u64::from(self.tries & 0xff));
        request.timeout = self.left(now);
        request.max_body = self.options.max_body;
        self.token.clone_from(&token);
        self.state = State::InFlight(ticket, token);
        Step::Send(ticket, request)
    }

    /// What to wait for before it may be sent, where the client's requests are bounded.
    fn paced(&mut self, now: Now) -> Option<Step<Reply>> {
        if self.slot.is_none() {
            self.slot = self.client.pace.slot(now.steady);
        }
        let step = match &mut self.slot {
            None => Step::Hold(self.within(LONGEST_HOLD, now)),
            Some(slot) => match slot.start(now.steady) {
                Some(wait) => Step::Wait(self.within(wait, now)),
                None => return None,
            },
        };
        Some(step)
    }

    /// A time, or what is left of the deadline.
    fn within(&self, time: Duration, now: Now) -> Duration {
        self.left(now).map_or(time, |left| left.min(time))
    }

    /// What is left of the deadline.
    fn left(&self, now: Now) -> Option<Duration> {
        self.ends.map(|ends| ends.saturating_sub(now.steady))
    }

    /// The deadline's error, and what is known of a try before it.
    fn late(&self, before: Option<Error>) -> Error {
        let deadline = self.options.deadline.unwrap_or_default();
        let deadline = deadline.as_secs() * 1000 + u64::from(deadline.subsec_millis());
        match before {
            Some(error) => {
                error.because(&format!("the deadline of {deadline} ms leaves no time for another try"))
            }
            None => Error::transport(self.operation, &format!("the deadline of {deadline} ms has passed")),
        }
    }

    /// Waits before the next try: twice as long each time, up to 30 s, and no shorter than JumpCloud asks for.
    fn retry(&mut self, asked: Option<Duration>, after: Error, now: Now) {
        let exponential = (1000 << self.tries.saturating_sub(1).min(5)).min(30_000);
        // Milliseconds that depend on the seed, so that many clients do not come back at once: half of our own wait, and a
        // part of a second more than what JumpCloud asks of all of them.
        let jitter = scramble(self.options.seed.wrapping_add(u64::from(self.tries))) % 1000;
        let own = Duration::from_millis(exponential * (1000 + jitter) / 2000);
        let asked = asked.map_or(Duration::ZERO, |asked| asked.saturating_add(Duration::from_millis(jitter)));
        let wait = own.max(asked);
        if self.left(now).is_some_and(|left| left <= wait) {
            let error = self.late(Some(after));
            return self.finish(Err((error, true)));
        }
        self.state = State::Waiting { until: now.steady.saturating_add(wait), after: Box::new(after) };
    }

    fn answered(&mut self, response: Response, token: Option<Secret>, now: Now) {
        self.slot = None;
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
        if status == 401 && self.refused() {
            return;
        }
        // What stands before JumpCloud says that it had no answer.
        if matches!(status, 502 | 504) {
            self.lose();
        }
        let asked = retry_after(&response, Some(now.wall));
        let may_retry = match status {
            429 => true,
            500 | 502..=504 => self.operation.idempotent,
            _ => false,
        };
        let outcome = parse(self.operation, response).map_err(|error| self.explain(error.asks(asked)));
        match outcome {
            Err(error)
                if may_retry
                    && self.tries < self.options.attempts
                    && asked.is_none_or(|wait| wait <= self.options.longest_wait) =>
            {
                self.retry(asked, error, now);
            }
            outcome => self.finish(outcome.map_err(|error| (error, may_retry))),
        }
    }

    /// Learns who calls: from what the client knows, or by asking the host's function. Nothing when the state has changed.
    fn identify(&mut self, now: Now) -> Option<Step<Reply>> {
        let identities = &self.client.identities;
        let latest = if self.fresh { identities.latest() } else { None };
        match latest.map_or_else(|| identities.find(now.steady, self.held), Found::Ready) {
            Found::Ready(known) => {
                (self.held, self.fresh) = (None, false);
                self.client = (*known.0).clone();
                self.identity = Some(known);
                self.request.headers.retain(|(name, _)| name != "x-api-key");
                if let Err(error) = self.client.authenticate(self.operation, &mut self.request) {
                    self.finish(Err((error, false)));
                }
                None
            }
            Found::Failed(error) => {
                self.finish(Err((error, true)));
                None
            }
            Found::Hold(renewal, time) => {
                self.held = Some(renewal);
                Some(Step::Hold(self.within(time, now)))
            }
            Found::Renew(renewal) => {
                let lease = Lease::new(identities, renewal);
                lease.goes_on(now.steady, Some(LONGEST_QUESTION));
                self.state = State::Identifying { lease, until: now.steady.saturating_add(LONGEST_QUESTION) };
                Some(Step::Identify)
            }
        }
    }

    /// JumpCloud refused who calls. Whether a function says so, which is asked once more.
    fn refused(&mut self) -> bool {
        let Some(known) = self.identity.take() else { return false };
        self.client.identities.forget(&known);
        if self.asked_again {
            return false;
        }
        self.asked_again = true;
        (self.refreshed, self.renewals, self.held) = (false, 0, None);
        self.client.credentials = Credentials::Function;
        self.state = State::Ready;
        true
    }

    /// A call to the token endpoint has failed: with it this one does, unless another credential may do better.
    fn without_token(&mut self, error: Error) {
        if error.kind() != ErrorKind::Authentication || !self.refused() {
            let retryable = error.is_retryable();
            self.finish(Err((error, retryable)));
        }
    }

    /// Gets a token: the client's own, or by a call to the token endpoint. Nothing when the state has changed.
    fn authorize(&mut self, now: Now) -> Result<Option<Step<Reply>>> {
        let session = &self.client.session;
        let latest = if self.fresh || self.renewals >= MOST_RENEWALS { session.latest() } else { None };
        let found = match latest {
            Some(token) => Found::Ready(token),
            None => session.find(now.steady, self.held),
        };
        match found {
            Found::Ready(token) => {
                if let Some(step) = self.paced(now) {
                    return Ok(Some(step));
                }
                let mut request = self.request.clone();
                request.headers.push(("authorization".into(), format!("Bearer {}", token.expose())));
                self.held = None;
                Ok(Some(self.send(request, Some(token), now)))
            }
            Found::Failed(error) => {
                self.without_token(error);
                Ok(None)
            }
            // Neither holds a slot: the token call may need it.
            Found::Hold(renewal, time) => {
                (self.held, self.slot) = (Some(renewal), None);
                Ok(Some(Step::Hold(self.within(time, now))))
            }
            Found::Renew(renewal) => {
                self.slot = None;
                self.renewals += 1;
                let options = Options {
                    attempts: self.options.attempts,
                    longest_wait: self.options.longest_wait,
                    deadline: self.left(now),
                    seed: self.options.seed,
                    ..Options::default()
                };
                let token = Token::new(&self.client, options, self.number, renewal)?;
                self.state = State::Renewing(Box::new(token));
                Ok(None)
            }
        }
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

impl Conversation for Call {
    type Gives = Reply;

    fn step(&mut self, now: Now) -> Result<Step<Reply>> {
        if self.ends.is_none()
            && let Some(deadline) = self.options.deadline
        {
            self.ends = Some(now.steady.saturating_add(deadline));
        }
        loop {
            let late = self.left(now).is_some_and(|left| left.is_zero());
            match &mut self.state {
                // What has come in time counts.
                State::Over(outcome) => {
                    return match outcome.take() {
                        Some(outcome) => outcome.map(Step::Give),
                        None => Err(over().at(self.operation.name)),
                    };
                }
                State::Waiting { after, .. } if late => {
                    let after = (**after).clone();
                    let error = self.late(Some(after));
                    self.finish(Err((error, true)));
                }
                // The token call has the same deadline, and says what it did until then.
                State::Renewing(token) => match token.step(now) {
                    Ok(step) => match step.split() {
                        Ok(need) => return Ok(need),
                        Err(_) => (self.state, self.fresh) = (State::Ready, true),
                    },
                    // Dropping the token conversation lets another call try.
                    Err(error) => self.without_token(error),
                },
                state if late => {
                    let sent = matches!(state, State::InFlight(..));
                    if sent {
                        self.lose();
                    }
                    let error = self.late(None);
                    self.finish(Err((error, !sent || self.operation.idempotent)));
                }
                State::Ready => match (&self.client.credentials, self.operation.accepts) {
                    (Credentials::Function, Accepts::KeyOrBearer | Accepts::KeyBearerOrSystem) => {
                        if let Some(step) = self.identify(now) {
                            return Ok(step);
                        }
                    }
                    (
                        Credentials::ServiceAccount { .. },
                        Accepts::KeyOrBearer | Accepts::KeyBearerOrSystem,
                    ) => {
                        if let Some(step) = self.authorize(now)? {
                            return Ok(step);
                        }
                    }
                    (Credentials::SystemContext { .. }, Accepts::KeyBearerOrSystem) => {
                        if let Some(step) = self.paced(now) {
                            return Ok(step);
                        }
                        let input = system_context::signing_input(
                            self.request.method.as_str(),
                            self.request.target(),
                            now.wall,
                        );
                        let input = input.map_err(|error| error.at(self.operation.name))?;
                        self.state = State::Signing { date: input.date.clone() };
                        return Ok(Step::Sign(input));
                    }
                    _ => {
                        return Ok(match self.paced(now) {
                            Some(step) => step,
                            None => self.send(self.request.clone(), None, now),
                        });
                    }
                },
                State::Identifying { until, .. } => {
                    match until.checked_sub(now.steady).filter(|left| !left.is_zero()) {
                        Some(left) => return Ok(Step::Wait(self.within(left, now))),
                        None => self.identified(Err(Credential::missing()), now),
                    }
                }
                State::Signing { .. } | State::InFlight(..) => {
                    return Ok(self.left(now).map_or(Step::Receive, Step::Wait));
                }
                State::Signed(request) => {
                    let request = request.clone();
                    return Ok(self.send(request, None, now));
                }
                State::Waiting { until, .. } => {
                    match until.checked_sub(now.steady).filter(|left| !left.is_zero()) {
                        Some(left) => return Ok(Step::Wait(left)),
                        None => self.state = State::Ready,
                    }
                }
            }
        }
    }

    fn received(&mut self, ticket: Ticket, response: Response, now: Now) {
        match &mut self.state {
            State::Renewing(token) => token.received(ticket, response, now),
            // A transport need not count.
            State::InFlight(awaited, _)
                if *awaited == ticket && response.body.len() as u64 > self.options.max_body =>
            {
                self.failed(ticket, Failure::TooLarge, now);
            }
            State::InFlight(awaited, token) if *awaited == ticket => {
                let token = token.take();
                self.answered(response, token, now);
            }
            _ => {}
        }
    }

    fn failed(&mut self, ticket: Ticket, failure: Failure, now: Now) {
        match &mut self.state {
            State::Renewing(token) => token.failed(ticket, failure, now),
            State::InFlight(awaited, _) if *awaited == ticket => {
                self.slot = None;
                let too_large;
                let (why, discreet, may_retry) = match &failure {
                    Failure::NotSent(why) => (why, "it was not sent", true),
                    Failure::NoAnswer(why) => {
                        self.lose();
                        (why, "it was sent, and nothing came back", self.operation.idempotent)
                    }
                    Failure::Refused(why) => (why, "the host refused it", false),
                    Failure::TooLarge => {
                        self.lose();
                        let most = self.options.max_body;
                        too_large =
                            format!("the answer is longer than {most} bytes, the most that is read of it");
                        (&too_large, too_large.as_str(), false)
                    }
                };
                // Transports like to name the URL, whole or in part; that of an upload is a secret.
                let error =
                    Error::transport(self.operation, if self.request.secret_url { discreet } else { why });
                if may_retry && self.tries < self.options.attempts {
                    self.retry(None, error, now);
                } else {
                    self.finish(Err((error, may_retry)));
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
            Err(error) => self.finish(Err((error.at(self.operation.name), false))),
        }
    }

    fn identified(&mut self, credential: Result<Credential>, now: Now) {
        let State::Identifying { lease, .. } = &self.state else { return };
        match credential {
            Ok(Credential { credentials, life }) => {
                lease.renewed(Known::of(&self.client, credentials), now.steady, life);
                // Dropping the lease lets others know.
                (self.state, self.fresh) = (State::Ready, true);
            }
            Err(error) => {
                let error = error.at(self.operation.name);
                lease.failed(&error);
                self.finish(Err((error, true)));
            }
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
