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
use crate::operation::{Answers, Operation, Paging, Strategy};
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
    /// The body as it came.
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
}

impl Reply {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The media type of the body, without parameters.
    pub fn media_type(&self) -> Option<&str> {
        self.header(CONTENT_TYPE).map(media_type)
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

    /// The items of a list, each as its JSON bytes.
    pub fn items(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let spans = self.list.as_ref().map(|list| list.items.as_slice()).unwrap_or_default();
        spans.iter().map(|span| self.body.get(span.clone()).unwrap_or_default())
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
    if reply.body.iter().all(u8::is_ascii_whitespace) {
        if operation.paging.is_some() && status != 204 {
            return Err(Error::undecodable(&reply, "expected a page of a list, got nothing"));
        }
        reply.list = operation.paging.as_ref().map(|_| List::default());
        return Ok(reply);
    }
    let says = |text: fn(&str) -> bool| reply.media_type().is_some_and(text);
    let bytes = match operation.answers {
        Answers::Json => false,
        // An HTML page is a proxy's word, not JumpCloud's.
        Answers::JsonOrText => says(|media| matches!(media, "text/plain" | "text/csv")),
        _ => !says(|media| media.ends_with("/json") || media.ends_with("+json")),
    };
    if bytes {
        reply.content = Content::Bytes;
        return Ok(reply);
    }
    reply.content = Content::Json;
    match &operation.paging {
        Some(paging) => match scan(paging, &reply.body) {
            Ok(mut list) => {
                // Proxies join repeated headers with commas.
                let total = reply.header(TOTAL).and_then(|total| total.split(',').next());
                list.header_total = total.and_then(|total| total.trim().parse().ok());
                // A header that is not JSON would break the next request: without a cursor the list goes on by offset.
                let header =
                    reply.header(SEARCH_AFTER).filter(|cursor| check_json(cursor.as_bytes()).is_ok());
                list.cursor = list.cursor.or_else(|| header.map(str::to_owned));
                reply.list = Some(list);
            }
            Err(why) => return Err(Error::undecodable(&reply, &why)),
        },
        None => {
            if let Err(why) = check_json(&reply.body) {
                return Err(Error::undecodable(&reply, &why));
            }
        }
    }
    Ok(reply)
}

fn utf8(body: &[u8]) -> std::result::Result<&str, String> {
    std::str::from_utf8(body).map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to()))
}

fn check_json(body: &[u8]) -> std::result::Result<(), String> {
    let mut reader = Reader::new(utf8(body)?);
    reader.skip().and_then(|_| reader.end()).map_err(|fault| fault.to_string())
}

/// Finds the items, total and cursor of a page, whether it is the array itself or an object around it.
pub(crate) fn scan(paging: &Paging, body: &[u8]) -> std::result::Result<List, String> {
    let mut reader = Reader::of_bytes(body);
    let mut list = List::default();
    let mut found = true;
    let read = match reader.kind() {
        Ok(json::Kind::Array) => items(paging, &mut reader).map(|items| items.into_list(&mut list)),
        Ok(json::Kind::Object) => envelope(paging, &mut reader, &mut list).map(|items| found = items),
        // `null` stands for an empty list.
        Ok(json::Kind::Null) => reader.span().map(drop),
        Ok(_) => reader.span().map(|_| found = false),
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
}

/// The identity that stands at the reader, or below it at the end of a path with dots.
fn identity(mut reader: Reader<'_>, path: &str) -> Option<Identity> {
    if path.is_empty() {
        return match reader.kind().ok()? {
            json::Kind::Text => Some(Identity::of(reader.text().ok()?.as_bytes())),
            json::Kind::Number => Some(Identity::of(reader.skip().ok()?.as_bytes())),
            _ => None,
        };
    }
    let (key, inner) = path.split_once('.').unwrap_or((path, ""));
    let (_, value) = reader.span_with(key).ok()?;
    identity(reader.from(value?), inner)
}

/// Reads the object around a list's items; says whether it holds any.
fn envelope(
    paging: &Paging,
    reader: &mut Reader<'_>,
    list: &mut List,
) -> std::result::Result<bool, json::Fault> {
    let start = reader.position();
    let mut found = None;
    // Services name their array differently, and some differ from their description: the only array is the items
    // when the described key is not there.
    let mut others = Vec::new();
    let mut identified = false;
    let mut only_counts = true;
    reader.object(&mut |key, reader| {
        let kind = reader.kind()?;
        if !paging.items.is_empty() && key == paging.items && kind == json::Kind::Array {
            found = Some(items(paging, reader)?);
        } else if !paging.items.is_empty() && key == paging.items && kind == json::Kind::Null {
            reader.skip()?;
            found = Some(Items::default());
        } else if !paging.total.is_empty() && key == paging.total {
            list.total = reader.skip()?.trim_matches('"').parse().ok();
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
            others.push(items(paging, reader)?);
        } else {
            identified |= matches!(&*key, "_id" | "id" | "objectId");
            only_counts &= matches!(kind, json::Kind::Number | json::Kind::Null);
            reader.span()?;
        }
        Ok(())
    })?;
    let items = match (found, others.len()) {
        (Some(items), _) => items,
        (None, 1) => others.pop().unwrap_or_default(),
        // A service that has a single object answers with it bare: GET /organizations does.
        (None, _) if identified => {
            let whole = start..reader.position();
            let identity = identity(reader.from(start), paging.identity);
            Items { spans: vec![whole], identities: identity.map(|identity| vec![identity]) }
        }
        // Protobuf services leave empty arrays out: `{}` and `{"count":0}` are empty lists.
        (None, 0) if only_counts => Items::default(),
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
