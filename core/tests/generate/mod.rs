//! Parameters and replies for any operation, made from the table: the same ones every time.

use jumpcloud_core::Attachment;
use jumpcloud_core::operation::{BodyForm, Operation, Parameter, Place, Style};
use jumpcloud_core::schema::{Kind, Schema};
use serde_json::{Map, Value, json};

/// Below this depth, only what is required: some schemas hold themselves.
const DEEPEST: usize = 7;

/// What a URL has to encode.
const TEXT: &str = "é ?&=#/%20+5f1b";

/// The text of a body that may be any.
pub(crate) const FREE: &str = "Zoë \"Z\" \u{1F600}\n";

/// How long generated attachments are.
pub(crate) const ATTACHED: u64 = 5;

/// Parameters that [`jumpcloud_core::request::build`] accepts; without `all`, only the required ones.
pub(crate) fn parameters(operation: &Operation, all: bool) -> Value {
    let mut values = Map::new();
    for parameter in operation.parameters.iter().filter(|parameter| all || parameter.required) {
        values.insert(parameter.name.to_owned(), parameter_value(operation, parameter));
    }
    if let Some(body) = operation.body.as_ref().filter(|body| all || body.required) {
        let mut value = match body.form {
            BodyForm::Bytes => attachment(),
            BodyForm::Multipart => form(&body.schema),
            _ => self::value(&body.schema, 0),
        };
        // A filter that is given as a parameter may not stand in the body as well.
        for parameter in operation.parameters.iter().filter(|_| all) {
            if let (Place::Body(key), Some(fields)) = (parameter.place, value.as_object_mut()) {
                fields.remove(key);
            }
        }
        values.insert("body".to_owned(), value);
    }
    Value::Object(values)
}

fn parameter_value(operation: &Operation, parameter: &Parameter) -> Value {
    if operation.host().is_none() && parameter.place == Place::Path {
        return json!("https://bucket.s3.amazonaws.com/app.pkg?X-Amz-Signature=c0ffee");
    }
    if parameter.filter {
        // Insights compares for equality only.
        let operator = if parameter.place == Place::Body("search_term") { "eq" } else { "ne" };
        return json!({ "and": [
            { "field": "name", "operator": "eq", "value": "r&d + sales: 50%" },
            { "field": "created", "operator": operator, "value": "2026-01-31t00:00:00z" },
        ]});
    }
    let one = match &parameter.schema.resolved().kind {
        Kind::Text { values } if values.is_empty() => json!(TEXT),
        Kind::Integer { .. } => json!(7),
        _ => value(&parameter.schema, 0),
    };
    match parameter.style {
        Style::Single => match parameter.place {
            // A header is not percent-encoded.
            Place::Header if one == json!(TEXT) => json!("5f1b"),
            _ => one,
        },
        Style::Deep => json!({ "fields": ["name", "email"], "searchTerm": "a b" }),
        // A space would split it again.
        Style::Space => json!(["_id", "-created"]),
        Style::Comma | Style::Repeated => match &parameter.schema.resolved().kind {
            Kind::Text { values } if !values.is_empty() => {
                values.iter().take(3).map(String::as_str).collect()
            }
            _ => json!([one, one]),
        },
    }
}

fn attachment() -> Value {
    json!(Attachment { length: ATTACHED, file_name: "logo \"1\".png".into(), media_type: "image/png".into() })
}

fn form(schema: &Schema) -> Value {
    let Kind::Object(properties) = &schema.resolved().kind else {
        return json!({});
    };
    let fields = properties.iter().enumerate();
    fields
        .map(|(index, field)| {
            (field.name.clone(), if index == 0 { attachment() } else { value(&field.schema, 0) })
        })
        .collect()
}

/// A value that fits a schema, with everything that it describes.
pub(crate) fn value(schema: &Schema, depth: usize) -> Value {
    match &schema.resolved().kind {
        Kind::Any => json!({ "any": [1, "two", null] }),
        Kind::Text { values } => match values.iter().find(|value| !value.is_empty()) {
            Some(value) => json!(value),
            None => json!(FREE),
        },
        Kind::DateTime => json!("2026-01-31T12:00:00.000Z"),
        Kind::Binary => json!("c0ffee"),
        Kind::Integer { decimal: true } => json!("9007199254740993"),
        Kind::Integer { .. } => json!(4_294_967_295_u64),
        Kind::Number => json!(2.5),
        Kind::Boolean => json!(true),
        Kind::Array(_) if depth > DEEPEST => json!([]),
        Kind::Array(items) => json!([value(items, depth + 1), value(items, depth + 1)]),
        Kind::Map(_) if depth > DEEPEST => json!({}),
        Kind::Map(values) => json!({ "a key": value(values, depth + 1) }),
        Kind::Object(properties) => {
            let wanted = properties.iter().filter(|property| depth <= DEEPEST || property.required);
            wanted.map(|property| (property.name.clone(), value(&property.schema, depth + 1))).collect()
        }
        Kind::Reference(number) => panic!("{number} refers to a reference"),
    }
}
