//! Times: milliseconds since 1970 and JumpCloud's way of writing them, `2013-10-16T19:30:55.611Z`.

use std::time::{SystemTime, UNIX_EPOCH};

/// A day in milliseconds.
pub(crate) const DAY: i64 = 86_400_000;

/// The time now, in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as i64)
}

/// A time as text, with milliseconds.
pub(crate) fn write(milliseconds: i64) -> String {
    let (year, month, day) = civil(milliseconds.div_euclid(DAY));
    let rest = milliseconds.rem_euclid(DAY);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", rest % 1000)
}

/// Reads RFC 3339, or a date alone.
pub(crate) fn read(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| {
        let digits = text.get(range)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok())?
    };
    let sign = |at: usize, expected: &str| text.get(at..at + 1).filter(|sign| expected.contains(*sign));
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    (sign(4, "-").is_some()
        && sign(7, "-").is_some()
        && (1..=12).contains(&month)
        && (1..=31).contains(&day))
    .then_some(())?;
    let midnight = days(year, month, day) * DAY;
    if text.len() == 10 {
        return Some(midnight);
    }
    sign(10, "Tt ")?;
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    (sign(13, ":").is_some() && sign(16, ":").is_some() && hour < 24 && minute < 60 && second <= 60)
        .then_some(())?;
    let mut rest = text.get(19..)?;
    let mut milliseconds = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(fraction.len());
        let (digits, zone) = fraction.split_at(end);
        milliseconds = format!("{digits:0<3}").get(..3)?.parse().ok()?;
        rest = zone;
    }
    let offset = match rest {
        "Z" | "z" => 0,
        zone => {
            let minutes = zone.get(1..3)?.parse::<i64>().ok()? * 60 + zone.get(4..6)?.parse::<i64>().ok()?;
            match (zone.get(..1)?, zone.get(3..4)?, zone.len()) {
                ("+", ":", 6) => minutes,
                ("-", ":", 6) => -minutes,
                _ => return None,
            }
        }
    };
    Some(midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + milliseconds)
}

/// The day of a number of days since 1970 (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_back() {
        for text in ["1970-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z", "2013-10-16T19:30:55.611Z"] {
            assert_eq!(write(read(text).unwrap()), text);
        }
        assert_eq!(read("2013-10-16T21:30:55+02:00"), read("2013-10-16T19:30:55Z"));
        assert_eq!(read("2013-10-16T19:30:55.6Z"), Some(1_381_951_855_600));
        assert_eq!(read("2013-10-16"), read("2013-10-16T00:00:00.0000Z"));
        for text in [
            "",
            "yesterday",
            "2013-13-01",
            "2013-10-16T19",
            "2013-10-16T19:30:55",
            "2013-10-16T19:30:55+0200",
            "2013-10-16T25:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
