//! The whole file, operation by operation, against the table. Whether it is OpenAPI, a validator says: `cargo xtask test`.

use super::*;

fn whole() -> Value {
    document(&crate::command::root().unwrap()).unwrap()
}

/// Method, path, path item and operation, by the operation's name.
fn operations(document: &Value) -> BTreeMap<&str, (String, &str, &Value, &Value)> {
    let mut found = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(key, _)| *key != "servers") {
            let id = operation["operationId"].as_str().unwrap();
            let twin = found.insert(id, (method.to_uppercase(), path.as_str(), item, operation));
            assert!(twin.is_none(), "{id} is there twice");
        }
    }
    found
}

#[test]
fn every_operation_is_there_as_the_table_has_it() {
    let document = whole();
    let found = operations(&document);
    assert!(found.keys().copied().eq(Operation::all().map(|operation| operation.name)));
    // Generators make identifiers of names: they stay apart without their dots.
    let plain = found.keys().map(|name| name.replace('.', "").to_lowercase());
    assert_eq!(plain.collect::<BTreeSet<_>>().len(), found.len());
    for known in Operation::all() {
        let (method, path, item, operation) = &found[known.name];
        let name = known.name;
        assert_eq!((method.as_str(), *path), (known.method.as_str(), known.path), "{name}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{name}");
        assert!(operation["x-jc-operation-ids"].as_array().is_some_and(|ids| !ids.is_empty()), "{name}");
        assert_eq!(
            operation["security"].as_array().unwrap().is_empty(),
            known.accepts == Accepts::Nothing,
            "{name}"
        );
        for requirement in operation["security"].as_array().unwrap() {
            for scheme in requirement.as_object().unwrap().keys() {
                assert!(document["components"]["securitySchemes"].get(scheme).is_some(), "{name}: {scheme}");
            }
        }
        // Whether a PUT or PATCH resets what is left out; null where nobody says.
        let replaces = matches!(known.method, Method::Put | Method::Patch).then(|| json!(known.full_replace));
        assert_eq!(operation.get("x-jc-full-replace"), replaces.as_ref(), "{name}");
        let servers = item.get("servers").unwrap_or(&document["servers"]).as_array().unwrap();
        match known.host() {
            Some(host) => {
                let urls = servers.iter().map(|server| server["url"].as_str().unwrap());
                assert!(urls.eq(Region::ALL.map(|region| region.origin(host))), "{name}");
            }
            None => assert_eq!(servers.len(), 1, "{name}"),
        }
        let replies = operation["responses"].as_object().unwrap();
        let fails = |status: &str| status == "default" || status.starts_with(['4', '5']);
        assert_eq!(replies.keys().any(|status| fails(status)), known.api() != Api::Storage, "{name}");
        for (status, reply) in replies {
            let said = reply.get("description").is_some_and(|text| text != "") || reply.get("$ref").is_some();
            assert!(said, "{name}: what does {status} mean?");
        }
        // Each parameter, but those that stand for a part of the body.
        let listed: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| parameter["name"].as_str().unwrap())
            .filter(|name| *name != "x-org-id")
            .collect();
        let places = known
            .parameters
            .iter()
            .filter(|parameter| !matches!(parameter.place, jumpcloud_core::operation::Place::Body(_)));
        assert_eq!(listed, places.map(|parameter| parameter.name).collect(), "{name}");
        assert_eq!(operation.get("requestBody").is_some(), known.body.is_some(), "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(object) => {
                found.extend(object.get("$ref").and_then(Value::as_str));
                object.values().for_each(|inner| references(inner, found));
            }
            Value::Array(list) => list.iter().for_each(|inner| references(inner, found)),
            _ => {}
        }
    }
    let document = whole();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in &found {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference} leads nowhere");
    }
    for kind in ["schemas", "responses"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            assert!(
                found.contains(format!("#/components/{kind}/{name}").as_str()),
                "nothing refers to {name}"
            );
        }
    }
}

