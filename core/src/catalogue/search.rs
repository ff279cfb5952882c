//! Which operations a person means by some words.
//!
//! A word counts for more the fewer operations have it, and by where it stands: in a name for more than in a path. It is
//! met in any of its forms, by its beginning as long as it is being typed, and by the words that people say for it
//! (`api/search-words.tsv`). Of two operations that hold the same words, the one whose name says less else comes first.

use crate::nearest::same;
use crate::{Operation, words};

/// An operation with what is known of it beside the table's columns.
pub(super) struct Found {
    pub(super) operation: &'static Operation,
    /// Empty without the feature `words`.
    pub(super) sentence: &'static str,
    /// Empty without the feature `ids`.
    pub(super) ids: Vec<String>,
}

/// What a word counts by where it stands.
const NAME: f64 = 1.0;
const SENTENCE: f64 = 0.8;
/// In what a sentence says after its first clause: on what condition, to what end.
const AFTERTHOUGHT: f64 = 0.5;
const PATH: f64 = 0.5;
const ID: f64 = 0.4;
const METHOD: f64 = 0.3;

/// What the next place counts in which a word stands, too.
const AGAIN: f64 = 0.3;

/// What another word for a word counts, and what a longer one does that begins with it, where no operation has it itself.
const OTHER: f64 = 0.95;
const LONGER: f64 = 0.6;
/// So many letters of a word are a beginning.
const BEGINNING: usize = 3;

/// How much more an operation counts whose name says nothing else, and one that says every word of the question.
const NOTHING_ELSE: f64 = 0.5;
const EVERYTHING: f64 = 0.5;

/// Who says no verb wants to see something.
const SHOWS: [(&str, f64); 4] = [("list", 1.04), ("query", 1.04), ("get", 1.02), ("search", 1.02)];

/// What counts less than this part of the best is not meant.
const WORTH: f64 = 0.6;

/// What stands in any question and says nothing of what is looked for.
const EMPTY: [&str; 34] = [
    "a", "all", "an", "and", "any", "are", "at", "by", "can", "do", "does", "every", "for", "from", "her",
    "his", "how", "i", "in", "is", "it", "its", "me", "my", "of", "on", "or", "our", "s", "the", "their",
    "to", "what", "with",
];

/// All operations, or those that are meant, the likeliest first.
pub(super) fn find(question: &str) -> Vec<Found> {
    let mut sentences = words::sentences();
    #[cfg(feature = "ids")]
    let known = Operation::all_with_ids();
    #[cfg(not(feature = "ids"))]
    let known = Operation::all().map(|operation| (operation, Vec::new()));
    let mut known: Vec<Found> = known
        .map(|(operation, ids)| Found { operation, ids, sentence: sentences.next().unwrap_or_default() })
        .collect();
    let wanted = Wanted::of(question);
    if wanted.is_empty() {
        return known;
    }
    let entries: Vec<Entry> = known.iter().map(Entry::of).collect();
    // A row for each operation, in it what each word counts there.
    let counts = |beginnings: bool| -> Vec<Vec<f64>> {
        let row = |entry: &Entry| wanted.iter().map(|word| entry.counts(word, beginnings)).collect();
        entries.iter().map(row).collect()
    };
    let holds = |rows: &[Vec<f64>], word: usize| {
        rows.iter().filter(|row| row.get(word).is_some_and(|count| *count > 0.0)).count()
    };
    let mut rows = counts(false);
    let unknown: Vec<usize> = (0..wanted.len()).filter(|word| holds(&rows, *word) == 0).collect();
    if !unknown.is_empty() {
        for (row, longer) in rows.iter_mut().zip(counts(true)) {
            for (word, (count, longer)) in row.iter_mut().zip(longer).enumerate() {
                if unknown.contains(&word) {
                    *count = longer;
                }
            }
        }
    }
    // As the fourth root: a word that is everywhere counts all the same, and one that is rare does not decide alone.
    let rare = |word| (entries.len() as f64 / holds(&rows, word).max(1) as f64).sqrt().sqrt();
    let rare: Vec<f64> = (0..wanted.len()).map(rare).collect();
    let all: f64 = rare.iter().sum();
    let mut ranked: Vec<(f64, Found)> = Vec::new();
    for ((found, entry), row) in known.drain(..).zip(&entries).zip(&rows) {
        let said: f64 = row.iter().zip(&rare).map(|(count, rare)| count * rare).sum();
        let met: f64 = row.iter().zip(&rare).filter(|(count, _)| **count > 0.0).map(|(_, rare)| rare).sum();
        let score = said
            * (1.0 + NOTHING_ELSE * entry.said_by(&wanted))
            * (1.0 + EVERYTHING * met / all)
            * entry.shows();
        let exactly = if found.is_called(question) { f64::MAX / 2.0 } else { 0.0 };
        ranked.push((score + exactly, found));
    }
    // Equals stay in the order of their names.
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let best = ranked.first().map_or(0.0, |(score, _)| *score);
    let meant = ranked.into_iter().take_while(|(score, _)| *score > 0.0 && *score >= best * WORTH);
    meant.map(|(_, found)| found).collect()
}

