//! Everything that takes more than one round trip, a wait or a signature, as state machines without I/O.
//!
//! The rules of this file:
//! 1. Every state of a conversation, and every change from one to another, is here; playbooks are built on top of
//!    them (`playbook.rs`).
//! 2. Nothing here waits, sends, signs or looks at a clock. [`Conversation::step`] is told the time and says what is
//!    needed next; whoever drives it does that and comes back. The loop is the same in every language:
//!
//! ```text
//! loop {
//!     match conversation.step(now)? {
//!         Send(ticket, request) => start it; later received(ticket, response) or failed(ticket, failure)
//!         Sign(input)           => signed(RSASSA-PKCS1-v1_5 with SHA-256 of input.bytes)
//!         Wait(time)            => sleep, but no longer than until the next answer
//!         Receive               => wait for the next answer
//!         Page(page)            => hand out its items
//!         Done(reply) | End | Outcome(json) => finished
//!     }
//! }
//! ```
//!
//! Three conversations are built on one another:
//!
//! ```text
//! Call:  Ready ──► Signing ──► Ready to send ──► InFlight ──► Over
//!          │  ▲                      ▲              │
//!          ▼  │                      └── Waiting ◄──┘ (retry)
//!        Renewing (Token)
//! Token: a Call to the token endpoint, whose reply goes to the client's session
//! Pages: a queue of Calls, one a page, answered in any order and handed out in theirs
//! ```

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, SystemTime};

use crate::client::{Bearer, Client, Credentials, Options};
use crate::json::Value;
use crate::operation::{Accepts, Operation, Organization, Paging, Strategy, Style};
use crate::parameters::{Object, Parameters, quoted};
use crate::reply::{Reply, Response, parse, retry_after};
use crate::request::Request;
use crate::secret::Secret;
use crate::system_context::{self, SigningInput};
use crate::{Error, ErrorKind, Result};

/// Names one request of a conversation, so that its answer finds its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// What a conversation needs next.
#[derive(Debug)]
pub enum Step {
    /// Do this HTTP request; answer with [`Conversation::received`] or [`Conversation::failed`].
    Send(Ticket, Request),
    /// Sign these bytes; answer with [`Conversation::signed`].
    Sign(SigningInput),
    /// Ask again after this time, or when an answer has come.
    Wait(Duration),
    /// Ask again when an answer to a request in flight, or the signature, has come.
    Receive,
    /// A page of a list is ready.
    Page(Page),
    /// The call is finished.
    Done(Reply),
    /// The list has no more pages.
    End,
    /// The playbook is finished; its result is this JSON text.
    Outcome(String),
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It never reached JumpCloud (no connection, no host, no TLS): anything may be tried again.
    NotSent(String),
    /// It may have reached JumpCloud (connection lost, timeout): only what is idempotent may be tried again.
    NoAnswer(String),
    /// The host will not do it, now or later: the attachment is not as long as announced, a redirect leads elsewhere.
    Refused(String),
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The reply that holds it; its [`items`](Reply::items) are the page's.
    pub reply: Reply,
    /// How many items there were before this page.
    pub offset: u64,
    /// How many items the list has, when JumpCloud says.
    pub total: Option<u64>,
}

/// Something that is driven step by step.
pub trait Conversation {
    /// What is needed next, at the time `now`.
    ///
    /// # Errors
    /// The conversation's failure, which ends it.
    fn step(&mut self, now: SystemTime) -> Result<Step>;
    /// A response has come. One that is no longer awaited is ignored.
    fn received(&mut self, ticket: Ticket, response: Response);
    /// A request has failed without a response.
    fn failed(&mut self, ticket: Ticket, failure: Failure);
    /// The signature that [`Step::Sign`] asked for, or why there is none.
    fn signed(&mut self, signature: std::result::Result<Vec<u8>, String>);
}

impl Client {
    /// A call to an operation, to be driven by a transport.
    ///
    /// # Errors
    /// As [`Client::prepare`].
    pub fn call(&self, operation: &str, parameters: Parameters, options: Options) -> Result<Call> {
        Call::new(self, Operation::find(operation)?, &parameters, options)
    }

