//! `core/api/legacy-ids.tsv`: ids that no description gives, of operations that live and of some that are gone.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

use super::Operation;
use crate::table::derived_operation_id;

/// Method and path.
type Place = (String, String);

/// The ids of the file.
#[derive(Default)]
pub struct LegacyIds {
    living: BTreeMap<Place, Vec<String>>,
    /// Each with its own place, and that of the operation which does the same now.
    gone: Vec<(String, Place, Option<Place>)>,
}

impl LegacyIds {
    pub fn read(text: &str) -> Result<LegacyIds> {
        let mut ids = LegacyIds::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            let (id, method, path) = match columns[..] {
                [id, method, path] | [id, method, path, _] => (id, method, path),
                _ => bail!("core/api/legacy-ids.tsv: expected id<TAB>METHOD<TAB>path, got {line:?}"),
            };
            let place = (method.to_owned(), path.to_owned());
            match columns.get(3).map(|fate| (fate.strip_prefix("gone"), fate)) {
                None => ids.living.entry(place).or_default().push(id.to_owned()),
                Some((Some(""), _)) => ids.gone.push((id.to_owned(), place, None)),
                Some((Some(now), _)) => {
                    let now = now.strip_prefix(':').and_then(|now| now.split_once(' '));
                    let (method, path) = now.with_context(|| format!("core/api/legacy-ids.tsv: {line:?}"))?;
                    ids.gone.push((id.to_owned(), place, Some((method.to_owned(), path.to_owned()))));
                }
                Some((None, fate)) => {
                    bail!(
                        "core/api/legacy-ids.tsv: a fourth column is gone or gone:METHOD path, not {fate:?}"
                    )
                }
            }
        }
        Ok(ids)
    }

    /// Gives living ids to their operations; returns the others with the name of what does the same now.
    pub fn give(mut self, operations: &mut [Operation]) -> Result<Vec<(String, String)>> {
        for operation in &mut *operations {
            let place = (operation.method.clone(), operation.path.clone());
            let derived = derived_operation_id(&operation.method, &operation.path);
            for id in self.living.remove(&place).unwrap_or_default() {
                match operation.operation_ids.contains(&id) {
                    true => {}
                    // The newest ids follow from method and path.
                    false if id == derived => operation.operation_ids.insert(0, id),
                    false => operation.operation_ids.push(id),
                }
            }
        }
        ensure!(
            self.living.is_empty(),
            "core/api/legacy-ids.tsv has ids of operations that core/api does not have (any more); say `gone` in a \
             fourth column: {:?}",
            self.living.values().flatten().collect::<Vec<_>>()
        );
        let name = |(method, path): &Place| {
            let here = |operation: &&Operation| operation.method == *method && operation.path == *path;
            operations.iter().find(here).map(|operation| operation.name.clone())
        };
        let mut gone = Vec::new();
        for (id, place, now) in self.gone {
            ensure!(name(&place).is_none(), "core/api/legacy-ids.tsv: {id} is not gone: {place:?} is there");
            let now = match now {
                None => String::new(),
                Some(now) => name(&now).with_context(|| format!("core/api/legacy-ids.tsv: {id}: {now:?}"))?,
            };
            gone.push((id, now));
        }
        gone.sort();
        Ok(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let given = LegacyIds::read(text).and_then(|ids| ids.give(&mut []));
        given.err().map(|error| format!("{error:#}")).unwrap_or_default()
    }

    #[test]
    fn an_id_of_nothing_and_nonsense_are_named() {
        assert!(refusal("tags_list\tGET\t/api/tags").contains("tags_list"));
        assert!(refusal("tags_list\tGET\t/api/tags\tlost").contains("lost"));
        assert!(refusal("tags_list\tGET\t/api/tags\tgone:GET /api/groups").contains("/api/groups"));
        assert!(refusal("tags_list\tGET").contains("expected id"));
        assert_eq!(refusal("tags_list\tGET\t/api/tags\tgone"), "");
    }
}
