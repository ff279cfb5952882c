//! The JumpCloud core for JavaScript: a [`Client`] that starts conversations, and the [`Conversation`] that JavaScript
//! drives (`source/conversation.ts`).
//!
//! Texts go in and out, never objects: a step is a few lines, an error one JSON text, and what JumpCloud sent leaves as
//! the text that `JSON.parse` reads. Objects made through the boundary would be three to seven times slower.
//!
//! It is one module; `xtask/src/split.rs` makes files of it: what every program needs; what composes filters and bodies
//! ([`provide_composer`]); what only some programs need ([`complete`]); and what a proxy needs ([`routes`]). All but the first
//! come when they are asked for.

mod text;

pub mod complete;
pub mod routes;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jumpcloud_core::conversation::{AnyConversation, Credential, Given, Ticket, alike};
use jumpcloud_core::reply::Content;
use jumpcloud_core::{Failure, Now, Operation, Options, Page, Parameters, Reply, Response, Result, Step};
use wasm_bindgen::prelude::wasm_bindgen;

/// Half the size of the standard library's.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// What all calls of a program share: credentials and the bearer token.
///
/// Options are JSON, or nothing for the usual ones with this `seed`.
#[wasm_bindgen]
pub struct Client(Result<jumpcloud_core::Client>);

#[wasm_bindgen]
impl Client {
    /// A client from its settings as JSON. What is wrong with them is every conversation's first step.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &str) -> Client {
        Client(jumpcloud_core::Client::from_json(settings))
    }

    /// One call to an operation. What is wrong with it is the conversation's first step.
    pub fn call(&self, name: &str, parameters: &str, options: &str, seed: f64) -> Conversation {
        let begun = self.begin(parameters, options, seed, |client, parameters, options| {
            Ok(alike(client.call(name, parameters, options)?))
        });
        Conversation { one_at_a_time: true, ..begun }
    }

    /// All pages of a list.
    pub fn pages(&self, name: &str, parameters: &str, options: &str, seed: f64) -> Conversation {
        self.begin(parameters, options, seed, |client, parameters, options| {
            Ok(alike(client.pages(name, parameters, options)?))
        })
    }

    /// Several calls to one end. Like the exports of [`complete`] it is in the third file.
    pub fn playbook(&self, name: &str, parameters: &str, options: &str, seed: f64) -> Conversation {
        self.begin(parameters, options, seed, |client, parameters, options| {
            Ok(alike(client.playbook(name, parameters, options)?))
        })
    }

    /// The request for a call, not sent: as [`Conversation::step`] gives it, with ticket 0, and what a person may see
    /// of it after a NUL. Or `error` or `composer`, as there. Like the exports of [`complete`] it is in the third file.
    pub fn prepare(&self, name: &str, parameters: &str, options: &str, seed: f64) -> String {
        let made = || {
            let client = self.0.as_ref().map_err(Clone::clone)?;
            client.prepare(name, &Parameters::from_json(parameters)?, &read_options(options, seed)?)
        };
        match made() {
            Ok(request) => {
                let shown = request.to_string();
                let mut text = text::request("send\n", Ticket(0), request);
                text.push('\0');
                text.push_str(&shown);
                text
            }
            Err(error) => text::error(&error),
        }
    }
}

impl Client {
    fn begin(
        &self,
        parameters: &str,
        options: &str,
        seed: f64,
        start: impl FnOnce(&jumpcloud_core::Client, Parameters, Options) -> Begun,
    ) -> Conversation {
        let begun = || {
            let client = self.0.as_ref().map_err(Clone::clone)?;
            start(client, Parameters::from_json(parameters)?, read_options(options, seed)?)
        };
        Conversation { state: begun(), one_at_a_time: false, output: Vec::new(), start: 0 }
    }
}

fn read_options(json: &str, seed: f64) -> Result<Options> {
    if json.is_empty() {
        return Ok(Options { seed: seed as u64, ..Options::default() });
    }
    Options::from_json(json)
}

type Begun = Result<AnyConversation>;

/// The time, in milliseconds: since 1970, and on a clock that nobody sets.
fn time(wall: f64, steady: f64) -> Now {
    let wall: SystemTime = UNIX_EPOCH + Duration::from_millis(wall as u64);
    Now { wall, steady: Duration::from_millis(steady as u64) }
}

/// A call, a list or a playbook on its way.
#[wasm_bindgen]
pub struct Conversation {
    state: Begun,
    /// Whether it waits for the answer to each request.
    one_at_a_time: bool,
    /// What the last step has for JavaScript to take, from `start` on.
    output: Vec<u8>,
    start: usize,
}

