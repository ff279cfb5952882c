//! A [`Client`] holds what all calls share: credentials, region, organization, and the bearer token in use.

use std::sync::Arc;
use std::time::Duration;

use crate::address;
use crate::conversation::{Known, Pace, Position, Session};
use crate::distinct::distinct;
use crate::encode::base64;
use crate::json::{self, Quoted};
use crate::operation::{Accepts, Operation, Organization};
use crate::parameters::{Object, Parameters};
use crate::region::{HostFamily, Region};
use crate::request::{MAX_BODY, Request, Settings, build};
use crate::secret::Secret;
use crate::system_context::check_system_key;
use crate::{Error, Result};

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// An administrator's or a service account's API key (`x-api-key`).
    ApiKey(Secret),
    /// A service account that gets bearer tokens for its id and secret (OAuth 2.0 client credentials).
    ServiceAccount {
        /// The client id.
        id: String,
        /// The client secret.
        secret: Secret,
    },
    /// A system that signs with its agent's key; see [`system_context`](crate::system_context).
    SystemContext {
        /// The system's id: `systemKey` of its agent's configuration.
        system_id: String,
    },
    /// Whoever a function of the host's says: it is asked when a call needs it ([`Step::Identify`](crate::Step)), and what it
    /// says is kept as long as it says, for all calls of the client. A credential that JumpCloud refuses (401) is forgotten, and
    /// the function asked once more.
    Function,
}

impl Credentials {
    /// An API key.
    pub fn api_key(key: impl Into<String>) -> Credentials {
        Credentials::ApiKey(Secret::new(key))
    }

    /// A service account's id and secret.
    pub fn service_account(id: impl Into<String>, secret: impl Into<String>) -> Credentials {
        Credentials::ServiceAccount { id: id.into(), secret: Secret::new(secret) }
    }

    /// The system with this id.
    pub fn system_context(system_id: impl Into<String>) -> Credentials {
        Credentials::SystemContext { system_id: system_id.into() }
    }

    pub(crate) fn basic(id: &str, secret: &Secret) -> String {
        format!("Basic {}", base64(format!("{id}:{}", secret.expose()).as_bytes()))
    }
}

/// What one call may set for itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// Organization ids, instead of the client's; several only for Directory Insights.
    pub organizations: Vec<String>,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// How often a request is tried, the first time included.
    pub attempts: u32,
    /// How long a call may take, with all its tries, its waits and the token that it needs; of a list each of its pages, of a
    /// playbook each of its calls.
    pub deadline: Option<Duration>,
    /// How many bytes an answer may have, decompressed: 256 MiB unless it is set. A longer one is not read to its end.
    pub max_body: u64,
    /// The longest wait that a `Retry-After` may ask for; a longer one ends the call with its error.
    pub longest_wait: Duration,
    /// Refuse unknown keys and unlisted values in bodies too.
    pub strict: bool,
    /// Of a list, how many items are wanted in all.
    pub limit: Option<u64>,
    /// Of a list, how many items a page should have: the operation's maximum unless it is set. More than JumpCloud
    /// allows counts as what it allows.
    pub page_size: Option<u64>,
    /// Of a list, at most this many pages in flight; more than 64 count as 64.
    pub concurrency: usize,
    /// Of a list, at most this many pages: no server makes a call endless.
    pub max_pages: u64,
    /// Where a list begins: where another one stood ([`Pages::position`](crate::Pages::position)).
    pub from: Option<Position>,
    /// Of a list of events, which arrive minutes late: nothing newer than this is asked for. Two minutes where the list
    /// goes on from a position; else it counts only when it is given.
    pub lag: Option<Duration>,
    /// Of a list of events: how much before its end the list that goes on from there begins; ten minutes unless it is
    /// given. An event is lost only if it arrives later than `lag` and `overlap` together.
    pub overlap: Option<Duration>,
    /// A number that differs from call to call, for jitter and form boundaries.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            organizations: Vec::new(),
            headers: Vec::new(),
            attempts: 4,
            deadline: None,
            max_body: MAX_BODY,
            longest_wait: Duration::from_secs(60),
            strict: false,
            limit: None,
            page_size: None,
            concurrency: 4,
            max_pages: 100_000,
            from: None,
            lag: None,
            overlap: None,
            seed: 0,
        }
    }
}

