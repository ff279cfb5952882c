//! What a caller gives to each playbook.

use serde_json::{Value, json};

/// The id of everything.
pub(crate) const ID: &str = "5f1b2c3d4e5f60718293a4b5";

/// The parameters of each playbook, everything by name or by id.
pub(crate) fn parameters(playbook: &Value, id: bool, dry_run: bool) -> Value {
    let wanted = if id { ID } else { "ada" };
    let properties = playbook["parameters"]["properties"].as_object().into_iter().flatten();
    let alternatives = playbook["parameters"]["oneOf"].as_array().into_iter().flatten().skip(1);
    let left_out: Vec<&Value> = alternatives.map(|other| &other["required"][0]).collect();
    let given = properties.filter(|(name, _)| !left_out.iter().any(|other| **other == **name));
    let value = |name: &str, schema: &Value| match schema["type"].as_str() {
        Some("boolean") => json!(name == "dryRun" && dry_run),
        Some("integer") => json!(600),
        _ => json!(wanted),
    };
    given.map(|(name, schema)| (name.clone(), value(name, schema))).collect::<serde_json::Map<_, _>>().into()
}
