//! How a list that is read by offset is walked, so that nobody is missed and nobody comes twice.
//!
//! 1. The next page is asked for from the last item in hand, so that pages overlap by one. [`verdict`] says what follows
//!    from a page; the rest of this file gathers its facts and does what it says. Pages that were asked for ahead obey
//!    the same rules when their turn comes, whenever their answers were made.
//! 2. A page that does not touch what is in hand is kept, and the list is asked for from where the last item should be,
//!    then from one page further back each time; the start always touches.
//! 3. Where a page holds nothing new although more may lie behind, a *jump* looks half a page further on, and then at
//!    the place before it once more: only a place that did not change while the jump was made is passed.
//! 4. Unless the list is sorted by id, a list that changed its places is walked a second time, once: what moved from
//!    behind to before what was read is found there.
//! 5. A pass may make [`PRICE`] requests for each page of items, and [`CREDIT`] pages are lent at the start.

use std::collections::VecDeque;

use super::course::{Ask, Course, Plan, REPEATED, Sheet, Spot, Step};
use super::seen::{Identity, Kept, ObjectId, Seen};
use super::verdict::{Facts, Rule, TRIES, Verdict, verdict};

/// How many pages are asked for one by one after a step back.
const CALM: i64 = 8;
/// How many requests a page of new items may cost.
pub(super) const PRICE: u64 = 8;
/// How many pages are lent at the start: a short list may cost `PRICE * CREDIT` requests.
pub(super) const CREDIT: u64 = 8;
/// From this page length on, a jump goes half a page, and so still overlaps.
const HALF: u64 = 20;
/// How many of the latest ids a list sorted by id keeps at least.
const KEPT: u64 = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Read,
    /// Looks further on.
    Jump,
    /// The second look before a jump is believed.
    Again,
    Probe,
}

struct Fetch<P> {
    ask: Ask,
    purpose: Purpose,
    sent: bool,
    sheet: Option<Sheet<P>>,
}

/// The page that a jump looks behind.
struct Anchor {
    offset: u64,
    items: Vec<Identity>,
    total: Option<u64>,
}

/// What is kept of one pass through the list.
struct Pass<P> {
    /// In the order in which they are judged.
    queue: VecDeque<Fetch<P>>,
    /// Lower bound of the offset of the last item in hand.
    at: u64,
    /// How many items this pass met.
    given: u64,
    /// Of the page that was taken last.
    total: Option<u64>,
    requests: u64,
    /// The lowest offset asked for since a page was taken.
    low: Option<u64>,
    /// Requests up to this ticket were made before the last page was taken.
    mark: u64,
    /// How many pages may be in flight while no total is known.
    trust: i64,
    anchor: Option<Anchor>,
    /// The page that waits for the second look of a jump or a probe.
    held: Option<Fetch<P>>,
    tries: u32,
    repeats: u32,
    /// The page before: the first offset that gave it, and its items.
    judged: Option<(u64, Vec<Identity>)>,
    /// The list changed its places under this pass.
    shifted: bool,
}

impl<P> Pass<P> {
    fn new(start: u64) -> Pass<P> {
        Pass {
            queue: VecDeque::new(),
            at: start,
            given: 0,
            total: None,
            requests: 0,
            low: None,
            mark: 0,
            trust: 1,
            anchor: None,
            held: None,
            tries: 0,
            repeats: 0,
            judged: None,
            shifted: false,
        }
    }
}

/// Where a walk stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Place {
    pub(super) at: u64,
    pub(super) given: u64,
    pub(super) total: Option<u64>,
    pub(super) shifted: bool,
    pub(super) kept: Kept,
}

/// The items that were handed out last, and where the walk stood before.
#[derive(Default)]
struct Hand {
    /// With their offsets.
    items: Vec<(Identity, usize)>,
    at: u64,
    last: Option<Identity>,
    largest: Option<ObjectId>,
}

