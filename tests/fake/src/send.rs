//! The way of an answer out, and what may happen to it there.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, StatusCode, header};
use serde_json::json;
use tokio::time::Sleep;

use crate::bomb;
use crate::call::Answer;
use crate::quirks::{Quirks, due};

/// The answer on its way. Browsers may read it, and all of its headers, from any page.
pub(crate) fn send(answer: Answer, disconnect: bool) -> Response<Body> {
    let body = if disconnect {
        let half = answer.body.len() / 2;
        Body::new(Broken(Some(Bytes::from(answer.body[..half].to_vec()))))
    } else {
        Body::from(answer.body.clone())
    };
    let mut response = with_body(&answer, body);
    if disconnect {
        response.headers_mut().insert(header::CONTENT_LENGTH, answer.body.len().into());
    }
    response
}

fn with_body(answer: &Answer, body: Body) -> Response<Body> {
    let mut builder = Response::builder()
        .status(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        .header("access-control-allow-origin", "*")
        .header("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE")
        .header("access-control-allow-headers", "*, authorization")
        .header("access-control-expose-headers", "*");
    if !answer.media_type.is_empty() {
        builder = builder.header(header::CONTENT_TYPE, answer.media_type);
    }
    for (name, value) in &answer.headers {
        builder = builder.header(*name, value);
    }
    builder.body(body).unwrap_or_else(|_| Response::new(Body::empty()))
}

/// The answer on its way, as the quirks have it.
pub(crate) fn send_badly(mut answer: Answer, quirks: &Quirks, number: u64) -> Response<Body> {
    let other = |status: u16, media_type: &'static str, body: String| Answer {
        status,
        headers: Vec::new(),
        media_type,
        body: body.into_bytes(),
    };
    if due(number, quirks.html_every) {
        let html = "<html><head><title>Just a moment...</title></head><body>Please wait.</body></html>";
        answer = other(200, "text/html; charset=utf-8", html.into());
    }
    if due(number, quirks.error_in_200_every) {
        let error =
            json!({"error": "Internal Server Error", "message": "Internal Server Error", "status": 500});
        answer = other(200, "application/json; charset=utf-8", error.to_string());
    }
    if due(number, quirks.text_every) {
        answer = other(answer.status, "text/plain; charset=utf-8", "OK".into());
    }
    if due(number, quirks.redirect_every) {
        answer = other(302, "", String::new()).with("location", &quirks.redirect_to);
    }
    if due(number, quirks.empty_body_every) {
        answer.body.clear();
    }
    if due(number, quirks.truncate_every) {
        answer.body.truncate(answer.body.len() / 2);
    }
    let huge = quirks.huge_body_mb.saturating_mul(1 << 20);
    let body = |left: Option<u64>| Repeat::new(&answer.body, vec![b' '; PIECE], left);
    let mut response = if due(number, quirks.gzip_bomb_every) {
        let mut response = with_body(&answer, Body::new(bomb::body(huge)));
        response.headers_mut().insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
        response
    } else if due(number, quirks.endless_body_every) {
        with_body(&answer, Body::new(body(None)))
    } else if due(number, quirks.huge_body_every) {
        with_body(&answer, Body::new(body(Some(huge))))
    } else if quirks.trickle_ms > 0 {
        let slow = Slow::new(Bytes::from(answer.body.clone()), Duration::from_millis(quirks.trickle_ms));
        with_body(&answer, Body::new(slow))
    } else {
        send(answer, due(number, quirks.disconnect_every))
    };
    if quirks.hidden_headers {
        hide(response.headers_mut());
    }
    if quirks.clock_skew_s != 0 {
        let skew = Duration::from_secs(quirks.clock_skew_s.unsigned_abs());
        let now = std::time::SystemTime::now();
        let wrong = if quirks.clock_skew_s > 0 { now.checked_add(skew) } else { now.checked_sub(skew) };
        // Further than a calendar goes no clock is wrong.
        let year_9999 = std::time::UNIX_EPOCH + Duration::from_secs(253_402_300_799);
        let wrong = wrong.filter(|wrong| (std::time::UNIX_EPOCH..=year_9999).contains(wrong));
        let date = httpdate::fmt_http_date(wrong.unwrap_or(std::time::UNIX_EPOCH));
        if let Ok(date) = header::HeaderValue::from_str(&date) {
            response.headers_mut().insert(header::DATE, date);
        }
    }
    response
}

/// Takes away what a proxy may take away, and what a browser hides from a page.
fn hide(headers: &mut HeaderMap) {
    let hidden = |name: &str| {
        name.starts_with("x-") || matches!(name, "link" | "retry-after" | "access-control-expose-headers")
    };
    let names: Vec<_> = headers.keys().filter(|name| hidden(name.as_str())).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// How large the pieces of large bodies are.
const PIECE: usize = 64 << 10;

/// A body with a piece in it that comes again and again: before its last byte, so that it is not whole until then.
pub(crate) struct Repeat {
    start: Option<Bytes>,
    piece: Bytes,
    end: Option<Bytes>,
    /// How many bytes of pieces are still to come; without a number, for ever.
    left: Option<u64>,
}

impl Repeat {
    fn new(body: &[u8], piece: Vec<u8>, left: Option<u64>) -> Repeat {
        let (start, end) = body.split_at(body.len().saturating_sub(1));
        Repeat {
            start: Some(Bytes::copy_from_slice(start)),
            piece: piece.into(),
            end: Some(Bytes::copy_from_slice(end)),
            left,
        }
    }

    /// A body that is nothing but a start and so many pieces.
    pub(crate) fn pieces(start: Vec<u8>, piece: Vec<u8>, count: u64) -> Repeat {
        let left = count.saturating_mul(piece.len() as u64);
        Repeat { start: Some(start.into()), piece: piece.into(), end: None, left: Some(left) }
    }
}

impl http_body::Body for Repeat {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        let data = match (self.start.take().filter(|start| !start.is_empty()), self.left) {
            (Some(start), _) => Some(start),
            (None, None) => Some(self.piece.clone()),
            (None, Some(left)) if left > 0 => {
                self.left = Some(left.saturating_sub(self.piece.len() as u64));
                Some(self.piece.clone())
            }
            (None, Some(_)) => self.end.take().filter(|end| !end.is_empty()),
        };
        Poll::Ready(data.map(|data| Ok(http_body::Frame::data(data))))
    }
}

/// A body in small pieces with waits between them.
struct Slow {
    rest: Bytes,
    wait: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl Slow {
    fn new(rest: Bytes, wait: Duration) -> Slow {
        Slow { rest, wait, sleep: Box::pin(tokio::time::sleep(wait)) }
    }
}

impl http_body::Body for Slow {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        std::task::ready!(self.sleep.as_mut().poll(context));
        let next = tokio::time::Instant::now() + self.wait;
        self.sleep.as_mut().reset(next);
        let length = self.rest.len().min(64);
        Poll::Ready(Some(Ok(http_body::Frame::data(self.rest.split_to(length)))))
    }
}

/// A body that ends in the middle: hyper closes the connection.
struct Broken(Option<Bytes>);

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(half) => Ok(http_body::Frame::data(half)),
            None => Err(std::io::Error::other("disconnected on purpose")),
        }))
    }
}
