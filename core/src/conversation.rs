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
//!         Send(ticket, request) => start it; later received(ticket, response, now) or failed(ticket, failure, now)
//!         Sign(input)           => signed(RSASSA-PKCS1-v1_5 with SHA-256 of input.bytes)
//!         Identify              => identified(what the host's function says of who calls, now)
//!         Wait(time)            => sleep, but no longer than until the next answer
//!         Hold(time)            => the same, but no longer than until an answer comes to any conversation of the client; the
//!                                  first of those that hold is asked then, and the next one when it holds no longer
//!         Receive               => wait for the next answer
//!         Give(what)            => what the conversation is for: a reply, a page or the end, an outcome
//!     }
//! }
//! ```
//!
//! 3. There are two clocks ([`Now`]). The wall clock, which people set, dates signatures and is compared with dates that
//!    JumpCloud sends. Everything that is waited for is counted on the other one, which only goes forward: waits,
//!    deadlines, the life of a token.
//!
//! Three conversations are built on one another:
//!
//! ```text
//! Call:  Ready ──► Signing ──► Ready to send ──► InFlight ──► Over
//!          │  ▲                      ▲              │
//!          ▼  │                      └── Waiting ◄──┘ (retry)
//!        Identifying, Renewing (Token)
//! Token: a Call to the token endpoint, whose reply goes to the client's session
//! Pages: Calls, one a page, answered in any order; a course (`walk.rs`, `counted.rs`, `cursor.rs`) says which page is
//!        needed next, what of it is handed out, and when the list is at its end (`verdict.rs` is the decision)
//! ```

mod call;
mod counted;
mod course;
mod credential;
mod cursor;
mod pace;
mod pages;
mod parameters;
mod position;
mod seen;
mod session;
mod standing;
mod token;
mod verdict;
mod walk;
mod window;

use std::time::{Duration, SystemTime};

use crate::client::{Client, Options};
use crate::operation::Operation;
use crate::parameters::Parameters;
use crate::reply::{Reply, Response};
use crate::request::Request;
use crate::system_context::SigningInput;
use crate::{Error, Result};

pub use call::Call;
pub use credential::Credential;
pub(crate) use credential::Known;
pub(crate) use pace::Pace;
pub use pages::Pages;
pub use position::Position;
pub(crate) use seen::Identity;
pub(crate) use session::Session;
#[cfg(not(feature = "composer"))]
pub(crate) use standing::provide as provide_positions;
pub use token::Token;

/// Names one request of a conversation, so that its answer finds its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// The time, on both clocks that a conversation needs.
///
/// ```
/// use std::time::{Duration, Instant, SystemTime};
/// use jumpcloud_core::Now;
///
/// let begun = Instant::now();
/// let now = || Now { wall: SystemTime::now(), steady: begun.elapsed() };
/// assert!(now().steady < Duration::from_secs(60));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The time of day. It may be set forward and back at any time.
    pub wall: SystemTime,
    /// How long it is since some moment, the same for all conversations of a client, on a clock that nobody can set.
    pub steady: Duration,
}

/// What a conversation needs next, or gives.
#[derive(Debug)]
pub enum Step<T> {
    /// Do this HTTP request; answer with [`Conversation::received`] or [`Conversation::failed`].
    Send(Ticket, Request),
    /// Sign these bytes; answer with [`Conversation::signed`].
    Sign(SigningInput),
    /// Ask the function that says who calls ([`Credentials::Function`](crate::Credentials)); answer with
    /// [`Conversation::identified`]. The next step says how long to wait for it.
    Identify,
    /// Ask again after this time, or when an answer has come.
    Wait(Duration),
    /// Another conversation of this client has what this one needs: it gets a token, or asks who calls, or has the last of the
    /// requests in flight. Ask again when any conversation of the client has had an answer (of JumpCloud or of the host) or is
    /// dropped, at the latest after this time. Of several that hold, the one that began first is asked; when it holds no longer,
    /// the next one: to ask all of them at each answer takes a time that grows with their square.
    Hold(Duration),
    /// Ask again when an answer to a request in flight, or the signature, has come.
    Receive,
    /// What the conversation is for.
    Give(T),
}

impl<T> Step<T> {
    /// The same need of a conversation that gives something else, or what it gives.
    pub(crate) fn split<U>(self) -> std::result::Result<Step<U>, T> {
        Ok(match self {
            Step::Send(ticket, request) => Step::Send(ticket, request),
            Step::Sign(input) => Step::Sign(input),
            Step::Identify => Step::Identify,
            Step::Wait(time) => Step::Wait(time),
            Step::Hold(time) => Step::Hold(time),
            Step::Receive => Step::Receive,
            Step::Give(given) => return Err(given),
        })
    }
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
    /// More has come than [`Request::max_body`](crate::Request::max_body) allows; it would the next time, too.
    TooLarge,
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
    /// What it gives: a call its [`Reply`], a list its [`Page`]s and then `None`, a playbook what it [tells](crate::playbook::Told).
    type Gives;

