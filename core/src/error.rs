//! The one error type. What went wrong is its [`ErrorKind`]; what JumpCloud said is kept as it came.

use std::fmt;
use std::time::Duration;

use crate::json::{Value, write_text};
use crate::operation::{Accepts, Operation};
use crate::reply::{LONGEST_TEXT, Reply, Response, is_html, is_plain, mend, retry_after};
use crate::secret::REDACTED;

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
    /// Where in the message that ends which gives way to hints behind it.
    said: usize,
    operation: Option<&'static str>,
    parameter: Option<String>,
    status: Option<u16>,
    code: Option<String>,
    details: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    tries: u32,
    retryable: bool,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    needs_composer: bool,
    /// Only what reads into Rust's types has one.
    #[cfg(feature = "typed")]
    source: Option<std::sync::Arc<serde_json::Error>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        let message = message.into();
        Error(Box::new(Parts {
            kind,
            said: message.len(),
            message,
            operation: None,
            parameter: None,
            status: None,
            code: None,
            details: None,
            request_id: None,
            retry_after: None,
            tries: 0,
            retryable: false,
            headers: Vec::new(),
            body: Vec::new(),
            needs_composer: false,
            #[cfg(feature = "typed")]
            source: None,
        }))
    }

    /// With what it comes from.
    #[cfg(feature = "typed")]
    pub(crate) fn caused_by(mut self, cause: serde_json::Error) -> Error {
        self.0.source = Some(cause.into());
        self
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

    /// For a reply that does not decode. `why` must repeat nothing of it.
    pub(crate) fn undecodable(reply: &Reply, why: &str) -> Error {
        let media = reply.media_type().and_then(line);
        let media = media.as_deref().unwrap_or("no media type");
        let message = format!("the reply ({} bytes, {media}) does not decode: {why}", reply.body.len());
        let mut error = Error::new(ErrorKind::Decode, message).at(reply.operation.name);
        error.0.status = Some(reply.status);
        error.0.request_id = reply.request_id().and_then(line);
        error.0.headers = reply.headers.clone();
        error.0.body = reply.body.clone();
        // A token is no change.
        match reply.operation.safe || reply.operation.accepts == Accepts::ClientSecret {
            true => error,
            false => error.because("what it was to change may be changed: look before you try again"),
        }
    }

    /// For a reply that should be a page of a list and is none: an error under a status that says otherwise, if it says so.
    pub(crate) fn unlisted(reply: &Reply, why: &str) -> Error {
        let mut error = Error::undecodable(reply, why);
        let object = || Value::read(std::str::from_utf8(&reply.body).unwrap_or_default());
        if reply.operation.accepts == Accepts::ClientSecret && !matches!(object(), Ok(Value::Object(_))) {
            // A text that came instead of a token may be one.
            return error;
        }
        let said = Said::read(&reply.body);
        if let Some(message) = said.message {
            error.0.message.extend(["; JumpCloud says: ", &message]);
            error.0.said = error.0.message.len();
            error.trim();
        }
        (error.0.code, error.0.details) = (said.code, said.details);
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
        let why = line(why).unwrap_or_default();
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
        let said = Said::read(&response.body);
        let text = match &said.message {
            Some(text) => text,
            None if kind == ErrorKind::Transport => "a redirect, which is not followed",
            None => kind.name(),
        };
        let mut error = Error::new(kind, format!("{} {text}", response.status)).at(operation.name);
        if kind == ErrorKind::Permission {
            let mut hint = String::new();
            if operation.accepts == Accepts::Nothing {
                hint.push_str("the address has ended (it is good for 15 minutes), or the content is not what it was made for");
            } else if is_html(&response.body, response.header("content-type")) {
                // JumpCloud's API answers in JSON; what stands before it shows a page to an address that it has blocked.
                hint.push_str("a page, not the API, refused this: the address that it came from is blocked, by JumpCloud or by a proxy on the way");
            } else {
                hint.push_str("the role or the scopes of this credential do not allow it");
                if !operation.scopes.is_empty() {
                    hint.extend([" (it needs one of: ", &operation.scopes.join(", "), ")"]);
                }
            }
            error = error.because(&hint);
        }
        let wait = retry_after(&response, None);
        error.0.status = Some(response.status);
        error.0.code = said.code;
        error.0.details = said.details;
        error.0.request_id = response.request_id().and_then(line);
        (error.0.headers, error.0.body) = (response.headers, response.body);
        error.asks(wait)
    }

    /// With the time that JumpCloud asks to wait, if it is not known yet.
    pub(crate) fn asks(mut self, wait: Option<Duration>) -> Error {
        if let (None, Some(wait)) = (self.0.retry_after, wait) {
            self.0.retry_after = Some(wait);
            return self.because(&format!("try again in {} s", wait.as_secs()));
        }
        self
    }

    pub(crate) fn because(mut self, hint: &str) -> Error {
        self.0.message.extend(["; ", hint]);
        self.trim();
        self
    }

    /// What the server said gives way to hints, letter by letter from its end.
    fn trim(&mut self) {
        let Parts { message, said, .. } = &mut *self.0;
        while message.len() > LONGEST_TEXT && *said > 0 {
            *said -= 1;
            if message.is_char_boundary(*said) {
                message.remove(*said);
            }
        }
    }

    /// Forgets the answer: it may be the secret that was asked for, in another shape.
    pub(crate) fn forget_body(&mut self) {
        self.0.body.clear();
    }

    /// Strikes a secret out of what is printed, wherever a server said it back. Of a few letters there may be others.
    pub(crate) fn strike(&mut self, secret: &str) {
        if secret.len() >= SHORTEST_SECRET {
            let parts = &mut *self.0;
            for text in
                [Some(&mut parts.message), parts.code.as_mut(), parts.details.as_mut()].into_iter().flatten()
            {
                *text = without(text, secret);
            }
            // What the server said is no longer than all of it.
            parts.said = parts.said.min(parts.message.len());
        }
    }

    /// With how often the call's request was sent, and whether it may be sent again.
    pub(crate) fn tried(mut self, tries: u32, retryable: bool) -> Error {
        // A token call's error is its own.
        if self.0.tries == 0 {
            (self.0.tries, self.0.retryable) = (tries, retryable);
        }
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

    /// How often the request was sent: 0 when it was refused before, more than 1 when it was tried again
    /// ([`Options::attempts`](crate::Options::attempts)).
    pub fn tries(&self) -> u32 {
        self.0.tries
    }

    /// Whether the same call may be made again, now or after [`retry_after`](Error::retry_after): it may succeed then, and
    /// nothing is done twice. So it is where the request never left, where JumpCloud asks to come back (429), and where no answer
    /// or one of the statuses 500, 502, 503 and 504 came to what may be repeated. A call has done so itself before it gives up.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use jumpcloud_core::{Client, Conversation, Credentials, Now, Options, Parameters, Response, Step};
    ///
    /// let client = Client::new(Credentials::api_key("your-key"));
    /// let now = Now { wall: SystemTime::now(), steady: Duration::ZERO };
    /// let failed = |operation, parameters| -> jumpcloud_core::Result<_> {
    ///     let mut call = client.call(operation, parameters, Options { attempts: 1, ..Options::default() })?;
    ///     let Step::Send(ticket, _) = call.step(now)? else { panic!() };
    ///     call.received(ticket, Response { status: 503, ..Response::default() }, now);
    ///     Ok(call.step(now).unwrap_err())
    /// };
    /// let read = failed("v1.systemUsers.list", Parameters::new())?;
    /// assert!(read.is_retryable() && read.tries() == 1);
    /// let reset = failed("v1.systemUsers.unlock", Parameters::new().with("id", "5f1b"))?;
    /// assert!(!reset.is_retryable());
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
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

    /// The answer's headers as they came, none when no answer did. They are not printed: one may hold a secret.
    pub fn headers(&self) -> &[(String, String)] {
        &self.0.headers
    }

    /// The answer's body as it came, empty when there was none.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The error as a JSON object, for other languages: `kind`, `message` and what else is known, without the body;
    /// `retryAfter` is in seconds; `tries` and `isRetryable` are left out where they are 0 and false.
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
        if self.tries() > 0 {
            json.extend([",\"tries\":", &self.tries().to_string()]);
        }
        if self.is_retryable() {
            json.push_str(",\"isRetryable\":true");
        }
        if let Some(details) = self.details() {
            json.extend([",\"details\":", details]);
        }
        json.push('}');
        json
    }
}

