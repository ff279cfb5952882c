//! A model of a server that pages: records in an order, each visible or hidden, that others change meanwhile.
//!
//! Each switch is a thing that JumpCloud or a service like it was seen to do, or that its documentation does not rule out.

use std::collections::{BTreeMap, BTreeSet};

use crate::conversation::scramble;

/// Random numbers that a seed repeats.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        scramble(self.0)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(super) fn chance(&mut self, of: f64) -> bool {
        self.part() < of
    }

    /// How often something happens that happens `mean` times in the mean (Poisson).
    pub(super) fn several(&mut self, mean: f64) -> u32 {
        let (limit, mut product, mut times) = ((-mean).exp(), self.part(), 0);
        while product > limit {
            product *= self.part();
            times += 1;
        }
        times
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Total {
    Absent,
    /// Counts what offsets count.
    Raw,
    Visible,
    Smaller,
    Larger,
    /// The count of the page itself.
    Page,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Id,
    /// Fixed, but not by id, until somebody renames.
    Name,
    /// By the time of the last change.
    Updated,
    /// The same, the latest first.
    LatestFirst,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ignores {
    Nothing,
    Offset,
    Everything,
}

#[derive(Clone, Debug)]
pub(super) struct Habits {
    pub(super) cap: u64,
    pub(super) total: Total,
    pub(super) ignores: Ignores,
    pub(super) order: Order,
    /// How often a page holds an item twice.
    pub(super) twice: f64,
    /// How often a record is hidden.
    pub(super) hidden: f64,
    /// Records in the order of their ids at first, whatever the order: it is noticed late that it is another.
    pub(super) by_id_at_first: bool,
}

pub(super) struct Server {
    pub(super) habits: Habits,
    pub(super) random: Random,
    records: BTreeSet<(u64, u64)>,
    keys: BTreeMap<u64, u64>,
    hidden: BTreeSet<u64>,
    /// There and visible from the first request on.
    pub(super) steady: BTreeSet<u64>,
    ever: BTreeSet<u64>,
    clock: u64,
    largest: u64,
    pub(super) changes: u32,
    pub(super) moves: u32,
}

const MIDDLE: u64 = 1 << 40;

impl Server {
    pub(super) fn new(mut random: Random, habits: Habits, count: u64, runs: &[(u64, u64)]) -> Server {
        let largest = 20 * count + 50;
        let mut ids = BTreeSet::new();
        while (ids.len() as u64) < count {
            ids.insert(1 + random.below(largest));
        }
        let mut order: Vec<u64> = ids.iter().copied().collect();
        if !habits.by_id_at_first {
            for place in (1..order.len()).rev() {
                order.swap(place, random.below(place as u64 + 1) as usize);
            }
        }
        let mut server = Server {
            habits,
            random,
            records: BTreeSet::new(),
            keys: BTreeMap::new(),
            hidden: BTreeSet::new(),
            steady: BTreeSet::new(),
            ever: ids,
            clock: 0,
            largest,
            changes: 0,
            moves: 0,
        };
        for id in order {
            server.place(id);
            if server.random.chance(server.habits.hidden) {
                server.hidden.insert(id);
            }
        }
        let places: Vec<u64> = server.records.iter().map(|(_, id)| *id).collect();
        for (start, length) in runs {
            server.hidden.extend(places.iter().skip(*start as usize).take(*length as usize));
        }
        server.steady = server.ever.difference(&server.hidden).copied().collect();
        server
    }

    pub(super) fn len(&self) -> u64 {
        self.records.len() as u64
    }

    fn place(&mut self, id: u64) {
        self.clock += 1;
        let key = match self.habits.order {
            Order::Id => id,
            Order::Name => self.random.next(),
            Order::Updated => MIDDLE + self.clock,
            Order::LatestFirst => MIDDLE - self.clock,
        };
        self.keys.insert(id, key);
        self.records.insert((key, id));
    }

    fn lift(&mut self, id: u64) -> bool {
        let key = self.keys.remove(&id);
        key.is_some_and(|key| self.records.remove(&(key, id)))
    }

    pub(super) fn insert(&mut self, at_end: bool) {
        let id = if at_end || self.random.chance(0.5) {
            self.largest += 1 + self.random.below(20);
            self.largest
        } else {
            1 + self.random.below(self.largest)
        };
        if self.ever.insert(id) {
            self.place(id);
            self.changes += 1;
            if self.random.chance(self.habits.hidden) {
                self.hidden.insert(id);
            }
        }
    }

    pub(super) fn delete(&mut self, id: u64) {
        if self.lift(id) {
            self.steady.remove(&id);
            self.changes += 1;
        }
    }

    /// It enters or leaves the view: rights, or a filter that is applied after the paging.
    pub(super) fn toggle(&mut self, id: u64) {
        if self.keys.contains_key(&id) {
            if !self.hidden.remove(&id) {
                self.hidden.insert(id);
            }
            self.steady.remove(&id);
            self.changes += 1;
        }
    }

    pub(super) fn update(&mut self, id: u64) {
        if self.habits.order != Order::Id && self.lift(id) {
            self.place(id);
            self.changes += 1;
            self.moves += 1;
        }
    }

    /// What somebody else does, at the start, at the end or anywhere; `kinds` are the deeds there are.
    pub(super) fn change(&mut self, kinds: &[fn(&mut Server, u64)], inserts: f64) {
        if self.records.is_empty() || self.random.chance(inserts) {
            return self.insert(false);
        }
        let record = match self.random.below(6) {
            0 => self.records.first().copied(),
            1 => self.records.last().copied(),
            _ => {
                let place = self.random.below(self.len());
                self.records.iter().nth(place as usize).copied()
            }
        };
        let kind = self.random.pick(kinds);
        if let Some((_, id)) = record {
            kind(self, id);
        }
    }

    /// The answer to a request: the ids of a page, and a total.
    pub(super) fn page(&mut self, offset: u64, limit: u64) -> (Vec<u64>, Option<u64>) {
        let (offset, size) = match self.habits.ignores {
            Ignores::Nothing => (offset, limit.min(self.habits.cap)),
            Ignores::Offset => (0, limit.min(self.habits.cap)),
            Ignores::Everything => (0, self.len()),
        };
        let records = self.records.iter().skip(offset as usize).take(size as usize);
        let mut ids: Vec<u64> = records.map(|(_, id)| *id).filter(|id| !self.hidden.contains(id)).collect();
        if !ids.is_empty() && self.random.chance(self.habits.twice) {
            ids.push(self.random.pick(&ids));
        }
        let (all, shown) = (self.len(), ids.len() as u64);
        let total = match self.habits.total {
            Total::Absent => None,
            Total::Raw => Some(all),
            Total::Visible => {
                Some(all - self.records.iter().filter(|(_, id)| self.hidden.contains(id)).count() as u64)
            }
            Total::Smaller => Some(all / 2),
            Total::Larger => Some(all + all / 3 + 1),
            Total::Page => Some(shown),
        };
        (ids, total)
    }

    /// The most hidden records among so many in a row.
    pub(super) fn most_hidden(&self, window: u64) -> u64 {
        if self.hidden.is_empty() {
            return 0;
        }
        let hidden: Vec<u64> =
            self.records.iter().map(|(_, id)| u64::from(self.hidden.contains(id))).collect();
        let window = window as usize;
        let mut most: u64 = hidden.iter().take(window).sum();
        let mut now = most;
        for (index, entering) in hidden.iter().enumerate().skip(window) {
            now = now + entering - hidden[index - window];
            most = most.max(now);
        }
        most
    }
}
