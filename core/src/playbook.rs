//! Playbooks: what people script most, each a conversation of several calls with one result.
//!
//! A playbook is called by its dotted name with parameters, like an operation, and driven by the same loop; it ends
//! with [`Told::Outcome`]. [`playbooks`] describes them all; the feature `playbooks` has types for what they give
//! (`typed::models::UserStateResult`, …), which serde reads from the outcome.
//!
//! How they are made: a playbook is an `async` function that reads like its description (`playbook/enrich.rs`, …). The
//! compiler makes the state machine of it; nothing waits in it and no executor runs it. Whatever it awaits it asks of
//! its `Talk`: calls, lists, a wait. [`Playbook`] polls it whenever the answers to that are there, and makes them
//! out of [`Call`](crate::Call)s and [`Pages`](crate::Pages), which know retries, tokens, signatures and paging.
//!
//! ```text
//! Script ──asks──► Asking (Calls, Pages) ──answers──► Script … ──► Over
//!    └────asks───► Waiting ──────────────────────────────┘
//! ```

mod commands;
mod connection;
mod enrich;
mod find;
mod own_system;
mod policies;
mod table;
mod talk;

use std::collections::VecDeque;
use std::fmt;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::client::{Client, Credentials, Options};
use crate::conversation::{
    AnyConversation, Conversation, Credential, Failure, Given, Now, Rest, Step, Ticket, over,
};
use crate::json::Value;
use crate::parameters::Parameters;
use crate::reply::{Reply, Response};
use crate::{Error, Result};

pub(crate) use table::describe;
#[cfg(feature = "reply-schemas")]
pub use table::drift;
pub use table::playbooks;
use table::{Definition, Script};
use talk::{Talk, Wish};

impl Client {
    /// A playbook, to be driven by a transport. [`playbooks`] says which there are and what they take.
    ///
    /// Of the options `limit` has no meaning here; `concurrency` says how many requests are in flight where
    /// several do not depend on each other.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use jumpcloud_core::playbook::Told;
    /// use jumpcloud_core::{Client, Conversation, Credentials, Now, Options, Parameters, Response, Step};
    ///
    /// let client = Client::new(Credentials::api_key("secret"));
    /// let lost = Parameters::new().with("system", "5f1b2c3d4e5f60718293a4b5").with("dryRun", true);
    /// let mut playbook = client.playbook("systems.lock", lost, Options::default())?;
    /// let now = Now { wall: SystemTime::now(), steady: Duration::ZERO };
    /// let Step::Send(ticket, _) = playbook.step(now)? else { panic!() };
    /// let body = br#"{"_id":"5f1b2c3d4e5f60718293a4b5","hostname":"mac-17"}"#;
    /// playbook.received(ticket, Response { status: 200, headers: vec![], body: body.to_vec() }, now);
    /// let Step::Give(Told::Outcome(json)) = playbook.step(now)? else { panic!() };
    /// assert!(json.contains("POST https://console.jumpcloud.com/api/systems/5f1b2c3d4e5f60718293a4b5/command/builtin/lock"));
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind) for a name that there is not, and for parameters that are
    /// unknown, missing or wrong.
    pub fn playbook(&self, name: &str, parameters: Parameters, options: Options) -> Result<Playbook> {
        let definition = Definition::find(name)?;
        let given = definition.read(&parameters).map_err(|error| error.at(definition.name))?;
        // A signature is asked for one request at a time.
        let alone = matches!(self.credentials, Credentials::SystemContext { .. });
        let width = if alone { 1 } else { options.concurrency.clamp(1, 64) };
        let talk = Talk::new(self, options, given);
        Ok(Playbook {
            definition,
            script: (definition.script)(talk.clone()),
            talk,
            width,
            tickets: 0,
            awaited: Vec::new(),
            signing: None,
            state: State::Script,
        })
    }
}

/// Several calls to one end; made by [`Client::playbook`].
pub struct Playbook {
    definition: &'static Definition,
    script: Script,
    talk: Talk,
    /// How many of the conversations that do not depend on each other go on at once.
    width: usize,
    tickets: u64,
    /// Our tickets of the requests in flight, whose they are, and what they are called there: the conversations
    /// inside number theirs each from the start.
    awaited: Vec<(Ticket, usize, Ticket)>,
    /// Which conversation has a signature coming.
    signing: Option<usize>,
    state: State,
}

enum State {
    /// The script comes next.
    Script,
    /// The script waits for these; of those that are not finished the places, in order.
    Asking(Vec<Task>, VecDeque<usize>),
    /// The script waits for this time to pass.
    Waiting { until: Duration },
    /// The outcome is handed out.
    Over,
}

/// What a playbook gives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told {
    /// It is finished; its result is this JSON text.
    Outcome(String),
}

impl From<Told> for Given {
    fn from(told: Told) -> Given {
        let Told::Outcome(json) = told;
        Given::Outcome(json)
    }
}

/// A conversation inside the playbook.
struct Task {
    conversation: Option<AnyConversation>,
    items: Vec<Value>,
    outcome: Option<Result<Value>>,
}

impl Task {
    fn new(begun: Result<AnyConversation>) -> Task {
        match begun {
            Ok(conversation) => Task { conversation: Some(conversation), items: Vec::new(), outcome: None },
            Err(error) => Task { conversation: None, items: Vec::new(), outcome: Some(Err(error)) },
        }
    }

