//! Replays the shared vectors (`tests/vectors`, described in its README) against the core.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jumpcloud_core::conversation::{AnyConversation, Credential, Given as Gives, alike};
use jumpcloud_core::reply::Content;
use jumpcloud_core::request::Body;
use jumpcloud_core::{
    Client, Conversation, Error, Failure, Now, Options, Page, Parameters, Reply, Request, Response, Step,
};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

pub type Outcome = Result<(), String>;

/// All vectors of all files, as (file and name, vector).
pub fn read_all(folder: &Path) -> Result<Vec<(String, Value)>, String> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .map_err(|error| error.to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let mut vectors = Vec::new();
    for path in files {
        let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
        vectors.extend(read_text(&file, &text)?);
    }
    Ok(vectors)
}

/// The vectors of one file.
pub fn read_text(file: &str, text: &str) -> Result<Vec<(String, Value)>, String> {
    let list: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| format!("{file}: {error}"))?;
    let read = |vector| {
        let vector = read(vector).map_err(|error| format!("{file}: {error}"))?;
        Ok((format!("{file}: {}", text_of(&vector["name"])), vector))
    };
    list.into_iter().map(read).collect()
}

/// A vector whose `parameters` are the text that a caller gives: compact, its keys in the script's order, which
/// a [`Value`] does not keep.
fn read(vector: &RawValue) -> serde_json::Result<Value> {
    let mut read: Value = serde_json::from_str(vector.get())?;
    keep_order(&mut read, vector)?;
    let entries: BTreeMap<String, &RawValue> = serde_json::from_str(vector.get())?;
    if let Some(calls) = entries.get("calls") {
        let calls: Vec<&RawValue> = serde_json::from_str(calls.get())?;
        calls.iter().enumerate().try_for_each(|(index, call)| keep_order(&mut read["calls"][index], call))?;
    }
    Ok(read)
}

fn keep_order(call: &mut Value, text: &RawValue) -> serde_json::Result<()> {
    let entries: BTreeMap<String, &RawValue> = serde_json::from_str(text.get())?;
    if let Some(parameters) = entries.get("parameters") {
        call["parameters"] = json!(compact(parameters.get()));
    }
    Ok(())
}

/// JSON text without the white space between its parts.
fn compact(text: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let kept = text.chars().filter(|letter| {
        let keep = quoted || !letter.is_ascii_whitespace();
        quoted ^= *letter == '"' && !escaped;
        escaped = quoted && *letter == '\\' && !escaped;
        keep
    });
    kept.collect()
}

pub fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text_of).collect()
}

/// Replays one vector; an error says where it went another way.
pub fn replay(vector: &Value) -> Outcome {
    let client = client(vector)?;
    let mut now = start(vector);
    let known = [
        "name",
        "now",
        "client",
        "joinsHeaders",
        "operation",
        "playbook",
        "parameters",
        "options",
        "exchange",
        "outcome",
        "calls",
    ];
    if let Some(key) =
        vector.as_object().into_iter().flat_map(Map::keys).find(|key| !known.contains(&key.as_str()))
    {
        return Err(format!("the vector has an unknown key {key:?}"));
    }
    match vector["calls"].as_array() {
        Some(calls) => {
            calls.iter().try_for_each(|call| replay_call(&client, &vector["client"], call, &mut now))
        }
        None => replay_call(&client, &vector["client"], vector, &mut now),
    }
}

/// The time at which a vector begins.
pub fn start(vector: &Value) -> Now {
    let wall = UNIX_EPOCH + Duration::from_millis(vector["now"].as_u64().unwrap_or(1_767_225_600_000));
    Now { wall, steady: Duration::ZERO }
}

/// The client that a vector describes.
pub fn client(vector: &Value) -> Result<Client, String> {
    let mut settings = vector["client"].as_object().cloned().unwrap_or_default();
    if !["serviceAccount", "systemContext", "credentials"].iter().any(|other| settings.contains_key(*other)) {
        settings.entry("apiKey").or_insert(json!("test-key"));
    }
    settings.insert("language".into(), json!("Rust"));
    settings.insert("joinsHeaders".into(), vector["joinsHeaders"].clone());
    Client::from_json(&Value::Object(settings).to_string()).map_err(|error| error.to_string())
}

/// The options of a call; `list` is the script's own, and says what to call.
pub fn options(described: &Value) -> Result<Options, Error> {
    let mut options = described.as_object().cloned().unwrap_or_default();
    options.remove("list");
    options.entry("concurrency").or_insert(json!(1));
    Options::from_json(&Value::Object(options).to_string())
}