enum Over {
    End,
    Incomplete(&'static str),
}

/// A list on its way.
pub(super) struct Walk<P> {
    plan: Plan,
    seen: Seen,
    /// The longest page that was taken. What JumpCloud states is no promise: a service may cap pages at less, and a jump as
    /// long as a page should be would pass over what it left.
    longest: u64,
    /// The longest page that came.
    came: u64,
    tickets: u64,
    pass: Pass<P>,
    ready: Option<(P, Vec<usize>)>,
    hand: Hand,
    over: Option<Over>,
    #[cfg(test)]
    without: Option<Rule>,
    /// How many jumps were believed.
    #[cfg(test)]
    jumps: u32,
}

impl<P> Walk<P> {
    pub(super) fn new(plan: Plan) -> Walk<P> {
        Walk {
            plan,
            seen: Seen::new(plan.sorted, KEPT.max(3 * plan.size) as usize),
            longest: 0,
            came: 1,
            tickets: 0,
            pass: Pass::new(plan.start),
            ready: None,
            hand: Hand::default(),
            over: None,
            #[cfg(test)]
            without: None,
            #[cfg(test)]
            jumps: 0,
        }
    }

    /// Goes on from where another walk stood.
    pub(super) fn from(mut self, place: Place) -> Walk<P> {
        let Place { at, given, total, shifted, kept } = place;
        self.seen.go_on(kept);
        self.pass = Pass { given, total, shifted, ..Pass::new(at) };
        self
    }

    /// Where it stands when so many of the items that were handed out last are taken; nowhere before the first.
    fn place(&self, taken: usize) -> Option<Place> {
        let (pass, hand) = (&self.pass, &self.hand);
        let left = hand.items.get(taken..).unwrap_or_default();
        let mut kept = self.seen.kept(left);
        let (mut at, mut shifted, given) =
            (pass.at, pass.shifted, pass.given.saturating_sub(left.len() as u64));
        let begins = kept.second && pass.given == 0;
        if kept.first.is_none() && !kept.second {
            return None;
        }
        if let (Some((first, _)), false) = (left.first(), begins) {
            let before = taken.checked_sub(1).and_then(|index| hand.items.get(index));
            (at, kept.last) = before.map_or((hand.at, hand.last), |(item, at)| (*at as u64, Some(*item)));
            // Of a list sorted by id what is left is larger than what was taken.
            kept.largest = hand.largest.max(kept.last.and_then(|last| last.order()));
            if given == 0 && kept.first == Some(*first) && !kept.second {
                return None;
            }
        } else if matches!(self.over, Some(Over::End)) {
            // Another walk from here looks for what is new, twice if it must.
            (kept.second, shifted) = (false, false);
            kept.marks.iter_mut().for_each(|mark| *mark &= !1);
        }
        Some(Place { at, given, total: pass.total, shifted, kept })
    }

    fn obeys(&self, rule: Rule) -> bool {
        #[cfg(test)]
        return self.without != Some(rule);
        #[cfg(not(test))]
        return matches!(rule, _);
    }

    fn new_fetch(&mut self, offset: u64, purpose: Purpose, limit: u64) -> Fetch<P> {
        self.tickets += 1;
        self.pass.requests += 1;
        Fetch { ask: Ask { ticket: self.tickets, offset, limit }, purpose, sent: false, sheet: None }
    }

    fn ask(&mut self, offset: u64, purpose: Purpose) {
        let fetch = self.new_fetch(offset, purpose, self.plan.size);
        self.pass.queue.push_back(fetch);
    }

    fn ask_first(&mut self, offset: u64) {
        let fetch = self.new_fetch(offset, Purpose::Read, self.plan.size);
        self.pass.queue.push_front(fetch);
    }

    /// How long a page should be by documentation; 0 where none says so.
    fn stated(&self) -> u64 {
        if self.plan.maximum_known { self.plan.size } else { 0 }
    }

    /// How long pages are, as far as one has shown it.
    fn page(&self) -> u64 {
        if self.longest == 0 { self.stated() } else { self.longest }
    }

    /// How far pages are apart: each starts with the last item of the one before.
    fn stride(&self) -> u64 {
        self.page().saturating_sub(1).max(1)
    }

