//! Makes requests: [`build`] turns an operation and its parameters into what goes over the wire.

mod body;
mod composer;
mod redaction;
mod url;

use std::borrow::Cow;
use std::time::Duration;

use crate::filter::Filter;
use crate::json::{Quoted, Value};
use crate::nearest::nearest;
use crate::operation::{Accepts, Answers, Method, Operation, Organization, Parameter, Place, Style};
use crate::parameters::Parameters;
use crate::{Error, Result};

pub use body::Attachment;
pub use composer::provide_composer;

/// An HTTP request: everything a transport needs, and nothing it has to change.
///
/// The URL must be sent as it stands: System Context signs its very bytes.
/// Printing a request (`{}` or `{:?}`) hides credentials and secret values.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The whole URL, percent-encoded.
    pub url: String,
    /// The headers, names in lower case. `Content-Length` and `Host` are the transport's.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body.
    pub body: Body,
    /// How long the answer may take to come, to its last byte: what is left of the call's deadline.
    pub timeout: Option<Duration>,
    /// How many bytes of the answer's body are wanted, decompressed: a transport stops behind them, and says
    /// [`TooLarge`](crate::Failure::TooLarge).
    pub max_body: u64,
    /// Where the path that JumpCloud sees starts in the URL.
    pub(crate) target: usize,
    pub(crate) secret_url: bool,
}

/// What [`Request::max_body`] is unless [`Options::max_body`](crate::Options::max_body) says otherwise: more than any page
/// or event report has, less than a small machine's memory.
pub(crate) const MAX_BODY: u64 = 256 << 20;

/// The body of a request. Printing it tells its length only.
#[derive(Clone, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// These bytes.
    Bytes(Vec<u8>),
    /// The caller's [`Attachment`], between these bytes.
    Attachment {
        /// What goes before the content.
        before: Vec<u8>,
        /// What goes after it.
        after: Vec<u8>,
        /// How long the content is.
        length: u64,
    },
}

/// What a request needs beside its parameters.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Scheme and host (and, for a proxy, the beginning of the path), without a slash at the end.
    pub origin: String,
    /// Organization ids; more than one only where the operation takes several.
    pub organizations: Vec<String>,
    /// Further headers. Credentials are not given here.
    pub headers: Vec<(String, String)>,
    /// Refuse also unknown keys and unlisted values in the body.
    pub strict: bool,
    /// An upload may go to an address without TLS that is not this machine.
    pub allow_http: bool,
    /// Separates the parts of a form: any number that the content is unlikely to hold.
    pub boundary: u64,
}

