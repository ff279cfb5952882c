//! The core's client: settings, and the bearer token that its calls share.

use jumpcloud_core::{self as core, Options, Parameters};
use pyo3::prelude::*;

use crate::conversation::Conversation;
use crate::error::raise;
use crate::request::Request;

/// Makes requests and conversations. Settings, parameters and options are JSON texts, as the core reads them.
#[pyclass(frozen, module = "jumpcloud_client._core")]
pub(crate) struct Client(core::Client);

#[pymethods]
impl Client {
    #[new]
    fn new(py: Python<'_>, settings: &str) -> PyResult<Client> {
        core::Client::from_json(settings).map(Client).map_err(|error| raise(py, &error))
    }

    /// The request of a call, not sent.
    fn prepare(&self, py: Python<'_>, name: &str, parameters: &str, options: &str) -> PyResult<Request> {
        let request =
            self.with(parameters, options, |parameters, options| self.0.prepare(name, &parameters, &options));
        request.map(Request::new).map_err(|error| raise(py, &error))
    }

    /// One call, with its retries.
    fn call(&self, py: Python<'_>, name: &str, parameters: &str, options: &str) -> PyResult<Conversation> {
        let call =
            self.with(parameters, options, |parameters, options| self.0.call(name, parameters, options));
        call.map(Conversation::new).map_err(|error| raise(py, &error))
    }

    /// All pages of a list.
    fn pages(&self, py: Python<'_>, name: &str, parameters: &str, options: &str) -> PyResult<Conversation> {
        let pages =
            self.with(parameters, options, |parameters, options| self.0.pages(name, parameters, options));
        pages.map(Conversation::new).map_err(|error| raise(py, &error))
    }

    /// A playbook.
    fn playbook(
        &self,
        py: Python<'_>,
        name: &str,
        parameters: &str,
        options: &str,
    ) -> PyResult<Conversation> {
        let playbook =
            self.with(parameters, options, |parameters, options| self.0.playbook(name, parameters, options));
        playbook.map(Conversation::new).map_err(|error| raise(py, &error))
    }
}

impl Client {
    fn with<T>(
        &self,
        parameters: &str,
        options: &str,
        make: impl FnOnce(Parameters, Options) -> core::Result<T>,
    ) -> core::Result<T> {
        make(Parameters::from_json(parameters)?, Options::from_json(options)?)
    }
}
