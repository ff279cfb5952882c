//! Over all operations of the table: what is created is listed, got, changed and deleted.

use jumpcloud_core::Operation;
use jumpcloud_core::operation::Method;
use jumpcloud_core::route;
use jumpcloud_core::schema::{Kind, Schema};
use jumpcloud_fake::Fake;
use serde_json::{Map, Value, json};

use crate::client::{Client, started};
use crate::every_operation::least;

/// Another value of a schema than [`least`] gives.
fn other(schema: &Schema) -> Value {
    match &schema.resolved().kind {
        Kind::Text { values } => json!(values.last().map_or("other", String::as_str)),
        Kind::Integer { decimal: true } => json!("2"),
        Kind::Integer { .. } | Kind::Number => json!(2),
        Kind::Boolean => json!(false),
        _ => least(schema),
    }
}

/// A body with everything that a schema describes.
fn full(schema: &Schema, value: fn(&Schema) -> Value) -> Value {
    match &schema.resolved().kind {
        Kind::Object(properties) => {
            let all = properties.iter().map(|property| {
                let inner = match property.schema.resolved().kind {
                    Kind::Object(_) => full(&property.schema, value),
                    _ => value(&property.schema),
                };
                (property.name.clone(), inner)
            });
            Value::Object(all.collect::<Map<_, _>>())
        }
        _ => value(schema),
    }
}

/// All texts and numbers in a value, wherever they stand: ids have many names.
fn scalars(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| scalars(item, found)),
        Value::Object(record) => record.values().for_each(|value| scalars(value, found)),
        _ => {}
    }
}

struct Tour<'a> {
    client: &'a Client,
    create: &'static Operation,
    path: String,
}

