//! From an HTTP request to an answer: one road for all operations.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response, StatusCode, header};
use jumpcloud_core::Operation;
use jumpcloud_core::operation::{Api, BodyForm, Method, Organization, Strategy};
use jumpcloud_core::{route, schema};
use serde_json::{Map, Value, json};
use tower_http::services::ServeDir;

use crate::calendar;
use crate::call::{Answer, Call, Outcome};
use crate::company::Company;
use crate::credentials::{Credentials, Received, private_key_pem};
use crate::examples;
use crate::id::Id;
use crate::log::{Log, LoggedRequest, redacted_body, redacted_headers};
use crate::operations::{Handler, handler, may_lack};
use crate::quirks::{Quirks, due};
use crate::random::Random;
use crate::refusal::Refusal;

/// The largest body that is read.
const LARGEST_BODY: usize = 64 << 20;

/// What the fake remembers.
pub(crate) struct State {
    /// The organizations; one, unless the administrator is multi-tenant.
    pub(crate) companies: Vec<Company>,
    /// Who may call.
    pub(crate) credentials: Credentials,
}

/// The fake without its socket.
pub(crate) struct Server {
    state: RwLock<State>,
    quirks: RwLock<Quirks>,
    log: Mutex<Log>,
    count: AtomicU64,
    seed: u64,
    /// The files of a web page.
    explorer: Option<ServeDir>,
    /// What `GET /` says where there is no page.
    pub(crate) welcome: RwLock<String>,
}

impl Server {
    /// A server around a state.
    pub(crate) fn new(state: State, quirks: Quirks, seed: u64, explorer: Option<PathBuf>) -> Server {
        Server {
            state: RwLock::new(state),
            quirks: RwLock::new(quirks),
            log: Mutex::default(),
            count: AtomicU64::new(0),
            seed,
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
        Router::new().fallback(move |request: Request<Body>| {
            let server = Arc::clone(&self);
            async move { server.serve(request).await }
        })
    }

    async fn serve(&self, request: Request<Body>) -> Response<Body> {
        let (head, body) = request.into_parts();
        if let Some(file) = self.file(&head.method, &head.uri).await {
            return file;
        }
        let method = head.method.as_str();
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: Vec<(String, String)> =
            head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
            return send(
                Refusal::bad_request("the body did not arrive, or is larger than 64 MiB").answer(Api::V1),
                false,
            );
        };
        let path = target.split('?').next().unwrap_or_default();
        if method == "OPTIONS" {
            return send(Answer::empty(204), false);
        }
        if path == "/" || path.starts_with("/__fake/") {
            return send(self.control(method, path, &body), false);
        }

        let quirks = self.quirks();
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let arrived = tokio::time::Instant::now();
        let received = Received { method, target, headers: &headers, now: calendar::now() };
        let operation = route::find(method, path).ok();
        let api = operation.map_or_else(|| api_of(path), Operation::api);
        let random = Random::new(self.seed ^ number.rotate_left(32) ^ received.now as u64, "request").next();
        let mut answer = if due(number, quirks.rate_limit_every) {
            let answer = Refusal::too_many_requests().answer(api);
            quirks.retry_after.map_or(answer.clone(), |seconds| answer.with("retry-after", seconds))
        } else if due(number, quirks.server_error_every) {
            Refusal::server_error(quirks.server_error_status).answer(api)
        } else {
            let outcome = self.answer(&received, path, operation, &body, &quirks, random);
            outcome.unwrap_or_else(|refusal| with_allow(refusal.answer(api), &refusal, path))
        };
        self.log().add(LoggedRequest {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: redacted_headers(&headers),
            body: redacted_body(&body),
            operation: operation.map(|operation| operation.name),
            status: answer.status,
        });
        if due(number, quirks.html_every) {
            let html = "<html><head><title>Just a moment...</title></head><body>Please wait.</body></html>";
            answer = Answer {
                status: 200,
                headers: Vec::new(),
                media_type: "text/html; charset=utf-8",
                body: html.into(),
            };
        }
        if due(number, quirks.truncate_every) {
            answer.body.truncate(answer.body.len() / 2);
        }
        // What it takes to make the answer up is part of the wait: a server far away does not compete for this machine.
        tokio::time::sleep_until(arrived + Duration::from_millis(quirks.latency_ms)).await;
        send(answer.with("x-request-id", format!("{random:016x}")), due(number, quirks.disconnect_every))
    }