/// Builds the request for an operation, without credentials.
///
/// ```
/// use jumpcloud_core::{Operation, Parameters, request::{Settings, build}};
///
/// let operation = Operation::find("v2.userGroups.members.list")?;
/// let parameters = Parameters::new().with("group_id", "5f1b").with("limit", 100);
/// let settings = Settings { origin: "https://console.jumpcloud.com".into(), ..Settings::default() };
/// let request = build(operation, &parameters, &settings)?;
/// assert_eq!(request.url, "https://console.jumpcloud.com/api/v2/usergroups/5f1b/members?limit=100");
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidRequest`](crate::ErrorKind) for a missing, unknown or wrong parameter.
pub fn build(operation: &'static Operation, parameters: &Parameters, settings: &Settings) -> Result<Request> {
    parts(operation, parameters, settings).map_err(|error| error.at(operation.name))
}

/// Servers refuse a request with more headers (Apache's LimitRequestFields, and others' limits, are of that size).
const MOST_HEADERS: usize = 100;

fn parts(operation: &'static Operation, parameters: &Parameters, settings: &Settings) -> Result<Request> {
    parameters.check()?;
    let parameters = &*parameters.spelled(operation.spellings())?;
    if let Some(name) = parameters.names().find(|name| operation.names_taken().all(|known| known != *name)) {
        return Err(unknown(operation, name));
    }
    let mut given: Vec<(&Parameter, Option<&str>)> = Vec::with_capacity(operation.parameters.len());
    for parameter in &operation.parameters {
        // An empty list of values is none: `fields=` might mean no fields at all.
        // An empty filter stays, to be refused: it would match everything.
        let given_value = |value: &&str| *value != "null" && (*value != "[]" || parameter.filter);
        let value = parameters.get(parameter.name).filter(given_value);
        if parameter.required && value.is_none() {
            return Err(wrong(parameter.name, &format!("missing; expected {}", expected(parameter))));
        }
        given.push((parameter, value));
    }
    let (url, target) = url::url(operation, &given, settings)?;
    let (media_type, body) =
        body::body(operation, &given, parameters.get("body").filter(|body| *body != "null"), settings)?;
    let mut headers: Vec<(Cow<'static, str>, String)> = Vec::new();
    if operation.accepts != Accepts::Nothing {
        headers.push(("accept".into(), accept(operation)));
    }
    if let Some(media_type) = media_type {
        headers.push(("content-type".into(), media_type));
    }
    organization(operation, settings, &mut headers)?;
    for (parameter, value) in given {
        if let (Place::Header, Some(value)) = (parameter.place, value) {
            headers.push((
                parameter.name.to_ascii_lowercase().into(),
                header_value(parameter.name, &url::scalar(parameter, value)?)?,
            ));
        }
    }
    if settings.headers.len() > MOST_HEADERS {
        return Err(Error::invalid(format!(
            "headers: expected at most {MOST_HEADERS}, which is what servers take"
        )));
    }
    for (name, value) in &settings.headers {
        let name = name.to_ascii_lowercase();
        if matches!(
            name.as_str(),
            "x-api-key" | "authorization" | "date" | "x-org-id" | "host" | "content-length"
        ) {
            return Err(Error::invalid(format!("the header {name} is set by the client, not by the caller")));
        }
        if name.is_empty()
            || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
        {
            return Err(Error::invalid(format!("{name} is not a header name", name = Quoted(&name))));
        }
        headers.retain(|(known, _)| *known != name);
        let value = header_value(&name, value)?;
        headers.push((name.into(), value));
    }
    Ok(Request {
        method: operation.method,
        url,
        headers,
        body,
        timeout: None,
        max_body: MAX_BODY,
        target,
        secret_url: operation.accepts == Accepts::Nothing,
    })
}

fn wrong(parameter: &str, message: &str) -> Error {
    Error::invalid(format!("{parameter}: {message}")).parameter_named(parameter)
}

fn unknown(operation: &Operation, name: &str) -> Error {
    let known: Vec<&str> = operation.names_taken().collect();
    let near = nearest(name, known.iter().copied());
    let near = match (near.is_empty(), known.is_empty()) {
        (false, _) => near,
        (true, true) => "; it takes none".into(),
        (true, false) => format!("; it takes {}", known.join(", ")),
    };
    Error::invalid(format!("there is no parameter {name}{near}", name = Quoted(name))).parameter_named(name)
}

fn expected(parameter: &Parameter) -> String {
    match (parameter.filter, parameter.style) {
        (true, _) => "a filter: text such as \"field:eq:value\", or an expression".into(),
        (_, Style::Deep) => "text, or an object with searchTerm and fields".into(),
        (_, Style::Single) => parameter.schema.kind.words(),
        _ => format!("{}, or an array of them", parameter.schema.kind.words()),
    }
}

/// A filter as a caller gives it: JumpCloud's text, several of them, or an expression.
fn read_filter(name: &str, value: &str) -> Result<Filter> {
    Filter::from_json(value).map_err(|error| named(name, error))
}

fn named(name: &str, error: Error) -> Error {
    wrong(name, error.message())
}

fn read(name: &str, json: &str) -> Result<Value> {
    Value::read(json).map_err(|fault| wrong(name, &fault.to_string()))
}

fn header_value(name: &str, value: &str) -> Result<String> {
    // A line break would start another header.
    if value.bytes().any(|b| (b < 0x20 && b != b'\t') || b == 0x7f) {
        return Err(wrong(name, "a header cannot hold control characters"));
    }
    Ok(value.to_owned())
}

/// JSON, which errors are too, and the other media types that JumpCloud describes; of a file whatever comes. Of what
/// comes as JSON or as text, JSON is asked for.
fn accept(operation: &Operation) -> String {
    let json = "application/json";
    let either = operation.answers == Answers::JsonOrText;
    let described = operation.media_types.iter().filter(|media_type| !either && **media_type != json);
    let any = matches!(operation.answers, Answers::Text | Answers::Bytes);
    let mut accept = if any { String::new() } else { json.to_owned() };
    for media_type in described.copied().chain(any.then_some("*/*")) {
        if !accept.is_empty() {
            accept.push_str(", ");
        }
        accept.push_str(media_type);
    }
    accept
}

fn organization(
    operation: &Operation,
    settings: &Settings,
    headers: &mut Vec<(Cow<'static, str>, String)>,
) -> Result<()> {
    match operation.organization {
        Organization::Refused if !settings.organizations.is_empty() => {
            return Err(Error::invalid(
                "JumpCloud refuses an organization here: this is about the account as a whole; leave it out",
            )
            .parameter_named("organization"));
        }
        Organization::Required if settings.organizations.is_empty() => {
            return Err(Error::invalid(
                "this operation needs an organization id: give one to the client or to the call",
            ));
        }
        Organization::Optional | Organization::Required if settings.organizations.len() > 1 => {
            return Err(Error::invalid("this operation takes one organization id: call it once for each"));
        }
        _ => {}
    }
    for id in &settings.organizations {
        check_organization(id)?;
        headers.push(("x-org-id".into(), id.clone()));
    }
    Ok(())
}

pub(crate) fn check_organization(id: &str) -> Result<()> {
    let whole = id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if !id.is_empty() && whole {
        return Ok(());
    }
    let message = format!("organization: expected one id of letters and digits, got {id}", id = Quoted(id));
    Err(Error::invalid(message).parameter_named("organization"))
}

impl Request {
    /// The path and query as JumpCloud sees them: what System Context signs.
    pub fn target(&self) -> &str {
        self.url.get(self.target..).unwrap_or_default()
    }

    /// Scheme and host: a redirect to anywhere else must not be followed.
    pub fn origin(&self) -> &str {
        let host = self.url.find(':').map_or(0, |scheme| scheme + 3);
        let length = self.url.get(host..).and_then(|rest| rest.find(['/', '?']));
        length.and_then(|length| self.url.get(..host + length)).unwrap_or(&self.url)
    }

    /// Whether the URL is a secret, as that of an upload is: whoever has it may do what it is for. Exceptions of transports
    /// like to name it.
    pub fn is_presigned(&self) -> bool {
        self.secret_url
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}
