//! The conversations, driven by Swift step by step.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::conversation::{AnyConversation, Credential, Given, alike};
use jumpcloud_core::reply::Content;
use jumpcloud_core::{Conversation, Now, Reply, Response, Step, Ticket};
use serde_json::value::RawValue;

use crate::Result;
use crate::request::{CoreHeader, CoreRequest, headers};

/// A call, a list or a playbook on its way.
#[derive(uniffi::Object)]
pub struct CoreConversation(Mutex<AnyConversation>);

/// What a conversation needs next; see [`Step`].
#[derive(Debug, uniffi::Enum)]
pub enum CoreStep {
    /// Do this request.
    Send {
        /// Names it.
        ticket: u64,
        /// The request.
        request: CoreRequest,
    },
    /// Sign these bytes.
    Sign {
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Ask the function that says who calls.
    Identify,
    /// Ask again after this time, or when an answer has come.
    Wait {
        /// How long.
        milliseconds: u64,
    },
    /// Ask again when an answer has come to any conversation of this client, at the latest after this time.
    Hold {
        /// How long.
        milliseconds: u64,
    },
    /// Ask again when an answer has come.
    Receive,
    /// A page of a list.
    Page {
        /// The reply it came in.
        reply: Arc<CoreReply>,
        /// How many items there were before.
        offset: u64,
        /// How many items there are in all, when JumpCloud says.
        total: Option<u64>,
    },
    /// The call is finished.
    Done {
        /// Its reply.
        reply: Arc<CoreReply>,
    },
    /// The list is at its end.
    End,
    /// The playbook is finished.
    Outcome {
        /// Its result.
        json: String,
    },
}

/// The time, in milliseconds; see [`Now`].
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct CoreTime {
    /// Since 1970.
    pub wall: u64,
    /// On a clock that nobody sets.
    pub steady: u64,
}

impl From<CoreTime> for Now {
    fn from(time: CoreTime) -> Now {
        let wall = UNIX_EPOCH.checked_add(Duration::from_millis(time.wall)).unwrap_or(UNIX_EPOCH);
        Now { wall, steady: Duration::from_millis(time.steady) }
    }
}

/// A fraction of a millisecond counts as a whole one: to ask too early would only mean to wait once more.
fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)
}

/// Why a request has no answer; see [`jumpcloud_core::Failure`].
#[derive(Debug, uniffi::Enum)]
pub enum Failure {
    /// It never reached JumpCloud.
    NotSent,
    /// It may have reached JumpCloud.
    NoAnswer,
    /// It will not be sent, now or later.
    Refused,
    /// More of the answer has come than is wanted.
    TooLarge,
}

impl CoreConversation {
    pub(crate) fn new<C>(conversation: C) -> Arc<CoreConversation>
    where
        C: Conversation<Gives: Into<Given>> + Send + 'static,
    {
        Arc::new(CoreConversation(Mutex::new(alike(conversation))))
    }

    fn lock(&self) -> MutexGuard<'_, AnyConversation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[uniffi::export]
impl CoreConversation {
    /// What is needed next, at this time.
    ///
    /// # Errors
    /// The conversation's failure, which ends it.
    pub fn step(&self, now: CoreTime) -> Result<CoreStep> {
        Ok(match self.lock().step(now.into())? {
            Step::Send(ticket, request) => CoreStep::Send { ticket: ticket.0, request: request.into() },
            Step::Sign(input) => CoreStep::Sign { bytes: input.bytes },
            Step::Identify => CoreStep::Identify,
            Step::Wait(time) => CoreStep::Wait { milliseconds: milliseconds(time) },
            Step::Hold(time) => CoreStep::Hold { milliseconds: milliseconds(time) },
            Step::Receive => CoreStep::Receive,
            Step::Give(Given::Page(page)) => CoreStep::Page {
                reply: Arc::new(CoreReply(page.reply)),
                offset: page.offset,
                total: page.total,
            },
            Step::Give(Given::Reply(reply)) => CoreStep::Done { reply: Arc::new(CoreReply(reply)) },
            Step::Give(Given::End) => CoreStep::End,
            Step::Give(Given::Outcome(json)) => CoreStep::Outcome { json },
        })
    }

