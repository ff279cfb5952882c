//! Reads replies: [`parse`] turns an HTTP response into a [`Reply`], or into the error that JumpCloud described.
//!
//! A list's reply is scanned, not decoded: the scan finds where each item starts and ends, the total and the
//! cursor; whoever wants objects decodes those bytes with the fastest parser at hand.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::time::{Duration, SystemTime};

use serde::Deserialize;

use crate::conversation::Identity;
use crate::http_date;
use crate::json::{self, Quoted, Reader};
use crate::nearest::same;
use crate::operation::{Answers, Api, Operation, Paging, Strategy};
use crate::{Error, Result};

const CONTENT_TYPE: &str = "content-type";
const DATE: &str = "date";
const LIMIT: &str = "x-limit";
const REQUEST_ID: &str = "x-request-id";
const RETRY_AFTER: &str = "retry-after";
const SEARCH_AFTER: &str = "x-search_after";
const TOTAL: &str = "x-total-count";

/// The headers of a response that are read. A transport may leave out all others, if its callers do not want them.
pub const HEADERS: [&str; 7] = [CONTENT_TYPE, DATE, LIMIT, REQUEST_ID, RETRY_AFTER, SEARCH_AFTER, TOTAL];

/// An HTTP response as a transport received it.
#[derive(Clone, Default, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers; names in any case.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

impl fmt::Debug for Response {
    /// Without headers and body: they hold tokens and one-time secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

impl Response {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The id JumpCloud gave the request.
    pub(crate) fn request_id(&self) -> Option<&str> {
        self.header(REQUEST_ID)
    }
}

/// What the body of a [`Reply`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A JSON value.
    Json,
    /// A text: what an operation answers, or the word by which JumpCloud confirms a change (`OK`).
    Text,
    /// Anything else; see [`Reply::media_type`].
    Bytes,
    /// Nothing.
    Empty,
}

/// The answer to a call that succeeded.
#[derive(Clone, PartialEq)]
pub struct Reply {
    /// The operation that was called.
    pub operation: &'static Operation,
    /// The HTTP status, a 2xx.
    pub status: u16,
    /// All headers that came.
    pub headers: Vec<(String, String)>,
    /// The body as it came; of JSON without a byte order mark, and with U+FFFD for half a surrogate pair.
    pub body: Vec<u8>,
    /// What the body is.
    pub content: Content,
    /// For a list: where its items are, and what goes with them.
    pub list: Option<List>,
}

/// What a scan of a list's reply found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// The bytes of each item in the body.
    pub items: Vec<Range<usize>>,
    /// The total that the body states.
    pub total: Option<u64>,
    /// The total that a header states (`X-Total-Count`); several services send none.
    pub header_total: Option<u64>,
    /// What asks for the next page: a token's text, or for Insights the JSON of `search_after`.
    pub cursor: Option<String>,
    /// What tells the items apart, when each of them has it.
    pub(crate) identities: Option<Vec<Identity>>,
    /// There is nothing where the items would stand. An empty list may begin so; no list goes on so.
    pub(crate) blank: bool,
}

impl Reply {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The media type of the body, without parameters. A [text](Content::Text) is one, whatever its header says.
    pub fn media_type(&self) -> Option<&str> {
        let said = self.header(CONTENT_TYPE).map(media_type);
        match self.content {
            Content::Text => said.filter(|media| media.starts_with("text/")).or(Some("text/plain")),
            _ => said,
        }
    }

    /// The id JumpCloud gave the request.
    pub fn request_id(&self) -> Option<&str> {
        self.header(REQUEST_ID)
    }

    /// The size of page that an Insights search was answered with.
    pub(crate) fn page_size(&self) -> Option<u64> {
        self.header(LIMIT).and_then(|limit| limit.parse().ok())
    }