impl Tour<'_> {
    /// All items of the list, where there is one.
    fn listed(&self) -> Option<Vec<Value>> {
        let list = route::find("GET", &self.path).ok()?;
        let paging = list.paging.as_ref()?;
        let mut all = Vec::new();
        loop {
            let answer = self.client.get(&format!("{}?{}={}", self.path, paging.position, all.len()));
            let answer = answer.expect(200).json();
            let items = if paging.items.is_empty() { &answer } else { &answer[paging.items] };
            let items = items.as_array().unwrap();
            all.extend(items.iter().cloned());
            if items.is_empty() || paging.position.is_empty() {
                return Some(all);
            }
        }
    }

    fn goes(&self) -> Result<(), String> {
        let before = self.listed();
        let body = self.create.body.as_ref().map_or(json!({}), |body| full(&body.schema, least));
        let answer = self.client.send_json(self.create.method.as_str(), &self.path, &body);
        if !(200..300).contains(&answer.status) {
            return Err(format!("created: {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
        }
        let made: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let after = self.listed();
        let mut new = Vec::new();
        if let (Some(before), Some(after)) = (&before, &after) {
            if after.len() != before.len() + 1 {
                return Err(format!("{} items before, {} after", before.len(), after.len()));
            }
            scalars(&after[after.len() - 1], &mut new);
        }
        let items = |method: &str| route::find(method, &format!("{}/x", self.path)).ok();
        let is_item = |operation: &&Operation| {
            operation.path.rsplit('/').next().is_some_and(|last| last.starts_with('{'))
        };
        let get = items("GET").filter(is_item);
        let update = ["PUT", "PATCH"].into_iter().find_map(|method| items(method).filter(is_item));
        let delete = items("DELETE").filter(is_item);
        // The id is what the reply and the list have in common and what gets it.
        let mut ids = Vec::new();
        scalars(&made, &mut ids);
        ids.extend(new.clone());
        let path = |id: &str| format!("{}/{id}", self.path);
        let plain = |id: &&String| {
            id.len() > 1 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let Some(get) = get else {
            let Some(delete) = delete else { return Ok(()) };
            let gone =
                ids.iter().filter(plain).any(|id| (200..300).contains(&self.client.delete(&path(id)).status));
            let left = self.listed().map(|items| items.len());
            return if gone && left == before.map(|items| items.len()) {
                Ok(())
            } else {
                Err(format!("{}: nothing is deleted by any of {ids:?}", delete.name))
            };
        };
        let id = ids.iter().filter(plain).find(|id| self.client.get(&path(id)).status == 200);
        let Some(id) = id else {
            return Err(format!("{}: nothing is got by any of {ids:?}", get.name));
        };
        let before_update = self.client.get(&path(id)).expect(200).json();
        if let Some(update) = update {
            let body = update.body.as_ref().map_or(json!({}), |body| full(&body.schema, other));
            let answer = self.client.send_json(update.method.as_str(), &path(id), &body);
            if !(200..300).contains(&answer.status) {
                return Err(format!("{}: {} {}", update.name, answer.status, answer.message()));
            }
            let changed = self.client.get(&path(id)).expect(200).json();
            let shown = |value: &Value| {
                let mut shown = Vec::new();
                scalars(value, &mut shown);
                shown
            };
            let (sent, seen) = (shown(&body), shown(&changed));
            let common = sent.iter().any(|value| seen.contains(value));
            if update.body.is_some() && !sent.is_empty() && !common && changed == before_update {
                return Err(format!("{}: sent {body}, but it is still {changed}", update.name));
            }
        }
        let Some(delete) = delete else { return Ok(()) };
        let answer = self.client.delete(&path(id));
        if !(200..300).contains(&answer.status) {
            return Err(format!("{}: {}", delete.name, answer.status));
        }
        for again in [self.client.get(&path(id)), self.client.delete(&path(id))] {
            if again.status != 404 {
                return Err(format!("deleted, but then {}", again.status));
            }
        }
        match self.listed().map(|items| items.len()) == before.map(|items| items.len()) {
            true => Ok(()),
            false => Err("deleted, but listed".into()),
        }
    }
}

/// A real id for each parameter of a path, by the lists on the way.
fn filled(client: &Client, path: &str) -> String {
    let mut filled = String::new();
    for part in path.split('/').skip(1) {
        let part = if part.starts_with('{') {
            // Users, systems and more are listed by v1.
            let v1 = filled.replace("/v2/users", "/systemusers").replace("/v2/", "/");
            let mut lists = [filled.clone(), v1]
                .into_iter()
                .filter_map(|path| Some((route::find("GET", &path).ok()?, path)));
            let known = lists.find(|(list, _)| list.paging.is_some()).map(|(list, path)| {
                let answer = client.get(&path).expect(200).json();
                let key = list.paging.as_ref().map_or("", |paging| paging.items);
                let items = if key.is_empty() { &answer } else { &answer[key] };
                let id = ["_id", "id", "objectId", "uuid", list.paging.as_ref().map_or("", |p| p.identity)];
                id.iter().find_map(|name| items[0][*name].as_str()).unwrap_or_default().to_owned()
            });
            known.filter(|id| !id.is_empty()).unwrap_or_else(|| "5f0c1e2d3b4a59687766554a".to_owned())
        } else {
            part.to_owned()
        };
        filled = format!("{filled}/{part}");
    }
    filled
}

#[test]
fn what_is_created_is_there_until_it_is_deleted() {
    let (_fake, client) = started(10);
    let (mut wrong, mut count) = (Vec::new(), 0);
    for create in Operation::all().filter(|operation| operation.method == Method::Post) {
        let in_a_list = |path: &str| {
            route::find("GET", path).is_ok_and(|list| list.paging.is_some() && list.path == create.path)
        };
        let is_create = create.name.ends_with(".create");
        // Those that look into their bodies have tests of their own.
        let own = ["v1.systemUsers.", "v1.commands.", "v2.policies.", "v2.bulk.", "v2.policyGroups."];
        let path = filled(&client, create.path);
        if !is_create || !in_a_list(&path) || own.iter().any(|own| create.name.starts_with(own)) {
            continue;
        }
        count += 1;
        if let Err(why) = (Tour { client: &client, create, path }).goes() {
            wrong.push(format!("{}: {}", create.name, why.chars().take(400).collect::<String>()));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 49, "{count}");
}

#[test]
fn rows_of_system_insights_belong_to_systems() {
    let fake = Fake::builder().users(10).start().unwrap();
    let client = Client::new(&fake);
    let systems = client.get("/api/systems?limit=100").results();
    let id = systems[0]["_id"].as_str().unwrap();
    let mut count = 0;
    for list in Operation::all().filter(|operation| operation.name.starts_with("v2.systemInsights.")) {
        let rows =
            client.get(&format!("{}?limit=1000&filter=system_id:eq:{id}", list.path)).expect(200).items();
        assert!(!rows.is_empty() && rows.iter().all(|row| row["system_id"] == id), "{}", list.name);
        let all = client.get(&format!("{}?limit=1000", list.path)).expect(200);
        assert_eq!(all.items().len(), systems.len() * rows.len(), "{}", list.name);
        count += 1;
    }
    assert_eq!(count, 60);
    client.delete(&format!("/api/systems/{id}")).expect(200);
    let gone = client.get(&format!("/api/v2/systeminsights/apps?filter=system_id:eq:{id}")).expect(200);
    assert_eq!((gone.items().len(), gone.header("x-total-count")), (0, Some("0")));
}

#[test]
fn a_collection_filters_sorts_narrows_and_refuses_doubles() {
    let (_fake, client) = started(5);
    for name in ["b", "a", "c"] {
        client
            .post(
                "/api/v2/iplists",
                json!({"name": name, "description": "tour", "ips": ["10.0.0.1"], "colour": "red"}),
            )
            .expect(201);
    }
    client.post("/api/v2/iplists", json!({"name": "a"})).expect(409);
    let list = |query: &str| client.get(&format!("/api/v2/iplists?{query}")).expect(200);
    let tour = list("filter=description:eq:tour&sort=-name");
    let names: Vec<&str> = tour.header("x-total-count").into_iter().collect();
    assert_eq!(names, ["3"]);
    let items = tour.items();
    assert_eq!(items.iter().map(|item| item["name"].as_str().unwrap()).collect::<Vec<_>>(), ["c", "b", "a"]);
    let path = format!("/api/v2/iplists/{}", items[2]["id"].as_str().unwrap());
    let item = client.get(&path).expect(200).json();
    assert!(item.get("colour").is_none(), "unknown keys are not kept: {item}");
    // PATCH keeps what it does not name; PUT does not.
    client.patch(&path, json!({"description": "patched"})).expect(200);
    assert_eq!(client.get(&path).json()["ips"], json!(["10.0.0.1"]));
    client.put(&path, json!({"name": "put"})).expect(200);
    let put = client.get(&path).json();
    assert!(put.get("ips").is_none() && put["name"] == "put", "{put}");
    client.get("/api/v2/iplists/5f0c1e2d3b4a59687766554a").expect(404);
    // What is below something that is not there is not there.
    client.get("/api/v2/activedirectories/5f0c1e2d3b4a59687766554a/agents").expect(404);
}
