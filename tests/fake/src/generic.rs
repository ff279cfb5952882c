//! What answers the operations of a [family](crate::families): one store for all collections that the table has.

use std::sync::{MutexGuard, PoisonError};

use jumpcloud_core::operation::{Answers, Operation};
use jumpcloud_core::schema::{Kind, Schema};
use serde_json::{Value, json};

use crate::calendar;
use crate::call::{Answer, Call, Outcome};
use crate::collection::Record;
use crate::company::{self, Company};
use crate::examples::{ANY, ITEMS, asked_page, enveloped, items};
use crate::families::{self, Family, IDS, IdForm, PROVIDER, Place, Role, inner, names, success};
use crate::graph::{Kind as NodeKind, Node};
use crate::id::Id;
use crate::maker::Maker;
use crate::refusal::Refusal;
use crate::store::{Rows, Store};

/// The collections that are kept elsewhere, by the type of their objects in the graph.
const ELSEWHERE: [(&str, NodeKind); 12] = [
    ("/api/applications", NodeKind::Application),
    ("/api/commands", NodeKind::Command),
    ("/api/systems", NodeKind::System),
    ("/api/systemusers", NodeKind::User),
    ("/api/v2/applications", NodeKind::Application),
    ("/api/v2/commands", NodeKind::Command),
    ("/api/v2/policies", NodeKind::Policy),
    ("/api/v2/policygroups", NodeKind::PolicyGroup),
    ("/api/v2/systemgroups", NodeKind::SystemGroup),
    ("/api/v2/systems", NodeKind::System),
    ("/api/v2/usergroups", NodeKind::UserGroup),
    ("/api/v2/users", NodeKind::User),
];

/// A call to a family, with what it needs.
struct Asked<'a> {
    company: &'a Company,
    call: &'a Call<'a>,
    family: &'static Family,
    store: MutexGuard<'a, Store>,
    /// The path of the collection, with the ids in it.
    path: String,
    /// The id of the item.
    id: String,
}

/// Answers an operation of a family.
pub(crate) fn answer(place: &'static Place, company: &Company, call: &Call) -> Outcome {
    check_parents(company, call)?;
    let family = place.family;
    if place.role == Role::Rows {
        return crate::rows::list(company, call);
    }
    let parts = family.path.split('/').count();
    let path = match (place.role, call.operation.path.strip_prefix(PROVIDER)) {
        (Role::Create, Some(_)) if !family.path.starts_with(PROVIDER) => family.path.to_owned(),
        _ => concrete(call, parts),
    };
    let id = concrete(call, parts + 1);
    let id = id.strip_prefix(&format!("{path}/")).unwrap_or_default().to_owned();
    let mut asked = Asked { company, call, family, store: store(company), path, id };
    match place.role {
        Role::List | Role::Rows => asked.list(),
        Role::Create => asked.create(),
        Role::Get => asked.get(),
        Role::Update | Role::Amend => asked.update(place.role),
        Role::Delete => asked.delete(),
        Role::DeleteSeveral => asked.delete_several(),
        Role::UpdateSeveral => asked.update_several(),
        Role::Clone => asked.clone_item(),
        Role::Document => asked.document(),
    }
}

/// Whether an object of the graph that the store keeps is there.
pub(crate) fn knows(company: &Company, template: &str, path: &str, id: &str) -> bool {
    let Some(family) = families::at(template) else { return true };
    let mut store = store(company);
    let rows = store.rows(path, || seeds(company, family, path));
    rows.contains(id) || (!family.is_closed() && !rows.is_gone(id))
}

fn store(company: &Company) -> MutexGuard<'_, Store> {
    company.store.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first parts of an operation's path, with the ids that were sent.
fn concrete(call: &Call, parts: usize) -> String {
    let part = |part: &&'static str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(name) => plain(call.parameters.get(name).unwrap_or(&Value::Null)),
        None => (*part).to_owned(),
    };
    let parts: Vec<String> =
        call.operation.path.split('/').take(parts).collect::<Vec<_>>().iter().map(part).collect();
    parts.join("/")
}

