//! The fake as its users meet it: over HTTP.

// What these tests build on fails loudly.
#![allow(clippy::unwrap_used)]

mod applications;
mod bulk;
mod client;
mod commands;
mod credentials;
mod every_operation;
mod explorer;
mod families;
mod graph;
mod hostile;
mod insights;
mod lenient;
mod lists;
mod policies;
mod quirks;
mod state;
mod users;