/// The parameters of a call.
pub fn parameters(call: &Value) -> Result<Parameters, Error> {
    match &call["parameters"] {
        Value::Null => Ok(Parameters::new()),
        given => Parameters::from_json(&text_of(given)),
    }
}

fn replay_call(client: &Client, described: &Value, call: &Value, now: &mut Now) -> Outcome {
    let (operation, playbook) = (call["operation"].as_str(), call["playbook"].as_str());
    if operation.is_some() == playbook.is_some() {
        return Err("the vector has no operation or playbook, or both".into());
    }
    let parameters = parameters(call);
    // Wrong options are an outcome too.
    let options = options(&call["options"]);
    let list = call["options"]["list"] == true;
    let mut script = Script::new(call["exchange"].as_array().cloned().unwrap_or_default(), described);
    let mut given = Given::default();
    let begun: Result<AnyConversation, Error> = parameters.and_then(|parameters| {
        let options = options?;
        if let Some(playbook) = playbook {
            return client.playbook(playbook, parameters, options).map(alike);
        }
        let operation = operation.unwrap_or_default();
        match list {
            true => client.pages(operation, parameters, options).map(alike),
            false => client.call(operation, parameters, options).map(alike),
        }
    });
    let ended = match begun {
        Ok(mut conversation) => {
            let ended = converse(&mut *conversation, &mut script, &mut given, now)?;
            given.position = conversation.stands(usize::MAX).map(|position| position.to_string());
            ended
        }
        Err(error) => Err(error),
    };
    if let Some(entry) = script.entries.front() {
        return Err(format!("the conversation ended ({ended:?}), but the script goes on with {entry}"));
    }
    compare(&call["outcome"], ended, &given)
}

/// How a conversation ended that did not fail.
#[derive(Debug)]
pub enum Ended {
    Reply(Reply),
    List,
    Playbook(String),
}

/// What a list handed out.
#[derive(Default)]
pub struct Given {
    pub pages: Vec<Page>,
    /// Where the list stands then.
    pub position: Option<String>,
}

impl Given {
    fn items(&self) -> Result<Value, String> {
        let items = self.pages.iter().flat_map(|page| page.reply.items());
        items.map(|item| serde_json::from_slice::<Value>(item).map_err(|error| error.to_string())).collect()
    }
}

pub struct Script {
    pub entries: VecDeque<Value>,
    credential: Option<(&'static str, String)>,
    agent: String,
}

impl Script {
    pub fn new(entries: Vec<Value>, client: &Value) -> Script {
        let key =
            ["serviceAccount", "systemContext", "credentials"].iter().all(|other| client[other].is_null());
        let key = key.then(|| ("x-api-key", client["apiKey"].as_str().unwrap_or("test-key").to_owned()));
        let mut agent = concat!("jumpcloud-client/", env!("CARGO_PKG_VERSION"), " (Rust)").to_owned();
        if let Some(program) = client["userAgent"].as_str() {
            agent.extend([" ", program]);
        }
        Script { entries: entries.into(), credential: key, agent }
    }

    pub fn next(&mut self, what: &str, key: &str) -> Result<Value, String> {
        match self.entries.pop_front() {
            Some(entry) if !entry[key].is_null() => Ok(entry),
            Some(entry) => Err(format!("expected {entry}, but the client wants {what}")),
            None => Err(format!("the script is over, but the client wants {what}")),
        }
    }

