//! What an import adds, changes and drops, as it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::Api;
use super::merge::{differences, label, parameter_names};
use super::normalise::Operation;

/// What an import adds, changes and drops. Changes are `path: old → new`, one a line.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) added: Vec<Operation>,
    pub(crate) changed: BTreeMap<String, Vec<String>>,
    pub(crate) dropped: BTreeSet<String>,
    /// Described now, although marked as in older descriptions only.
    pub(crate) legacy: BTreeSet<String>,
    /// Described now, and taken out of the additions.
    pub(crate) described: BTreeSet<String>,
    /// Their path's parameters have other names now.
    pub(crate) moved: Vec<Move>,
    shares: BTreeMap<Api, Share>,
    pub(crate) schemas_added: BTreeSet<String>,
    pub(crate) schemas_changed: BTreeMap<String, Vec<String>>,
    pub(crate) schemas_removed: BTreeSet<String>,
}

/// An operation whose path is spelled anew.
#[derive(Debug)]
pub(crate) struct Move {
    pub(crate) method: String,
    pub(crate) old: String,
    pub(crate) new: String,
}

impl Move {
    pub(crate) fn of(operation: &Operation, path: &str) -> Move {
        Move { method: operation.method.to_uppercase(), old: operation.path.clone(), new: path.to_owned() }
    }
}

/// How many of an API's operations go.
#[derive(Debug, Default)]
pub(crate) struct Share {
    pub(crate) known: usize,
    pub(crate) dropped: usize,
}

impl Report {
    pub(crate) fn share(&mut self, api: Api) -> &mut Share {
        self.shares.entry(api).or_default()
    }

    /// Notes what is different in an operation.
    pub(crate) fn change(&mut self, before: &Operation, after: &Operation) {
        let mut changes = Vec::new();
        if before.path != after.path {
            changes.push(format!("path: {} → {}", before.path, after.path));
        }
        let (old, new) = (Value::Object(before.facts.clone()), Value::Object(after.facts.clone()));
        differences(&old, &new, "", &mut changes);
        if !changes.is_empty() {
            self.changed.insert(label(after), changes);
        }
    }

    /// An error when more than a tenth of an API would go: then the file is rather a part of a description.
    pub(crate) fn refuse_drops(&self) -> Result<()> {
        for (api, Share { known, dropped }) in &self.shares {
            ensure!(
                dropped * 10 <= *known,
                "this would drop {dropped} of the {known} operations of {}, those marked `dropped` above, and more than \
                 a tenth is refused: is the file a part of a description? If they shall go, say --allow-drops; to take \
                 in a part, say --add",
                api.label()
            );
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Move { method, old: path, new } in &self.moved {
            for (old, new) in parameter_names(path).into_iter().zip(parameter_names(new)) {
                if old != new {
                    writeln!(
                        out,
                        "BREAKING {method} {path}: the path parameter {old} is called {new} now. Untyped calls may \
                         still say {old}; typed ones must say {new}"
                    )?;
                }
            }
        }
        for operation in &self.added {
            writeln!(out, "added    {}", label(operation))?;
        }
        for (name, changes) in &self.changed {
            writeln!(out, "changed  {name}")?;
            for change in changes {
                writeln!(out, "           {change}")?;
            }
        }
        for name in &self.dropped {
            writeln!(out, "dropped  {name}")?;
        }
        for name in &self.legacy {
            writeln!(out, "legacy   {name}: if this is the newest description, remove its x-jc-legacy")?;
        }
        for name in &self.described {
            writeln!(out, "described {name}: it was an addition, and is taken out of additions.json")?;
        }
        for name in &self.schemas_added {
            writeln!(out, "added    schema {name}")?;
        }
        for (name, changes) in &self.schemas_changed {
            writeln!(out, "changed  schema {name}")?;
            for change in changes {
                writeln!(out, "           {change}")?;
            }
        }
        for name in &self.schemas_removed {
            writeln!(out, "removed  schema {name}")?;
        }
        writeln!(
            out,
            "operations: {} added, {} changed, {} dropped; schemas: {} added, {} changed, {} removed",
            self.added.len(),
            self.changed.len(),
            self.dropped.len(),
            self.schemas_added.len(),
            self.schemas_changed.len(),
            self.schemas_removed.len(),
        )
    }
}
