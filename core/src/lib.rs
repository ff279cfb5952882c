//! The JumpCloud API without I/O.
#![forbid(unsafe_code)]

mod error;
pub mod filter;
pub mod operation;
mod parameters;
pub mod region;
pub mod reply;
pub mod request;
pub mod route;
pub mod schema;
pub mod system_context;

pub use error::{Error, ErrorKind, Result};
pub use operation::Operation;
pub use parameters::Parameters;
pub use reply::{Reply, Response};
pub use request::{Attachment, Request};
