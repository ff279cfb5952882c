//! The methods: `jc.v2.userGroups.members.list(groupId: …)`, and a test that calls each.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Result, ensure};

use super::{CLIENT, GENERATED, answer, camel, escaped, is_form, named, spelled, swift_text};
use crate::models::names::{capitalised, pascal};
use crate::models::requests::{self, Call, Reply, Takes};
use crate::models::types::{Form, Shape, Types};
use crate::playbooks::{self, Playbook};

const FOLDER: &str = "bindings-swift/Sources/JumpCloudClient/Generated";

/// Methods under one name, and the names below it.
#[derive(Default)]
struct Namespace {
    methods: Vec<String>,
    inner: BTreeMap<String, Namespace>,
}

pub fn files(types: &Types, calls: &[Call], playbooks: &[Playbook]) -> Result<Vec<(String, String)>> {
    let mut apis: BTreeMap<&str, Namespace> = BTreeMap::new();
    for call in calls {
        let mut path: Vec<&str> = call.operation.name.split('.').collect();
        path.pop();
        let mut namespace = apis.entry(path.remove(0)).or_default();
        for name in path {
            namespace = namespace.inner.entry(name.to_owned()).or_default();
        }
        for body in bodies(types, call) {
            namespace.methods.push(method(types, call, body)?);
        }
    }
    let tree = apis.entry("playbooks").or_default();
    for playbook in playbooks {
        let (area, _) = playbook.name.split_once('.').unwrap_or_default();
        tree.inner.entry(area.to_owned()).or_default().methods.push(playbook_method(types, playbook)?);
    }

    let mut files = Vec::new();
    for (api, namespace) in &apis {
        let class = pascal(api);
        let what = match *api {
            "playbooks" => "What people script most: several calls to one end.".to_owned(),
            api => format!("The operations whose names begin with `{api}.`"),
        };
        let mut index = format!(
            "{GENERATED}\nextension JumpCloud {{\n    /// {what}\n    public var {api}: {class} {{ {class}(client: self) }}\n\n    /// {what}\n    public struct {class}: Sendable {{\n        @usableFromInline let client: JumpCloud\n"
        );
        for (name, inner) in &namespace.inner {
            write_accessor(&mut index, name, &format!("{api}.{name}"), "        ");
            let mut text = format!(
                "{GENERATED}\nimport Foundation\nimport JumpCloudModels\n\nextension JumpCloud.{class} {{\n"
            );
            inner.write(&mut text, name, &format!("{api}.{name}"), "    ");
            text.push_str("}\n");
            files.push((format!("{FOLDER}/{class}{}.swift", pascal(namespace_name(name))), text));
        }
        index.push_str("    }\n}\n");
        files.push((format!("{FOLDER}/{class}.swift"), index));
    }
    Ok(files)
}

/// What a namespace is called. `self` is Swift's own.
pub fn namespace_name(name: &str) -> &str {
    if name == "self" { "ownSystem" } else { name }
}

fn write_accessor(text: &mut String, name: &str, path: &str, indent: &str) {
    let name = namespace_name(name);
    let class = pascal(name);
    let _ = write!(
        text,
        "{indent}/// `{path}`\n{indent}public var {}: {class} {{ {class}(client: client) }}\n",
        escaped(camel(name))
    );
}

impl Namespace {
    fn write(&self, text: &mut String, name: &str, path: &str, indent: &str) {
        let class = pascal(namespace_name(name));
        let _ = write!(
            text,
            "{indent}/// `{path}`\n{indent}public struct {class}: Sendable {{\n{indent}    @usableFromInline let client: JumpCloud\n"
        );
        let inside = format!("{indent}    ");
        for name in self.inner.keys() {
            write_accessor(text, name, &format!("{path}.{name}"), &inside);
        }
        for method in &self.methods {
            text.push('\n');
            for line in method.lines() {
                let _ = writeln!(text, "{}", format!("{inside}{line}").trim_end());
            }
        }
        for (name, inner) in &self.inner {
            text.push('\n');
            inner.write(text, name, &format!("{path}.{name}"), &inside);
        }
        let _ = writeln!(text, "{indent}}}");
    }
}

