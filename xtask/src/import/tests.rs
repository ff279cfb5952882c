//! Imports of small samples that hold every conversion, and of large variants made by a script.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::merge::{label, operations};
use super::normalise::OPERATION_EXTENSIONS;
use super::report::Report;
use super::*;

type Documents = BTreeMap<String, Value>;

fn directory() -> PathBuf {
    crate::command::root().unwrap().join("core/api")
}

fn committed() -> Documents {
    load(&directory()).unwrap()
}

fn counts(report: &Report) -> [usize; 6] {
    [
        report.added.len(),
        report.changed.len(),
        report.dropped.len(),
        report.schemas_added.len(),
        report.schemas_changed.len(),
        report.schemas_removed.len(),
    ]
}

const NOTHING: [usize; 6] = [0; 6];

/// Imports the text, and then once more: the second time must change nothing.
fn imported(text: &str, documents: &mut Documents) -> Report {
    let report = import(text, documents).unwrap();
    let after = documents.clone();
    let again = import(text, documents).unwrap();
    assert_eq!(counts(&again), NOTHING, "the second time:\n{again}");
    assert_eq!(*documents, after);
    report
}

#[test]
fn our_own_files_are_canonical_and_import_as_they_are() {
    let documents = committed();
    assert_eq!(documents.keys().collect::<Vec<_>>(), DOCUMENTS.iter().collect::<Vec<_>>());
    for file in DOCUMENTS {
        let text = fs::read_to_string(directory().join(file)).unwrap();
        assert_eq!(canonical_text(&documents[file]).unwrap(), text, "{file} is not in canonical form");

        let mut merged = documents.clone();
        if file == "additions.json" {
            let report = add(&text, &mut merged).unwrap();
            assert_eq!(counts(&report), NOTHING, "{file}:\n{report}");
            assert_eq!(merged, documents);
            merged.remove(file);
            add(&text, &mut merged).unwrap();
            assert_eq!(merged, documents);
            continue;
        }
        let report = imported(&text, &mut merged);
        assert_eq!(counts(&report), NOTHING, "{file}:\n{report}");
        assert_eq!(merged, documents);

        // From nothing, the same file comes out, the way it was first made.
        let mut fresh = Documents::new();
        imported(&text, &mut fresh);
        assert_eq!(fresh[file], documents[file]);
    }
}

#[test]
fn facts_that_only_we_have_survive() {
    fn stripped(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.retain(|key, value| {
                    let older = value.get("x-jc-source").is_some_and(|source| source == "older");
                    !key.starts_with("x-jc-") && !older && !OPERATION_EXTENSIONS.contains(&key.as_str())
                });
                object.values_mut().for_each(stripped);
            }
            Value::Array(list) => list.iter_mut().for_each(stripped),
            _ => {}
        }
    }
    let documents = committed();
    for (file, document) in documents.iter().filter(|(file, _)| *file != "additions.json") {
        let mut bare = document.clone();
        stripped(&mut bare);
        assert_ne!(bare, *document);
        let mut merged = documents.clone();
        let report = imported(&bare.to_string(), &mut merged);
        assert_eq!(counts(&report), NOTHING, "{file}:\n{report}");
        assert_eq!(merged, documents);
    }
}

#[test]
fn swagger_2_in_yaml() {
    let mut documents = Documents::new();
    let report = imported(include_str!("tests/swagger.yaml"), &mut documents);
    assert_eq!(counts(&report), [4, 0, 0, 2, 0, 0], "{report}");
    let document = &documents["console.json"];
    // Every sentence in the samples says "prose"; none may be copied.
    assert!(!document.to_string().contains("prose"));
    let expected: Value = serde_json::from_str(include_str!("tests/swagger.expected.json")).unwrap();
    assert_eq!(
        canonical_text(document).unwrap(),
        canonical_text(&expected).unwrap(),
        "the imported document is not the expected one"
    );
}

#[test]
fn openapi_3_0_in_json() {
    let mut documents = Documents::new();
    let report = imported(include_str!("tests/openapi30.json"), &mut documents);
    assert_eq!(counts(&report), [3, 0, 0, 3, 0, 0], "{report}");
    assert!(!documents["insights.json"].to_string().contains("prose"));
    let expected: Value = serde_json::from_str(include_str!("tests/openapi30.expected.json")).unwrap();
    assert_eq!(
        canonical_text(&documents["insights.json"]).unwrap(),
        canonical_text(&expected).unwrap(),
        "the imported document is not the expected one"
    );
}

/// Reproducible choices (SplitMix64).
struct Choices(u64);

