//! What a script can do: look at its parameters, call, list, wait, change (or, in a dry run, say what it would change).
//!
//! What a playbook gives is described in `core/api/playbooks.json`; a test holds every result against it. One that
//! changes something gives, beside the objects it acted on under their nouns (`user`, `system`, `group`, …, each with
//! its `id` and what a person knows it by):
//!
//! | key | means |
//! |---|---|
//! | `before` | the fields that it changes, as it found them; one that was not told is left out |
//! | `after` | the same fields as they are now, in a dry run as they would be |
//! | `changed` | whether it did something: false where it was so before, and in a dry run |
//! | `requests` | only in a dry run: the requests that it would send, one line each, without secrets |
//!
//! `before` and `after` are null where JumpCloud tells no such state (a lock, a restart, a run of a command): there
//! `changed` says that JumpCloud took the request. A field of JumpCloud's is called by JumpCloud's key (`state`,
//! `account_locked`), and stands nowhere else in the result; what only the graph knows has a word of ours (`member`,
//! `assigned`, `bound`, `exists`).

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use crate::client::{Client, Credentials, Options};
use crate::conversation::{AnyConversation, Call, Pages, alike};
use crate::json::{Map, Value};
use crate::operation::Operation;
use crate::parameters::Parameters;
use crate::request::Request;
use crate::{Error, ErrorKind, Result};

/// What a script waits for.
pub(super) enum Wish {
    /// These conversations, in any order.
    Answers(Vec<Result<AnyConversation>>),
    Wait(Duration),
}

