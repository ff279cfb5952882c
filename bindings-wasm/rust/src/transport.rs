//! Sends one request with gloo-net, and says why there is no answer when there is none.

use gloo_net::http::{Headers, Method, RequestBuilder};
use js_sys::{Reflect, Uint8Array};
use jumpcloud_core::{Failure, Request, Response};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStream, ReadableStreamDefaultReader, RequestRedirect, ResponseType};

use crate::content::{Content, body};
use crate::signing::sets_date;

/// Ends a request that nobody waits for any more; of one that is over it ends nothing.
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends a request and reads the whole answer.
pub(crate) async fn send(request: Request, content: Option<Content>) -> Result<Response, Failure> {
    let not_sent = |why: &str| Failure::NotSent(why.to_owned());
    let abort = AbortController::new().map_err(|_| not_sent("this runtime has no AbortController"))?;
    let abort = Abort(abort);
    let headers = Headers::new();
    for (name, value) in &request.headers {
        // A browser says what it is, and asks the server's leave for every other word of it.
        if name != "user-agent" || sets_date() {
            headers.append(name, value);
        }
    }
    let method = Method::from_bytes(request.method.as_str().as_bytes()).unwrap_or_default();
    let builder = RequestBuilder::new(&request.url)
        .method(method)
        .headers(headers)
        .redirect(RequestRedirect::Manual)
        .abort_signal(Some(&abort.0.signal()));
    let built = match body(&request.body, content.as_ref())? {
        Some(body) => builder.body(body),
        None => builder.build(),
    };
    let built = built.map_err(|error| not_sent(&error.to_string()))?;
    // gloo-net keeps an error's message only, and none of its codes: that a request never left cannot be told.
    let response = built.send().await.map_err(|error| Failure::NoAnswer(error.to_string()))?;
    // A browser hides where a redirect leads; a `fetch` that somebody has put in its place may have followed it.
    if response.type_() == ResponseType::Opaqueredirect {
        return Err(Failure::Refused("a redirect, which is not followed".into()));
    }
    if response.redirected() && !response.url().starts_with(request.origin()) {
        return Err(Failure::Refused("a redirect to another origin was followed".into()));
    }
    let (status, headers) = (response.status(), response.headers().entries().collect());
    let body = match response.body() {
        Some(body) => read(body, request.max_body).await?,
        None => Vec::new(),
    };
    Ok(Response { status, headers, body })
}

/// The bytes of a body, of which no more are wanted than so many.
async fn read(body: ReadableStream, most: u64) -> Result<Vec<u8>, Failure> {
    let lost = |error: JsValue| {
        let message = Reflect::get(&error, &JsValue::from_str("message"));
        let message = message.ok().and_then(|message| message.as_string());
        Failure::NoAnswer(message.unwrap_or_else(|| "the answer broke off".into()))
    };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(lost)?;
        let of = |key: &str| Reflect::get(&piece, &JsValue::from_str(key));
        if of("done").map_err(lost)?.is_truthy() {
            return Ok(bytes);
        }
        let piece: Uint8Array = of("value").map_err(lost)?.unchecked_into();
        if bytes.len() as u64 + u64::from(piece.length()) > most {
            // The request is aborted as its guard is dropped.
            return Err(Failure::TooLarge);
        }
        let start = bytes.len();
        bytes.resize(start + piece.length() as usize, 0);
        if let Some(room) = bytes.get_mut(start..) {
            piece.copy_to(room);
        }
    }
}