    /// The body as a Rust value.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind) with the raw body.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| Error::undecodable(self, &error.to_string()))
    }

    /// The error for a reply that somebody has found not to decode: of a page the core looks at no item, so whoever decodes
    /// them finds that one is no JSON. It says what is wrong and where, and repeats nothing of the reply.
    ///
    /// ```
    /// use jumpcloud_core::{Operation, reply::{Response, parse}};
    ///
    /// let operation = Operation::find("v2.userGroups.list")?;
    /// let page = parse(operation, Response { status: 200, headers: vec![], body: b"[{\"id\":tru}]".to_vec() })?;
    /// assert!(page.undecodable().message().ends_with("does not decode: expected a value at byte 7"));
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    pub fn undecodable(&self) -> Error {
        let why = check_json(&self.body).err();
        Error::undecodable(self, why.as_deref().unwrap_or("it is not what was expected"))
    }

    /// The items of a list, each as its JSON bytes.
    pub fn items(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let spans = self.list.as_ref().map(|list| list.items.as_slice()).unwrap_or_default();
        spans.iter().map(|span| self.body.get(span.clone()).unwrap_or_default())
    }

    /// What tells its items apart: each one's id or, where it has none, all that it is.
    pub(crate) fn identities(&self, paging: &Paging) -> Vec<Identity> {
        let of = |item: &[u8]| match field(item, paging.identity).filter(|_| !paging.identity.is_empty()) {
            Some(id) => Identity::of(id.as_bytes()),
            None => Identity::of(item),
        };
        self.items().map(of).collect()
    }
}

impl fmt::Debug for Reply {
    /// Without the body: replies hold one-time secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items = self.list.as_ref().map(|list| list.items.len());
        write!(f, "Reply({} {}, {} bytes", self.operation.name, self.status, self.body.len())?;
        items.map_or(Ok(()), |items| write!(f, ", {items} items"))?;
        f.write_str(")")
    }
}

/// No text that JumpCloud confirms a change by, and none that it explains an error by, is longer.
pub(crate) const LONGEST_TEXT: usize = 1000;

fn media_type(header: &str) -> &str {
    header.split(';').next().unwrap_or_default().trim()
}

/// Reads the response to an operation.
///
/// ```
/// use jumpcloud_core::{Operation, reply::{Response, parse}};
///
/// let operation = Operation::find("v1.systemUsers.list")?;
/// let body = br#"{"totalCount":2,"results":[{"username":"ada"},{"username":"max"}]}"#;
/// let reply = parse(operation, Response { status: 200, headers: vec![], body: body.to_vec() })?;
/// let items: Vec<_> = reply.items().collect();
/// assert_eq!(items, [br#"{"username":"ada"}"#, br#"{"username":"max"}"#]);
/// assert_eq!(reply.list.unwrap().total, Some(2));
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
///
/// # Errors
/// What JumpCloud answered when the status is not a 2xx; [`ErrorKind::Decode`](crate::ErrorKind) when the
/// body is not what the operation answers.
pub fn parse(operation: &'static Operation, response: Response) -> Result<Reply> {
    if !(200..300).contains(&response.status) {
        return Err(Error::answered(operation, response));
    }
    let Response { status, headers, body } = response;
    let mut reply = Reply { operation, status, headers, body, content: Content::Empty, list: None };
    // An empty body is fine with 200, 201 and 204 alike, whatever the description says; but no page of a list: what should
    // be on it would be missed.
    if unmarked(&reply.body).is_empty() {
        if operation.paging.is_some() && status != 204 {
            return Err(Error::undecodable(&reply, "expected a page of a list, got nothing"));
        }
        reply.body.clear();
        reply.list = operation.paging.as_ref().map(|_| List { blank: true, ..List::default() });
        return Ok(reply);
    }
    // An HTML page is a proxy's word, not JumpCloud's: no operation answers one.
    if is_html(&reply.body, reply.header(CONTENT_TYPE)) {
        return Err(Error::undecodable(&reply, "it is an HTML page"));
    }
    let media = reply.media_type().unwrap_or_default();
    let json = media.ends_with("/json") || media.ends_with("+json");
    let is_json = match operation.answers {
        Answers::Json => true,
        Answers::JsonOrText => !matches!(media, "text/plain" | "text/csv"),
        // What says more than nothing of a change says how it went.
        Answers::Empty => json || !operation.safe,
        _ => json,
    };
    // A text that is the answer to a change must say that it is done.
    let told = !is_json && operation.answers == Answers::JsonOrText && !operation.safe;
    if !is_json && !told {
        reply.content = if media.starts_with("text/") { Content::Text } else { Content::Bytes };
        return Ok(reply);
    }
    mend(&mut reply.body);
    reply.content = Content::Json;
    let Some(paging) = &operation.paging else {
        let why = match check_json(&reply.body) {
            Ok(()) if told || is_error(operation, &reply.body) => {
                "it says that it failed, whatever its status".to_owned()
            }
            Ok(()) => return Ok(reply),
            Err(why) => why,
        };
        // The deed is done: JumpCloud has only said so in a word.
        if !operation.safe && confirms(&reply.body) {
            reply.content = Content::Text;
            return Ok(reply);
        }
        return Err(Error::unlisted(&reply, &why));
    };
    // Of v1 it is known that the items are always there, if only as null; protobuf services leave empty arrays out.
    match scan(paging, &reply.body, operation.api() != Api::V1) {
        Ok(mut list) => {
            // Proxies join repeated headers with commas.
            let total = reply.header(TOTAL).and_then(|total| total.split(',').next());
            list.header_total = total.and_then(|total| total.trim().parse().ok());
            // A header that is not JSON would break the next request: without a cursor the list goes on by offset.
            let header = reply.header(SEARCH_AFTER).filter(|cursor| check_json(cursor.as_bytes()).is_ok());
            list.cursor = list.cursor.or_else(|| header.map(str::to_owned));
            reply.list = Some(list);
            Ok(reply)
        }
        Err(why) => Err(Error::unlisted(&reply, &why)),
    }
}