/// A value as it stands in a path.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Takes what was deleted out of the graph.
pub(crate) fn forget(company: &mut Company, place: &Place, call: &Call) {
    let kind = company::STORED.iter().find(|(_, path)| *path == place.family.path);
    let id = call.parameters.get(place.family.parameter).and_then(Value::as_str).and_then(Id::parse);
    if let (Role::Delete, Some((kind, _)), Some(id)) = (place.role, kind, id) {
        company.graph.forget(Node(*kind, id));
    }
}

/// Refuses a path through something that is not there.
pub(crate) fn check_parents(company: &Company, call: &Call) -> Result<(), Refusal> {
    let parts: Vec<&'static str> = call.operation.path.split('/').collect();
    for (number, part) in parts.iter().enumerate().skip(1) {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else { continue };
        // The last part is what the call is about.
        if number + 1 == parts.len() {
            break;
        }
        let (template, path) = (parts[..number].join("/"), concrete(call, number));
        let id = plain(call.parameters.get(name).unwrap_or(&Value::Null));
        let there = match ELSEWHERE.iter().find(|(known, _)| *known == template) {
            Some((_, kind)) => Id::parse(&id).is_some_and(|id| company.knows(Node(*kind, id))),
            None => match families::at(&template) {
                // `/activedirectories/{provider_name}/…` names no item.
                Some(family) if name != family.parameter && !name.to_lowercase().ends_with("id") => true,
                Some(family) if family.parameter.is_empty() => true,
                Some(_) => knows(company, &template, &path, &id),
                None => true,
            },
        };
        if !there {
            return Err(call.missing(name));
        }
    }
    Ok(())
}

/// The items that a collection has from the start.
fn seeds(company: &Company, family: &Family, path: &str) -> Vec<(String, Record)> {
    let Some(list) = family.list else { return Vec::new() };
    let mut maker = Maker::new(&company.facts, company.facts.today, company.seed, path);
    let reply = success(list);
    let item = reply.as_ref().and_then(|reply| items(list, reply)).unwrap_or(&ANY);
    let count = if matches!(item.resolved().kind, Kind::Object(_)) { ITEMS } else { 0 };
    (0..count)
        .map(|_| {
            let mut record = Record::new();
            let mut id = new_id(&mut maker, family);
            for schema in &family.schemas {
                maker.complete(&mut record, schema, true);
            }
            match family.natural().and_then(|name| record.get(name)).and_then(Value::as_str) {
                Some(natural) => natural.clone_into(&mut id),
                None => identify(&mut record, family, &id),
            }
            (id, record)
        })
        .collect()
}

fn new_id(maker: &mut Maker, family: &Family) -> String {
    match family.id_form {
        IdForm::Object => maker.id(),
        IdForm::Uuid => maker.uuid(),
        IdForm::Number => maker.number().to_string(),
    }
}

/// Writes an id under all names that the family has for it.
fn identify(record: &mut Record, family: &Family, id: &str) {
    let identity = family.list.and_then(|list| list.paging.as_ref()).map_or("", |paging| paging.identity);
    let value = match family.id_form {
        IdForm::Number => serde_json::from_str(id).unwrap_or_else(|_| json!(id)),
        _ => json!(id),
    };
    let chosen = family.chosen.as_deref().unwrap_or_default();
    let known: Vec<&str> = family.schemas.iter().flat_map(names).collect();
    let own = [identity, family.parameter, chosen].into_iter().chain(IDS);
    for name in own.filter(|name| !name.is_empty() && !name.contains('.')) {
        // A name that the schemas do not have is not made up, but for those that filters may use.
        if known.contains(&name) || IDS.contains(&name) {
            record.insert(name.to_owned(), value.clone());
        }
    }
    // `view_id` in the path is `viewId` in the body; `objectId` may be the `identityObjectId` where there is no other.
    let squeezed = family.parameter.replace('_', "").to_lowercase();
    if squeezed.len() <= 2 {
        return;
    }
    for schema in &family.schemas {
        let names = names(schema);
        let exact = names.iter().find(|name| name.to_lowercase() == squeezed);
        let has_id = names.iter().any(|name| IDS.contains(name) || *name == identity);
        let ending = || names.iter().find(|name| !has_id && name.to_lowercase().ends_with(&squeezed));
        if let Some(name) = exact.or_else(ending) {
            record.insert((*name).to_owned(), value.clone());
        }
    }
}