/// One of several things to ask at once.
pub(super) enum Ask {
    Call(&'static str, Parameters),
    /// All items of a list, or the first few.
    List(&'static str, Parameters, Option<u64>),
}

/// How a change ended.
#[derive(PartialEq, Eq)]
pub(super) enum Change {
    Made,
    /// It was so before.
    Already,
    /// A dry run: the request is kept for the result.
    Planned,
}

/// Between a script and the playbook that runs it. Clones are the same talk.
#[derive(Clone)]
pub(super) struct Talk(Arc<Shared>);

struct Shared {
    client: Client,
    options: Options,
    parameters: Map,
    state: Mutex<State>,
}

struct State {
    now: Duration,
    wish: Option<Wish>,
    answers: Option<Vec<Result<Value>>>,
    planned: Vec<String>,
    asked: u64,
}

impl Talk {
    pub(super) fn new(client: &Client, options: Options, parameters: Map) -> Talk {
        let state = State { now: Duration::ZERO, wish: None, answers: None, planned: Vec::new(), asked: 0 };
        let options = Options { limit: None, ..options };
        Talk(Arc::new(Shared { client: client.clone(), options, parameters, state: Mutex::new(state) }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // The playbook's side.

    pub(super) fn wish(&self) -> Option<Wish> {
        self.state().wish.take()
    }

    pub(super) fn answer(&self, answers: Vec<Result<Value>>) {
        self.state().answers = Some(answers);
    }

    pub(super) fn set_now(&self, now: Duration) {
        self.state().now = now;
    }

    // The script's side.

    /// The time on the steady clock.
    pub(super) fn now(&self) -> Duration {
        self.state().now
    }

    /// A parameter that is a text and was given.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.parameter(name).and_then(Value::as_str).map(str::to_owned)
    }

    /// A parameter that is one text or several.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        match self.parameter(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(text)) => vec![text.clone()],
            _ => Vec::new(),
        }
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.parameter(name) == Some(&Value::Bool(true))
    }

    pub(super) fn seconds(&self, name: &str, otherwise: u64) -> Duration {
        let given = self.parameter(name).and_then(|value| value.plain().parse().ok());
        Duration::from_secs(given.unwrap_or(otherwise))
    }

    fn parameter(&self, name: &str) -> Option<&Value> {
        self.0.parameters.get(name)
    }

    /// The system that signs, when one does.
    pub(super) fn own_system(&self) -> Option<&str> {
        match &self.0.client.credentials {
            Credentials::SystemContext { system_id } => Some(system_id),
            _ => None,
        }
    }

    pub(super) async fn wait(&self, time: Duration) {
        self.ask(Wish::Wait(time)).await;
    }

    /// Several answers at once, in the order of what was asked.
    pub(super) async fn all(&self, asks: Vec<Ask>) -> Vec<Result<Value>> {
        let several = asks.len() > 1;
        let begun = asks.into_iter().map(|ask| self.begin(ask, several)).collect();
        self.ask(Wish::Answers(begun)).await
    }

    pub(super) async fn call(&self, operation: &'static str, parameters: Parameters) -> Result<Value> {
        self.one(Ask::Call(operation, parameters)).await
    }

    pub(super) async fn list(
        &self,
        operation: &'static str,
        parameters: Parameters,
        limit: Option<u64>,
    ) -> Result<Vec<Value>> {
        self.one(Ask::List(operation, parameters, limit)).await.map(items)
    }

    async fn one(&self, ask: Ask) -> Result<Value> {
        self.all(vec![ask]).await.pop().unwrap_or(Ok(Value::Null))
    }

    /// Makes a change, unless it is a dry run. `already` is the error by which JumpCloud says that it was so before.
    pub(super) async fn change(
        &self,
        operation: &'static str,
        parameters: Parameters,
        already: Option<ErrorKind>,
    ) -> Result<Change> {
        if self.plan(operation, &parameters)? {
            return Ok(Change::Planned);
        }
        match self.call(operation, parameters).await {
            Ok(_) => Ok(Change::Made),
            Err(error) if Some(error.kind()) == already => Ok(Change::Already),
            Err(error) => Err(error),
        }
    }

    /// In a dry run, keeps the request for the result instead of sending it.
    pub(super) fn plan(&self, operation: &'static str, parameters: &Parameters) -> Result<bool> {
        if !self.flag("dryRun") {
            return Ok(false);
        }
        let request = self.0.client.request(Operation::find(operation)?, parameters, &self.0.options)?;
        self.state().planned.push(described(&request));
        Ok(true)
    }

    /// The result of a playbook that changes something: the objects it acted on, what it found, and what is now.
    pub(super) fn changed(&self, change: Change, objects: Map, before: Value, after: Value) -> Value {
        let mut result = objects;
        let mut set = |key: &str, value: Value| result.insert(key.to_owned(), value);
        set("before", before);
        set("after", after);
        set("changed", Value::Bool(change == Change::Made));
        if self.flag("dryRun") {
            let planned = std::mem::take(&mut self.state().planned);
            set("requests", Value::Array(planned.into_iter().map(Value::String).collect()));
        }
        Value::Object(result)
    }

    /// The result of a playbook that ties two objects, or parts them: `word` says whether they are tied. Nobody asks
    /// whether they were: JumpCloud says so when it is told to change it, so a dry run does not know.
    pub(super) fn tied(&self, change: Change, objects: Map, word: &str, tie: bool) -> Value {
        let is = |tied: bool| Value::Object(map([(word, Value::Bool(tied))]));
        let before = match change {
            Change::Made => is(!tie),
            Change::Already => is(tie),
            Change::Planned => Value::Object(Map::default()),
        };
        self.changed(change, objects, before, is(tie))
    }

    async fn ask(&self, wish: Wish) -> Vec<Result<Value>> {
        self.state().wish = Some(wish);
        poll_fn(|_| match self.state().answers.take() {
            Some(answers) => Poll::Ready(answers),
            None => Poll::Pending,
        })
        .await
    }

    fn begin(&self, ask: Ask, several: bool) -> Result<AnyConversation> {
        let asked = {
            let mut state = self.state();
            state.asked += 1;
            state.asked
        };
        let mut options = Options { seed: self.0.options.seed.wrapping_add(asked), ..self.0.options.clone() };
        match ask {
            Ask::Call(operation, parameters) => {
                let call = Call::new(&self.0.client, Operation::find(operation)?, &parameters, options)?;
                Ok(alike(call))
            }
            Ask::List(operation, parameters, limit) => {
                options.limit = limit;
                // Several lists are in flight instead of several pages of one.
                options.concurrency = if several { 1 } else { options.concurrency };
                let pages = Pages::new(&self.0.client, Operation::find(operation)?, parameters, options)?;
                Ok(alike(pages))
            }
        }
    }
}

/// A request in one line, without credentials and secrets: `POST https://… {"op":"add"}`.
fn described(request: &Request) -> String {
    let shown = request.to_string();
    let (head, body) = shown.split_once("\n\n").unwrap_or((&shown, ""));
    let line = head.lines().next().unwrap_or_default();
    if body.is_empty() { line.to_owned() } else { format!("{line} {body}") }
}

/// The items of an array, none of anything else.
pub(super) fn items(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

/// Objects by what each has under a key: one look through them all for each would take as long as their number squared.
pub(super) struct By<'a>(BTreeMap<&'a str, Vec<&'a Value>>);

impl<'a> By<'a> {
    pub(super) fn key(key: &str, objects: &'a [Value]) -> By<'a> {
        let mut by: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        objects.iter().for_each(|object| by.entry(text_at(object, key)).or_default().push(object));
        By(by)
    }

    /// Those that have it, in their order.
    pub(super) fn of(&self, name: &str) -> &[&'a Value] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// An object of these entries.
pub(super) fn map<const N: usize>(entries: [(&str, Value); N]) -> Map {
    let mut map = Map::default();
    entries.into_iter().for_each(|(key, value)| map.insert(key.to_owned(), value));
    map
}

/// A JSON text.
pub(super) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// An object's text under a key, empty where there is none.
pub(super) fn text_at<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The entries of an object that are asked for and there.
pub(super) fn picked(value: &Value, keys: &[&str]) -> Map {
    let mut picked = Map::default();
    for key in keys {
        if let Some(value) = value.get(key) {
            picked.insert((*key).to_owned(), value.clone());
        }
    }
    picked
}

/// Adds the entries of another object.
pub(super) fn extend(map: &mut Map, more: &Map) {
    more.iter().for_each(|(key, value)| map.insert(key.to_owned(), value.clone()));
}

/// Parameters with a body of these entries.
pub(super) fn with_body(parameters: Parameters, body: Map) -> Parameters {
    let mut parameters = parameters;
    parameters.set("body", Value::Object(body).to_string());
    parameters
}

/// The error that a playbook finds in the caller's words.
pub(super) fn refused(parameter: &str, message: String) -> Error {
    Error::invalid(message).parameter_named(parameter)
}