/// What a method takes as its body.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    None,
    Json,
    Bytes,
    /// A form with files: a parameter each.
    Files(&'a [crate::models::types::Field]),
}

/// The bodies that an operation takes: one method each.
pub fn bodies<'a>(types: &'a Types, call: &'a Call) -> Vec<Body<'a>> {
    let Some(field) = call.fields.iter().find(|field| field.key == "body") else {
        return vec![Body::None];
    };
    match &field.takes {
        Takes::Form(form) => match types.resolved(form) {
            Form::Named(name) => match &types.all[name].shape {
                Shape::Record(fields) if is_form(fields) => vec![Body::Files(fields)],
                _ => vec![Body::Json],
            },
            _ if call.operation.body.as_ref().is_some_and(|body| body.or_bytes) => {
                vec![Body::Json, Body::Bytes]
            }
            _ => vec![Body::Json],
        },
        _ => vec![Body::Bytes],
    }
}

/// A parameter of a method: its name, its type (or value), and whether it must be given.
pub type Taken = (String, String, bool);

fn method(types: &Types, call: &Call, body: Body) -> Result<String> {
    let operation = call.operation;
    let names = named(call.fields.iter().map(|field| field.key.as_str()), &operation.name, &OWN)?;
    let mut taken: Vec<Taken> = Vec::new();
    let (mut set, mut about) = (Vec::new(), Vec::new());
    for (field, name) in call.fields.iter().zip(names) {
        let form = match (&field.takes, body) {
            (_, Body::Files(fields)) if field.key == "body" => {
                ensure!(
                    fields.iter().all(|field| field.form == Form::Attachment),
                    "{}: a form of more than files",
                    operation.name
                );
                let files = named(fields.iter().map(|field| field.key.as_str()), &operation.name, &OWN)?;
                let entries: Vec<String> = fields
                    .iter()
                    .zip(&files)
                    .map(|(field, file)| format!("{}: {file}", swift_text(&field.key)))
                    .collect();
                taken.extend(files.into_iter().map(|file| (file, "Attachment".to_owned(), true)));
                set.push(format!("parameters.set(\"body\", [{}])", entries.join(", ")));
                continue;
            }
            (_, Body::Bytes) if field.key == "body" => "Attachment".into(),
            (Takes::Filter, _) => "Filter".into(),
            (Takes::Attachment, _) => "Attachment".into(),
            (Takes::Form(form), _) => spelled(types, form),
        };
        set.push(format!("parameters.set({}, {name})", swift_text(&field.key)));
        let plain = name.trim_matches('`');
        about.extend(field.means.iter().map(|means| format!("- Parameter {plain}: {means}")));
        taken.push((name, form, field.required));
    }
    ordered(&mut taken);
    let documentation = requests::documentation(operation);
    let mut documentation: Vec<String> =
        documentation.iter().map(|line| line.replace("[`Attachment`]", "``Attachment``")).collect();
    if !about.is_empty() {
        documentation.push(String::new());
        documentation.extend(about);
    }
    let (effects, gives, calls) = match (answer(call), &call.reply) {
        (Some(form), _) if call.item.is_some() => {
            ("", format!("JumpCloudList<{}>", spelled(types, form)), "client.list")
        }
        (_, Reply::Json(form) | Reply::JsonOrText(form)) => {
            (ASYNC, spelled(types, form), "try await client.call")
        }
        (_, Reply::Text) => (ASYNC, "String".into(), "try await client.call"),
        (_, Reply::Bytes) => (ASYNC, "Data".into(), "try await client.call"),
        (_, Reply::Empty) => (ASYNC, "Void".into(), "try await client.perform"),
    };
    let verb = operation.name.rsplit('.').next().unwrap_or_default();
    Ok(spelled_out(
        &documentation,
        operation.deprecated,
        verb,
        &taken,
        effects,
        &gives,
        calls,
        &operation.name,
        &set,
    ))
}