    /// How far a jump goes: half a page overlaps the page before, so that small changes open no gap.
    fn leap(&self) -> u64 {
        if self.page() >= HALF { self.page() / 2 } else { self.stride() }
    }

    /// Asks for the next page, or for one ahead of those that are awaited; says whether it did.
    fn look_ahead(&mut self, abandoned: usize) -> bool {
        let pass = &self.pass;
        let Some(last) = pass.queue.back() else {
            self.ask(pass.at, Purpose::Read);
            return true;
        };
        let told = pass.total.is_some() && pass.trust > 1;
        let most = if told { i64::MAX } else { pass.trust.max(1) };
        let ahead = self.plan.in_flight.min(usize::try_from(most).unwrap_or(usize::MAX)).max(1);
        // One slow page does not hold up those after it: as many again may wait for their turn, where a total says
        // that they exist.
        let kept = if pass.total.is_some() { 2 * ahead } else { ahead };
        let waiting = pass.queue.iter().filter(|fetch| fetch.sheet.is_none()).count() + abandoned;
        if last.purpose != Purpose::Read || pass.given == 0 || waiting >= ahead || pass.queue.len() >= kept {
            return false;
        }
        let offset = last.ask.offset.saturating_add(self.stride());
        let wanted = self.plan.wanted.map(|wanted| self.plan.start.saturating_add(wanted));
        if [pass.total, wanted].into_iter().flatten().any(|end| offset.saturating_add(1) >= end) {
            return false;
        }
        self.ask(offset, Purpose::Read);
        true
    }

    fn facts(&self, fetch: &Fetch<P>, sheet: &Sheet<P>) -> Facts {
        let (pass, offset, total) = (&self.pass, fetch.ask.offset, sheet.total);
        let (count, start) = (sheet.len(), self.plan.start);
        let end = offset.saturating_add(count);
        let longest = self.longest.max(count);
        let page = longest.max(1);
        let known = |item: &(Identity, usize)| self.seen.knows(&item.0);
        let new = sheet.items.iter().filter(|item| !known(item)).count() as u64;
        let in_hand = start.saturating_add(pass.given).saturating_add(new);
        let first = sheet.items.first();
        let touches = offset <= start || first.is_some_and(known);
        let begins_again = offset > start && first.is_some_and(|(item, _)| Some(*item) == self.seen.first);
        let page_before = pass.judged.as_ref().is_some_and(|(place, items)| {
            offset >= place.saturating_add(longest)
                && items.iter().eq(sheet.items.iter().map(|(item, _)| item))
        });
        let total_short = total.is_some_and(|total| total > in_hand);
        let behind = |total: u64| end <= total && total > offset.saturating_add(page);
        let several = count >= 2;
        Facts {
            touches: touches || !self.obeys(Rule::StepBack),
            new: new > 0,
            settled: self.plan.counts
                && touches
                && count > 0
                && total == Some(end)
                && (count < longest || offset == start && count < fetch.ask.limit)
                && self.obeys(Rule::Settled),
            again: count > 0 && new == 0 && (begins_again || page_before) && self.obeys(Rule::Probe),
            repeats: pass.repeats,
            all: count > fetch.ask.limit,
            several: several && self.obeys(Rule::GoOn),
            few: several && longest >= HALF && 2 * count <= longest && self.obeys(Rule::Few),
            more: (total.is_some_and(behind) || total_short && fetch.purpose != Purpose::Jump)
                && self.obeys(Rule::More),
            total_short: total_short && self.obeys(Rule::TotalShort),
            ahead: pass.queue.iter().any(|fetch| {
                let last = fetch.sheet.as_ref().and_then(|sheet| sheet.items.last());
                last.is_some_and(|item| !known(item))
            }) && self.obeys(Rule::Ahead),
            frontier: self.seen.last.is_none_or(|last| sheet.items.iter().any(|(item, _)| *item == last))
                || !self.obeys(Rule::Frontier),
        }
    }

