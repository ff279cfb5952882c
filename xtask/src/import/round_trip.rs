//! The steps of README.md, "Update from JumpCloud's description", followed in a copy of `core/api`, there and back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{load, run};
use crate::description::{Description, Operation};
use crate::{generate, released};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A copy of what the generator reads, which goes when it is dropped.
struct Copy(PathBuf);

impl Copy {
    fn of_the_repository(name: &str) -> Copy {
        let root = root();
        let copy = Copy(std::env::temp_dir().join(format!("jumpcloud-{name}-{}", std::process::id())));
        fs::create_dir_all(copy.api()).unwrap();
        for entry in fs::read_dir(root.join("core/api")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, copy.api().join(path.file_name().unwrap())).unwrap();
        }
        fs::copy(root.join("core/Cargo.toml"), copy.0.join("core/Cargo.toml")).unwrap();
        copy
    }

    fn api(&self) -> PathBuf {
        self.0.join("core/api")
    }

    fn import(&self, description: &Value, flags: &[&str]) -> anyhow::Result<()> {
        let file = self.0.join("description.json");
        fs::write(&file, description.to_string()).unwrap();
        let flags = flags.iter().map(|flag| (*flag).to_owned());
        let arguments: Vec<String> = [file.display().to_string()].into_iter().chain(flags).collect();
        let result = run(&arguments, &self.api());
        fs::remove_file(file).unwrap();
        result
    }

    /// A line of a file, put where the order of its lines wants it.
    fn write_line(&self, file: &str, line: &str) {
        let path = self.api().join(file);
        let text = fs::read_to_string(&path).unwrap();
        let (head, mut lines): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|known| known.starts_with('#'));
        lines.push(line);
        lines.sort_unstable_by_key(|line| line.split('\t').next());
        fs::write(path, [head, lines].concat().join("\n") + "\n").unwrap();
    }

    /// A line at the end of `effects.tsv`.
    fn judge(&self, line: &str) {
        let path = self.api().join("effects.tsv");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{text}{line}\n")).unwrap();
    }

    /// Every file by its path.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut found, mut folders) = (BTreeMap::new(), vec![self.0.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.insert(path.strip_prefix(&self.0).unwrap().to_owned(), fs::read(&path).unwrap());
                }
            }
        }
        found
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

const RENAMED: (&str, &str) = ("/api/v2/duo/accounts/{id}", "/api/v2/duo/accounts/{duo_account}");
/// No correction is about it: one that was would have to go with it.
const DROPPED: &str = "/api/v2/cases/metadata";

/// The description as it could be published next: facts that only we have are not in it.
fn made_up(published: &Value) -> Value {
    fn bare(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.retain(|key, _| !key.starts_with("x-jc-"));
                object.values_mut().for_each(bare);
            }
            Value::Array(list) => list.iter_mut().for_each(bare),
            _ => {}
        }
    }
    let mut description = published.clone();
    for (_, item) in description["paths"].as_object_mut().unwrap() {
        item.as_object_mut().unwrap().retain(|_, operation| operation.get("x-jc-legacy").is_none());
    }
    bare(&mut description);
    description["components"]["schemas"]["Balloon"] = json!({
        "type": "object",
        "properties": { "id": { "type": "string" }, "color": { "type": "string" } },
    });
    let balloon = json!({ "$ref": "#/components/schemas/Balloon" });
    let reply = |schema: Value| {
        let content = json!({ "application/json": { "schema": schema } });
        json!({ "200": { "description": "", "content": content } })
    };
    let id = json!([{ "in": "path", "name": "id", "required": true, "schema": { "type": "string" } }]);
    let paths = description["paths"].as_object_mut().unwrap();
    paths.insert(
        "/api/v2/balloons".into(),
        json!({ "get": {
            "operationId": "getApiV2Balloons",
            "responses": reply(json!({ "type": "array", "items": balloon })),
        } }),
    );
    paths.insert(
        "/api/v2/balloons/{id}".into(),
        json!({
            "get": {
                "operationId": "getApiV2BalloonsById", "parameters": id, "responses": reply(balloon.clone()),
            },
            "put": {
                "operationId": "putApiV2BalloonsById", "parameters": id, "responses": reply(balloon.clone()),
                "requestBody": { "content": { "application/json": { "schema": balloon } } },
            },
        }),
    );
    paths.remove(DROPPED).unwrap();
    let mut renamed = paths.remove(RENAMED.0).unwrap();
    for (method, operation) in renamed.as_object_mut().unwrap() {
        operation["parameters"][0]["name"] = "duo_account".into();
        operation["operationId"] = crate::table::derived_operation_id(method, RENAMED.1).into();
    }
    paths.insert(RENAMED.1.into(), renamed);
    description
}

