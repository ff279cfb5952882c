//! Where a list stands, as a text that outlives the program: another list can be begun there.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use super::counted::Row;
use super::course::{Course, Spot};
use super::parameters::{in_body, top};
use super::seen::{Identity, Kept, Marks, ObjectId};
use super::standing::{Begun, Stands};
use super::walk;
use super::window::{Span, Window};
use crate::client::Options;
use crate::encode::base64;
use crate::json::{Quoted, Value};
use crate::operation::{Operation, Paging};
use crate::parameters::{Object, Parameters, quoted};
use crate::reply::Reply;
use crate::{Error, Result};

/// What positions of this form say of themselves.
const VERSION: &str = "1";

/// Where a list stands: what was handed out lies before it, what was not lies behind it.
///
/// It is one text (JSON), and a list of the same operation with the same parameters is begun at it with
/// [`Options::from`](crate::Options::from). [`Pages::position`](super::Pages::position) gives it. A text is
/// short where a list is sorted by id or goes on by a cursor; else it holds the ids that were handed out, 11 characters
/// each, so that none of them comes again wherever it moves to.
///
/// ```
/// use jumpcloud_core::Position;
///
/// let text = r#"{"version":1,"operation":"v2.gsuites.importableUsers.list","query":"0","cursor":"CAUQAA"}"#;
/// let position: Position = text.parse()?;
/// assert_eq!(position.to_string(), text);
/// assert!("page 7".parse::<Position>().is_err());
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Position(pub(crate) String);

/// What the text of a [`Position`] says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standpoint {
    operation: String,
    /// What tells apart lists of one operation.
    query: u64,
    place: Place,
    /// Items of the page at that place that were handed out.
    taken: Vec<u64>,
    window: Option<Span>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    Start,
    Cursor(String),
    Walk(walk::Place),
    Rows(Row),
}

impl Standpoint {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn span(&self) -> Option<&Span> {
        self.window.as_ref()
    }

    /// Where a list starts whose offsets start at `start`.
    pub(super) fn offset(&self, start: u64) -> u64 {
        match &self.place {
            Place::Start | Place::Cursor(_) => start,
            Place::Walk(place) => place.at,
            Place::Rows(row) => start.saturating_add(row.taken.saturating_sub(1)),
        }
    }

    pub(super) fn cursor(&self) -> Option<String> {
        match &self.place {
            Place::Cursor(cursor) => Some(cursor.clone()),
            _ => None,
        }
    }

    fn object(&self) -> Object {
        let mut object = Object::default();
        let mut set = |key: &str, json: String| object.set(key, json);
        let text = |bytes: Vec<u8>| quoted(&base64(&bytes));
        set("version", VERSION.to_owned());
        set("operation", quoted(&self.operation));
        set("query", quoted(&self.query.to_string()));
        match &self.place {
            Place::Start => {}
            Place::Cursor(cursor) => set("cursor", quoted(cursor)),
            Place::Rows(row) => {
                set("taken", row.taken.to_string());
                set("row", text(row.row.bytes()));
                row.total.into_iter().for_each(|total| set("total", total.to_string()));
            }
            Place::Walk(place) => {
                let kept = &place.kept;
                set("at", place.at.to_string());
                set("given", place.given.to_string());
                place.total.into_iter().for_each(|total| set("total", total.to_string()));
                for (key, value) in
                    [("shifted", place.shifted), ("sorted", kept.sorted), ("second", kept.second)]
                {
                    if value {
                        set(key, "true".to_owned());
                    }
                }
                for (key, value) in [("first", kept.first), ("last", kept.last)] {
                    value.into_iter().for_each(|item| set(key, text(item.bytes())));
                }
                kept.largest.into_iter().for_each(|id| set("largest", text(id.to_vec())));
                if !kept.marks.is_empty() {
                    set("ids", text(words(&kept.marks)));
                }
            }
        }
        if !self.taken.is_empty() {
            set("page", text(words(&self.taken)));
        }
        if let Some(span) = &self.window {
            if let Some([since, until]) = &span.sent {
                set("start", since.clone());
                set("end", until.clone());
            }
            set("since", span.since.to_string());
            set("until", span.until.to_string());
            if !span.seen.is_empty() {
                let seen: Vec<u64> = span.seen.iter().flat_map(|(mark, time)| [*mark, *time]).collect();
                set("seen", text(words(&seen)));
            }
        }
        object
    }

