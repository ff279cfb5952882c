//! jumpcloud-core
#![forbid(unsafe_code)]

mod error;
pub mod region;
pub mod system_context;

pub use error::{Error, ErrorKind, Result};
