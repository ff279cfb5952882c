//! Lists that go on by what a page says: a token, or the sort key of its last item (Directory Insights). One page after
//! the other; each says where the next one is.

use super::course::Spot;
use super::course::{Ask, Course, Sheet, Step};
use super::seen::{Identity, Marks};

/// Pages in a row that hold nothing new and name a next one: a chain of more is no list.
const IDLE: u32 = 32;

/// A list on its way. It keeps eight bytes a page, the cursors that were used, and eight an item, where items have ids: pages may
/// overlap.
pub(super) struct Cursors<P> {
    size: u64,
    /// Every page but an empty one has a cursor: one without it has lost it.
    always: bool,
    tickets: u64,
    awaited: bool,
    next: Option<String>,
    /// What asked for the page in hand, and for the one on its way.
    asked: Option<String>,
    asking: Option<String>,
    used: Marks,
    /// The items that were handed out, where ids tell them apart.
    seen: Option<Marks>,
    hollow: u32,
    ready: Option<Sheet<P>>,
    over: Option<Result<(), &'static str>>,
}

impl<P> Cursors<P> {
    /// A list that starts at its beginning, or at a cursor of the caller's own.
    pub(super) fn new(size: u64, always: bool, by_id: bool, start: Option<&str>) -> Cursors<P> {
        let mut used = Marks::default();
        start.map(|cursor| used.note(Identity::of(cursor.as_bytes()).key()));
        Cursors {
            size,
            always,
            tickets: 0,
            awaited: false,
            next: None,
            asked: None,
            asking: start.map(str::to_owned),
            used,
            seen: by_id.then(Marks::default),
            hollow: 0,
            ready: None,
            over: None,
        }
    }

    /// Whether the list ends with this page; the cursor that goes on is kept.
    fn judge(&mut self, sheet: &mut Sheet<P>) -> Option<Result<(), &'static str>> {
        let empty = sheet.items.is_empty();
        let known = |item: &Identity| self.seen.as_ref().is_some_and(|seen| seen.has(item.key()));
        let new = sheet.items.iter().any(|(item, _)| !known(item));
        self.hollow = if new { 0 } else { self.hollow + 1 };
        match sheet.cursor.take().filter(|cursor| !cursor.is_empty()) {
            // What is behind the last item has a cursor too, there.
            _ if self.always && (empty || sheet.last) => Some(Ok(())),
            None if self.always => Some(Err("JumpCloud's cursor was lost on the way")),
            None => Some(Ok(())),
            Some(_) if self.hollow > IDLE => {
                Some(Err("JumpCloud sends one page after the other without anything new"))
            }
            Some(cursor) if !self.used.note(Identity::of(cursor.as_bytes()).key()) => {
                Some(Err("JumpCloud sends the same cursor again"))
            }
            cursor => {
                self.next = cursor;
                None
            }
        }
    }
}

impl<P> Course<P> for Cursors<P> {
    fn step(&mut self, _: usize) -> Step<P> {
        if let Some(sheet) = self.ready.take() {
            let mut items = sheet.items;
            if let Some(seen) = &mut self.seen {
                items.retain(|(item, _)| seen.note(item.key()));
            }
            return Step::HandOut(sheet.content, items.iter().map(|(_, place)| *place).collect());
        }
        match self.over {
            Some(Ok(())) => return Step::End,
            Some(Err(why)) => return Step::Incomplete(why),
            None if self.awaited => return Step::Receive,
            None => {}
        }
        self.tickets += 1;
        self.awaited = true;
        let ticket = self.tickets;
        match self.next.take() {
            Some(cursor) => {
                self.asking = Some(cursor.clone());
                Step::Follow { ticket, cursor }
            }
            None => Step::Ask(Ask { ticket, offset: 0, limit: self.size }),
        }
    }

    fn received(&mut self, ticket: u64, mut sheet: Sheet<P>) {
        if self.wants(ticket) {
            self.awaited = false;
            self.asked.clone_from(&self.asking);
            self.over = self.judge(&mut sheet);
            self.ready = Some(sheet);
        }
    }

    fn spot(&self, _: usize) -> Spot {
        let next = if self.awaited { &self.asking } else { &self.next };
        Spot::Cursor(self.asked.clone(), next.clone())
    }

    fn awaits(&self) -> Option<u64> {
        self.awaited.then_some(self.tickets)
    }

    fn wants(&self, ticket: u64) -> bool {
        self.awaits() == Some(ticket)
    }
}
