//! The requests that came, without what is secret.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

/// One request, as [`Fake::requests`](crate::Fake::requests) and `GET /__fake/requests` tell it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoggedRequest {
    /// The method.
    pub method: String,
    /// Path and query, byte for byte as they came.
    pub target: String,
    /// The headers, names in lower case; of secrets the last four characters.
    pub headers: Vec<(String, String)>,
    /// The body as JSON or text; secrets blacked out; null when empty, long or no text.
    pub body: Value,
    /// The dotted name of the operation it was taken for.
    pub operation: Option<&'static str>,
    /// The status of the answer.
    pub status: u16,
    /// Whether the answer was an example made from the description, with no state behind it.
    pub example: bool,
    /// What was off, in the core's words: served all the same unless the fake is strict.
    pub off: Vec<String>,
}

/// How many requests are kept.
const KEPT: usize = 5000;
/// How long a body may be to be kept.
const LONGEST: usize = 16 * 1024;

/// The last requests.
#[derive(Default)]
pub(crate) struct Log(VecDeque<LoggedRequest>);

impl Log {
    /// Notes a request.
    pub(crate) fn add(&mut self, request: LoggedRequest) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(request);
    }

    /// All that are kept, the oldest first.
    pub(crate) fn requests(&self) -> Vec<LoggedRequest> {
        self.0.iter().cloned().collect()
    }

    /// Forgets them.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Headers without secrets.
pub(crate) fn redacted_headers(headers: &[(String, String)]) -> Vec<(String, String)> {
    let redact = |(name, value): &(String, String)| match name.as_str() {
        "x-api-key" | "authorization" | "cookie" => (name.clone(), redacted(value)),
        _ => (name.clone(), value.clone()),
    };
    headers.iter().map(redact).collect()
}

/// The scheme of a credential and its last four characters.
fn redacted(value: &str) -> String {
    let (scheme, secret) = value.split_once(' ').map_or(("", value), |(scheme, secret)| (scheme, secret));
    let tail =
        secret.char_indices().rev().nth(3).filter(|(at, _)| *at >= 8).map_or("", |(at, _)| &secret[at..]);
    format!("{scheme}{}…{tail}", if scheme.is_empty() { "" } else { " " })
}

/// A body without secrets.
pub(crate) fn redacted_body(body: &[u8]) -> Value {
    if body.is_empty() || body.len() > LONGEST {
        return Value::Null;
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            black_out(&mut value);
            value
        }
        Err(_) => std::str::from_utf8(body).map_or(Value::Null, |text| Value::String(text.to_owned())),
    }
}

fn black_out(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(black_out),
        Value::Object(record) => {
            for (name, value) in record {
                let name = name.to_lowercase();
                let secret = ["password", "secret", "apikey", "privatekey", "token"]
                    .iter()
                    .any(|word| name.contains(word));
                match value {
                    Value::String(text) if secret => *text = "[redacted]".into(),
                    value => black_out(value),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_not_kept() {
        assert_eq!(redacted("jca_0123456789abcdef"), "…cdef");
        assert_eq!(redacted("Bearer 0123456789abcdef"), "Bearer …cdef");
        assert_eq!(redacted("short"), "…");
        let body = redacted_body(br#"{"username":"ada","password":"S3cret!","list":[{"clientSecret":"x"}]}"#);
        assert_eq!(
            body,
            json!({"username": "ada", "password": "[redacted]", "list": [{"clientSecret": "[redacted]"}]})
        );
    }
}
