//! The known name that is nearest to one that is not.

use crate::json::Quoted;

/// `; did you mean "…"?` when a known name is near enough, else nothing.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let plain = name.to_ascii_lowercase();
    let distance = |other: &str| strsim::osa_distance(&plain, &other.to_ascii_lowercase());
    let best = known.map(|other| (distance(other), other)).min_by_key(|(distance, _)| *distance);
    match best {
        Some((distance, other)) if distance <= 1 + name.len() / 4 => {
            format!("; did you mean {}?", Quoted(other))
        }
        _ => String::new(),
    }
}
