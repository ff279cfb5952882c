//! From an HTTP request to an answer: one road for all operations.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode, header};
use jumpcloud_core::Operation;
use jumpcloud_core::operation::{Api, BodyForm, Method, Organization, Strategy};
use jumpcloud_core::{route, schema};
use serde_json::{Map, Value, json};
use tower_http::services::ServeDir;

use crate::calendar;
use crate::call::{Answer, Call, Outcome};
use crate::company::Company;
use crate::credentials::{Credentials, Received};
use crate::examples;
use crate::generic;
use crate::id::Id;
use crate::lenient;
use crate::log::{Log, LoggedRequest, redacted_body, redacted_headers};
use crate::operations::{Handler, handler, may_lack};
use crate::quirks::{Quirks, due};
use crate::random::Random;
use crate::refusal::Refusal;
use crate::send::{send, send_badly};
use crate::socket::Line;
use crate::state::Plan;

/// What an answer says behind which no state is.
const EXAMPLE: (&str, &str) = ("x-fake", "example");

/// The largest body that is read.
const LARGEST_BODY: usize = 64 << 20;

/// What the fake remembers.
pub(crate) struct State {
    /// The organizations; one, unless the administrator is multi-tenant.
    pub(crate) companies: Vec<Company>,
    /// What they follow from.
    pub(crate) plan: Plan,
    /// Who may call.
    pub(crate) credentials: Credentials,
}

/// A request as it came from the socket.
struct Incoming {
    method: String,
    target: String,
    path: String,
    headers: Vec<(String, String)>,
    /// None when it is too large.
    body: Option<Vec<u8>>,
    number: u64,
}

/// The fake without its socket.
pub(crate) struct Server {
    state: RwLock<State>,
    quirks: RwLock<Quirks>,
    log: Mutex<Log>,
    count: AtomicU64,
    changes: AtomicU64,
    seed: u64,
    /// Whether what the table does not have is refused.
    strict: bool,
    /// The files of a web page.
    explorer: Option<ServeDir>,
    /// What `GET /` says where there is no page.
    pub(crate) welcome: RwLock<String>,
}

impl Server {
    /// A server around a state.
    pub(crate) fn new(
        state: State,
        quirks: Quirks,
        seed: u64,
        strict: bool,
        explorer: Option<PathBuf>,
    ) -> Server {
        Server {
            state: RwLock::new(state),
            quirks: RwLock::new(quirks),
            log: Mutex::default(),
            count: AtomicU64::new(0),
            changes: AtomicU64::new(0),
            seed,
            strict,
            explorer: explorer.map(ServeDir::new),
            welcome: RwLock::default(),
        }
    }