impl Found {
    /// Whether this is its name or one of its operationIds, in whatever case.
    fn is_called(&self, name: &str) -> bool {
        let name = name.trim();
        same(self.operation.name, name) || self.ids.iter().any(|id| same(id, name))
    }
}

/// A word of the question.
struct Wanted {
    stem: String,
    /// What people say for it.
    others: Vec<String>,
}

impl Wanted {
    fn of(question: &str) -> Vec<Wanted> {
        let mut wanted: Vec<Wanted> = Vec::new();
        for word in split(question).filter(|word| !EMPTY.contains(&word.as_str())) {
            let stem = stem(&word);
            if wanted.iter().all(|known| known.stem != stem) {
                wanted.push(Wanted { others: synonyms(&stem), stem });
            }
        }
        wanted
    }

    /// What another word counts for this one; with `beginnings`, as the beginning of a word that is still typed.
    fn means(&self, other: &str, beginnings: bool) -> f64 {
        if other == self.stem {
            1.0
        } else if self.others.iter().any(|known| known == other) {
            OTHER
        } else if beginnings && self.stem.len() >= BEGINNING && other.starts_with(&self.stem) {
            LONGER
        } else {
            0.0
        }
    }
}

/// The words of the lines that hold this one.
fn synonyms(word: &str) -> Vec<String> {
    let lines = include_str!("../table/search-words.txt").lines();
    let lines = lines.map(|line| line.split('\t').map(stem).collect::<Vec<_>>());
    let mut others: Vec<String> =
        lines.filter(|line| line.iter().any(|known| known == word)).flatten().collect();
    others.retain(|other| other != word);
    others
}

/// What an operation says of itself.
struct Entry {
    /// What a word counts in a place, and the words there.
    places: Vec<(f64, Vec<String>)>,
    /// The words of its name, without the API.
    name: Vec<String>,
}

impl Entry {
    fn of(found: &Found) -> Entry {
        let Found { operation, sentence, ids } = found;
        let (_, name) = operation.name.split_once('.').unwrap_or_default();
        let (first, rest) = sentence.split_once([',', ';', '(']).unwrap_or((sentence, ""));
        let texts = [
            (NAME, operation.name),
            (SENTENCE, first),
            (AFTERTHOUGHT, rest),
            (PATH, operation.path),
            (ID, &ids.join(" ")),
            (METHOD, operation.method.as_str()),
        ];
        let stems = |text: &str| split(text).map(|word| stem(&word)).collect();
        let places = texts.map(|(counts, text)| (counts, stems(text))).into();
        Entry { places, name: split(name).map(|word| stem(&word)).collect() }
    }

    /// What a word of the question counts here.
    fn counts(&self, wanted: &Wanted, beginnings: bool) -> f64 {
        let (mut best, mut next) = (0.0, 0.0_f64);
        for (counts, words) in &self.places {
            let means = words.iter().map(|word| wanted.means(word, beginnings)).fold(0.0, f64::max);
            let here = means * counts;
            if here > best {
                (best, next) = (here, best);
            } else {
                next = next.max(here);
            }
        }
        best + AGAIN * next
    }