    /// A response has come.
    pub fn received(&self, ticket: u64, status: u16, headers: Vec<CoreHeader>, body: &[u8], now: CoreTime) {
        let headers = headers.into_iter().map(|header| (header.name, header.value)).collect();
        self.lock().received(Ticket(ticket), Response { status, headers, body: body.to_vec() }, now.into());
    }

    /// A request has failed without a response.
    pub fn failed(&self, ticket: u64, failure: Failure, why: String, now: CoreTime) {
        let failure = match failure {
            Failure::NotSent => jumpcloud_core::Failure::NotSent(why),
            Failure::NoAnswer => jumpcloud_core::Failure::NoAnswer(why),
            Failure::Refused => jumpcloud_core::Failure::Refused(why),
            Failure::TooLarge => jumpcloud_core::Failure::TooLarge,
        };
        self.lock().failed(Ticket(ticket), failure, now.into());
    }

    /// The signature that was asked for.
    pub fn signed(&self, signature: Vec<u8>) {
        self.lock().signed(Ok(signature));
    }

    /// Where a list stands when so many items of the page that was handed out last are taken.
    pub fn position(&self, taken: u64) -> Option<String> {
        let taken = usize::try_from(taken).unwrap_or(usize::MAX);
        self.lock().stands(taken).map(|position| position.to_string())
    }

    /// What the function said of who calls, as JSON; nothing when it failed.
    pub fn identified(&self, json: Option<String>, now: CoreTime) {
        let credential = json.map_or_else(|| Err(Credential::missing()), |json| Credential::from_json(&json));
        self.lock().identified(credential, now.into());
    }

    /// There is no signature.
    pub fn not_signed(&self, why: String) {
        self.lock().signed(Err(why));
    }
}

impl fmt::Debug for CoreConversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CoreConversation")
    }
}

/// A reply, kept here while Swift reads it.
#[derive(Debug, uniffi::Object)]
pub struct CoreReply(Reply);

/// What a reply's body is; see [`Content`].
#[derive(Debug, uniffi::Enum)]
pub enum CoreContent {
    /// A JSON value.
    Json,
    /// Anything else.
    Bytes,
    /// Nothing.
    Empty,
}

#[uniffi::export]
impl CoreReply {
    /// The operation's dotted name.
    pub fn operation(&self) -> String {
        self.0.operation.name.to_owned()
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The headers.
    pub fn headers(&self) -> Vec<CoreHeader> {
        headers(&self.0.headers)
    }

    /// The body's media type.
    pub fn media_type(&self) -> Option<String> {
        self.0.media_type().map(str::to_owned)
    }

    /// What the body is.
    pub fn content(&self) -> CoreContent {
        match self.0.content {
            Content::Json => CoreContent::Json,
            Content::Text | Content::Bytes => CoreContent::Bytes,
            Content::Empty => CoreContent::Empty,
        }
    }

    /// Where the body is in memory. It stays there, unchanged, as long as this object is held.
    pub fn address(&self) -> u64 {
        self.0.body.as_ptr() as u64
    }

    /// How long the body is.
    pub fn length(&self) -> u64 {
        self.0.body.len() as u64
    }

    /// Where the items are in the body: start and end, start and end, …
    pub fn bounds(&self) -> Vec<u64> {
        let items = self.0.list.iter().flat_map(|list| &list.items);
        items.flat_map(|item| [item.start as u64, item.end as u64]).collect()
    }
}

/// Whether bytes are JSON, each of them. Of a page the core looks only at what it needs, and Foundation's decoder lets
/// pass what is none: a comma before a bracket, any number that nobody asks for.
#[uniffi::export]
pub fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<&RawValue>(bytes).is_ok()
}