    /// Goes on until something is needed that only the host can do, or it is finished.
    fn step(&mut self, now: Now) -> Option<Step<Told>> {
        let conversation = self.conversation.as_mut()?;
        let outcome = loop {
            match conversation.step(now).map(Step::split) {
                Ok(Ok(need)) => return Some(need),
                Ok(Err(Given::Page(page))) => match items(&page.reply) {
                    Ok(items) => self.items.extend(items),
                    Err(error) => break Err(error),
                },
                Ok(Err(Given::Reply(reply))) => break value(&reply),
                Ok(Err(_)) => break Ok(Value::Array(std::mem::take(&mut self.items))),
                Err(error) => break Err(error),
            }
        };
        self.conversation = None;
        self.outcome = Some(outcome);
        None
    }
}

/// The body of a reply; JumpCloud answers some calls with nothing or with a word, which is null here.
fn value(reply: &Reply) -> Result<Value> {
    if reply.content != crate::reply::Content::Json {
        return Ok(Value::Null);
    }
    read(reply, &reply.body)
}

fn items(reply: &Reply) -> Result<Vec<Value>> {
    reply.items().map(|item| read(reply, item)).collect()
}

fn read(reply: &Reply, json: &[u8]) -> Result<Value> {
    let text = std::str::from_utf8(json).map_err(|error| Error::undecodable(reply, &error.to_string()))?;
    Value::read(text).map_err(|fault| Error::undecodable(reply, &fault.to_string()))
}

impl Playbook {
    /// Lets the script go on with the answers it has; an outcome when it has come to its end.
    fn poll(&mut self, now: Now) -> Option<Result<Value>> {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(outcome) = self.script.as_mut().poll(&mut context) {
            self.state = State::Over;
            return Some(outcome);
        }
        self.state = match self.talk.wish() {
            Some(Wish::Answers(begun)) => {
                let tasks: Vec<Task> = begun.into_iter().map(Task::new).collect();
                let pending = (0..tasks.len()).collect();
                State::Asking(tasks, pending)
            }
            Some(Wish::Wait(wait)) => State::Waiting { until: now.steady.saturating_add(wait) },
            // A script awaits nothing but its talk; if it did, it would never go on.
            None => State::Over,
        };
        None
    }

    /// Steps the conversations that the script waits for; nothing when all are at their end.
    fn ask(&mut self, now: Now) -> Option<Step<Told>> {
        let State::Asking(tasks, pending) = &mut self.state else { return None };
        let (mut rest, mut going) = (Rest::default(), 0);
        while let Some(index) = pending.get(going).copied().filter(|_| going < self.width) {
            let Some(task) = tasks.get_mut(index) else { break };
            match task.step(now).and_then(|need| rest.add(need)) {
                Some(Step::Send(ticket, request)) => {
                    self.tickets += 1;
                    let ours = Ticket(self.tickets);
                    self.awaited.push((ours, index, ticket));
                    return Some(Step::Send(ours, request));
                }
                Some(step) => {
                    if matches!(step, Step::Sign(_)) {
                        self.signing = Some(index);
                    }
                    return Some(step);
                }
                None if task.outcome.is_none() => going += 1,
                None => drop(pending.remove(going)),
            }
        }
        (going > 0).then(|| rest.step())
    }

    /// The conversation that a ticket belongs to, and its own ticket. Answers that nobody waits for have none.
    fn answered(&mut self, ticket: Ticket) -> Option<(&mut AnyConversation, Ticket)> {
        let place = self.awaited.iter().position(|(ours, ..)| *ours == ticket)?;
        let (_, index, theirs) = self.awaited.swap_remove(place);
        Some((self.inner(index)?, theirs))
    }

    fn inner(&mut self, index: usize) -> Option<&mut AnyConversation> {
        let State::Asking(tasks, _) = &mut self.state else { return None };
        tasks.get_mut(index)?.conversation.as_mut()
    }
}

impl Conversation for Playbook {
    type Gives = Told;

    fn step(&mut self, now: Now) -> Result<Step<Told>> {
        self.talk.set_now(now.steady);
        loop {
            match &mut self.state {
                State::Script => {
                    if let Some(outcome) = self.poll(now) {
                        let outcome = outcome.map_err(|error| error.at(self.definition.name))?;
                        return Ok(Step::Give(Told::Outcome(outcome.to_string())));
                    }
                }
                State::Asking(..) => {
                    if let Some(step) = self.ask(now) {
                        return Ok(step);
                    }
                    if let State::Asking(tasks, _) = std::mem::replace(&mut self.state, State::Script) {
                        self.awaited.clear();
                        self.talk.answer(tasks.into_iter().filter_map(|task| task.outcome).collect());
                    }
                }
                State::Waiting { until } => {
                    match until.checked_sub(now.steady).filter(|left| !left.is_zero()) {
                        Some(left) => return Ok(Step::Wait(left)),
                        None => {
                            self.state = State::Script;
                            self.talk.answer(Vec::new());
                        }
                    }
                }
                State::Over => return Err(over().at(self.definition.name)),
            }
        }
    }

    fn received(&mut self, ticket: Ticket, response: Response, now: Now) {
        if let Some((conversation, ticket)) = self.answered(ticket) {
            conversation.received(ticket, response, now);
        }
    }

    fn failed(&mut self, ticket: Ticket, failure: Failure, now: Now) {
        if let Some((conversation, ticket)) = self.answered(ticket) {
            conversation.failed(ticket, failure, now);
        }
    }

    fn signed(&mut self, signature: std::result::Result<Vec<u8>, String>) {
        if let Some(conversation) = self.signing.take().and_then(|index| self.inner(index)) {
            conversation.signed(signature);
        }
    }

    fn identified(&mut self, credential: Result<Credential>, now: Now) {
        let State::Asking(tasks, _) = &mut self.state else { return };
        for conversation in tasks.iter_mut().filter_map(|task| task.conversation.as_mut()) {
            conversation.identified(credential.clone(), now);
        }
    }
}

impl fmt::Debug for Playbook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Playbook({}, {} requests so far)", self.definition.name, self.tickets)
    }
}