    /// Which part of the name the question says. One word more counts as said, so that of names of which it says nothing the
    /// shorter comes first.
    fn said_by(&self, wanted: &[Wanted]) -> f64 {
        let says = |wanted: &&Wanted| self.name.iter().any(|word| wanted.means(word, false) > 0.0);
        let said = wanted.iter().filter(says).count().min(self.name.len());
        (said + 1) as f64 / (self.name.len() + 1) as f64
    }

    fn shows(&self) -> f64 {
        let verb = self.name.last().map(String::as_str).unwrap_or_default();
        SHOWS.iter().find(|(known, _)| *known == verb).map_or(1.0, |(_, more)| *more)
    }
}

/// The words of a text, in small letters; `userGroups` are two. Names and sentences are ASCII.
fn split(text: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in text.chars() {
        let is_letter = letter.is_ascii_alphanumeric() || !letter.is_ascii();
        if !is_letter || letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (is_letter, words.last_mut()) {
            word.push(letter.to_ascii_lowercase());
        }
        before = letter;
    }
    words.into_iter().filter(|word| !word.is_empty())
}

/// The form in which words are compared: one for `reset`, `resets` and `resetting`, and one for `policy` and `policies`.
fn stem(word: &str) -> String {
    const SHORTEST: usize = 3;
    let cut = |ending: &str| word.strip_suffix(ending).filter(|rest| rest.len() >= SHORTEST);
    if let Some(rest) = cut("ies") {
        return format!("{rest}y");
    }
    let plural = cut("s").filter(|rest| !rest.ends_with(['s', 'u', 'i']));
    let word =
        cut("sses").map(|rest| format!("{rest}ss")).or(plural.map(str::to_owned)).unwrap_or(word.to_owned());
    let cut = |ending: &str| word.strip_suffix(ending).filter(|rest| rest.len() >= SHORTEST);
    let mut rest = cut("ing").or_else(|| cut("ed")).or_else(|| cut("e")).unwrap_or(&word).to_owned();
    // `resett` and `reset`, `install` and `instal`.
    let mut letters = rest.chars().rev();
    if let (Some(last), Some(other)) = (letters.next(), letters.next())
        && last == other
        && rest.len() > SHORTEST
    {
        rest.pop();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_one() {
        for forms in [
            &["reset", "resets", "resetting"][..],
            &["policy", "policies"],
            &["install", "installs", "installed", "installing"],
            &["delete", "deletes", "deleted", "deleting"],
            &["address", "addresses"],
            &["user", "users"],
        ] {
            let stems: Vec<String> = forms.iter().map(|form| stem(form)).collect();
            assert!(stems.iter().all(|one| *one == stems[0]), "{stems:?}");
        }
        let stems: Vec<String> = ["user", "use", "status", "state", "ids", "is"].map(stem).into();
        let distinct: std::collections::BTreeSet<&String> = stems.iter().collect();
        assert_eq!(distinct.len(), stems.len(), "{stems:?}");
    }

    #[test]
    fn names_and_paths_are_words() {
        let words: Vec<String> = split("v2.userGroups.members GET /api/v2/usergroups/{group_id}").collect();
        assert_eq!(
            words,
            ["v2", "user", "groups", "members", "get", "api", "v2", "usergroups", "group", "id"]
        );
        assert_eq!(split("  ,; ").count(), 0);
    }

    #[test]
    fn without_words_all_come_in_order_and_what_nobody_says_finds_nothing() {
        let names =
            |question: &str| find(question).iter().map(|found| found.operation.name).collect::<Vec<_>>();
        let all: Vec<&str> = Operation::all().map(|operation| operation.name).collect();
        assert_eq!(names(""), all);
        assert_eq!(names("of the"), all);
        assert!(names("xylophone").is_empty());
    }

    #[test]
    fn an_operation_is_found_by_its_name_and_its_ids_in_any_case() {
        // All of them would take minutes.
        for operation in Operation::all().step_by(90) {
            let first = |question: &str| find(question).first().map(|found| found.operation.name);
            assert_eq!(first(operation.name), Some(operation.name));
            assert_eq!(first(&operation.name.to_uppercase().replace('.', "-")), Some(operation.name));
            #[cfg(feature = "ids")]
            for id in operation.operation_ids() {
                assert_eq!(first(&id), Some(operation.name), "{id}");
            }
        }
    }
}
