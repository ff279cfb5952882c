//! The test that calls every method once: with a value for each parameter, beside the same values as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::methods::{Body, OWN, bodies, namespace_name, ordered};
use super::{GENERATED, MODEL, camel, escaped, is_required, named, swift_text, type_name, variant_name};
use crate::models::names::pascal;
use crate::models::requests::{Call, Takes};
use crate::models::types::{Form, Shape, Types};
use crate::playbooks::{self, Playbook};

const FOLDER: &str = "bindings-swift/Tests/ModelTests/Generated";

/// A file for the namespaces of each first noun, and one with all of them.
pub fn files(types: &Types, calls: &[Call], playbooks: &[Playbook]) -> Result<Vec<(String, String)>> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for call in calls {
        let mut parts = call.operation.name.split('.');
        let area =
            format!("{}{}", parts.next().unwrap_or_default(), pascal(parts.next().unwrap_or_default()));
        for body in bodies(types, call) {
            texts.entry(area.clone()).or_default().push_str(&operation(types, call, body)?);
        }
    }
    let playbooks: Result<Vec<String>> = playbooks.iter().map(playbook).collect();
    texts.insert("playbooks".into(), playbooks?.concat());
    let mut files = Vec::new();
    for (area, text) in &texts {
        let text = format!(
            "{GENERATED}\nimport Foundation\nimport JumpCloudClient\n\nfunc {area}(_ jc: JumpCloud, _ sent: Sent) async {{\n{text}}}\n"
        );
        files.push((format!("{FOLDER}/{}.swift", pascal(area)), text));
    }
    let areas: Vec<&str> = texts.keys().map(String::as_str).collect();
    let all = format!(
        "{GENERATED}\nimport JumpCloudClient\n\nlet everyMethod: [@Sendable (JumpCloud, Sent) async -> Void] = [\n    {},\n]\n",
        areas.join(",\n    ")
    );
    files.push((format!("{FOLDER}/EveryMethod.swift"), all));
    Ok(files)
}

fn operation(types: &Types, call: &Call, body: Body) -> Result<String> {
    let operation = call.operation;
    let keys = call.fields.iter().map(|field| field.key.as_str());
    let names = named(keys, &operation.name, &OWN)?;
    let mut given = Vec::new();
    let mut json = Map::new();
    for (field, name) in call.fields.iter().zip(names) {
        let (swift, value) = match (&field.takes, body) {
            (_, Body::Files(fields)) if field.key == "body" => {
                let mut files = Map::new();
                for file in named(fields.iter().map(|field| field.key.as_str()), &operation.name, &OWN)? {
                    given.push((file, ATTACHMENT.to_owned(), true));
                }
                for field in fields {
                    files.insert(field.key.clone(), attachment());
                }
                json.insert(field.key.clone(), Value::Object(files));
                continue;
            }
            (_, Body::Bytes) if field.key == "body" => (ATTACHMENT.into(), attachment()),
            (Takes::Attachment, _) => (ATTACHMENT.into(), attachment()),
            (Takes::Filter, _) => ("\"x:eq:x\"".into(), json!("x:eq:x")),
            (Takes::Form(Form::Any), _) if field.key == "body" => ("[\"x\": 1]".into(), json!({"x": 1})),
            (Takes::Form(form), _) => {
                sample(types, form, if field.key.ends_with("Url") { ADDRESS } else { "x" })?
            }
        };
        json.insert(field.key.clone(), value);
        given.push((name, swift, field.required));
    }
    ordered(&mut given);
    let mut call_text = path(&operation.name);
    let arguments: Vec<String> = given.iter().map(|(name, value, _)| format!("{name}: {value}")).collect();
    let _ = write!(call_text, "({})", arguments.join(", "));
    if call.item.is_some() {
        call_text.push_str(".collect(limit: 1)");
    }
    let json = swift_raw(&Value::Object(json));
    let list = if call.item.is_some() { ", list: true" } else { "" };
    Ok(format!(
        "    _ = try? await {call_text}\n    sent.expect({}, {json}{list})\n",
        swift_text(&operation.name)
    ))
}