    fn read(text: &str) -> Option<Standpoint> {
        let value = Value::read(text).ok()?;
        let entry = |key: &str| value.get(key);
        let string = |key: &str| entry(key).and_then(Value::as_str);
        let bytes = |key: &str| string(key).and_then(unbase64);
        // What is there must be right.
        let optional = |key: &str| entry(key).map(|value| value.plain().parse::<u64>().ok());
        let number = |key: &str| optional(key).flatten();
        let total = || if entry("total").is_some() { number("total").map(Some) } else { Some(None) };
        let flag = |key: &str| entry(key) == Some(&Value::Bool(true));
        let marks = |key: &str| match entry(key) {
            Some(_) => bytes(key).and_then(|bytes| unwords(&bytes)),
            None => Some(Vec::new()),
        };
        let item = |key: &str| match entry(key) {
            Some(_) => bytes(key).and_then(|bytes| Identity::read(&bytes)).map(Some),
            None => Some(None),
        };
        let place = if let Some(cursor) = string("cursor") {
            Place::Cursor(cursor.to_owned())
        } else if entry("row").is_some() {
            Place::Rows(Row {
                taken: number("taken").filter(|taken| *taken > 0)?,
                total: total()?,
                row: item("row")??,
            })
        } else if entry("at").is_some() {
            let largest: Option<ObjectId> = match entry("largest") {
                Some(_) => Some(bytes("largest")?.try_into().ok()?),
                None => None,
            };
            let kept = Kept {
                sorted: flag("sorted"),
                second: flag("second"),
                first: item("first")?,
                last: item("last")?,
                largest,
                marks: marks("ids")?,
            };
            Place::Walk(walk::Place {
                at: number("at")?,
                given: number("given")?,
                total: total()?,
                shifted: flag("shifted"),
                kept,
            })
        } else {
            Place::Start
        };
        let window = match entry("since") {
            Some(_) => {
                let sent = entry("start")
                    .zip(entry("end"))
                    .map(|(since, until)| [since.to_string(), until.to_string()]);
                let seen = marks("seen")?;
                let seen =
                    seen.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))).collect();
                Some(Span { sent, since: number("since")?, until: number("until")?, seen })
            }
            None => None,
        };
        Some(Standpoint {
            operation: string("operation")?.to_owned(),
            query: number("query")?,
            place,
            taken: marks("page")?,
            window,
        })
    }
}

