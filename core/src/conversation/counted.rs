//! Lists by offset whose items have no id: only counts can be compared. Every page is as long as the first, the last one
//! is shorter, and the total is always the same; whatever differs may have cost an item.

use std::collections::VecDeque;

use super::course::Spot;
use super::course::{Ask, Course, Plan, REPEATED, Sheet, Step};
use super::seen::Identity;

/// An offset behind every list.
const FAR: u64 = 1_000_000_000;

const CHANGED: &str = "the list changed while it was read, and its items have no ids to tell them apart";
const FEWER: &str = "JumpCloud counts more items than it hands out";

/// Whether paging is heeded at all, where a page came again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Probe {
    /// Is the offset?
    Offset,
    /// Is the page size?
    Size,
}

struct Fetch<P> {
    ask: Ask,
    sent: bool,
    sheet: Option<Sheet<P>>,
}

/// Where a list stands: at a row that must still be there when it goes on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// How many rows were taken, this one included.
    pub(super) taken: u64,
    pub(super) total: Option<u64>,
    pub(super) row: Identity,
}

/// A list on its way.
pub(super) struct Counted<P> {
    plan: Plan,
    queue: VecDeque<Fetch<P>>,
    tickets: u64,
    /// How many items were handed out.
    given: u64,
    /// How long the first page was.
    length: Option<u64>,
    total: Option<u64>,
    /// A page was shorter than the first: it must be the last.
    short: bool,
    before: Vec<Identity>,
    /// The last row of the page before that.
    earlier: Option<Identity>,
    /// The row that was taken last by the list that goes on here.
    expected: Option<Identity>,
    /// How many rows of the page in hand were not handed out.
    left_out: usize,
    probe: Option<Probe>,
    probed: bool,
    /// The page that waits for a probe.
    held: Option<Sheet<P>>,
    ready: Option<Sheet<P>>,
    over: Option<Result<(), &'static str>>,
}

impl<P> Counted<P> {
    pub(super) fn new(plan: Plan) -> Counted<P> {
        Counted {
            plan,
            queue: VecDeque::new(),
            tickets: 0,
            given: 0,
            length: None,
            total: None,
            short: false,
            before: Vec::new(),
            earlier: None,
            expected: None,
            left_out: 0,
            probe: None,
            probed: false,
            held: None,
            ready: None,
            over: None,
        }
    }

    /// Goes on from where another list stood.
    pub(super) fn from(mut self, place: &Row) -> Counted<P> {
        (self.given, self.total, self.expected) =
            (place.taken.saturating_sub(1), place.total, Some(place.row));
        self
    }

    fn ask(&mut self, offset: u64, limit: u64) {
        self.tickets += 1;
        let ask = Ask { ticket: self.tickets, offset, limit };
        self.queue.push_back(Fetch { ask, sent: false, sheet: None });
    }

    /// Where the next page starts.
    fn at(&self) -> u64 {
        self.plan.start.saturating_add(self.given)
    }

    /// Asks for the next page, or one ahead of those that are awaited; says whether it did.
    fn look_ahead(&mut self, abandoned: usize) -> bool {
        let waiting = self.queue.iter().filter(|fetch| fetch.sheet.is_none()).count() + abandoned;
        let Some(last) = self.queue.back() else {
            self.ask(self.at(), self.plan.size);
            return true;
        };
        let Some(length) = self.length.filter(|length| *length > 0) else { return false };
        let next = last.ask.offset.saturating_add(length);
        let wanted = self.plan.wanted.map(|wanted| self.plan.start.saturating_add(wanted));
        // Without a total as many pages are asked for ahead as have come.
        let came = usize::try_from(self.given / length).unwrap_or(usize::MAX);
        let ahead = if self.total.is_some() { self.plan.in_flight } else { self.plan.in_flight.min(came) };
        let beyond = [self.total, wanted].into_iter().flatten().any(|end| next >= end);
        if self.probe.is_some() || self.short || beyond || waiting >= ahead || self.queue.len() >= 2 * ahead {
            return false;
        }
        self.ask(next, self.plan.size);
        true
    }

