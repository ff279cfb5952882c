//! Answers made from a reply's schema: for the operations of which the fake keeps no state.

use jumpcloud_core::operation::{Answers, Operation, Strategy};
use jumpcloud_core::schema::{Kind, Schema};
use serde_json::{Value, json};

use crate::call::{Answer, Call, Outcome, Page};
use crate::company::Company;
use crate::habits;
use crate::maker::Maker;
use crate::refusal::Refusal;

/// How many items a list of examples has: more than the default page, less than two large ones.
pub(crate) const ITEMS: usize = 25;
/// A schema of anything.
pub(crate) const ANY: Schema = Schema { kind: Kind::Any, nullable: true, open: true };

/// Answers a call with an example.
pub(crate) fn answer(company: &Company, call: &Call) -> Outcome {
    let replies = call.operation.replies();
    let success = replies.iter().find(|reply| reply.status.starts_with('2'));
    let status = success.and_then(|reply| reply.status.parse().ok()).unwrap_or(200);
    let mut maker = Maker::new(&company.facts, call.now, 0, call.operation.path);
    match call.operation.answers {
        Answers::Empty => Ok(Answer::empty(status)),
        Answers::Text => Ok(Answer { status, ..Answer::text(200, "OK".into()) }),
        Answers::Bytes => Ok(bytes(status, success.map_or("", |reply| reply.media_type))),
        _ => {
            let schema = success.map(|reply| &reply.schema);
            let schema = schema.unwrap_or(&ANY);
            match items(call.operation, schema) {
                Some(item) => {
                    let page = asked_page(call)?;
                    let items = (0..ITEMS).map(|_| maker.value("", item, 1)).skip(page.skip).take(page.limit);
                    let items = items.collect();
                    enveloped(&mut maker, call, schema, page, ITEMS, items)
                }
                None => {
                    let mut value = maker.value("", schema, 0);
                    echo(call, &mut value);
                    Ok(Answer::json(status, &value))
                }
            }
        }
    }
}

/// The schema of a list's items.
pub(crate) fn items<'a>(operation: &Operation, schema: &'a Schema) -> Option<&'a Schema> {
    let paging = operation.paging.as_ref()?;
    let array = match &schema.resolved().kind {
        Kind::Object(properties) => &properties.iter().find(|property| property.name == paging.items)?.schema,
        _ => schema,
    };
    match &array.resolved().kind {
        Kind::Array(item) => Some(item),
        // A list whose items are not described.
        Kind::Any => Some(&ANY),
        _ => None,
    }
}

/// A small file of the right kind.
fn bytes(status: u16, media_type: &str) -> Answer {
    const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
    let known: [(&str, &'static str, &[u8]); 7] = [
        ("image/", "image/gif", PIXEL),
        (
            "application/pdf",
            "application/pdf",
            b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
        ),
        (
            "application/x-apple-aspen-config",
            "application/x-apple-aspen-config",
            b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict/></plist>\n",
        ),
        (
            "application/x-pem-file",
            "application/x-pem-file",
            b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        ),
        // An archive without files.
        ("application/zip", "application/zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        ("text/", "text/plain; charset=utf-8", b"example\n"),
        ("", "application/octet-stream", b"\x00\x01\x02example\xff"),
    ];
    let found = known.into_iter().find(|(prefix, ..)| media_type.starts_with(prefix));
    let (_, media_type, body) = found.unwrap_or(("", "application/octet-stream", b""));
    Answer { status, headers: Vec::new(), media_type, body: body.to_vec() }
}

/// Which part of a list is asked for; tokens and cursors are read too.
pub(crate) fn asked_page(call: &Call) -> Result<Page, Refusal> {
    let mut page = call.page()?;
    let Some(paging) = &call.operation.paging else { return Ok(page) };
    // A token is the number of items before the page; a cursor is an object that holds it.
    match paging.strategy {
        Strategy::Token => page.skip = call.text(paging.position).parse().unwrap_or(0),
        Strategy::SearchAfter => {
            let after = call.body.get(paging.position).and_then(|cursor| cursor["after"].as_u64());
            page.skip = after.map_or(page.skip, |after| usize::try_from(after).unwrap_or(usize::MAX));
        }
        _ => {}
    }
    Ok(page)
}

/// A page of a list in the envelope that the schema describes.
pub(crate) fn enveloped(
    maker: &mut Maker,
    call: &Call,
    schema: &Schema,
    page: Page,
    total: usize,
    items: Vec<Value>,
) -> Outcome {
    let end = page.skip.saturating_add(items.len());
    let mut answer = call.values(page, total, items)?;
    let Some(paging) = &call.operation.paging else { return Ok(answer) };
    if let (Kind::Object(properties), Ok(Value::Object(mut envelope))) =
        (&schema.resolved().kind, serde_json::from_slice(&answer.body))
    {
        // Newer services say `count` where others say `totalCount`.
        for property in properties.iter().filter(|property| property.required || property.name == "count") {
            if !envelope.contains_key(&property.name) {
                let counted = json!(total);
                let value = (property.name == "count")
                    .then(|| maker.shape(&property.schema, &counted))
                    .flatten()
                    .unwrap_or_else(|| maker.value(&property.name, &property.schema, 1));
                envelope.insert(property.name.clone(), value);
            }
        }
        let is_text = paging.strategy != Strategy::SearchAfter;
        let token = |after: usize| if is_text { json!(after.to_string()) } else { json!({"after": after}) };
        let sent = if is_text { &call.parameters } else { call.body.as_object().unwrap_or(&call.parameters) };
        let next = (end < total).then(|| token(end));
        let next = habits::token(call, next, sent.get(paging.position), &token(0));
        let cursor = if is_text { next.or_else(|| Some(json!(""))) } else { next };
        let cursor = cursor.filter(|_| !paging.cursor.is_empty());
        envelope.extend(cursor.map(|cursor| (paging.cursor.to_owned(), cursor)));
        if let Some(total) = envelope.get_mut(paging.total) {
            let decimal = properties.iter().any(|property| {
                property.name == paging.total
                    && property.schema.resolved().kind == Kind::Integer { decimal: true }
            });
            if decimal {
                *total = json!(total.to_string());
            }
        }
        answer.body = Value::Object(envelope).to_string().into_bytes();
    }
    Ok(answer)
}

/// What was sent and asked for comes back in the places that have the same names.
fn echo(call: &Call, value: &mut Value) {
    let Value::Object(record) = value else { return };
    let path = call.parameters.iter().filter(|(_, value)| value.is_string());
    for (name, sent) in call.body.as_object().into_iter().flatten().chain(path) {
        if let Some(shown) = record.get_mut(name).filter(|shown| same_kind(shown, sent)) {
            *shown = sent.clone();
        }
    }
    if let (Some(id), Some(own)) = (record.get_mut("id"), call.parameters.get("id"))
        && id.is_string()
    {
        *id = own.clone();
    }
}

fn same_kind(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(_), Value::String(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_)) => true,
        // Parts of the body may lack what a reply must hold: only plain values come back.
        _ => false,
    }
}
