//! What crosses into JavaScript, as text.

use jumpcloud_core::conversation::Ticket;
use jumpcloud_core::request::Body;
use jumpcloud_core::{Error, Request};

/// A line and a number after it.
pub(crate) fn number(line: &str, number: u64) -> String {
    line.to_owned() + &number.to_string()
}

/// A request: the lines `send`, ticket, method, URL, body; the headers as lines of `name: value`; an empty line; and
/// the body. The line about the body is `-` when there is none, `text` when it is the text that follows, or a number
/// when an attachment belongs into that text, after so many of its UTF-16 units. Then the attachment's length follows.
pub(crate) fn request(ticket: Ticket, request: Request) -> String {
    let mut text = number("send\n", ticket.0);
    for part in ["\n", request.method.as_str(), "\n", &request.url, "\n"] {
        text.push_str(part);
    }
    let mut rest = String::new();
    match request.body {
        Body::Empty => text.push('-'),
        Body::Bytes(bytes) => {
            text.push_str("text");
            rest = lossy(bytes);
        }
        Body::Attachment { before, after, length } => {
            rest = lossy(before);
            text = number(&text, rest.encode_utf16().count() as u64);
            text.push(' ');
            text = number(&text, length);
            rest.push_str(&lossy(after));
        }
    }
    for (name, value) in &request.headers {
        for part in ["\n", name, ": ", value] {
            text.push_str(part);
        }
    }
    text.push_str("\n\n");
    text.push_str(&rest);
    text
}

/// The core writes its bodies as UTF-8.
fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

/// An error: the line `error`, and a JSON object with what is known of it. Times are in seconds.
pub(crate) fn error(error: &Error) -> String {
    let mut text = String::from("error\n{\"kind\":");
    quote(error.kind().name(), &mut text);
    let mut set = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            text.push_str(key);
            quote(value, &mut text);
        }
    };
    set(",\"message\":", Some(error.message()));
    set(",\"operation\":", error.operation());
    set(",\"parameter\":", error.parameter());
    set(",\"code\":", error.code());
    set(",\"requestId\":", error.request_id());
    if let Some(status) = error.status() {
        text = number(&(text + ",\"status\":"), status.into());
    }
    if let Some(wait) = error.retry_after() {
        text = number(&(text + ",\"retryAfter\":"), wait.as_secs());
    }
    if let Some(details) = error.details() {
        text.push_str(",\"details\":");
        text.push_str(details);
    }
    text.push('}');
    text
}

/// A text as JSON.
pub(crate) fn quote(text: &str, json: &mut String) {
    json.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => json.extend(['\\', letter]),
            '\0'..='\x1f' => {
                let digit = |value: u32| char::from_digit(value, 16).unwrap_or('0');
                json.push_str("\\u00");
                json.extend([digit(letter as u32 >> 4), digit(letter as u32 & 15)]);
            }
            _ => json.push(letter),
        }
    }
    json.push('"');
}
