//! All items of a list: the calls that fetch its pages, and what is handed out of them.
//!
//! The first page is asked for at once. What it shows (ids, a cursor, a total) decides the [`Course`] by which the list is
//! read; from then on the course says which page is needed, what of it is new, and when the list is at its end.

mod begin;
mod turns;

use std::fmt;

use self::begin::begun;
use self::turns::Turns;
use super::call::State;
use super::counted::Counted;
use super::course::{Ask, Course, Plan, Sheet, Step as Turn};
use super::cursor::Cursors;
use super::pace::Slot;
use super::parameters::{body, names};
use super::position::{Place, Position, Standpoint};
use super::seen::Identity;
use super::standing::Stands;
use super::walk::Walk;
use super::{Call, Conversation, Credential, Failure, Now, Page, Rest, Step, Ticket, over, scramble};
use crate::client::{Client, Credentials, Options};
use crate::json::Value;
use crate::operation::{Counts, Operation, Order, Paging, Strategy};
use crate::parameters::{Parameters, quoted};
use crate::reply::{List, Reply, Response};
use crate::{Error, ErrorKind, Result};

/// More pages than this are never in flight, whatever is asked for.
const MOST_IN_FLIGHT: usize = 64;
/// The page size that every service has when none is asked for (JumpCloud's documentation of v1 and v2): what is asked
/// for where ours is refused and JumpCloud states no largest page.
const USUAL_SIZE: u64 = 10;

/// All items of a list, page by page, a few requests in flight at once.
///
/// An item that is there during the whole walk is handed out exactly once; one that comes or goes meanwhile at most once.
/// Where that cannot be promised the list ends with [`ErrorKind::Incomplete`], never with its end.
///
/// What no client can see, and what is not promised:
/// - records that move while they are read, in a list that is not sorted by id (renamed in a list by name, used in a list
///   by the time of use): what moved is looked for in a second pass, and found in all but the busiest lists;
/// - a whole page of records that are hidden from the caller, where no total counts them, or at the start of a list whose
///   pages are capped at less than JumpCloud states;
/// - a service that pays no heed to offsets while its list changes;
/// - a page of events that comes out empty by mistake: an empty page is how JumpCloud ends them;
/// - rows without ids: a list of them that changes is `Incomplete` as far as its total or its pages tell.
///
/// A caller that adds to what it lists may never come to the end: [`Options::limit`] ends such a list.
///
/// It keeps at most 16 bytes an item, and of a list that is sorted by id a constant number of ids.
pub struct Pages {
    client: Client,
    operation: &'static Operation,
    paging: &'static Paging,
    parameters: Parameters,
    options: Options,
    /// The page size that is asked for; 0 where none can be.
    size: u64,
    /// The caller did not choose it.
    own_size: bool,
    /// The offset where the list starts: the caller's own `skip`.
    start: u64,
    /// The cursor where the list starts: the caller's own.
    cursor: Option<String>,
    /// None before the first page has come.
    course: Option<Box<dyn Course<Box<Reply>> + Send>>,
    /// Its items are told apart by their ids.
    by_id: bool,
    running: Vec<Running>,
    /// Requests whose answers nobody waits for any more, but that are still to come.
    abandoned: Vec<(Ticket, Option<Slot>)>,
    signing: Option<u64>,
    total: Option<u64>,
    given: u64,
    pages: u64,
    over: bool,
    /// The caller was told why there is no more.
    failed: bool,
    standing: Option<Box<dyn Stands>>,
    from: Option<Standpoint>,
    /// The organizations of which each has a list of its own.
    turns: Option<Box<Turns>>,
    /// How many calls the lists of the organizations before this one had at most, and this one: each has a number of its own.
    numbers: u64,
    asked: u64,
}

fn too_many(pages: u64) -> String {
    format!("it did not end after {pages} pages (maxPages)")
}

/// A page on its way.
struct Running {
    ticket: u64,
    call: Call,
    error: Option<Error>,
}

impl Pages {
    pub(crate) fn new(
        client: &Client,
        operation: &'static Operation,
        parameters: Parameters,
        options: Options,
    ) -> Result<Pages> {
        let begun = match turns::several(client, operation, &options) {
            Some(organizations) => Turns::begin(client, operation, parameters, options, organizations),
            None => begun(client, operation, parameters, options),
        };
        begun.map_err(|error| error.at(operation.name))
    }

