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
            let mut shared = Map::new();
            for (key, entry) in entries {
                let key = match value(key)? {
                    Value::String(text) => text,
                    key @ (Value::Number(_) | Value::Bool(_) | Value::Null) => key.to_string(),
                    key => bail!("{key} is no key for an object"),
                };
                match value(entry).with_context(|| format!("in {key}"))? {
                    // YAML 1.1's merge key: generators share parts with it.
                    Value::Object(entries) if key == "<<" => shared = entries,
                    entry => {
                        object.insert(key, entry);
                    }
                }
            }
            for (key, entry) in shared {
                object.entry(key).or_insert(entry);
            }
            Value::Object(object)
        }
        Yaml::Tagged(_, inner) => value(inner)?,
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => {
            bail!("a YAML value that could not be read")
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_what_an_api_description_means_by_them() {
        let text = "
200: ok
1.5: half
true: yes
\"204\": 0o17
date: 2020-01-01
version: 2.0
text: 'off'
big: 9223372036854775807
small: -9223372036854775808
none: ~
shared: &shared {a: 1, b: 2}
copy: {<<: *shared, b: 3}
again: *shared
long: |
  two
  lines
";
        assert_eq!(
            read(text).unwrap(),
            json!({
                "200": "ok", "1.5": "half", "true": "yes", "204": 15, "date": "2020-01-01",
                "version": 2.0, "text": "off", "big": i64::MAX,
                "small": i64::MIN, "none": null, "shared": { "a": 1, "b": 2 },
                "copy": { "a": 1, "b": 3 }, "again": { "a": 1, "b": 2 }, "long": "two\nlines\n",
            })
        );
        assert!(read("a: 1\n---\nb: 2").is_err());
        assert!(read("{[a]: 1}").is_err());
        assert!(read("a: *gone").is_err());
    }
}