    fn judge(&mut self, mut fetch: Fetch<P>) {
        let Some(sheet) = fetch.sheet.take() else { return };
        let ordered = sheet.items.iter().map(|(item, _)| item).is_sorted_by(|a, b| a.may_precede(b))
            && sheet.items.iter().all(|(item, _)| item.may_precede(item));
        if self.seen.sorted && fetch.purpose != Purpose::Probe && !ordered {
            // The service passed over the sort: from here on nothing is forgotten.
            self.seen.sorted = false;
            if self.seen.forgot {
                return self.incomplete("the list does not come sorted by id, as was asked");
            }
        }
        self.came = self.came.max(sheet.len());
        match fetch.purpose {
            Purpose::Probe => return self.after_probe(&fetch.ask, &sheet),
            Purpose::Again => return self.after_second_look(fetch.ask, sheet),
            Purpose::Read | Purpose::Jump => {}
        }
        let facts = self.facts(&fetch, &sheet);
        let verdict = verdict(&facts);
        self.pass.repeats += u32::from(facts.again);
        let items = sheet.identities();
        if self.pass.judged.as_ref().is_none_or(|(_, before)| *before != items) {
            self.pass.judged = Some((fetch.ask.offset, items));
        }
        match verdict {
            Verdict::HandOut => self.take(&fetch.ask, sheet, false),
            Verdict::Finish => self.take(&fetch.ask, sheet, true),
            Verdict::End => self.end(),
            Verdict::Incomplete => self.incomplete(REPEATED),
            _ if self.too_dear() => {}
            Verdict::GoOn => self.go_on(&fetch.ask, &sheet),
            Verdict::Probe => {
                self.pass.queue.clear();
                let far = fetch.ask.offset.saturating_add(2 * self.longest.max(sheet.len()));
                let probe = self.new_fetch(far, Purpose::Probe, sheet.len().saturating_sub(1).max(1));
                self.pass.queue.push_back(probe);
                self.pass.held = Some(Fetch { sheet: Some(sheet), ..fetch });
            }
            Verdict::Jump => {
                let offset = fetch.ask.offset;
                self.pass.anchor = Some(Anchor { offset, items: sheet.identities(), total: sheet.total });
                self.pass.queue.clear();
                self.ask(offset.saturating_add(self.leap()), Purpose::Jump);
            }
            Verdict::StepBack if fetch.purpose == Purpose::Jump => self.look_twice(fetch, sheet),
            Verdict::StepBack => self.step_back(fetch, sheet),
        }
    }

    /// What a walk costs stays in proportion to what it brings.
    fn too_dear(&mut self) -> bool {
        let page = self.came;
        if self.pass.requests * page > PRICE * (CREDIT * page + self.pass.given) {
            self.incomplete("it changes faster than it can be read, or hides most of its records from you");
        }
        self.over.is_some()
    }

    /// Takes what is new in a page that touches what is in hand.
    fn take(&mut self, ask: &Ask, sheet: Sheet<P>, last: bool) {
        let count = sheet.len();
        let new: Vec<(Identity, usize)> =
            sheet.items.iter().filter(|(item, _)| !self.seen.knows(item)).copied().collect();
        let index = sheet.items.iter().position(|item| Some(item) == new.first());
        let place = ask.offset.saturating_add(index.unwrap_or_default() as u64);
        let begun = self.pass.given > 0;
        let shrank = begun && place <= self.pass.at;
        self.pass.shifted |= begun && (place != self.pass.at + 1 || sheet.total != self.pass.total);
        self.longest = self.longest.max(count);
        let identities: Vec<Identity> = new.iter().map(|(item, _)| *item).collect();
        let before =
            Hand { items: Vec::new(), at: self.pass.at, last: self.seen.last, largest: self.seen.largest };
        let fresh = self.seen.add(&identities);
        let fresh: Vec<(Identity, usize)> =
            new.iter().zip(fresh).filter_map(|(item, fresh)| fresh.then_some(*item)).collect();
        let places = fresh.iter().map(|(_, place)| *place).collect();
        if !fresh.is_empty() {
            let offset = usize::try_from(ask.offset).unwrap_or(usize::MAX);
            let items = fresh.into_iter().map(|(item, place)| (item, offset.saturating_add(place))).collect();
            self.hand = Hand { items, ..before };
        }
        self.ready = Some((sheet.content, places));
        let pass = &mut self.pass;
        if !new.is_empty() {
            // A loop that deletes what it lists makes pages come again, one by one; a service that pays no heed to offsets
            // gives nothing new in between.
            pass.repeats = 0;
        }
        pass.given += new.len() as u64;
        pass.total = sheet.total;
        pass.at = ask.offset.saturating_add(count.saturating_sub(1));
        (pass.low, pass.mark, pass.tries, pass.anchor) = (None, self.tickets, 0, None);
        pass.trust = match shrank {
            true => -CALM,
            false if count < self.longest => pass.trust.min(1),
            false => pass.trust + 1,
        };
        if last {
            self.end();
        } else {
            self.too_dear();
        }
    }

