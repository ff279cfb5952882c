//! Writes the table that `core` reads: text files in `core/src/table`, one line an entry.
//!
//! The format is documented where it is read, in `core/src/operation.rs`, `core/src/schema.rs` and `core/src/words.rs`.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::description::{
    Body, Counts, Credentials, Description, EffectKind, Kind, Operation, Organization, Paging, Parameter,
    Property, Schema, Style, words,
};

/// The generated files as (path below the repository's root, text); `names` are the type names of the schemas.
pub fn files(description: &Description, names: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut operations = String::new();
    let mut replies = String::new();
    for operation in &description.operations {
        operations.push_str(&operation_line(description, operation));
        replies.push_str(&reply_line(operation));
    }
    let roots = description.operations.iter().filter_map(|operation| operation.body.as_ref());
    let bodies = description.reachable(roots.map(|body| &body.schema));
    let shown = description.operations.iter().flat_map(|operation| &operation.replies);
    let shown = shown.flat_map(|reply| reply.content.iter().map(|(_, schema)| schema));
    let shown = description.reachable(shown.chain(description.playbooks.values()));
    let playbooks = description.playbooks.iter();
    let playbooks: String =
        playbooks.map(|(name, schema)| format!("{name}\t{}\n", expression(schema))).collect();
    let (mut body_schemas, mut reply_schemas) = (String::new(), String::new());
    for (name, schema) in &description.schemas {
        let line = format!("{}\t{}\n", escape(name), expression(schema));
        if bodies.contains(name.as_str()) {
            body_schemas.push_str(&line);
        } else if shown.contains(name.as_str()) {
            reply_schemas.push_str(&line);
        }
    }
    let gone = description.gone_ids.iter().map(|(id, now)| format!("{id}\t{now}\n")).collect();
    let sentences = description.operations.iter();
    let sentences = sentences.map(|operation| format!("{}\t{}\n", operation.name, operation.sentence));
    [
        ("operations.txt", operations),
        ("gone-ids.txt", gone),
        ("harmless-sent.txt", description.harmless[0].clone()),
        ("harmless-received.txt", description.harmless[1].clone()),
        ("body-schemas.txt", body_schemas),
        ("filter-fields.txt", filter_fields(description)),
        ("replies.txt", replies),
        ("reply-schemas.txt", reply_schemas),
        ("playbooks.txt", playbooks),
        ("sentences.txt", sentences.collect()),
        ("parameter-words.txt", parameter_words(description)),
        ("field-words.txt", field_words(description, names)),
        ("search-words.txt", description.words.search.iter().map(|words| words.join("\t") + "\n").collect()),
    ]
    .map(|(file, text)| (format!("core/src/table/{file}"), text))
    .into()
}

/// A phrase of a parameter a line, with the operations in which it means that; without any: in all others.
fn parameter_words(description: &Description) -> String {
    let words = &description.words;
    let mut phrases: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for operation in &description.operations {
        for name in words::taken(operation).chain(operation.body.iter().map(|_| "body")) {
            if let Some(phrase) = words.parameter(operation, name) {
                let operations = phrases.entry((name, phrase)).or_default();
                operations
                    .extend(Some(operation.name.as_str()).filter(|_| words.common(name) != Some(phrase)));
            }
        }
    }
    let line = |((name, phrase), operations): ((&str, &str), Vec<&str>)| {
        format!("{name}\t{phrase}\t{}\n", operations.join(" "))
    };
    phrases.into_iter().map(line).collect()
}

/// A phrase of a field a line, by the keys that lead to it, with JumpCloud's names of the schemas in which it means that.
fn field_words(description: &Description, names: &BTreeMap<String, String>) -> String {
    let mut phrases: BTreeMap<(String, &str), Vec<String>> = BTreeMap::new();
    for (schema, name) in names {
        for path in words::paths(&description.schemas[schema]) {
            if let Some(phrase) = description.words.field(name, &path) {
                phrases.entry((path, phrase)).or_default().push(escape(schema));
            }
        }
    }
    let line = |((path, phrase), schemas): ((String, &str), Vec<String>)| {
        format!("{path}\t{phrase}\t{}\n", schemas.join(" "))
    };
    phrases.into_iter().map(line).collect()
}

