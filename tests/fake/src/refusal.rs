//! What the fake refuses, in JumpCloud's words and shapes.

use jumpcloud_core::operation::Api;
use serde_json::{Value, json};

use crate::call::Answer;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// What was expected, what came and what to do.
    pub(crate) message: String,
    /// The key `error` of old v1 routes.
    pub(crate) error: Option<String>,
}

impl Refusal {
    fn new(status: u16, message: impl Into<String>) -> Refusal {
        Refusal { status, message: message.into(), error: None }
    }

    /// 400: the request itself is wrong.
    pub(crate) fn bad_request(message: impl Into<String>) -> Refusal {
        Refusal::new(400, message)
    }

    /// 401: `why` goes where JumpCloud says little more than the word.
    pub(crate) fn unauthorized(why: impl Into<String>) -> Refusal {
        Refusal { error: Some(format!("Unauthorized: {}", why.into())), ..Refusal::new(401, "Unauthorized") }
    }

    /// 403
    pub(crate) fn forbidden(message: impl Into<String>) -> Refusal {
        let message = message.into();
        Refusal { error: Some(message.clone()), ..Refusal::new(403, message) }
    }

    /// 404: there is no such thing.
    pub(crate) fn not_found(what: impl Into<String>) -> Refusal {
        Refusal::new(404, what)
    }

    /// 409: it is there already.
    pub(crate) fn conflict(message: impl Into<String>) -> Refusal {
        Refusal::new(409, message)
    }

    /// 405: the path is known, the method is not.
    pub(crate) fn method_not_allowed(message: impl Into<String>) -> Refusal {
        Refusal::new(405, message)
    }

    /// 413
    pub(crate) fn too_large() -> Refusal {
        Refusal::new(413, "Payload Too Large: a body may have 64 MiB")
    }

    /// 429
    pub(crate) fn too_many_requests() -> Refusal {
        Refusal::new(429, "Too Many Requests")
    }

    /// 5xx
    pub(crate) fn server_error(status: u16) -> Refusal {
        Refusal::new(status, "upstream connect error or disconnect/reset before headers")
    }

    /// The answer in the shape of an API.
    pub(crate) fn answer(&self, api: Api) -> Answer {
        let message = &self.message;
        let body = match api {
            Api::V1 => match &self.error {
                Some(error) => json!({"message": message, "error": error}),
                None => json!({"message": message}),
            },
            Api::V2 => {
                let mut body =
                    json!({"code": self.status, "message": message, "status": status_word(self.status)});
                if self.status == 400 {
                    body["details"] = json!([{
                        "@type": "type.googleapis.com/google.rpc.BadRequest",
                        "fieldViolations": [{"description": message}],
                    }]);
                } else if let Some(error) = &self.error {
                    body["message"] = Value::String(error.clone());
                }
                body
            }
            Api::OAuth => {
                let error = match self.status {
                    401 => "invalid_client",
                    403 => "invalid_scope",
                    400 if message.contains("grant_type") => "unsupported_grant_type",
                    _ => "invalid_request",
                };
                json!({"error": error, "error_description": self.error.as_ref().unwrap_or(message)})
            }
            Api::Insights | Api::Storage => json!({"message": self.error.as_ref().unwrap_or(message)}),
        };
        Answer::json(self.status, &body)
    }
}

/// google.rpc's word for a status.
fn status_word(status: u16) -> &'static str {
    match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        405 => "UNIMPLEMENTED",
        409 => "ALREADY_EXISTS",
        413 => "OUT_OF_RANGE",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    }
}
