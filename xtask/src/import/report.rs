//! What an import adds, changes and drops, as it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::Api;
use super::carry::{Taken, forget_taken_names};
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
    /// What only we knew of operations and schemas that go.
    lost: BTreeMap<String, Vec<String>>,
    /// Former names of parameters that are not kept, by operation.
    pub(crate) taken: BTreeMap<String, Vec<Taken>>,
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

    /// Takes former names out of an operation that another of its parameters has now, and notes them.
    pub(crate) fn forget_taken_names(&mut self, operation: &mut Operation) {
        let taken = forget_taken_names(&mut operation.facts);
        if !taken.is_empty() {
            self.taken.insert(label(operation), taken);
        }
    }

    /// Notes an operation that goes.
    pub(crate) fn drop(&mut self, operation: &Operation) {
        self.share(operation.api).dropped += 1;
        self.lost.insert(label(operation), ours(&Value::Object(operation.facts.clone())));
        self.dropped.insert(label(operation));
    }

    /// Notes a schema that goes.
    pub(crate) fn remove(&mut self, name: &str, schema: &Value) {
        self.lost.insert(format!("schema {name}"), ours(schema));
        self.schemas_removed.insert(name.to_owned());
    }

    fn write_lost(&self, out: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        let lost = self.lost.get(name).into_iter().flatten();
        lost.into_iter().try_for_each(|fact| writeln!(out, "           only we knew {fact}"))
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
            let (names, place) = (parameter_names(new), format!("{method} {new}"));
            let taken = |old: &str, now: &str| {
                let taken = self.taken.get(&place).into_iter().flatten();
                taken.into_iter().any(|taken| taken.former == old && taken.now == now)
            };
            for (old, new) in parameter_names(path).into_iter().zip(names) {
                if old != new && !taken(old, new) {
                    writeln!(
                        out,
                        "BREAKING {method} {path}: the path parameter {old} is called {new} now. Untyped calls may \
                         still say {old}; typed ones must say {new}"
                    )?;
                }
            }
        }
        for (name, taken) in &self.taken {
            for Taken { former, now } in taken {
                writeln!(
                    out,
                    "BREAKING {name}: the parameter {now} was called {former}, and another one of the operation is called \
                     so now: {former} is not kept as a former name, as a call that says it would mean the other one. \
                     Every call must say {now}"
                )?;
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
            self.write_lost(out, name)?;
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
            self.write_lost(out, &format!("schema {name}"))?;
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

/// The facts that no description carries, wherever they stand in a value: `parameters.0.x-jc-format: "…"`.
fn ours(value: &Value) -> Vec<String> {
    fn look(value: &Value, place: &str, found: &mut Vec<String>) {
        let inner = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    match key.starts_with("x-jc-") {
                        true => found.push(format!("{}: {value}", inner(key))),
                        false => look(value, &inner(key), found),
                    }
                }
            }
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(index, item)| look(item, &inner(&index.to_string()), found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    look(value, "", &mut found);
    found
}
