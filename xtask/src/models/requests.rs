//! The request of each operation: its fields, what it answers, and what is said of it.

use anyhow::Result;

use super::types::{Form, Shape, Types, area};
use crate::description::{Body, Description, Kind, Operation, Organization, Schema, Style};
use crate::table;

pub struct Call<'a> {
    pub operation: &'a Operation,
    /// The feature it needs.
    pub area: String,
    pub fields: Vec<Parameter>,
    pub reply: Reply,
    /// What a list holds.
    pub item: Option<Form>,
}

pub struct Parameter {
    /// JumpCloud's name.
    pub key: String,
    /// What it means, where somebody has written it.
    pub means: Option<String>,
    pub required: bool,
    pub takes: Takes,
}

pub enum Takes {
    Form(Form),
    Filter,
    Attachment,
}

pub enum Reply {
    Json(Form),
    /// Text, or whatever JSON holds with text as a string.
    JsonOrText(Form),
    Text,
    Bytes,
    Empty,
}

/// The requests of all operations; adds to `types` what they describe in place.
pub fn all<'a>(description: &'a Description, types: &mut Types<'a>) -> Result<Vec<Call<'a>>> {
    let mut calls: Vec<Call<'a>> =
        description.operations.iter().map(|operation| call(operation, types)).collect::<Result<_>>()?;
    for call in &mut calls {
        for field in &mut call.fields {
            let means = description.words.parameter(call.operation, &field.key);
            field.means = means.map(str::to_owned);
        }
    }
    for name in types.reachable(calls.iter().flat_map(Call::sends)) {
        types.all.entry(name).and_modify(|known| known.sent = true);
    }
    Ok(calls)
}

impl Call<'_> {
    /// What it sends, as far as it has a form.
    pub fn sends(&self) -> impl Iterator<Item = &Form> {
        self.fields.iter().filter_map(|field| match &field.takes {
            Takes::Form(form) => Some(form),
            _ => None,
        })
    }
}

fn call<'a>(operation: &'a Operation, types: &mut Types<'a>) -> Result<Call<'a>> {
    let mut fields = Vec::new();
    for parameter in &operation.parameters {
        let takes = match parameter.style {
            _ if parameter.name == "filter" && parameter.location == "query" => Takes::Filter,
            // Text, or an object with searchTerm and fields.
            Style::Deep => Takes::Form(Form::Any),
            _ => Takes::Form(match types.in_place(operation, &parameter.name, &parameter.schema)? {
                // Digits are digits in a URL.
                Form::Decimal => Form::Integer,
                form => form,
            }),
        };
        fields.push(Parameter {
            key: parameter.name.clone(),
            means: None,
            required: parameter.required,
            takes,
        });
    }
    if operation.body_filter.is_some() {
        fields.push(Parameter { key: "filter".into(), means: None, required: false, takes: Takes::Filter });
    }
    if let Some(body) = &operation.body {
        fields.push(body_field(operation, body, types)?);
    }
    let mut json = || match reply_schema(operation) {
        Some(schema) => types.in_place(operation, "reply", schema),
        None => Ok(Form::Any),
    };
    let reply = match table::reply_kind(operation) {
        "E" => Reply::Empty,
        "T" => Reply::Text,
        "B" => Reply::Bytes,
        "JT" => Reply::JsonOrText(match json()? {
            Form::Text => Form::Text,
            _ => Form::Any,
        }),
        _ => Reply::Json(json()?),
    };
    let item = operation.paging.as_ref().map(|paging| match &reply {
        Reply::Json(form) => item(types, form, &paging.items),
        _ => Form::Any,
    });
    Ok(Call { operation, area: area(operation), fields, reply, item })
}

fn body_field<'a>(operation: &Operation, body: &Body, types: &mut Types<'a>) -> Result<Parameter> {
    let takes = match body.media_type.as_str() {
        "application/octet-stream" => Takes::Attachment,
        // An object, or an attachment.
        _ if body.or_bytes => Takes::Form(Form::Any),
        _ => Takes::Form(types.in_place(operation, "body", &body.schema)?),
    };
    Ok(Parameter { key: "body".into(), means: None, required: body.required, takes })
}

/// What the first success that is described holds, in JSON if there is JSON.
fn reply_schema(operation: &Operation) -> Option<&Schema> {
    let successes = operation.replies.iter().filter(|reply| reply.status.starts_with('2'));
    let content: Vec<&(String, Schema)> = successes.flat_map(|reply| &reply.content).collect();
    let is_json = |media_type: &str| media_type == "application/json";
    let json = content.iter().any(|(media_type, _)| is_json(media_type));
    // Otherwise `produces: text/html` beside an object or array schema, which is bogus: JSON comes.
    let mut likely =
        content.iter().filter(|(media_type, _)| is_json(media_type) || !json).map(|(_, schema)| schema);
    likely.find(|schema| schema.kind != Kind::Any)
}

fn item(types: &Types, reply: &Form, key: &str) -> Form {
    let list = match (types.resolved(reply), key) {
        (list, "") => list,
        (Form::Named(name), key) => match &types.all[name].shape {
            Shape::Record(fields) => match fields.iter().find(|field| field.key == key) {
                Some(field) => types.resolved(&field.form),
                None => &Form::Any,
            },
            _ => &Form::Any,
        },
        _ => &Form::Any,
    };
    match list {
        Form::List(item) => (**item).clone(),
        _ => Form::Any,
    }
}

/// What the operation does, and what else is known of it; one line each.
pub fn documentation(operation: &Operation) -> Vec<String> {
    let mut lines = vec![format!("{} `{} {}`", operation.sentence, operation.method, operation.path)];
    let mut facts = Vec::new();
    match operation.effect.full_replace {
        Some(true) => facts.push("What the body leaves out is reset.".to_owned()),
        None => facts.push("What is left out may be reset (no source says): send the whole.".to_owned()),
        Some(false) => {}
    }
    if operation.body.as_ref().is_some_and(|body| body.or_bytes) {
        facts.push("The body is an object, or an [`Attachment`] as JSON.".to_owned());
    }
    if let Some(paging) = &operation.paging {
        // In a list of ours `limit` is how many are wanted in all; JumpCloud's word for a page's size is not needed.
        facts.push(match (paging.size.as_str(), paging.maximum) {
            ("", _) => "Everything comes in one reply.".to_owned(),
            (size, 0) => format!("{}A page's size is an option.", wanted(size)),
            (size, maximum) => {
                format!("{}A page's size is an option, at most {maximum}.", wanted(size))
            }
        });
    }
    if operation.organization == Organization::Required {
        facts.push("Needs an organization.".to_owned());
    }
    if let [first, others @ ..] = operation.scopes.as_slice() {
        let others: String = others.iter().map(|scope| format!(" or `{scope}`")).collect();
        facts.push(format!("Scope: `{first}`{others}."));
    }
    if !facts.is_empty() {
        lines.push(String::new());
        lines.push(facts.join(" "));
    }
    lines
}

/// What each language says of an operation that JumpCloud marks deprecated.
pub const DEPRECATED: &str = "JumpCloud says that this operation will go.";

/// What a list's own parameter for the page size means, where it is called as our option for the whole.
fn wanted(size: &str) -> String {
    match size.rsplit('.').next() {
        Some("limit") => format!("`{size}` is how many items are wanted in all. "),
        _ => String::new(),
    }
}
