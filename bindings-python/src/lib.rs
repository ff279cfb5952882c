//! The JumpCloud core for Python: the compiled module `jumpcloud_client._core`.
//!
//! Coarse on purpose: a `Client` makes a `Conversation`, whose steps the Python package (`python/jumpcloud_client`)
//! carries out. Replies become Python objects here, straight from their bytes.

mod catalogue;
mod client;
mod conversation;
mod error;
mod record;
mod request;
mod signing;

/// What `jumpcloud_client` is built on; not meant to be used by itself.
// Nothing here relies on the lock that free-threaded Python does without: shared state is behind a mutex of its own.
#[pyo3::pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use crate::catalogue::{describe, drift, find, operations, playbooks, scopes, search};
    #[pymodule_export]
    use crate::client::Client;
    #[pymodule_export]
    use crate::conversation::{Conversation, Reply};
    #[pymodule_export]
    use crate::record::decode;
    #[pymodule_export]
    use crate::request::Request;
    #[pymodule_export]
    use crate::signing::{PrivateKey, agent_configuration, agent_paths};
}
