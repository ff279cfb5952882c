//! Which items of a list were handed out.

use super::scramble;

/// What tells an item apart from all others of its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// 63 bits of the id, in which two ids of a list of a million meet once in twenty million lists; the lowest bit is free.
    mark: u64,
    /// Its place in an order by id, where the id has JumpCloud's usual form: 24 hex digits.
    order: Option<ObjectId>,
}

/// JumpCloud's usual form of an id.
pub(super) type ObjectId = [u8; 12];

fn object_id(id: &[u8]) -> Option<ObjectId> {
    let mut bytes = [0; 12];
    for (byte, digits) in bytes.iter_mut().zip(id.chunks(2)) {
        for digit in digits {
            *byte = *byte << 4 | (*digit as char).to_digit(16)? as u8;
        }
    }
    (id.len() == 24).then_some(bytes)
}

impl Identity {
    pub(crate) fn of(id: &[u8]) -> Identity {
        let mut mark = id.len() as u64;
        for eight in id.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(eight) {
                *to = *from;
            }
            mark = scramble(mark ^ u64::from_le_bytes(word));
        }
        Identity { mark: mark & !1, order: object_id(id) }
    }

    /// The bytes that [`Identity::read`] reads.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.mark.to_le_bytes().to_vec();
        bytes.extend(self.order.iter().flatten());
        bytes
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Identity> {
        let (mark, order) = bytes.split_first_chunk()?;
        let order = if order.is_empty() { None } else { Some(order.try_into().ok()?) };
        Some(Identity { mark: u64::from_le_bytes(*mark) & !1, order })
    }

    /// What two equal identities have in common.
    pub(super) fn key(&self) -> u64 {
        self.mark
    }

    pub(super) fn order(&self) -> Option<ObjectId> {
        self.order
    }

    /// Whether an item of this identity may stand before one of that, in a list sorted by id.
    pub(super) fn may_precede(&self, next: &Identity) -> bool {
        self.order.is_some() && self.order <= next.order
    }
}

/// The ids that were handed out, each with the last pass that met it.
///
/// Eight bytes an item, and eight more while two runs are joined. Of a list sorted by id the largest and the latest are
/// enough: what is not larger than the largest, and not among the latest, was passed by.
pub(super) struct Seen {
    /// Whether the list comes sorted by id: then old ids may be forgotten.
    pub(super) sorted: bool,
    /// How many of the latest ids are kept at least.
    keep: usize,
    latest: Marks,
    /// Those before the latest.
    earlier: Marks,
    /// The pass, in the lowest bit: the first or the second.
    pass: u64,
    /// Some ids are not kept any more.
    pub(super) forgot: bool,
    /// Of this pass: the first, the last, and the largest item.
    pub(super) first: Option<Identity>,
    pub(super) last: Option<Identity>,
    pub(super) largest: Option<ObjectId>,
}

/// What is kept of it by whoever stops, so that it goes on later.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Kept {
    pub(super) sorted: bool,
    pub(super) second: bool,
    pub(super) first: Option<Identity>,
    pub(super) last: Option<Identity>,
    pub(super) largest: Option<ObjectId>,
    /// All ids; none of a list that is sorted by id.
    pub(super) marks: Vec<u64>,
}

impl Seen {
    pub(super) fn new(sorted: bool, keep: usize) -> Seen {
        Seen {
            sorted,
            keep,
            latest: Marks::default(),
            earlier: Marks::default(),
            pass: 0,
            forgot: false,
            first: None,
            last: None,
            largest: None,
        }
    }

    /// Whether this pass met it. A second pass finds a way of its own: the first one's ids would hide its gaps.
    pub(super) fn knows(&self, item: &Identity) -> bool {
        self.latest.pass(item.mark) == Some(self.pass)
            || self.earlier.pass(item.mark) == Some(self.pass)
            || self.forgot && item.order.is_some() && item.order <= self.largest
    }

