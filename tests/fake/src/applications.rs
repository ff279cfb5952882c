//! Applications (`/api/applications`): so far they can be looked at and bound, not changed.

use crate::call::{Answer, Call, Outcome};
use crate::company::Company;

/// `v1.applications.list`
pub(crate) fn list(company: &Company, call: &Call) -> Outcome {
    let page = call.page()?;
    let (total, records) = company.applications.page(&call.query(&[])?, page.skip, page.limit);
    call.list(page, total, records)
}

/// `v1.applications.get`
pub(crate) fn get(company: &Company, call: &Call) -> Outcome {
    let record = company.applications.get(call.id("id")?).ok_or_else(|| call.missing("id"))?;
    Answer::record(call.project(record))
}