/// What must be given comes first, in the order of the URL; then the body, the filter, and the rest.
pub fn ordered(taken: &mut [Taken]) {
    taken.sort_by_key(|(name, _, required)| match name.as_str() {
        _ if *required => 0,
        "body" => 1,
        "filter" => 2,
        _ => 3,
    });
}

/// What a method has beside its parameters.
pub const OWN: [&str; 3] = ["client", "options", "parameters"];
const ASYNC: &str = "async throws ";

fn playbook_method(types: &Types, playbook: &Playbook) -> Result<String> {
    let mut documentation = vec![format!("{}.", capitalised(&playbook.does)), String::new()];
    let names =
        named(playbook.parameters.iter().map(|parameter| parameter.name.as_str()), &playbook.name, &OWN)?;
    let mut taken = Vec::new();
    let mut set = Vec::new();
    for (parameter, name) in playbook.parameters.iter().zip(names) {
        let form = match parameter.takes {
            playbooks::Takes::Text => "String",
            playbooks::Takes::Texts => "[String]",
            playbooks::Takes::Flag => "Bool",
            playbooks::Takes::Seconds => "Int",
        };
        documentation.push(format!("- Parameter {name}: {}", parameter.means));
        set.push(format!("parameters.set({}, {name})", swift_text(&parameter.name)));
        taken.push((name, form.to_owned(), parameter.required));
    }
    documentation.truncate(if taken.is_empty() { 1 } else { documentation.len() });
    let verb = playbook.name.rsplit('.').next().unwrap_or_default();
    Ok(spelled_out(
        &documentation,
        false,
        verb,
        &taken,
        ASYNC,
        &spelled(types, &playbook.gives),
        "try await client.playbook",
        &playbook.name,
        &set,
    ))
}

/// The call of an operation with these of its parameters, each by its name.
pub fn written(call: &Call, given: &[&requests::Parameter]) -> Result<String> {
    let name = &call.operation.name;
    let names = named(call.fields.iter().map(|field| field.key.as_str()), name, &OWN)?;
    let mut taken: Vec<Taken> = Vec::new();
    for (field, name) in call.fields.iter().zip(names) {
        if given.iter().any(|one| one.key == field.key) {
            taken.push((name, String::new(), field.required));
        }
    }
    ordered(&mut taken);
    let arguments: Vec<String> =
        taken.iter().map(|(name, ..)| format!("{name}: {}", name.trim_matches('`'))).collect();
    let mut path: Vec<String> = name.split('.').map(|part| camel(namespace_name(part))).collect();
    let verb = path.pop().unwrap_or_default();
    let begins = if call.item.is_some() { "for try await item in" } else { "try await" };
    Ok(format!("{begins} jc.{}.{verb}({})", path.join("."), arguments.join(", ")))
}

#[allow(clippy::too_many_arguments)]
fn spelled_out(
    documentation: &[String],
    deprecated: bool,
    verb: &str,
    taken: &[Taken],
    effects: &str,
    gives: &str,
    calls: &str,
    name: &str,
    set: &[String],
) -> String {
    let mut text = String::new();
    for line in documentation {
        let _ = writeln!(text, "{}", format!("/// {line}").trim_end());
    }
    if deprecated {
        let _ = writeln!(text, "@available(*, deprecated, message: {})", swift_text(requests::DEPRECATED));
    }
    let mut parameters: Vec<String> = Vec::new();
    for (name, form, required) in taken {
        parameters.push(if *required { format!("{name}: {form}") } else { format!("{name}: {form}? = nil") });
    }
    parameters.push("options: CallOptions = CallOptions()".into());
    let parameters = parameters.join(", ");
    let _ =
        writeln!(text, "{CLIENT}\npublic func {}({parameters}) {effects}-> {gives} {{", escaped(camel(verb)));
    if set.is_empty() {
        let _ = writeln!(text, "    {calls}({}, options: options)", swift_text(name));
    } else {
        text.push_str("    var parameters = Parameters()\n");
        for line in set {
            let _ = writeln!(text, "    {line}");
        }
        let _ = writeln!(text, "    return {calls}({}, parameters, options: options)", swift_text(name));
    }
    text.push_str("}\n");
    text
}
