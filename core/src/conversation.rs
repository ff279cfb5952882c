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
//! Pages: Calls, one a page, answered in any order; a course (`walk.rs`, `counted.rs`, `cursor.rs`) says which page is
//!        needed next, what of it is handed out, and when the list is at its end (`verdict.rs` is the decision)
//! ```

mod call;
mod counted;
mod course;
mod cursor;
mod pages;
mod seen;
mod token;
mod verdict;
mod walk;

use std::time::{Duration, SystemTime};

use crate::Result;
use crate::client::{Client, Options};
use crate::operation::Operation;
use crate::parameters::Parameters;
use crate::reply::{Reply, Response};
use crate::request::Request;
use crate::system_context::SigningInput;

pub use call::Call;
pub use pages::Pages;
pub(crate) use seen::Identity;
pub use token::Token;

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
    /// A page of a list is ready: items that were not handed out before.
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

/// SplitMix64: spreads a seed over all bits.
pub(crate) fn scramble(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
