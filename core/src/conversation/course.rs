//! How a list is read from page to page: what the ways to do it have in common.
//!
//! A course sees of an answer only its [`Sheet`]; which requests are made of what it asks for is `pages.rs`'s.

use super::counted::Row;
use super::seen::{Identity, Marks};
use super::walk::Place;

pub(super) const REPEATED: &str = "JumpCloud sends the same page again, wherever it is asked to go on";

/// A list on its way, by offset ([`walk`](super::walk), [`counted`](super::counted)) or by cursor
/// ([`cursor`](super::cursor)).
///
/// The first thing that a course asks for is the page where the list starts.
pub(super) trait Course<P> {
    /// What is needed next; `abandoned` is how many requests are on their way that nobody waits for.
    fn step(&mut self, abandoned: usize) -> Step<P>;
    /// The answer to a request. One that is not waited for any more is left.
    fn received(&mut self, ticket: u64, sheet: Sheet<P>);
    /// Where the list stands when so many of the items that were handed out last are taken.
    fn spot(&self, taken: usize) -> Spot;
    /// The request whose answer is next in order.
    fn awaits(&self) -> Option<u64>;
    /// Whether the answer to a request is still waited for.
    fn wants(&self, ticket: u64) -> bool;
}

/// What a walk sees of an answer; `content` goes with it until it is handed out.
#[derive(Clone, Debug)]
pub(super) struct Sheet<P> {
    /// The identity of each item, with its place in the page.
    pub(super) items: Vec<(Identity, usize)>,
    /// The total that goes with it.
    pub(super) total: Option<u64>,
    /// What asks for the next page.
    pub(super) cursor: Option<String>,
    /// The reply says that this is the last page.
    pub(super) last: bool,
    pub(super) content: P,
}

impl<P> Sheet<P> {
    pub(super) fn new(identities: Vec<Identity>, total: Option<u64>, content: P) -> Sheet<P> {
        let items = identities.into_iter().zip(0..).collect();
        Sheet { items, total, cursor: None, last: false, content }
    }

    /// Without what it holds twice.
    pub(super) fn distinct(mut self) -> Sheet<P> {
        let mut marks: Vec<u64> = self.items.iter().map(|(identity, _)| identity.key()).collect();
        marks.sort_unstable();
        if !marks.is_sorted_by(|one, next| one < next) {
            let mut met = Marks::default();
            self.items.retain(|(identity, _)| met.note(identity.key()));
        }
        self
    }

    pub(super) fn identities(&self) -> Vec<Identity> {
        self.items.iter().map(|(identity, _)| *identity).collect()
    }

    pub(super) fn len(&self) -> u64 {
        self.items.len() as u64
    }
}

/// Where a list stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Spot {
    Start,
    Walk(Place),
    Rows(Row),
    /// The cursor that asked for the page in hand, and the one behind it.
    Cursor(Option<String>, Option<String>),
}

/// What a walk needs next.
#[derive(Debug)]
pub(super) enum Step<P> {
    /// Ask for this page.
    Ask(Ask),
    /// Ask for the page behind this cursor.
    Follow { ticket: u64, cursor: String },
    /// Hand out these items of this page.
    HandOut(P, Vec<usize>),
    /// Nothing, until an answer comes.
    Receive,
    /// The list is at its end.
    End,
    /// It cannot be read to its end, and why.
    Incomplete(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) ticket: u64,
    pub(super) offset: u64,
    pub(super) limit: u64,
}

/// What a list is known to be: columns of the table, and what the caller set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// The page size to ask for.
    pub(super) size: u64,
    /// At most so many requests in flight.
    pub(super) in_flight: usize,
    /// It comes sorted by id.
    pub(super) sorted: bool,
    /// No page is larger than `size` by documentation, and none is smaller unless it is the last.
    pub(super) maximum_known: bool,
    /// Its total counts what its offsets count.
    pub(super) counts: bool,
    /// The offset where the caller has it start.
    pub(super) start: u64,
    /// How many items the caller wants.
    pub(super) wanted: Option<u64>,
}
