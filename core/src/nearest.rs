//! Names as callers write them: in another language's case, or nearly right.

use crate::json::Quoted;

/// `; did you mean "…"?` when a known name is near enough, else nothing.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest_within(1 + name.len() / 4, name, known)
}

/// The same with at most so many letters that differ.
pub(crate) fn nearest_within<'a>(most: usize, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let plain = name.to_ascii_lowercase();
    let distance = |other: &str| strsim::osa_distance(&plain, &other.to_ascii_lowercase());
    let best = known.map(|other| (distance(other), other)).min_by_key(|(distance, _)| *distance);
    match best {
        Some((distance, other)) if distance <= most => {
            format!("; did you mean {}?", Quoted(other))
        }
        _ => String::new(),
    }
}

/// Whether two names are the same but for case and the marks between words: `search_search_term` and
/// `search.searchTerm`, `v1.system-users.list` and `v1.systemUsers.list`. Each language writes names in its own case.
pub(crate) fn same(name: &str, other: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = u8> {
        name.bytes().filter(|b| !matches!(b, b'_' | b'-' | b'.')).map(|b| b.to_ascii_lowercase())
    }
    letters(name).eq(letters(other))
}
