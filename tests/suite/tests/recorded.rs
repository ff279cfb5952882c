//! What JumpCloud really answered, held against the table, the types and the fake: `tests/recorded`.

use std::collections::{BTreeMap, BTreeSet};

use jumpcloud_core::operation::Place;
use jumpcloud_core::reply::{self, Reply, Response};
use jumpcloud_core::request::{Settings, build};
use jumpcloud_core::{Client, Credentials, Operation, Parameters, route};
use jumpcloud_fake::{Fake, Quirks};
use jumpcloud_suite::transport::Transport;
use serde::Deserialize;
use serde_json::{Value, json};

/// One reply, and what was sent where that is known.
#[derive(Deserialize)]
struct Recorded {
    method: String,
    path: String,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    request: Option<Value>,
    /// None where the body was empty.
    body: Option<Value>,
}

impl Recorded {
    fn all() -> Vec<Recorded> {
        let read = |text| serde_json::from_str::<Vec<Recorded>>(text).unwrap();
        let tenants = read(include_str!("../../recorded/replies.json"));
        let live = read(include_str!("../../recorded/live.json"));
        tenants.into_iter().chain(live).collect()
    }

    fn place(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn operation(&self) -> &'static Operation {
        let path = self.path.split('?').next().unwrap_or_default();
        route::find(&self.method, path).unwrap_or_else(|error| panic!("{}: {error}", self.place()))
    }

    fn reply(&self) -> Reply {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        let headers = self.headers.clone().into_iter().collect();
        let response = Response { status: self.status, headers, body: body.into_bytes() };
        reply::parse(self.operation(), response).unwrap_or_else(|error| panic!("{}: {error}", self.place()))
    }
}

/// What differs from the table, and may: where, and why.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("v2.appleMdms.list", "body[].depServerTokenState", "the value was scrubbed"),
    ("v1.applications.list", "body.results[].config", "the object was scrubbed to a text"),
];

/// Whether it may differ there; notes that it did.
fn allowed(operation: &Operation, path: &str, met: &mut BTreeSet<&'static str>) -> bool {
    let found =
        ALLOWED.iter().find(|(name, place, _)| *name == operation.name && *place == without_numbers(path));
    found.map(|(name, ..)| met.insert(name)).is_some()
}

