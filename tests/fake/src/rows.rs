//! Lists of what each system has, by its `system_id` (System Insights): a few rows for every system that is there.

use jumpcloud_core::filter::{Filter, Operator, Scalar};
use serde_json::Value;

use crate::call::{Call, Outcome};
use crate::collection::{Record, page_of};
use crate::company::Company;
use crate::examples::{ANY, enveloped, items};
use crate::families::success;
use crate::id::Id;
use crate::maker::Maker;

/// How many rows a system has in each table.
const EACH: usize = 2;

/// Answers a list.
pub(crate) fn list(company: &Company, call: &Call) -> Outcome {
    let page = call.page()?;
    let schema = success(call.operation).unwrap_or(ANY);
    let item = items(call.operation, &schema).unwrap_or(&ANY);
    let query = call.query(&[])?;
    let row = |system: Id, number: usize| -> Record {
        let mut maker = Maker::new(
            &company.facts,
            call.now,
            system.number().wrapping_add(number as u64),
            call.operation.path,
        );
        let mut record = Record::new();
        maker.complete(&mut record, item, true);
        record.insert("system_id".into(), Value::String(system.to_string()));
        record
    };
    let (total, records) = if query.filter.is_none() && query.sort.is_empty() {
        let systems = company.systems.ids().skip(page.skip / EACH).take(page.limit / EACH + 2);
        let rows = systems.flat_map(|system| (0..EACH).map(move |number| (system, number)));
        let rows = rows.skip(page.skip % EACH).take(page.limit);
        (company.systems.len() * EACH, rows.map(|(system, number)| row(system, number)).collect())
    } else {
        let named = query.filter.as_ref().and_then(systems);
        let systems: Vec<Id> = match named {
            Some(named) => named.into_iter().filter(|id| company.systems.contains(*id)).collect(),
            None => company.systems.ids().collect(),
        };
        let all = systems.into_iter().flat_map(|system| (0..EACH).map(move |number| (system, number)));
        page_of(all.map(|(system, number)| row(system, number)).collect(), &query, page.skip, page.limit)
    };
    let shown = records.into_iter().map(|record| Value::Object(call.project(record))).collect();
    let mut maker = Maker::new(&company.facts, call.now, 0, call.operation.path);
    enveloped(&mut maker, call, &schema, page, total, shown)
}

/// The systems that a filter names; none when it names none.
fn systems(filter: &Filter) -> Option<Vec<Id>> {
    let parse = |value: &Scalar| match value {
        Scalar::String(text) => Id::parse(text),
        _ => None,
    };
    match filter {
        Filter::Compare { field, operator: Operator::Eq, value } if field == "system_id" => {
            Some(parse(value).into_iter().collect())
        }
        Filter::In { field, values } if field == "system_id" => {
            Some(values.iter().filter_map(parse).collect())
        }
        Filter::And(filters) => filters.iter().find_map(systems),
        _ => None,
    }
}
