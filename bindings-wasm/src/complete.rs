//! What only some programs need: the third file of the package. It takes functions and schemas of those before.

use jumpcloud_core::schema::Drift;
use jumpcloud_core::system_context::{AgentConfiguration, AgentPlatform, PrivateKey};
use jumpcloud_core::{Operation, Result, catalogue};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::text;

/// The line `told` and a text, or an error as `text::error` writes it.
fn told(text: Result<String>) -> String {
    match text {
        Ok(text) => "told\n".to_owned() + &text,
        Err(error) => text::error(&error),
    }
}

/// An operation as JSON: names, paging, credentials, and its parameters and reply as JSON Schema. Or a playbook.
#[wasm_bindgen]
pub fn describe(name: &str) -> String {
    told(catalogue::describe(name))
}

/// The operations that these words mean, the likeliest first, as JSON: `jumpcloud_core::catalogue::operations`.
#[wasm_bindgen]
pub fn search(words: &str) -> String {
    catalogue::operations(words)
}

/// The dotted name of an operation, by its operationId or any other name.
#[wasm_bindgen]
pub fn dotted_name(name: &str) -> String {
    told(Operation::called(name).map(|operation| operation.name.to_owned()))
}

/// All playbooks, as JSON.
#[wasm_bindgen]
pub fn playbooks() -> String {
    jumpcloud_core::playbooks()
}

/// The scopes that these operations need; scopes and names are one a line.
#[wasm_bindgen]
pub fn scopes(names: &str) -> String {
    told(catalogue::scopes(names.lines()).map(|scopes| scopes.join("\n")))
}

/// Where a reply's body is not what its schema says: an array of `{path, message, wrong}`.
#[wasm_bindgen]
pub fn drift(name: &str, status: u16, body: &str) -> String {
    let drifts = Operation::called(name).and_then(|operation| operation.drift(status, body));
    told(drifts.map(|drifts| {
        let drifts: Vec<String> = drifts.iter().map(Drift::to_json).collect();
        format!("[{}]", drifts.join(","))
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

/// What System Context needs of `jcagent.conf`: the system's id and its region, as two lines.
#[wasm_bindgen]
pub fn agent(configuration: &[u8]) -> String {
    let agent = AgentConfiguration::parse(configuration);
    told(agent.map(|agent| agent.system_key + "\n" + agent.region.as_str()))
}