/// What all calls share. Clones are the same client: they share the bearer token, unless one is turned to another region or
/// address.
///
/// ```
/// use jumpcloud_core::{Client, Credentials, Options, Parameters, region::Region};
///
/// let client = Client::new(Credentials::api_key("your-key")).region(Region::Eu);
/// let request = client.prepare("v1.systemUsers.get", &Parameters::new().with("id", "5f1b"), &Options::default())?;
/// assert_eq!(request.url, "https://console.eu.jumpcloud.com/api/systemusers/5f1b");
/// assert!(!format!("{request}").contains("your-key"));
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) credentials: Credentials,
    region: Region,
    pub(crate) organization: Option<String>,
    base_urls: Vec<(HostFamily, String)>,
    allow_http: bool,
    pub(crate) joins_headers: bool,
    /// What requests say of themselves; nothing in browsers, which say it.
    agent: Option<String>,
    pub(crate) session: Arc<Session<Secret>>,
    /// What the function says of who calls.
    pub(crate) identities: Arc<Session<Known>>,
    pub(crate) pace: Arc<Pace>,
}

impl Client {
    /// A client for the region [`Region::Us`], without an organization.
    pub fn new(credentials: Credentials) -> Client {
        Client {
            credentials,
            region: Region::Us,
            organization: None,
            base_urls: Vec::new(),
            allow_http: false,
            joins_headers: false,
            agent: Some(agent("Rust")),
            session: Arc::default(),
            identities: Arc::default(),
            pace: Arc::default(),
        }
    }

    /// Calls another region, on all its hosts.
    #[must_use]
    pub fn region(mut self, region: Region) -> Client {
        self.region = region;
        self.moved();
        self
    }

    /// A token belongs to the place that gave it, and what is kept with a credential is its token.
    fn moved(&mut self) {
        (self.session, self.identities) = Default::default();
    }

    /// Names the organization, where an operation takes one: multi-tenant administrators need it.
    #[must_use]
    pub fn organization(mut self, id: impl Into<String>) -> Client {
        self.organization = Some(id.into());
        self
    }

    /// At most so many requests are in flight at once, of all calls of this client and its clones together, tries and token
    /// calls among them; 0 counts as 1. Others are held until one of them has its answer.
    #[must_use]
    pub fn requests_in_flight(mut self, most: u64) -> Client {
        self.pace = Pace::new(Some(most), self.pace.per_second);
        self
    }

    /// At most so many requests start in any second, of all calls of this client and its clones together; 0 counts as 1.
    #[must_use]
    pub fn requests_per_second(mut self, most: u64) -> Client {
        self.pace = Pace::new(self.pace.in_flight, Some(most));
        self
    }

    /// Lets base URLs and uploads do without TLS: whoever is on the way reads the credential and all that is sent. This machine
    /// may be called so without it. To be said before the base URL.
    #[must_use]
    pub fn allow_http(mut self) -> Client {
        self.allow_http = true;
        self
    }

    /// Says that whoever sends the requests joins headers of one name into one line, as `fetch` and `URLSession` do.
    ///
    /// Directory Insights wants a line for each organization. So of several organizations a list is then one for each, in
    /// turn, and a single call over several is refused.
    ///
    /// ```
    /// use jumpcloud_core::{Client, Credentials, Options, Parameters};
    ///
    /// let client = Client::new(Credentials::api_key("your-key")).joins_headers();
    /// let day = Parameters::from_json(r#"{"body":{"service":["all"],"start_time":"2026-01-01T00:00:00Z"}}"#)?;
    /// let several = Options { organizations: vec!["5f1b".into(), "5f1c".into()], ..Options::default() };
    /// assert!(client.call("insights.events.count", day.clone(), several.clone()).is_err());
    /// assert!(client.pages("insights.events.query", day, several).is_ok());
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    #[must_use]
    pub fn joins_headers(mut self) -> Client {
        self.joins_headers = true;
        self
    }