    /// How many items the list has, when JumpCloud says.
    pub fn total(&self) -> Option<u64> {
        // What one organization has is not what all have.
        self.total.filter(|_| self.turns.is_none())
    }

    /// Where the list stands: behind the last item of the page that was handed out last.
    ///
    /// Whoever is done with that page keeps this, and begins there again ([`Options::from`]) after a break: nothing is
    /// lost, and nothing comes twice. It is there after the end and after an error too. A list that is begun at the
    /// position of one that had come to its end hands out what is new.
    #[cfg(feature = "composer")]
    pub fn position(&self) -> Position {
        self.position_after(usize::MAX)
    }

    /// Where the list stands when only so many items of the page that was handed out last are taken.
    #[cfg(feature = "composer")]
    pub fn position_after(&self, taken: usize) -> Position {
        self.stands(taken).unwrap_or(Position(String::new()))
    }

    /// Starts the call for a page.
    fn fetch(&mut self, ask: Ask, cursor: Option<String>) -> Result<()> {
        let mut parameters = self.parameters.clone();
        let mut set = Vec::new();
        if self.size > 0 {
            set.push((self.paging.size, ask.limit.to_string()));
        }
        let in_body = matches!(self.paging.strategy, Strategy::BodySkip | Strategy::SearchAfter);
        let chosen = || parameters.get(self.paging.position).is_some();
        match (self.paging.strategy, &cursor) {
            (Strategy::Skip | Strategy::BodySkip, _) if ask.offset > 0 || chosen() => {
                set.push((self.paging.position, ask.offset.to_string()));
            }
            (Strategy::Token | Strategy::SearchAfter, Some(cursor)) => {
                let text = || quoted(cursor);
                let value = if self.paging.strategy == Strategy::Token { text() } else { cursor.clone() };
                set.push((self.paging.position, value));
            }
            // Without its cursor (browsers hide the header) an Insights list goes on by offset.
            (Strategy::SearchAfter, None) if ask.offset > 0 => set.push(("skip", ask.offset.to_string())),
            _ => {}
        }
        if in_body {
            // With its cursor a list goes on by that alone.
            let dropped = (cursor.is_some() && ask.ticket > 1).then_some("skip");
            parameters.set_in_body(set, dropped)?;
        } else {
            set.into_iter().for_each(|(name, value)| parameters.set(name, value));
        }
        let seed = scramble(self.options.seed.wrapping_add(ask.ticket));
        let options = Options { seed, ..self.options.clone() };
        let mut call = Call::new(&self.client, self.operation, &parameters, options)?;
        self.asked = self.asked.max(ask.ticket);
        call.number = self.numbers + ask.ticket;
        self.running.push(Running { ticket: ask.ticket, call, error: None });
        Ok(())
    }

    fn first(&mut self) -> Result<()> {
        let cursor = self.cursor.clone();
        let offset = self.from.as_ref().map_or(self.start, |from| from.offset(self.start));
        self.fetch(Ask { ticket: 1, offset, limit: self.size }, cursor)
    }

    /// Takes in the answer to a request.
    fn received_page(&mut self, ticket: u64, mut reply: Reply) -> Result<()> {
        self.pages += 1;
        if self.pages > 1 && reply.list.as_ref().is_none_or(|list| list.blank) {
            return Err(Error::undecodable(
                &reply,
                "the list goes on with an answer that has no items, not even none",
            ));
        }
        if self.course.is_none() {
            self.begin(&reply);
        }
        if let Some(standing) = &mut self.standing {
            standing.told(&reply);
        }
        if self.paging.strategy == Strategy::Single {
            // Nothing asks for what it says comes next.
            self.cursor = reply.list.as_mut().and_then(|list| list.cursor.take());
        }
        let sheet = self.sheet(reply)?;
        self.total = sheet.total.or(self.total);
        if let Some(course) = &mut self.course {
            course.received(ticket, sheet);
        }
        Ok(())
    }

