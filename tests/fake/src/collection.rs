//! Records of one kind, in the order of their ids: most are made up when somebody looks, those that were changed
//! are kept as they are. That is how 100,000 users fit into a few megabytes.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use jumpcloud_core::filter::{Filter, Matching};
use serde_json::{Map, Value};

use crate::id::Id;

/// A record as JSON.
pub(crate) type Record = Map<String, Value>;

/// A record that follows from a few numbers.
pub(crate) trait MadeUp {
    /// What is the same for all records.
    type Facts;
    /// The keys of the record.
    const FIELDS: &'static [&'static str];
    /// Its id.
    fn id(&self) -> Id;
    /// The value under a key of [`MadeUp::FIELDS`].
    fn field(&self, name: &str, facts: &Self::Facts) -> Option<Value>;
}

/// Of a collection whose records are all kept.
impl MadeUp for Infallible {
    type Facts = ();
    const FIELDS: &'static [&'static str] = &[];
    fn id(&self) -> Id {
        match *self {}
    }
    fn field(&self, _: &str, (): &()) -> Option<Value> {
        match *self {}
    }
}

enum Row<T> {
    MadeUp(T),
    Kept(Id, Box<Record>),
}

impl<T: MadeUp> Row<T> {
    fn id(&self) -> Id {
        match self {
            Row::MadeUp(row) => row.id(),
            Row::Kept(id, _) => *id,
        }
    }
}

/// What to sort by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SortKey {
    /// The field.
    pub(crate) field: String,
    /// From the highest to the lowest.
    pub(crate) descending: bool,
}

/// Which records, in which order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Query {
    /// Which; all without one.
    pub(crate) filter: Option<Filter>,
    /// How the filter reads values.
    pub(crate) matching: Matching,
    /// By ids when empty.
    pub(crate) sort: Vec<SortKey>,
}

/// Records of one kind.
pub(crate) struct Collection<T: MadeUp> {
    rows: Vec<Row<T>>,
    facts: T::Facts,
    /// Results of the last queries: those who page ask the same again and again. A write empties it.
    recent: Mutex<VecDeque<(Query, Arc<Vec<u32>>)>>,
}

const RECENT: usize = 16;