/// Whether the server sets a field, whatever a caller says.
fn is_servers(name: &str, family: &Family) -> bool {
    IDS.contains(&name)
        || name == family.parameter
        || matches!(name, "created" | "createdAt" | "created_at" | "organization" | "organizationObjectId")
}

impl<'a> Asked<'a> {
    fn rows(&mut self) -> &mut Rows {
        let (company, family) = (self.company, self.family);
        let path = self.path.clone();
        self.store.rows(&path, || seeds(company, family, &path))
    }

    fn maker(&self) -> Maker<'a> {
        Maker::new(&self.company.facts, self.call.now, self.call.random, self.call.operation.path)
    }

    fn missing(&self) -> Refusal {
        let what = if self.family.parameter.is_empty() { "id" } else { self.family.parameter };
        Refusal::not_found(format!("Not Found: there is no {} {:?}", what.replace('_', " "), self.id))
    }

    fn list(&mut self) -> Outcome {
        let call = self.call;
        let page = asked_page(call)?;
        let schema = success(call.operation).unwrap_or(ANY);
        let Some(item) = items(call.operation, &schema) else { return Ok(Answer::empty(200)) };
        let searched: Vec<&str> = names(item);
        let query = call.query(&searched)?;
        let (total, records) = self.rows().page(&query, page.skip, page.limit);
        let mut maker = self.maker();
        let shown = records.into_iter().filter_map(|record| {
            let shown = maker.shape(item, &Value::Object(record))?;
            Some(match shown {
                Value::Object(record) => Value::Object(call.project(record)),
                shown => shown,
            })
        });
        let shown = shown.collect();
        enveloped(&mut self.maker(), call, &schema, page, total, shown)
    }

    /// The item of the path, which must be there.
    fn item(&mut self) -> Result<Record, Refusal> {
        let (id, family) = (self.id.clone(), self.family);
        let mut maker = self.maker();
        let rows = self.rows();
        match rows.get(&id) {
            Some(record) => Ok(record),
            None if family.is_closed() || rows.is_gone(&id) => Err(self.missing()),
            None => {
                let mut record = Record::new();
                for schema in &family.schemas {
                    maker.complete(&mut record, schema, true);
                }
                identify(&mut record, family, &id);
                rows.put(&id, record.clone());
                Ok(record)
            }
        }
    }

    fn get(&mut self) -> Outcome {
        let record = self.item()?;
        self.reply(&record, true)
    }

    /// What the caller says of an item: the fields that the body is described to have, and query parameters of the
    /// same names.
    fn said(&self) -> Record {
        let known: Vec<&str> = self.family.schemas.iter().flat_map(names).collect();
        let mut said = Record::new();
        for (name, value) in self.call.parameters.iter().filter(|(name, _)| known.contains(&name.as_str())) {
            said.insert(name.clone(), value.clone());
        }
        let described = self.call.operation.body.as_ref().map(|body| &body.schema);
        // Some bodies are described nowhere: what the items have is taken from them.
        let sent = match described {
            Some(_) => self.call.body.clone(),
            None => serde_json::from_slice(self.call.raw).unwrap_or_default(),
        };
        let Value::Object(sent) = sent else { return said };
        let schema = described.map(Schema::resolved);
        let property = |name: &str| match schema.map(|schema| &schema.kind) {
            Some(Kind::Object(properties)) => properties.iter().find(|property| property.name == name),
            _ => None,
        };
        let any = schema.is_some_and(|schema| schema.open || !matches!(schema.kind, Kind::Object(_)));
        for (name, value) in sent {
            let is_known =
                property(&name).is_some() || any || (schema.is_none() && known.contains(&name.as_str()));
            if !is_known {
                continue;
            }
            // `{"rule": {…}}` is the rule, unless rules have a `rule`.
            let is_item = !known.contains(&name.as_str())
                && property(&name)
                    .is_some_and(|property| matches!(property.schema.resolved().kind, Kind::Object(_)));
            match value {
                Value::Object(inner) if is_item => {
                    let own = property(&name).map(|property| names(&property.schema)).unwrap_or_default();
                    said.extend(
                        inner.into_iter().filter(|(name, _)| own.is_empty() || own.contains(&name.as_str())),
                    );
                }
                value => _ = said.insert(name, value),
            }
        }
        said
    }

    fn create(&mut self) -> Outcome {
        let (family, call) = (self.family, self.call);
        let mut said = self.said();
        let mut maker = self.maker();
        // An upsert names what it changes.
        let named = IDS.iter().find_map(|name| said.get(*name)).map(plain).unwrap_or_default();
        if self.rows().contains(&named) && call.operation.name.ends_with(".upsert") {
            self.id = named;
            return self.update(Role::Update);
        }
        let chosen = family.chosen.as_ref().and_then(|name| said.get(name)).map(plain);
        let describes = |status: &str| call.operation.replies().iter().any(|reply| reply.status == status);
        if let Some(chosen) = chosen.as_ref().filter(|chosen| self.rows().contains(chosen)) {
            return Err(Refusal::conflict(format!("Already Exists: {chosen:?}")));
        }
        if let Some(name) = said.get("name").filter(|name| name.is_string() && describes("409"))
            && self.rows().has("name", name)
        {
            return Err(Refusal::conflict(format!("Already Exists: one named {name}")));
        }
        let id = chosen.unwrap_or_else(|| new_id(&mut maker, family));
        said.retain(|name, _| !is_servers(name, family) || family.chosen.as_ref() == Some(name));
        self.stamp(&mut said, true);
        for schema in &family.schemas {
            maker.complete(&mut said, schema, false);
        }
        identify(&mut said, family, &id);
        self.rows().put(&id, said.clone());
        self.id = id;
        self.reply(&said, false)
    }

    /// When it was made and changed, and whose it is, where the family says so.
    fn stamp(&self, record: &mut Record, new: bool) {
        let now = calendar::write(self.call.now);
        let organization = self.company.facts.organization.to_string();
        for name in self.family.schemas.iter().flat_map(names) {
            let value = match name {
                "created" | "createdAt" | "created_at" if new => &now,
                "updated" | "updatedAt" | "updated_at" => &now,
                "organization" | "organizationObjectId" | "organizationId" if new => &organization,
                _ => continue,
            };
            if !(name == "organization" && self.family.chosen.as_deref() == Some(name)) {
                record.insert(name.to_owned(), json!(value));
            }
        }
    }

    fn update(&mut self, role: Role) -> Outcome {
        let (family, call) = (self.family, self.call);
        let mut record = self.item()?;
        let said = self.said();
        if call.operation.full_replace == Some(true) && role == Role::Update {
            record.retain(|name, _| is_servers(name, family));
        }
        for (name, value) in said.into_iter().filter(|(name, _)| !is_servers(name, family)) {
            record.insert(name, value);
        }
        self.stamp(&mut record, false);
        let mut maker = self.maker();
        for schema in &family.schemas {
            maker.complete(&mut record, schema, false);
        }
        let id = self.id.clone();
        identify(&mut record, family, &id);
        self.rows().put(&id, record.clone());
        self.reply(&record, false)
    }

    fn delete(&mut self) -> Outcome {
        let record = self.item()?;
        let id = self.id.clone();
        self.rows().remove(&id);
        let item = format!("{}/{id}", self.path);
        self.store.forget_below(&item);
        self.reply(&record, false)
    }

    /// The ids that the body has.
    fn ids(&self) -> Vec<String> {
        let ids = families::ids_field(self.call.operation).and_then(|name| self.call.body.get(name));
        ids.and_then(Value::as_array).into_iter().flatten().map(plain).collect()
    }

    fn delete_several(&mut self) -> Outcome {
        for id in self.ids() {
            if self.rows().remove(&id).is_some() {
                let item = format!("{}/{id}", self.path);
                self.store.forget_below(&item);
            }
        }
        self.reply(&Record::new(), false)
    }

    /// Objects are merged into those that are there: the labels of an asset.
    fn update_several(&mut self) -> Outcome {
        let body = self.call.object()?.clone();
        for id in self.ids() {
            let Some(mut record) = self.rows().get(&id) else { continue };
            for (name, value) in &body {
                match (record.get_mut(name), value) {
                    (Some(Value::Object(own)), Value::Object(said)) => own.extend(said.clone()),
                    (Some(own), said) => *own = said.clone(),
                    (None, _) => {}
                }
            }
            self.rows().put(&id, record);
        }
        self.reply(&Record::new(), false)
    }

    fn clone_item(&mut self) -> Outcome {
        let mut record = self.item()?;
        if let Some(name) = self.call.body.get("newName").filter(|name| name.is_string()) {
            record.insert("name".into(), name.clone());
        }
        self.stamp(&mut record, true);
        let id = new_id(&mut self.maker(), self.family);
        identify(&mut record, self.family, &id);
        self.rows().put(&id, record.clone());
        self.id = id;
        self.reply(&record, false)
    }

    fn document(&mut self) -> Outcome {
        let call = self.call;
        let (path, said) = (self.path.clone(), self.said());
        let mut maker = self.maker();
        let read = self.family.get.and_then(success);
        let made_up = || {
            let mut record = Record::new();
            if let Some(schema) = &read {
                maker.complete(&mut record, inner(schema, &[]).1, true);
            }
            record
        };
        let kept = self.store.document(&path, made_up);
        let method = call.operation.method.as_str();
        let record = match (method, &kept) {
            ("GET", None) => return Err(Refusal::not_found(format!("Not Found: {path}"))),
            ("GET", Some(record)) => record.clone(),
            ("DELETE", None) => return Err(Refusal::not_found(format!("Not Found: {path}"))),
            ("DELETE", Some(record)) => {
                let record = record.clone();
                *kept = None;
                record
            }
            _ => {
                let mut record = kept.clone().unwrap_or_default();
                if call.operation.full_replace == Some(true) {
                    record.clear();
                }
                record.extend(said);
                *kept = Some(record.clone());
                record
            }
        };
        self.reply(&record, method == "GET")
    }

    /// An item as the operation answers it. What is described only as "an object" is the whole item where it was asked
    /// for, and empty where it was changed: JumpCloud answers `{}` there.
    fn reply(&self, record: &Record, asked_for: bool) -> Outcome {
        let operation = self.call.operation;
        let status = status(operation);
        let schema = success(operation).unwrap_or(ANY);
        if matches!(operation.answers, Answers::Empty) {
            return Ok(Answer::empty(status));
        }
        if matches!(operation.answers, Answers::Text) {
            return Ok(Answer { status, ..Answer::text(200, "OK".into()) });
        }
        let mut maker = self.maker();
        let (key, item) = inner(&schema, &self.family.schemas);
        let mut record = record.clone();
        // A reply of one text says the id: `{"integrationId": …}`.
        if let Kind::Object(properties) = &schema.resolved().kind
            && let [only] = &properties[..]
            && matches!(only.schema.resolved().kind, Kind::Text { .. })
            && !self.id.is_empty()
        {
            record.insert(only.name.clone(), json!(self.id));
        }
        let whole = Value::Object(record);
        let body = match &schema.resolved().kind {
            Kind::Any | Kind::Map(_) if asked_for => whole,
            Kind::Any | Kind::Map(_) => json!({}),
            _ => match key {
                Some(key) => {
                    let item = maker.shape(item, &whole).unwrap_or_default();
                    let mut outer = Record::from_iter([(key.to_owned(), item)]);
                    maker.complete(&mut outer, &schema, false);
                    Value::Object(outer)
                }
                None => match maker.shape(&schema, &whole) {
                    Some(body) => body,
                    None => maker.value("", &schema, 0),
                },
            },
        };
        Ok(Answer::json(status, &body))
    }
}

/// The status of a success.
fn status(operation: &Operation) -> u16 {
    let described = operation.replies().into_iter().find(|reply| reply.status.starts_with('2'));
    described.and_then(|reply| reply.status.parse().ok()).unwrap_or(200)
}