impl Choices {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn take<T>(&mut self, from: &mut Vec<T>, count: usize) -> Vec<T> {
        (0..count).map(|_| from.swap_remove(self.below(from.len()))).collect()
    }
}

/// The names in `$ref`s, found in the text: not the way the import finds them.
fn references(value: &Value) -> BTreeSet<String> {
    value
        .to_string()
        .split("\"$ref\":\"#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

fn used_schemas(document: &Value) -> BTreeSet<String> {
    let schemas = &document["components"]["schemas"];
    let mut used = references(&document["paths"]);
    loop {
        let more: BTreeSet<String> = used.iter().flat_map(|name| references(&schemas[name])).collect();
        let before = used.len();
        used.extend(more);
        if used.len() == before {
            return used;
        }
    }
}

#[test]
fn a_variant_with_hundreds_of_changes_is_reported_exactly() {
    for seed in 1..=3 {
        let documents = committed();
        let original = documents["console.json"].clone();
        let mut variant = original.clone();
        let mut choices = Choices(seed);

        let mut candidates: Vec<(String, String)> = operations(&original)
            .unwrap()
            .into_iter()
            .filter(|operation| !operation.facts.contains_key("x-jc-legacy"))
            .map(|operation| (operation.path, operation.method))
            .collect();
        let name = |(path, method): &(String, String)| format!("{} {path}", method.to_uppercase());

        let dropped = choices.take(&mut candidates, 60);
        for (path, method) in &dropped {
            let item = variant["paths"][path].as_object_mut().unwrap();
            item.remove(method);
            if item.is_empty() {
                variant["paths"].as_object_mut().unwrap().remove(path);
            }
        }
        let mut changed: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let with_parameter = choices.take(&mut candidates, 70);
        for operation in &with_parameter {
            let facts = &mut variant["paths"][&operation.0][&operation.1];
            if facts.get("parameters").is_none() {
                facts["parameters"] = json!([]);
            }
            let new = json!({ "in": "query", "name": "zzNew", "schema": { "type": "boolean" } });
            facts["parameters"].as_array_mut().unwrap().push(new.clone());
            let change = match original["paths"][&operation.0][&operation.1].get("parameters") {
                Some(_) => format!("parameters.zzNew: none → {new}"),
                None => format!("parameters: none → [{new}]"),
            };
            changed.insert(name(operation), vec![change]);
        }
        let retyped = choices.take(&mut candidates, 70);
        for operation in &retyped {
            let facts = &mut variant["paths"][&operation.0][&operation.1];
            let mut lines = Vec::new();
            let first = facts.get_mut("parameters").and_then(|list| list.get_mut(0));
            if let Some(parameter) = first
                && parameter["schema"]["type"] == "string"
            {
                parameter["schema"]["type"] = "number".into();
                let parameter = parameter["name"].as_str().unwrap();
                lines.push(format!("parameters.{parameter}.schema.type: \"string\" → \"number\""));
            }
            facts["responses"]["299"] = json!({ "description": "" });
            lines.push("responses.299: none → {\"description\":\"\"}".to_owned());
            facts["deprecated"] = true.into();
            lines.push("deprecated: none → true".to_owned());
            lines.sort();
            changed.insert(name(operation), lines);
        }

        let mut added = BTreeSet::new();
        for number in 0..50 {
            let path = format!("/api/v2/inventions/{{id}}/parts{number}");
            let schema = format!("Invention{}", number % 20);
            variant["components"]["schemas"][&schema] = json!({ "type": "object" });
            let mut item = Map::new();
            for method in ["get", "put"].into_iter().take(1 + choices.below(2)) {
                item.insert(
                    method.into(),
                    json!({
                        "operationId": format!("{method}Invention{number}"),
                        "responses": { "200": {
                            "description": "",
                            "content": { "application/json": {
                                "schema": { "$ref": format!("#/components/schemas/{schema}") },
                            } },
                        } },
                    }),
                );
                added.insert(format!("{} {path}", method.to_uppercase()));
            }
            variant["paths"][path] = Value::Object(item);
        }

        let schemas = variant["components"]["schemas"].as_object_mut().unwrap();
        let mut names: Vec<String> = schemas
            .iter()
            .filter(|(_, schema)| schema.get("properties").is_some())
            .map(|(n, _)| n.clone())
            .collect();
        let mut touched = BTreeSet::new();
        for schema in choices.take(&mut names, 80) {
            schemas[&schema]["properties"]["zzNew"] = json!({ "type": "string", "enum": ["a", "b"] });
            touched.insert(schema);
        }
        let mut enumerations: Vec<String> =
            schemas.iter().filter(|(_, schema)| schema["enum"].is_array()).map(|(n, _)| n.clone()).collect();
        for schema in choices.take(&mut enumerations, 40) {
            schemas[&schema]["enum"].as_array_mut().unwrap().push("ZZ_NEW".into());
            touched.insert(schema);
        }

        let used = used_schemas(&variant);
        let all: BTreeSet<String> =
            original["components"]["schemas"].as_object().unwrap().keys().cloned().collect();
        let removed: BTreeSet<String> = all.difference(&used).cloned().collect();
        let schemas_changed: BTreeSet<String> = touched.intersection(&used).cloned().collect();
        let schemas_added: BTreeSet<String> = used.difference(&all).cloned().collect();
        assert!(!removed.is_empty() && schemas_added.len() == 20 && schemas_changed.len() > 90);

        let mut merged = documents.clone();
        let report = imported(&variant.to_string(), &mut merged);
        let of = |report: &Report| report.added.iter().map(label).collect::<BTreeSet<_>>();
        assert_eq!(of(&report), added);
        assert_eq!(report.dropped, dropped.iter().map(name).collect());
        for lines in changed.values_mut() {
            lines.sort();
        }
        assert_eq!(report.changed, changed);
        assert_eq!(report.schemas_added, schemas_added);
        assert_eq!(report.schemas_removed, removed);
        assert_eq!(report.schemas_changed.keys().cloned().collect::<BTreeSet<_>>(), schemas_changed);
        let last = report.to_string().lines().last().unwrap().to_owned();
        assert_eq!(
            last,
            format!(
                "operations: {} added, 140 changed, 60 dropped; schemas: 20 added, {} changed, {} removed",
                added.len(),
                schemas_changed.len(),
                removed.len()
            )
        );
        // Other files are left alone, and the way back undoes everything.
        for file in ["insights.json", "oauth.json", "storage.json"] {
            assert_eq!(merged[file], documents[file]);
        }
        let back = imported(&original.to_string(), &mut merged);
        assert_eq!(
            counts(&back),
            [60, 140, added.len(), removed.len(), schemas_changed.len(), schemas_added.len()]
        );
        assert_eq!(merged, documents);
    }
}

fn small(operations: Value, schemas: Value) -> Value {
    json!({ "openapi": "3.1.0", "paths": operations, "components": { "schemas": schemas } })
}

fn reply(schema: &str) -> Value {
    let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
    json!({ "200": { "description": "", "content": { "application/json": { "schema": schema } } } })
}

#[test]
fn v1_and_v2_keep_their_own_meaning_of_a_name() {
    let mut documents = Documents::new();
    let both = small(
        json!({
            "/api/things": { "get": { "operationId": "a", "responses": reply("Thing") } },
            "/api/v2/things": { "get": { "operationId": "b", "responses": reply("Thing") } },
            "/api/v2/lists": { "get": { "operationId": "c", "responses": reply("List") } },
        }),
        json!({
            "Thing": { "type": "object", "properties": { "size": { "type": "integer" } } },
            "List": { "type": "array", "items": { "$ref": "#/components/schemas/Thing" } },
        }),
    );
    imported(&both.to_string(), &mut documents);
    let v2 = small(
        json!({
            "/api/v2/things": { "get": { "operationId": "b", "responses": reply("Thing") } },
            "/api/v2/lists": { "get": { "operationId": "c", "responses": reply("List") } },
        }),
        json!({
            "Thing": { "type": "object", "properties": { "size": { "type": "string" } } },
            "List": { "type": "array", "items": { "$ref": "#/components/schemas/Thing" } },
        }),
    );
    let report = imported(&v2.to_string(), &mut documents);
    assert_eq!(counts(&report), [0, 1, 0, 1, 1, 0], "{report}");
    let schemas = &documents["console.json"]["components"]["schemas"];
    assert_eq!(schemas["Thing"]["properties"]["size"]["type"], "integer");
    assert_eq!(schemas["api_v2.Thing"]["properties"]["size"]["type"], "string");
    assert_eq!(schemas["List"]["items"]["$ref"], "#/components/schemas/api_v2.Thing");
    assert_eq!(documents["console.json"]["paths"]["/api/things"]["get"]["responses"], reply("Thing"));
}

#[test]
fn names_are_suggested_in_the_order_of_their_file() {
    let one = |id: &str| json!({ "operationId": id, "responses": {} });
    let paths = json!({
        "/api/v2/things": { "post": one("a"), "get": one("b") },
        "/api/v2/all/{id}": { "get": one("c") },
        "/api/things": { "get": one("d") },
    });
    let report = imported(&small(paths, json!({})).to_string(), &mut Documents::new());
    let lines = suggested_names(&report.added, "");
    let names: Vec<_> = lines.iter().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(names, ["v1.things.list", "v2.all.get", "v2.things.create", "v2.things.list"]);
}

#[test]
fn an_import_drops_only_what_it_covers_and_nothing_legacy() {
    let mut documents = Documents::new();
    let first = small(
        json!({
            "/api/things": { "get": { "operationId": "a", "responses": {} } },
            "/api/v2/things": { "get": { "operationId": "b", "responses": {} } },
            "/api/v2/old/{old_id}": {
                "get": { "operationId": "c", "responses": {} },
                "delete": {
                    "operationId": "d", "x-jc-legacy": true, "responses": {},
                    "parameters": [{ "in": "path", "name": "old_id", "required": true, "schema": {} }],
                },
            },
        }),
        json!({}),
    );
    imported(&first.to_string(), &mut documents);
    let second = small(
        json!({
            "/api/v2/old/{id}": { "get": { "operationId": "c2", "responses": {} } },
            "/api/v2/new_things/{id}/restart": { "post": { "operationId": "e", "responses": {} } },
        }),
        json!({}),
    );
    let report = imported(&second.to_string(), &mut documents);
    assert_eq!(report.dropped, BTreeSet::from(["GET /api/v2/things".to_owned()]));
    assert_eq!(
        report.changed,
        BTreeMap::from([(
            "GET /api/v2/old/{id}".to_owned(),
            vec![
                "path: /api/v2/old/{old_id} → /api/v2/old/{id}".to_owned(),
                "operationId: \"c\" → \"c2\"".to_owned(),
                "x-jc-former-operation-ids: none → [\"c\"]".to_owned(),
            ],
        )])
    );
    assert_eq!(
        suggested_names(&report.added, "v2.newThings.list\tGET\t/api/v2/new_things\n"),
        ["v2.newThings.restart\tPOST\t/api/v2/new_things/{id}/restart\t"]
    );
    let paths = &documents["console.json"]["paths"];
    assert_eq!(
        paths.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["/api/things", "/api/v2/new_things/{id}/restart", "/api/v2/old/{id}"]
    );
    assert!(report.legacy.is_empty());
    // The operation that only we have follows its path to the new name of the parameter.
    let parameter = &paths["/api/v2/old/{id}"]["delete"]["parameters"][0];
    assert_eq!((&parameter["name"], &parameter["x-jc-former-names"]), (&json!("id"), &json!(["old_id"])));
    // When it is described again, a person decides whether it is still legacy.
    let third = small(json!({ "/api/v2/old/{id}": { "delete": { "responses": {} } } }), json!({}));
    let report = imported(&third.to_string(), &mut documents);
    assert_eq!(report.legacy, BTreeSet::from(["DELETE /api/v2/old/{id}".to_owned()]));
}

#[test]
fn an_older_description_does_not_take_the_newest_operation_id_away() {
    let mut documents = Documents::new();
    let ours = small(
        json!({ "/api/things": { "get": {
            "operationId": "getApiThings", "x-legacy-operation-id": "things_list", "responses": {},
        } } }),
        json!({}),
    );
    imported(&ours.to_string(), &mut documents);
    let older = small(
        json!({ "/api/things": { "get": { "operationId": "things_list", "responses": {} } } }),
        json!({}),
    );
    assert_eq!(counts(&imported(&older.to_string(), &mut documents)), NOTHING);
}

#[test]
fn what_cannot_be_imported_says_why() {
    for (text, part) in [
        ("{", "not JSON"),
        ("a: [", "YAML"),
        ("swagger: 1.2\npaths: {}", "1.2"),
        ("openapi: 4.0.0\npaths: {}", "4.0.0"),
        ("title: nothing", "not an API description"),
        ("openapi: 3.0.0\npaths: {/things: {get: {responses: {}}}}", "GET /things belongs to no API"),
        (
            "openapi: 3.0.0\npaths: {/api/a: {get: {responses: {200: {$ref: '#/components/responses/gone'}}}}}",
            "#/components/responses/gone points to nothing",
        ),
        (
            "openapi: 3.0.0\npaths: {/api/a: {get: {responses: {}}}, '/api/{a}': {get: {responses: {}}}, '/api/{b}': {get: {responses: {}}}}",
            "in the description twice",
        ),
    ] {
        let error = import(text, &mut Documents::new()).unwrap_err();
        assert!(format!("{error:#}").contains(part), "{error:#} does not say {part}");
    }
}