impl<T: MadeUp> Collection<T> {
    /// A collection of made-up records, which must come in the order of their ids.
    pub(crate) fn new(rows: Vec<T>, facts: T::Facts) -> Collection<T> {
        debug_assert!(rows.is_sorted_by(|one, other| one.id() < other.id()));
        Collection { rows: rows.into_iter().map(Row::MadeUp).collect(), facts, recent: Mutex::default() }
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The ids of all records, in order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Id> {
        self.rows.iter().map(Row::id)
    }

    fn position(&self, id: Id) -> Option<usize> {
        self.rows.binary_search_by_key(&id, Row::id).ok()
    }

    /// Whether there is a record of that id.
    pub(crate) fn contains(&self, id: Id) -> bool {
        self.position(id).is_some()
    }

    /// The record of that id.
    pub(crate) fn get(&self, id: Id) -> Option<Record> {
        self.position(id).map(|position| self.record(position))
    }

    /// One value of the record of that id.
    pub(crate) fn field(&self, id: Id, name: &str) -> Option<Value> {
        self.value(&self.rows[self.position(id)?], name)
    }

    fn value(&self, row: &Row<T>, name: &str) -> Option<Value> {
        match row {
            Row::MadeUp(row) => row.field(name, &self.facts),
            Row::Kept(_, record) => record.get(name).cloned(),
        }
    }

    fn record(&self, position: usize) -> Record {
        match &self.rows[position] {
            Row::Kept(_, record) => (**record).clone(),
            row @ Row::MadeUp(_) => T::FIELDS
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), self.value(row, name)?)))
                .collect(),
        }
    }

    /// Keeps a record, in the place of the one with that id or as a new one.
    pub(crate) fn put(&mut self, id: Id, record: Record) {
        self.forget();
        let row = Row::Kept(id, Box::new(record));
        match self.rows.binary_search_by_key(&id, Row::id) {
            Ok(position) => self.rows[position] = row,
            Err(position) => self.rows.insert(position, row),
        }
    }

    /// Adds a made-up record, whose id must be later than all others.
    pub(crate) fn add(&mut self, row: T) {
        debug_assert!(self.rows.last().is_none_or(|last| last.id() < row.id()));
        self.forget();
        self.rows.push(Row::MadeUp(row));
    }

    /// Those that are as they were made up.
    pub(crate) fn made_up(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().filter_map(|row| match row {
            Row::MadeUp(row) => Some(row),
            Row::Kept(..) => None,
        })
    }

    /// Those that are kept as they are.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (Id, &Record)> {
        self.rows.iter().filter_map(|row| match row {
            Row::MadeUp(_) => None,
            Row::Kept(id, record) => Some((*id, &**record)),
        })
    }

    /// Takes a record away.
    pub(crate) fn remove(&mut self, id: Id) -> Option<Record> {
        let position = self.position(id)?;
        let record = self.record(position);
        self.forget();
        self.rows.remove(position);
        Some(record)
    }

    /// An id for a new record: later than all others.
    pub(crate) fn new_id(&self, now: i64, random: u64) -> Id {
        Id::new(now / 1000, random).later_than(self.rows.last().map(Row::id))
    }

    fn forget(&mut self) {
        self.recent.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
    }

    /// The number of records that match, and those of one page.
    pub(crate) fn page(&self, query: &Query, skip: usize, limit: usize) -> (usize, Vec<Record>) {
        if query.filter.is_none() && query.sort.is_empty() {
            let page = (skip..self.rows.len()).take(limit).map(|position| self.record(position));
            return (self.rows.len(), page.collect());
        }
        let found = self.find(query);
        let page = found.iter().skip(skip).take(limit).map(|position| self.record(*position as usize));
        (found.len(), page.collect())
    }

    fn find(&self, query: &Query) -> Arc<Vec<u32>> {
        let recent = || self.recent.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, found)) = recent().iter().find(|(known, _)| known == query) {
            return Arc::clone(found);
        }
        let mut found: Vec<u32> = match &query.filter {
            Some(filter) => {
                let mut names = Vec::new();
                fields(filter, &mut names);
                // Only what the filter looks at is made up, into the same record for all rows.
                let nothing = names.iter().map(|name| (name.clone(), Value::Null));
                let mut seen = Value::Object(nothing.collect());
                let fits = |position: &u32| {
                    for (name, value) in seen.as_object_mut().into_iter().flatten() {
                        *value = self.value(&self.rows[*position as usize], name).unwrap_or_default();
                    }
                    filter.matches(&seen, query.matching)
                };
                (0..self.rows.len() as u32).filter(fits).collect()
            }
            None => (0..self.rows.len() as u32).collect(),
        };
        if !query.sort.is_empty() {
            let keys = |position: &u32| {
                let row = &self.rows[*position as usize];
                query.sort.iter().map(|key| at(|name| self.value(row, name), &key.field)).collect::<Vec<_>>()
            };
            let mut sorted: Vec<_> = found.iter().map(|position| (keys(position), *position)).collect();
            // A stable sort, so that equal records stay in the order of their ids.
            sorted.sort_by(|(one, _), (other, _)| {
                let orders = query.sort.iter().zip(one.iter().zip(other)).map(|(key, (one, other))| {
                    let order = order(one, other);
                    if key.descending { order.reverse() } else { order }
                });
                orders.fold(Ordering::Equal, Ordering::then)
            });
            found = sorted.into_iter().map(|(_, position)| position).collect();
        }
        let found = Arc::new(found);
        let mut recent = recent();
        recent.truncate(RECENT - 1);
        recent.push_front((query.clone(), Arc::clone(&found)));
        found
    }
}

/// The keys of a record that a filter looks at.
pub(crate) fn fields(filter: &Filter, names: &mut Vec<String>) {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => filters.iter().for_each(|filter| fields(filter, names)),
        Filter::Not(filter) => fields(filter, names),
        Filter::Compare { field, .. }
        | Filter::In { field, .. }
        | Filter::Between { field, .. }
        | Filter::Text { field, .. } => {
            let name = field.split('.').next().unwrap_or_default();
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        _ => {}
    }
}

/// The value at a dotted path.
fn at(value: impl Fn(&str) -> Option<Value>, path: &str) -> Value {
    let mut keys = path.split('.');
    let first = keys.next().and_then(value).unwrap_or_default();
    keys.try_fold(first, |value, key| value.get(key).cloned()).unwrap_or_default()
}

/// Missing values first, then booleans, numbers and texts.
fn order(one: &Value, other: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) | Value::Object(_) => 4,
    };
    match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Number(one), Value::Number(other)) => {
            one.as_f64().unwrap_or_default().total_cmp(&other.as_f64().unwrap_or_default())
        }
        (Value::String(one), Value::String(other)) => one.cmp(other),
        _ => rank(one).cmp(&rank(other)),
    }
}

/// The records of a plain list that match, sorted, and one page of them: for lists that no collection holds.
pub(crate) fn page_of(
    records: Vec<Record>,
    query: &Query,
    skip: usize,
    limit: usize,
) -> (usize, Vec<Record>) {
    let mut collection: Collection<Infallible> = Collection::new(Vec::new(), ());
    for (number, record) in records.into_iter().enumerate() {
        collection.put(Id::new(0, number as u64), record);
    }
    collection.page(query, skip, limit)
}