    /// What the program calls itself: every request says `user-agent: jumpcloud-client/VERSION (LANGUAGE) PROGRAM`. JumpCloud
    /// keeps it with the events that a request makes (`useragent`), so that an administrator sees what did it. A header that a
    /// call gives goes before it.
    ///
    /// ```
    /// use jumpcloud_core::{Client, Credentials, Options, Parameters};
    ///
    /// let client = Client::new(Credentials::api_key("your-key")).user_agent("offboarding/2.1")?;
    /// let request = client.prepare("v1.systemUsers.list", &Parameters::new(), &Options::default())?;
    /// let agent = format!("jumpcloud-client/{} (Rust) offboarding/2.1", env!("CARGO_PKG_VERSION"));
    /// assert_eq!(request.header("user-agent"), Some(agent.as_str()));
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind) when it is empty, longer than 256 bytes, or holds other characters than
    /// the visible ones of ASCII and single spaces between them.
    pub fn user_agent(mut self, program: &str) -> Result<Client> {
        let word = |word: &str| !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_graphic());
        if program.len() > 256 || !program.split(' ').all(word) {
            let message = "expected a name such as offboarding/2.1: up to 256 visible characters of ASCII, words with a space between them";
            return Err(Error::invalid(message).parameter_named("userAgent"));
        }
        // Where the platform says what it is, nothing is added.
        self.agent = self.agent.map(|agent| agent + " " + program);
        Ok(self)
    }

    /// The language that requests come from; without one, they say nothing of it.
    pub(crate) fn language(mut self, language: Option<&str>) -> Client {
        self.agent = language.map(agent);
        self
    }

    /// Sends one family of operations to another address: a proxy, a fake. It beats the region.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind) when it is no http(s) URL without query and user, and when it is plain
    /// HTTP to another machine, unless that is [allowed](Client::allow_http).
    pub fn base_url(mut self, family: HostFamily, url: &str) -> Result<Client> {
        let url = url.trim_end_matches('/');
        let wrong = |why: &str| {
            let message = format!("expected a base URL such as https://proxy.example.com; {why}");
            Err(Error::invalid(message).parameter_named("baseUrl"))
        };
        match address::read(url) {
            Err(why) => return wrong(why),
            Ok(_) if url.contains('?') => return wrong("it holds a query"),
            Ok(address) if !address.secure && !address.loopback && !self.allow_http => {
                return wrong("plain HTTP shows the credential to whoever is on the way; allowHttp lets it");
            }
            Ok(_) => {}
        }
        self.base_urls.retain(|(known, _)| *known != family);
        self.base_urls.push((family, url.to_owned()));
        self.moved();
        Ok(self)
    }

    /// Sends every family of operations to one address.
    ///
    /// # Errors
    /// As [`Client::base_url`].
    pub fn base_urls(self, url: &str) -> Result<Client> {
        self.base_url(HostFamily::Console, url)?
            .base_url(HostFamily::Insights, url)?
            .base_url(HostFamily::OAuth, url)
    }

    /// The request for a call, not sent: without a bearer token or signature, which are made when it is.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind) as [`build`], and when this client's credentials may
    /// not call the operation.
    pub fn prepare(&self, operation: &str, parameters: &Parameters, options: &Options) -> Result<Request> {
        self.request(Operation::find(operation)?, parameters, options)
    }

    pub(crate) fn request(
        &self,
        operation: &'static Operation,
        parameters: &Parameters,
        options: &Options,
    ) -> Result<Request> {
        let parameters =
            parameters.spelled(operation.spellings()).map_err(|error| error.at(operation.name))?;
        self.permit(operation, &parameters).map_err(|error| error.at(operation.name))?;
        let mut organizations = options.organizations.clone();
        if organizations.is_empty() && operation.organization != Organization::Refused {
            organizations.extend(self.organization.clone());
        }
        distinct(&mut organizations, String::clone);
        if organizations.len() > 1 && self.joins_headers && operation.organization == Organization::Several {
            return Err(Error::invalid(
                "a single call takes one organization here (JumpCloud wants a header line for each of several, and \
                 the lines are joined on their way): call it once for each",
            )
            .parameter_named("organization")
            .at(operation.name));
        }
        let settings = Settings {
            origin: self.origin(operation.host()),
            organizations,
            headers: options.headers.clone(),
            strict: options.strict,
            allow_http: self.allow_http,
            boundary: options.seed,
        };
        let mut request = build(operation, &parameters, &settings)?;
        if let Some(agent) = &self.agent
            && request.header("user-agent").is_none()
        {
            request.headers.push(("user-agent".into(), agent.clone()));
        }
        self.authenticate(operation, &mut request)?;
        Ok(request)
    }

    /// Puts the credential into a request, where it goes as it is.
    pub(crate) fn authenticate(&self, operation: &'static Operation, request: &mut Request) -> Result<()> {
        match (&self.credentials, operation.accepts) {
            (_, Accepts::Nothing) => {}
            (Credentials::ServiceAccount { id, secret }, Accepts::ClientSecret) => {
                request.headers.push(("authorization".into(), Credentials::basic(id, secret)));
            }
            (Credentials::ApiKey(key), _) => {
                let plain = !key.expose().is_empty() && key.expose().bytes().all(|b| b.is_ascii_graphic());
                if !plain {
                    return Err(Error::invalid("the API key is empty or holds characters that no key has")
                        .at(operation.name));
                }
                request.headers.push(("x-api-key".into(), key.expose().to_owned()));
            }
            _ => {}
        }
        Ok(())
    }

    fn origin(&self, family: Option<HostFamily>) -> String {
        let Some(family) = family else {
            return String::new();
        };
        let other = self.base_urls.iter().find(|(known, _)| *known == family);
        other.map_or_else(|| self.region.origin(family).to_owned(), |(_, url)| url.clone())
    }

    /// Refuses what these credentials may not call, before anything is sent.
    fn permit(&self, operation: &'static Operation, parameters: &Parameters) -> Result<()> {
        match (&self.credentials, operation.accepts) {
            (Credentials::SystemContext { system_id }, Accepts::KeyBearerOrSystem) => {
                check_system_key(system_id)?;
                own_system(operation, parameters, system_id)
            }
            (Credentials::SystemContext { .. }, Accepts::KeyOrBearer) => {
                let allowed: Vec<&str> = Operation::all()
                    .filter(|operation| operation.accepts == Accepts::KeyBearerOrSystem)
                    .map(|operation| operation.name)
                    .collect();
                Err(Error::invalid(format!(
                    "System Context may not call this; it may call {}",
                    allowed.join(", ")
                )))
            }
            (Credentials::ServiceAccount { .. }, _) | (_, Accepts::Nothing) => Ok(()),
            (_, Accepts::ClientSecret) => {
                Err(Error::invalid("only a service account's id and secret get a token"))
            }
            _ => Ok(()),
        }
    }
}

fn agent(language: &str) -> String {
    ["jumpcloud-client/", env!("CARGO_PKG_VERSION"), " (", language, ")"].concat()
}

/// A system may speak for itself only: JumpCloud refuses another system's id. Each id that is there counts: which of two
/// JumpCloud would read is its affair.
fn own_system(operation: &Operation, parameters: &Parameters, own: &str) -> Result<()> {
    let given: Vec<String> = match operation.own_system.split_once('.') {
        None => parameters.get(operation.own_system).map(str::to_owned).into_iter().collect(),
        Some((body, key)) => {
            let body = parameters.get(body).and_then(|body| Object::read(body).ok()).unwrap_or_default();
            let ids = body.entries().filter(|(name, _)| name.eq_ignore_ascii_case(key));
            ids.map(|(_, id)| id.to_owned()).collect()
        }
    };
    for id in given {
        let id = json::text(&id).map_or_else(|_| id.clone(), |id| id.into_owned());
        if !id.eq_ignore_ascii_case(own) {
            return Err(Error::invalid(format!(
                "{}: System Context speaks for its own system, {own}, not for {id}",
                operation.own_system,
                id = Quoted(&id)
            ))
            .parameter_named(operation.own_system));
        }
    }
    Ok(())
}