    /// Decides by the first page how the list is read.
    fn begin(&mut self, reply: &Reply) {
        let empty = List::default();
        let list = reply.list.as_ref().unwrap_or(&empty);
        // A signature is asked for one request at a time.
        let alone = matches!(self.client.credentials, Credentials::SystemContext { .. });
        self.by_id = match self.from.as_ref().map(Standpoint::place) {
            Some(Place::Walk(_)) => true,
            Some(Place::Rows(_)) => false,
            // An event without an id is told apart by all that it says.
            _ if self.paging.strategy == Strategy::SearchAfter => true,
            _ => list.identities.is_some() || list.items.is_empty() && !self.paging.identity.is_empty(),
        };
        let place = self.from.as_ref().map(Standpoint::place);
        let ahead = self.from.as_ref().map_or(0, |from| from.offset(self.start).saturating_sub(self.start));
        let plan = Plan {
            size: self.size,
            in_flight: if alone { 1 } else { self.options.concurrency.clamp(1, MOST_IN_FLIGHT) },
            sorted: self.paging.order == Order::Id && !self.sorts_otherwise(),
            maximum_known: self.paging.maximum_known && self.size <= self.paging.maximum,
            counts: self.paging.counts != Counts::None,
            start: self.start,
            wanted: self.options.limit.map(|limit| limit.saturating_add(ahead)),
        };
        let hides_cursor = self.paging.strategy == Strategy::SearchAfter && list.cursor.is_none();
        // A cursor in the body is left out behind the last page; one in a header that is not there is hidden.
        let by_offset = hides_cursor && self.paging.cursor.is_empty() && self.cursor.is_none();
        let mut course: Box<dyn Course<Box<Reply>> + Send> = match self.paging.strategy {
            Strategy::Token | Strategy::Single => {
                Box::new(Cursors::new(self.size, false, self.by_id, self.cursor.as_deref()))
            }
            Strategy::SearchAfter if !by_offset => Box::new(Cursors::new(
                self.size,
                self.paging.cursor.is_empty(),
                self.by_id,
                self.cursor.as_deref(),
            )),
            _ => match place {
                Some(Place::Walk(place)) => Box::new(Walk::new(plan).from(place.clone())),
                Some(Place::Rows(row)) => Box::new(Counted::new(plan).from(row)),
                _ if self.by_id => Box::new(Walk::new(plan)),
                _ => Box::new(Counted::new(plan)),
            },
        };
        // What it asks for first is what has come.
        course.step(0);
        self.course = Some(course);
    }

    /// Whether the caller's own sort is another than ours.
    fn sorts_otherwise(&self) -> bool {
        let sort = match self.paging.strategy {
            Strategy::BodySkip => body(&self.parameters).get("sort").map(str::to_owned),
            _ => self.parameters.get("sort").map(str::to_owned),
        };
        let fields = sort.and_then(|sort| Value::read(&sort).ok()).and_then(|sort| names(&sort));
        fields.is_some_and(|fields| fields.first().is_some_and(|first| first != self.paging.identity))
    }

    fn sheet(&self, mut reply: Reply) -> Result<Sheet<Box<Reply>>> {
        let list = reply.list.get_or_insert_default();
        let total = match self.paging.counts {
            Counts::Body => list.total,
            Counts::Header => list.header_total,
            Counts::None => list.total.or(list.header_total),
        };
        let (cursor, ids, count) = (list.cursor.take(), list.identities.take(), list.items.len());
        let by_offset = matches!(self.paging.strategy, Strategy::Skip | Strategy::BodySkip);
        let identities = match ids {
            ids if !by_offset => {
                let ids = ids.unwrap_or_else(|| reply.identities(self.paging));
                let list = reply.list.get_or_insert_default();
                list.identities.insert(ids).clone()
            }
            Some(ids) if self.by_id && ids.len() == count => ids,
            _ if self.by_id && count > 0 => {
                return Err(self.incomplete("an item came without the id that tells it apart"));
            }
            _ => reply.items().map(Identity::of).collect(),
        };
        // JumpCloud states that a page of events shorter than its limit is the last; the cursor is there even then.
        let last = reply.page_size().is_some_and(|limit| (count as u64) < limit);
        Ok(Sheet { cursor, last, ..Sheet::new(identities, total, Box::new(reply)) })
    }

