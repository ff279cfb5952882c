//! The table of operations as it is compiled in: column by column, as like is compressed by like, and without what a line
//! repeats of the line before, and of a path what its name says already. `build.rs` packs it so and makes sure that this
//! undoes it; in wasm it saves 4 KB of 19, gzipped. A path is unpacked when its operation is asked for: a program that calls
//! one operation does not wait for all.

/// The lines of the table: six blocks, each of which has a line an operation, and behind them the schemas of bodies, unless
/// those come with the composer.
///
/// The blocks are method, flags, what it answers and own system; scopes; name; path; parameters and paging; body. (Of all
/// orders that were tried this one is compressed best.)
pub(crate) struct Packed<'t> {
    pub(crate) lines: Vec<&'t str>,
    /// How many operations there are.
    pub(crate) count: usize,
}

/// Where the paths of an API start, by the first word of its names.
pub(crate) const ROOTS: [(&str, &str); 2] = [("v1", "/api/"), ("v2", "/api/v2/")];

/// A sign, and how it writes a word.
type Spelling = (char, fn(&str) -> String);

/// How a path writes a word of its name, with the sign that stands for it: `userGroups` is `usergroups`, `user-groups`,
/// `user_groups` or itself.
pub(crate) const SPELLINGS: [Spelling; 4] = [
    ('~', |word| spelled(word, "")),
    ('-', |word| spelled(word, "-")),
    ('_', |word| spelled(word, "_")),
    ('=', str::to_owned),
];

pub(crate) fn spelled(word: &str, between: &str) -> String {
    let mut spelled = String::new();
    for letter in word.chars() {
        if letter.is_ascii_uppercase() {
            spelled.push_str(between);
        }
        spelled.push(letter.to_ascii_lowercase());
    }
    spelled
}

impl<'t> Packed<'t> {
    /// A line of an operation: in the first block its method, …
    pub(crate) fn line(&self, block: usize, index: usize) -> &'t str {
        self.lines.get(block * self.count + index).copied().unwrap_or_default()
    }

    /// The schemas of bodies. Behind them are the fields that filters compare.
    #[cfg(feature = "composer")]
    pub(crate) fn schemas(&self) -> &[&'t str] {
        self.lines.get(6 * self.count..self.lines.len().saturating_sub(1)).unwrap_or_default()
    }

    /// The packed names, each of which starts with how many words it has from the one before.
    fn said(&self) -> &[&'t str] {
        self.lines.get(2 * self.count..3 * self.count).unwrap_or_default()
    }

    /// The names, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        let mut name: Vec<&str> = Vec::new();
        self.said().iter().map(move |words| {
            name.truncate(words.bytes().take(1).map(digit).sum());
            name.extend(words.get(1..).unwrap_or_default().split('.'));
            name.join(".")
        })
    }

    /// The place of that name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let words: Vec<&str> = name.split('.').collect();
        // How many words the name before begins with that this one begins with too.
        let mut same = 0;
        self.said().iter().position(|said| {
            let kept = said.bytes().take(1).map(digit).sum();
            // It has the very word in which the one before differs.
            if kept > same {
                return false;
            }
            let rest = || said.get(1..).unwrap_or_default().split('.');
            let wanted = words.get(kept..).unwrap_or_default();
            same = kept + rest().zip(wanted).take_while(|(word, wanted)| word == *wanted).count();
            same == words.len() && rest().count() == wanted.len()
        })
    }

    /// The scopes of an operation. A line that is empty says those of the last line that is not: what reads has all of them,
    /// what changes something the first. Others are said behind a sign.
    pub(crate) fn scopes(&self, index: usize, safe: bool) -> impl Iterator<Item = &'t str> {
        let line = self.line(1, index);
        let usual = |place: usize| {
            Some(self.line(1, place)).filter(|line| !line.is_empty() && !line.starts_with('='))
        };
        let (all, line) = match line.strip_prefix('=') {
            Some(line) => (true, line),
            None => (safe, (0..=index).rev().find_map(usual).unwrap_or_default()),
        };
        line.split(' ').filter(|scope| !scope.is_empty()).take(if all { usize::MAX } else { 1 })
    }
}

/// OperationIds, a line for each of these names. What a line leaves out:
///
/// - before the `_` of its first id, what stands there in the last line that says it;
/// - behind that, what follows from the name's last word ([`said`]);
/// - of its second id all, where that is the first in another spelling: `_` all of it, `~` only what is behind its `_`.
#[cfg(feature = "ids")]
pub(crate) fn ids(packed: &str, names: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
    let mut of = "";
    packed.lines().zip(names).map(move |(line, name)| {
        let (sign, line) = line.strip_prefix('-').map_or(("", line), |line| ("-", line));
        let (first, second) = line.split_once(' ').unwrap_or((line, ""));
        let Some((own, does)) = first.split_once('_') else { return format!("{sign}{line}") };
        if !own.is_empty() {
            of = own;
        }
        let does = if does.is_empty() { said(&name) } else { does.to_owned() };
        let second = match second {
            "_" => format!(" {}_{}", spelled(of, "_"), spelled(&does, "_")),
            "~" => format!(" {}_{}", spelled(of, ""), spelled(&does, "_")),
            "" => String::new(),
            other => format!(" {other}"),
        };
        format!("{sign}{of}_{does}{second}")
    })
}

/// How operationIds say the last word of a name.
#[cfg(feature = "ids")]
pub(crate) fn said(name: &str) -> String {
    match name.split('.').fold("", |_, word| word) {
        "update" | "replace" => "Set".to_owned(),
        verb => verb.get(..1).unwrap_or_default().to_ascii_uppercase() + verb.get(1..).unwrap_or_default(),
    }
}

/// The path of the operation of that name.
///
/// A packed path starts without a slash when its API's root comes first, and a sign in it is the next word of the name
/// that is spelled so.
pub(crate) fn path(name: &str, packed: &str) -> String {
    let mut words = name.split('.');
    let api = words.next();
    let root = ROOTS.iter().find(|(known, _)| api == Some(known)).filter(|_| !packed.starts_with('/'));
    let mut path = root.map_or("", |(_, root)| root).to_owned();
    for (index, segment) in packed.split('/').enumerate() {
        if index > 0 {
            path.push('/');
        }
        match SPELLINGS
            .iter()
            .find(|(sign, _)| segment.strip_prefix(*sign).is_some_and(|rest| rest.len() < 2))
        {
            // A digit after the sign is how many words of the name come before it.
            Some((_, spell)) => {
                let skipped = segment.bytes().skip(1).map(digit).sum();
                path.push_str(&words.nth(skipped).map(spell).unwrap_or_default());
            }
            None => path.push_str(segment),
        }
    }
    path
}

fn digit(letter: u8) -> usize {
    usize::from(letter.wrapping_sub(b'0'))
}
