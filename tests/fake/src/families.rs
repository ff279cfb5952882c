//! Which operations belong together, read from the table: a list, what creates in it, and what gets, changes and
//! deletes one of its items by id; a document that is read and written in one place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use jumpcloud_core::operation::{Method, Operation, Strategy};
use jumpcloud_core::schema::{Kind, Schema};

use crate::examples::items;

/// What an operation does to a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Lists the items.
    List,
    /// Lists what each system has, by `system_id`.
    Rows,
    /// Makes an item, or changes the one whose id the body has.
    Create,
    /// Gives an item.
    Get,
    /// Changes an item.
    Update,
    /// Deletes an item.
    Delete,
    /// Deletes the items whose ids are in the body.
    DeleteSeveral,
    /// Sets some fields of the items whose ids are in the body.
    UpdateSeveral,
    /// Makes an item like another.
    Clone,
    /// Sets some fields of an item from a path below it.
    Amend,
    /// Reads, writes or deletes a document.
    Document,
}

/// How ids look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdForm {
    /// 24 hexadecimal digits.
    Object,
    /// A UUID.
    Uuid,
    /// A number.
    Number,
}

/// Operations on the same things.
#[derive(Debug)]
pub(crate) struct Family {
    /// The path of the collection, as the table has it.
    pub(crate) path: &'static str,
    /// Its list.
    pub(crate) list: Option<&'static Operation>,
    /// What makes items.
    pub(crate) create: Option<&'static Operation>,
    /// What gives one item, or the document.
    pub(crate) get: Option<&'static Operation>,
    /// The name of the path parameter that holds an id; empty without an operation on one item.
    pub(crate) parameter: &'static str,
    /// What the described items look like.
    pub(crate) schemas: Vec<Schema>,
    /// How ids look.
    pub(crate) id_form: IdForm,
    /// The field of the body that is the item's id, where the caller chooses it.
    pub(crate) chosen: Option<String>,
}

/// What an operation does, to which family.
pub(crate) struct Place {
    /// What it does.
    pub(crate) role: Role,
    /// To which.
    pub(crate) family: &'static Family,
}

/// The place of an operation; none when it belongs to no family.
pub(crate) fn place(operation: &Operation) -> Option<&'static Place> {
    places().1.get(operation.name)
}

/// The family whose collection has that path, whatever its parameters are called.
pub(crate) fn at(path: &str) -> Option<&'static Family> {
    places().0.get(&nameless(path)).copied()
}

/// A path without the names of its parameters, which differ between operations on the same things.
fn nameless(path: &str) -> String {
    let parts: Vec<&str> =
        path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
    parts.join("/")
}

/// The last word of an operation's name: what it does.
fn verb(operation: &Operation) -> &'static str {
    operation.name.rsplit('.').next().unwrap_or_default()
}

/// The collection and the parameter of a path that ends in an id.
fn item_path(path: &'static str) -> Option<(&'static str, &'static str)> {
    let (collection, last) = path.rsplit_once('/')?;
    last.strip_prefix('{')?.strip_suffix('}').map(|parameter| (collection, parameter))
}

/// The schema of a success.
pub(crate) fn success(operation: &Operation) -> Option<Schema> {
    let described = operation.replies().into_iter().find(|reply| reply.status.starts_with('2'));
    described.map(|reply| reply.schema)
}

/// The names under which an item may say its id, whatever the operation.
pub(crate) const IDS: [&str; 5] = ["_id", "id", "objectId", "uuid", "UUID"];

/// The item in a reply or body: the object itself when it has an id, else the one object in it that has one, and its
/// key.
pub(crate) fn inner<'a>(schema: &'a Schema, known: &[Schema]) -> (Option<&'a str>, &'a Schema) {
    let schema = schema.resolved();
    let Kind::Object(properties) = &schema.kind else { return (None, schema) };
    let has_id = |schema: &Schema| match &schema.resolved().kind {
        Kind::Object(properties) => {
            properties.iter().any(|property| IDS.contains(&property.name.as_str()))
                || known.iter().any(|known| known.resolved() == schema.resolved())
        }
        _ => false,
    };
    if has_id(schema) {
        return (None, schema);
    }
    let found = properties.iter().find(|property| has_id(&property.schema));
    found.map_or((None, schema), |property| (Some(&property.name), property.schema.resolved()))
}