    fn judge(&mut self, ask: &Ask, sheet: Sheet<P>) {
        let (count, at) = (sheet.len(), self.at());
        match self.probe {
            Some(Probe::Offset) if count == 0 => {
                self.probe = None;
                if let Some(held) = self.held.take() {
                    self.take(held);
                }
            }
            Some(Probe::Offset) if count <= ask.limit => {
                self.probe = Some(Probe::Size);
                self.ask(at, (self.before.len() as u64).saturating_sub(1).max(1));
            }
            Some(_) => {
                // Everything came at once, if the page size is not heeded either, or a total says so that is no count of
                // the page.
                let whole = count > self.plan.size
                    || count == self.before.len() as u64
                        && count > 1
                        && self.total.is_none_or(|total| total == at)
                    || Some(count) != sheet.total && sheet.total == self.total && self.total == Some(at);
                self.over = Some(if whole { Ok(()) } else { Err(REPEATED) });
            }
            None if self.given > 0 && sheet.total != self.total => self.over = Some(Err(CHANGED)),
            None if ask.offset != at => {
                // A page before was shorter than planned.
                self.queue.clear();
            }
            None if count > 0 && !self.probed && sheet.identities() == self.before => {
                self.queue.clear();
                (self.probe, self.probed, self.held) = (Some(Probe::Offset), true, Some(sheet));
                self.ask(at.saturating_add(FAR), self.plan.size);
            }
            None => self.take(sheet),
        }
    }

    fn take(&mut self, mut sheet: Sheet<P>) {
        let (count, total) = (sheet.len(), sheet.total);
        let items = sheet.identities();
        if self.expected.is_some_and(|row| items.first() != Some(&row)) {
            self.over = Some(Err(CHANGED));
            return;
        }
        self.left_out = self.expected.take().is_some().into();
        let first = self.length.is_none();
        let length = *self.length.get_or_insert(count);
        if self.short && count > 0 || count > length {
            self.over = Some(Err(CHANGED));
            return;
        }
        self.given += count;
        self.earlier = self.before.last().copied().or(self.earlier);
        (self.total, self.before, self.short) = (total, items, count < length);
        sheet.items.drain(..self.left_out);
        let at = self.at();
        self.over = match total {
            None if count == 0 => Some(Ok(())),
            Some(total) if count == 0 && total <= at => Some(Ok(())),
            Some(_) if count == 0 => Some(Err(FEWER)),
            Some(total) if total == at && !first && count < length => Some(Ok(())),
            Some(total) if total == at && self.plan.counts && count < self.plan.size => Some(Ok(())),
            Some(total) if total < at && self.plan.counts => Some(Err(CHANGED)),
            _ => None,
        };
        self.ready = (count > 0).then_some(sheet);
    }
}

impl<P> Course<P> for Counted<P> {
    fn step(&mut self, abandoned: usize) -> Step<P> {
        loop {
            if let Some(sheet) = self.ready.take() {
                let places = sheet.items.iter().map(|(_, place)| *place).collect();
                return Step::HandOut(sheet.content, places);
            }
            match self.over {
                Some(Ok(())) => return Step::End,
                Some(Err(why)) => return Step::Incomplete(why),
                None => {}
            }
            if let Some(fetch) = self.queue.iter_mut().find(|fetch| !fetch.sent) {
                fetch.sent = true;
                return Step::Ask(fetch.ask);
            }
            match self.queue.pop_front_if(|fetch| fetch.sheet.is_some()) {
                Some(Fetch { ask, sheet: Some(sheet), .. }) => self.judge(&ask, sheet),
                _ if self.look_ahead(abandoned) => {}
                _ => return Step::Receive,
            }
        }
    }

    fn received(&mut self, ticket: u64, sheet: Sheet<P>) {
        if let Some(fetch) = self.queue.iter_mut().find(|fetch| fetch.ask.ticket == ticket) {
            fetch.sheet = Some(sheet);
        }
    }

    fn spot(&self, taken: usize) -> Spot {
        if let Some(row) = self.expected {
            return Spot::Rows(Row { taken: self.given + 1, total: self.total, row });
        }
        let page = self.before.len();
        let taken = taken.saturating_add(self.left_out).min(page);
        let row = taken.checked_sub(1).map_or(self.earlier, |last| self.before.get(last).copied());
        let taken = self.given.saturating_sub((page - taken) as u64);
        row.map_or(Spot::Start, |row| Spot::Rows(Row { taken, total: self.total, row }))
    }

    fn awaits(&self) -> Option<u64> {
        self.queue.front().map(|fetch| fetch.ask.ticket)
    }

    fn wants(&self, ticket: u64) -> bool {
        self.over.is_none() && self.queue.iter().any(|fetch| fetch.ask.ticket == ticket)
    }
}
