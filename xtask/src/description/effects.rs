//! `core/api/effects.tsv`: what each operation that is not a GET does to data, judged one by one.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

/// What an operation does to data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effect {
    pub kind: Kind,
    /// Doing it twice is doing it once, and the second time is answered like the first: it may be tried again.
    pub idempotent: bool,
    /// Whether what the body leaves out is reset; `None` where no source says.
    pub full_replace: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Safe,
    Other,
    Destructive,
}

/// The judged operations by method and path.
pub struct Effects(BTreeMap<(String, String), Effect>);

impl Effects {
    pub fn read(text: &str) -> Result<Effects> {
        let mut effects = BTreeMap::new();
        let mut last: Option<(&str, usize)> = None;
        for line in text.lines().filter(|line| is_judgment(line)) {
            let at = order(line);
            if let Some(last) = last.filter(|last| *last > at) {
                bail!(
                    "core/api/effects.tsv is sorted by path, then by method ({}): {} {} stands after {} {}",
                    METHODS.join(", "),
                    method(line),
                    at.0,
                    METHODS.get(last.1).unwrap_or(&"?"),
                    last.0
                );
            }
            last = Some(at);
            let (place, effect) = judged(line).with_context(|| format!("core/api/effects.tsv: {line:?}"))?;
            let known = effects.insert(place, effect);
            ensure!(known.is_none(), "core/api/effects.tsv judges twice: {line:?}");
        }
        Ok(Effects(effects))
    }

    /// Takes out an operation's effect. A GET that nobody judged only reads; of what else nobody judged, nothing is known.
    pub fn take(&mut self, method: &str, path: &str) -> Option<Effect> {
        let reads = Effect { kind: Kind::Safe, idempotent: true, full_replace: Some(false) };
        self.0.remove(&(method.to_owned(), path.to_owned())).or((method == "GET").then_some(reads))
    }

    /// Fails when there are lines of operations that there are not.
    pub fn finish(self) -> Result<()> {
        let left: Vec<_> = self.0.keys().map(|(method, path)| format!("{method} {path}")).collect();
        ensure!(
            left.is_empty(),
            "core/api/effects.tsv judges operations that core/api does not have (any more):\n  {}",
            left.join("\n  ")
        );
        Ok(())
    }
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

fn is_judgment(line: &str) -> bool {
    !line.is_empty() && !line.starts_with('#')
}

fn method(line: &str) -> &str {
    line.split('\t').next().unwrap_or_default()
}

/// Where a line stands among the others: by path, then by method.
fn order(line: &str) -> (&str, usize) {
    let path = line.split('\t').nth(1).unwrap_or_default();
    let rank = METHODS.iter().position(|known| *known == method(line)).unwrap_or(METHODS.len());
    (path, rank)
}

/// The file with its lines in their order, below its head: an import spells paths anew.
pub fn sorted(text: &str) -> String {
    let (mut judgments, head): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| is_judgment(line));
    judgments.sort_by_key(|line| order(line));
    head.into_iter().chain(judgments).map(|line| format!("{line}\n")).collect()
}

/// Lines to begin with, where nobody has judged yet, in the order of the file. A GET has none.
pub fn suggested<'a>(unjudged: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let acts = unjudged.into_iter().filter(|(method, _)| *method != "GET");
    let mut lines: Vec<String> = acts.map(|(method, path)| suggestion(method, path)).collect();
    lines.sort_by(|one, other| order(one).cmp(&order(other)));
    lines
}

/// Nothing that is not known is promised.
fn suggestion(method: &str, path: &str) -> String {
    let judgment = match method {
        "PUT" => "idempotent\tunknown",
        "PATCH" => "other\tunknown",
        "DELETE" => "destructive-idempotent",
        _ => "other",
    };
    format!("{method}\t{path}\t{judgment}")
}

