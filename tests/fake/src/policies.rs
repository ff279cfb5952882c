//! Policies (`/api/v2/policies`): settings made from a template, bound to systems and their groups.

use serde_json::{Value, json};

use crate::call::{Answer, Call, Outcome};
use crate::collection::Record;
use crate::company::Company;
use crate::graph::{Kind, Node};
use crate::id::Id;
use crate::policy_templates::{self, Template};
use crate::refusal::Refusal;

/// The policies of the company: name, template, and the group of systems they are bound to. Those without one are in
/// one of [`POLICY_GROUPS`].
pub(crate) const POLICIES: [(&str, &str, Option<&str>); 10] = [
    ("macOS – FileVault", "filevault_darwin", None),
    ("macOS – Lock after 5 minutes", "lock_screen_darwin", None),
    ("macOS – Firewall", "firewall_darwin", None),
    ("macOS – Updates, pilot", "system_updates_darwin", Some("Patch Ring 0")),
    ("Windows – BitLocker", "bitlocker_windows", None),
    ("Windows – Lock after 5 minutes", "lock_screen_windows", None),
    ("Windows – No writing to USB drives", "removable_storage_windows", Some("Windows Laptops")),
    ("Linux – Lock after 5 minutes", "lock_screen_linux", Some("Linux Workstations")),
    ("Linux – No root over SSH", "ssh_root_linux", Some("Linux Servers")),
    ("iOS – Passcode", "passcode_ios", Some("Mobile Devices")),
];

/// Policy groups: name, what the names of their members start with, and the group of systems they are bound to.
pub(crate) const POLICY_GROUPS: [(&str, &str, &str); 2] =
    [("Baseline macOS", "macOS – ", "macOS Laptops"), ("Baseline Windows", "Windows – ", "Windows Laptops")];

/// A policy with the values of its template.
pub(crate) fn new(id: Id, name: &str, (template_id, template): (Id, &Template)) -> Record {
    Record::from_iter([
        ("id".to_owned(), json!(id.to_string())),
        ("name".to_owned(), json!(name)),
        ("notes".to_owned(), json!("")),
        ("template".to_owned(), Value::Object(template.summary(template_id))),
        ("configFields".to_owned(), template.config_fields(template_id)),
        ("values".to_owned(), Value::Array(template.values(template_id))),
    ])
}

/// `v2.policies.list`: without settings and values.
pub(crate) fn list(company: &Company, call: &Call) -> Outcome {
    let page = call.page()?;
    let (total, mut records) = company.policies.page(&call.query(&[])?, page.skip, page.limit);
    for record in &mut records {
        record.retain(|name, _| matches!(name.as_str(), "id" | "name" | "template"));
    }
    call.list(page, total, records)
}

/// `v2.policies.get`
pub(crate) fn get(company: &Company, call: &Call) -> Outcome {
    Answer::record(company.policies.get(call.id("id")?).ok_or_else(|| call.missing("id"))?)
}

/// `v2.policies.create`
pub(crate) fn create(company: &mut Company, call: &Call) -> Outcome {
    let name = call.body_text("name")?;
    let template = call.body.get("template").and_then(|template| template.get("id")?.as_str());
    let template = template
        .ok_or_else(|| Refusal::bad_request("Bad Request: missing required property: template.id"))?;
    let template = Id::parse(template)
        .and_then(policy_templates::find)
        .ok_or_else(|| Refusal::not_found(format!("Not Found: there is no policy template {template:?}")))?;
    let id = company.policies.new_id(call.now, call.random);
    let mut record = new(id, name, template);
    merge(&mut record, call)?;
    company.policies.put(id, record.clone());
    Ok(Answer::json(201, &Value::Object(record)))
}

/// `v2.policies.update`: a policy keeps its template.
pub(crate) fn update(company: &mut Company, call: &Call) -> Outcome {
    let id = call.id("id")?;
    let mut record = company.policies.get(id).ok_or_else(|| call.missing("id"))?;
    record.insert("name".into(), json!(call.body_text("name")?));
    merge(&mut record, call)?;
    company.policies.put(id, record.clone());
    Answer::record(record)
}

/// Puts notes and values into a policy. Settings without a value keep theirs.
fn merge(record: &mut Record, call: &Call) -> Result<(), Refusal> {
    if let Some(notes) = call.body.get("notes").filter(|notes| notes.is_string()) {
        record.insert("notes".into(), notes.clone());
    }
    let given = call.body.get("values").and_then(Value::as_array);
    if let Some(values) = record.get_mut("values").and_then(Value::as_array_mut) {
        for value in given.into_iter().flatten() {
            let field = &value["configFieldID"];
            let known = values.iter_mut().find(|known| known["configFieldID"] == *field);
            let known = known.ok_or_else(|| {
                Refusal::bad_request(format!(
                    "Bad Request: configFieldID {field} is no setting of the template: see its configFields"
                ))
            })?;
            known["value"] = value["value"].clone();
        }
    }
    Ok(())
}

/// `v2.policies.delete`
pub(crate) fn delete(company: &mut Company, call: &Call) -> Outcome {
    let id = call.id("id")?;
    company.policies.remove(id).ok_or_else(|| call.missing("id"))?;
    company.graph.forget(Node(Kind::Policy, id));
    Ok(Answer::empty(204))
}