    /// The state, to look at.
    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, to change.
    pub(crate) fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many calls may have changed something.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// The log of requests.
    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the fake misbehaves now.
    pub(crate) fn quirks(&self) -> Quirks {
        self.quirks.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How it misbehaves from now on; the numbers of requests start again.
    pub(crate) fn set_quirks(&self, quirks: Quirks) {
        *self.quirks.write().unwrap_or_else(PoisonError::into_inner) = quirks;
        self.count.store(0, Ordering::Relaxed);
    }

    /// Whether there is a page to show at `/`.
    pub(crate) fn has_explorer(&self) -> bool {
        self.explorer.is_some()
    }

    /// A file of the page; what is an operation's path, or the fake's own, is none.
    async fn file(&self, method: &axum::http::Method, uri: &axum::http::Uri) -> Option<Response<Body>> {
        let mut files = self.explorer.clone()?;
        let path = uri.path();
        if *method != axum::http::Method::GET
            || path.starts_with("/__fake/")
            || route::find("GET", path).is_ok()
        {
            return None;
        }
        let request = Request::builder().uri(uri).body(Body::empty()).ok()?;
        let answer = files.try_call(request).await.ok()?;
        let found = answer.status().is_success() || answer.status() == StatusCode::NOT_MODIFIED;
        found.then(|| answer.map(Body::new))
    }

    /// The axum application.
    pub(crate) fn application(self: Arc<Server>) -> Router {
        Router::new().fallback(move |ConnectInfo(line): ConnectInfo<Line>, request: Request<Body>| {
            let server = Arc::clone(&self);
            async move { server.serve(line, request).await }
        })
    }

    async fn serve(self: Arc<Server>, line: Line, request: Request<Body>) -> Response<Body> {
        let (head, body) = request.into_parts();
        if let Some(file) = self.file(&head.method, &head.uri).await {
            return file;
        }
        let method = head.method.as_str().to_owned();
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: Vec<(String, String)> =
            head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let body = read_body(body).await;
        if method == "OPTIONS" {
            return send(Answer::empty(204), false);
        }
        if path == "/" || path.starts_with("/__fake/") {
            let server = Arc::clone(&self);
            let answer = move || server.control(&method, &path, &body.unwrap_or_default());
            let answer = tokio::task::spawn_blocking(answer).await;
            return send(answer.unwrap_or_else(|_| Answer::empty(500)), false);
        }

        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let quirks = match own_quirks(self.quirks(), &headers) {
            Ok(quirks) => quirks,
            Err(error) => {
                return send(
                    Answer::json(400, &json!({"message": format!("x-fake-quirks: {error}")})),
                    false,
                );
            }
        };
        let arrived = tokio::time::Instant::now();
        let server = Arc::clone(&self);
        let asked = quirks.clone();
        let incoming = Incoming { method, target, path, headers, body, number };
        // What takes time must not stop those who take in requests and send answers.
        let working = tokio::task::spawn_blocking(move || server.work(&incoming, &asked));
        let answer = working.await.unwrap_or_else(|_| Refusal::server_error(500).answer(Api::V1));
        // What it takes to make the answer up is part of the wait: a server far away does not compete for this machine.
        tokio::time::sleep_until(arrived + Duration::from_millis(quirks.latency_ms)).await;
        if due(number, quirks.reset_every) {
            line.reset();
        }
        if due(number, quirks.continue_every) {
            line.flood();
        }
        send_badly(answer, &quirks, number)
    }

    /// Answers a request and notes it.
    fn work(&self, incoming: &Incoming, quirks: &Quirks) -> Answer {
        let Incoming { method, target, path, headers, body, number } = incoming;
        let (method, path, number) = (method.as_str(), path.as_str(), *number);
        let contents = body.as_deref().unwrap_or_default();
        let now = calendar::now().saturating_add(quirks.clock_skew_s.saturating_mul(1000));
        let received = Received { method, target, headers, body: contents, now, number };
        let mut off = Vec::new();
        let found = if self.strict {
            route::find(method, path).map(|operation| (operation, path.to_owned()))
        } else {
            lenient::find(method, path)
        };
        let found = found.inspect(|(operation, tidied)| {
            if tidied != path {
                off.push(format!("the path is written {}, not {path}", operation.path));
            }
        });
        let operation = found.as_ref().ok().map(|(operation, _)| *operation);
        let api = operation.map_or_else(|| api_of(path), Operation::api);
        let random = Random::new(self.seed ^ number.rotate_left(32) ^ received.now as u64, "request").next();
        let answer = if due(number, quirks.rate_limit_every) {
            let answer = Refusal::too_many_requests().answer(api);
            quirks.retry_after.map_or(answer.clone(), |seconds| answer.with("retry-after", seconds))
        } else if due(number, quirks.server_error_every) {
            Refusal::server_error(quirks.server_error_status).answer(api)
        } else {
            let outcome = match &found {
                _ if body.is_none() => Err(Refusal::too_large()),
                Ok((operation, path)) => self.answer(&received, path, operation, quirks, random, &mut off),
                Err(error) => Err(unknown(&self.meant(path), error)),
            };
            outcome.unwrap_or_else(|refusal| match refusal.status {
                405 => refusal.answer(api).with("allow", allowed(&self.meant(path)).join(", ")),
                _ => refusal.answer(api),
            })
        };
        self.log().add(LoggedRequest {
            method: method.to_owned(),
            target: target.clone(),
            headers: redacted_headers(headers),
            body: redacted_body(contents),
            operation: operation.map(|operation| operation.name),
            status: answer.status,
            example: answer.headers.iter().any(|(name, _)| *name == EXAMPLE.0),
            off,
        });
        answer.with("x-request-id", format!("{random:016x}"))
    }

    /// The path that was meant.
    fn meant(&self, path: &str) -> String {
        lenient::tidied(path).filter(|_| !self.strict).unwrap_or_else(|| path.to_owned())
    }

    fn answer(
        &self,
        received: &Received,
        path: &str,
        operation: &'static Operation,
        quirks: &Quirks,
        random: u64,
        off: &mut Vec<String>,
    ) -> Outcome {
        let handler = handler(operation.name);
        let (system, organizations) = {
            let state = self.state();
            let system = state.credentials.check(operation, received, &state.companies)?;
            (system, named(operation, received, &state.companies, system, self.strict)?)
        };
        let company = organizations.first().copied().unwrap_or_default();
        if self.state().companies[company].later.is_due(received.now) {
            self.state_mut().companies[company].catch_up(received.now);
        }
        let reading = lenient::read(operation, path, received, self.strict, off)?;
        let (recognised, body) = (reading.recognised, &reading.body[..]);
        let parameters = recognised.parameters.to_json();
        let mut parameters: Map<String, Value> = serde_json::from_str(&parameters).unwrap_or_default();
        let call = Call {
            operation,
            body: parameters.remove("body").unwrap_or_default(),
            parameters,
            raw: body,
            origin: received.header("host").map_or_else(String::new, |host| format!("http://{host}")),
            target: received.target,
            now: received.now,
            random,
            quirks,
            number: received.number,
            around: None,
            found: Cell::default(),
            system,
            organizations,
        };
        check_body(&call, body, off)?;
        if !operation.safe {
            self.changes.fetch_add(1, Ordering::Relaxed);
        }
        let answer = self.dispatch(&handler, company, received, &call)?;
        match call.found.get() {
            0 => Ok(answer),
            // A list that shall have no end had one there.
            found => {
                let call = Call { around: Some(found), found: Cell::default(), ..call };
                self.dispatch(&handler, company, received, &call)
            }
        }
    }

    fn dispatch(&self, handler: &Handler, company: usize, received: &Received, call: &Call) -> Outcome {
        match handler {
            Handler::Read(read) => read(&self.state().companies[company], call),
            Handler::ReadAll(read) => read(&self.state().companies, call),
            Handler::View(view) => view.answer(&self.state().companies[company], call),
            Handler::Example => {
                let state = self.state();
                let company = &state.companies[company];
                generic::check_parents(company, call)?;
                Ok(examples::answer(company, call)?.with(EXAMPLE.0, EXAMPLE.1))
            }
            Handler::Family(place) => {
                let answer = generic::answer(place, &self.state().companies[company], call)?;
                if !call.operation.safe {
                    let company = &mut self.state_mut().companies[company];
                    generic::forget(company, place, call);
                    company.events.note(call);
                }
                Ok(answer)
            }
            Handler::Token => self.state_mut().credentials.token(received, &call.body, call),
            Handler::Write(write) => {
                let company = &mut self.state_mut().companies[company];
                let answer = write(company, call)?;
                company.events.note(call);
                Ok(answer)
            }
            Handler::Change(change) => {
                let company = &mut self.state_mut().companies[company];
                let answer = change.apply(company, call)?;
                company.events.note(call);
                Ok(answer)
            }
            Handler::WriteAll(write) => write(&mut self.state_mut().companies, call),
        }
    }
}

/// The first system that may sign.
pub(crate) fn signing_system(company: &Company) -> Option<Id> {
    company.systems.ids().find(|id| company.systems.field(*id, "mdm").is_some_and(|mdm| mdm["dep"] == false))
}

/// A whole body; none when it is larger than [`LARGEST_BODY`]: what follows is thrown away, so that the answer arrives.
async fn read_body(body: Body) -> Option<Vec<u8>> {
    const PATIENCE: usize = 1 << 30;
    let (mut body, mut read, mut seen) = (std::pin::pin!(body), Some(Vec::new()), 0_usize);
    while let Some(Ok(frame)) =
        std::future::poll_fn(|context| http_body::Body::poll_frame(body.as_mut(), context)).await
    {
        let Some(data) = frame.data_ref() else { continue };
        seen = seen.saturating_add(data.len());
        if seen > PATIENCE {
            break;
        }
        read = read.filter(|_| seen <= LARGEST_BODY);
        if let Some(read) = &mut read {
            read.extend_from_slice(data);
        }
    }
    read
}

/// How the fake misbehaves for one request: the header `x-fake-quirks` changes what is set.
fn own_quirks(quirks: Quirks, headers: &[(String, String)]) -> Result<Quirks, String> {
    match headers.iter().find(|(name, _)| name == "x-fake-quirks") {
        Some((_, changes)) => quirks.with(changes),
        None => Ok(quirks),
    }
}

/// The API of an unknown path, for the shape of the refusal.
fn api_of(path: &str) -> Api {
    match path {
        _ if path.starts_with("/api/v2") => Api::V2,
        _ if path.starts_with("/insights") => Api::Insights,
        _ if path.starts_with("/oauth2") => Api::OAuth,
        _ => Api::V1,
    }
}

/// The methods that a path knows.
fn allowed(path: &str) -> Vec<&'static str> {
    let all = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete].map(Method::as_str);
    all.into_iter().filter(|method| route::find(method, path).is_ok()).collect()
}