fn playbook(playbook: &Playbook) -> Result<String> {
    // Of several that exclude one another, the first.
    let optional = playbook.parameters.iter().find(|p| !p.required && p.takes == playbooks::Takes::Text);
    let given = playbook.parameters.iter().filter(|p| p.required).chain(optional);
    let (mut arguments, mut json) = (Vec::new(), Map::new());
    for parameter in given {
        let (swift, value) = match parameter.takes {
            playbooks::Takes::Text => ("\"x\"", json!("x")),
            playbooks::Takes::Texts => ("[\"x\"]", json!(["x"])),
            playbooks::Takes::Flag => ("true", json!(true)),
            playbooks::Takes::Seconds => ("1", json!(1)),
        };
        arguments.push(format!("{}: {swift}", escaped(camel(&parameter.name))));
        json.insert(parameter.name.clone(), value);
    }
    let call = format!("{}({})", path(&format!("playbooks.{}", playbook.name)), arguments.join(", "));
    let json = swift_raw(&Value::Object(json));
    let name = swift_text(&playbook.name);
    Ok(format!("    await sent.expect(playbook: {name}, {json}) {{ try await {call} }}\n"))
}

/// `jc.v1.systemUsers.list`
fn path(name: &str) -> String {
    let parts: Vec<String> = name.split('.').map(|part| escaped(camel(namespace_name(part)))).collect();
    format!("jc.{}", parts.join("."))
}

const ATTACHMENT: &str = "Attachment(data: Data(\"x\".utf8), fileName: \"x\", mediaType: \"text/plain\")";

fn attachment() -> Value {
    json!({"attachment": {"length": 1, "fileName": "x", "mediaType": "text/plain"}})
}

/// An address to send an upload to, and a time: what is more than any text where one is asked for.
const ADDRESS: &str = "https://storage.example/x";
const TIME: &str = "2026-01-01T00:00:00Z";

/// A value in Swift and in JSON. Of a record, what must be there.
fn sample(types: &Types, form: &Form, text: &str) -> Result<(String, Value)> {
    Ok(match form {
        Form::Any | Form::Text => (swift_text(text), json!(text)),
        Form::Constant(text) => (swift_text(text), json!(text)),
        Form::Integer | Form::Unsigned => ("1".into(), json!(1)),
        Form::Decimal => ("1".into(), json!("1")),
        Form::Number => ("1.5".into(), json!(1.5)),
        Form::Boolean => ("true".into(), json!(true)),
        Form::List(item) => {
            let (swift, value) = sample(types, item, text)?;
            (format!("[{swift}]"), json!([value]))
        }
        Form::Map(item) => {
            let (swift, value) = sample(types, item, text)?;
            (format!("[\"x\": {swift}]"), json!({"x": value}))
        }
        Form::Attachment => (ATTACHMENT.into(), attachment()),
        Form::Named(name) | Form::Boxed(name) => match &types.all[name].shape {
            Shape::Alias(form) => sample(types, form, text)?,
            Shape::Record(fields) => {
                let names = named(fields.iter().map(|field| field.key.as_str()), name, &MODEL)?;
                let (mut given, mut json) = (Vec::new(), Map::new());
                for (field, name) in fields.iter().zip(names).filter(|(field, _)| is_required(field)) {
                    let (swift, value) = sample(types, &field.form, TIME)?;
                    given.push(format!("{name}: {swift}"));
                    json.insert(field.key.clone(), value);
                }
                (format!("{}({})", type_name(name), given.join(", ")), Value::Object(json))
            }
            Shape::Choice(values) => {
                let (value, variant) = &values[0];
                (format!(".{}", variant_name(variant)), json!(value))
            }
        },
    })
}

fn swift_raw(value: &Value) -> String {
    format!("#\"{value}\"#")
}
