//! Every operation, built from generated parameters, recognised, and answered from its described replies:
//! dynamically and typed.

mod generate;
#[path = "every_operation/registry.rs"]
mod registry;

use jumpcloud_core::operation::{Answers, Operation, Organization};
use jumpcloud_core::reply::{self, Content, Reply, Response};
use jumpcloud_core::request::{Body, Request, Settings, build};
use jumpcloud_core::schema::Kind;
use jumpcloud_core::typed::{Field, TypedCall, TypedList, unfit};
use jumpcloud_core::{Parameters, Result, route};
use serde_json::{Value, json};

/// What did not fit the types, by its path.
type Unfit = Vec<String>;

/// Counts the items of a page.
type ReadItems = fn(&Reply) -> Result<(usize, Unfit)>;

/// What the typed side does for one operation.
pub(crate) struct Typed {
    name: &'static str,
    parameters: fn(&str) -> serde_json::Result<(Parameters, Unfit)>,
    reply: fn(&Reply) -> Result<Unfit>,
    items: Option<ReadItems>,
}

fn parameters<C: TypedCall + Field>(json: &str) -> serde_json::Result<(Parameters, Unfit)> {
    let call: C = serde_json::from_str(json)?;
    assert_eq!(call.operation().name, C::NAME);
    Ok((call.parameters(), unfit(&call)))
}

fn items<C: TypedList>(reply: &Reply) -> Result<(usize, Unfit)>
where
    C::Item: Field,
{
    let items = C::items(reply)?;
    Ok((items.len(), items.iter().flat_map(|item| unfit(item)).collect()))
}

impl Typed {
    const fn json<C: TypedCall<Reply: Field> + Field>() -> Typed {
        Typed {
            name: C::NAME,
            parameters: parameters::<C>,
            reply: |reply| C::reply(reply).map(|reply| unfit(&reply)),
            items: None,
        }
    }

    const fn list<C: TypedList<Reply: Field, Item: Field> + Field>() -> Typed {
        Typed { items: Some(items::<C>), ..Typed::json::<C>() }
    }

    const fn other<C: TypedCall + Field>() -> Typed {
        Typed {
            name: C::NAME,
            parameters: parameters::<C>,
            reply: |reply| C::reply(reply).map(|_| Vec::new()),
            items: None,
        }
    }
}

/// Each operation with its typed side.
fn all() -> impl Iterator<Item = (&'static Operation, &'static Typed)> {
    assert_eq!(registry::ALL.len(), Operation::all().len());
    Operation::all().zip(registry::ALL).inspect(|(operation, typed)| assert_eq!(operation.name, typed.name))
}

fn settings(operation: &Operation) -> Settings {
    let takes = operation.organization != Organization::Refused;
    Settings {
        origin: "https://console.jumpcloud.com".into(),
        organizations: takes.then(|| "5f1b".into()).into_iter().collect(),
        ..Settings::default()
    }
}

/// Checks all operations and reports every failure, not only the first.
fn check(each: impl Fn(&'static Operation, &'static Typed) -> std::result::Result<(), String>) {
    let failures: Vec<String> = all()
        .filter_map(|(operation, typed)| {
            each(operation, typed).err().map(|why| format!("{}: {why}", operation.name))
        })
        .collect();
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), registry::ALL.len(), failures.join("\n"));
}

fn built(operation: &'static Operation, parameters: &Parameters) -> std::result::Result<Request, String> {
    build(operation, parameters, &settings(operation)).map_err(|error| error.to_string())
}

/// The whole body, with zeros for the attachment's content.
fn bytes(body: &Body) -> Vec<u8> {
    match body {
        Body::Empty => Vec::new(),
        Body::Bytes(bytes) => bytes.clone(),
        Body::Attachment { before, after, length } => {
            let content = vec![0; usize::try_from(*length).expect("a short one")];
            [before.as_slice(), &content, after].concat()
        }
    }
}

#[test]
fn typed_and_dynamic_calls_make_the_same_bytes() {
    check(|operation, typed| {
        for everything in [true, false] {
            let json = generate::parameters(operation, everything).to_string();
            let dynamic = built(operation, &Parameters::from_json(&json).unwrap())?;
            let (parameters, unfit) = (typed.parameters)(&json).map_err(|error| error.to_string())?;
            if !unfit.is_empty() {
                return Err(format!("the request struct has no place for {unfit:?}"));
            }
            let typed = built(operation, &parameters)?;
            if typed != dynamic {
                return Err(format!("typed {typed:?} but dynamic {dynamic:?}"));
            }
        }
        Ok(())
    });
}

