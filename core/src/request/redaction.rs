//! A request for a person to read: without credentials and secret values.

use std::fmt;

use super::{Body, Request};
use crate::json::Value;
use crate::secret::{REDACTED, is_harmless_parameter, redact};

/// The headers that may be shown, of ours and of the table's; what a caller adds may hold anything.
const SHOWN: [&str; 11] = [
    "accept",
    "consistencylevel",
    "content-type",
    "creation-source",
    "date",
    "user-agent",
    "x-eventually-consistent",
    "x-org-id",
    "x-provider-id",
    "x-total-count",
    "x-unfiltered-total-count",
];

impl fmt::Display for Request {
    /// The request for a person to read, of which is shown what is known to be harmless.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        write!(f, "{} {path}", self.method)?;
        for (index, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = if self.secret_url || !is_harmless_parameter(name) { REDACTED } else { value };
            write!(f, "{}{name}={value}", if index == 0 { '?' } else { '&' })?;
        }
        for (name, value) in &self.headers {
            let value = if SHOWN.contains(&&**name) { value } else { REDACTED };
            write!(f, "\n{name}: {value}")?;
        }
        match &self.body {
            Body::Empty => Ok(()),
            Body::Bytes(bytes) if self.header("content-type") == Some("application/json") => {
                match std::str::from_utf8(bytes).ok().and_then(|text| Value::read(text).ok()) {
                    Some(mut value) => {
                        redact(&mut value);
                        write!(f, "\n\n{value}")
                    }
                    None => write!(f, "\n\n[{} bytes]", bytes.len()),
                }
            }
            Body::Bytes(bytes) => write!(f, "\n\n[{} bytes]", bytes.len()),
            Body::Attachment { before, after, length } => {
                write!(f, "\n\n[{} bytes]", before.len() as u64 + length + after.len() as u64)
            }
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Empty => f.write_str("Body(empty)"),
            Body::Bytes(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Body::Attachment { length, .. } => write!(f, "Body(attachment of {length} bytes)"),
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({self})")
    }
}