#[wasm_bindgen]
impl Conversation {
    /// What is needed next, or what there is, at a time in milliseconds (since 1970, and on a clock that nobody sets): lines, of
    /// which the first says what.
    ///
    /// | lines | means |
    /// |---|---|
    /// | `send`, see `text::request` | do this request |
    /// | `ask`, as with `send` | do this request, and ask again when its answer has come |
    /// | `sign` | sign [`Conversation::bytes`] |
    /// | `identify` | ask the function that says who calls |
    /// | `wait`, milliseconds | ask again after that time |
    /// | `hold`, milliseconds | ask again when an answer has come to any conversation of the client, at the latest after that time |
    /// | `receive` | ask again when an answer has come |
    /// | `page`, items before it, total or nothing, see `text::origin` | an array of items is there to take |
    /// | `json` or `bytes` or `empty`, media type, nothing, see `text::origin` | a reply's body is there to take |
    /// | `outcome` | a playbook's result is there to take, as JSON |
    /// | `end` | there is nothing more |
    /// | `error`, JSON | it failed; the answer's body is there to take |
    /// | `composer`, JSON | call `provide_composer` and begin again: nothing was sent. The JSON is the error if that cannot be |
    ///
    /// What is there to take is given by [`Conversation::bytes`]; or it lies at [`Conversation::address`].
    pub fn step(&mut self, now: f64, steady: f64) -> String {
        let step = match &mut self.state {
            Ok(conversation) => conversation.step(time(now, steady)),
            Err(error) => Err(error.clone()),
        };
        match step {
            Ok(Step::Send(ticket, request)) => {
                // With a deadline there is more to wait for than the answer.
                let ask = self.one_at_a_time && request.timeout.is_none();
                text::request(if ask { "ask\n" } else { "send\n" }, ticket, request)
            }
            Ok(Step::Sign(input)) => self.put("sign", input.bytes),
            Ok(Step::Identify) => "identify".into(),
            Ok(Step::Wait(time)) => text::number("wait\n", text::milliseconds(time)),
            Ok(Step::Hold(time)) => text::number("hold\n", text::milliseconds(time)),
            Ok(Step::Receive) => "receive".into(),
            Ok(Step::Give(Given::Page(page))) => self.page(page),
            Ok(Step::Give(Given::Reply(reply))) => self.reply(reply),
            Ok(Step::Give(Given::Outcome(json))) => self.put("outcome", json.into_bytes()),
            Ok(Step::Give(Given::End)) => "end".into(),
            Err(error) => self.put(&text::failure(&error), error.body().to_vec()),
        }
    }

    fn put(&mut self, line: &str, output: Vec<u8>) -> String {
        (self.output, self.start) = (output, 0);
        line.into()
    }

    fn page(&mut self, page: Page) -> String {
        let mut line = text::number("page\n", page.offset) + "\n";
        if let Some(total) = page.total {
            line = text::number(&line, total);
        }
        line += &text::origin(&page.reply);
        let Reply { mut body, list, .. } = page.reply;
        let items = list.map(|list| list.items).unwrap_or_default();
        // There is room for brackets around the items and commas between them: what is before the first and after each is
        // a bracket, a comma or white space, if it is not the end of the body. What else is between them (items that
        // were handed out before) goes.
        let mut start = 0;
        if let Some(first) = items.first() {
            let mut end = first.start;
            for item in &items {
                if item.start != end {
                    body.copy_within(item.clone(), end);
                }
                end += item.len();
                match body.get_mut(end) {
                    Some(after) => *after = b',',
                    None => body.push(b','),
                }
                end += 1;
            }
            body.truncate(end);
            body.last_mut().into_iter().for_each(|last| *last = b']');
            start = first.start.saturating_sub(1);
            match body.get_mut(start) {
                Some(before) if first.start > 0 => *before = b'[',
                _ => body.insert(0, b'['),
            }
        } else {
            body = b"[]".to_vec();
        }
        self.put("", body);
        self.start = start;
        line
    }

    fn reply(&mut self, reply: Reply) -> String {
        let content = match reply.content {
            Content::Json => "json\n",
            Content::Text | Content::Bytes => "bytes\n",
            Content::Empty => "empty\n",
        };
        let origin = text::origin(&reply);
        let line = [content, reply.media_type().unwrap_or_default(), "\n", &origin].concat();
        self.put(&line, reply.body)
    }

