#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod client;
mod content;
mod host;
mod list;
mod signing;
mod talk;
mod transport;

pub use client::Client;
pub use content::Content;
pub use host::{Host, Local, Web};
pub use jumpcloud_core;
pub use list::{Items, Pages};