/// The names of a schema's properties.
pub(crate) fn names(schema: &Schema) -> Vec<&str> {
    match &schema.resolved().kind {
        Kind::Object(properties) => properties.iter().map(|property| property.name.as_str()).collect(),
        _ => Vec::new(),
    }
}

fn id_form(parameter: &str, list: Option<&Operation>, get: Option<&Operation>, schemas: &[Schema]) -> IdForm {
    let numbers = get.and_then(|get| get.parameter(parameter)).is_some_and(|parameter| {
        matches!(parameter.schema.resolved().kind, Kind::Integer { .. } | Kind::Number)
    });
    let identity = list.and_then(|list| list.paging.as_ref()).map_or("", |paging| paging.identity);
    let counted = schemas.iter().any(|schema| match &schema.resolved().kind {
        Kind::Object(properties) => properties.iter().any(|property| {
            property.name == identity && matches!(property.schema.resolved().kind, Kind::Integer { .. })
        }),
        _ => false,
    });
    match parameter {
        _ if numbers || (counted && parameter.is_empty()) => IdForm::Number,
        _ if parameter.to_lowercase().contains("uuid") || identity == "uuid" => IdForm::Uuid,
        _ => IdForm::Object,
    }
}

/// The operations of a family with what they do, and its path as one of them has it.
type Members = (&'static str, Vec<(Role, &'static Operation)>);
type Places = (BTreeMap<String, &'static Family>, BTreeMap<&'static str, Place>);

fn places() -> &'static Places {
    static PLACES: OnceLock<Places> = OnceLock::new();
    PLACES.get_or_init(|| {
        let mut grouped: BTreeMap<String, Members> = BTreeMap::new();
        for operation in Operation::all().filter(|operation| operation.host().is_some()) {
            if let Some((role, path)) = role(operation) {
                grouped.entry(nameless(path)).or_insert((path, Vec::new())).1.push((role, operation));
            }
        }
        let (mut families, mut places) = (BTreeMap::new(), BTreeMap::new());
        for (path, (written, operations)) in grouped {
            let with = |wanted: Role| {
                operations.iter().find(|(role, _)| *role == wanted).map(|(_, operation)| *operation)
            };
            let is_document = with(Role::Document).is_some();
            let is_listed = with(Role::List).or_else(|| with(Role::Rows)).is_some();
            // What is only read, or only written, and stands in no list leaves nothing to be kept.
            let reads = operations.iter().filter(|(_, operation)| operation.safe).count();
            if !is_listed && (reads == operations.len() || (reads == 0 && operations.len() == 1)) {
                continue;
            }
            let family: &'static Family = Box::leak(Box::new(family(written, &operations)));
            // An item of what has neither list nor items of its own is the document itself.
            for (role, operation) in operations {
                let role = if is_document { Role::Document } else { role };
                places.insert(operation.name, Place { role, family });
            }
            families.insert(path, family);
        }
        for operation in Operation::all().filter(|operation| operation.host().is_some()) {
            if let Some((role, family)) = below(operation, &families, &places) {
                places.insert(operation.name, Place { role, family });
            }
        }
        (families, places)
    })
}

fn family(path: &'static str, operations: &[(Role, &'static Operation)]) -> Family {
    let with =
        |wanted: Role| operations.iter().find(|(role, _)| *role == wanted).map(|(_, operation)| *operation);
    let (list, create) = (with(Role::List).or_else(|| with(Role::Rows)), with(Role::Create));
    let mut documents =
        operations.iter().filter(|(role, operation)| *role == Role::Document && operation.safe);
    let get = with(Role::Get).or_else(|| documents.next().map(|(_, operation)| *operation));
    let mut schemas: Vec<Schema> = Vec::new();
    let listed = list.and_then(|list| items(list, &success(list)?).cloned());
    schemas.extend(listed);
    for operation in [get, create, with(Role::Update)].into_iter().flatten() {
        if let Some(reply) = success(operation) {
            schemas.push(inner(&reply, &schemas).1.clone());
        }
    }
    let parameter = operations.iter().find_map(|(_, operation)| item_path(operation.path));
    let parameter = parameter.map_or("", |(_, parameter)| parameter);
    let id_form = id_form(parameter, list, get.or_else(|| with(Role::Delete)), &schemas);
    let identity = list.and_then(|list| list.paging.as_ref()).map_or("", |paging| paging.identity);
    Family {
        path,
        list,
        create,
        get,
        parameter,
        id_form,
        chosen: chosen(create, get, parameter, identity),
        schemas,
    }
}

