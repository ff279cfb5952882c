//! Every operation is answered with what its description says.

use jumpcloud_core::operation::{BodyForm, Method, Operation, Organization, Parameter, Place};
use jumpcloud_core::reply::{self, Content, Response};
use jumpcloud_core::request::{Body, Settings, build};
use jumpcloud_core::route;
use jumpcloud_core::schema::{self, Kind, Schema};
use jumpcloud_core::{Attachment, Parameters};
use jumpcloud_fake::Fake;
use serde_json::{Map, Value, json};

use crate::client::Client;

/// What is uploaded: enough of a picture for a logo.
const FILE: &[u8] = b"GIF89a";

const SOME_ID: &str = "5f0c1e2d3b4a59687766554a";

/// The least that a schema takes.
pub(crate) fn least(schema: &Schema) -> Value {
    match &schema.resolved().kind {
        Kind::Text { values } => json!(values.first().map_or("text", String::as_str)),
        Kind::DateTime | Kind::Bound { .. } => json!("2026-01-01T00:00:00Z"),
        Kind::Integer { decimal: true } => json!("1"),
        Kind::Integer { .. } | Kind::Number => json!(1),
        Kind::Boolean => json!(true),
        Kind::Array(item) => json!([least(item)]),
        Kind::Object(properties) => {
            let required = properties.iter().filter(|property| property.required);
            Value::Object(
                required
                    .map(|property| (property.name.clone(), least(&property.schema)))
                    .collect::<Map<_, _>>(),
            )
        }
        Kind::Map(_) => json!({}),
        Kind::Any | Kind::Binary | Kind::Reference(_) => json!("text"),
    }
}

struct World {
    fake: Fake,
    client: Client,
}

impl World {
    fn id(&self, list: &str, last: bool) -> String {
        let answer = self.client.get(list).expect(200).json();
        let items = answer.as_array().or(answer["results"].as_array()).unwrap().clone();
        let item = if last { items.last() } else { items.first() }.unwrap();
        item["_id"].as_str().or(item["id"].as_str()).unwrap().to_owned()
    }

    /// An object of a type of the graph. Of types that the fake keeps no records of, every id will do.
    fn last_of(&self, kind: &str) -> String {
        let list = match kind {
            "user" => "/api/systemusers",
            "system" => "/api/systems",
            "user_group" => "/api/v2/usergroups",
            "system_group" => "/api/v2/systemgroups",
            "application" => "/api/applications",
            "command" => "/api/commands",
            "policy" => "/api/v2/policies",
            "policy_group" => "/api/v2/policygroups",
            "radius_server" => "/api/radiusservers",
            "active_directory" => "/api/v2/activedirectories",
            "ldap_server" => "/api/v2/ldapservers",
            _ => return SOME_ID.to_owned(),
        };
        self.id(&format!("{list}?limit=100"), true)
    }