/// Every schema that a value leads to, by its name in the file.
fn reached<'a>(document: &'a Value, value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(object) => {
            if let Some(name) = reference(object).filter(|name| found.insert(name)) {
                reached(document, &document["components"]["schemas"][name], found);
            }
            object.values().for_each(|inner| reached(document, inner, found));
        }
        Value::Array(list) => list.iter().for_each(|inner| reached(document, inner, found)),
        _ => {}
    }
}

/// What is always sent, and whether it is required.
fn sent(value: &Value, found: &mut Vec<bool>) {
    for (name, property) in value["properties"].as_object().into_iter().flatten() {
        if property["x-jc-always-sent"] == true {
            let required = value["required"].as_array();
            found.push(required.is_some_and(|required| required.iter().any(|one| one == name)));
        }
    }
    match value {
        Value::Object(object) => object.values().for_each(|inner| sent(inner, found)),
        Value::Array(list) => list.iter().for_each(|inner| sent(inner, found)),
        _ => {}
    }
}

#[test]
fn what_is_always_sent_is_required_where_every_reply_is_whole_and_no_body_has_it() {
    let document = whole();
    let (mut given, mut narrowed) = (BTreeSet::new(), BTreeSet::new());
    for (_, _, _, operation) in operations(&document).into_values() {
        for part in ["requestBody", "parameters"].iter().filter_map(|part| operation.get(part)) {
            reached(&document, part, &mut given);
        }
        let listed = operation["parameters"].as_array().into_iter().flatten();
        let mut names: Vec<_> = listed.map(|parameter| &parameter["name"]).collect();
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        let named = body.as_object().and_then(reference).map(|name| &document["components"]["schemas"][name]);
        let kind = &named.unwrap_or(body)["properties"]["fields"]["type"];
        let fields = Value::from("fields");
        names.extend((kind == "string" || kind == "array").then_some(&fields));
        if names.contains(&&fields) {
            reached(&document, &operation["responses"], &mut narrowed);
        }
    }
    let documents = Description::documents(&crate::command::root().unwrap()).unwrap();
    let (mut required, mut left) = (0, 0);
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let mut found = Vec::new();
        sent(schema, &mut found);
        let whole = !given.contains(name.as_str()) && !narrowed.contains(name.as_str());
        if whole {
            assert!(found.iter().all(|one| *one), "{name}: {found:?}");
            required += found.len();
        } else {
            // What JumpCloud's description requires stands.
            let (theirs, mut described) = (schema["x-jc-schema"].as_str().unwrap_or(name), Vec::new());
            let all = documents.values().filter_map(|document| document["components"]["schemas"].get(theirs));
            all.take(1).for_each(|schema| sent(schema, &mut described));
            assert_eq!(found, described, "{name}");
            left += found.len();
        }
    }
    assert!(required > 20 && left > 20, "{required}, {left}");
    let required = |name: &str| document["components"]["schemas"][name]["required"].clone();
    assert_eq!(required("GraphConnection"), json!(["to"]));
    // Narrowed by `fields`, in the query or in the body, and given by callers.
    for name in ["SystemUser", "SystemUserSearchResult", "GSuite"] {
        assert_eq!(required(name), Value::Null, "{name}");
    }
}

/// Whether null satisfies a schema: what a validator does, as far as null goes.
fn null_passes(document: &Value, schema: &Value) -> bool {
    let parts = |key: &str| schema.get(key).and_then(Value::as_array);
    let passing = |parts: &Vec<Value>| parts.iter().filter(|part| null_passes(document, part)).count();
    let one_of = |types: &Value| types.as_array().map_or(types == "null", |all| all.contains(&"null".into()));
    let target = schema["$ref"].as_str().map(|reference| document.pointer(&reference[1..]).unwrap());
    schema.get("type").is_none_or(one_of)
        && parts("enum").is_none_or(|values| values.contains(&Value::Null))
        && schema.get("const").is_none_or(Value::is_null)
        && parts("allOf").is_none_or(|all| passing(all) == all.len())
        && parts("anyOf").is_none_or(|any| passing(any) > 0)
        && parts("oneOf").is_none_or(|one| passing(one) == 1)
        && target.is_none_or(|target| null_passes(document, target))
}

