//! Organizations (`/api/organizations`). A multi-tenant administrator sees several.

use serde_json::Value;

use crate::call::{Answer, Call, Outcome};
use crate::collection::{Record, page_of};
use crate::company::Company;

/// `v1.organizations.list`, `v1.organizations.search`
pub(crate) fn list(companies: &[Company], call: &Call) -> Outcome {
    const SHOWN: &[&str] = &["_id", "id", "displayName", "logoUrl"];
    let page = call.page()?;
    let all = companies.iter().map(|company| company.organization.clone());
    let query = call.query(&["displayName", "settings.name"])?;
    let narrow = |mut record: Record| {
        record.retain(|name, _| SHOWN.contains(&name.as_str()));
        record
    };
    // The settings can be searched, but are not shown.
    let (total, records) = page_of(all.collect(), &query, page.skip, page.limit);
    call.list(page, total, records.into_iter().map(narrow).collect())
}

/// `v1.organizations.get`
pub(crate) fn get(companies: &[Company], call: &Call) -> Outcome {
    let id = call.id("id")?;
    let company = companies
        .iter()
        .find(|company| company.facts.organization == id)
        .ok_or_else(|| call.missing("id"))?;
    Answer::record(call.project(company.organization.clone()))
}

/// `v1.organizations.replace`: settings go back as one whole object.
pub(crate) fn update(companies: &mut [Company], call: &Call) -> Outcome {
    let id = call.id("id")?;
    let company = companies
        .iter_mut()
        .find(|company| company.facts.organization == id)
        .ok_or_else(|| call.missing("id"))?;
    if let Some(settings @ Value::Object(_)) = call.object()?.get("settings") {
        if let Some(name) = settings.get("name").filter(|name| name.is_string()) {
            company.organization.insert("displayName".into(), name.clone());
        }
        company.organization.insert("settings".into(), settings.clone());
    }
    Answer::record(company.organization.clone())
}
