//! The JumpCloud API without I/O: every request, reply, filter, cursor and signature of its operations.
//!
//! The crate sends nothing, reads no clock and no randomness. It says what to send and understands what comes back;
//! whoever uses it brings HTTP. Two types matter:
//!
//! - [`Operation`]: one line of the table of operations, found by its dotted name or operationId. [`request::build`]
//!   makes its requests, [`reply::parse`] reads its replies, [`route::recognise`] runs it backwards.
//! - [`Conversation`]: a call with its credentials, retries and signature ([`Call`]), all pages of a list
//!   ([`Pages`]), or several calls to one end ([`Playbook`]), as a state machine that says what it needs next.
//!
//! A [`Client`] makes conversations. Driving one is a loop, the same with every HTTP library:
//!
//! ```
//! use std::time::{Instant, SystemTime};
//! use jumpcloud_core::{Client, Conversation, Credentials, Failure, Now, Options, Parameters, Request, Response, Step};
//!
//! # fn sleep(_: std::time::Duration) {}
//! # fn send(request: &Request) -> Result<Response, Failure> {
//! #     let body: &[u8] = br#"{"totalCount":1,"results":[{"_id":"5f1b","username":"ada"}]}"#;
//! #     Ok(Response { status: 200, headers: vec![], body: body.to_vec() })
//! # }
//! let client = Client::new(Credentials::api_key("your-key"));
//! let suspended = Parameters::new().with("filter", "state:$eq:SUSPENDED");
//! let mut pages = client.pages("v1.systemUsers.list", suspended, Options::default())?;
//! let begun = Instant::now();
//! let now = || Now { wall: SystemTime::now(), steady: begun.elapsed() };
//! let mut users = Vec::new();
//! loop {
//!     match pages.step(now())? {
//!         Step::Send(ticket, request) => match send(&request) {
//!             Ok(response) => pages.received(ticket, response, now()),
//!             Err(failure) => pages.failed(ticket, failure, now()),
//!         },
//!         Step::Give(Some(page)) => users.extend(page.reply.items().map(|user| user.to_vec())),
//!         Step::Give(None) => break,
//!         Step::Wait(time) | Step::Hold(time) => sleep(time),
//!         // Requests are done one by one here, only System Context signs, and no function says who calls.
//!         Step::Receive | Step::Sign(_) | Step::Identify => break,
//!     }
//! }
//! assert_eq!(users, [br#"{"_id":"5f1b","username":"ada"}"#]);
//! # Ok::<(), jumpcloud_core::Error>(())
//! ```
//!
//! # Features
//! Two are on by default: `operation-ids` finds operations by their operationIds too (`ids` alone only where
//! [`Operation::called`] is asked), and `composer` has filters and bodies composed; without it
//! [`request::provide_composer`] does that from when it is called.
//! `reply-schemas` adds what every reply looks like (`Operation::replies`, and reports of
//! drift with [`schema::check`]), and `words` what operations, parameters and fields mean, for the [`catalogue`].
//! `http` converts requests to, and responses from, the types of the crate of that name.
//! Each area of the API (`system-users`, `user-groups`, …; `all-areas`) adds its typed
//! requests and models in the module `typed`.
#![forbid(unsafe_code)]

mod address;
pub mod catalogue;
mod client;
pub mod conversation;
mod distinct;
mod encode;
mod error;
pub mod filter;
mod http_date;
#[cfg(feature = "http")]
mod http_types;
mod json;
mod nearest;
pub mod operation;
mod parameters;
pub mod playbook;
pub mod region;
pub mod reply;
pub mod request;
pub mod route;
pub mod schema;
mod secret;
mod settings;
pub mod system_context;
#[cfg(feature = "typed")]
pub mod typed;
mod words;

// Its examples are tested as the documentation is.
#[cfg(all(doctest, not(target_family = "wasm")))]
#[doc = include_str!("../README.md")]
struct Readme;

pub use client::{Client, Credentials, Options};
pub use conversation::{Call, Conversation, Failure, Now, Page, Pages, Position, Step, Ticket, Token};
pub use error::{Error, ErrorKind, Result};
pub use operation::Operation;
pub use parameters::Parameters;
pub use playbook::{Playbook, playbooks};
pub use reply::{Reply, Response};
pub use request::{Attachment, Request};
pub use secret::Secret;