    pub fn check_request(&self, expected: &Value, request: &Request) -> Outcome {
        let headers: Map<String, Value> = match &expected["headers"] {
            Value::Object(headers) => headers.clone(),
            _ => {
                let mut headers = Map::from_iter([("accept".to_owned(), json!("application/json"))]);
                headers
                    .extend(self.credential.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
                if !expected["body"].is_null() {
                    headers.insert("content-type".into(), json!("application/json"));
                }
                headers
            }
        };
        if request.header("user-agent").is_none() {
            return Err("the request does not say who sends it".into());
        }
        let mut sent = Map::new();
        for (name, value) in &request.headers {
            // Each language has its own; no vector says it but where it is what the vector is about.
            if name == "user-agent" && !headers.contains_key("user-agent") {
                if *value != self.agent {
                    return Err(format!("expected the user agent {:?}, but it is {value:?}", self.agent));
                }
                continue;
            }
            let entry = sent.entry(name.to_string()).or_insert(Value::Null);
            // A header that is sent several times is an array in the script.
            *entry = match entry.take() {
                Value::Null => json!(value),
                Value::Array(mut values) => {
                    values.push(json!(value));
                    Value::Array(values)
                }
                first => json!([first, value]),
            };
        }
        let body = match &request.body {
            Body::Empty => Value::Null,
            Body::Bytes(bytes) => json!(String::from_utf8_lossy(bytes)),
            Body::Attachment { before, after, .. } => {
                json!(format!(
                    "{}{{attachment}}{}",
                    String::from_utf8_lossy(before),
                    String::from_utf8_lossy(after)
                ))
            }
        };
        let sent =
            json!({"method": request.method.as_str(), "url": request.url, "headers": sent, "body": body});
        let expected = json!({
            "method": expected["method"].as_str().unwrap_or("GET"), "url": expected["url"], "headers": headers, "body": expected["body"],
        });
        if sent == expected {
            Ok(())
        } else {
            Err(format!("expected the request\n  {expected}\nbut it is\n  {sent}"))
        }
    }
}

/// What a request of the script gets.
pub fn answer(entry: &Value) -> Result<Result<Response, Failure>, String> {
    let failure = &entry["failure"];
    Ok(match (failure["notSent"].as_str(), failure["noAnswer"].as_str()) {
        (Some(why), _) => Err(Failure::NotSent(why.into())),
        (_, Some(why)) => Err(Failure::NoAnswer(why.into())),
        _ => Ok(response(&entry["response"])?),
    })
}

/// What signing gives.
pub fn signature(entry: &Value) -> Result<Result<Vec<u8>, String>, String> {
    Ok(match entry["failure"].as_str() {
        Some(why) => Err(why.to_owned()),
        None => Ok(STANDARD.decode(text_of(&entry["signature"])).map_err(|error| error.to_string())?),
    })
}

fn response(described: &Value) -> Result<Response, String> {
    let headers = described["headers"].as_object().into_iter().flatten();
    let mut headers: Vec<(String, String)> =
        headers.map(|(name, value)| (name.clone(), text_of(value))).collect();
    let body = match (&described["json"], &described["body"], &described["bodyBase64"]) {
        (Value::Null, Value::String(text), _) => text.clone().into_bytes(),
        (Value::Null, _, Value::String(text)) => STANDARD.decode(text).map_err(|error| error.to_string())?,
        _ if described.get("json").is_none() => Vec::new(),
        (json, ..) => {
            if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                headers.push(("content-type".into(), "application/json; charset=utf-8".into()));
            }
            json.to_string().into_bytes()
        }
    };
    Ok(Response { status: described["status"].as_u64().unwrap_or(200) as u16, headers, body })
}

/// Drives a conversation as the script says. The outer error is a deviation, the inner one the conversation's own.
fn converse(
    conversation: &mut dyn Conversation<Gives = Gives>,
    script: &mut Script,
    given: &mut Given,
    now: &mut Now,
) -> Result<Result<Ended, Error>, String> {
    let mut unanswered = VecDeque::new();
    for _ in 0..100_000 {
        let step = match conversation.step(*now) {
            Ok(step) => step,
            Err(error) => return Ok(Err(error)),
        };
        match step {
            Step::Send(ticket, request) => {
                let entry = script.next(&format!("{request}"), "request")?;
                script.check_request(&entry["request"], &request)?;
                unanswered.push_back((ticket, entry));
            }
            Step::Receive | Step::Wait(_) | Step::Hold(_) if !unanswered.is_empty() => {
                let Some((ticket, entry)) = unanswered.pop_front() else {
                    continue;
                };
                match answer(&entry)? {
                    Ok(response) => conversation.received(ticket, response, *now),
                    Err(failure) => conversation.failed(ticket, failure, *now),
                }
            }
            Step::Receive => return Err("the conversation waits for an answer to nothing".into()),
            Step::Wait(time) | Step::Hold(time) => {
                let entry = script.next(&format!("to wait {} ms", time.as_millis()), "wait")?;
                if entry["wait"].as_u64() != Some(time.as_millis() as u64) {
                    return Err(format!("expected {entry}, but it waits {} ms", time.as_millis()));
                }
                now.wall += time;
                now.steady += time;
            }
            Step::Sign(input) => {
                let text = String::from_utf8_lossy(&input.bytes).into_owned();
                let entry = script.next(&format!("{text:?} signed"), "sign")?;
                if entry["sign"] != json!(text) {
                    return Err(format!("expected {entry}, but it signs {text:?}"));
                }
                conversation.signed(signature(&entry)?);
            }
            Step::Identify => {
                let entry = script.next("who calls", "identify")?;
                let credential = match &entry["identify"] {
                    Value::Bool(false) => Err(Credential::missing()),
                    credential => Credential::from_json(&credential.to_string()),
                };
                conversation.identified(credential, *now);
            }
            // The core looks at no item: a caller that reads them sees what is no JSON.
            Step::Give(Gives::Page(page)) => match page.reply.json::<Value>() {
                Ok(_) => given.pages.push(page),
                Err(error) => return Ok(Err(error)),
            },
            Step::Give(Gives::Reply(reply)) => {
                let json = reply.content == Content::Json;
                let read = if json { reply.json::<Value>().map(drop) } else { Ok(()) };
                return Ok(read.map(|()| Ended::Reply(reply)));
            }
            Step::Give(Gives::End) => return Ok(Ok(Ended::List)),
            Step::Give(Gives::Outcome(json)) => return Ok(Ok(Ended::Playbook(json))),
        }
    }
    Err("the conversation does not end".into())
}

pub fn compare(expected: &Value, ended: Result<Ended, Error>, given: &Given) -> Outcome {
    let mut came = Map::new();
    match &ended {
        Err(error) => {
            came.insert("error".into(), describe(error));
            came.insert("items".into(), given.items()?);
        }
        Ok(Ended::Playbook(json)) => {
            came.insert("result".into(), serde_json::from_str(json).map_err(|error| error.to_string())?);
        }
        Ok(Ended::List) => {
            came.insert("items".into(), given.items()?);
            came.insert("total".into(), json!(given.pages.last().and_then(|page| page.total)));
            came.insert("pages".into(), json!(given.pages.len()));
            came.insert("position".into(), json!(given.position));
        }
        Ok(Ended::Reply(reply)) => {
            came.insert("status".into(), json!(reply.status));
            came.insert("mediaType".into(), json!(reply.media_type()));
            match reply.content {
                Content::Json => came.insert("json".into(), reply.json().map_err(|error| error.to_string())?),
                Content::Empty => came.insert("empty".into(), json!(true)),
                Content::Text | Content::Bytes => {
                    came.insert("base64".into(), json!(STANDARD.encode(&reply.body)));
                    came.insert("text".into(), json!(String::from_utf8_lossy(&reply.body)))
                }
            };
        }
    }
    let mut expected = expected.as_object().cloned().ok_or("the vector has no outcome")?;
    if came.contains_key("status") {
        expected.entry("status").or_insert(json!(200));
    }
    if expected.contains_key("error") != ended.is_err() {
        return Err(format!("expected {expected:?}, but it ended with {ended:?}"));
    }
    for (key, value) in &expected {
        let came = came.get(key).unwrap_or(&Value::Null);
        let same = match (key.as_str(), value) {
            ("error", Value::Object(facts)) => facts.iter().all(|(fact, value)| match fact.as_str() {
                "says" => strings(value)
                    .iter()
                    .all(|text| came["message"].as_str().is_some_and(|said| said.contains(text))),
                _ => came.get(fact) == Some(value),
            }),
            _ => came == value,
        };
        if !same {
            return Err(format!("expected {key}\n  {value}\nbut it is\n  {came} (ended with {ended:?})"));
        }
    }
    let kinds = ["error", "items", "json", "text", "base64", "empty", "result"];
    match kinds.iter().any(|kind| expected.contains_key(*kind) && came.contains_key(*kind)) {
        true => Ok(()),
        false => Err(format!("the outcome {expected:?} says nothing of how it ended: {ended:?}")),
    }
}

fn describe(error: &Error) -> Value {
    json!({
        "kind": error.kind().name(),
        "message": error.message(),
        "operation": error.operation(),
        "parameter": error.parameter(),
        "status": error.status(),
        "code": error.code(),
        "details": error.details().and_then(|details| serde_json::from_str::<Value>(details).ok()),
        "requestId": error.request_id(),
        "retryAfter": error.retry_after().map(|wait| wait.as_millis() as u64),
        "tries": error.tries(),
        "isRetryable": error.is_retryable(),
        "body": String::from_utf8_lossy(error.body()),
    })
}
