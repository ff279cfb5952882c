//! The dates of HTTP headers (RFC 9110, 5.6.7) and of JSON (RFC 3339, `1994-11-06T08:49:37Z`) as seconds since 1970. Of HTTP's
//! `Sun, 06 Nov 1994 08:49:37 GMT` is written, and `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994` are read too.
//!
//! Both ways count days in years that begin with March, so that the leap day is a year's last. (The library for this
//! panics outside its range and formats with std's machinery for widths: it takes 1 KB of the wasm module, gzipped.)

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
/// Days before 1970, counted from March of the year 0.
const BEFORE_1970: u64 = 719_468;
/// Days of 400 years, and of 100 and 4 of them without the leap day that their last year may have.
const DAYS_400: u64 = 146_097;
const DAYS_100: u64 = 36_524;
const DAYS_4: u64 = 1_460;

/// A date in any of the forms that servers send: the numbers stand in one order behind the month's name, and in another
/// around it.
pub(crate) fn read(date: &str) -> Option<u64> {
    let (mut numbers, mut count, mut month, mut month_first) = ([0; 5], 0, None, false);
    for word in date.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        if let Ok(number) = word.parse::<u64>() {
            let two_digits = count == 1 && word.len() == 2 && !month_first;
            // Two digits are of the years from 1970 on.
            let century = if !two_digits {
                0
            } else if number < 70 {
                2000
            } else {
                1900
            };
            *numbers.get_mut(count)? = century + number;
            count += 1;
        } else if month.is_none() {
            month = MONTHS.iter().position(|name| *name == word);
            month_first = month.is_some() && count == 0;
        }
    }
    if !DAYS.iter().any(|day| date.starts_with(day)) {
        return None;
    }
    let [day, a, b, c, d] = numbers;
    let (year, clock) = if month_first { (d, [a, b, c]) } else { (a, [b, c, d]) };
    if count < 5 || !(1970..10_000).contains(&year) || clock.iter().any(|number| *number > 61) {
        return None;
    }
    seconds(year, month? as u64, day, clock)
}

/// The seconds since 1970; months count from 0.
fn seconds(year: u64, month: u64, day: u64, [hour, minute, second]: [u64; 3]) -> Option<u64> {
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day.min(31);
    Some(((days.checked_sub(BEFORE_1970 + 1)? * 24 + hour) * 60 + minute) * 60 + second)
}

/// A time of RFC 3339, without the fraction of its second.
pub(crate) fn read_rfc3339(time: &str) -> Option<u64> {
    let (local, rest) = time.as_bytes().split_at_checked(19)?;
    let [year, month, day, hour, minute, second] = numbers(local, b"0000-00-00T00:00:00")?;
    let whole = (1..=12).contains(&month) && (1..=31).contains(&day);
    if year < 1970 || !whole || hour > 24 || minute > 60 || second > 60 {
        return None;
    }
    let local = seconds(year, month - 1, day, [hour, minute, second])?;
    let digits = match rest.strip_prefix(b".") {
        Some(rest) => 1 + rest.iter().take_while(|digit| digit.is_ascii_digit()).count(),
        None => 0,
    };
    match rest.get(digits..)? {
        b"Z" | b"z" => Some(local),
        [sign @ (b'+' | b'-'), zone @ ..] => {
            let [hours, minutes, ..] = numbers(zone, b"00:00")?;
            let ahead = (hours * 60 + minutes) * 60;
            if *sign == b'+' { local.checked_sub(ahead) } else { local.checked_add(ahead) }
        }
        _ => None,
    }
}

/// The numbers of a text that is written like another one.
fn numbers(text: &[u8], like: &[u8]) -> Option<[u64; 6]> {
    let (mut numbers, mut count) = ([0; 6], 0);
    for (letter, like) in text.iter().zip(like) {
        match like {
            b'0' if letter.is_ascii_digit() => {
                let number = numbers.get_mut(count)?;
                *number = *number * 10 + u64::from(letter - b'0');
            }
            b'T' if matches!(letter, b'T' | b't' | b' ') => count += 1,
            like if letter == like && *like != b'0' => count += 1,
            _ => return None,
        }
    }
    (text.len() == like.len()).then_some(numbers)
}

/// Whether a text is a time of RFC 3339, which has a zone, or where that will do a date.
pub(crate) fn is_time(text: &str, date: bool) -> bool {
    read_rfc3339(text).is_some()
        || date && text.len() == 10 && read_rfc3339(&format!("{text}T00:00:00Z")).is_some()
}

/// The time as RFC 3339 has it, in UTC; none after the year 9999.
pub(crate) fn write_rfc3339(time: u64) -> Option<String> {
    let (year, month, day) = date(time)?;
    let mut text = String::with_capacity(20);
    two(&mut text, year / 100);
    for (number, mark) in [
        (year % 100, '-'),
        (month + 1, '-'),
        (day, 'T'),
        (time / 3600 % 24, ':'),
        (time / 60 % 60, ':'),
        (time % 60, 'Z'),
    ] {
        two(&mut text, number);
        text.push(mark);
    }
    Some(text)
}

