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