/// Whether a body is an HTML page; by its first letters where its header does not say so.
pub(crate) fn is_html(body: &[u8], content_type: Option<&str>) -> bool {
    let start = unmarked(body);
    let begins = |tag: &str| start.get(..tag.len()).is_some_and(|s| s.eq_ignore_ascii_case(tag.as_bytes()));
    let html = content_type.map(media_type) == Some("text/html");
    begins("<!doctype html") || begins("<html") || html && begins("<")
}

const MARK: &[u8] = b"\xef\xbb\xbf";

/// A body without a byte order mark and the white space around it.
fn unmarked(body: &[u8]) -> &[u8] {
    body.get(if body.starts_with(MARK) { 3 } else { 0 }..).unwrap_or_default().trim_ascii()
}

/// The words by which a change is confirmed. As a whole: what says more than that may say that it failed, and then it is
/// better to look at what was done than to believe in it.
const CONFIRMATIONS: &str = "ok okay success successful done true accepted queued created updated deleted removed added sent saved unlocked";

fn confirms(body: &[u8]) -> bool {
    let text = std::str::from_utf8(unmarked(body)).unwrap_or_default();
    CONFIRMATIONS.split(' ').any(|word| same(word, text))
}

/// Whether a text is one: no page, and no JSON that is cut off or spoiled.
pub(crate) fn is_plain(text: &str) -> bool {
    !matches!(text.trim_ascii_start().bytes().next(), None | Some(b'<' | b'{' | b'[' | b'"'))
}

/// Takes a byte order mark off a JSON text, and puts U+FFFD for each half of a surrogate pair: it spoils its own text, not
/// the page that it stands in.
pub(crate) fn mend(json: &mut Vec<u8>) {
    if json.starts_with(MARK) {
        json.drain(..3);
    }
    let mut at = 0;
    while let Some(found) = json.get(at..).and_then(json::backslash) {
        at += found;
        let half = match surrogate(json, at) {
            Some(high) => !(high && surrogate(json, at + 6) == Some(false)),
            None => {
                at += 2;
                continue;
            }
        };
        match json.get_mut(at + 2..at + 6) {
            Some(digits) if half => digits.copy_from_slice(b"fffd"),
            _ => at += 6,
        }
        at += 6;
    }
}

/// Whether the escape at a place is the high half of a surrogate pair; nothing when it is not even the low one.
fn surrogate(json: &[u8], at: usize) -> Option<bool> {
    let [b'\\', b'u', b'd' | b'D', digit, rest @ ..] = json.get(at..at + 6)? else { return None };
    let hex = digit.is_ascii_hexdigit() && rest.iter().all(u8::is_ascii_hexdigit);
    (hex && *digit > b'7').then_some(matches!(digit, b'8' | b'9' | b'a' | b'b' | b'A' | b'B'))
}

fn utf8(body: &[u8]) -> std::result::Result<&str, String> {
    std::str::from_utf8(body).map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to()))
}