    /// Hands out these items of a page; nothing when there are none.
    fn hand_out(&mut self, mut reply: Reply, mut places: Vec<usize>) -> Option<Page> {
        let offset = self.given;
        if let Some(standing) = &mut self.standing {
            standing.hand_out(&mut reply, &mut places);
        }
        if let Some(limit) = self.options.limit {
            places.truncate(usize::try_from(limit.saturating_sub(offset)).unwrap_or(usize::MAX));
        }
        if let Some(standing) = &mut self.standing {
            standing.cut(&reply, places.len());
        }
        let list = reply.list.as_mut()?;
        list.items = places.iter().filter_map(|place| list.items.get(*place).cloned()).collect();
        self.given += list.items.len() as u64;
        self.over |= self.options.limit == Some(self.given);
        let empty = list.items.is_empty();
        (!empty).then(|| Page { reply, offset, total: self.total() })
    }

    /// What a list that comes all at once lacks of its total.
    fn lacks(&self) -> bool {
        let more = self.total.is_some_and(|total| total > self.given) || self.cursor.is_some();
        self.paging.strategy == Strategy::Single && more
    }

    fn incomplete(&self, why: &str) -> Error {
        let total = self.total().filter(|total| *total > self.given);
        let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
        let message = format!(
            "the list is incomplete: {given}{of} items were handed out, and {why}; list again, or in parts by a filter",
            given = self.given
        );
        Error::new(ErrorKind::Incomplete, message).at(self.operation.name)
    }

    fn end(&mut self, ended: bool) {
        self.over = true;
        if let Some(course) = self.course.take()
            && let Some(standing) = &mut self.standing
        {
            standing.left(&*course, ended);
        }
        self.running.clear();
    }

    /// Ends with an error, if the answer that is next in order is one.
    fn failed_next(&mut self) -> Result<()> {
        let next = match &self.course {
            Some(course) => course.awaits(),
            None => Some(1),
        };
        let Some(running) = self.running.iter_mut().find(|running| Some(running.ticket) == next) else {
            return Ok(());
        };
        let Some(error) = running.error.take() else { return Ok(()) };
        let first = self.course.is_none() && self.own_size && !self.paging.maximum_known;
        if first && error.kind() == ErrorKind::Validation && self.size > USUAL_SIZE {
            // It may be the page size that is refused.
            (self.size, self.own_size) = (USUAL_SIZE, false);
            self.running.clear();
            return self.first();
        }
        Err(error)
    }

    /// Leaves the calls that the course does not want any more.
    fn abandon(&mut self) {
        let Some(course) = &self.course else { return };
        let abandoned = &mut self.abandoned;
        self.running.retain_mut(|running| {
            let wanted = course.wants(running.ticket);
            if let (false, State::InFlight(ticket, _)) = (wanted, &running.call.state) {
                abandoned.push((*ticket, running.call.slot.take()));
            }
            wanted
        });
    }

    /// What the course has: a page, or the end; nothing while it waits.
    fn turn(&mut self) -> Result<Option<Option<Page>>> {
        while let Some(course) = &mut self.course {
            let turn = course.step(self.abandoned.len());
            self.abandon();
            match turn {
                Turn::Ask(_) | Turn::Follow { .. } if self.pages >= self.options.max_pages => {
                    let before = self.turns.as_ref().map_or(0, |turns| turns.pages);
                    return Err(self.incomplete(&too_many(before + self.pages)));
                }
                Turn::Ask(ask) => self.fetch(ask, None)?,
                Turn::Follow { ticket, cursor } => {
                    self.fetch(Ask { ticket, offset: 0, limit: self.size }, Some(cursor))?;
                }
                Turn::HandOut(reply, places) => {
                    if let Some(page) = self.hand_out(*reply, places) {
                        return Ok(Some(Some(page)));
                    }
                }
                Turn::End if self.lacks() => return Err(self.incomplete("it comes all at once")),
                Turn::Incomplete(why) => return Err(self.incomplete(why)),
                Turn::End => {
                    self.end(true);
                    return Ok(Some(None));
                }
                Turn::Receive => break,
            }
        }
        Ok(None)
    }

