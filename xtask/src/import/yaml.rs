//! YAML to JSON values.

use anyhow::{Context, Result, bail};
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

/// Reads one YAML document. Keys that YAML takes for numbers or booleans (`200:`, `true:`)
/// are the texts they stand for.
pub(crate) fn read(text: &str) -> Result<Value> {
    let documents = Yaml::load_from_str(text).context("neither JSON nor YAML")?;
    match documents.as_slice() {
        [document] => value(document),
        other => bail!("expected one YAML document, found {}", other.len()),
    }
}

fn value(node: &Yaml<'_>) -> Result<Value> {
    Ok(match node {
        Yaml::Value(scalar) => match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(flag) => Value::Bool(*flag),
            Scalar::Integer(number) => Value::from(*number),
            Scalar::FloatingPoint(number) => Value::from(number.into_inner()),
            Scalar::String(text) => Value::from(text.as_ref()),
        },
        Yaml::Sequence(items) => Value::Array(items.iter().map(value).collect::<Result<_>>()?),
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, entry) in entries {
                let key = match value(key)? {
                    Value::String(text) => text,
                    key @ (Value::Number(_) | Value::Bool(_) | Value::Null) => key.to_string(),
                    key => bail!("{key} is no key for an object"),
                };
                let entry = value(entry).with_context(|| format!("in {key}"))?;
                object.insert(key, entry);
            }
            Value::Object(object)
        }
        Yaml::Tagged(_, inner) => value(inner)?,
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => {
            bail!("a YAML value that could not be read")
        }
    })
}
