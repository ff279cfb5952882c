//! The JumpCloud core for Swift.
//!
//! A few coarse functions, called through UniFFI by the Swift package in this folder and by nobody else. What callers
//! pass and get is JSON text and bytes; UniFFI's records carry only what the driving loop needs. A reply's bytes stay
//! here and Swift reads them in place ([`CoreReply::address`]): UniFFI copies bytes one value at a time, which costs
//! more than scanning them.
#![allow(
    clippy::result_large_err,
    reason = "UniFFI makes the cases of an error of its fields, and knows no Box"
)]

mod agent;
mod catalogue;
mod conversation;
mod error;
mod request;

use std::sync::Arc;

use jumpcloud_core::{Client, Options, Parameters};

pub use agent::{CoreAgent, SystemKey, read_agent};
pub use catalogue::{describe, drift, operations, playbooks, scopes};
pub use conversation::{CoreContent, CoreConversation, CoreReply, CoreStep, Failure, is_json};
pub use error::CoreError;
pub use request::{CoreBody, CoreHeader, CoreRequest};

uniffi::setup_scaffolding!("JumpCloudCore");

type Result<T> = std::result::Result<T, CoreError>;

/// What all calls share; see [`Client`].
#[derive(Debug, uniffi::Object)]
pub struct CoreClient(Client);

#[uniffi::export]
impl CoreClient {
    /// A client from its settings as JSON; see [`Client::from_json`].
    ///
    /// # Errors
    /// As there.
    #[uniffi::constructor]
    pub fn from_json(settings: &str) -> Result<Arc<CoreClient>> {
        Ok(Arc::new(CoreClient(Client::from_json(settings)?)))
    }

    /// The request for a call, not sent.
    ///
    /// # Errors
    /// As [`Client::prepare`].
    pub fn prepare(&self, operation: &str, parameters: &str, options: &str) -> Result<CoreRequest> {
        let (parameters, options) = read(parameters, options)?;
        Ok(CoreRequest::from(self.0.prepare(operation, &parameters, &options)?))
    }

    /// Begins a call.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn call(&self, operation: &str, parameters: &str, options: &str) -> Result<Arc<CoreConversation>> {
        let (parameters, options) = read(parameters, options)?;
        Ok(CoreConversation::new(self.0.call(operation, parameters, options)?))
    }

    /// Begins a list.
    ///
    /// # Errors
    /// As [`Client::pages`].
    pub fn pages(&self, operation: &str, parameters: &str, options: &str) -> Result<Arc<CoreConversation>> {
        let (parameters, options) = read(parameters, options)?;
        Ok(CoreConversation::new(self.0.pages(operation, parameters, options)?))
    }

    /// Begins a playbook.
    ///
    /// # Errors
    /// As [`Client::playbook`].
    pub fn playbook(&self, name: &str, parameters: &str, options: &str) -> Result<Arc<CoreConversation>> {
        let (parameters, options) = read(parameters, options)?;
        Ok(CoreConversation::new(self.0.playbook(name, parameters, options)?))
    }
}

fn read(parameters: &str, options: &str) -> Result<(Parameters, Options)> {
    Ok((Parameters::from_json(parameters)?, Options::from_json(options)?))
}
