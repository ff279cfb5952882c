//! The playbooks as values, for the typed surfaces: the core's own description of them.

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A playbook: what a typed surface needs of it.
pub struct Playbook {
    pub name: String,
    /// What it does, as a sentence without capital and full stop.
    pub does: String,
    /// Required ones first, and in that by name.
    pub parameters: Vec<Parameter>,
}

pub struct Parameter {
    pub name: String,
    pub takes: Takes,
    pub required: bool,
    pub means: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    Text,
    /// A text, or a list of texts.
    Texts,
    Flag,
    Seconds,
}

/// All playbooks, by name.
pub fn all() -> Result<Vec<Playbook>> {
    let described: Vec<Value> = serde_json::from_str(&jumpcloud_core::playbooks())?;
    described.iter().map(|playbook| read(playbook).with_context(|| playbook["name"].to_string())).collect()
}

fn read(playbook: &Value) -> Result<Playbook> {
    let text = |value: &Value, key: &str| value[key].as_str().map(str::to_owned).context(key.to_owned());
    let required = playbook["parameters"]["required"].as_array().context("required")?;
    let mut parameters = Vec::new();
    for (name, schema) in playbook["parameters"]["properties"].as_object().context("properties")? {
        let takes = match schema["type"].as_str() {
            Some("string") => Takes::Text,
            Some("boolean") => Takes::Flag,
            Some("integer") => Takes::Seconds,
            None if schema["anyOf"].is_array() => Takes::Texts,
            _ => bail!("{name} takes {schema}, for which there is no type"),
        };
        parameters.push(Parameter {
            name: name.clone(),
            takes,
            required: required.iter().any(|known| known == name),
            means: text(schema, "description")?,
        });
    }
    parameters.sort_by_key(|parameter| !parameter.required);
    Ok(Playbook { name: text(playbook, "name")?, does: text(playbook, "description")?, parameters })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playbooks_are_read_with_all_they_take() {
        let all = all().unwrap();
        let run = all.iter().find(|playbook| playbook.name == "commands.run").unwrap();
        let taken: Vec<_> = run.parameters.iter().map(|p| (p.name.as_str(), p.required)).collect();
        assert_eq!(taken, [("command", true), ("systems", true), ("dryRun", false), ("timeout", false)]);
        assert!(run.parameters[1].takes == Takes::Texts && run.parameters[3].takes == Takes::Seconds);
    }
}
