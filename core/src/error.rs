//! The one error type. What went wrong is its [`ErrorKind`]; what JumpCloud said is kept as it came.

use std::fmt;
use std::time::Duration;

use crate::json::{Value, write_text};
use crate::operation::{Accepts, Operation};
use crate::reply::{Reply, Response, retry_after};

/// The result of everything that can go wrong in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of failure an [`Error`] is: what a caller decides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request was refused before anything was sent: a parameter is missing, unknown or wrong.
    InvalidRequest,
    /// 401: the credential is missing, wrong or ended.
    Authentication,
    /// 403: the credential is known, but its role or scopes do not allow the operation.
    Permission,
    /// 404: there is no such object (or no longer).
    NotFound,
    /// 409: the object is there already, or is being changed.
    Conflict,
    /// 429: too many requests; see [`Error::retry_after`].
    RateLimited,
    /// 400, 422 and the other 4xx: JumpCloud refused what was sent; see [`Error::details`].
    Validation,
    /// 5xx: JumpCloud failed.
    Server,
    /// No answer came: connection, TLS, timeout, or a redirect that may not be followed.
    Transport,
    /// An answer came that is not what it should be; [`Error::body`] has its bytes.
    Decode,
    /// The signature that System Context needs could not be made.
    Signing,
    /// A list ended before its end, or may have passed an item by: what was handed out is not all.
    Incomplete,
}

impl ErrorKind {
    /// The kind's name in every language: `invalid_request`, `authentication`, …
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::InvalidRequest => "invalid_request",
            ErrorKind::Authentication => "authentication",
            ErrorKind::Permission => "permission",
            ErrorKind::NotFound => "not_found",
            ErrorKind::Conflict => "conflict",
            ErrorKind::RateLimited => "rate_limited",
            ErrorKind::Validation => "validation",
            ErrorKind::Server => "server",
            ErrorKind::Transport => "transport",
            ErrorKind::Decode => "decode",
            ErrorKind::Signing => "signing",
            ErrorKind::Incomplete => "incomplete",
        }
    }
}

/// Why a call failed, with everything JumpCloud said about it and nothing secret.
#[derive(Clone)]
pub struct Error(Box<Parts>);

