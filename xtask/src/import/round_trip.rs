//! The steps of README.md, "Update from JumpCloud's description", followed in a copy of `core/api`, there and back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::merge::differences;
use super::{import, load, run};
use crate::description::{Description, Operation, effects};
use crate::{generate, released};

fn root() -> PathBuf {
    crate::command::root().unwrap()
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

    /// Puts a line before the first whose name comes after its own.
    fn write_line(&self, file: &str, line: &str) {
        let path = self.api().join(file);
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        let name = |line: &str| line.split('\t').next().map(str::to_owned);
        let after = |known: &&str| !known.starts_with('#') && name(known) > name(line);
        lines.insert(lines.iter().position(after).unwrap_or(lines.len()), line);
        fs::write(path, lines.join("\n") + "\n").unwrap();
    }

    /// Puts a line of effects.tsv where it belongs.
    fn judge(&self, line: &str) {
        let path = self.api().join("effects.tsv");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, effects::sorted(&format!("{text}{line}\n"))).unwrap();
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
/// Its two parameters swap their names.
const SWAPPED: (&str, &str) = (
    "/api/v2/activedirectories/{activedirectory_id}/agents/{agent_id}",
    "/api/v2/activedirectories/{agent_id}/agents/{activedirectory_id}",
);
/// Of this one, only how it is deleted.
const DROPPED_TOO: &str = "/api/v2/saved-views/{id}";
const DROPPED: &str = "/api/v2/password-vault/dashboard-overview";

/// The description as JumpCloud publishes it: facts that only we have are not in it.
fn bare(ours: &Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.retain(|key, _| !key.starts_with("x-jc-"));
                object.values_mut().for_each(strip);
            }
            Value::Array(list) => list.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut description = ours.clone();
    for (_, item) in description["paths"].as_object_mut().unwrap() {
        item.as_object_mut().unwrap().retain(|_, operation| operation.get("x-jc-legacy").is_none());
    }
    strip(&mut description);
    description
}

/// The description as it could be published next.
fn made_up(published: &Value) -> Value {
    let mut description = bare(published);
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
    paths[DROPPED_TOO].as_object_mut().unwrap().remove("delete").unwrap();
    let mut renamed = paths.remove(RENAMED.0).unwrap();
    for (method, operation) in renamed.as_object_mut().unwrap() {
        operation["parameters"][0]["name"] = "duo_account".into();
        operation["operationId"] = crate::table::derived_operation_id(method, RENAMED.1).into();
    }
    paths.insert(RENAMED.1.into(), renamed);
    let mut swapped = paths.remove(SWAPPED.0).unwrap();
    for (method, operation) in swapped.as_object_mut().unwrap() {
        for parameter in operation["parameters"].as_array_mut().unwrap() {
            let name = match parameter["name"].as_str().unwrap() {
                "activedirectory_id" => "agent_id",
                "agent_id" => "activedirectory_id",
                _ => continue,
            };
            parameter["name"] = name.into();
        }
        operation["operationId"] = crate::table::derived_operation_id(method, SWAPPED.1).into();
    }
    paths.insert(SWAPPED.1.into(), swapped);
    description
}