    fn answer(
        &self,
        received: &Received,
        path: &str,
        operation: Option<&'static Operation>,
        body: &[u8],
        quirks: &Quirks,
        random: u64,
    ) -> Outcome {
        let Some(operation) = operation else {
            return Err(match route::find(received.method, path) {
                Err(error) if !allowed(path).is_empty() => Refusal::method_not_allowed(error.message()),
                _ => Refusal::not_found(format!("Not Found: no operation has the path {path}")),
            });
        };
        let handler = handler(operation.name);
        let (system, company) = {
            let state = self.state();
            let system = state.credentials.check(operation, received, &state.companies)?;
            (system, organization(operation, received, &state.companies, system)?)
        };
        if self.state().companies[company].later.is_due(received.now) {
            self.state_mut().companies[company].catch_up(received.now);
        }
        let bad =
            |error: jumpcloud_core::Error| Refusal::bad_request(format!("Bad Request: {}", error.message()));
        let recognised =
            route::recognise(received.method, received.target, received.headers, body).map_err(bad)?;
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
            system,
        };
        check_body(&call, body)?;
        match handler {
            Handler::Read(read) => read(&self.state().companies[company], &call),
            Handler::ReadAll(read) => read(&self.state().companies, &call),
            Handler::View(view) => view.answer(&self.state().companies[company], &call),
            Handler::Example => examples::answer(&self.state().companies[company], &call),
            Handler::Token => self.state_mut().credentials.token(received, &call.body, random),
            Handler::Write(write) => {
                let company = &mut self.state_mut().companies[company];
                let answer = write(company, &call)?;
                company.events.note(&call);
                Ok(answer)
            }
            Handler::Change(change) => {
                let company = &mut self.state_mut().companies[company];
                let answer = change.apply(company, &call)?;
                company.events.note(&call);
                Ok(answer)
            }
            Handler::WriteAll(write) => write(&mut self.state_mut().companies, &call),
        }
    }

    /// What is about the fake itself: `GET /`, and `/__fake/…` for tests in other languages.
    fn control(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let words: Vec<&str> = path.split('/').skip(2).collect();
        match (method, &words[..]) {
            ("GET", []) => {
                Answer::text(200, self.welcome.read().unwrap_or_else(PoisonError::into_inner).clone())
            }
            ("GET", ["access"]) => {
                let state = self.state();
                let organizations =
                    state.companies.iter().map(|company| company.facts.organization.to_string());
                Answer::json(
                    200,
                    &json!({
                        "api_key": state.credentials.api_key,
                        "client_id": state.credentials.client_id,
                        "client_secret": state.credentials.client_secret,
                        "organizations": organizations.collect::<Vec<_>>(),
                        "system_id": signing_system(&state.companies[0]).map(|id| id.to_string()),
                    }),
                )
            }
            ("GET", ["quirks"]) => Answer::json(200, &json!(self.quirks())),
            ("PUT", ["quirks"]) => match serde_json::from_slice(body) {
                Ok(quirks) => {
                    self.set_quirks(quirks);
                    Answer::json(200, &json!(self.quirks()))
                }
                Err(error) => Answer::json(400, &json!({"message": format!("quirks: {error}")})),
            },
            ("GET", ["requests"]) => Answer::json(200, &json!(self.log().requests())),
            ("DELETE", ["requests"]) => {
                self.log().clear();
                Answer::empty(204)
            }
            ("DELETE", ["tokens"]) => {
                self.state_mut().credentials.revoke_tokens();
                Answer::empty(204)
            }
            ("GET", ["systems", id, "client.key"]) => {
                let known = Id::parse(id)
                    .filter(|id| self.state().companies.iter().any(|company| company.systems.contains(*id)));
                match known {
                    Some(id) => Answer::text(200, private_key_pem(id).to_owned()),
                    None => Answer::json(404, &json!({"message": "there is no such system"})),
                }
            }
            ("GET", ["systems", id, "jcagent.conf"]) => {
                Answer::json(200, &json!({"systemKey": id, "agentServerHost": "agent.jumpcloud.com"}))
            }
            _ => Answer::json(
                404,
                &json!({"message": "known here are GET /, GET /__fake/access, GET and PUT /__fake/quirks, \
                GET and DELETE /__fake/requests, DELETE /__fake/tokens, GET /__fake/systems/ID/client.key and jcagent.conf"}),
            ),
        }
    }
}

