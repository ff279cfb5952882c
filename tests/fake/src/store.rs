//! What is kept of the families of the table: one collection for each path of a list, made up when somebody first
//! looks, and documents.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::collection::{Collection, Query, Record};
use crate::company::Kept;
use crate::id::Id;

/// The items of one collection, in the order in which they came.
pub(crate) struct Rows {
    records: Kept,
    numbers: HashMap<String, Id>,
    gone: HashSet<String>,
    count: u64,
}

impl Rows {
    fn new(seeds: Vec<(String, Record)>) -> Rows {
        let mut rows = Rows {
            records: Collection::new(Vec::new(), ()),
            numbers: HashMap::new(),
            gone: HashSet::new(),
            count: 0,
        };
        seeds.into_iter().for_each(|(id, record)| rows.put(&id, record));
        rows
    }

    /// The item of that id.
    pub(crate) fn get(&self, id: &str) -> Option<Record> {
        self.records.get(*self.numbers.get(id)?)
    }

    /// Whether there is an item of that id.
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.numbers.contains_key(id)
    }

    /// Whether an item of that id was deleted.
    pub(crate) fn is_gone(&self, id: &str) -> bool {
        self.gone.contains(id)
    }

    /// Keeps an item, in its place or as the last.
    pub(crate) fn put(&mut self, id: &str, record: Record) {
        let number = match self.numbers.get(id) {
            Some(number) => *number,
            None => {
                self.count += 1;
                Id::new(0, self.count)
            }
        };
        self.gone.remove(id);
        self.numbers.insert(id.to_owned(), number);
        self.records.put(number, record);
    }

    /// Takes an item away.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Record> {
        let record = self.records.remove(self.numbers.remove(id)?);
        self.gone.insert(id.to_owned());
        record
    }

    /// How many items match, and those of a page.
    pub(crate) fn page(&self, query: &Query, skip: usize, limit: usize) -> (usize, Vec<Record>) {
        self.records.page(query, skip, limit)
    }

    /// Whether another item has that value.
    pub(crate) fn has(&self, name: &str, value: &Value) -> bool {
        self.records.ids().any(|id| self.records.field(id, name).as_ref() == Some(value))
    }
}

/// All collections and documents, by their paths with the ids in them.
#[derive(Default)]
pub(crate) struct Store {
    rows: BTreeMap<String, Rows>,
    /// None for what was deleted.
    documents: BTreeMap<String, Option<Record>>,
}

impl Store {
    /// The collection at a path; made up from `seeds` when nobody has looked yet.
    pub(crate) fn rows(&mut self, path: &str, seeds: impl FnOnce() -> Vec<(String, Record)>) -> &mut Rows {
        self.rows.entry(path.to_owned()).or_insert_with(|| Rows::new(seeds()))
    }

    /// The document at a path; made up when nobody has looked yet. None when it was deleted.
    pub(crate) fn document(&mut self, path: &str, made_up: impl FnOnce() -> Record) -> &mut Option<Record> {
        self.documents.entry(path.to_owned()).or_insert_with(|| Some(made_up()))
    }

    /// Forgets what was below an item that is gone.
    pub(crate) fn forget_below(&mut self, item: &str) {
        let below = format!("{item}/");
        self.rows.retain(|path, _| !path.starts_with(&below));
        self.documents.retain(|path, _| !path.starts_with(&below));
    }

    /// Everything, as JSON.
    pub(crate) fn to_json(&self) -> Value {
        let rows = self.rows.iter().map(|(path, rows)| {
            let mut ids: Vec<(&String, &Id)> = rows.numbers.iter().collect();
            ids.sort_by_key(|(_, number)| **number);
            let order: Vec<&String> = ids.iter().map(|(id, _)| *id).collect();
            let items: Map<String, Value> = ids
                .iter()
                .filter_map(|(id, number)| Some(((*id).clone(), Value::Object(rows.records.get(**number)?))))
                .collect();
            (path.clone(), json!({"order": order, "items": items, "gone": rows.gone}))
        });
        json!({"collections": Map::from_iter(rows), "documents": self.documents})
    }

    /// What [`Store::to_json`] gave; None when it is something else.
    pub(crate) fn from_json(value: &Value) -> Option<Store> {
        let mut store = Store::default();
        for (path, rows) in value.get("collections")?.as_object()? {
            let items = rows.get("items")?.as_object()?;
            let mut seeds = Vec::new();
            for id in rows.get("order")?.as_array()? {
                let id = id.as_str()?;
                seeds.push((id.to_owned(), items.get(id)?.as_object()?.clone()));
            }
            let mut kept = Rows::new(seeds);
            let gone = rows.get("gone")?.as_array()?;
            kept.gone = gone.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            store.rows.insert(path.clone(), kept);
        }
        for (path, document) in value.get("documents")?.as_object()? {
            store.documents.insert(path.clone(), document.as_object().cloned());
        }
        Some(store)
    }
}