/// Why no operation is found.
fn unknown(path: &str, error: &jumpcloud_core::Error) -> Refusal {
    match allowed(path).is_empty() {
        true => Refusal::not_found(format!("Not Found: no operation has the path {path}")),
        false => Refusal::method_not_allowed(error.message()),
    }
}

/// The numbers of the organizations that a call is about, by JumpCloud's rules for `x-org-id`: of none, the administrator's own.
fn named(
    operation: &Operation,
    received: &Received,
    companies: &[Company],
    system: Option<Id>,
    strict: bool,
) -> Result<Vec<usize>, Refusal> {
    let named: Vec<&str> = received
        .headers
        .iter()
        .filter(|(name, _)| name == "x-org-id")
        // A line for each: what comes joined, as `fetch` and proxies do it (RFC 9110, 5.3), is the id of no organization.
        .map(|(_, value)| value.trim())
        // Tools in use send it empty for "none".
        .filter(|name| strict || !name.is_empty())
        .collect();
    if let Some(system) = system {
        return Ok(companies
            .iter()
            .position(|company| company.systems.contains(system))
            .into_iter()
            .collect());
    }
    if operation.organization == Organization::Refused && !named.is_empty() {
        return Err(Refusal::forbidden("Forbidden: organization selection not allowed via header"));
    }
    if named.len() > 1 && operation.organization != Organization::Several {
        return Err(Refusal::bad_request("Bad Request: x-org-id may be given once"));
    }
    let mut chosen = Vec::new();
    for name in &named {
        let id = Id::parse(name);
        let id =
            id.ok_or_else(|| Refusal::bad_request("Bad Request: x-org-id must be 24 hexadecimal digits"))?;
        let number = companies.iter().position(|company| company.facts.organization == id);
        let number =
            number.ok_or_else(|| Refusal::not_found(format!("Not Found: there is no organization {id}")))?;
        if !chosen.contains(&number) {
            chosen.push(number);
        }
    }
    let needed = matches!(operation.organization, Organization::Optional | Organization::Required);
    if named.is_empty() && needed && companies.len() > 1 {
        return Err(Refusal::unauthorized(
            "a multi-tenant administrator must name an organization with x-org-id",
        ));
    }
    Ok(chosen)
}

/// Refuses a body with wrong types or without what is required. Unknown keys pass.
fn check_body(call: &Call, body: &[u8], off: &mut Vec<String>) -> Result<(), Refusal> {
    let Some(described) = call.operation.body.as_ref().filter(|body| body.form == BodyForm::Json) else {
        return Ok(());
    };
    // Searches take more shapes than their schema says, and Insights turns nonsense into defaults: both read for themselves.
    let search = call.operation.paging.as_ref().is_some_and(|paging| paging.strategy == Strategy::BodySkip);
    if body.is_empty() || search || call.operation.name.starts_with("insights.events.") {
        return Ok(());
    }
    let body = std::str::from_utf8(body).unwrap_or_default();
    let drifts = schema::check(&described.schema, "body", body).unwrap_or_default();
    let excused = |path: &str| {
        let key = path.strip_prefix("body.").unwrap_or_default();
        call.body.get(key).is_none() && may_lack(call.operation.name, key)
    };
    off.extend(drifts.iter().map(ToString::to_string));
    match drifts.iter().find(|drift| drift.is_wrong() && !excused(&drift.path)) {
        Some(drift) => Err(Refusal::bad_request(format!("Bad Request: {drift}"))),
        None => Ok(()),
    }
}