    /// What is needed next, or what there is.
    ///
    /// # Errors
    /// The conversation's failure, which ends it. Whoever asks on then is told so by an error too, as after the reply of a call
    /// and the outcome of a playbook; a list that is at its end gives `None` again.
    fn step(&mut self, now: Now) -> Result<Step<Self::Gives>>;
    /// A response has come. One that is no longer awaited is ignored.
    ///
    /// It should be told at once, also while nobody asks for the next step: other conversations of the client may hold for it.
    fn received(&mut self, ticket: Ticket, response: Response, now: Now);
    /// A request has failed without a response.
    fn failed(&mut self, ticket: Ticket, failure: Failure, now: Now);
    /// The signature that [`Step::Sign`] asked for, or why there is none.
    fn signed(&mut self, signature: std::result::Result<Vec<u8>, String>);
    /// Who calls, which [`Step::Identify`] asked for, or why nobody says so ([`Credential::missing`]).
    fn identified(&mut self, credential: Result<Credential>, now: Now);
    /// Of a list: where it stands when so many items of the page that was handed out last are taken.
    fn stands(&self, taken: usize) -> Option<Position> {
        let _ = taken;
        None
    }
}

/// What a conversation of any kind gives: for hosts that drive all of them alike ([`alike`]).
#[derive(Debug)]
pub enum Given {
    /// A call is finished.
    Reply(Reply),
    /// A page of a list is ready: items that were not handed out before.
    Page(Page),
    /// A list has no more pages.
    End,
    /// A playbook is finished; its result is this JSON text.
    Outcome(String),
}

impl From<Reply> for Given {
    fn from(reply: Reply) -> Given {
        Given::Reply(reply)
    }
}

impl From<Option<Page>> for Given {
    fn from(page: Option<Page>) -> Given {
        page.map_or(Given::End, Given::Page)
    }
}

/// A conversation of any kind, as [`alike`] makes it.
pub type AnyConversation = Box<dyn Conversation<Gives = Given> + Send>;

/// Makes conversations of all kinds alike, for hosts that drive any of them by the same code.
///
/// ```
/// use jumpcloud_core::conversation::{AnyConversation, alike};
/// use jumpcloud_core::{Client, Credentials, Options, Parameters};
///
/// let client = Client::new(Credentials::api_key("secret"));
/// let users = client.pages("v1.systemUsers.list", Parameters::new(), Options::default())?;
/// let groups = client.call("v2.userGroups.list", Parameters::new(), Options::default())?;
/// let both: [AnyConversation; 2] = [alike(users), alike(groups)];
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn alike<C>(conversation: C) -> AnyConversation
where
    C: Conversation<Gives: Into<Given>> + Send + 'static,
{
    Box::new(Alike(conversation))
}

struct Alike<C>(C);

impl<C: Conversation<Gives: Into<Given>>> Conversation for Alike<C> {
    type Gives = Given;

    fn step(&mut self, now: Now) -> Result<Step<Given>> {
        Ok(self.0.step(now)?.split().unwrap_or_else(|given| Step::Give(given.into())))
    }

    fn received(&mut self, ticket: Ticket, response: Response, now: Now) {
        self.0.received(ticket, response, now);
    }

    fn failed(&mut self, ticket: Ticket, failure: Failure, now: Now) {
        self.0.failed(ticket, failure, now);
    }

    fn signed(&mut self, signature: std::result::Result<Vec<u8>, String>) {
        self.0.signed(signature);
    }

    fn identified(&mut self, credential: Result<Credential>, now: Now) {
        self.0.identified(credential, now);
    }

    fn stands(&self, taken: usize) -> Option<Position> {
        self.0.stands(taken)
    }
}

/// What several conversations wait for together.
#[derive(Default)]
pub(crate) struct Rest {
    wait: Option<Duration>,
    holds: bool,
}

impl Rest {
    /// Adds what one of them needs; gives it back when it is more than a wait.
    pub(crate) fn add<T>(&mut self, need: Step<T>) -> Option<Step<T>> {
        match need {
            Step::Receive => return None,
            Step::Wait(time) => self.wait = Some(self.wait.map_or(time, |known| known.min(time))),
            Step::Hold(time) => {
                self.wait = Some(self.wait.map_or(time, |known| known.min(time)));
                self.holds = true;
            }
            need => return Some(need),
        }
        None
    }

    /// The wait that serves all of them.
    pub(crate) fn step<T>(&self) -> Step<T> {
        match self.wait {
            Some(time) if self.holds => Step::Hold(time),
            Some(time) => Step::Wait(time),
            None => Step::Receive,
        }
    }
}

/// Why a step after the last one gives nothing.
pub(crate) fn over() -> Error {
    Error::invalid("this conversation has come to its end: begin another one")
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

/// SplitMix64: spreads a seed over all bits.
pub(crate) fn scramble(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