    /// The id of an uploaded logo.
    fn logo(&self) -> String {
        let operation = Operation::find("v2.applications.logo.upload").unwrap();
        self.call(operation).unwrap();
        let application = self.client.get("/api/applications?limit=1").results().remove(0);
        application["logo"]["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
    }

    /// The id of an item of the list at a path, or of one made there; none where the table has neither.
    fn listed(&self, path: &str, parameter: &str, last: bool) -> Option<Value> {
        let list = route::find("GET", path).ok()?;
        let paging = list.paging.as_ref()?;
        let answer = self.client.get(path).expect(200).json();
        let items = if paging.items.is_empty() { &answer } else { &answer[paging.items] };
        let item = if last { items.as_array()?.last() } else { items.as_array()?.first() }?;
        let squeezed = parameter.replace('_', "").to_lowercase();
        // `objectId` may be the `identityObjectId`.
        let long = squeezed.len() > 2;
        let own = |name: &&String| long && name.to_lowercase().ends_with(&squeezed);
        let own = item.as_object()?.keys().find(own).map_or("", String::as_str);
        let word = parameter.rsplit('_').next().unwrap_or_default();
        let names = [paging.identity, own, "_id", "id", "objectId", "uuid", word];
        let id = names.iter().map(|name| &item[*name]).find(|id| id.is_string() || id.is_u64());
        id.cloned()
    }

    /// The id of something made at a path.
    fn made(&self, path: &str) -> Option<Value> {
        let create =
            route::find("POST", path).ok().filter(|operation| operation.name.ends_with(".create"))?;
        let body = create.body.as_ref().map_or(json!({}), |body| least(&body.schema));
        let answer = self.client.post(path, body.clone());
        // What has an id of the caller's choice is there already.
        let answer = if answer.status == 409 { body } else { answer.json() };
        let inner = answer.as_object()?.values().find(|value| value.is_object());
        let found = [Some(&answer), inner].into_iter().flatten().find_map(|item| {
            ["type", "_id", "id", "objectId"].iter().map(|name| &item[*name]).find(|id| id.is_string())
        });
        found.cloned()
    }

    /// What a path parameter may be, so that the fake knows it. Deletions get the last of a list, the others the first.
    fn path_value(&self, operation: &Operation, before: &str, parameter: &Parameter) -> Value {
        let (name, schema) = (parameter.name, &parameter.schema);
        let resource = operation.path.split("/{").next().unwrap_or_default();
        if before != resource {
            let known =
                self.listed(before, name, operation.name.ends_with(".delete")).or_else(|| self.made(before));
            return known.unwrap_or_else(|| json!(SOME_ID));
        }
        let last = operation.name.ends_with(".delete");
        let id = |list: &str| json!(self.id(list, last));
        match resource {
            "/api/systemusers" | "/api/v2/users" => id("/api/systemusers?limit=100"),
            "/api/systems" | "/api/v2/systems" => id("/api/systems?limit=100"),
            "/api/v2/usergroups" => id("/api/v2/usergroups?limit=100"),
            "/api/v2/systemgroups" => id("/api/v2/systemgroups?limit=100"),
            "/api/applications" | "/api/v2/applications" => id("/api/applications?limit=100"),
            "/api/commands" | "/api/files/command" | "/api/v2/commands" => id("/api/commands?limit=100"),
            "/api/commandresults" => id("/api/commandresults?limit=100"),
            "/api/v2/commandqueue" => id("/api/v2/queuedcommand/workflows"),
            "/api/v2/policies" => id("/api/v2/policies?limit=100"),
            "/api/v2/policygroups" => id("/api/v2/policygroups?limit=100"),
            "/api/v2/policyresults" => id("/api/v2/policyresults?limit=100"),
            "/api/v2/policytemplates" => id("/api/v2/policytemplates?limit=100"),
            "/api/v2/bulk/users" => {
                let job = self.client.post("/api/v2/bulk/users", json!([{"username": "x"}])).expect(200);
                job.json()["jobId"].clone()
            }
            "/api/v2/bulk/userstates" => {
                let body = json!({
                    "user_ids": [self.last_of("user")], "state": "SUSPENDED", "start_date": "2126-01-01T00:00:00Z",
                });
                self.client.post("/api/v2/bulk/userstates", body).expect(201).items()[0]["scheduledJobId"]
                    .clone()
            }
            "/api/v2/radiusservers" => id("/api/radiusservers"),
            "/api/v2/logos" => json!(self.logo()),
            "/api/organizations" => json!(self.fake.organizations()[0]),
            _ => match least(schema) {
                Value::String(text) if text == "text" => {
                    let known = self.listed(resource, name, last).or_else(|| self.made(resource));
                    known.unwrap_or_else(|| json!(SOME_ID))
                }
                Value::String(text) => {
                    self.made(resource);
                    json!(text)
                }
                value => self.listed(resource, name, last).unwrap_or(value),
            },
        }
    }

    /// Bodies for those that look at them.
    fn body(&self, operation: &Operation) -> Value {
        let described = operation.body.as_ref().unwrap();
        match operation.name {
            "v1.commands.create" | "v1.commands.replace" => {
                json!({"name": "x", "command": "true", "commandType": "linux"})
            }
            "v1.commands.run" => json!({"_id": self.id("/api/commands", false)}),
            "v2.bulk.userStates.create" => json!({
                "user_ids": [self.last_of("user")], "state": "SUSPENDED", "start_date": "2126-01-01T00:00:00Z",
            }),
            "v1.systemUsers.setPassword" => json!({"password": "Longer4Sure"}),
            "v1.systemUsers.create" => json!({"username": "ada", "email": "ada@x.example"}),
            "v1.systemUsers.sshKeys.create" => json!({"name": "x", "public_key": "ssh-ed25519 x"}),
            "v2.policies.create" => {
                json!({"name": "x", "template": {"id": self.id("/api/v2/policytemplates", false)}})
            }
            "v2.policyGroups.replace"
            | "v2.systemGroups.replace"
            | "v2.systemGroups.update"
            | "v2.userGroups.replace"
            | "v2.userGroups.update" => json!({"name": operation.name}),
            "v2.policyGroups.members.change" => {
                json!({"op": "add", "type": "policy", "id": self.last_of("policy")})
            }
            "v2.systemGroups.members.change" => {
                let member = self.id("/api/systems?limit=100", true);
                let group = self.id("/api/v2/systemgroups?limit=100", false);
                let body = json!({"op": "remove", "type": "system", "id": member});
                self.client.post(&format!("/api/v2/systemgroups/{group}/members"), body).expect(204);
                json!({"op": "add", "type": "system", "id": member})
            }
            "v2.userGroups.members.change" => {
                let member = self
                    .client
                    .post("/api/systemusers", json!({"username": "new", "email": "new@x.example"}))
                    .expect(200)
                    .json();
                json!({"op": "add", "type": "user", "id": member["_id"]})
            }
            _ if operation.name.ends_with(".associations.change") => {
                let kind = match &described.schema.resolved().kind {
                    Kind::Object(properties) => properties
                        .iter()
                        .find(|property| property.name == "type")
                        .map_or(json!("user"), |property| least(&property.schema)),
                    _ => json!("user"),
                };
                let id = self.last_of(kind.as_str().unwrap_or_default());
                json!({"op": "add", "type": kind, "id": id})
            }
            _ if operation.name.contains("nsights.events.") && !operation.name.contains("cloud") => {
                json!({"service": ["all"], "start_time": "2026-01-01T00:00:00Z", "field": "service", "interval_unit": "d"})
            }
            _ => match described.form {
                BodyForm::Bytes => json!(Attachment {
                    length: FILE.len() as u64,
                    file_name: "x".into(),
                    media_type: "application/octet-stream".into()
                }),
                BodyForm::Multipart => match &described.schema.resolved().kind {
                    Kind::Object(properties) => {
                        let file = Attachment {
                            length: FILE.len() as u64,
                            file_name: "x.png".into(),
                            media_type: "image/png".into(),
                        };
                        json!({(properties[0].name.clone()): file})
                    }
                    _ => json!({}),
                },
                _ => least(&described.schema),
            },
        }
    }

    /// Calls an operation and says what is wrong with the answer; whether it was an example.
    fn call(&self, operation: &'static Operation) -> Result<bool, String> {
        let mut parameters = Parameters::new();
        let mut path = operation.path.to_owned();
        for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
            let value = match parameter.place {
                Place::Path => {
                    let before = path.split("/{").next().unwrap_or_default().to_owned();
                    let value = self.path_value(operation, &before, parameter);
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    path = path.replace(&format!("{{{}}}", parameter.name), &text);
                    let is_text = matches!(parameter.schema.resolved().kind, Kind::Text { .. });
                    if is_text { json!(text) } else { value }
                }
                _ => least(&parameter.schema),
            };
            parameters = parameters.with(parameter.name, value);
        }
        if operation.name == "v1.systemUsers.sshKeys.delete" {
            let user = self.id("/api/systemusers?limit=100", false);
            let key = json!({"name": "x", "public_key": "ssh-ed25519 other"});
            let key = self.client.post(&format!("/api/systemusers/{user}/sshkeys"), key).expect(200).json();
            parameters = parameters.with("systemuser_id", user).with("id", &key["_id"]);
        }
        if operation.body.is_some() {
            parameters = parameters.with("body", self.body(operation));
        }
        let organizations = if operation.organization == Organization::Required {
            self.fake.organizations()
        } else {
            Vec::new()
        };
        let request = build(
            operation,
            &parameters,
            &Settings { origin: self.fake.url(), organizations, ..Settings::default() },
        );
        let request = request.map_err(|error| format!("cannot be built: {error}"))?;
        let body = match &request.body {
            Body::Empty => Vec::new(),
            Body::Bytes(bytes) => bytes.clone(),
            Body::Attachment { before, after, .. } => [before, FILE, after].concat(),
        };
        let key = self.fake.api_key();
        let basic = {
            use base64::Engine as _;
            let pair = format!("{}:{}", self.fake.client_id(), self.fake.client_secret());
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
        };
        let mut headers: Vec<(&str, &str)> =
            request.headers.iter().map(|(name, value)| (name.as_ref(), value.as_str())).collect();
        headers.push(if operation.name.starts_with("oauth") {
            ("authorization", &basic)
        } else {
            ("x-api-key", &key)
        });
        let answer = self.client.send(operation.method.as_str(), request.target(), &headers, &body);
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if !(200..300).contains(&answer.status) {
            return Err(format!("{} {}: {} {text}", operation.method, request.target(), answer.status));
        }
        let example = answer.header("x-fake") == Some("example");
        let named = answer
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
        let response = Response { status: answer.status, headers: named.collect(), body: answer.body };
        let reply =
            reply::parse(operation, response).map_err(|error| format!("does not parse: {error}: {text}"))?;
        if reply.content == Content::Json {
            let described =
                operation.replies().into_iter().find(|described| described.status.starts_with('2'));
            let described = described.ok_or("no success is described")?;
            let drifts =
                schema::check(&described.schema, "reply", &text).map_err(|error| error.to_string())?;
            if let Some(drift) = drifts.iter().find(|drift| drift.is_wrong()) {
                return Err(format!("{drift}: {text}"));
            }
        }
        if let Some(list) = &reply.list {
            let limit = operation.paging.as_ref().map_or(0, |paging| paging.maximum);
            if list.items.len() as u64 > limit.max(10_000) {
                return Err(format!("{} items", list.items.len()));
            }
        }
        Ok(example)
    }
}