/// `body.results[].id`, for the id of any of them.
fn without_numbers(path: &str) -> String {
    path.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

#[test]
fn recorded_replies_are_what_the_table_says() {
    let (mut wrong, mut met) = (Vec::new(), BTreeSet::new());
    for recorded in Recorded::all() {
        let (operation, reply) = (recorded.operation(), recorded.reply());
        if let Some(list) = &reply.list {
            let key = operation.paging.as_ref().map_or("", |paging| paging.items);
            let body = recorded.body.as_ref().unwrap();
            let items = if key.is_empty() { body } else { &body[key] };
            assert_eq!(list.items.len(), items.as_array().unwrap().len(), "{}", recorded.place());
            assert_eq!(list.total, body["totalCount"].as_u64(), "{}", recorded.place());
            let header = recorded.headers.get("x-total-count").map(|total| total.parse().unwrap());
            assert_eq!(list.header_total, header, "{}", recorded.place());
        }
        let Some(body) = &recorded.body else { continue };
        for drift in operation.drift(recorded.status, &body.to_string()).unwrap() {
            if !allowed(operation, &drift.path, &mut met) {
                wrong.push(format!("{}: {drift}", operation.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    let unmet: Vec<_> = ALLOWED.iter().filter(|(name, ..)| !met.contains(name)).collect();
    assert!(unmet.is_empty(), "allowed, and does not differ any more: {unmet:?}");
}

#[test]
fn what_was_sent_passes_the_strict_check() {
    let settings =
        Settings { origin: "https://console.jumpcloud.com".into(), strict: true, ..Settings::default() };
    for recorded in Recorded::all().iter().filter(|recorded| recorded.request.is_some()) {
        let body = recorded.request.as_ref().unwrap().to_string();
        let found = route::recognise(&recorded.method, &recorded.path, &[], body.as_bytes())
            .unwrap_or_else(|error| panic!("{}: {error}", recorded.place()));
        build(found.operation, &found.parameters, &settings)
            .unwrap_or_else(|error| panic!("{}: {error}", recorded.place()));
    }
}

/// What kinds of value stand at each path, and how often something stands there.
#[derive(Default)]
struct Kinds(BTreeMap<String, (BTreeSet<&'static str>, usize)>);

impl Kinds {
    fn of(value: &Value) -> Kinds {
        let mut kinds = Kinds::default();
        kinds.note("body", value);
        kinds
    }

    fn note(&mut self, path: &str, value: &Value) {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "text",
            Value::Array(items) => {
                items.iter().for_each(|item| self.note(&format!("{path}[]"), item));
                "array"
            }
            Value::Object(entries) => {
                entries.iter().for_each(|(key, value)| self.note(&format!("{path}.{key}"), value));
                "object"
            }
        };
        let (kinds, count) = self.0.entry(path.to_owned()).or_default();
        kinds.insert(kind);
        *count += 1;
    }

    /// The kinds at a path but null, which says nothing.
    fn at(&self, path: &str) -> BTreeSet<&'static str> {
        let found = self.0.get(path).into_iter().flat_map(|(kinds, _)| kinds);
        found.copied().filter(|kind| *kind != "null").collect()
    }

    fn count(&self, path: &str) -> usize {
        self.0.get(path).map_or(0, |(_, count)| *count)
    }

    /// The keys that every object at its place has.
    fn always(&self) -> impl Iterator<Item = (&str, &str)> {
        let keys = self
            .0
            .iter()
            .filter_map(|(path, (_, count))| Some((path.as_str(), path.rsplit_once('.')?.0, *count)));
        keys.filter(|(_, parent, count)| self.count(parent) == *count).map(|(path, parent, _)| (path, parent))
    }
}

/// The same call for the fake, whose objects have other ids.
fn for_the_fake(recorded: &Recorded, known: &BTreeMap<&str, String>) -> Parameters {
    let body = recorded.request.as_ref().map(Value::to_string).unwrap_or_default();
    let found = route::recognise(&recorded.method, &recorded.path, &[], body.as_bytes());
    let found = found.unwrap_or_else(|error| panic!("{}: {error}", recorded.place()));
    let mut parameters = found.parameters;
    for parameter in found.operation.parameters.iter().filter(|parameter| parameter.place == Place::Path) {
        let before = format!("/{{{}}}", parameter.name);
        let resource = found.operation.path.split(&before).next().unwrap_or_default();
        // A provider's name is the same everywhere.
        if let Some(id) = known.get(resource).filter(|_| parameter.name != "provider_name") {
            parameters = parameters.with(parameter.name, id);
        }
    }
    parameters
}

#[test]
fn the_fake_answers_as_the_tenants_did() {
    let fake = Fake::builder().users(30).start().unwrap();
    fake.set_quirks(Quirks { link_header: false, ..fake.quirks() });
    let client = Client::new(Credentials::api_key(fake.api_key())).base_urls(&fake.url()).unwrap();
    let transport = Transport::default();
    let call = |operation: &str, parameters| transport.call(&client, operation, parameters);
    let first = |operation: &str| {
        let reply = call(operation, Parameters::new()).unwrap();
        let item: Value = serde_json::from_slice(reply.items().next().unwrap()).unwrap();
        ["id", "_id", "objectId"].iter().find_map(|key| item[*key].as_str()).unwrap().to_owned()
    };
    let directory = first("v2.activeDirectories.list");
    let rules = Parameters::new().with("activedirectory_id", &directory);
    let rule = call("v2.activeDirectories.translationRules.list", rules).unwrap();
    let rule: Value = serde_json::from_slice(rule.items().next().unwrap()).unwrap();
    let group = call("v2.userGroups.create", Parameters::new().with("body", json!({ "name": "x" }))).unwrap();
    let group: Value = group.json().unwrap();
    let known = BTreeMap::from([
        ("/api/v2/applications", first("v1.applications.list")),
        ("/api/v2/activedirectories", directory),
        (
            "/api/v2/activedirectories/{activedirectory_id}/translation-rules",
            rule["objectId"].as_str().unwrap().to_owned(),
        ),
        ("/api/v2/applemdms", first("v2.appleMdms.list")),
        ("/api/v2/google-emm/enterprises", first("v2.googleEmm.enterprises.list")),
        ("/api/v2/service-accounts", first("v2.serviceAccounts.list")),
        ("/api/systemusers", first("v1.systemUsers.list")),
        ("/api/systems", first("v1.systems.list")),
        ("/api/v2/usergroups", group["id"].as_str().unwrap().to_owned()),
    ]);
    let mut wrong = Vec::new();
    for mut recorded in Recorded::all() {
        let operation = recorded.operation();
        if operation.name == "insights.events.query" {
            recorded.request = Some(json!({ "service": ["all"], "start_time": "2026-01-01T00:00:00Z" }));
        }
        if let Some(Value::Object(body)) = &mut recorded.request
            && operation.path.ends_with("/members")
        {
            body.insert("id".to_owned(), json!(known["/api/systemusers"]));
        }
        let mut complain = |what: String| wrong.push(format!("{}: {what}", operation.name));
        let reply = match call(operation.name, for_the_fake(&recorded, &known)) {
            Ok(reply) => reply,
            Err(error) => {
                complain(error.to_string());
                continue;
            }
        };
        if let (Some(list), Some(recorded)) = (&reply.list, &recorded.reply().list) {
            let totals = |list: &reply::List| (list.total.is_some(), list.header_total.is_some());
            if totals(list) != totals(recorded) {
                complain(format!(
                    "totals in body and header {:?}, recorded {:?}",
                    totals(list),
                    totals(recorded)
                ));
            }
        }
        let Some(body) = &recorded.body else {
            if !reply.body.is_empty() {
                complain("a body".to_owned());
            }
            continue;
        };
        let text = String::from_utf8(reply.body.clone()).unwrap();
        for drift in operation.drift(reply.status, &text).unwrap() {
            complain(drift.to_string());
        }
        let (real, faked) = (Kinds::of(body), Kinds::of(&serde_json::from_str(&text).unwrap()));
        for path in faked.0.keys() {
            let (recorded, faked) = (real.at(path), faked.at(path));
            if !recorded.is_empty()
                && !faked.is_subset(&recorded)
                && !allowed(operation, path, &mut BTreeSet::new())
            {
                complain(format!("{path}: {faked:?}, recorded {recorded:?}"));
            }
        }
        // What tenants make up themselves is theirs.
        let own = |path: &str| path.contains("ttributes.") || path.contains(".changes[]");
        for (path, _) in real.always().filter(|(path, parent)| faked.count(parent) > 0 && !own(path)) {
            if faked.count(path) == 0 {
                complain(format!("{path}: absent, recorded"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
