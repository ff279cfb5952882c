//! What must not be seen, and what keeps it out of print.

use std::fmt;
use std::sync::OnceLock;

use zeroize::Zeroizing;

use crate::json::Value;

/// What stands for what is not shown.
pub(crate) const REDACTED: &str = "[redacted]";

/// Text that must not be seen: it prints as `[redacted]`, and its memory is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps a secret.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(text.into()))
    }

    /// The secret itself, for the header that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// The names whose values may be shown, sorted: `core/api/leaf-classes.tsv` judges each. One that only ever holds objects has a dot
/// after it, a parameter a question mark before it.
const HARMLESS: &str = include_str!("table/harmless-sent.txt");

/// The same of what only comes back, which is printed as typed records alone.
#[cfg(feature = "typed")]
const HARMLESS_RECEIVED: &str = include_str!("table/harmless-received.txt");

/// Whether the value of a parameter of the path or the query may be shown.
pub(crate) fn is_harmless_parameter(name: &str) -> bool {
    is_harmless(&["?", name].concat())
}

/// Whether the value of a property may be shown. What nobody has judged may not.
fn is_harmless(name: &str) -> bool {
    static NAMES: OnceLock<Vec<&str>> = OnceLock::new();
    let among = |names: &OnceLock<Vec<&'static str>>, text: &'static str| {
        names.get_or_init(|| text.lines().collect()).binary_search(&name).is_ok()
    };
    if among(&NAMES, HARMLESS) {
        return true;
    }
    #[cfg(feature = "typed")]
    {
        static RECEIVED: OnceLock<Vec<&str>> = OnceLock::new();
        among(&RECEIVED, HARMLESS_RECEIVED)
    }
    #[cfg(not(feature = "typed"))]
    false
}

/// Whether what stands under a name may be looked into.
fn may_hold(name: &str) -> bool {
    is_harmless(&[name, "."].concat())
}

/// Puts `[redacted]` for everything in a JSON value that is not known to be harmless: in objects, what stands under a name that
/// is not, and all that is below it; elsewhere, what has no name.
pub(crate) fn redact(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries.iter_mut() {
                match value {
                    Value::Null => {}
                    value if is_harmless(key) => redact_below(value),
                    value if may_hold(key) => redact(value),
                    value => *value = Value::String(REDACTED.into()),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Null => {}
        value => *value = Value::String(REDACTED.into()),
    }
}

/// The same below a name that is harmless.
fn redact_below(value: &mut Value) {
    match value {
        Value::Object(_) => redact(value),
        Value::Array(items) => items.iter_mut().for_each(redact_below),
        _ => {}
    }
}