#[derive(Clone)]
struct Parts {
    kind: ErrorKind,
    message: String,
    operation: Option<&'static str>,
    parameter: Option<String>,
    status: Option<u16>,
    code: Option<String>,
    details: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    body: Vec<u8>,
    needs_composer: bool,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Parts {
            kind,
            message: message.into(),
            operation: None,
            parameter: None,
            status: None,
            code: None,
            details: None,
            request_id: None,
            retry_after: None,
            body: Vec::new(),
            needs_composer: false,
        }))
    }

    /// An [`ErrorKind::InvalidRequest`]: say what was expected, what came, and what to do.
    pub(crate) fn invalid(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::InvalidRequest, message)
    }

    pub(crate) fn at(mut self, operation: &'static str) -> Error {
        self.0.operation.get_or_insert(operation);
        self
    }

    pub(crate) fn parameter_named(mut self, name: impl Into<String>) -> Error {
        self.0.parameter.get_or_insert_with(|| name.into());
        self
    }

    /// For a reply that does not decode: of a page the core looks at no item, and whoever does may find that it is no JSON.
    /// `why` must repeat nothing of it.
    pub fn undecodable(reply: &Reply, why: &str) -> Error {
        let media = reply.media_type().unwrap_or("no media type");
        let message = format!("the reply ({} bytes, {media}) does not decode: {why}", reply.body.len());
        let mut error = Error::new(ErrorKind::Decode, message).at(reply.operation.name);
        error.0.status = Some(reply.status);
        error.0.request_id = reply.request_id().map(str::to_owned);
        error.0.body = reply.body.clone();
        error
    }

    /// A filter or a body cannot be composed, as this core has not been given what does it.
    #[cfg(not(feature = "composer"))]
    pub(crate) fn without_composer() -> Error {
        let message = "nothing was sent: what composes its filter or its body is not loaded; try again";
        let mut error = Error::new(ErrorKind::Transport, message);
        error.0.needs_composer = true;
        error
    }

    /// No answer came; `why` is the transport's word for it.
    pub(crate) fn transport(operation: &'static Operation, why: &str) -> Error {
        Error::new(ErrorKind::Transport, format!("no answer: {why}")).at(operation.name)
    }

    /// What JumpCloud answered with a status other than 2xx. The status decides the kind: bodies of the
    /// gRPC-backed services carry a gRPC code that looks like one but is not.
    pub(crate) fn answered(operation: &'static Operation, response: Response) -> Error {
        let kind = match response.status {
            300..=399 => ErrorKind::Transport,
            401 => ErrorKind::Authentication,
            403 => ErrorKind::Permission,
            404 | 410 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            429 => ErrorKind::RateLimited,
            400..=499 => ErrorKind::Validation,
            _ => ErrorKind::Server,
        };
        let said = Said::read(&response);
        let mut message = response.status.to_string();
        match &said.message {
            Some(text) => message.extend([" ", text.trim()]),
            None if kind == ErrorKind::Transport => message.push_str(" a redirect, which is not followed"),
            None => message.extend([" ", kind.name()]),
        }
        if kind == ErrorKind::Permission && operation.accepts == Accepts::Nothing {
            message.push_str("; the address has ended (it is good for 15 minutes), or the content is not what it was made for");
        } else if kind == ErrorKind::Permission {
            message.push_str("; the role or the scopes of this credential do not allow it");
            if !operation.scopes.is_empty() {
                message.extend([" (it needs one of: ", &operation.scopes.join(", "), ")"]);
            }
        }
        let wait = retry_after(&response, None);
        let mut error = Error::new(kind, message).at(operation.name);
        error.0.status = Some(response.status);
        error.0.code = said.code;
        error.0.details = said.details;
        error.0.request_id = response.request_id().map(str::to_owned);
        error.0.body = response.body;
        error.asks(wait)
    }

    /// With the time that JumpCloud asks to wait, if it is not known yet.
    pub(crate) fn asks(mut self, wait: Option<Duration>) -> Error {
        if let (None, Some(wait)) = (self.0.retry_after, wait) {
            self.0.retry_after = Some(wait);
            self.0.message.push_str(&format!("; try again in {} s", wait.as_secs()));
        }
        self
    }

    pub(crate) fn because(mut self, hint: &str) -> Error {
        self.0.message.extend(["; ", hint]);
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened, in words, without the operation's name.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The dotted name of the operation that failed.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The parameter that was refused, for [`ErrorKind::InvalidRequest`].
    pub fn parameter(&self) -> Option<&str> {
        self.0.parameter.as_deref()
    }

    /// The HTTP status, when an answer came.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// JumpCloud's own code from the body (a number or a word), as text.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The body's `details`, as the JSON text that came.
    pub fn details(&self) -> Option<&str> {
        self.0.details.as_deref()
    }

    /// The id that JumpCloud gave the request: quote it to their support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long JumpCloud asked to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether nothing else is the matter than that this core, which is compiled without the feature `composer`, has not
    /// been given what composes a filter or a body: [provide](crate::request::provide_composer) it and try again.
    ///
    /// ```
    /// use jumpcloud_core::{Client, Credentials, Options, Parameters};
    ///
    /// let parameters = Parameters::new().with("body", serde_json::json!({ "username": "ada", "email": "ada@example.com" }));
    /// let client = Client::new(Credentials::api_key("your-key"));
    /// let made = client.prepare("v1.systemUsers.create", &parameters, &Options::default());
    /// assert_eq!(made.is_err_and(|error| error.needs_composer()), cfg!(not(feature = "composer")));
    /// ```
    pub fn needs_composer(&self) -> bool {
        self.0.needs_composer
    }

    /// The answer's body as it came, empty when there was none.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The error as a JSON object, for other languages: `kind`, `message` and what else is known, without the body;
    /// `retryAfter` is in seconds.
    ///
    /// ```
    /// let error = jumpcloud_core::Operation::find("v2.userGroup.list").unwrap_err();
    /// let json: serde_json::Value = serde_json::from_str(&error.to_json())?;
    /// assert_eq!(json["kind"], "invalid_request");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        let mut set = |key: &str, value: Option<&str>| {
            if let Some(value) = value {
                json.extend([if json.is_empty() { "{\"" } else { ",\"" }, key, "\":"]);
                write_text(value, &mut json);
            }
        };
        set("kind", Some(self.kind().name()));
        set("message", Some(self.message()));
        set("operation", self.operation());
        set("parameter", self.parameter());
        set("code", self.code());
        set("requestId", self.request_id());
        if let Some(status) = self.status() {
            json.extend([",\"status\":", &status.to_string()]);
        }
        if let Some(wait) = self.retry_after() {
            json.extend([",\"retryAfter\":", &wait.as_secs().to_string()]);
        }
        if let Some(details) = self.details() {
            json.extend([",\"details\":", details]);
        }
        json.push('}');
        json
    }
}

/// What an error's body says, whichever of JumpCloud's shapes it has:
/// `{code, message, status, details}`, `{message, error}`, `{error: {message}}`, OAuth's
/// `{error, error_description}`, a bare JSON string, plain text, HTML, nothing.
#[derive(Default)]
struct Said {
    message: Option<String>,
    code: Option<String>,
    details: Option<String>,
}

impl Said {
    fn read(response: &Response) -> Said {
        let Some(body) = std::str::from_utf8(&response.body).ok().and_then(|text| Value::read(text).ok())
        else {
            return Said { message: plain_text(response), ..Said::default() };
        };
        let text = |value: &Value| match value {
            Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.clone()),
            _ => None,
        };
        let inner = match body.get("error") {
            Some(inner @ Value::Object(_)) => inner,
            _ => &body,
        };
        let find = |keys: &[&str]| keys.iter().find_map(|key| inner.get(key).and_then(text));
        // OAuth's code is a word; older v1 routes repeat the message under the same key.
        let message = text(&body)
            .or_else(|| find(&["message", "error_description", "error", "detail", "title", "status"]));
        let repeats = inner.get("message").is_some() && inner.get("message") == inner.get("error");
        let word = || {
            inner
                .get("error")
                .and_then(Value::as_str)
                .filter(|word| !repeats && !word.contains(' '))
                .map(str::to_owned)
        };
        Said {
            message,
            code: find(&["code"]).or_else(word),
            details: ["details", "errors"].iter().find_map(|key| inner.get(key)).map(Value::to_string),
        }
    }
}

/// The first line of a text body; HTML pages of proxies say nothing worth printing.
fn plain_text(response: &Response) -> Option<String> {
    let text = std::str::from_utf8(&response.body).ok()?.trim();
    let line: String = text.lines().next()?.chars().take(200).collect();
    (!line.is_empty() && !line.starts_with(['<', '{', '['])).then_some(line)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({}: {self})", self.0.kind.name())
    }
}

impl std::error::Error for Error {}
