//! What there is to call.

use jumpcloud_core::{Operation, catalogue};
use serde_json::{Value, json};

use crate::Result;

/// The operations that these words mean, the likeliest first, as a JSON array.
#[uniffi::export]
pub fn operations(words: &str) -> String {
    catalogue::operations(words)
}

/// An operation as JSON, its parameters and reply as JSON Schema.
///
/// # Errors
/// When there is none of that name.
#[uniffi::export]
pub fn describe(operation: &str) -> Result<String> {
    Ok(catalogue::describe(operation)?)
}

/// The scopes that a service account needs for these operations, and no more.
///
/// # Errors
/// When there is none of a name.
#[uniffi::export]
pub fn scopes(operations: Vec<String>) -> Result<Vec<String>> {
    let scopes = catalogue::scopes(operations.iter().map(String::as_str))?;
    Ok(scopes.into_iter().map(str::to_owned).collect())
}

/// Where a reply differs from what JumpCloud describes for its status, as a JSON array of `path`, `message` and
/// `wrong`.
///
/// # Errors
/// When there is no such operation, and when the body is not JSON.
#[uniffi::export]
pub fn drift(operation: &str, status: u16, body: &[u8]) -> Result<String> {
    let drifts = Operation::find(operation)?.drift(status, &String::from_utf8_lossy(body))?;
    let drifts = drifts
        .iter()
        .map(|drift| json!({ "path": drift.path, "message": drift.message, "wrong": drift.is_wrong() }));
    Ok(Value::from_iter(drifts).to_string())
}

/// The playbooks, as JSON.
#[uniffi::export]
pub fn playbooks() -> String {
    jumpcloud_core::playbooks()
}
