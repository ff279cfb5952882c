//! The description of what the fake answers, as OpenAPI 3.1, made from the table.

use jumpcloud_core::Operation;
use jumpcloud_core::operation::{Accepts, BodyForm, Place};
use serde_json::{Map, Value, json};

/// The whole description.
pub(crate) fn document(origin: &str) -> Value {
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    for operation in Operation::all().filter(|operation| operation.host().is_some()) {
        let described = serde_json::from_str(&operation.describe()).unwrap_or_default();
        let item = paths.entry(operation.path).or_insert_with(|| json!({}));
        item[operation.method.as_str().to_lowercase()] = describe(operation, described, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "A fake JumpCloud", "version": env!("CARGO_PKG_VERSION")},
        "servers": [{"url": origin}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "bearer": {"type": "http", "scheme": "bearer"},
                "clientSecret": {"type": "http", "scheme": "basic"},
            },
        },
    })
}

/// One operation. What its schemas share moves to the whole description.
fn describe(operation: &Operation, mut described: Value, schemas: &mut Map<String, Value>) -> Value {
    for part in ["parameters", "reply"] {
        if let Some(Value::Object(shared)) =
            described[part].as_object_mut().and_then(|part| part.remove("$defs"))
        {
            for (name, mut schema) in shared {
                point(&mut schema);
                schemas.insert(name, schema);
            }
        }
        point(&mut described[part]);
    }
    let schema = |name: &str| described["parameters"]["properties"][name].clone();
    let mut parameters = Vec::new();
    for parameter in &operation.parameters {
        let place = match parameter.place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
            Place::Body(_) => continue,
        };
        // A filter is written as text.
        let schema = if parameter.filter { json!({"type": "string"}) } else { schema(parameter.name) };
        let (name, required) = (parameter.name, parameter.required);
        parameters.push(json!({"name": name, "in": place, "required": required, "schema": schema}));
    }
    let mut responses = Map::new();
    for reply in operation.replies() {
        let status = reply.status.to_owned();
        let described = match reply.status.starts_with('2') {
            true => described["reply"].clone(),
            false => json!({"type": ["object", "string"]}),
        };
        let content = match reply.media_type {
            "" => json!({}),
            media_type => json!({media_type: {"schema": described}}),
        };
        responses.entry(status).or_insert_with(|| json!({"description": "", "content": content}));
    }
    responses.entry("default").or_insert_with(|| json!({"description": "A refusal"}));
    let security = match operation.accepts {
        Accepts::ClientSecret => json!([{"clientSecret": []}]),
        Accepts::Nothing => json!([]),
        _ => json!([{"apiKey": []}, {"bearer": []}]),
    };
    let mut whole = json!({
        "operationId": operation.name,
        "parameters": parameters,
        "responses": responses,
        "security": security,
    });
    if let Some(body) = &operation.body {
        let media_type = match body.form {
            BodyForm::Json | BodyForm::JsonOrBytes => "application/json",
            BodyForm::Multipart => "multipart/form-data",
            BodyForm::Form => "application/x-www-form-urlencoded",
            BodyForm::Bytes => "application/octet-stream",
        };
        whole["requestBody"] =
            json!({"required": body.required, "content": {media_type: {"schema": schema("body")}}});
    }
    whole
}

/// Lets references point to where the shared schemas are now.
fn point(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(point),
        Value::Object(record) => {
            for (name, value) in record {
                match value {
                    Value::String(reference) if name == "$ref" => {
                        *reference = reference.replace("#/$defs/", "#/components/schemas/");
                    }
                    value => point(value),
                }
            }
        }
        _ => {}
    }
}