    /// Nothing is new here, and the page is long enough to go on from its last item.
    fn go_on(&mut self, ask: &Ask, sheet: &Sheet<P>) {
        self.longest = self.longest.max(sheet.len());
        let pass = &mut self.pass;
        pass.total = sheet.total;
        pass.at = ask.offset.saturating_add(sheet.len().saturating_sub(1));
        (pass.low, pass.mark) = (None, self.tickets);
        let at = pass.at;
        if pass.queue.front().is_some_and(|fetch| fetch.ask.offset > at) {
            self.ask_first(at);
        }
    }

    /// The page does not touch what is in hand: it is kept, and the list asked for from where the last item should be, or
    /// from further back.
    fn step_back(&mut self, fetch: Fetch<P>, sheet: Sheet<P>) {
        let (stride, pass) = (self.stride(), &mut self.pass);
        let offset = fetch.ask.offset;
        pass.trust = -CALM;
        // Else it is only a page that was asked for behind the end.
        pass.shifted |= !sheet.items.is_empty() || offset <= pass.at;
        let low = match pass.low {
            None if offset > pass.at || fetch.ask.ticket <= pass.mark => pass.at,
            low => low.unwrap_or(offset).min(pass.at).saturating_sub(stride).max(self.plan.start),
        };
        pass.low = Some(low);
        if !sheet.items.is_empty() && pass.queue.len() < 2 * self.plan.in_flight {
            pass.queue.push_front(Fetch { sheet: Some(sheet), ..fetch });
        }
        self.ask_first(low);
    }

    /// A jump found a page that holds nothing in hand: the place before it is looked at a second time.
    fn look_twice(&mut self, fetch: Fetch<P>, sheet: Sheet<P>) {
        let offset = fetch.ask.offset;
        let behind = sheet.total.is_some_and(|total| total > offset.saturating_add(self.page()));
        if sheet.items.is_empty() && behind {
            return self.ask(offset.saturating_add(self.leap()), Purpose::Jump);
        }
        if !self.obeys(Rule::SecondLook) && !sheet.items.is_empty() {
            return self.take(&fetch.ask, sheet, false);
        }
        let place = self.pass.anchor.as_ref().map_or(self.pass.at, |anchor| anchor.offset);
        self.pass.held = Some(Fetch { sheet: Some(sheet), ..fetch });
        self.ask(place, Purpose::Again);
    }

