//! User groups, system groups and policy groups (`/api/v2/usergroups`, `/api/v2/systemgroups`, `/api/v2/policygroups`).

use jumpcloud_core::filter::eq;
use serde_json::{Value, json};

use crate::call::{Answer, Call, Outcome};
use crate::collection::{Query, Record, page_of};
use crate::company::{Company, Kept};
use crate::graph::{Kind, Node};
use crate::id::Id;
use crate::refusal::Refusal;

/// A group with what every group has.
pub(crate) fn new(kind: Kind, id: Id, organization: Id, name: &str, description: &str) -> Record {
    let fields = json!({
        "id": id.to_string(),
        "type": kind.name(),
        "name": name,
        "description": description,
        "email": "",
        "attributes": null,
        "membershipMethod": "STATIC",
        "memberQuery": null,
        "memberQueryExemptions": [],
        "memberSuggestionsNotify": false,
        "organizationObjectId": organization.to_string(),
    });
    let Value::Object(mut record) = fields else {
        return Record::new();
    };
    if kind == Kind::PolicyGroup {
        // They cannot be dynamic.
        record.retain(|name, _| !name.starts_with("member"));
    }
    record
}

fn kind(call: &Call) -> Kind {
    match call.operation.name.split('.').nth(1) {
        Some("policyGroups") => Kind::PolicyGroup,
        Some("systemGroups") => Kind::SystemGroup,
        _ => Kind::UserGroup,
    }
}

fn groups(company: &Company, kind: Kind) -> &Kept {
    match kind {
        Kind::PolicyGroup => &company.policy_groups,
        Kind::SystemGroup => &company.system_groups,
        _ => &company.user_groups,
    }
}

fn groups_mut(company: &mut Company, kind: Kind) -> &mut Kept {
    match kind {
        Kind::PolicyGroup => &mut company.policy_groups,
        Kind::SystemGroup => &mut company.system_groups,
        _ => &mut company.user_groups,
    }
}

/// `v2.userGroups.list`, `v2.systemGroups.list`, `v2.policyGroups.list`
pub(crate) fn list(company: &Company, call: &Call) -> Outcome {
    let page = call.page()?;
    let (total, records) = groups(company, kind(call)).page(&call.query(&[])?, page.skip, page.limit);
    call.list(page, total, records)
}

/// `v2.groups.list`: groups of every type.
pub(crate) fn list_all(company: &Company, call: &Call) -> Outcome {
    const SHOWN: &[&str] = &[
        "attributes",
        "description",
        "email",
        "id",
        "memberQueryErrorFlags",
        "name",
        "organizationObjectId",
        "type",
    ];
    let page = call.page()?;
    let all = [&company.user_groups, &company.system_groups, &company.policy_groups]
        .into_iter()
        .flat_map(|groups| groups.page(&Query::default(), 0, usize::MAX).1);
    let all = all.map(|mut group| {
        group.retain(|name, _| SHOWN.contains(&name.as_str()));
        group
    });
    let all: Vec<Record> = all.collect();
    let unfiltered = all.len();
    let (total, records) = page_of(all, &call.query(&[])?, page.skip, page.limit);
    let answer = call.list(page, total, records)?;
    // Whoever sends this header, whatever it says, gets it back.
    let asked = call.parameters.contains_key("x-unfiltered-total-count");
    Ok(if asked { answer.with("x-unfiltered-total-count", unfiltered) } else { answer })
}

/// `v2.userGroups.get`, `v2.systemGroups.get`, `v2.policyGroups.get`
pub(crate) fn get(company: &Company, call: &Call) -> Outcome {
    Answer::record(groups(company, kind(call)).get(call.id("id")?).ok_or_else(|| call.missing("id"))?)
}

/// `v2.userGroups.create`, `v2.systemGroups.create`, `v2.policyGroups.create`
pub(crate) fn create(company: &mut Company, call: &Call) -> Outcome {
    let kind = kind(call);
    let name = call.body_text("name")?;
    free(company, kind, None, name)?;
    let id = groups(company, kind).new_id(call.now, call.random);
    let mut record = new(kind, id, company.facts.organization, name, "");
    merge(&mut record, call.object()?);
    groups_mut(company, kind).put(id, record.clone());
    Ok(Answer::json(201, &Value::Object(record)))
}

/// `v2.userGroups.replace`, `v2.systemGroups.replace`, `v2.policyGroups.replace`: what the body leaves out falls back to its default.
pub(crate) fn replace(company: &mut Company, call: &Call) -> Outcome {
    let kind = kind(call);
    let id = call.id("id")?;
    if !groups(company, kind).contains(id) {
        return Err(call.missing("id"));
    }
    let name = call.body_text("name")?;
    free(company, kind, Some(id), name)?;
    let mut record = new(kind, id, company.facts.organization, name, "");
    merge(&mut record, call.object()?);
    groups_mut(company, kind).put(id, record.clone());
    Answer::record(record)
}

/// `v2.userGroups.update`, `v2.systemGroups.update`: what the body leaves out stays.
pub(crate) fn update(company: &mut Company, call: &Call) -> Outcome {
    let kind = kind(call);
    let id = call.id("id")?;
    let mut record = groups(company, kind).get(id).ok_or_else(|| call.missing("id"))?;
    if let Some(name) = call.body.get("name").and_then(Value::as_str) {
        free(company, kind, Some(id), name)?;
    }
    merge(&mut record, call.object()?);
    groups_mut(company, kind).put(id, record.clone());
    Answer::record(record)
}

/// `v2.userGroups.delete`, `v2.systemGroups.delete`, `v2.policyGroups.delete`
pub(crate) fn delete(company: &mut Company, call: &Call) -> Outcome {
    let kind = kind(call);
    let id = call.id("id")?;
    let record = groups_mut(company, kind).remove(id).ok_or_else(|| call.missing("id"))?;
    company.graph.forget(Node(kind, id));
    Answer::record(record)
}

fn merge(record: &mut Record, body: &Record) {
    for (name, value) in
        body.iter().filter(|(name, _)| !matches!(name.as_str(), "id" | "type" | "organizationObjectId"))
    {
        record.insert(name.clone(), value.clone());
    }
}

/// 409 when another group has the name.
fn free(company: &Company, kind: Kind, own: Option<Id>, name: &str) -> Result<(), Refusal> {
    let query = Query { filter: Some(eq("name", name)), ..Query::default() };
    let own = own.map(|id| id.to_string());
    let (_, same) = groups(company, kind).page(&query, 0, usize::MAX);
    match same.iter().any(|group| group.get("id").and_then(Value::as_str) != own.as_deref()) {
        true => Err(Refusal::conflict(format!("Already Exists: a {} named {name:?}", kind.name()))),
        false => Ok(()),
    }
}