#[test]
fn a_description_goes_in_by_the_steps_of_the_readme_and_out_again() {
    let copy = Copy::of_the_repository("there-and-back");
    let before = copy.files();
    let released = fs::read_to_string(copy.api().join("names.tsv")).unwrap();
    let published = load(&copy.api()).unwrap()["console.json"].clone();
    let dropped = [format!("\tDELETE\t{DROPPED_TOO}"), format!("\tGET\t{DROPPED}")]
        .map(|place| released.lines().find(|line| line.contains(&format!("{place}\t"))).unwrap());
    let words = fs::read_to_string(copy.api().join("parameter-words.tsv")).unwrap();
    let judged = fs::read_to_string(copy.api().join("effects.tsv")).unwrap();
    let judged = judged.lines().find(|line| line.starts_with(&format!("DELETE\t{DROPPED_TOO}"))).unwrap();

    // 1 and 2: what the import would do, and the import. Legacy operations are not in it, and stay.
    let description = made_up(&published);
    copy.import(&description, &["--dry-run"]).unwrap();
    assert!(copy.files() == before, "--dry-run has written something");
    copy.import(&description, &[]).unwrap();
    // 3: names for what is new. The generator says what is missing.
    let missing = generate::run(&copy.0, false).unwrap_err().to_string();
    assert!(missing.contains("PUT /api/v2/balloons/{id}"), "{missing}");
    // What each does has to be judged, too; a line for each is offered.
    let judgment = "PUT\t/api/v2/balloons/{id}\tidempotent\tunknown";
    assert!(missing.contains(judgment), "{missing}");
    copy.write_line("names.tsv", "v2.balloons.list\tGET\t/api/v2/balloons\tLists what flies.");
    copy.write_line("names.tsv", "v2.balloons.get\tGET\t/api/v2/balloons/{id}\tGets what flies.");
    copy.write_line("names.tsv", "v2.balloons.replace\tPUT\t/api/v2/balloons/{id}\t");
    let unjudged = format!("{:#}", generate::run(&copy.0, false).unwrap_err());
    assert!(unjudged.contains(judgment), "{unjudged}");
    copy.judge("PUT\t/api/v2/balloons/{id}\tidempotent\tfull\tmade up");
    // Whether what is called so may be shown is judged; what nothing is called any more goes.
    let classes = fs::read_to_string(copy.api().join("leaf-classes.tsv")).unwrap();
    let unjudged = format!("{:#}", generate::run(&copy.0, false).unwrap_err());
    assert!(unjudged.contains("\n  ?duo_account"), "{unjudged}");
    unjudged.lines().filter_map(|line| line.strip_prefix("  ")).for_each(|name| {
        copy.write_line("leaf-classes.tsv", &format!("{name}\tharmless"));
    });
    let left = format!("{:#}", generate::run(&copy.0, false).unwrap_err());
    if left.contains("leaf-classes.tsv judges names that core/api does not have") {
        let path = copy.api().join("leaf-classes.tsv");
        let gone: Vec<&str> = left.lines().filter_map(|line| line.strip_prefix("  ")).collect();
        let text = fs::read_to_string(&path).unwrap();
        let kept = text.lines().filter(|line| !gone.contains(&line.split('\t').next().unwrap()));
        fs::write(path, kept.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    }
    // What it does is said in a sentence.
    let silent = format!("{:#}", generate::run(&copy.0, false).unwrap_err());
    assert!(silent.contains("v2.balloons.replace\tPUT") && !silent.contains("v2.balloons.get"), "{silent}");
    let names = fs::read_to_string(copy.api().join("names.tsv")).unwrap();
    let said = "v2.balloons.replace\tPUT\t/api/v2/balloons/{id}\tSets all of what flies.";
    fs::write(
        copy.api().join("names.tsv"),
        names.replace("v2.balloons.replace\tPUT\t/api/v2/balloons/{id}\t", said),
    )
    .unwrap();
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

    // 5: what a release may not lose. The renamed parameter is no loss; the dropped operations are, and so are
    // parameters whose old name means another one now.
    let names = dropped.map(|line| line.split_once('\t').unwrap().0);
    let swapped: Vec<_> =
        released.lines().filter(|line| line.split('\t').nth(2) == Some(SWAPPED.0)).collect();
    assert!(swapped.len() > 1, "{swapped:?}");
    let lost = released::lost(&released, &description, "");
    let (others, gone): (Vec<&String>, Vec<_>) =
        lost.iter().partition(|one| one.contains("is none of its x-jc-former-names"));
    assert!(gone.len() == names.len() && names.iter().all(|name| gone.iter().any(|one| one.contains(name))));
    assert_eq!(others.len(), 2 * swapped.len(), "{others:?}");
    let permitted = swapped.iter().map(|line| line.split('\t').next().unwrap()).chain(names);
    let permitted: String = permitted.map(|name| format!("{name}\tJumpCloud has dropped it\n")).collect();
    assert!(released::lost(&released, &description, &permitted).is_empty());

    // And back.
    copy.import(&published, &[]).unwrap();
    dropped.iter().for_each(|line| copy.write_line("names.tsv", line));
    copy.judge(judged);
    // Of what was dropped its words are lost, too.
    fs::write(copy.api().join("parameter-words.tsv"), words).unwrap();
    fs::write(copy.api().join("leaf-classes.tsv"), classes).unwrap();
    generate::run(&copy.0, false).unwrap();
    // All of it, generated files and all, is what is committed.
    for (file, text) in copy.files() {
        let committed = fs::read(root().join(&file)).unwrap_or_default();
        let (text, committed) = (String::from_utf8_lossy(&text), String::from_utf8_lossy(&committed));
        let differs = text.lines().zip(committed.lines()).find(|(now, was)| now != was);
        assert!(text == committed, "{} is not what is committed: {differs:?}", file.display());
    }
}

/// What two parameters of one path are called is swapped: neither old name can stay, and each is told with its reason.
#[test]
fn a_former_name_that_another_parameter_has_now_is_not_kept() {
    let mut documents = load(&root().join("core/api")).unwrap();
    let published = documents["console.json"].clone();
    let report = import(&made_up(&published).to_string(), &mut documents).unwrap().to_string();
    let former = |path: &str| format!("/paths/{}", path.replace('/', "~1"));
    let swapped = documents["console.json"].pointer(&former(SWAPPED.1)).unwrap();
    assert!(!swapped.to_string().contains("x-jc-former-names"), "{swapped}");
    for method in swapped.as_object().unwrap().keys() {
        for (now, was) in [("activedirectory_id", "agent_id"), ("agent_id", "activedirectory_id")] {
            let told = format!(
                "BREAKING {} {}: the parameter {now} was called {was}, and another one of the operation is called so \
                 now: {was} is not kept",
                method.to_uppercase(),
                SWAPPED.1
            );
            assert_eq!(report.matches(&told).count(), 1, "{told}\n{report}");
        }
    }
    assert_eq!(
        report.matches("may still say id;").count(),
        report.matches("is called duo_account now").count()
    );
    assert!(
        !report.contains("may still say agent_id") && !report.contains("may still say activedirectory_id")
    );

    // A new parameter takes the name that another one has given up: the alias goes then.
    let renamed = documents["console.json"].pointer(&former(RENAMED.1)).unwrap();
    assert_eq!(renamed["get"]["parameters"][0]["x-jc-former-names"], json!(["id"]));
    let mut next = made_up(&published);
    let query = json!({ "in": "query", "name": "ID", "schema": { "type": "string" } });
    next["paths"][RENAMED.1]["get"]["parameters"].as_array_mut().unwrap().push(query);
    let report = import(&next.to_string(), &mut documents).unwrap().to_string();
    let renamed = documents["console.json"].pointer(&former(RENAMED.1)).unwrap();
    assert!(!renamed["get"].to_string().contains("x-jc-former-names"), "{renamed}");
    assert!(renamed["delete"].to_string().contains("x-jc-former-names"), "{renamed}");
    let told = format!("BREAKING GET {}: the parameter duo_account was called id,", RENAMED.1);
    assert_eq!(report.matches("BREAKING").count(), 1, "{report}");
    assert!(report.contains(&told), "{report}");
}

/// JumpCloud's descriptions do not carry what only we know: what is lost with an operation is told when it is dropped.
#[test]
fn what_comes_back_lacks_only_what_the_report_said_to_be_lost() {
    let mut documents = load(&root().join("core/api")).unwrap();
    let before = documents["console.json"].clone();
    let report = import(&made_up(&before).to_string(), &mut documents).unwrap().to_string();
    import(&bare(&before).to_string(), &mut documents).unwrap();
    let mut lacks = Vec::new();
    differences(&before, &documents["console.json"], "", &mut lacks);
    assert!(lacks.len() > 1, "{lacks:?}");
    let told: Vec<&str> =
        report.lines().filter_map(|line| line.trim().strip_prefix("only we knew ")).collect();
    for place in lacks {
        let (place, change) = place.split_once(": ").unwrap();
        let (fact, goes) = (change.strip_suffix(" → none"), &place[place.find("x-jc-").unwrap()..]);
        let line = format!("{goes}: {}", fact.unwrap());
        assert!(told.contains(&line.as_str()), "{line} of {place} is not in {told:?}");
    }
    let dropped = report.split("dropped  DELETE /api/v2/saved-views/{id}\n").nth(1).unwrap();
    assert!(dropped.trim_start().starts_with("only we knew x-jc-source: ["), "{dropped}");
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
    copy.write_line("names.tsv", "v2.kites.create\tPOST\t/api/v2/kites\tLets a kite rise.");
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
    assert!(names.contains("v2.kites.create\tPOST\t/api/v2/kites\tLets a kite rise.\n"));
}