#[test]
fn a_description_goes_in_by_the_steps_of_the_readme_and_out_again() {
    let copy = Copy::of_the_repository("there-and-back");
    let before = copy.files();
    let released = fs::read_to_string(copy.api().join("names.tsv")).unwrap();
    let published = load(&copy.api()).unwrap()["console.json"].clone();
    let dropped = released.lines().find(|line| line.ends_with(&format!("\tGET\t{DROPPED}"))).unwrap();

    // 1 and 2: what the import would do, and the import. Legacy operations are not in it, and stay.
    let description = made_up(&published);
    copy.import(&description, &["--dry-run"]).unwrap();
    assert!(copy.files() == before, "--dry-run has written something");
    copy.import(&description, &[]).unwrap();
    // 3: effects of and names for what is new. The generator says what is missing.
    let missing = || format!("{:#}", generate::run(&copy.0, false).unwrap_err());
    assert!(missing().contains("add a line `PUT<TAB>/api/v2/balloons/{id}<TAB>"), "{}", missing());
    copy.judge("PUT\t/api/v2/balloons/{id}\tidempotent\tfull\tmade up");
    let unnamed = missing();
    assert!(unnamed.contains("names.tsv") && unnamed.contains("PUT /api/v2/balloons/{id}"), "{unnamed}");
    copy.write_line("names.tsv", "v2.balloons.list\tGET\t/api/v2/balloons");
    copy.write_line("names.tsv", "v2.balloons.get\tGET\t/api/v2/balloons/{id}");
    copy.write_line("names.tsv", "v2.balloons.replace\tPUT\t/api/v2/balloons/{id}");
    // 4: the generated files.
    generate::run(&copy.0, false).unwrap();
    let after = copy.files();
    for (file, part) in [
        ("core/src/table/operations.txt", "v2.balloons.replace\tPUT\t/api/v2/balloons/{id}\t"),
        ("core/src/table/operations.txt", "\t/duo_account=id:s"),
        ("core/src/typed/v2/balloons.rs", "pub struct Replace"),
        ("bindings-wasm/types/v2.d.cts", "balloons"),
        ("bindings-wasm/types/models.d.cts", "Balloon"),
        ("bindings-python/python/jumpcloud_client/_methods/v2.pyi", "balloons"),
        ("bindings-python/python/jumpcloud_client/models.pyi", "Balloon"),
        ("bindings-swift/Sources/JumpCloudClient/Generated/V2Balloons.swift", "replace"),
    ] {
        let text = after.get(Path::new(file)).unwrap_or_else(|| panic!("there is no {file}"));
        assert!(String::from_utf8_lossy(text).contains(part), "{file} does not say {part}");
    }
    let ids = |description: &Description| {
        let renamed = |o: &&Operation| o.method == "DELETE" && o.path == RENAMED.1;
        description.operations.iter().find(renamed).unwrap().operation_ids.clone()
    };
    let description = Description::read(&copy.0).unwrap();
    assert!(ids(&description).contains(&"deleteApiV2DuoAccountsById".to_owned()), "{:?}", ids(&description));

    // 5: what a release may not lose. The renamed parameter is no loss, the dropped operation is one.
    let (name, _) = dropped.split_once('\t').unwrap();
    let lost = released::lost(&released, &description, "");
    assert!(matches!(&lost[..], [one] if one.contains(name)), "{lost:?}");
    let permitted = format!("{name}\tJumpCloud has dropped it");
    assert!(released::lost(&released, &description, &permitted).is_empty());

    // And back.
    copy.import(&published, &[]).unwrap();
    copy.write_line("names.tsv", dropped);
    generate::run(&copy.0, false).unwrap();
    // All of it, generated files and all, is what is committed.
    for (file, text) in copy.files() {
        let committed = fs::read(root().join(&file)).unwrap_or_default();
        assert!(text == committed, "{} is not what is committed", file.display());
    }
}

