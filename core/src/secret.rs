//! What must not be seen, and what keeps it out of print.

use std::fmt;

use crate::json::Value;

/// Text that must not be seen: it prints as `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The secret itself, for the header that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A key is secret wherever it stands when it holds one of these: passwords, one-time secrets, keys. It is compared in
/// lower case, letters and digits only: `client_secret` as `clientsecret`.
pub const SECRET_WORDS: [&str; 9] = [
    "password",
    "secret",
    "apikey",
    "privatekey",
    "encryptionkey",
    "passphrase",
    "accesstoken",
    "totp",
    "authorization",
];

/// A key is secret too when it is one of these, compared in the same way. Paging tokens are not.
pub const SECRET_KEYS: [&str; 4] = ["token", "pin", "key", "signature"];

/// Whether the value of a key is secret.
pub(crate) fn is_secret(key: &str) -> bool {
    let key: String =
        key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let holds = |word: &str| key.as_bytes().windows(word.len()).any(|part| part == word.as_bytes());
    SECRET_WORDS.iter().any(|word| holds(word)) || SECRET_KEYS.contains(&key.as_str())
}

/// Puts `[redacted]` for the secret values in a JSON value.
pub(crate) fn redact(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries.iter_mut() {
                if is_secret(key) && matches!(value, Value::String(_) | Value::Number(_)) {
                    *value = Value::String("[redacted]".into());
                } else {
                    redact(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}
