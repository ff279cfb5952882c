//! Object ids: twelve bytes, written as 24 hexadecimal digits, the first four of them the time of creation.

use std::fmt;

/// The id of an object. Ids order by the time of creation, as MongoDB's do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id([u8; 12]);

impl Id {
    /// No id is lower.
    pub(crate) const LOWEST: Id = Id([0; 12]);
    /// No id is higher.
    pub(crate) const HIGHEST: Id = Id([0xff; 12]);

    /// The id of something created at `seconds` (Unix time); `rest` tells those of one second apart.
    pub(crate) fn new(seconds: i64, rest: u64) -> Id {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&(seconds.clamp(0, i64::from(u32::MAX)) as u32).to_be_bytes());
        bytes[4..].copy_from_slice(&rest.to_be_bytes());
        Id(bytes)
    }

    /// Whether its last digit is odd.
    pub(crate) fn is_odd(self) -> bool {
        self.0[11] & 1 == 1
    }

    /// The lowest id after this one.
    pub(crate) fn after(self) -> Id {
        let number =
            u128::from_be_bytes(std::array::from_fn(|at| if at < 4 { 0 } else { self.0[at - 4] })) + 1;
        Id(std::array::from_fn(|at| number.to_be_bytes()[at + 4]))
    }

    /// This id, or the lowest after the last one if that is later.
    pub(crate) fn later_than(self, last: Option<Id>) -> Id {
        match last {
            Some(last) if last >= self => last.after(),
            _ => self,
        }
    }

    /// What tells it from others of the same second: for numbers that follow from it.
    pub(crate) fn number(self) -> u64 {
        u64::from_be_bytes(std::array::from_fn(|at| self.0[at + 4]))
    }

    /// Reads 24 hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Id> {
        let digits = text.as_bytes();
        if digits.len() != 24 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let mut bytes = [0; 12];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Id(bytes))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_orders_by_time() {
        let id = Id::new(1_577_836_800, 7);
        assert_eq!(id.to_string(), "5e0be1000000000000000007");
        assert_eq!(Id::parse("5E0BE1000000000000000007"), Some(id));
        assert!(Id::new(1_577_836_801, 0) > id);
        assert_eq!(id.after(), Id::new(1_577_836_800, 8));
        assert_eq!(Id::new(1, u64::MAX).after(), Id::new(2, 0));
        assert_eq!(Id::parse("5e0be100"), None);
        assert_eq!(Id::parse("zz0be1000000000000000007"), None);
    }
}
