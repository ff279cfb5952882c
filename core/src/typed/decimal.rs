use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

/// A 64-bit number that JumpCloud writes as text (its gRPC-backed services do). It is read from text and from a
/// number, and written as text.
///
/// ```
/// use jumpcloud_core::typed::Decimal;
///
/// let count: Decimal = serde_json::from_str("\"9007199254740993\"")?;
/// assert_eq!(count, Decimal(9007199254740993));
/// assert_eq!(serde_json::to_string(&count)?, "\"9007199254740993\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(pub i64);

impl Decimal {
    /// Reads text that this number would be written as: no other digits are lost.
    pub(super) fn parse(text: &str) -> Option<Decimal> {
        let number = Decimal(text.parse().ok()?);
        (number.to_string() == text).then_some(number)
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Decimal {
        Decimal(number)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let mut number = Decimal::default();
        match super::record::fill(&mut number, deserializer)? {
            None => Ok(number),
            Some(other) => Err(D::Error::custom(format_args!("expected a whole number, got {other}"))),
        }
    }
}