#[test]
fn a_part_of_a_description_is_refused() {
    let copy = Copy::of_the_repository("part");
    let before = copy.files();
    let mut part = load(&copy.api()).unwrap()["console.json"].clone();
    part["paths"].as_object_mut().unwrap().retain(|path, _| path.starts_with("/api/v2/d"));
    let refused = copy.import(&part, &[]).unwrap_err().to_string();
    assert!(refused.contains("--allow-drops") && refused.contains(" of v2"), "{refused}");
    assert!(copy.files() == before);
    copy.import(&part, &["--allow-drops"]).unwrap();
    assert!(copy.files() != before);
}

#[test]
fn an_addition_goes_in_and_is_taken_out_when_it_is_described() {
    let copy = Copy::of_the_repository("addition");
    let mut addition = json!({ "openapi": "3.1.0", "paths": { "/api/v2/kites": { "post": {
        "operationId": "postApiV2Kites", "x-jc-evidence": "code",
        "requestBody": { "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/UserGroupPut" } } } },
        "responses": { "200": { "description": "made up" } },
    } } } });
    let refused = format!("{:#}", copy.import(&addition, &["--add"]).unwrap_err());
    assert!(refused.contains("POST /api/v2/kites says no x-jc-source"), "{refused}");
    addition["paths"]["/api/v2/kites"]["post"]["x-jc-source"] = json!(["nobody"]);
    copy.import(&addition, &["--add"]).unwrap();
    copy.write_line("names.tsv", "v2.kites.create\tPOST\t/api/v2/kites");
    copy.judge("POST\t/api/v2/kites\tother");
    generate::run(&copy.0, false).unwrap();

    // An import keeps it, and the schema that it has from there, whatever else goes.
    let published = load(&copy.api()).unwrap()["console.json"].clone();
    let mut without = published.clone();
    without["paths"]["/api/v2/usergroups/{id}"].as_object_mut().unwrap().remove("put").unwrap();
    copy.import(&without, &[]).unwrap();
    let documents = load(&copy.api()).unwrap();
    assert!(documents["additions.json"]["paths"].get("/api/v2/kites").is_some());
    assert!(documents["console.json"]["components"]["schemas"].get("UserGroupPut").is_some());

    // A description that has it takes it out; its name stays.
    let mut described = published.clone();
    described["paths"]["/api/v2/kites"] =
        json!({ "post": { "responses": { "204": { "description": "" } } } });
    copy.import(&described, &[]).unwrap();
    let documents = load(&copy.api()).unwrap();
    assert!(documents["additions.json"]["paths"].get("/api/v2/kites").is_none());
    let kites = &documents["console.json"]["paths"]["/api/v2/kites"]["post"];
    assert_eq!(kites["operationId"], "postApiV2Kites");
    assert_eq!(kites.get("x-jc-evidence"), None);
    let names = fs::read_to_string(copy.api().join("names.tsv")).unwrap();
    assert!(names.contains("v2.kites.create\tPOST\t/api/v2/kites\n"));
}