fn check_json(body: &[u8]) -> std::result::Result<(), String> {
    let mut reader = Reader::new(utf8(body)?);
    reader.skip().and_then(|_| reader.end()).map_err(|fault| fault.to_string())
}

/// Whether a JSON text is an error under a status that says otherwise: it has what errors have, where the operation's answer
/// has no such thing, or it is a text that is no answer.
fn is_error(operation: &Operation, body: &[u8]) -> bool {
    let mut reader = Reader::of_bytes(body);
    if reader.kind() == Ok(json::Kind::Text) {
        return !reader
            .text()
            .is_ok_and(|text| operation.may_be_text || !operation.safe && confirms(text.as_bytes()));
    }
    // What stands under a key, unless it says that nothing went wrong: 0 is gRPC's, 200 HTTP's word for a success.
    let wrong = |key: &str| {
        let value = Reader::of_bytes(body).span_with(key).ok().and_then(|(_, at)| body.get(at?..))?;
        let none = ["null", "false", "0", "\"\"", "[]", "{}", "20"];
        (!none.iter().any(|none| value.starts_with(none.as_bytes()))).then_some(())
    };
    let said = wrong("error").or_else(|| wrong("errors")).filter(|()| !operation.may_say_error);
    said.or_else(|| wrong("code").and(wrong("message"))).is_some()
}

/// Finds the items, total and cursor of a page, whether it is the array itself or an object around it. `leaves_out` is
/// whether the service leaves out the items where there are none.
pub(crate) fn scan(paging: &Paging, body: &[u8], leaves_out: bool) -> std::result::Result<List, String> {
    let mut reader = Reader::of_bytes(body);
    let mut list = List::default();
    let mut found = true;
    let read = match reader.kind() {
        Ok(json::Kind::Array) => items(paging, &mut reader).map(|items| {
            list.blank = items.spans.is_empty() && !paging.items.is_empty();
            items.into_list(&mut list);
        }),
        Ok(json::Kind::Object) => {
            envelope(paging, &mut reader, &mut list, leaves_out).map(|items| found = items)
        }
        // `null` stands for an empty array, as Go writes it.
        Ok(kind) => {
            list.blank = true;
            reader.span().map(|_| found = kind == json::Kind::Null && paging.items.is_empty())
        }
        Err(fault) => Err(fault),
    };
    read.and_then(|()| reader.end()).map_err(|fault| fault.to_string())?;
    if !found {
        let key =
            if paging.items.is_empty() { String::new() } else { format!(" under {}", Quoted(paging.items)) };
        return Err(format!("expected an array{key}, found none"));
    }
    Ok(list)
}

/// The items of an array, each with what tells it apart.
fn items(paging: &Paging, reader: &mut Reader<'_>) -> std::result::Result<Items, json::Fault> {
    let mut items = Items { spans: Vec::new(), identities: (!paging.identity.is_empty()).then(Vec::new) };
    let (key, inner) = paging.identity.split_once('.').unwrap_or((paging.identity, ""));
    reader.array(&mut |reader| {
        let (span, value) = reader.span_with(key)?;
        items.spans.push(span);
        let identity = value.and_then(|at| identity(reader.from(at), inner));
        match (&mut items.identities, identity) {
            (Some(identities), Some(identity)) => identities.push(identity),
            (identities, _) => *identities = None,
        }
        Ok(())
    })?;
    Ok(items)
}

#[derive(Default)]
struct Items {
    spans: Vec<Range<usize>>,
    identities: Option<Vec<Identity>>,
}

impl Items {
    fn into_list(self, list: &mut List) {
        (list.items, list.identities) = (self.spans, self.identities);
    }

    /// Whether each of them has what tells it apart; where nothing does, whether they are objects.
    fn are_likely(&self, paging: &Paging, reader: &Reader<'_>) -> bool {
        let object = |span: &Range<usize>| reader.from(span.start).kind() == Ok(json::Kind::Object);
        self.identities.is_some() || paging.identity.is_empty() && self.spans.iter().all(object)
    }
}

/// The identity that stands at the reader, or below it at the end of a path with dots.
fn identity(reader: Reader<'_>, path: &str) -> Option<Identity> {
    text_at(reader, path).map(|text| Identity::of(text.as_bytes()))
}

/// The text or number at the end of a path with dots into a JSON value.
pub(crate) fn field<'a>(json: &'a [u8], path: &str) -> Option<Cow<'a, str>> {
    text_at(Reader::of_bytes(json), path)
}

