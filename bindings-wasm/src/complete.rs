//! What only some programs need.

use jumpcloud_core::system_context::{AgentConfiguration, AgentPlatform, PrivateKey};
use jumpcloud_core::{Operation, Result, catalogue};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::text;

/// The line `json` and a JSON text, or an error as `text::error` writes it.
fn told(json: Result<String>) -> String {
    match json {
        Ok(json) => "json\n".to_owned() + &json,
        Err(error) => text::error(&error),
    }
}

fn list(texts: impl IntoIterator<Item: AsRef<str>>) -> String {
    let mut json = String::from("[");
    for (index, item) in texts.into_iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        text::quote(item.as_ref(), &mut json);
    }
    json + "]"
}

/// An operation as JSON: names, paging, credentials, and its parameters and reply as JSON Schema.
#[wasm_bindgen]
pub fn describe(name: &str) -> String {
    told(Operation::find(name).map(Operation::describe))
}

/// The dotted name of an operation, by its operationId or any other name.
#[wasm_bindgen]
pub fn dotted_name(name: &str) -> String {
    told(Operation::find(name).map(|operation| {
        let mut json = String::new();
        text::quote(operation.name, &mut json);
        json
    }))
}

/// All playbooks, as JSON.
#[wasm_bindgen]
pub fn playbooks() -> String {
    jumpcloud_core::playbooks()
}

/// The scopes that these operations need, of names one a line.
#[wasm_bindgen]
pub fn scopes(names: &str) -> String {
    told(catalogue::scopes(names.lines()).map(list))
}

/// Where a reply's body is not what its schema says: an array of `{path, message, wrong}`.
#[wasm_bindgen]
pub fn drift(name: &str, status: u16, body: &str) -> String {
    let drifts = Operation::find(name).and_then(|operation| operation.drift(status, body));
    told(drifts.map(|drifts| {
        let mut json = String::from("[");
        for (index, drift) in drifts.iter().enumerate() {
            json.push_str(if index > 0 { ",{\"path\":" } else { "{\"path\":" });
            text::quote(&drift.path, &mut json);
            json.push_str(",\"message\":");
            text::quote(&drift.message, &mut json);
            json.push_str(if drift.is_wrong() { ",\"wrong\":true}" } else { ",\"wrong\":false}" });
        }
        json + "]"
    }))
}

/// A private key of PEM or DER as DER of PKCS#8, which WebCrypto reads; or an error in its place.
#[wasm_bindgen]
pub struct Key(Result<PrivateKey>);

#[wasm_bindgen]
impl Key {
    /// Reads the contents of a key file.
    #[wasm_bindgen(constructor)]
    pub fn new(file: Vec<u8>) -> Key {
        Key(PrivateKey::parse(&file))
    }

    /// What is wrong with it, as `text::error` writes it, or nothing.
    pub fn fault(&self) -> String {
        self.0.as_ref().err().map(text::error).unwrap_or_default()
    }

    /// The key as DER of PKCS#8.
    pub fn pkcs8(&self) -> Vec<u8> {
        self.0.as_ref().map(PrivateKey::to_pkcs8).unwrap_or_default()
    }
}

/// Where the agent keeps its configuration and its key, on `linux`, `darwin` or `win32`, as two lines.
#[wasm_bindgen]
pub fn agent_paths(platform: &str) -> String {
    let platform = match platform {
        "win32" => AgentPlatform::Windows,
        "darwin" => AgentPlatform::MacOs,
        _ => AgentPlatform::Linux,
    };
    platform.configuration_path().to_owned() + "\n" + platform.key_path()
}

/// What System Context needs of `jcagent.conf`: `systemId` and `region`.
#[wasm_bindgen]
pub fn agent(configuration: &[u8]) -> String {
    told(AgentConfiguration::parse(configuration).map(|agent| {
        let mut json = String::from("{\"systemId\":");
        text::quote(&agent.system_key, &mut json);
        json.push_str(",\"region\":");
        text::quote(agent.region.as_str(), &mut json);
        json + "}"
    }))
}