impl Position {
    /// The start of a list that will be asked where it stands.
    pub fn start() -> Position {
        Position(String::new())
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Position {
    type Err = Error;

    fn from_str(text: &str) -> Result<Position> {
        match all(text) {
            // An empty one is a list's start.
            Some(each) => each
                .iter()
                .filter(|(_, place)| !place.is_empty())
                .try_for_each(|(_, place)| Standpoint::parse(place).map(drop))?,
            None => Standpoint::parse(text).map(drop)?,
        }
        Ok(Position(text.to_owned()))
    }
}

/// Under this key a position has those of the lists of several organizations.
const EACH: &str = "organizations";

/// The positions of several organizations' lists, if a text is one of those.
fn all(text: &str) -> Option<Vec<(String, String)>> {
    let value = Value::read(text).ok()?;
    let Some(Value::Object(each)) = value.get(EACH) else { return None };
    (value.get("version")?.plain() == VERSION).then_some(())?;
    each.iter().map(|(id, place)| Some((id.to_owned(), place.as_str()?.to_owned()))).collect()
}

/// Where the list of each organization begins, as the position of all says.
pub(super) fn places(from: &Position, organizations: &[String]) -> Result<Vec<Option<Position>>> {
    let Some(each) = all(&from.0) else {
        return Err(refused(
            "expected a position as a list over these organizations gives it, whole and unchanged",
        ));
    };
    let place = |id: &String| {
        each.iter().find(|(known, _)| known == id).map(|(_, text)| Some(Position(text.clone())))
    };
    let places: Option<Vec<_>> = organizations.iter().map(place).collect();
    places.filter(|places| places.len() == each.len()).ok_or_else(|| {
        refused(
            "this position is one of a list over other organizations: give the same, or begin at the start",
        )
    })
}

/// A position that no list can begin at.
fn refused(why: &str) -> Error {
    Error::invalid(format!("from: {why}")).parameter_named("from")
}

impl Standpoint {
    fn parse(text: &str) -> Result<Standpoint> {
        let wrong = |why: &str| Err(refused(why));
        let version = Value::read(text).ok().and_then(|value| Some(value.get("version")?.to_string()));
        match (version, Standpoint::read(text)) {
            (Some(version), _) if version != VERSION => wrong(
                "this position was written by another version of this client; begin the list at its start",
            ),
            (Some(_), Some(position)) => Ok(position),
            _ => wrong("expected a position as a list gives it, whole and unchanged"),
        }
    }
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn unwords(bytes: &[u8]) -> Option<Vec<u64>> {
    let (words, rest) = bytes.as_chunks::<8>();
    rest.is_empty().then(|| words.iter().map(|word| u64::from_le_bytes(*word)).collect())
}

/// What [`base64`] was given; nothing when the text is not its work.
fn unbase64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        (bits, count) = (bits << 6 | u32::from(value), count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    text.len().is_multiple_of(4).then_some(bytes)
}

/// What a list remembers so that it can say where it stands.
#[derive(Debug)]
pub(super) struct Standing {
    operation: &'static str,
    query: u64,
    from: Option<Standpoint>,
    /// What was handed out by the list that goes on here.
    skip: Marks,
    /// What was taken of the page where the list began, and was not met again: pages may be smaller now.
    rest: Vec<u64>,
    /// Of the page in hand: what of it is in `skip`.
    skipped: Vec<u64>,
    /// Of the page in hand: the items that are handed out, where they are known, with their places in it.
    hand: Vec<(usize, Identity)>,
    /// Where they stand among the items that the course handed out.
    turns: Vec<usize>,
    /// The items of the page in hand can be told apart here.
    known: bool,
    /// How many items were handed out last.
    given: usize,
    /// Where the course stood when it was over.
    last: Option<Spot>,
    ended: bool,
    window: Option<Window>,
}

impl Standing {
    fn new(
        operation: &'static Operation,
        paging: &Paging,
        parameters: &Parameters,
        organizations: &[String],
        from: Option<Standpoint>,
    ) -> Result<Standing> {
        let query = query(paging, parameters, organizations);
        let mut skip = Marks::default();
        if let Some(from) = &from {
            if from.operation != operation.name {
                let why = format!("this position is one of {name}", name = Quoted(&from.operation));
                return Err(refused(&why));
            }
            if from.query != query {
                return Err(refused(
                    "this position is one of a list with other parameters (filter, sort, fields, organization, …): \
                     give the same, or begin at the start",
                ));
            }
            skip.add(from.taken.clone());
            skip.add(from.window.iter().flat_map(|span| &span.seen).map(|(mark, _)| *mark).collect());
        }
        let rest = from.as_ref().map(|from| from.taken.clone()).unwrap_or_default();
        let (skipped, hand, turns) = Default::default();
        Ok(Standing {
            operation: operation.name,
            query,
            from,
            skip,
            rest,
            skipped,
            hand,
            turns,
            known: false,
            given: 0,
            last: None,
            ended: false,
            window: None,
        })
    }

    /// How many of the items that the course handed out last are taken when so many of those handed out here are.
    fn turn(&self, taken: usize) -> usize {
        let taken = taken.min(self.given);
        if self.known { self.turns.get(taken).copied().unwrap_or(usize::MAX) } else { taken }
    }

    /// Where the list stands when so many of the items that were handed out last are taken, and its course stands at
    /// `spot`.
    fn standpoint(&self, taken: usize, spot: Option<Spot>) -> Standpoint {
        let taken = taken.min(self.given);
        let all = taken >= self.hand.len();
        let Some(spot) = spot.or_else(|| self.last.clone()) else { return self.begun() };
        let left: Vec<u64> = self.hand.iter().skip(taken).map(|(_, item)| item.key()).collect();
        let window = self.window.as_ref().and_then(|window| window.span(self.ended && all, &left));
        if self.window.is_some() && window.is_none() {
            return self.begun();
        }
        let mut page = self.rest.clone();
        let place = match spot {
            _ if self.ended && all && window.is_some() => {
                page.clear();
                Place::Start
            }
            Spot::Cursor(_, Some(next)) if all => Place::Cursor(next),
            Spot::Cursor(asked, _) => {
                page.extend(&self.skipped);
                page.extend(self.hand.iter().take(taken).map(|(_, item)| item.key()));
                asked.map_or(Place::Start, Place::Cursor)
            }
            Spot::Start => Place::Start,
            Spot::Walk(place) => Place::Walk(place),
            Spot::Rows(row) => Place::Rows(row),
        };
        Standpoint { operation: self.operation.to_owned(), query: self.query, place, taken: page, window }
    }

    /// Where the list began.
    fn begun(&self) -> Standpoint {
        let (operation, query) = (self.operation.to_owned(), self.query);
        // The time from which it is asked for stays, also where who goes on asks from a later one.
        let window = self.window.as_ref().and_then(Window::ahead);
        let start = Standpoint { operation, query, place: Place::Start, taken: Vec::new(), window };
        self.from.clone().unwrap_or(start)
    }
}

/// A list at its start, or where a position says; and what that says.
pub(super) fn begin(
    operation: &'static Operation,
    paging: &Paging,
    parameters: &mut Parameters,
    organizations: &[String],
    options: &Options,
) -> Result<Begun> {
    // An empty one is the start of a list that will be asked where it stands.
    let from = options.from.as_ref().filter(|from| !from.0.is_empty());
    let from = from.map(|from| Standpoint::parse(&from.0)).transpose()?;
    let mut standing = Standing::new(operation, paging, parameters, organizations, from.clone())?;
    standing.window = Window::new(paging, parameters, options, from.as_ref())?;
    Ok(Begun { stands: Box::new(standing), from })
}

impl Stands for Standing {
    fn begin(
        &mut self,
        paging: &Paging,
        parameters: &mut Parameters,
        now: SystemTime,
    ) -> Result<Option<bool>> {
        self.window.as_mut().map_or(Ok(Some(false)), |window| window.begin(paging, parameters, now))
    }

    fn told(&mut self, reply: &Reply) {
        self.window.iter_mut().for_each(|window| window.told(reply));
    }

    /// Leaves out what was handed out before, and notes the rest; of a list by offset its course does so.
    fn hand_out(&mut self, reply: &mut Reply, places: &mut Vec<usize>) {
        let ids = reply.list.as_mut().and_then(|list| list.identities.take());
        if places.is_empty() && ids.is_none() {
            return;
        }
        self.known = ids.is_some();
        self.skipped.clear();
        self.hand.clear();
        self.turns.clear();
        for (turn, place) in places.iter().enumerate() {
            match ids.as_ref().and_then(|ids| ids.get(*place)) {
                Some(item) if self.skip.has(item.key()) => self.skipped.push(item.key()),
                Some(item) => {
                    self.hand.push((*place, *item));
                    self.turns.push(turn);
                }
                None => {}
            }
        }
        self.rest.retain(|mark| !self.skipped.contains(mark));
        if self.known {
            *places = self.hand.iter().map(|(place, _)| *place).collect();
        }
        self.given = places.len();
    }

    /// Only so many of them are handed out.
    fn cut(&mut self, reply: &Reply, given: usize) {
        if given > 0 || self.known {
            self.given = given;
        }
        if let Some(window) = &mut self.window {
            window.note(reply, self.hand.get(..given).unwrap_or(&self.hand));
        }
    }

    /// The course is over.
    fn left(&mut self, course: &dyn Course<Box<Reply>>, ended: bool) {
        self.ended = ended;
        self.last = Some(course.spot(self.turn(usize::MAX)));
    }

    fn of_all(&self, operation: &str, each: &[(&str, Position)]) -> Position {
        let (mut all, mut places) = (Object::default(), Object::default());
        each.iter().for_each(|(id, place)| places.set(id, quoted(&place.0)));
        all.set("version", VERSION.to_owned());
        all.set("operation", quoted(operation));
        all.set(EACH, places.to_json());
        Position(all.to_json())
    }

    fn position(&self, taken: usize, course: Option<&dyn Course<Box<Reply>>>) -> Position {
        let spot = course.map(|course| course.spot(self.turn(taken)));
        Position(self.standpoint(taken, spot).object().to_json())
    }
}

/// What tells apart lists of one operation: all that is asked for, but how much at once and, where windows of time are
/// gone through, from when to when.
fn query(paging: &Paging, parameters: &Parameters, organizations: &[String]) -> u64 {
    let body = super::parameters::body(parameters);
    let times = paging.times.map(|times| [top(times.since), top(times.until)]);
    let counts = |key: &str| key != paging.size && times.is_none_or(|times| !times.contains(&key));
    let entry = |key: &str, value: &str| Identity::of([key, "=", value].concat().as_bytes()).key();
    let inside = in_body(paging);
    let outer = parameters.names().filter(|name| counts(name) && !(inside && *name == "body"));
    let outer = outer.map(|name| entry(name, parameters.get(name).unwrap_or_default()));
    let inner = body.entries().filter(|(key, _)| inside && counts(key));
    let inner = inner.map(|(key, value)| entry(key, value));
    // In any order: a caller may give them in another one.
    let all = outer.chain(inner).chain(organizations.iter().map(|id| entry("x-org-id", id)));
    all.fold(0, u64::wrapping_add)
}

#[cfg(test)]
mod tests;
