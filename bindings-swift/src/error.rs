//! The core's errors as Swift gets them.

use std::fmt;

use crate::request::{CoreHeader, headers};

/// Why a call failed. Swift makes its own error of the parts.
#[derive(uniffi::Error)]
pub enum CoreError {
    /// All of [`jumpcloud_core::Error`].
    Failed {
        /// The kind's name: `invalid_request`, `authentication`, …
        kind: String,
        /// What happened, in words.
        message: String,
        /// The operation's dotted name.
        operation: Option<String>,
        /// The parameter that was refused.
        parameter: Option<String>,
        /// The HTTP status.
        status: Option<u16>,
        /// JumpCloud's own code.
        code: Option<String>,
        /// JumpCloud's details, as JSON.
        details: Option<String>,
        /// The id JumpCloud gave the request.
        request_id: Option<String>,
        /// How long JumpCloud asked to wait.
        retry_after_milliseconds: Option<u64>,
        /// How often the request was sent.
        tries: u32,
        /// Whether the same call may be made again.
        is_retryable: bool,
        /// The answer's headers.
        headers: Vec<CoreHeader>,
        /// The answer's body.
        body: Vec<u8>,
    },
}

impl CoreError {
    /// What goes wrong on this machine: an agent's file that cannot be read.
    pub(crate) fn signing(message: String) -> CoreError {
        CoreError::Failed {
            kind: "signing".to_owned(),
            message,
            operation: None,
            parameter: None,
            status: None,
            code: None,
            details: None,
            request_id: None,
            retry_after_milliseconds: None,
            tries: 0,
            is_retryable: false,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }
}

impl From<jumpcloud_core::Error> for CoreError {
    fn from(error: jumpcloud_core::Error) -> CoreError {
        CoreError::Failed {
            kind: error.kind().name().to_owned(),
            message: error.message().to_owned(),
            operation: error.operation().map(str::to_owned),
            parameter: error.parameter().map(str::to_owned),
            status: error.status(),
            code: error.code().map(str::to_owned),
            details: error.details().map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            retry_after_milliseconds: error.retry_after().map(|wait| wait.as_millis() as u64),
            tries: error.tries(),
            is_retryable: error.is_retryable(),
            headers: headers(error.headers()),
            body: error.body().to_vec(),
        }
    }
}

impl fmt::Display for CoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CoreError::Failed { kind, message, .. } = self;
        write!(f, "{kind}: {message}")
    }
}

impl fmt::Debug for CoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CoreError({self})")
    }
}

impl std::error::Error for CoreError {}
