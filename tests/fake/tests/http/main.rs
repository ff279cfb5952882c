//! The fake as its users meet it: over HTTP.

mod client;
mod credentials;
mod every_operation;
mod graph;
mod insights;
mod lists;
mod quirks;
mod users;