    /// Notes the items of a page; says of each whether no pass has handed it out.
    pub(super) fn add(&mut self, items: &[Identity]) -> Vec<bool> {
        let mut new = Vec::with_capacity(items.len());
        let mut run = Vec::with_capacity(items.len());
        for item in items {
            let known = self.latest.meet(item.mark, self.pass) || self.earlier.meet(item.mark, self.pass);
            if !known {
                run.push(item.mark | self.pass);
            }
            new.push(!known);
            self.largest = self.largest.max(item.order);
        }
        self.first = self.first.or(items.first().copied());
        self.last = items.last().copied().or(self.last);
        self.latest.add(run);
        if self.sorted && self.latest.count >= self.keep {
            self.forgot |= self.earlier.count > 0;
            self.earlier = std::mem::take(&mut self.latest);
        }
        new
    }

    /// What to keep, without what was not taken.
    pub(super) fn kept(&self, left: &[(Identity, usize)]) -> Kept {
        let all = || self.earlier.all().chain(self.latest.all());
        let mut left: Vec<u64> = left.iter().map(|(item, _)| item.mark).collect();
        left.sort_unstable();
        let taken = |mark: &u64| left.binary_search(&(mark & !1)).is_err();
        Kept {
            sorted: self.sorted,
            second: self.pass > 0,
            first: self.first,
            last: self.last,
            largest: self.largest,
            marks: if self.sorted { Vec::new() } else { all().filter(taken).collect() },
        }
    }

    /// Goes on from there: of a list sorted by id, as if all but the largest were forgotten.
    pub(super) fn go_on(&mut self, kept: Kept) {
        self.sorted &= kept.sorted;
        self.forgot = self.sorted;
        self.pass = kept.second.into();
        (self.first, self.last, self.largest) = (kept.first, kept.last, kept.largest);
        self.earlier.add(kept.marks);
    }

    pub(super) fn first_pass(&self) -> bool {
        self.pass == 0
    }

    pub(super) fn second_pass(&mut self) {
        self.pass = 1;
        (self.first, self.last, self.largest) = (None, None, None);
    }
}

/// A set of marks, as sorted runs of falling length: a new one is joined with those that are not much longer.
#[derive(Debug, Default)]
pub(super) struct Marks {
    runs: Vec<Vec<u64>>,
    count: usize,
}

impl Marks {
    /// Notes a mark; says whether it is new.
    pub(super) fn note(&mut self, mark: u64) -> bool {
        let new = self.find(mark).is_none();
        if new {
            self.add(vec![mark]);
        }
        new
    }

    pub(super) fn has(&self, mark: u64) -> bool {
        self.find(mark).is_some()
    }

    fn all(&self) -> impl Iterator<Item = u64> {
        self.runs.iter().flatten().copied()
    }

    fn find(&self, mark: u64) -> Option<(usize, usize)> {
        self.runs.iter().enumerate().find_map(|(index, run)| {
            let place = run.partition_point(|known| known & !1 < mark);
            run.get(place).is_some_and(|known| known & !1 == mark).then_some((index, place))
        })
    }

    fn entry(&mut self, mark: u64) -> Option<&mut u64> {
        let (index, place) = self.find(mark)?;
        self.runs.get_mut(index)?.get_mut(place)
    }

    /// The last pass that met it.
    fn pass(&self, mark: u64) -> Option<u64> {
        let (index, place) = self.find(mark)?;
        Some(self.runs.get(index)?.get(place)? & 1)
    }

    /// Notes that this pass met it, if it is here.
    fn meet(&mut self, mark: u64, pass: u64) -> bool {
        let entry = self.entry(mark);
        let found = entry.is_some();
        if let Some(entry) = entry {
            *entry = mark | pass;
        }
        found
    }

    pub(super) fn add(&mut self, mut run: Vec<u64>) {
        if run.is_empty() {
            return;
        }
        self.count += run.len();
        run.sort_unstable();
        while self.runs.last().is_some_and(|last| last.len() < 2 * run.len()) {
            run = joined(&self.runs.pop().unwrap_or_default(), &run);
        }
        self.runs.push(run);
    }
}

fn joined(one: &[u64], other: &[u64]) -> Vec<u64> {
    let mut joined = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        joined.extend(if a <= b { one.next() } else { other.next() });
    }
    joined.extend(one);
    joined.extend(other);
    joined
}