#[test]
fn every_operation_is_answered_as_it_is_described() {
    let fake = Fake::builder().users(30).start().unwrap();
    let client = Client::new(&fake);
    let world = World { fake, client };
    let mut wrong = Vec::new();
    let (mut count, mut examples) = (0, Vec::new());
    // An upload goes to an address of another host.
    let mut all: Vec<_> = Operation::all().filter(|operation| operation.host().is_some()).collect();
    // What is deleted can do nothing more.
    all.sort_by_key(|operation| operation.method == Method::Delete);
    for operation in all {
        count += 1;
        match world.call(operation) {
            Ok(true) => examples.push(operation.name),
            Ok(false) => {}
            Err(why) => {
                wrong.push(format!("{}: {}", operation.name, why.chars().take(600).collect::<String>()));
            }
        }
    }
    assert!(examples.len() <= 150, "{} have no state:\n{}", examples.len(), examples.join("\n"));
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(count, Operation::all().len() - 1);
}

#[test]
fn lists_of_examples_page_to_their_end() {
    let fake = Fake::builder().users(5).start().unwrap();
    let client = Client::new(&fake);
    for path in ["/api/v2/ldapservers", "/api/v2/iplists"] {
        let pages = [0, 10, 20, 30]
            .map(|skip| client.get(&format!("{path}?limit=10&skip={skip}")).expect(200).items());
        assert_eq!(pages.each_ref().map(Vec::len), [10, 10, 5, 0], "{path}");
        assert_ne!(pages[0], pages[1]);
        assert_eq!(client.get(path).items(), pages[0]);
    }
    let tokens =
        client.get(&format!("/api/v2/gsuites/{SOME_ID}/import/users?maxResults=20")).expect(200).json();
    assert_eq!(tokens["users"].as_array().unwrap().len(), 20);
    let next = tokens["nextPageToken"].as_str().unwrap();
    let rest = client
        .get(&format!("/api/v2/gsuites/{SOME_ID}/import/users?maxResults=20&pageToken={next}"))
        .expect(200)
        .json();
    assert_eq!((rest["users"].as_array().unwrap().len(), &rest["nextPageToken"]), (5, &json!("")));
    let events = |body: Value| client.post("/api/v2/cloudinsights/events", body).expect(200).json();
    let (mut lengths, mut page) = (Vec::new(), events(json!({})));
    loop {
        lengths.push(page["events"].as_array().unwrap().len());
        let Some(cursor) = page.get("searchAfter") else { break };
        page = events(json!({"searchAfter": cursor}));
    }
    assert_eq!(lengths, [10, 10, 5]);
}
