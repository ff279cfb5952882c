//! Every shared vector (`tests/vectors`, described in its README), through the client's public surface: the script is what
//! sends, waits, signs and knows the time.
#![cfg(target_family = "wasm")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use jumpcloud_core::conversation::Credential;
use jumpcloud_core::reply::Content as Kind;
use jumpcloud_core::{Error, Failure, Now, Request, Response};
use jumpcloud_web::{Client, Content, Host, Local};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

#[allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "it is the suite's, which replays them against the core"
)]
#[path = "../../../tests/suite/src/vectors.rs"]
mod vectors;

use vectors::{Ended, Given, Script, compare, text_of};

/// What the outside is, as the script says. Where a client wants something else, it panics.
#[derive(Clone)]
struct Player(Rc<Played>);

struct Played {
    name: String,
    script: RefCell<Script>,
    now: Cell<Now>,
    unanswered: Cell<usize>,
}

impl Player {
    fn next(&self, what: &str, key: &str) -> Value {
        self.right(self.0.script.borrow_mut().next(what, key))
    }

    fn right<T>(&self, outcome: Result<T, String>) -> T {
        outcome.unwrap_or_else(|why| panic!("{}\n{why}", self.0.name))
    }

    /// What comes of something that has begun: after the client has begun all that it can, and before a wait is over.
    fn later<T: 'static>(&self, came: T) -> Local<T> {
        let player = self.clone();
        player.0.unanswered.set(player.0.unanswered.get() + 1);
        Box::pin(async move {
            player.0.unanswered.set(player.0.unanswered.get() - 1);
            came
        })
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let text = String::from_utf8_lossy(bytes);
        let entry = self.next(&format!("{text:?} signed"), "sign");
        assert_eq!(entry["sign"], json!(text), "{}", self.0.name);
        self.right(vectors::signature(&entry))
    }

    fn identify(&self) -> Local<Option<Credential>> {
        let entry = self.next("who calls", "identify");
        self.later(match &entry["identify"] {
            Value::Bool(false) => None,
            credential => Some(Credential::from_json(&credential.to_string()).unwrap()),
        })
    }
}

impl Host for Player {
    fn send(&self, request: Request, _: Option<Content>) -> Local<Result<Response, Failure>> {
        let entry = self.next(&request.to_string(), "request");
        self.right(self.0.script.borrow().check_request(&entry["request"], &request));
        self.later(self.right(vectors::answer(&entry)))
    }

    fn sleep(&self, time: Duration) -> Local<()> {
        let player = self.clone();
        Box::pin(async move {
            // An answer that is on its way comes before the wait is over.
            if player.0.unanswered.get() > 0 {
                return std::future::pending().await;
            }
            let entry = player.next(&format!("to wait {} ms", time.as_millis()), "wait");
            assert_eq!(entry["wait"], json!(time.as_millis() as u64), "{}", player.0.name);
            let Now { wall, steady } = player.0.now.get();
            player.0.now.set(Now { wall: wall + time, steady: steady + time });
        })
    }

    fn now(&self) -> Now {
        self.0.now.get()
    }

    fn seed(&self) -> u64 {
        0
    }
}

async fn converse(client: &Client, call: &Value, given: &mut Given) -> Result<Ended, Error> {
    let parameters = vectors::parameters(call)?;
    let client = client.options(vectors::options(&call["options"])?);
    if let Some(playbook) = call["playbook"].as_str() {
        return Ok(Ended::Playbook(client.playbook::<Value>(playbook, parameters).await?.to_string()));
    }
    let operation = call["operation"].as_str().unwrap_or_default();
    if call["options"]["list"] != true {
        let reply = client.call(operation, parameters).await?;
        if reply.content == Kind::Json {
            reply.json::<Value>()?;
        }
        return Ok(Ended::Reply(reply));
    }
    let mut pages = client.pages(operation, parameters)?;
    let mut ended = Ok(Ended::List);
    while let Some(page) = pages.next().await {
        // The core looks at no item: a caller that reads them sees what is no JSON.
        match page.and_then(|page| page.reply.json::<Value>().map(|_| page)) {
            Ok(page) => given.pages.push(page),
            Err(error) => {
                ended = Err(error);
                break;
            }
        }
    }
    given.position = pages.position().map(|position| position.to_string());
    ended
}

async fn replay(name: &str, vector: &Value) {
    let right = |outcome: Result<_, String>| outcome.unwrap_or_else(|why| panic!("{name}\n{why}"));
    let core = vectors::client(vector).unwrap_or_else(|why| panic!("{name}\n{why}"));
    let mut now = vectors::start(vector);
    let client = Client::new(core);
    let whole = vec![vector.clone()];
    for call in vector["calls"].as_array().unwrap_or(&whole) {
        let entries = call["exchange"].as_array().cloned().unwrap_or_default();
        let player = Player(Rc::new(Played {
            name: name.to_owned(),
            script: RefCell::new(Script::new(entries, &vector["client"])),
            now: Cell::new(now),
            unanswered: Cell::default(),
        }));
        let (signer, function) = (player.clone(), player.clone());
        let client = client
            .clone()
            .host(player.clone())
            .signer(move |bytes| std::future::ready(signer.sign(&bytes)))
            .credentials(move || function.identify());
        let mut given = Given::default();
        let ended = converse(&client, call, &mut given).await;
        if let Some(entry) = player.0.script.borrow().entries.front() {
            panic!("{name}\nit ended ({ended:?}), but the script goes on with {}", text_of(entry));
        }
        right(compare(&call["outcome"], ended, &given));
        now = player.0.now.get();
    }
}

macro_rules! files {
    ($($file:ident)*) => {$(
        #[wasm_bindgen_test]
        async fn $file() {
            let text = include_str!(concat!("../../../tests/vectors/", stringify!($file), ".json"));
            let vectors = vectors::read_text(stringify!($file), text).unwrap();
            assert!(vectors.len() > 5, "only {} vectors", vectors.len());
            for (name, vector) in vectors.iter().filter(|(_, vector)| vector["joinsHeaders"] != false) {
                replay(name, vector).await;
            }
        }
    )*};
}

files!(credentials errors filters paging playbooks positions requests retries);
