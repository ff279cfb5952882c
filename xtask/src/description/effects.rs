//! `core/api/effects.tsv`: what each operation that is not a GET does to data, judged one by one.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

/// What an operation does to data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effect {
    pub kind: Kind,
    /// Doing it twice is doing it once, and the second time is answered like the first: it may be tried again.
    pub idempotent: bool,
    /// What the body leaves out is reset.
    pub full_replace: bool,
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
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (place, effect) = judged(line).with_context(|| format!("core/api/effects.tsv: {line:?}"))?;
            let known = effects.insert(place, effect);
            ensure!(known.is_none(), "core/api/effects.tsv judges twice: {line:?}");
        }
        Ok(Effects(effects))
    }

    /// Takes out an operation's effect. A GET that nobody judged only reads.
    pub fn take(&mut self, method: &str, path: &str) -> Result<Effect> {
        match self.0.remove(&(method.to_owned(), path.to_owned())) {
            Some(effect) => Ok(effect),
            None if method == "GET" => Ok(Effect { kind: Kind::Safe, idempotent: true, full_replace: false }),
            None => bail!(
                "core/api/effects.tsv does not say what it does: add a line \
                 `{method}<TAB>{path}<TAB>EFFECT<TAB>UPDATE<TAB>REASON` as its head explains"
            ),
        }
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

fn judged(line: &str) -> Result<((String, String), Effect)> {
    let mut columns = line.split('\t');
    let mut next = || columns.next().unwrap_or_default();
    let (method, path, effect, update) = (next(), next(), next(), next());
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
        ("PUT" | "PATCH", "full") => true,
        ("PUT" | "PATCH", "partial" | "unknown") => false,
        ("PUT" | "PATCH", other) => bail!("an update is full, partial or unknown, not {other:?}"),
        (_, "") => false,
        _ => bail!("only a PUT or PATCH is full or partial"),
    };
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
        let mut effects = Effects::read("# head\nPOST\t/a\tother\nPUT\t/b\tidempotent\tfull\twhy\n").unwrap();
        assert_eq!(effects.take("GET", "/a").unwrap().kind, Kind::Safe);
        assert!(effects.take("PUT", "/b").unwrap().full_replace);
        assert!(format!("{:#}", effects.take("DELETE", "/a").unwrap_err()).contains("DELETE<TAB>/a"));
        assert!(format!("{:#}", effects.finish().unwrap_err()).contains("POST /a"));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(refusal("POST\t/a\tharmless").contains("harmless"));
        assert!(refusal("PUT\t/a\tidempotent").contains("full, partial or unknown"));
        assert!(refusal("POST\t/a\tother\tfull").contains("only a PUT or PATCH"));
        assert!(refusal("GET\t/a\tsafe").contains("needs no line"));
        assert!(refusal("POST\t/a\tother\nPOST\t/a\tsafe").contains("twice"));
    }
}
