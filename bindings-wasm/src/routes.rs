//! What a proxy needs: the last file of the package.

use jumpcloud_core::route;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::text;

/// The operation that a request calls, and its parameters: the line `told`, a line with the name, and JSON; or an error as
/// `text::error` writes it. `target` is the path after its first slash, percent-encoded, and the query; `headers` are lines
/// of `name: value`.
#[wasm_bindgen]
pub fn recognise(method: &str, target: &str, headers: &str, body: &[u8]) -> String {
    let headers = headers.lines().filter_map(|line| line.split_once(':'));
    let headers: Vec<(String, String)> =
        headers.map(|(name, value)| (name.to_owned(), value.trim_start().to_owned())).collect();
    // With its slash: the core takes anything else for the whole address of an upload.
    match route::recognise(method, &["/", target].concat(), &headers, body) {
        Ok(found) => ["told\n", found.operation.name, "\n", &found.parameters.to_json()].concat(),
        Err(error) => text::error(&error),
    }
}