fn operation_line(description: &Description, operation: &Operation) -> String {
    let derived = derived_operation_id(&operation.method, &operation.path);
    let ids: Vec<&str> =
        operation.operation_ids.iter().map(String::as_str).filter(|id| *id != derived).collect();
    let has_derived = operation.operation_ids.contains(&derived);
    let body_filter = operation.body_filter.map(|key| format!(">filter:{key}"));
    let parameters: Vec<String> =
        operation.parameters.iter().filter_map(parameter).chain(body_filter).collect();
    format!(
        "{}\t{}\t{}\t{}{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
        operation.name,
        operation.method,
        operation.path,
        if has_derived { "" } else { "-" },
        ids.join(" "),
        flags(description, operation),
        operation.paging.as_ref().map(paging).unwrap_or_default(),
        parameters.join(" "),
        operation.body.as_ref().map(body).unwrap_or_default(),
        answers(operation),
        operation.scopes.join(" "),
        own_system(operation),
    )
}

/// Where the caller's own id stands in the requests that System Context may make.
fn own_system(operation: &Operation) -> &str {
    if operation.credentials != Credentials::AnyOrSystem {
        return "";
    }
    match operation.path.split_once("/systems/{").and_then(|(_, rest)| rest.split_once('}')) {
        Some((parameter, _)) => parameter,
        None if operation.path.contains("/systemgroups/") => "body.id",
        None => "",
    }
}

/// JumpCloud's newest operationIds follow from method and path: `getApiV2UsergroupsByGroupIdMembers`.
pub fn derived_operation_id(method: &str, path: &str) -> String {
    let mut id = method.to_lowercase();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        if segment.starts_with('{') {
            id.push_str("By");
        }
        for word in segment.split(|c: char| !c.is_ascii_alphanumeric()) {
            let mut letters = word.chars();
            id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            id.extend(letters.map(|letter| letter.to_ascii_lowercase()));
        }
    }
    id
}

fn flags(description: &Description, operation: &Operation) -> String {
    let mut flags = String::new();
    flags.push(match operation.credentials {
        Credentials::Any => 'a',
        Credentials::AnyOrSystem => 's',
        Credentials::Client => 'c',
        Credentials::None => 'n',
    });
    flags.push_str(match operation.organization {
        Organization::Refused => "x",
        Organization::Optional => "",
        Organization::Required => "o",
        Organization::Several => "m",
    });
    flags.push_str(match operation.effect.kind {
        EffectKind::Safe => "r",
        EffectKind::Other => "",
        EffectKind::Destructive => "d",
    });
    let more = [
        ('i', operation.effect.idempotent && operation.effect.kind != EffectKind::Safe),
        ('f', operation.effect.full_replace == Some(true)),
        ('u', operation.effect.full_replace.is_none()),
        ('z', operation.deprecated),
        ('e', any_answer(description, operation, says_errors)),
        (
            't',
            any_answer(description, operation, |kind| matches!(kind, Kind::String { .. }))
                || operation.effect.kind == EffectKind::Safe
                    && any_answer(description, operation, |kind| matches!(kind, Kind::Any)),
        ),
    ];
    flags.extend(more.into_iter().filter(|(_, set)| *set).map(|(flag, _)| flag));
    flags
}

/// Whether a schema of a success that is JSON is so.
fn any_answer(description: &Description, operation: &Operation, is_so: fn(&Kind) -> bool) -> bool {
    let successes = operation.replies.iter().filter(|reply| reply.status.starts_with('2'));
    let json =
        successes.flat_map(|reply| &reply.content).filter(|(media_type, _)| media_type == "application/json");
    let mut kinds = json.map(|(_, schema)| resolved(description, &schema.kind));
    operation.paging.is_none() && kinds.any(is_so)
}

fn says_errors(kind: &Kind) -> bool {
    let Kind::Object(properties) = kind else { return false };
    properties.iter().any(|property| matches!(property.name.as_str(), "error" | "errors"))
}

