//! What there is to call.

use jumpcloud_core::catalogue;
use jumpcloud_core::{self as core, Operation};
use pyo3::prelude::*;

use crate::error::raise;
use crate::record;

/// All operations: dotted name, whether it is a list, method, path, operationIds.
#[pyfunction]
pub(crate) fn operations() -> Vec<(&'static str, bool, &'static str, &'static str, Vec<String>)> {
    Operation::all()
        .map(|operation| {
            let method = operation.method.as_str();
            let ids = operation.operation_ids().collect();
            (operation.name, operation.paging.is_some(), method, operation.path, ids)
        })
        .collect()
}

/// The operations that these words mean, the likeliest first.
#[pyfunction]
pub(crate) fn search<'py>(py: Python<'py>, words: &str) -> PyResult<Bound<'py, PyAny>> {
    record::decode(py, catalogue::operations(words).as_bytes())
}

/// The dotted name for a name in any case, or for an operationId; and whether it is a list.
#[pyfunction]
pub(crate) fn find(py: Python<'_>, name: &str) -> PyResult<(&'static str, bool)> {
    let operation = Operation::find(name).map_err(|error| raise(py, &error))?;
    Ok((operation.name, operation.paging.is_some()))
}

/// All that is known of an operation or a playbook.
#[pyfunction]
pub(crate) fn describe<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    let described = catalogue::describe(name).map_err(|error| raise(py, &error))?;
    record::decode(py, described.as_bytes())
}

/// All playbooks.
#[pyfunction]
pub(crate) fn playbooks(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    record::decode(py, core::playbooks().as_bytes())
}

/// The OAuth scopes that calling these operations takes.
#[pyfunction]
pub(crate) fn scopes(py: Python<'_>, names: Vec<String>) -> PyResult<Vec<&'static str>> {
    catalogue::scopes(names.iter().map(String::as_str)).map_err(|error| raise(py, &error))
}

/// Every difference between the body of an answer and what JumpCloud describes, as path, message and whether it is wrong
/// (else it is only new).
#[pyfunction]
pub(crate) fn drift(
    py: Python<'_>,
    name: &str,
    status: u16,
    body: &str,
) -> PyResult<Vec<(String, String, bool)>> {
    let drifts = Operation::find(name).and_then(|operation| operation.drift(status, body));
    let drifts = drifts.map_err(|error| raise(py, &error))?;
    Ok(drifts
        .into_iter()
        .map(|drift| (drift.path.clone(), drift.message.clone(), drift.is_wrong()))
        .collect())
}
