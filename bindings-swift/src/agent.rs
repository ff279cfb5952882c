//! System Context: the agent's identity on this machine, and its signatures.

use std::fmt;
use std::sync::Arc;

use jumpcloud_core::system_context::{AgentConfiguration, AgentPlatform, PrivateKey};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use crate::{CoreError, Result};

/// A system's private key.
#[derive(uniffi::Object)]
pub struct SystemKey(RsaKeyPair);

#[uniffi::export]
impl SystemKey {
    /// Reads a key from a file's contents: PKCS#1 or PKCS#8, PEM or DER.
    ///
    /// # Errors
    /// When it is no RSA key that can sign.
    #[uniffi::constructor]
    pub fn new(file: &[u8]) -> Result<Arc<SystemKey>> {
        let key = PrivateKey::parse(file)?;
        let pair = RsaKeyPair::from_der(key.as_pkcs1())
            .map_err(|why| CoreError::signing(format!("the private key cannot be used to sign: {why}")))?;
        Ok(Arc::new(SystemKey(pair)))
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256.
    ///
    /// # Errors
    /// When the machine has no randomness to blind with.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| CoreError::signing("the private key could not sign".to_owned()))?;
        Ok(signature)
    }
}

impl fmt::Debug for SystemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemKey")
    }
}

/// Who this system is, as its agent's files say.
#[derive(Debug, uniffi::Record)]
pub struct CoreAgent {
    /// The system's id.
    pub system_id: String,
    /// The region's code.
    pub region: String,
    /// The system's key.
    pub key: Arc<SystemKey>,
}

/// Reads the agent's files, at their usual places on this platform unless others are given.
///
/// # Errors
/// When a file cannot be read, or is not what it should be.
#[uniffi::export]
pub fn read_agent(configuration: Option<String>, key: Option<String>) -> Result<CoreAgent> {
    let platform = match std::env::consts::OS {
        "macos" => AgentPlatform::MacOs,
        "windows" => AgentPlatform::Windows,
        _ => AgentPlatform::Linux,
    };
    let read = |path: Option<String>, usual: &str| {
        let path = path.unwrap_or_else(|| usual.to_owned());
        std::fs::read(&path).map_err(|why| {
            let hint = "is the JumpCloud agent installed, and may this program read its files (root may)?";
            CoreError::signing(format!("{path} cannot be read: {why}; {hint}"))
        })
    };
    let agent = AgentConfiguration::parse(&read(configuration, platform.configuration_path())?)?;
    let key = SystemKey::new(&read(key, platform.key_path())?)?;
    Ok(CoreAgent { system_id: agent.system_key, region: agent.region.as_str().to_owned(), key })
}