/// The field of a new item's body that is its id: the one that tells items apart and is no id by its name, or the one
/// that takes the same values as the path.
fn chosen(
    create: Option<&Operation>,
    get: Option<&Operation>,
    parameter: &str,
    identity: &str,
) -> Option<String> {
    let body = create?.body.as_ref()?;
    let Kind::Object(properties) = &body.schema.resolved().kind else { return None };
    let path = get.and_then(|get| get.parameter(parameter)).map(|parameter| parameter.schema.resolved());
    let one_of = |schema: &Schema| match &schema.resolved().kind {
        Kind::Text { values } => values.clone(),
        _ => Vec::new(),
    };
    let word = parameter.rsplit('_').next().unwrap_or_default();
    let found = properties.iter().find(|property| {
        let values = one_of(&property.schema);
        // `custom_email_type` is the `type`.
        if property.required && property.name == word && word != "id" {
            return true;
        }
        let same = path.is_some_and(|path| !values.is_empty() && one_of(path) == values);
        same || (property.name == identity && !IDS.contains(&identity))
    });
    found.map(|property| property.name.clone())
}

/// What an operation does to the collection at a path, by its own path and verb.
fn role(operation: &'static Operation) -> Option<(Role, &'static str)> {
    let path = operation.path;
    let item = item_path(path);
    match (operation.method, verb(operation), item) {
        (Method::Get, _, _) if operation.paging.is_some() => {
            let rows = success(operation).is_some_and(|reply| {
                let own = items(operation, &reply).map(names).unwrap_or_default();
                own.contains(&"system_id") && !path.contains('{')
            });
            Some((if rows { Role::Rows } else { Role::List }, path))
        }
        (Method::Get, "get", Some((collection, _))) => Some((Role::Get, collection)),
        (Method::Put | Method::Patch, "update" | "replace" | "upsert", Some((collection, _))) => {
            Some((Role::Update, collection))
        }
        (Method::Delete, "delete" | "remove", Some((collection, _))) => Some((Role::Delete, collection)),
        (Method::Delete, "bulkDelete" | "remove", None)
            if ids_field(operation).is_some() && (has_list(path) || has_items(path)) =>
        {
            Some((Role::DeleteSeveral, path))
        }
        (Method::Post, "create" | "add" | "addNote" | "upsert", None)
            if has_list(path) || has_items(path) =>
        {
            Some((Role::Create, path))
        }
        (Method::Put, "upsert", None) if has_list(path) => Some((Role::Create, path)),
        // A report is made by its type, and listed with the others.
        (Method::Post, "create", Some((collection, _))) if has_list(collection) => {
            Some((Role::Create, collection))
        }
        (_, "get" | "update" | "replace" | "upsert" | "create" | "delete", None)
            if !has_list(path) && !has_items(path) =>
        {
            Some((Role::Document, path))
        }
        _ => None,
    }
}

/// The field of the body that holds the ids of several items.
pub(crate) fn ids_field(operation: &Operation) -> Option<&str> {
    let Kind::Object(properties) = &operation.body.as_ref()?.schema.resolved().kind else { return None };
    let ids = properties.iter().find(|property| {
        let name = property.name.to_lowercase();
        let is_list = matches!(property.schema.resolved().kind, Kind::Array(_));
        is_list && name.ends_with("ids") && !name.starts_with("exclude")
    });
    ids.map(|property| property.name.as_str())
}

/// Whether a list has that path.
fn has_list(path: &str) -> bool {
    known().0.contains(&nameless(path))
}

/// Whether an item of that collection is got, changed or deleted by its id.
fn has_items(path: &str) -> bool {
    known().1.contains(&format!("{}/{{}}", nameless(path)))
}

