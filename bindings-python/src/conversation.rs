//! A conversation's steps for Python, and the reply of a call.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use jumpcloud_core::conversation::{AnyConversation, Credential, Given, alike};
use jumpcloud_core::reply::Content;
use jumpcloud_core::{self as core, Failure, Now, Response, Step, Ticket};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString};

use crate::error::raise;
use crate::record::{self, Records};
use crate::request::Request;

/// Below this many bytes handing over the interpreter costs more than the work.
const LARGE: usize = 16 * 1024;

/// Something that is driven step by step.
#[pyclass(frozen, module = "jumpcloud_client._core")]
pub(crate) struct Conversation(Mutex<AnyConversation>);

impl Conversation {
    pub(crate) fn new<C>(conversation: C) -> Conversation
    where
        C: core::Conversation<Gives: Into<Given>> + Send + 'static,
    {
        Conversation(Mutex::new(alike(conversation)))
    }

    fn with<T>(&self, work: impl FnOnce(&mut AnyConversation) -> T) -> T {
        // One thread drives a conversation, and others bring its answers. The lock is never held while Python code runs, so
        // nothing waits for it that holds the interpreter.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The time, in nanoseconds: since 1970, and on a clock that nobody sets.
fn time((wall, steady): (u64, u64)) -> Now {
    Now { wall: UNIX_EPOCH + Duration::from_nanos(wall), steady: Duration::from_nanos(steady) }
}

#[pymethods]
impl Conversation {
    /// What is needed next, or what there is, at this time in nanoseconds on two clocks, as a tuple:
    /// `("send", ticket, Request)`, `("sign", bytes)`, `("identify",)`, `("wait", seconds)`, `("hold", seconds)`, `("receive",)`,
    /// `("page", records, offset, total)`, `("done", Reply)`, `("end",)`, `("outcome", value)`.
    fn step<'py>(&self, py: Python<'py>, now: (u64, u64)) -> PyResult<Bound<'py, PyAny>> {
        let step =
            self.with(|conversation| conversation.step(time(now))).map_err(|error| raise(py, &error))?;
        let tuple = match step {
            Step::Send(ticket, request) => {
                ("send", ticket.0, Request::new(request)).into_pyobject(py)?.into_any()
            }
            Step::Sign(input) => ("sign", PyBytes::new(py, &input.bytes)).into_pyobject(py)?.into_any(),
            Step::Identify => ("identify",).into_pyobject(py)?.into_any(),
            Step::Wait(time) => ("wait", time.as_secs_f64()).into_pyobject(py)?.into_any(),
            Step::Hold(time) => ("hold", time.as_secs_f64()).into_pyobject(py)?.into_any(),
            Step::Receive => ("receive",).into_pyobject(py)?.into_any(),
            Step::Give(Given::Page(page)) => {
                let records = Records::of(py, &page.reply)?;
                ("page", records, page.offset, page.total).into_pyobject(py)?.into_any()
            }
            Step::Give(Given::Reply(reply)) => ("done", Reply::new(reply)).into_pyobject(py)?.into_any(),
            Step::Give(Given::End) => ("end",).into_pyobject(py)?.into_any(),
            Step::Give(Given::Outcome(json)) => {
                ("outcome", record::decode(py, json.as_bytes())?).into_pyobject(py)?.into_any()
            }
        };
        Ok(tuple)
    }

    /// A response has come.
    fn received(
        &self,
        py: Python<'_>,
        ticket: u64,
        status: u16,
        headers: Vec<(String, String)>,
        body: &[u8],
        now: (u64, u64),
    ) {
        let take = || {
            let response = Response { status, headers, body: body.to_vec() };
            self.with(|conversation| conversation.received(Ticket(ticket), response, time(now)));
        };
        match body.len() < LARGE {
            true => take(),
            false => py.detach(take),
        }
    }

    /// A request has no answer: `kind` is `not_sent`, `no_answer`, `refused` or `too_large`.
    fn failed(&self, ticket: u64, kind: &str, why: String, now: (u64, u64)) -> PyResult<()> {
        let failure = match kind {
            "not_sent" => Failure::NotSent(why),
            "no_answer" => Failure::NoAnswer(why),
            "refused" => Failure::Refused(why),
            "too_large" => Failure::TooLarge,
            _ => return Err(PyValueError::new_err("expected not_sent, no_answer, refused or too_large")),
        };
        self.with(|conversation| conversation.failed(Ticket(ticket), failure, time(now)));
        Ok(())
    }

    /// The signature that was asked for.
    fn signed(&self, signature: &[u8]) {
        self.with(|conversation| conversation.signed(Ok(signature.to_vec())));
    }

    /// Where a list stands when so many items of the page that was handed out last are taken.
    fn position(&self, taken: usize) -> Option<String> {
        self.with(|conversation| conversation.stands(taken)).map(|position| position.to_string())
    }

    /// What the function said of who calls, as JSON; nothing when it failed.
    fn identified(&self, json: Option<&str>, now: (u64, u64)) {
        let credential = json.map_or_else(|| Err(Credential::missing()), Credential::from_json);
        self.with(|conversation| conversation.identified(credential, time(now)));
    }

    /// Why there is no signature.
    fn unsigned(&self, why: String) {
        self.with(|conversation| conversation.signed(Err(why)));
    }
}

/// The answer to a call that succeeded: `value`, and what came with it.
#[pyclass(frozen, module = "jumpcloud_client")]
pub(crate) struct Reply {
    reply: core::Reply,
    value: PyOnceLock<Py<PyAny>>,
}

impl Reply {
    fn new(reply: core::Reply) -> Reply {
        Reply { reply, value: PyOnceLock::new() }
    }
}

#[pymethods]
impl Reply {
    /// The operation's dotted name.
    #[getter]
    fn operation(&self) -> &'static str {
        self.reply.operation.name
    }

    /// The HTTP status, a 2xx.
    #[getter]
    fn status(&self) -> u16 {
        self.reply.status
    }

    /// All headers, as pairs in the order in which they came.
    #[getter]
    fn headers(&self) -> Vec<(String, String)> {
        self.reply.headers.clone()
    }

    /// The id that JumpCloud gave the request.
    #[getter]
    fn request_id(&self) -> Option<&str> {
        self.reply.request_id()
    }

    /// The body's media type, without parameters.
    #[getter]
    fn media_type(&self) -> Option<&str> {
        self.reply.media_type()
    }

    /// The body as it came.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.reply.body)
    }

    /// The body as an object: JSON with its objects as `Record`s, text as `str`, a file as `Content`, nothing as `None`.
    #[getter]
    fn value(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.value.get_or_try_init(py, || self.decoded(py)).map(|value| value.clone_ref(py))
    }

    /// The status and the size only: replies hold one-time secrets.
    fn __repr__(&self) -> String {
        format!("<{:?}>", self.reply)
    }
}

impl Reply {
    fn decoded(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self.reply.content {
            Content::Empty => Ok(py.None()),
            Content::Json => match record::parse(py, &self.reply.body) {
                Ok(value) => Ok(value.unbind()),
                Err(_) => Err(raise(py, &self.reply.undecodable())),
            },
            Content::Text | Content::Bytes => {
                let media = self.reply.media_type().unwrap_or_default();
                match std::str::from_utf8(&self.reply.body) {
                    Ok(text) if media.starts_with("text/") => Ok(PyString::new(py, text).into_any().unbind()),
                    _ => record::content(py, &self.reply.body, media).map(Bound::unbind),
                }
            }
        }
    }
}
