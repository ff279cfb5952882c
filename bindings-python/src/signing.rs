//! System Context: the agent's files and the system's key.

use jumpcloud_core::system_context::{AgentConfiguration, AgentPlatform, PrivateKey as Key};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use crate::error::raise;

/// An RSA private key: PEM or DER, PKCS#1 or PKCS#8.
#[pyclass(frozen, module = "jumpcloud_client._core")]
pub(crate) struct PrivateKey(RsaKeyPair);

#[pymethods]
impl PrivateKey {
    #[new]
    fn new(py: Python<'_>, file: &[u8]) -> PyResult<PrivateKey> {
        let key = Key::parse(file).map_err(|error| raise(py, &error))?;
        // ring tells nothing of the key but why it is not one.
        RsaKeyPair::from_der(key.as_pkcs1()).map(PrivateKey).map_err(|error| {
            PyValueError::new_err(format!(
                "the private key cannot sign: {error}; expected RSA of 2048 bits or more"
            ))
        })
    }

    /// The signature over these bytes, RSASSA-PKCS1-v1_5 with SHA-256.
    fn sign<'py>(&self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let signature = py.detach(|| {
            let mut signature = vec![0; self.0.public().modulus_len()];
            let signed = self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature);
            signed.map(|()| signature)
        });
        match signature {
            Ok(signature) => Ok(PyBytes::new(py, &signature)),
            Err(error) => Err(PyValueError::new_err(format!("the private key does not sign: {error}"))),
        }
    }

    fn __repr__(&self) -> &'static str {
        "<PrivateKey>"
    }
}

/// Where the agent keeps its configuration and its key, for a value of `sys.platform`.
#[pyfunction]
pub(crate) fn agent_paths(platform: &str) -> (&'static str, &'static str) {
    let platform = match platform {
        "win32" | "cygwin" => AgentPlatform::Windows,
        "darwin" => AgentPlatform::MacOs,
        _ => AgentPlatform::Linux,
    };
    (platform.configuration_path(), platform.key_path())
}

/// The system's id and region, from the contents of `jcagent.conf`.
#[pyfunction]
pub(crate) fn agent_configuration(py: Python<'_>, file: &[u8]) -> PyResult<(String, &'static str)> {
    let agent = AgentConfiguration::parse(file).map_err(|error| raise(py, &error))?;
    Ok((agent.system_key, agent.region.as_str()))
}