    /// All pages of a list, to be driven by a transport.
    ///
    /// # Errors
    /// As [`Client::prepare`], and when the operation is no list.
    pub fn pages(&self, operation: &str, parameters: Parameters, options: Options) -> Result<Pages> {
        Pages::new(self, Operation::find(operation)?, parameters, options)
    }
}

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
    number: u64,
    tries: u32,
    refreshed: bool,
    state: State,
}

enum State {
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

/// SplitMix64: spreads a seed over all bits.
fn scramble(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

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
    fn new(client: &Client, options: &Options, number: u64, renewal: u64) -> Result<Token> {
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

/// More pages than this are never in flight, whatever is asked for.
const MOST_IN_FLIGHT: usize = 64;

/// All pages of a list, in order, a few of them in flight at once.
///
/// A list ends when its stated total is reached or a page is empty; a page shorter than asked for ends it only when
/// JumpCloud states the operation's largest page, because services cut page sizes without a word. A total in a header
/// alone never ends it.
pub struct Pages {
    client: Client,
    operation: &'static Operation,
    paging: &'static Paging,
    parameters: Parameters,
    options: Options,
    /// The page size that is asked for; 0 where none can be.
    size: u64,
    /// Where the next page to hand out starts: JumpCloud's offset, the caller's own `skip` included.
    position: u64,
    /// How far apart pages are planned: the size of the pages that come.
    stride: u64,
    /// The token or cursor of the next page.
    cursor: Option<String>,
    in_flight: VecDeque<Fetch>,
    /// Requests whose pages are not wanted any more, but whose answers are still to come.
    abandoned: Vec<Ticket>,
    signing: Option<u64>,
    total: Option<u64>,
    body_total: bool,
    given: u64,
    pages: u64,
    /// Full pages in a row, which is how many pages may be fetched ahead when no total is known.
    confidence: usize,
    empty_pages: u32,
    /// The first and the last item of the page before: a page with the same ones is that page again.
    last_page: [Vec<u8>; 2],
    calls: u64,
    over: bool,
}

struct Fetch {
    position: u64,
    call: Call,
    outcome: Option<Result<Reply>>,
}

impl Pages {
    pub(crate) fn new(
        client: &Client,
        operation: &'static Operation,
        parameters: Parameters,
        options: Options,
    ) -> Result<Pages> {
        let spelled = parameters.spelled(operation.spellings()).map_err(|error| error.at(operation.name))?;
        let mut parameters = spelled.into_owned();
        let Some(paging) = &operation.paging else {
            return Err(Error::invalid("this operation is no list: call it instead").at(operation.name));
        };
        let given = |key: &str| -> Option<String> {
            let value = match paging.strategy {
                Strategy::BodySkip | Strategy::SearchAfter => {
                    Object::read(parameters.get("body")?).ok()?.get(key).map(str::to_owned)
                }
                _ => parameters.get(key).map(str::to_owned),
            };
            value.filter(|value| value != "null")
        };
        let number = |key: &str| match given(key) {
            Some(value) => value.trim_matches('"').parse::<u64>().map(Some).map_err(|_| {
                let message = format!("{key}: expected a whole number, got {value}");
                Error::invalid(message).parameter_named(key).at(operation.name)
            }),
            None => Ok(None),
        };
        // More than JumpCloud allows is no reason to fail: all items come anyway.
        let size = match number(paging.size)? {
            Some(size) if paging.maximum_known => size.min(paging.maximum),
            Some(size) => size,
            None => paging.maximum,
        };
        let size = if paging.size.is_empty() {
            0
        } else {
            options.limit.map_or(size, |limit| size.min(limit)).max(1)
        };
        let offset = matches!(paging.strategy, Strategy::Skip | Strategy::BodySkip);
        let position = match paging.strategy {
            Strategy::Skip | Strategy::BodySkip => number(paging.position)?,
            Strategy::SearchAfter => number("skip")?,
            Strategy::Single | Strategy::Token => None,
        };
        let position = position.unwrap_or(0);
        let cursor = (!offset).then(|| given(paging.position)).flatten();
        sort_stably(operation, paging, &mut parameters).map_err(|error| error.at(operation.name))?;
        let mut pages = Pages {
            client: client.clone(),
            operation,
            paging,
            parameters,
            size,
            position,
            stride: size.max(1),
            cursor,
            in_flight: VecDeque::new(),
            abandoned: Vec::new(),
            signing: None,
            total: None,
            body_total: false,
            given: 0,
            pages: 0,
            confidence: 0,
            empty_pages: 0,
            last_page: Default::default(),
            calls: 0,
            over: options.limit == Some(0),
            options,
        };
        // What is wrong with the request is said now, not at the first step.
        if !pages.over {
            pages.fetch(position)?;
        }
        Ok(pages)
    }

    /// How many items the list has, when JumpCloud says.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Starts the call for the page at `position`.
    fn fetch(&mut self, position: u64) -> Result<()> {
        let mut parameters = self.parameters.clone();
        let mut set = Vec::new();
        if self.size > 0 {
            set.push((self.paging.size, self.size.to_string()));
        }
        match self.paging.strategy {
            Strategy::Skip | Strategy::BodySkip
                if position > 0 || self.parameters.get(self.paging.position).is_some() =>
            {
                set.push((self.paging.position, position.to_string()));
            }
            Strategy::Token | Strategy::SearchAfter => match &self.cursor {
                Some(cursor) => set.push((self.paging.position, cursor.clone())),
                // Without its cursor (browsers hide the header) an Insights list goes on by offset.
                None if position > 0 => set.push(("skip", position.to_string())),
                None => {}
            },
            _ => {}
        }
        match self.paging.strategy {
            Strategy::BodySkip | Strategy::SearchAfter => {
                // With its cursor a list goes on by that alone.
                let dropped = (self.cursor.is_some() && self.given > 0).then_some("skip");
                parameters.set_in_body(set, dropped).map_err(|error| error.at(self.operation.name))?;
            }
            _ => set.into_iter().for_each(|(name, value)| parameters.set(name, value)),
        }
        self.calls += 1;
        let options =
            Options { seed: scramble(self.options.seed.wrapping_add(self.calls)), ..self.options.clone() };
        let mut call = Call::new(&self.client, self.operation, &parameters, options)?;
        call.number = self.calls;
        self.in_flight.push_back(Fetch { position, call, outcome: None });
        Ok(())
    }

    /// Starts as many further pages as may be in flight.
    fn plan(&mut self) -> Result<()> {
        let independent = matches!(self.paging.strategy, Strategy::Skip | Strategy::BodySkip);
        // A signature is asked for one request at a time.
        let alone = !independent || matches!(self.client.credentials, Credentials::SystemContext { .. });
        let ahead = match self.total {
            _ if alone => 1,
            Some(_) => self.options.concurrency.clamp(1, MOST_IN_FLIGHT),
            None => self.options.concurrency.clamp(1, self.confidence.clamp(1, MOST_IN_FLIGHT)),
        };
        // One slow page does not hold up those after it: as many again may wait for their turn, where a total says
        // that they exist.
        let kept = if self.total.is_some() { 2 * ahead } else { ahead };
        while self.unanswered() < ahead && self.in_flight.len() < kept {
            let next = match self.in_flight.back() {
                Some(last) => last.position.saturating_add(self.stride),
                None => self.position,
            };
            let beyond_limit =
                self.options.limit.is_some_and(|limit| next >= self.start().saturating_add(limit));
            let beyond_total = self.total.is_some_and(|total| next >= total);
            // The page that is next in order is always fetched: only it can show that the list is at its end.
            if !self.in_flight.is_empty() && (beyond_limit || beyond_total) {
                break;
            }
            self.fetch(next)?;
        }
        Ok(())
    }

    /// Requests that are on their way, or about to be.
    fn unanswered(&self) -> usize {
        let fetches = self.in_flight.iter().filter(|fetch| fetch.outcome.is_none());
        fetches.count() + self.abandoned.len()
    }

    /// Where the first page started.
    fn start(&self) -> u64 {
        self.position.saturating_sub(self.given)
    }

    /// Takes in the page that is next in order, and decides whether and where the list goes on.
    /// Nothing comes of an empty page that does not end the list.
    fn page(&mut self, position: u64, mut reply: Reply) -> Result<Option<Step>> {
        let Some(list) = &mut reply.list else {
            return Ok(Some(self.end()));
        };
        let count = list.items.len() as u64;
        self.pages += 1;
        self.body_total |= list.total.is_some();
        self.total = list.total.or(list.header_total).or(self.total);
        let cursor = list.cursor.clone();
        let ends = [list.items.first(), list.items.last()]
            .map(|span| span.and_then(|span| reply.body.get(span.clone())).unwrap_or_default().to_vec());
        let same = count > 0 && ends == self.last_page;
        self.last_page = ends;
        let next = position.saturating_add(count);
        let short = self.size > 0 && count < self.size;
        self.over = match self.paging.strategy {
            Strategy::Single => true,
            Strategy::Skip | Strategy::BodySkip => {
                if same && count != self.size {
                    // The service takes no notice of paging and had sent everything with the first page.
                    return Ok(Some(self.end()));
                }
                if same {
                    return Err(self.stuck("the same page"));
                }
                let more_announced = self.total.is_some_and(|total| next < total);
                count == 0
                    || (self.body_total && !more_announced)
                    || (short
                        && self.paging.maximum_known
                        && self.size <= self.paging.maximum
                        && !more_announced)
            }
            Strategy::Token => {
                let cursor = cursor.as_deref().map(quoted);
                let repeated = cursor.is_some() && cursor == self.cursor;
                if repeated && !short && count > 0 {
                    return Err(self.stuck("the same page token"));
                }
                // A page may be empty and yet name a next one; a chain of such pages is no list.
                self.empty_pages = if count == 0 { self.empty_pages + 1 } else { 0 };
                if self.empty_pages > 3 && cursor.is_some() {
                    return Err(self.stuck("an empty page"));
                }
                self.cursor = cursor;
                self.cursor.is_none() || repeated
            }
            Strategy::SearchAfter => {
                // JumpCloud states that a page shorter than its limit is the last; the cursor is there even then.
                // Where neither the reply nor the table says what the limit is, only an empty page is.
                let said = reply.page_size();
                let limit = said.unwrap_or(self.size);
                let known = said.is_some() || self.paging.maximum_known;
                let last = count == 0 || (known && count < limit);
                if !last && (same || (cursor.is_some() && cursor == self.cursor)) {
                    return Err(self.stuck("the same page"));
                }
                self.cursor = cursor;
                last
            }
        };
        if self.pages >= self.options.max_pages && !self.over {
            return Err(Error::new(
                ErrorKind::Decode,
                format!("the list did not end after {} pages", self.pages),
            )
            .at(self.operation.name));
        }
        self.confidence = if short { 1 } else { self.confidence + 1 };
        self.position = next;
        if count > 0 {
            self.stride = count;
        }
        if self.in_flight.front().is_some_and(|fetch| fetch.position != next) {
            // The pages that come are not as long as planned: what was fetched ahead would miss or double items.
            self.abandon();
            self.confidence = 1;
        }
        Ok(self.hand_out(reply, count))
    }

    fn hand_out(&mut self, mut reply: Reply, count: u64) -> Option<Step> {
        let offset = self.given;
        self.given += count;
        if let (Some(limit), Some(list)) = (self.options.limit, &mut reply.list)
            && self.given >= limit
        {
            list.items.truncate(limit.saturating_sub(offset) as usize);
            self.over = true;
        }
        if self.over {
            self.in_flight.clear();
        }
        if count == 0 {
            return self.over.then(|| self.end());
        }
        Some(Step::Page(Page { reply, offset, total: self.total }))
    }

    fn abandon(&mut self) {
        let awaited = self.in_flight.drain(..).filter_map(|fetch| match fetch.call.state {
            State::InFlight(ticket, _) => Some(ticket),
            _ => None,
        });
        self.abandoned.extend(awaited);
    }

    fn end(&mut self) -> Step {
        self.over = true;
        self.in_flight.clear();
        Step::End
    }

    fn stuck(&mut self, what: &str) -> Error {
        self.over = true;
        let message = format!(
            "JumpCloud sent {what} again after {} items: the list cannot be read to its end",
            self.given
        );
        Error::new(ErrorKind::Decode, message).at(self.operation.name)
    }
}

/// JumpCloud asks to sort by a unique field when paging by offset, else items may be missed or doubled.
fn sort_stably(operation: &Operation, paging: &Paging, parameters: &mut Parameters) -> Result<()> {
    let field = paging.sort;
    if field.is_empty() {
        return Ok(());
    }
    if paging.strategy == Strategy::BodySkip {
        let body = parameters.get("body").and_then(|body| Object::read(body).ok()).unwrap_or_default();
        return match body.get("sort") {
            Some(_) => Ok(()),
            None => parameters.set_in_body(vec![("sort", quoted(field))], None),
        };
    }
    let given = parameters.get("sort").and_then(|sort| Value::read(sort).ok());
    let mut fields: Vec<String> = match given {
        Some(Value::String(text)) => {
            text.split(' ').filter(|field| !field.is_empty()).map(str::to_owned).collect()
        }
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::Null) | None => Vec::new(),
        // Not a sort: the request says so when it is built.
        Some(_) => return Ok(()),
    };
    if !fields.iter().any(|known| known.trim_start_matches('-') == field) {
        fields.push(field.to_owned());
    }
    let style = operation.parameter("sort").map(|parameter| parameter.style);
    let value = match style {
        Some(Style::Single) => Value::String(fields.join(" ")),
        _ => Value::Array(fields.into_iter().map(Value::String).collect()),
    };
    parameters.set("sort", value.to_string());
    Ok(())
}

impl Conversation for Pages {
    fn step(&mut self, now: SystemTime) -> Result<Step> {
        loop {
            if self.over {
                return Ok(self.end());
            }
            if let Some(outcome) = self.in_flight.front_mut().and_then(|fetch| fetch.outcome.take()) {
                let position = self.in_flight.pop_front().map_or(self.position, |fetch| fetch.position);
                let step = outcome.and_then(|reply| self.page(position, reply));
                match step {
                    Ok(Some(step)) => return Ok(step),
                    Ok(None) => continue,
                    Err(error) => {
                        self.end();
                        return Err(error);
                    }
                }
            }
            self.plan()?;
            let mut wait = None;
            let mut settled = false;
            for fetch in self.in_flight.iter_mut().filter(|fetch| fetch.outcome.is_none()) {
                match fetch.call.step(now) {
                    Ok(Step::Wait(time)) => wait = Some(wait.map_or(time, |known: Duration| known.min(time))),
                    Ok(Step::Receive) => {}
                    Ok(Step::Done(reply)) => {
                        fetch.outcome = Some(Ok(reply));
                        settled = true;
                    }
                    Err(error) => {
                        fetch.outcome = Some(Err(error));
                        settled = true;
                    }
                    Ok(step) => {
                        if matches!(step, Step::Sign(_)) {
                            self.signing = Some(fetch.call.number);
                        }
                        return Ok(step);
                    }
                }
            }
            if !settled {
                return Ok(wait.map_or(Step::Receive, Step::Wait));
            }
        }
    }

    fn received(&mut self, ticket: Ticket, response: Response) {
        if let Some(fetch) = self.in_flight.iter_mut().find(|fetch| fetch.call.owns(ticket)) {
            fetch.call.received(ticket, response);
        }
        self.abandoned.retain(|abandoned| *abandoned != ticket);
    }

    fn failed(&mut self, ticket: Ticket, failure: Failure) {
        if let Some(fetch) = self.in_flight.iter_mut().find(|fetch| fetch.call.owns(ticket)) {
            fetch.call.failed(ticket, failure);
        }
        self.abandoned.retain(|abandoned| *abandoned != ticket);
    }

    fn signed(&mut self, signature: std::result::Result<Vec<u8>, String>) {
        let number = self.signing.take();
        if let Some(fetch) = self.in_flight.iter_mut().find(|fetch| Some(fetch.call.number) == number) {
            fetch.call.signed(signature);
        }
    }
}

impl Call {
    /// Whether a ticket is one of this call's, or of the token call it makes.
    fn owns(&self, ticket: Ticket) -> bool {
        (ticket.0 >> 8) & !(1 << 40) == self.number
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Pages({}, {} items given, {} in flight)",
            self.operation.name,
            self.given,
            self.in_flight.len()
        )
    }
}
