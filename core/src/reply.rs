//! Reads replies: [`parse`] turns an HTTP response into a [`Reply`], or into the error that JumpCloud described.
//!
//! A list's reply is scanned, not decoded: the scan finds where each item starts and ends, the total and the
//! cursor; whoever wants objects decodes those bytes with the fastest parser at hand.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::operation::{Answers, Operation, Paging};
use crate::{Error, Result};

/// An HTTP response as a transport received it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers; names in any case.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
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
}

impl Reply {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The media type of the body, without parameters.
    pub fn media_type(&self) -> Option<&str> {
        self.header("content-type").map(media_type)
    }

    /// The id JumpCloud gave the request.
    pub fn request_id(&self) -> Option<&str> {
        self.header("x-request-id")
    }

    /// The body as a Rust value.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind) with the raw body.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| Error::decode(self, &error.to_string()))
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
    // An empty body is fine with 200, 201 and 204 alike, whatever the description says.
    if reply.body.iter().all(u8::is_ascii_whitespace) {
        reply.list = operation.paging.as_ref().map(|_| List::default());
        return Ok(reply);
    }
    let says_json = reply.media_type().map(|media| media.ends_with("/json") || media.ends_with("+json"));
    if operation.answers != Answers::Json && says_json != Some(true) {
        reply.content = Content::Bytes;
        return Ok(reply);
    }
    reply.content = Content::Json;
    match &operation.paging {
        Some(paging) => match scan(paging, &reply.body) {
            Ok(mut list) => {
                let number = |name: &str| reply.header(name).and_then(|value| value.split(',').next()?.trim().parse().ok());
                list.header_total = number("x-total-count");
                list.cursor = list.cursor.or_else(|| reply.header("x-search_after").map(str::to_owned));
                reply.list = Some(list);
            }
            Err(why) => return Err(Error::decode(&reply, &why)),
        },
        None => {
            if let Err(error) = serde_json::from_slice::<IgnoredAny>(&reply.body) {
                return Err(Error::decode(&reply, &error.to_string()));
            }
        }
    }
    Ok(reply)
}

/// Finds the items, total and cursor of a page, whether it is the array itself or an object around it.
pub(crate) fn scan(paging: &Paging, body: &[u8]) -> std::result::Result<List, String> {
    let text = std::str::from_utf8(body).map_err(|error| format!("the body is not UTF-8: {error}"))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let envelope = Envelope { paging, start: text.as_ptr() as usize, length: text.len() };
    let list = envelope.deserialize(&mut reader).map_err(|error| error.to_string())?;
    reader.end().map_err(|error| error.to_string())?;
    list.ok_or_else(|| {
        let key = if paging.items.is_empty() { "an array".into() } else { format!("an array under {:?}", paging.items) };
        format!("expected {key}, found none")
    })
}

struct Envelope<'a> {
    paging: &'a Paging,
    start: usize,
    length: usize,
}

impl Envelope<'_> {
    fn span(&self, value: &RawValue) -> Range<usize> {
        let start = (value.get().as_ptr() as usize).saturating_sub(self.start).min(self.length);
        start..start + value.get().len()
    }
}

impl<'de> DeserializeSeed<'de> for Envelope<'_> {
    type Value = Option<List>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Option<List>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Envelope<'_> {
    type Value = Option<List>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array, or an object around it")
    }

    /// `null` stands for an empty list.
    fn visit_unit<E>(self) -> std::result::Result<Option<List>, E> {
        Ok(Some(List::default()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> std::result::Result<Option<List>, A::Error> {
        let mut items = Vec::new();
        while let Some(value) = values.next_element::<&'de RawValue>()? {
            items.push(self.span(value));
        }
        Ok(Some(List { items, ..List::default() }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Option<List>, A::Error> {
        let mut list = List::default();
        let mut found = None;
        // Services name their array differently, and some differ from their description: the only array
        // is the items when the described key is not there.
        let mut others: Vec<Vec<Range<usize>>> = Vec::new();
        let mut identified = false;
        let (mut first, mut last) = (usize::MAX, 0);
        while let Some(key) = entries.next_key::<std::borrow::Cow<'de, str>>()? {
            if key == self.paging.items && !key.is_empty() {
                found = Some(entries.next_value_seed(Items(&self))?.unwrap_or_default());
                continue;
            }
            let value = entries.next_value::<&'de RawValue>()?;
            let span = self.span(value);
            (first, last) = (first.min(span.start), last.max(span.end));
            let text = value.get();
            if key == self.paging.total && !key.is_empty() {
                list.total = text.trim_matches('"').parse().ok();
            } else if key == self.paging.cursor && !key.is_empty() {
                list.cursor = serde_json::from_str::<String>(text).ok().filter(|cursor| !cursor.is_empty());
            } else if text.starts_with('[') {
                let mut reader = serde_json::Deserializer::from_str(text);
                let mut items = Items(&self).deserialize(&mut reader).ok().flatten().unwrap_or_default();
                // Spans inside a value read again start from the same bytes: nothing to shift.
                items.shrink_to_fit();
                others.push(items);
            }
            identified |= matches!(&*key, "_id" | "id" | "objectId");
        }
        list.items = match (found, others.len()) {
            (Some(items), _) => items,
            (None, 1) => others.pop().unwrap_or_default(),
            // A service that has a single object answers with it bare: GET /organizations does.
            (None, _) if identified => vec![0..self.length],
            _ => return Ok(None),
        };
        Ok(Some(list))
    }
}

/// The items of an array, or nothing for `null`.
struct Items<'a, 'b>(&'a Envelope<'b>);

impl<'de> DeserializeSeed<'de> for Items<'_, '_> {
    type Value = Option<Vec<Range<usize>>>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = Option<Vec<Range<usize>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of items")
    }

    fn visit_unit<E>(self) -> std::result::Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> std::result::Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(value) = values.next_element::<&'de RawValue>()? {
            items.push(self.0.span(value));
        }
        Ok(Some(items))
    }
}

/// `Retry-After` as a wait: seconds, or the time of a date after the `Date` header.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.header("retry-after")?;
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = httpdate::parse_http_date(response.header("date")?).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}