fn two(text: &mut String, number: u64) {
    text.extend([number / 10 % 10, number % 10].map(|digit| char::from(b'0' + digit as u8)));
}

/// The date for a header; none outside the years 1970 to 9999, which is all that it can say.
pub(crate) fn write(time: SystemTime) -> Option<String> {
    let seconds = time.duration_since(UNIX_EPOCH).ok().as_ref().map(Duration::as_secs)?;
    let (year, month, day) = date(seconds)?;
    let mut date = String::with_capacity(29);
    date.push_str(DAYS.get((seconds / 86_400 % 7) as usize)?);
    date.push_str(", ");
    two(&mut date, day);
    date.extend([" ", MONTHS.get(month as usize)?, " "]);
    two(&mut date, year / 100);
    two(&mut date, year);
    for (mark, number) in [(' ', seconds / 3600 % 24), (':', seconds / 60 % 60), (':', seconds % 60)] {
        date.push(mark);
        two(&mut date, number);
    }
    date.push_str(" GMT");
    Some(date)
}

/// Year, month (from 0) and day of a time, up to the year 9999.
fn date(seconds: u64) -> Option<(u64, u64, u64)> {
    let days = seconds / 86_400 + BEFORE_1970;
    let day = days % DAYS_400;
    let year = (day - day / DAYS_4 + day / DAYS_100 - day / (DAYS_400 - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 2, 0) } else { (month - 10, 1) };
    let year = days / DAYS_400 * 400 + year + next_year;
    (year <= 9999).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_the_librarys_both_ways() {
        const YEAR_10000: u64 = 253_402_300_800;
        // Every fourth day or so, at changing times of the day, of all years there are; and each day of some.
        let all = (0..YEAR_10000).step_by(86_400 * 4 - 12_345);
        for second in all.chain((0..86_400 * 366 * 140).step_by(86_399)).chain([YEAR_10000 - 1]) {
            let time = UNIX_EPOCH + Duration::from_secs(second);
            let date = httpdate::fmt_http_date(time);
            assert_eq!(read(&date), Some(second), "{date}");
            assert_eq!(write(time), Some(date));
            let date = humantime::format_rfc3339_seconds(time).to_string();
            assert_eq!(read_rfc3339(&date), Some(second), "{date}");
            assert_eq!(write_rfc3339(second), Some(date));
        }
        // The two old forms, as the library reads them.
        for second in (0..86_400 * 365 * 130).step_by(86_400 * 3 + 4_321) {
            let time = UNIX_EPOCH + Duration::from_secs(second);
            let date = httpdate::fmt_http_date(time);
            let [day, month, year, clock] = [&date[5..7], &date[8..11], &date[12..16], &date[17..25]];
            let asctime = format!("{} {month} {:>2} {clock} {year}", &date[..3], day.trim_start_matches('0'));
            assert_eq!(httpdate::parse_http_date(&asctime).ok(), Some(time), "{asctime}");
            assert_eq!(read(&asctime), Some(second), "{asctime}");
            let weekdays = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
            let weekday = weekdays[(second / 86_400 % 7) as usize];
            let old = format!("{weekday}, {day}-{month}-{} {clock} GMT", &year[2..]);
            if second < 86_400 * 365 * 99 {
                assert_eq!(httpdate::parse_http_date(&old).ok(), Some(time), "{old}");
                assert_eq!(read(&old), Some(second), "{old}");
            }
        }
        assert_eq!(write(UNIX_EPOCH + Duration::from_secs(YEAR_10000)), None);
        assert_eq!(write(UNIX_EPOCH - Duration::from_secs(1)), None);
    }

    #[test]
    fn times_of_events_are_read_as_they_come() {
        let second = read_rfc3339("2020-04-14T15:26:03Z").unwrap();
        for same in [
            "2020-04-14T15:26:03.218Z",
            "2020-04-14T15:26:03.123456789Z",
            "2020-04-14T17:26:03.5+02:00",
            "2020-04-14T09:56:03-05:30",
            "2020-04-14t15:26:03z",
        ] {
            assert_eq!(read_rfc3339(same), Some(second), "{same}");
        }
        for other in [
            "",
            "2020-04-14",
            "2020-04-14T15:26:03",
            "2020-13-14T15:26:03Z",
            "2020-04-14T15:26:03+2",
            "+020-04-14T15:26:03Z",
            "1586877963000",
        ] {
            assert_eq!(read_rfc3339(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_no_date_is_not_read() {
        for other in [
            "",
            "Sun",
            "Sun, 06 Now 1994 08:49:37 GMT",
            "Sun, 06 Nov 0000 08:49:37 GMT",
            "x, 1 Jan 1970 99:00:00 GMT",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
