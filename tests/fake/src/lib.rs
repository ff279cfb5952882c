//! A JumpCloud in memory, over HTTP on loopback.
//!
//! It answers every operation of the API: users, systems, groups, their graph, commands, policies, applications, bulk jobs and Insights events with real state,
//! everything else with examples made from the schemas. It checks credentials, refuses what JumpCloud refuses in
//! JumpCloud's words, and misbehaves on demand.
//!
//! ```
//! let fake = jumpcloud_fake::Fake::builder().users(25).seed(7).start()?;
//! println!("curl -H 'x-api-key: {}' {}/api/systemusers", fake.api_key(), fake.url());
//! assert!(fake.requests().is_empty());
//! # Ok::<(), std::io::Error>(())
//! ```

mod applications;
mod bomb;
mod bulk;
mod calendar;
mod call;
mod collection;
mod command_results;
mod commands;
mod company;
mod control;
mod credentials;
mod events;
mod examples;
mod families;
mod generic;
mod graph;
mod groups;
mod habits;
mod id;
mod insights;
mod later;
mod lenient;
mod log;
mod maker;
mod names;
mod openapi;
mod operations;
mod organizations;
mod people;
mod policies;
mod policy_results;
mod policy_templates;
mod quirks;
mod random;
mod refusal;
mod rows;
mod send;
mod server;
mod socket;
mod state;
mod store;
mod systems;
mod users;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use serde_json::Value;
use tokio::sync::oneshot;

pub use log::LoggedRequest;
pub use quirks::{Churn, Quirks, Tokens, Totals};

use crate::company::Sizes;
use crate::credentials::{Credentials, private_key_pem};
use crate::id::Id;
use crate::names::COMPANIES;
use crate::server::{Server, State, signing_system};
use crate::socket::{Line, Listener};
use crate::state::Plan;

/// What a fake shall be like.
#[derive(Debug, Clone)]
pub struct Builder {
    sizes: Sizes,
    seed: u64,
    host: IpAddr,
    port: u16,
    organizations: usize,
    strict: bool,
    quirks: Quirks,
    explorer: Option<PathBuf>,
    state: Option<Value>,
}

impl Builder {
    /// How many users the organization has; 250 by default. Everything else grows with them.
    pub fn users(mut self, users: usize) -> Builder {
        self.sizes.users = users;
        self
    }

    /// How many systems it has; some more than users by default, and one at least.
    pub fn systems(mut self, systems: usize) -> Builder {
        self.sizes.systems = Some(systems);
        self
    }

    /// How many user groups it has; those of departments, teams and offices at least.
    pub fn groups(mut self, groups: usize) -> Builder {
        self.sizes.groups = Some(groups);
        self
    }

    /// How many events there are of the last ninety days.
    pub fn events(mut self, events: usize) -> Builder {
        self.sizes.events = Some(events);
        self
    }

    /// What all data follows from; 1 by default.
    pub fn seed(mut self, seed: u64) -> Builder {
        self.seed = seed;
        self
    }

    /// The address to listen on; 127.0.0.1 by default.
    pub fn host(mut self, host: IpAddr) -> Builder {
        self.host = host;
        self
    }

    /// The port to listen on; a free one by default.
    pub fn port(mut self, port: u16) -> Builder {
        self.port = port;
        self
    }

    /// Whether the administrator has three organizations instead of one, and must name one with `x-org-id`.
    pub fn multi_tenant(self, multi_tenant: bool) -> Builder {
        self.organizations(if multi_tenant { COMPANIES.len() } else { 1 })
    }

    /// How many organizations the administrator has, each with its own data; one by default. Of several, one must be
    /// named with `x-org-id`.
    pub fn organizations(mut self, organizations: usize) -> Builder {
        self.organizations = organizations.max(1);
        self
    }

    /// Whether to refuse, in the core's words, what JumpCloud serves although its description does not have it:
    /// unknown and empty parameters, paths in other cases or with a slash at the end, actions without a body.
    /// Unless it is, [`LoggedRequest::off`] says what was off.
    pub fn strict(mut self, strict: bool) -> Builder {
        self.strict = strict;
        self
    }

    /// How the fake misbehaves from the start.
    pub fn quirks(mut self, quirks: Quirks) -> Builder {
        self.quirks = quirks;
        self
    }

    /// A directory with a web page to serve at `/`, in place of a few lines of text. What is an operation's path, or
    /// the fake's own, stays so.
    pub fn explorer(mut self, directory: impl Into<PathBuf>) -> Builder {
        self.explorer = Some(directory.into());
        self
    }

    /// A state that [`Fake::state`] gave: with it the fake begins, whatever sizes and seed are said.
    pub fn state(mut self, state: Value) -> Builder {
        self.state = Some(state);
        self
    }

