//! The dates of HTTP headers (RFC 9110, 5.6.7) as seconds since 1970: `Sun, 06 Nov 1994 08:49:37 GMT`, which is written, and
//! `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`, which are read too.
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

/// A date in any of the forms that servers send.
pub(crate) fn read(date: &str) -> Option<u64> {
    let mut words = date.split([' ', ':', ',', '-']).filter(|word| !word.is_empty()).skip(1).peekable();
    let number = |word: Option<&str>| word?.parse::<u64>().ok();
    let month =
        |word: Option<&str>| MONTHS.iter().position(|name| Some(*name) == word).map(|month| month as u64);
    let month_first = words.peek()?.parse::<u64>().is_err();
    let (day, month, mut year) = if month_first {
        let month = month(words.next())?;
        (number(words.next())?, month, None)
    } else {
        let (day, month) = (number(words.next())?, month(words.next())?);
        // Two digits are of the years from 1970 on.
        let year = match (words.peek()?.len(), number(words.next())?) {
            (2, year @ 70..) => 1900 + year,
            (2, year) => 2000 + year,
            (_, year) => year,
        };
        (day, month, Some(year))
    };
    let mut next = || number(words.next()).filter(|number| *number < 62);
    let (hour, minute, second) = (next()?, next()?, next()?);
    if month_first {
        year = number(words.next());
    }
    let year = year.filter(|year| (1970..10_000).contains(year))?;
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day.min(31);
    Some(((days.checked_sub(BEFORE_1970 + 1)? * 24 + hour) * 60 + minute) * 60 + second)
}

/// The date for a header; none outside the years 1970 to 9999, which is all that it can say.
pub(crate) fn write(time: SystemTime) -> Option<String> {
    let seconds = time.duration_since(UNIX_EPOCH).ok().as_ref().map(Duration::as_secs)?;
    let days = seconds / 86_400 + BEFORE_1970;
    let day = days % DAYS_400;
    let year = (day - day / DAYS_4 + day / DAYS_100 - day / (DAYS_400 - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 2, 0) } else { (month - 10, 1) };
    let year = days / DAYS_400 * 400 + year + next_year;
    if year > 9999 {
        return None;
    }
    let mut date = String::with_capacity(29);
    let two = |date: &mut String, number: u64| {
        date.extend([number / 10 % 10, number % 10].map(|digit| char::from(b'0' + digit as u8)));
    };
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
