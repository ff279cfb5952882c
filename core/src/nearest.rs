//! Names as callers write them: in another language's case, or nearly right.

use crate::json::Quoted;

/// What is longer is no name, and nothing is near it: to compare two texts takes as long as both lengths multiplied.
const LONGEST: usize = 64;

/// `; did you mean "…"?` when a known name is near enough, else nothing.
pub(crate) fn nearest<'a>(name: &str, mut known: impl Iterator<Item = &'a str>) -> String {
    nearest_within(1 + name.len() / 4, name, &mut known)
}

/// The same with at most so many letters that differ.
pub(crate) fn nearest_within(most: usize, name: &str, known: &mut dyn Iterator<Item = &str>) -> String {
    if name.len() > LONGEST {
        return String::new();
    }
    let mut best = (most, "");
    for other in known {
        let distance = distance(name, other);
        if distance < best.0 || distance == best.0 && best.1.is_empty() {
            best = (distance, other);
        }
    }
    if best.1.is_empty() { String::new() } else { suggestion(best.1) }
}

/// How many letters differ, are missing, or have changed places (the optimal string alignment), whatever their case.
fn distance(name: &str, other: &str) -> usize {
    let (mut before, mut last) = ([0; LONGEST + 1], [0; LONGEST + 1]);
    last.iter_mut().enumerate().for_each(|(place, cost)| *cost = place);
    let mut letter_before = 0;
    for (index, letter) in other.bytes().enumerate() {
        let letter = letter.to_ascii_lowercase();
        let mut row = [index + 1; LONGEST + 1];
        let mut own_before = 0;
        for (place, own) in name.bytes().take(LONGEST).enumerate() {
            let own = own.to_ascii_lowercase();
            let mut cost =
                (last[place] + usize::from(own != letter)).min(last[place + 1] + 1).min(row[place] + 1);
            if index > 0 && place > 0 && own == letter_before && own_before == letter {
                cost = cost.min(before[place - 1] + 1);
            }
            row[place + 1] = cost;
            own_before = own;
        }
        (before, last, letter_before) = (last, row, letter);
    }
    last[name.len().min(LONGEST)]
}

/// `; did you mean "…"?`
pub(crate) fn suggestion(name: &str) -> String {
    format!("; did you mean {}?", Quoted(name))
}

/// The one dotted name that says more in one of its nouns: `policies.policyResults.list` for `policies.results.list`. It
/// is nearer than what differs in fewer letters and is found elsewhere, as `policyResults.list` is.
pub(crate) fn fuller<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    // The same up to a dot behind the API and a noun, and the same again behind the letters that it has more.
    let more = |other: &str| {
        let same = name.bytes().zip(other.bytes()).take_while(|(letter, other)| letter == other).count();
        let start = name.get(..same)?.bytes().rposition(|letter| letter == b'.')? + 1;
        let (more, rest) = other.get(start..)?.split_at_checked(other.len().checked_sub(name.len())?)?;
        let fits = rest.starts_with(|first: char| first.is_ascii_uppercase()) && !more.contains('.');
        (fits && name.get(..start - 1)?.contains('.') && rest.eq_ignore_ascii_case(name.get(start..)?))
            .then_some(())
    };
    let is_fuller = |other: &&str| more(other).is_some();
    let mut found = known.iter().copied().filter(is_fuller);
    found.next().filter(|_| found.next().is_none())
}

/// Whether two names are the same but for case and the marks between words: `search_search_term` and
/// `search.searchTerm`, `v1.system-users.list` and `v1.systemUsers.list`. Each language writes names in its own case.
pub(crate) fn same(name: &str, other: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = u8> {
        name.bytes().filter(|b| !matches!(b, b'_' | b'-' | b'.')).map(|b| b.to_ascii_lowercase())
    }
    letters(name).eq(letters(other))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_distance_is_the_librarys(name in "[a-cA-C.]{0,12}", other in "[a-cA-C.]{0,14}") {
            let expected = strsim::osa_distance(&name.to_ascii_lowercase(), &other.to_ascii_lowercase());
            prop_assert_eq!(super::distance(&name, &other), expected);
        }
    }
}
