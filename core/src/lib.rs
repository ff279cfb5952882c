//! The JumpCloud API without I/O.
#![forbid(unsafe_code)]

mod client;
pub mod conversation;
mod error;
pub mod filter;
mod json;
pub mod operation;
mod parameters;
pub mod region;
pub mod reply;
pub mod request;
pub mod route;
pub mod schema;
pub mod system_context;
#[cfg(feature = "typed")]
pub mod typed;

pub use client::{Client, Credentials, Options, Secret};
pub use conversation::{Call, Conversation, Failure, Page, Pages, Step, Ticket, Token};
pub use error::{Error, ErrorKind, Result};
pub use operation::Operation;
pub use parameters::Parameters;
pub use reply::{Reply, Response};
pub use request::{Attachment, Request};