fn judged(line: &str) -> Result<((String, String), Effect)> {
    let mut columns = line.split('\t');
    let mut next = || columns.next().unwrap_or_default();
    let (method, path, effect, update, reason) = (next(), next(), next(), next(), next());
    let (kind, idempotent) = match effect {
        "safe" => (Kind::Safe, true),
        "idempotent" => (Kind::Other, true),
        "other" => (Kind::Other, false),
        "destructive" => (Kind::Destructive, false),
        "destructive-idempotent" => (Kind::Destructive, true),
        other => {
            bail!(
                "an effect is safe, idempotent, other, destructive or destructive-idempotent, not {other:?}"
            )
        }
    };
    let full_replace = match (method, update) {
        ("PUT" | "PATCH", "full") => Some(true),
        ("PUT" | "PATCH", "partial") => Some(false),
        ("PUT" | "PATCH", "unknown") => None,
        ("PUT" | "PATCH", other) => bail!("an update is full, partial or unknown, not {other:?}"),
        (_, "") => Some(false),
        _ => bail!("only a PUT or PATCH is full or partial"),
    };
    // A PUT sets the whole, by HTTP's own words: that one does not is for somebody to have said.
    ensure!(
        (method, update) != ("PUT", "partial") || !reason.trim().is_empty(),
        "a PUT that is partial says in its last column where that is said; where nobody does, it is unknown"
    );
    ensure!(method != "GET" || kind != Kind::Safe, "a GET that only reads needs no line");
    Ok(((method.to_owned(), path.to_owned()), Effect { kind, idempotent, full_replace }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Effects::read(text).err().map(|error| format!("{error:#}")).unwrap_or_default()
    }

    #[test]
    fn what_is_not_judged_or_judged_in_vain_is_named() {
        let mut effects = Effects::read(
            "# head\nPOST\t/a\tother\nPUT\t/b\tidempotent\tfull\twhy\nPUT\t/c\tidempotent\tunknown\n",
        )
        .unwrap();
        assert_eq!(effects.take("GET", "/a").unwrap().kind, Kind::Safe);
        assert_eq!(effects.take("DELETE", "/a"), None);
        assert_eq!(effects.take("PUT", "/b").unwrap().full_replace, Some(true));
        assert_eq!(effects.take("PUT", "/c").unwrap().full_replace, None);
        assert!(format!("{:#}", effects.finish().unwrap_err()).contains("POST /a"));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(refusal("POST\t/a\tharmless").contains("harmless"));
        assert!(refusal("PUT\t/a\tidempotent").contains("full, partial or unknown"));
        assert!(refusal("POST\t/a\tother\tfull").contains("only a PUT or PATCH"));
        assert!(refusal("GET\t/a\tsafe").contains("needs no line"));
        for sourceless in ["PUT\t/a\tidempotent\tpartial", "PUT\t/a\tidempotent\tpartial\t "] {
            assert!(refusal(sourceless).contains("says in its last column"), "{sourceless:?}");
        }
        assert_eq!(refusal("PUT\t/a\tidempotent\tpartial\tdocumentation: its sample sends one field"), "");
        assert!(refusal("POST\t/a\tother\nPOST\t/a\tsafe").contains("twice"));
    }

    #[test]
    fn a_misplaced_line_is_named_and_an_import_puts_lines_in_their_order() {
        let unsorted = "# head\nDELETE\t/a\tother\nPUT\t/a\tother\tfull\nPOST\t/A\tother\n";
        let error = refusal(unsorted);
        assert!(error.contains("PUT /a stands after DELETE /a"), "{error}");
        let sorted = sorted(unsorted);
        assert_eq!(sorted, "# head\nPOST\t/A\tother\nPUT\t/a\tother\tfull\nDELETE\t/a\tother\n");
        assert_eq!(refusal(&sorted), "");
    }

    #[test]
    fn what_is_suggested_stands_in_the_order_of_the_file() {
        // `patch` and `delete` come before `post` and `put` where the methods of a path are read, and files have no order.
        let found =
            [("PATCH", "/b"), ("DELETE", "/b"), ("PUT", "/b"), ("GET", "/a"), ("POST", "/b"), ("POST", "/a")];
        let lines = suggested(found);
        assert_eq!(lines.len(), 5);
        assert_eq!(sorted(&lines.join("\n")), format!("{}\n", lines.join("\n")));
        assert_eq!(refusal(&lines.join("\n")), "");
    }

    #[test]
    fn what_is_suggested_is_a_judgment_that_promises_nothing() {
        for method in METHODS.into_iter().filter(|method| *method != "GET") {
            let mut effects = Effects::read(&suggestion(method, "/a")).unwrap();
            let effect = effects.take(method, "/a").unwrap();
            assert_ne!(effect.kind, Kind::Safe, "{method}");
            assert_eq!(effect.full_replace.is_none(), matches!(method, "PUT" | "PATCH"), "{method}");
        }
    }
}