fn paging(paging: &Paging) -> String {
    format!(
        "{},{},{},{}{},{}{},{},{},{},{},{},{}",
        paging.strategy,
        paging.size,
        paging.position,
        paging.maximum,
        if paging.maximum_known { "" } else { "?" },
        paging.items,
        if paging.alone { "?" } else { "" },
        paging.total,
        paging.cursor,
        paging.sort,
        paging.identity,
        match paging.counts {
            Counts::Body => "b",
            Counts::Header => "h",
            Counts::None => "",
        },
        paging.time.join(","),
    )
    .trim_end_matches(',')
    .to_owned()
}

fn parameter(parameter: &Parameter) -> Option<String> {
    let location = match parameter.location.as_str() {
        "path" => '/',
        "query" => '?',
        _ => '@',
    };
    let plain = Kind::String { format: String::new(), values: Vec::new() };
    let schema = match &parameter.schema.kind {
        Kind::Array(items) if parameter.style != Style::Single => items,
        _ => &parameter.schema,
    };
    let text = matches!(&schema.kind, Kind::String { values, .. } if values.is_empty());
    if location == '/' && text && parameter.former_names.is_empty() {
        return None; // the path template says it all
    }
    let style = match parameter.style {
        Style::Single => "",
        Style::Comma => ",",
        Style::Repeated => "*",
        Style::Space => "_",
        Style::Deep => "%",
    };
    let expression = match parameter.name.as_str() {
        "filter" if location == '?' && parameter.spells_gte => "g".to_owned(),
        "filter" if location == '?' => "f".to_owned(),
        _ if text || parameter.style == Style::Deep => {
            expression(&Schema { kind: plain, nullable: false, open: false })
        }
        _ => expression(&Schema { nullable: false, ..schema.clone() }),
    };
    let required = if parameter.required && location != '/' { "!" } else { "" };
    let former: String = parameter.former_names.iter().map(|name| format!("={}", escape(name))).collect();
    Some(format!("{location}{}{former}{required}:{style}{expression}", escape(&parameter.name)))
}

fn body(body: &Body) -> String {
    let kind = match body.media_type.as_str() {
        "multipart/form-data" => 'M',
        "application/x-www-form-urlencoded" => 'F',
        "application/octet-stream" => 'B',
        _ if body.or_bytes => 'A',
        _ => 'J',
    };
    let schema = if kind == 'B' { String::new() } else { expression(&body.schema) };
    format!("{kind}{}{schema}", if body.required { "!" } else { "" })
}

/// What a success looks like, and its media types where they are not what the kind says.
fn answers(operation: &Operation) -> String {
    let kind = reply_kind(operation);
    let mut types: Vec<&str> = Vec::new();
    for reply in operation.replies.iter().filter(|reply| reply.status.starts_with('2')) {
        types.extend(reply.content.iter().map(|(media_type, _)| media_type.as_str()));
    }
    types.sort();
    types.dedup();
    if types.is_empty() || types == ["application/json"] {
        kind.to_owned()
    } else {
        format!("{kind} {}", types.join(","))
    }
}

/// What a success looks like: `J` JSON, `JT` JSON or text, `T` text, `B` bytes, `E` nothing.
pub fn reply_kind(operation: &Operation) -> &'static str {
    let media: Vec<&str> = operation
        .replies
        .iter()
        .filter(|reply| reply.status.starts_with('2'))
        .flat_map(|reply| reply.content.iter().map(|(media_type, _)| media_type.as_str()))
        .collect();
    let described = |schema: &Schema| !matches!(&schema.kind, Kind::String { .. } | Kind::Any);
    let described =
        operation.replies.iter().filter(|r| r.status.starts_with('2')).flat_map(|r| &r.content).any(
            |(m, s)| {
                // `produces: text/html` beside an object or array schema is bogus: JSON comes.
                matches!(m.as_str(), "text/html" | "text/json") && described(s)
            },
        );
    let text = media.iter().any(|m| matches!(*m, "text/plain" | "text/csv")) && !described;
    if media.contains(&"application/json") && text {
        "JT"
    } else if media.contains(&"application/json") || described {
        "J"
    } else if media.is_empty() {
        "E"
    } else if media.iter().all(|m| m.starts_with("text/")) {
        "T"
    } else {
        "B"
    }
}