    /// Makes up the data, listens, and serves in a thread of its own.
    ///
    /// # Errors
    /// When the address cannot be listened on, or the state is none that was saved.
    pub fn start(self) -> std::io::Result<Fake> {
        let listener = std::net::TcpListener::bind((self.host, self.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let now = calendar::now();
        let plan = Plan { sizes: self.sizes, organizations: self.organizations, seed: self.seed, now };
        let (plan, companies) = match &self.state {
            Some(state) => Plan::load(state).map_err(std::io::Error::other)?,
            None => (plan, plan.companies()),
        };
        let state = State { companies, plan, credentials: Credentials::new(plan.seed) };
        let server = Arc::new(Server::new(state, self.quirks, plan.seed, self.strict, self.explorer));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_io()
            .enable_time()
            .build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let application = Arc::clone(&server).application();
        let thread = std::thread::Builder::new().name("jumpcloud-fake".into()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                    return;
                };
                let service = application.into_make_service_with_connect_info::<Line>();
                tokio::spawn(async move { axum::serve(Listener(listener), service).await });
                _ = stopped.await;
            });
            // Connections that clients keep open do not keep the fake alive.
            runtime.shutdown_background();
        })?;
        let fake = Fake { server, address, stop: Some(stop), thread: Some(thread) };
        *fake.server.welcome.write().unwrap_or_else(std::sync::PoisonError::into_inner) = fake.access();
        Ok(fake)
    }
}

/// A running fake. It stops when it is dropped.
pub struct Fake {
    server: Arc<Server>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    /// A fake with 250 users on a free port of 127.0.0.1, until the builder says otherwise.
    pub fn builder() -> Builder {
        Builder {
            sizes: Sizes { users: 250, ..Sizes::default() },
            seed: 1,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            organizations: 1,
            strict: false,
            quirks: Quirks::default(),
            explorer: None,
            state: None,
        }
    }

    /// The origin for all host families, such as `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The administrator's API key.
    pub fn api_key(&self) -> String {
        self.server.state().credentials.api_key.clone()
    }

    /// The service account's id.
    pub fn client_id(&self) -> String {
        self.server.state().credentials.client_id.clone()
    }

    /// The service account's secret.
    pub fn client_secret(&self) -> String {
        self.server.state().credentials.client_secret.clone()
    }

    /// The ids of the organizations, the administrator's own first.
    pub fn organizations(&self) -> Vec<String> {
        self.server.state().companies.iter().map(|company| company.facts.organization.to_string()).collect()
    }

    /// The id of a system that may sign requests.
    pub fn system_id(&self) -> String {
        signing_system(&self.server.state().companies[0]).map(|id| id.to_string()).unwrap_or_default()
    }

    /// The private key of [`Fake::system_id`], as the agent keeps it in `client.key`: PEM, PKCS#1.
    pub fn system_private_key_pem(&self) -> String {
        Id::parse(&self.system_id()).map(|id| private_key_pem(id).to_owned()).unwrap_or_default()
    }

    /// The requests that came, the oldest first, without what is secret. Those of `/__fake/` are not among them.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.server.log().requests()
    }

    /// Forgets the requests that came.
    pub fn clear_requests(&self) {
        self.server.log().clear();
    }

    /// How the fake misbehaves now.
    pub fn quirks(&self) -> Quirks {
        self.server.quirks()
    }

    /// How it misbehaves from now on. Every so many requests are counted from here.
    pub fn set_quirks(&self, quirks: Quirks) {
        self.server.set_quirks(quirks);
    }

    /// What has changed since the start, and what everything follows from: for [`Builder::state`].
    ///
    /// ```
    /// use jumpcloud_fake::Fake;
    ///
    /// let fake = Fake::builder().users(5).start()?;
    /// let again = Fake::builder().state(fake.state()).start()?;
    /// assert_eq!(fake.api_key(), again.api_key());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn state(&self) -> Value {
        self.server.save()
    }

    /// How many calls may have changed something since the start.
    pub fn changes(&self) -> u64 {
        self.server.changes()
    }

    /// Goes back to the start: all data, the tokens and the log of requests.
    pub fn reset(&self) {
        self.server.reset();
    }

    /// Ends all bearer tokens, as if they had expired or been revoked.
    pub fn revoke_tokens(&self) {
        self.server.state_mut().credentials.revoke_tokens();
    }

    /// How to call it, in a few lines for a person.
    pub fn access(&self) -> String {
        let (url, key, system) = (self.url(), self.api_key(), self.system_id());
        let page = if self.server.has_explorer() {
            format!("Explorer         {url}/   (a page for the browser)\n")
        } else {
            String::new()
        };
        let count = {
            let company = &self.server.state().companies[0];
            format!(
                "{} users, {} systems, {} user groups",
                company.users.len(),
                company.systems.len(),
                company.user_groups.len()
            )
        };
        format!(
            "A fake JumpCloud for trying clients and testing: {count}. Nothing in it is real.\n\
             \n\
             URL              {url}   (console, Insights and OAuth alike)\n\
             API key          {key}\n\
             Service account  {} / {}\n\
             Organization     {}\n\
             System           {system}   (its key: curl {url}/__fake/systems/{system}/client.key)\n\
             Misbehave        curl -X PUT {url}/__fake/quirks -d '{{\"rate_limit_every\": 3}}'\n\
             What was sent    curl {url}/__fake/requests\n\
             {page}\n\
             curl -g -H 'x-api-key: {key}' '{url}/api/systemusers?limit=2&filter=department:$eq:IT'\n",
            self.client_id(),
            self.client_secret(),
            self.organizations().join(", "),
        )
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}
