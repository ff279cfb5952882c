//! Requests as Swift sends them.

use std::fmt;

use jumpcloud_core::Request;
use jumpcloud_core::request::Body;

/// An HTTP header.
#[derive(uniffi::Record)]
pub struct CoreHeader {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl fmt::Debug for CoreHeader {
    /// Without the value: it may be a credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The headers of an answer.
pub(crate) fn headers(came: &[(String, String)]) -> Vec<CoreHeader> {
    came.iter().map(|(name, value)| CoreHeader { name: name.clone(), value: value.clone() }).collect()
}

/// The body of a request.
#[derive(uniffi::Enum)]
pub enum CoreBody {
    /// None.
    Empty,
    /// These bytes.
    Bytes {
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The caller's attachment between these bytes.
    Attachment {
        /// What goes before it.
        before: Vec<u8>,
        /// What goes after it.
        after: Vec<u8>,
        /// How long it must be.
        length: u64,
    },
}

/// An HTTP request.
#[derive(uniffi::Record)]
pub struct CoreRequest {
    /// The method.
    pub method: String,
    /// The whole URL, to be sent as it stands.
    pub url: String,
    /// The headers, names in lower case.
    pub headers: Vec<CoreHeader>,
    /// The body.
    pub body: CoreBody,
    /// The request in print, without secrets.
    pub redacted: String,
    /// Whether the URL is a secret.
    pub is_presigned: bool,
    /// How many bytes of the answer's body are wanted, decompressed.
    pub max_body: u64,
}

impl From<Request> for CoreRequest {
    fn from(request: Request) -> CoreRequest {
        let (redacted, is_presigned) = (request.to_string(), request.is_presigned());
        let headers = request.headers.into_iter();
        CoreRequest {
            method: request.method.as_str().to_owned(),
            url: request.url,
            headers: headers.map(|(name, value)| CoreHeader { name: name.into_owned(), value }).collect(),
            body: match request.body {
                Body::Empty => CoreBody::Empty,
                Body::Bytes(bytes) => CoreBody::Bytes { bytes },
                Body::Attachment { before, after, length } => CoreBody::Attachment { before, after, length },
            },
            redacted,
            is_presigned,
            max_body: request.max_body,
        }
    }
}

impl fmt::Debug for CoreRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted)
    }
}
