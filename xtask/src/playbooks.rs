//! The playbooks as values, for the typed surfaces: the core's own description of them.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::models::types::{Form, Types};

/// A playbook: what a typed surface needs of it.
pub struct Playbook {
    pub name: String,
    /// What it does, as a sentence without capital and full stop.
    pub does: String,
    /// Required ones first, and in that by name.
    pub parameters: Vec<Parameter>,
    /// The type of what it gives.
    pub gives: Form,
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
pub fn all(types: &Types) -> Result<Vec<Playbook>> {
    let described: Vec<Value> = serde_json::from_str(&jumpcloud_core::playbooks())?;
    let read = |playbook| read(playbook, types).with_context(|| playbook["name"].to_string());
    described.iter().map(read).collect()
}

fn read(playbook: &Value, types: &Types) -> Result<Playbook> {
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
    let name = text(playbook, "name")?;
    let gives = types.given(&name)?;
    Ok(Playbook { name, does: text(playbook, "description")?, parameters, gives })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::description::Description;
    use crate::models::schema_names;

    #[test]
    fn playbooks_are_read_with_all_they_take() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let description = Description::read(&root).unwrap();
        let names = schema_names(&root, &description).unwrap();
        let all = all(&Types::of_schemas(&description, &names).unwrap()).unwrap();
        let run = all.iter().find(|playbook| playbook.name == "commands.run").unwrap();
        let taken: Vec<_> = run.parameters.iter().map(|p| (p.name.as_str(), p.required)).collect();
        assert_eq!(taken, [("command", true), ("systems", true), ("dryRun", false), ("timeout", false)]);
        assert_eq!(run.gives, Form::Named("CommandRunResult".into()));
        assert!(run.parameters[1].takes == Takes::Texts && run.parameters[3].takes == Takes::Seconds);
    }
}
