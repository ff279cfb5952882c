//! A private key and an agent's configuration: what is read is read again from what is made of it.

#![no_main]

use jumpcloud_core::system_context::{AgentConfiguration, PrivateKey, check_system_key};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(key) = PrivateKey::parse(data) {
        for made in [key.to_pkcs8(), key.as_pkcs1().to_vec()] {
            let again = PrivateKey::parse(&made).expect("its own DER");
            assert_eq!(again.as_pkcs1(), key.as_pkcs1());
        }
        assert!(key.as_pkcs1().len() <= data.len());
    }
    if let Ok(configuration) = AgentConfiguration::parse(data) {
        if let Some(system_key) = Some(&configuration.system_key) {
            check_system_key(system_key).expect("it was checked when it was read");
        }
        assert!(serde_json::from_slice::<serde_json::Value>(data).is_ok());
    }
});