    /// Where what the last step has lies in the module's memory, until the next step.
    pub fn address(&self) -> usize {
        self.output.as_ptr() as usize + self.start
    }

    /// How many bytes the last step has.
    pub fn length(&self) -> usize {
        self.output.len() - self.start
    }

    /// Whether what the last step has is ASCII: of that some hosts make a text ten times as fast.
    pub fn ascii(&self) -> bool {
        // Eight bytes at a time, which the compiler does not see to when it compiles for size.
        let (words, rest) = self.output.as_chunks::<8>();
        let all = words.iter().fold(0, |all, word| all | u64::from_ne_bytes(*word));
        all & 0x8080_8080_8080_8080 == 0 && rest.is_ascii()
    }

    /// What the last step has. It is gone then.
    pub fn bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output).split_off(std::mem::take(&mut self.start))
    }

    /// A response has come; `headers` are lines of `name: value`; those in the core's `HEADERS` will do.
    /// Gives what [`Conversation::step`] says then, if somebody `asks`.
    #[allow(
        clippy::too_many_arguments,
        reason = "JavaScript passes numbers and strings, which is faster than an object"
    )]
    pub fn received(
        &mut self,
        ticket: f64,
        status: u16,
        headers: &str,
        body: Vec<u8>,
        now: f64,
        steady: f64,
        asks: bool,
    ) -> String {
        // By a letter: to search for a string brings an algorithm for long ones.
        let headers = headers.lines().filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.trim_start().to_owned())).collect();
        if let Ok(conversation) = &mut self.state {
            conversation.received(
                Ticket(ticket as u64),
                Response { status, headers, body },
                time(now, steady),
            );
        }
        if asks { self.step(now, steady) } else { String::new() }
    }

    /// A request has failed without a response.
    pub fn failed(&mut self, ticket: f64, kind: FailureKind, why: String, now: f64, steady: f64) {
        let failure = match kind {
            FailureKind::NotSent => Failure::NotSent(why),
            FailureKind::NoAnswer => Failure::NoAnswer(why),
            FailureKind::Refused => Failure::Refused(why),
            FailureKind::TooLarge => Failure::TooLarge,
        };
        if let Ok(conversation) = &mut self.state {
            conversation.failed(Ticket(ticket as u64), failure, time(now, steady));
        }
    }

    /// The signature of what the step `sign` asked for.
    pub fn signed(&mut self, signature: Vec<u8>) {
        if let Ok(conversation) = &mut self.state {
            conversation.signed(Ok(signature));
        }
    }

    /// Where a list stands when so many items of the page that was handed out last are taken.
    pub fn position(&self, taken: f64) -> Option<String> {
        let position = self.state.as_ref().ok()?.stands(taken as usize)?;
        Some(position.to_string())
    }

    /// What the function said of who calls, as JSON; nothing when it failed.
    pub fn identified(&mut self, json: Option<String>, now: f64, steady: f64) {
        if let Ok(conversation) = &mut self.state {
            let credential =
                json.map_or_else(|| Err(Credential::missing()), |json| Credential::from_json(&json));
            conversation.identified(credential, time(now, steady));
        }
    }

    /// There is no signature.
    pub fn unsigned(&mut self, why: String) {
        if let Ok(conversation) = &mut self.state {
            conversation.signed(Err(why));
        }
    }
}

/// Why a request has no answer: [`Failure`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum FailureKind {
    /// It never left.
    NotSent,
    /// It may have arrived.
    NoAnswer,
    /// It will not be done.
    Refused,
    /// More of the answer has come than is wanted.
    TooLarge,
}

/// Has filters and bodies composed from now on. What does it is in a file of its own, with this.
#[wasm_bindgen]
pub fn provide_composer() {
    jumpcloud_core::request::provide_composer();
}

/// The error for an answer whose items are no JSON, though its brackets are in order: as the JSON of `text::error`.
#[wasm_bindgen]
pub fn undecodable(operation: &str, status: u16, request_id: String, body: Vec<u8>) -> String {
    let undecodable = |operation| {
        let headers =
            if request_id.is_empty() { vec![] } else { vec![("x-request-id".to_owned(), request_id)] };
        let reply = Reply { operation, status, headers, body, content: Content::Json, list: None };
        reply.undecodable()
    };
    Operation::find(operation).map_or_else(|error| error, undecodable).to_json()
}

/// The names of all operations, one a line.
#[wasm_bindgen]
pub fn operations() -> String {
    let mut text = String::new();
    for operation in Operation::all() {
        text.push_str(operation.name);
        text.push('\n');
    }
    text
}