/// Where null is declared, among the types or as a choice, and whether it passes there.
fn nulls(document: &Value, value: &Value, path: &str, found: &mut Vec<(String, bool)>) {
    match value {
        Value::Object(schema) => {
            let choices = ["anyOf", "oneOf"].iter().filter_map(|key| schema.get(*key)?.as_array()).flatten();
            let chosen =
                choices.into_iter().any(|choice| choice["type"] == "null" || may_be_null(choice.get("type")));
            if may_be_null(schema.get("type")) || chosen {
                found.push((path.to_owned(), null_passes(document, value)));
            }
            schema.iter().for_each(|(key, inner)| nulls(document, inner, &format!("{path}/{key}"), found));
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, inner)| nulls(document, inner, &format!("{path}/{index}"), found)),
        _ => {}
    }
}

#[test]
fn null_passes_wherever_it_is_declared() {
    let document = whole();
    let mut found = Vec::new();
    nulls(&document, &document, "", &mut found);
    let refused: Vec<_> = found.iter().filter(|(_, passes)| !passes).map(|(path, _)| path).collect();
    assert!(refused.is_empty(), "null is declared and refused: {refused:#?}");
    // One of each kind: of types alone, with values, of parts, as a choice beside a reference.
    for known in [
        "SystemUser/properties/manager",
        "Application/properties/color",
        "GroupAttributesUserGroup",
        "UserGroup/properties/memberQuery",
    ] {
        let path = format!("/components/schemas/{known}");
        assert!(found.iter().any(|(at, _)| *at == path), "{path}");
    }
}

/// What JumpCloud might describe next: each keyword that refuses null beside a type that takes it.
#[test]
fn each_keyword_lets_null_pass() {
    let an_object = json!([{ "type": "object" }]);
    for schema in [
        json!({ "type": ["string", "null"], "enum": ["a"] }),
        json!({ "type": ["string", "null"], "const": "a" }),
        json!({ "type": ["object", "null"], "allOf": an_object }),
        json!({ "type": ["object", "null"], "anyOf": an_object, "x-jc-always-sent": true }),
        json!({ "type": ["object", "null"], "oneOf": an_object }),
    ] {
        let mut mended = schema.clone();
        let_null_pass(&mut mended);
        assert!(!null_passes(&Value::Null, &schema) && null_passes(&Value::Null, &mended), "{mended}");
        assert_eq!(mended.get("x-jc-always-sent"), schema.get("x-jc-always-sent"));
        let again = mended.clone();
        let_null_pass(&mut mended);
        assert_eq!(mended, again);
    }
    let mut required = json!({ "type": "string", "enum": ["a"] });
    let_null_pass(&mut required);
    assert!(!null_passes(&Value::Null, &required));
}

#[test]
fn what_has_words_says_them() {
    let document = whole();
    let description = Description::read(&crate::command::root().unwrap()).unwrap();
    let found = operations(&document);
    for named in &description.operations {
        let (_, _, _, operation) = &found[named.name.as_str()];
        assert_eq!(operation["summary"], named.sentence.as_str(), "{}", named.name);
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let phrase = description.words.parameter(named, name);
            assert!(
                phrase.is_none() || parameter["description"].as_str() == phrase,
                "{}: {name}",
                named.name
            );
        }
    }
    let schemas = &document["components"]["schemas"];
    assert_eq!(
        schemas["SystemUser"]["properties"]["username"]["description"].as_str(),
        description.words.field("SystemUser", "username")
    );
    let text = schemas.to_string();
    for schema in description.words.schemas().into_iter().filter(|schema| schemas.get(schema).is_some()) {
        let first = schemas[schema]["properties"].as_object().into_iter().flatten().next();
        assert!(first.is_none_or(|(_, property)| property["description"].is_string()), "{schema}: {first:?}");
    }
    assert!(text.matches("\"description\":").count() > 1000);
}
