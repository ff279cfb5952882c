//! A request as a transport gets it.

use jumpcloud_core::{self as core, request::Body};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// An HTTP request, to be sent as it stands. Printing it hides credentials and secret values.
#[pyclass(module = "jumpcloud_client")]
pub(crate) struct Request {
    request: core::Request,
    /// The whole body of an upload.
    upload: Option<Py<PyAny>>,
    /// How many seconds the call may take, when it says so itself; else the transport decides.
    #[pyo3(get, set)]
    timeout: Option<f64>,
}

impl Request {
    pub(crate) fn new(request: core::Request) -> Request {
        Request { request, upload: None, timeout: None }
    }
}

#[pymethods]
impl Request {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    #[getter]
    fn method(&self) -> &'static str {
        self.request.method.as_str()
    }

    /// The whole URL, percent-encoded: System Context signs its very bytes.
    #[getter]
    fn url(&self) -> &str {
        &self.request.url
    }

    /// The headers as pairs, names in lower case. `Content-Length` and `Host` are the transport's.
    #[getter]
    fn headers(&self) -> Vec<(&str, &str)> {
        self.request.headers.iter().map(|(name, value)| (&**name, value.as_str())).collect()
    }

    /// Whether the URL is a secret: whoever has it may do what it is for.
    #[getter]
    fn is_presigned(&self) -> bool {
        self.request.is_presigned()
    }

    /// How many seconds are left for the answer to come, to its last byte, when the call has a deadline.
    #[getter]
    fn deadline(&self) -> Option<f64> {
        self.request.timeout.map(|left| left.as_secs_f64())
    }

    /// How many bytes of the answer's body are wanted, decompressed.
    #[getter]
    fn max_body(&self) -> u64 {
        self.request.max_body
    }

    /// The body: `bytes`, an `Upload` or `None`.
    #[getter]
    fn body(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        match (&self.request.body, &self.upload) {
            (Body::Bytes(bytes), _) => Some(PyBytes::new(py, bytes).into_any().unbind()),
            (_, upload) => upload.as_ref().map(|upload| upload.clone_ref(py)),
        }
    }

    /// Of an upload: what goes before the attachment's content, its length, and what goes after it.
    fn attachment<'py>(&self, py: Python<'py>) -> Option<(Bound<'py, PyBytes>, u64, Bound<'py, PyBytes>)> {
        match &self.request.body {
            Body::Attachment { before, after, length } => {
                Some((PyBytes::new(py, before), *length, PyBytes::new(py, after)))
            }
            _ => None,
        }
    }

    /// Gives an upload its whole body.
    fn attach(&mut self, upload: Py<PyAny>) {
        self.upload = Some(upload);
    }

    fn __str__(&self) -> String {
        self.request.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<Request {}>", self.request)
    }
}