/// The paths of all lists, and those of what gets or deletes one item.
fn known() -> &'static (BTreeSet<String>, BTreeSet<String>) {
    static KNOWN: OnceLock<(BTreeSet<String>, BTreeSet<String>)> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let (mut lists, mut items) = (BTreeSet::new(), BTreeSet::new());
        for operation in Operation::all() {
            if operation.method == Method::Get && operation.paging.is_some() {
                lists.insert(nameless(operation.path));
            }
            if matches!(verb(operation), "get" | "delete") {
                items.insert(nameless(operation.path));
            }
        }
        (lists, items)
    })
}

/// Where providers are in a path.
pub(crate) const PROVIDER: &str = "/api/v2/providers/{provider_id}";

/// What operations do to a family from a path below it, or from that of a provider.
fn below(
    operation: &'static Operation,
    families: &BTreeMap<String, &'static Family>,
    places: &BTreeMap<&'static str, Place>,
) -> Option<(Role, &'static Family)> {
    // A provider makes what is then called without it.
    if let (None, Some(own)) = (places.get(operation.name), operation.path.strip_prefix(PROVIDER))
        && verb(operation) == "create"
        && let Some(family) = families.get(&format!("/api/v2{}", nameless(own)))
    {
        return Some((Role::Create, family));
    }
    let (parent, word) = operation.path.rsplit_once('/')?;
    // What is a document or a list of its own is no part of its parent.
    if word.starts_with('{') || operation.paging.is_some() || places.contains_key(operation.name) {
        return None;
    }
    if let (Some(_), Some(family)) = (ids_field(operation), families.get(&nameless(parent))) {
        match verb(operation) {
            "bulkDelete" => return Some((Role::DeleteSeveral, family)),
            "bulkUpdate" => return Some((Role::UpdateSeveral, family)),
            _ => {}
        }
    }
    let family = families.get(&nameless(item_path(parent)?.0))?;
    if operation.safe {
        // Another look at the item: `…/{id}/edit`.
        let reply = success(operation)?;
        let is_item = names(inner(&reply, &[]).1).iter().any(|name| IDS.contains(name));
        return (is_item && verb(operation).starts_with("get")).then_some((Role::Get, *family));
    }
    if verb(operation) == "clone" {
        return Some((Role::Clone, family));
    }
    let body = operation.body.as_ref()?;
    let known: Vec<&str> = family.schemas.iter().flat_map(|schema| names(schema)).collect();
    let common = names(&body.schema)
        .into_iter()
        .filter(|name| known.contains(name) && !IDS.contains(name) && !name.starts_with("organization"))
        .count();
    (common > 0).then_some((Role::Amend, *family))
}

impl Family {
    /// The field that a path means where items have no id: `feature_name` is the `name`.
    pub(crate) fn natural(&self) -> Option<&'static str> {
        let word = self.parameter.rsplit('_').next().unwrap_or_default();
        let known: Vec<&str> = self.schemas.iter().flat_map(names).collect();
        let squeezed = self.parameter.replace('_', "").to_lowercase();
        let has_id = known.iter().any(|name| IDS.contains(name) || name.to_lowercase() == squeezed);
        (!has_id && known.contains(&word)).then_some(word)
    }

    /// Whether only what is listed or was created is there. Of others every id will do until it is deleted: of those
    /// that nothing lists or makes, and of those whose items do not say their ids.
    pub(crate) fn is_closed(&self) -> bool {
        let paging = self.list.and_then(|list| list.paging.as_ref());
        let is_listed = paging.is_some_and(|paging| paging.strategy != Strategy::Token);
        let identity = paging.map_or("", |paging| paging.identity);
        let squeezed = self.parameter.replace('_', "").to_lowercase();
        let says = |name: &str| {
            IDS.contains(&name)
                || name == identity
                || (squeezed.len() > 2 && name.to_lowercase().ends_with(&squeezed))
        };
        let says_ids = self.chosen.is_some()
            || self.natural().is_some()
            || self.schemas.iter().flat_map(names).any(says);
        says_ids && (is_listed || self.create.is_some())
    }
}
