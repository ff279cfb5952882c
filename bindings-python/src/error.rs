//! The core's errors as Python exceptions (`python/jumpcloud_client/errors.py`).

use jumpcloud_core::Error;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict};

use crate::record;

/// The exception for an error of the core.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    let facts = || {
        let facts = PyDict::new(py);
        facts.set_item("operation", error.operation())?;
        facts.set_item("parameter", error.parameter())?;
        facts.set_item("status", error.status())?;
        facts.set_item("code", error.code())?;
        // Details that are not JSON cannot be: the core wrote them.
        let details = error.details().map(|text| record::decode(py, text.as_bytes())).transpose()?;
        facts.set_item("details", details)?;
        facts.set_item("request_id", error.request_id())?;
        facts.set_item("retry_after", error.retry_after().map(|wait| wait.as_secs_f64()))?;
        facts.set_item("tries", error.tries())?;
        facts.set_item("is_retryable", error.is_retryable())?;
        facts.set_item("headers", error.headers().to_vec())?;
        facts.set_item("body", PyBytes::new(py, error.body()))?;
        Ok(facts)
    };
    facts()
        .and_then(|facts| make(py, error.kind().name(), error.message(), &facts))
        .unwrap_or_else(|error| error)
}

fn make(py: Python<'_>, kind: &str, message: &str, facts: &Bound<'_, PyDict>) -> PyResult<PyErr> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = MAKE.import(py, "jumpcloud_client.errors", "of_kind")?;
    make.call((kind, message), Some(facts)).map(PyErr::from_value)
}
