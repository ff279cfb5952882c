//! What operations, parameters and fields mean, in a person's words: a sentence for each operation, and phrases
//! (`api/names.tsv`, `api/parameter-words.tsv`, `api/field-words.tsv`).
//!
//! Only the catalogue says them, so that a wasm module can be split by that; without the feature `words` there are none.

#[cfg(feature = "words")]
mod packed;

#[cfg(feature = "words")]
use std::sync::OnceLock;

use crate::Operation;

/// The unpacked lines of a file that `build.rs` has packed.
#[cfg(feature = "words")]
macro_rules! lines {
    ($file:literal) => {{
        static TEXT: OnceLock<String> = OnceLock::new();
        TEXT.get_or_init(|| {
            packed::unpack(
                include_bytes!(concat!(env!("OUT_DIR"), "/", $file)),
                include_bytes!(concat!(env!("OUT_DIR"), "/word-pairs.bin")),
            )
        })
        .lines()
    }};
}

/// All of them as they are compiled in, to be weighed.
#[cfg(feature = "words")]
pub(crate) const PACKED: [&[u8]; 4] = [
    include_bytes!(concat!(env!("OUT_DIR"), "/sentences.bin")),
    include_bytes!(concat!(env!("OUT_DIR"), "/parameter-words.bin")),
    include_bytes!(concat!(env!("OUT_DIR"), "/field-words.bin")),
    include_bytes!(concat!(env!("OUT_DIR"), "/word-pairs.bin")),
];

/// The sentence of each operation, in the order of the table; without the feature nothing.
pub(crate) fn sentences() -> impl Iterator<Item = &'static str> {
    #[cfg(feature = "words")]
    return lines!("sentences.bin");
    #[cfg(not(feature = "words"))]
    std::iter::empty()
}

/// What the operation does, in a sentence.
pub(crate) fn sentence(operation: &Operation) -> Option<&'static str> {
    sentences().nth(operation.place()?)
}

/// A name, the number of what its phrase is for (none: for all others), and the phrase; in the order of the names.
#[cfg(feature = "words")]
type Phrase = (&'static str, Option<usize>, &'static str);

/// Lines of a name, its phrase and numbers.
#[cfg(feature = "words")]
fn phrases(lines: impl Iterator<Item = &'static str>) -> Vec<Phrase> {
    let mut phrases = Vec::new();
    for line in lines {
        let mut columns = line.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let (name, phrase, numbers) = (next(), next(), next());
        phrases.extend(numbers.split(' ').map(|number| (name, number.parse().ok(), phrase)));
    }
    phrases
}

/// The phrase of a name for that number.
#[cfg(feature = "words")]
fn phrase(known: &[Phrase], name: &str, number: Option<usize>) -> Option<&'static str> {
    let named = known.get(known.partition_point(|(other, ..)| *other < name)..)?;
    let mut named = named.iter().take_while(|(other, ..)| *other == name);
    named.find(|(_, of, _)| *of == number).map(|(.., phrase)| *phrase)
}

/// What a parameter means: in this operation, or in all.
pub(crate) fn parameter(operation: &Operation, name: &str) -> Option<&'static str> {
    #[cfg(feature = "words")]
    {
        static PHRASES: OnceLock<Vec<Phrase>> = OnceLock::new();
        let known = PHRASES.get_or_init(|| phrases(lines!("parameter-words.bin")));
        phrase(known, name, operation.place()).or_else(|| phrase(known, name, None))
    }
    #[cfg(not(feature = "words"))]
    {
        let _ = (operation, name);
        None
    }
}

/// What a field means, by the number of the schema and the keys that lead to it there, with dots.
pub(crate) fn field(schema: Option<usize>, path: &str) -> Option<&'static str> {
    #[cfg(feature = "words")]
    {
        static PHRASES: OnceLock<Vec<Phrase>> = OnceLock::new();
        let known = PHRASES.get_or_init(|| phrases(lines!("field-words.bin")));
        schema.and_then(|schema| phrase(known, path, Some(schema)))
    }
    #[cfg(not(feature = "words"))]
    {
        let _ = (schema, path);
        None
    }
}