/// The fields of lists that take a filter and hold no text: dates of all, and what else a v1 search compares by its type.
/// A field of one name is of one kind wherever it is described.
fn filter_fields(description: &Description) -> String {
    let mut fields = BTreeMap::new();
    for operation in &description.operations {
        let query = operation.parameters.iter().any(|parameter| parameter.name == "filter");
        if !query && operation.body_filter.is_none() {
            continue;
        }
        let success = operation.replies.iter().filter(|reply| reply.status == "200");
        for (_, schema) in success.flat_map(|reply| &reply.content) {
            let mut kind = resolved(description, &schema.kind);
            let key = operation.paging.as_ref().map_or("", |paging| paging.items.as_str());
            if let Kind::Object(properties) = kind
                && let Some(items) = properties.iter().find(|property| property.name == key)
            {
                kind = resolved(description, &items.schema.kind);
            }
            if let Kind::Array(items) = kind {
                kind = resolved(description, &items.kind);
            }
            let Kind::Object(properties) = kind else { continue };
            for property in properties {
                let typed = operation.body_filter == Some("filter");
                let letter = match resolved(description, &property.schema.kind) {
                    Kind::String { format, .. } if format == "date-time" => 'd',
                    Kind::Boolean if typed => 'b',
                    Kind::Integer { .. } | Kind::Number if typed => 'i',
                    _ => continue,
                };
                let before = fields.insert(property.name.as_str(), letter).unwrap_or(letter);
                assert!(before == letter, "{} is of two kinds", property.name);
            }
        }
    }
    let fields: Vec<String> = fields.iter().map(|(name, letter)| format!("{name}:{letter}")).collect();
    fields.join(" ") + "\n"
}

fn resolved<'d>(description: &'d Description, kind: &'d Kind) -> &'d Kind {
    match kind {
        Kind::Reference(name) => resolved(description, &description.schemas[name].kind),
        kind => kind,
    }
}

fn reply_line(operation: &Operation) -> String {
    let mut line = operation.name.clone();
    line.push('\t');
    line.push_str(&operation.filter_fields.join(" "));
    for reply in &operation.replies {
        if reply.content.is_empty() {
            let _ = write!(line, "\t{}", reply.status);
        }
        for (media_type, schema) in &reply.content {
            let _ = write!(line, "\t{} {media_type} {}", reply.status, expression(schema));
        }
    }
    line.push('\n');
    line
}

fn expression(schema: &Schema) -> String {
    let text = match &schema.kind {
        Kind::Any => return "*".into(),
        Kind::String { format, values } if values.is_empty() => match format.as_str() {
            "date-time" => "d".into(),
            "binary" => "y".into(),
            _ => "s".into(),
        },
        Kind::String { values, .. } => {
            format!("s={}", values.iter().map(|value| escape(value)).collect::<Vec<_>>().join("|"))
        }
        Kind::Integer { format } if format == "decimal" => "I".into(),
        Kind::Integer { .. } => "i".into(),
        Kind::Number => "n".into(),
        Kind::Boolean => "b".into(),
        Kind::Constant(_) => "s".into(),
        Kind::Array(items) => format!("[{}", expression(items)),
        Kind::Map(values) => format!("<{}", expression(values)),
        Kind::Reference(name) => format!("@{}", escape(name)),
        Kind::Object(properties) => {
            let properties: Vec<String> = properties
                .iter()
                .map(|p| {
                    format!(
                        "{}{}:{}",
                        escape(&p.name),
                        if p.required { "!" } else { "" },
                        bound(p).unwrap_or_else(|| expression(&p.schema))
                    )
                })
                .collect();
            format!("{{{}}}", properties.join(" "))
        }
    };
    let open = if schema.open { "+" } else { "" };
    let null = if schema.nullable { "?" } else { "" };
    format!("{null}{open}{text}")
}

/// The two times between which events are asked for.
fn bound(property: &Property) -> Option<String> {
    let is_time = matches!(&property.schema.kind, Kind::String { format, .. } if format == "date-time");
    match property.name.as_str() {
        "start_time" if is_time => Some("F".to_owned()),
        "end_time" if is_time => Some("U".to_owned()),
        _ => None,
    }
}

/// A backslash before every character that the format uses.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if " \\|:!?{}@,*=".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