/// The first system that may sign.
pub(crate) fn signing_system(company: &Company) -> Option<Id> {
    company.systems.ids().find(|id| company.systems.field(*id, "mdm").is_some_and(|mdm| mdm["dep"] == false))
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

fn with_allow(answer: Answer, refusal: &Refusal, path: &str) -> Answer {
    if refusal.status == 405 { answer.with("allow", allowed(path).join(", ")) } else { answer }
}

/// The number of the organization that a call is about, by JumpCloud's rules for `x-org-id`.
fn organization(
    operation: &Operation,
    received: &Received,
    companies: &[Company],
    system: Option<Id>,
) -> Result<usize, Refusal> {
    let named: Vec<&str> = received
        .headers
        .iter()
        .filter(|(name, _)| name == "x-org-id")
        // What is sent several times may come joined (RFC 9110, 5.3): browsers and proxies do that.
        .flat_map(|(_, value)| value.split(',').map(str::trim))
        .collect();
    if let Some(system) = system {
        return Ok(companies.iter().position(|company| company.systems.contains(system)).unwrap_or(0));
    }
    if operation.organization == Organization::Refused && !named.is_empty() {
        return Err(Refusal::forbidden("Forbidden: organization selection not allowed via header"));
    }
    if named.len() > 1 && operation.organization != Organization::Several {
        return Err(Refusal::bad_request("Bad Request: x-org-id may be given once"));
    }
    let mut chosen = 0;
    for name in named.iter().rev() {
        let id = Id::parse(name);
        let id =
            id.ok_or_else(|| Refusal::bad_request("Bad Request: x-org-id must be 24 hexadecimal digits"))?;
        let number = companies.iter().position(|company| company.facts.organization == id);
        chosen =
            number.ok_or_else(|| Refusal::not_found(format!("Not Found: there is no organization {id}")))?;
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
fn check_body(call: &Call, body: &[u8]) -> Result<(), Refusal> {
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
    match drifts.iter().find(|drift| drift.is_wrong() && !excused(&drift.path)) {
        Some(drift) => Err(Refusal::bad_request(format!("Bad Request: {drift}"))),
        None => Ok(()),
    }
}

/// The answer on its way. Browsers may read it, and all of its headers, from any page.
fn send(answer: Answer, disconnect: bool) -> Response<Body> {
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
    let body = if disconnect {
        builder = builder.header(header::CONTENT_LENGTH, answer.body.len());
        Body::new(Broken(Some(Bytes::from(answer.body[..answer.body.len() / 2].to_vec()))))
    } else {
        Body::from(answer.body)
    };
    builder.body(body).unwrap_or_else(|_| Response::new(Body::empty()))
}

/// A body that ends in the middle: hyper closes the connection.
struct Broken(Option<Bytes>);

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        std::task::Poll::Ready(Some(match self.0.take() {
            Some(half) => Ok(http_body::Frame::data(half)),
            None => Err(std::io::Error::other("disconnected on purpose")),
        }))
    }
}