/// A key or token is no shorter; a shorter one would be struck out of words that have nothing to do with it.
const SHORTEST_SECRET: usize = 8;

/// The text with a secret struck out, wherever it holds it or, as messages are cut, its beginning. (`str::replace` brings an
/// algorithm for long texts, and knows the whole only.)
fn without(text: &str, secret: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(letter) = rest.chars().next() {
        let same = rest.chars().zip(secret.chars()).take_while(|(one, other)| one == other);
        let same: usize = same.map(|(letter, _)| letter.len_utf8()).sum();
        if same >= SHORTEST_SECRET {
            plain.push_str(REDACTED);
            rest = rest.get(same..).unwrap_or_default();
        } else {
            plain.push(letter);
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }
    plain
}

/// What an error's body says, whichever of JumpCloud's shapes it has: `{code, message, status, details}`,
/// `{message, error}`, `{error: {message}}`, `{errors: [{message}]}`, OAuth's `{error, error_description}`, an array of any
/// of these, a bare JSON string, plain text, HTML, nothing.
#[derive(Default)]
struct Said {
    message: Option<String>,
    code: Option<String>,
    details: Option<String>,
}

impl Said {
    fn read(body: &[u8]) -> Said {
        let mut body = body.to_vec();
        mend(&mut body);
        let text = std::str::from_utf8(&body).unwrap_or_default();
        let Ok(body) = Value::read(text) else {
            // HTML pages of proxies say nothing worth printing, nor does JSON that is cut off.
            let first = text.trim().lines().next().filter(|first| is_plain(first));
            return Said { message: first.and_then(line), ..Said::default() };
        };
        let inner = body.get("error").filter(|error| matches!(error, Value::Object(_)));
        let find = |key: &str| inner.and_then(|inner| inner.get(key)).or_else(|| body.get(key));
        // OAuth's code is a word; older v1 routes repeat the message under the same key.
        let word = || find("error").and_then(Value::as_str).filter(|word| !word.contains(' '));
        let word = || word().filter(|word| find("message").and_then(Value::as_str) != Some(word));
        let code = match find("code") {
            Some(Value::Number(code)) => Some(code.as_str()),
            Some(Value::String(code)) if !code.trim().is_empty() => Some(code.as_str()),
            _ => word(),
        };
        Said {
            message: message(&body),
            code: code.and_then(line),
            details: find("details").or_else(|| find("errors")).map(Value::to_string),
        }
    }
}

/// The message in an error's body, wherever it stands.
fn message(value: &Value) -> Option<String> {
    match value {
        Value::String(text) | Value::Number(text) => line(text),
        Value::Object(_) => {
            let keys = ["message", "error_description", "error", "errors", "detail", "title", "status"];
            keys.iter().find_map(|key| message(value.get(key)?))
        }
        Value::Array(items) => {
            let mut all = String::new();
            for said in items.iter().filter_map(message) {
                if !all.is_empty() {
                    all.push_str("; ");
                }
                all.push_str(&said);
                if all.len() > LONGEST_TEXT {
                    break;
                }
            }
            line(&all)
        }
        _ => None,
    }
}

/// Letters that nobody sees, and that may show a text as another than it is: soft hyphens, marks of the writing direction,
/// joiners, invisible operators, tags.
fn is_hidden(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A text as one line without letters that are not seen, cut off where a status before it would make it too long; nothing
/// where it is blank.
fn line(text: &str) -> Option<String> {
    let (mut line, mut gap, mut room) = (String::new(), false, LONGEST_TEXT - 4);
    for letter in text.chars() {
        if letter.is_whitespace() || letter.is_control() {
            gap = !line.is_empty();
            continue;
        }
        if is_hidden(letter) {
            continue;
        }
        let needed = 1 + usize::from(gap);
        if needed > room {
            break;
        }
        if gap {
            line.push(' ');
        }
        line.push(letter);
        (gap, room) = (false, room - needed);
    }
    (!line.is_empty()).then_some(line)
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

impl std::error::Error for Error {
    #[cfg(feature = "typed")]
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
