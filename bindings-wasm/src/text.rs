//! What crosses into JavaScript, as text.

use std::time::Duration;

use jumpcloud_core::conversation::Ticket;
use jumpcloud_core::request::Body;
use jumpcloud_core::{Error, Reply, Request};

/// A line and a number after it.
pub(crate) fn number(line: &str, number: u64) -> String {
    line.to_owned() + &number.to_string()
}

/// Whole milliseconds, rounded up: a wait that ends too early is followed by another one. (`as_micros` would divide 128 bits,
/// with code of its own.)
pub(crate) fn milliseconds(time: Duration) -> u64 {
    time.as_secs().saturating_mul(1000).saturating_add(u64::from(time.subsec_micros().div_ceil(1000)))
}

/// A request: this line, and the lines ticket (and after it how many bytes of the answer's body are wanted), method, URL, body; the headers as lines of `name: value`; an empty line; and
/// the body. The line about the body is `-` when there is none, `text` when it is the text that follows, or a number
/// when an attachment belongs into that text, after so many of its UTF-16 units. Then the attachment's length follows, and `secret`
/// where the URL is one.
pub(crate) fn request(line: &str, ticket: Ticket, request: Request) -> String {
    let secret = if request.is_presigned() { " secret" } else { "" };
    let mut text = number(&(number(line, ticket.0) + " "), request.max_body);
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
            text = number(&text, length) + secret;
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

/// An error: the line `error`, and a JSON object with what is known of it. The line is `composer` when
/// `provide_composer` mends it.
pub(crate) fn error(error: &Error) -> String {
    let line = if error.needs_composer() { "composer\n" } else { "error\n" };
    line.to_owned() + &error.to_json()
}

/// An error of a conversation: as [`error`], and after a NUL, which no JSON holds, the answer's headers as lines of `name: value`.
pub(crate) fn failure(error: &Error) -> String {
    let mut text = self::error(error);
    text.push('\0');
    for (name, value) in error.headers() {
        for part in [name, ": ", value, "\n"] {
            text.push_str(part);
        }
    }
    text
}

/// What every reply may need once it turns out not to decode: lines with the operation, the status and the request's id.
pub(crate) fn origin(reply: &Reply) -> String {
    let status = number("\n", reply.status.into());
    ["\n", reply.operation.name, &status, "\n", reply.request_id().unwrap_or_default()].concat()
}