    /// Steps the calls that are on their way; nothing when one has come to its end.
    fn calls(&mut self, now: Now) -> Result<Option<Step<Option<Page>>>> {
        let mut rest = Rest::default();
        let mut done = None;
        for running in self.running.iter_mut().filter(|running| running.error.is_none()) {
            match running.call.step(now).map(Step::split) {
                Ok(Ok(need)) => {
                    if matches!(need, Step::Sign(_)) {
                        self.signing = Some(running.ticket);
                    }
                    if let Some(step) = rest.add(need) {
                        return Ok(Some(step));
                    }
                }
                Ok(Err(reply)) => {
                    done = Some((running.ticket, Ok(reply)));
                    break;
                }
                Err(error) => {
                    done = Some((running.ticket, Err(error)));
                    break;
                }
            }
        }
        match done {
            Some((ticket, Ok(reply))) => {
                self.running.retain(|running| running.ticket != ticket);
                self.received_page(ticket, reply)?;
                Ok(None)
            }
            Some((ticket, Err(error))) => {
                let failed = self.running.iter_mut().find(|running| running.ticket == ticket);
                failed.into_iter().for_each(|running| running.error = Some(error.clone()));
                Ok(None)
            }
            None => Ok(Some(rest.step())),
        }
    }

    /// Of events, says to what time they are asked for.
    fn open(&mut self, now: Now) -> Result<()> {
        let Some(standing) = &mut self.standing else { return Ok(()) };
        match standing.begin(self.paging, &mut self.parameters, now.wall)? {
            Some(false) => Ok(()),
            Some(true) => {
                self.running.clear();
                self.first()
            }
            None => {
                self.over = true;
                Ok(())
            }
        }
    }

    fn next(&mut self, now: Now) -> Result<Step<Option<Page>>> {
        loop {
            self.open(now)?;
            if self.over {
                self.end(false);
                if self.next_organization()? {
                    continue;
                }
                return Ok(Step::Give(None));
            }
            match self.turn()? {
                Some(None) if self.next_organization()? => continue,
                Some(page) => return Ok(Step::Give(page)),
                None => {}
            }
            self.failed_next()?;
            if let Some(step) = self.calls(now)? {
                return Ok(step);
            }
        }
    }

    /// Whose answer has come. One that is no longer wanted was waited for as long as it was in flight.
    fn running(&mut self, ticket: Ticket) -> Option<&mut Running> {
        self.abandoned.retain(|(abandoned, _)| *abandoned != ticket);
        self.running.iter_mut().find(|running| running.call.owns(ticket))
    }
}

impl Conversation for Pages {
    type Gives = Option<Page>;

    fn step(&mut self, now: Now) -> Result<Step<Option<Page>>> {
        if self.failed {
            return Err(over().at(self.operation.name));
        }
        let step = self.next(now);
        self.failed = step.is_err();
        if self.failed {
            self.end(false);
        }
        step
    }

    fn received(&mut self, ticket: Ticket, response: Response, now: Now) {
        if let Some(running) = self.running(ticket) {
            running.call.received(ticket, response, now);
        }
    }

    fn failed(&mut self, ticket: Ticket, failure: Failure, now: Now) {
        if let Some(running) = self.running(ticket) {
            running.call.failed(ticket, failure, now);
        }
    }

    fn signed(&mut self, signature: std::result::Result<Vec<u8>, String>) {
        let ticket = self.signing.take();
        if let Some(running) = self.running.iter_mut().find(|running| Some(running.ticket) == ticket) {
            running.call.signed(signature);
        }
    }

    fn identified(&mut self, credential: Result<Credential>, now: Now) {
        self.running.iter_mut().for_each(|running| running.call.identified(credential.clone(), now));
    }

    fn stands(&self, taken: usize) -> Option<Position> {
        let here = |taken| {
            Some(self.standing.as_ref()?.position(taken, self.course.as_deref().map(|course| course as _)))
        };
        match &self.turns {
            Some(turns) => turns.position(self, taken, here),
            None => here(taken),
        }
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, given, running) = (self.operation.name, self.given, self.running.len());
        write!(f, "Pages({name}, {given} items given, {running} in flight)")
    }
}
