//! `core/api/leaf-classes.tsv`: which properties and parameters may be shown, judged one by one.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};

use super::{Description, Kind, Schema};

const FILE: &str = "core/api/leaf-classes.tsv";
const CLASSES: [&str; 3] = ["harmless", "personal", "secret"];

/// The names whose values may be shown, a line each, sorted: what is in none of these lines is hidden. A name that only ever
/// holds objects has a dot after it: it may be looked into, and nothing else may stand there.
///
/// First those of requests, then those that only come back.
///
/// # Errors
/// When a name of the description has no class, or a line no name.
pub fn harmless(description: &Description, text: &str) -> Result<[String; 2]> {
    let classes = read(text)?;
    let sent = sent(description);
    let names = names(description);
    let missing: Vec<&str> =
        names.keys().map(String::as_str).filter(|name| !classes.contains_key(name)).collect();
    ensure!(
        missing.is_empty(),
        "{FILE} says of these names neither {}; a person judges each, and what nobody is sure of is not harmless:\n  {}",
        CLASSES.join(" nor "),
        missing.join("\n  ")
    );
    let left: Vec<&str> = classes.keys().copied().filter(|name| !names.contains_key(*name)).collect();
    ensure!(
        left.is_empty(),
        "{FILE} judges names that core/api does not have (any more):\n  {}",
        left.join("\n  ")
    );
    let mut lines = [Vec::new(), Vec::new()];
    for (name, _) in classes.iter().filter(|(_, class)| **class == "harmless") {
        let line = format!("{name}{}\n", if names[*name] { "" } else { "." });
        lines[usize::from(!sent.contains_key(*name))].push(line);
    }
    Ok(lines.map(|mut lines| {
        lines.sort_by(|one, other| one.trim_end().cmp(other.trim_end()));
        lines.concat()
    }))
}

fn read(text: &str) -> Result<BTreeMap<&str, &str>> {
    let mut classes = BTreeMap::new();
    let mut last = "";
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let name = columns.next().unwrap_or_default();
        let class = columns.next().with_context(|| format!("{FILE}: {line:?} has no class"))?;
        ensure!(CLASSES.contains(&class), "{FILE}: {name} is {}, not {class:?}", CLASSES.join(", "));
        if name <= last {
            bail!("{FILE} is sorted by name (byte order), a line each: {name} stands after {last}");
        }
        last = name;
        classes.insert(name, class);
    }
    Ok(classes)
}

/// The name of every property of a body, and of every parameter; and whether anything but objects stands there.
fn sent(description: &Description) -> BTreeMap<String, bool> {
    let mut names = BTreeMap::new();
    for operation in &description.operations {
        let parameters = operation.parameters.iter().filter(|parameter| parameter.location != "header");
        names.extend(parameters.map(|parameter| (format!("?{}", parameter.name), true)));
        operation.body.iter().for_each(|body| see(description, &body.schema, &mut names));
    }
    let bodies = description.operations.iter().filter_map(|operation| operation.body.as_ref());
    for name in description.reachable(bodies.map(|body| &body.schema)) {
        see(description, &description.schemas[name], &mut names);
    }
    names
}

/// The same of what comes, too.
fn names(description: &Description) -> BTreeMap<String, bool> {
    let mut names = sent(description);
    for operation in &description.operations {
        let replies = operation.replies.iter().flat_map(|reply| &reply.content);
        replies.for_each(|(_, schema)| see(description, schema, &mut names));
    }
    let own = description.schemas.values().chain(description.playbooks.values());
    own.for_each(|schema| see(description, schema, &mut names));
    names
}

fn see(description: &Description, schema: &Schema, names: &mut BTreeMap<String, bool>) {
    match &schema.kind {
        Kind::Array(inner) | Kind::Map(inner) => see(description, inner, names),
        Kind::Object(properties) => {
            for property in properties {
                *names.entry(property.name.clone()).or_default() |=
                    !holds_objects(description, &property.schema);
                see(description, &property.schema, names);
            }
        }
        _ => {}
    }
}

fn holds_objects(description: &Description, schema: &Schema) -> bool {
    match &schema.kind {
        Kind::Array(inner) => holds_objects(description, inner),
        Kind::Reference(name) => {
            description.schemas.get(name).is_some_and(|schema| holds_objects(description, schema))
        }
        Kind::Object(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_a_class_and_its_place() {
        assert!(read("a\tharmless\nb\tsecret\twhy\n").is_ok_and(|classes| classes.len() == 2));
        for (wrong, says) in
            [("a", "has no class"), ("a\tfine", "not \"fine\""), ("b\tsecret\na\tsecret", "sorted")]
        {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