fn text_at<'a>(mut reader: Reader<'a>, path: &str) -> Option<Cow<'a, str>> {
    if path.is_empty() {
        return match reader.kind().ok()? {
            json::Kind::Text => reader.text().ok(),
            json::Kind::Number => reader.skip().ok().map(Cow::Borrowed),
            _ => None,
        };
    }
    let (key, inner) = path.split_once('.').unwrap_or((path, ""));
    let (_, value) = reader.span_with(key).ok()?;
    text_at(reader.from(value?), inner)
}

/// Reads the object around a list's items; says whether it holds any.
fn envelope(
    paging: &Paging,
    reader: &mut Reader<'_>,
    list: &mut List,
    leaves_out: bool,
) -> std::result::Result<bool, json::Fault> {
    let start = reader.position();
    let mut found = None;
    // Services name their array differently, and some differ from their description. Where the described key is not there
    // the only array is the items, if nothing but counts stands beside it and something tells that it is a list: what its
    // items are told apart by, or its total.
    let mut others = Vec::new();
    let (mut alone, mut only_counts, mut nothing) = (false, true, true);
    reader.object(&mut |key, reader| {
        let kind = reader.kind()?;
        if !paging.items.is_empty() && key == paging.items && kind == json::Kind::Array {
            found = Some(items(paging, reader)?);
        } else if !paging.items.is_empty() && key == paging.items && kind == json::Kind::Null {
            reader.skip()?;
            found = Some(Items::default());
        } else if !paging.total.is_empty() && key == paging.total {
            list.total = reader.skip()?.trim_matches('"').parse().ok();
            nothing &= list.total.is_none_or(|total| total == 0);
        } else if !paging.cursor.is_empty() && key == paging.cursor && kind == json::Kind::Null {
            reader.skip()?;
        } else if !paging.cursor.is_empty() && key == paging.cursor {
            let token = matches!(kind, json::Kind::Text | json::Kind::Number);
            if paging.strategy == Strategy::Token && !token {
                return reader.fault("expected the next page's token as a string or a number");
            }
            let cursor = reader.skip()?;
            list.cursor = match paging.strategy {
                // It goes into the next body as it came.
                Strategy::SearchAfter => Some(cursor.to_owned()),
                _ => Some(json::text(cursor).map_or_else(|_| cursor.to_owned(), Cow::into_owned)),
            };
            list.cursor = list.cursor.take().filter(|cursor| !cursor.is_empty());
        } else if kind == json::Kind::Array {
            // Under these keys stands what went wrong.
            only_counts &= !matches!(&*key, "errors" | "details");
            others.push(items(paging, reader)?);
        } else {
            alone |= paging.alone && key == paging.identity;
            only_counts &= matches!(kind, json::Kind::Number | json::Kind::Null);
            nothing &= matches!(reader.skip()?.trim_matches('"'), "0" | "null");
        }
        Ok(())
    })?;
    let items = match (found, others.pop()) {
        (Some(items), _) => items,
        (None, _) if alone => {
            let whole = start..reader.position();
            let identity = identity(reader.from(start), paging.identity);
            Items { spans: vec![whole], identities: identity.map(|identity| vec![identity]) }
        }
        (None, Some(items)) if only_counts && others.is_empty() => {
            // None are none only where nothing counts any.
            let likely = if items.spans.is_empty() { nothing } else { items.are_likely(paging, reader) };
            if !(likely || list.total.is_some()) {
                return Ok(false);
            }
            items
        }
        (None, None) if nothing && leaves_out && !paging.items.is_empty() => {
            list.blank = true;
            Items::default()
        }
        _ => return Ok(false),
    };
    items.into_list(list);
    Ok(true)
}

/// `Retry-After` as a wait: seconds, or the time of a date after the `Date` header.
pub(crate) fn retry_after(response: &Response, now: Option<SystemTime>) -> Option<Duration> {
    let value = response.header(RETRY_AFTER)?;
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date::read(value)?;
    // On the clock of whoever wrote it, where that is told.
    let now = response
        .header(DATE)
        .and_then(http_date::read)
        .or_else(|| Some(now?.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs()))?;
    Some(Duration::from_secs(until.saturating_sub(now)))
}