#[test]
fn requests_run_backwards() {
    check(|operation, _| {
        for everything in [true, false] {
            let parameters =
                Parameters::from_json(&generate::parameters(operation, everything).to_string()).unwrap();
            let request = built(operation, &parameters)?;
            let target = if operation.host().is_some() { request.target() } else { &request.url };
            let headers: Vec<(String, String)> =
                request.headers.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
            let found = route::recognise(operation.method.as_str(), target, &headers, &bytes(&request.body))
                .map_err(|error| format!("{target} is not recognised: {error}"))?;
            if found.operation != operation {
                return Err(format!("{target} is recognised as {}", found.operation.name));
            }
            let again = built(operation, &found.parameters)?;
            if again != request {
                return Err(format!("{request:?} comes back as {again:?}"));
            }
        }
        Ok(())
    });
}

#[test]
fn described_replies_are_read() {
    check(|operation, typed| {
        let mut first = true;
        for shape in operation.replies() {
            let status = shape.status.parse().unwrap_or(500);
            let json = !shape.media_type.is_empty()
                && (shape.media_type.ends_with("json") || operation.answers == Answers::Json);
            // Of a list that nobody describes an array comes.
            let undescribed = shape.schema.kind == Kind::Any && operation.paging.is_some();
            let value = match (undescribed, &shape.schema.resolved().kind) {
                (true, _) => json!([]),
                // A text that answers a change must confirm it.
                (false, Kind::Text { .. }) if !operation.safe => json!("OK"),
                (false, _) => generate::value(&shape.schema, 0),
            };
            let body = match (shape.media_type, json) {
                ("", _) => Vec::new(),
                (_, true) => value.to_string().into_bytes(),
                (_, false) if !operation.safe => b"OK\n".to_vec(),
                (_, false) => b"a,b\n1,2\n".to_vec(),
            };
            let media_type = if json { "application/json" } else { shape.media_type };
            let headers = vec![("Content-Type".to_owned(), media_type.to_owned())];
            let parsed = reply::parse(operation, Response { status, headers, body: body.clone() });
            let place = format!("{} {}", shape.status, shape.media_type);
            if !(200..300).contains(&status) {
                match parsed {
                    Err(error) if error.status() == Some(status) => continue,
                    other => return Err(format!("{place}: expected an error, got {other:?}")),
                }
            }
            let reply = parsed.map_err(|error| format!("{place}: {error}"))?;
            if reply.body != body || (reply.content == Content::Json) != (json && !body.is_empty()) {
                return Err(format!("{place}: came back as {:?}", reply.content));
            }
            let unfit = (typed.reply)(&reply).map_err(|error| format!("{place}: {error}"))?;
            // The reply's type is that of the first success; others may differ.
            if std::mem::take(&mut first) && !unfit.is_empty() {
                return Err(format!("{place}: the type has no place for {unfit:?}"));
            }
            if let (Some(items), Content::Json, true) =
                (typed.items, reply.content, shape.schema.kind != Kind::Any)
            {
                let described = described_items(operation, &value);
                let (read, unfit) = items(&reply).map_err(|error| format!("{place}: {error}"))?;
                if read != described || reply.items().len() != described || !unfit.is_empty() {
                    return Err(format!("{place}: {described} items, read {read}; no place for {unfit:?}"));
                }
            }
        }
        Ok(())
    });
}

fn described_items(operation: &Operation, reply: &Value) -> usize {
    let key = operation.paging.as_ref().map_or("", |paging| paging.items);
    let list = if key.is_empty() { Some(reply) } else { reply.get(key) };
    list.and_then(Value::as_array).map_or(0, Vec::len)
}

/// The same replies are held against the table and the fake in `tests/suite/tests/recorded.rs`.
#[test]
fn recorded_replies_fit_the_types() {
    // An object that was scrubbed to a text; a custom attribute, which belongs into `extra`.
    const UNFIT: [(&str, &str); 2] =
        [("v1.applications.list", "config"), ("v2.userGroups.replace", "attributes.Hello")];
    let files =
        [include_str!("../../tests/recorded/replies.json"), include_str!("../../tests/recorded/live.json")];
    let recorded = files.map(|text| serde_json::from_str::<Vec<Value>>(text).unwrap()).concat();
    let mut wrong = Vec::new();
    for recorded in recorded {
        let path = recorded["path"].as_str().unwrap().split('?').next().unwrap();
        let operation = route::find(recorded["method"].as_str().unwrap(), path).unwrap();
        let (_, typed) = all().find(|(known, _)| *known == operation).unwrap();
        let body = recorded.get("body").map(Value::to_string).unwrap_or_default().into_bytes();
        let status = u16::try_from(recorded["status"].as_u64().unwrap()).unwrap();
        let reply = reply::parse(operation, Response { status, headers: Vec::new(), body }).unwrap();
        let unfit = match typed.items {
            Some(items) => items(&reply).map(|(_, unfit)| unfit),
            None => (typed.reply)(&reply),
        };
        let unfit = unfit.unwrap_or_else(|error| vec![error.to_string()]);
        let unfit = unfit.into_iter().filter(|path| !UNFIT.contains(&(operation.name, path)));
        wrong.extend(unfit.map(|what| format!("{}: {what}", operation.name)));
    }
    assert!(wrong.is_empty(), "{} do not fit:\n{}", wrong.len(), wrong.join("\n"));
}