    fn after_second_look(&mut self, ask: Ask, sheet: Sheet<P>) {
        let (held, anchor) = (self.pass.held.take(), self.pass.anchor.take());
        let (Some(mut held), Some(anchor)) = (held, anchor) else { return };
        let Some(beyond) = held.sheet.take() else { return };
        // Where items show that the place is the same, a total that changes is one of those that are never the same.
        let same_total = sheet.total == anchor.total && anchor.total == beyond.total;
        let unchanged = sheet.identities() == anchor.items && (same_total || !anchor.items.is_empty());
        let overlaps = self.longest >= HALF
            && sheet.items.iter().all(|(item, _)| self.seen.knows(item))
            && sheet.items.iter().any(|(item, _)| anchor.items.contains(item));
        if unchanged || overlaps {
            #[cfg(test)]
            {
                self.jumps += 1;
            }
            if !beyond.items.is_empty() {
                return self.take(&held.ask, beyond, false);
            }
            // Where all that is counted fits into a page, and it came out empty twice, all of it is hidden from the caller.
            let counted = sheet.total.map_or(0, |total| total.saturating_sub(self.plan.start));
            let hidden = counted <= self.page().max(1) && self.obeys(Rule::Hidden);
            if self.pass.given == 0 && counted > 0 && !hidden {
                return self.incomplete("JumpCloud hands out none of the items that it counts");
            }
            return self.end();
        }
        self.pass.tries += 1;
        if self.pass.tries >= TRIES {
            return self.incomplete("the list changes while hidden records are passed");
        }
        let read = |ask, sheet| Fetch { ask, purpose: Purpose::Read, sent: true, sheet: Some(sheet) };
        self.pass.queue = VecDeque::from([read(ask, sheet)]);
        if !beyond.items.is_empty() {
            self.pass.queue.push_back(read(held.ask, beyond));
        }
    }

    /// A page came again: is the offset heeded, is the page size?
    fn after_probe(&mut self, ask: &Ask, sheet: &Sheet<P>) {
        let Some(held) = self.pass.held.take() else { return };
        if sheet.items.first().map(|(item, _)| *item) != self.seen.first || self.seen.first.is_none() {
            return self.pass.queue.push_front(held);
        }
        let (given, count, total) = (self.pass.given, sheet.len(), sheet.total);
        let one_page = count > ask.limit || given == 1 || given < self.longest;
        let in_hand = self.plan.start.saturating_add(given);
        let agrees = total.is_none_or(|total| total <= in_hand || total == count);
        let before = held.sheet.as_ref().and_then(|sheet| sheet.total);
        if one_page && agrees || self.plan.counts && total == before && total == Some(in_hand) {
            return self.end();
        }
        self.incomplete(REPEATED);
    }

    fn incomplete(&mut self, why: &'static str) {
        self.pass.queue.clear();
        self.over = Some(Over::Incomplete(why));
    }

    fn end(&mut self) {
        self.pass.queue.clear();
        let in_hand = self.plan.start.saturating_add(self.pass.given);
        let differs = self.plan.counts && self.pass.total.is_some_and(|total| total != in_hand);
        let moved = (self.pass.shifted || differs) && !self.seen.sorted && self.pass.given > 0;
        if moved && self.seen.first_pass() && self.obeys(Rule::SecondPass) {
            self.seen.second_pass();
            self.pass = Pass::new(self.plan.start);
        } else {
            self.over = Some(Over::End);
        }
    }
}

impl<P> Course<P> for Walk<P> {
    fn step(&mut self, abandoned: usize) -> Step<P> {
        loop {
            if let Some((content, places)) = self.ready.take() {
                return Step::HandOut(content, places);
            }
            match self.over {
                Some(Over::End) => return Step::End,
                Some(Over::Incomplete(why)) => return Step::Incomplete(why),
                None => {}
            }
            if let Some(fetch) = self.pass.queue.iter_mut().find(|fetch| !fetch.sent) {
                fetch.sent = true;
                return Step::Ask(fetch.ask);
            }
            if let Some(fetch) = self.pass.queue.pop_front_if(|fetch| fetch.sheet.is_some()) {
                self.judge(fetch);
            } else if !self.look_ahead(abandoned) {
                return Step::Receive;
            }
        }
    }

    fn received(&mut self, ticket: u64, sheet: Sheet<P>) {
        if let Some(fetch) = self.pass.queue.iter_mut().find(|fetch| fetch.ask.ticket == ticket) {
            fetch.sheet = Some(sheet.distinct());
        }
    }

    fn spot(&self, taken: usize) -> Spot {
        self.place(taken).map_or(Spot::Start, Spot::Walk)
    }

    fn awaits(&self) -> Option<u64> {
        self.pass.queue.front().map(|fetch| fetch.ask.ticket)
    }

    fn wants(&self, ticket: u64) -> bool {
        self.pass.queue.iter().any(|fetch| fetch.ask.ticket == ticket)
    }
}

#[cfg(test)]
mod tests;
