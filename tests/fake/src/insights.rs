//! Directory Insights: ninety days of events, made up when somebody looks, and those of what was done here.

use std::collections::BTreeMap;
use std::ops::Range;

use jumpcloud_core::filter::{Filter, Matching};
use serde_json::{Value, json};

use crate::calendar::{self, DAY};
use crate::call::{Answer, Call, Outcome};
use crate::collection::fields;
use crate::company::Company;
use crate::events::{Events, SUMMARY};
use crate::habits;
use crate::quirks::Tokens;
use crate::refusal::Refusal;

/// The services that may be asked for.
const SERVICES: [&str; 19] = [
    "access_management",
    "alert",
    "alerts",
    "all",
    "asset_management",
    "directory",
    "ldap",
    "mdm",
    "notifications",
    "object_storage",
    "password_manager",
    "radius",
    "reports",
    "saas_app_management",
    "software",
    "sso",
    "systems",
    "workflows",
    "di_events",
];

/// The keys that events have.
const FIELDS: [&str; 24] = [
    "@version",
    "application",
    "association",
    "auth_method",
    "changes",
    "client_ip",
    "error_message",
    "event_type",
    "geoip",
    "id",
    "initiated_by",
    "mfa",
    "organization",
    "provider",
    "resource",
    "service",
    "success",
    "system",
    "timestamp",
    "useragent",
    "username",
    "auth_context",
    "process_name",
    "system_timestamp",
];

/// Which events a body asks for.
struct Asked {
    range: Range<usize>,
    services: Option<Vec<String>>,
    filter: Option<Filter>,
    full_text: Option<String>,
    /// It looks only at what a summary holds.
    plain: bool,
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::bad_request(message)
}

impl Asked {
    fn read(events: &Events, call: &Call) -> Result<Asked, Refusal> {
        let body = call.object()?;
        let services: Vec<String> = match body.get("service") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        if services.is_empty() {
            return Err(bad("service is required: an array of service names, such as [\"all\"]"));
        }
        if let Some(unknown) = services.iter().find(|name| !SERVICES.contains(&name.as_str())) {
            return Err(bad(format!(
                "service {unknown:?} is not valid; valid services are {}",
                SERVICES.join(", ")
            )));
        }
        let time = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_str().filter(|text| text.len() > 10).and_then(calendar::read) {
                Some(time) => Ok(Some(time)),
                None => {
                    Err(bad(format!("{name} must be RFC 3339 such as 2020-01-01T14:00:00Z, got {value}")))
                }
            },
        };
        let start = time("start_time")?
            .ok_or_else(|| bad("start_time is required: RFC 3339 such as 2020-01-01T14:00:00Z"))?;
        let end = time("end_time")?;
        if start > call.now + 1000 {
            return Err(bad("start_time must not lie in the future"));
        }
        if end.is_some_and(|end| end < start) {
            return Err(bad("end_time must not lie before start_time"));
        }
        let filter = match body.get("search_term").filter(|term| !term.is_null()) {
            Some(term) => {
                Some(Filter::from_insights(&term.to_string()).map_err(|error| bad(error.message()))?)
            }
            None => None,
        };
        let full_text =
            body.get("q").and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_lowercase);
        let exact = body.get("exact_match").and_then(Value::as_str).filter(|text| !text.is_empty());
        if full_text.is_some() && exact.is_some() {
            return Err(bad("q and exact_match cannot be given together"));
        }
        let mut names = Vec::new();
        filter.iter().for_each(|filter| fields(filter, &mut names));
        let full_text = full_text.or_else(|| exact.map(|text| format!("\"{}\"", text.to_lowercase())));
        let all = services.iter().any(|name| name == "all");
        let from = events.from(start);
        Ok(Asked {
            range: from..end.map_or(events.len(), |end| events.from(end.saturating_add(1))).max(from),
            services: (!all).then_some(services),
            filter,
            plain: full_text.is_none() && names.iter().all(|name| SUMMARY.contains(&name.as_str())),
            full_text,
        })
    }

    /// Whether an event is asked for, by its number.
    fn fits(&self, events: &Events, number: usize) -> bool {
        let service = events.service(number);
        if self.services.as_ref().is_some_and(|services| !services.iter().any(|name| name == service)) {
            return false;
        }
        if self.filter.is_none() && self.full_text.is_none() {
            return true;
        }
        let event = Value::Object(if self.plain { events.summary(number) } else { events.record(number) });
        let matching = Matching { ignore_case: true };
        self.filter.as_ref().is_none_or(|filter| filter.matches(&event, matching))
            && self
                .full_text
                .as_ref()
                .is_none_or(|text| event.to_string().to_lowercase().contains(text.as_str()))
    }

    fn counts_all(&self) -> bool {
        self.services.is_none() && self.filter.is_none() && self.full_text.is_none()
    }
}

/// The events of the organizations that a call is about, and what it asks of each.
fn logs<'a>(companies: &'a [Company], call: &Call) -> Result<Vec<(&'a Events, Asked)>, Refusal> {
    // Without a name it is the administrator's own.
    let named = if call.organizations.is_empty() { &[0][..] } else { &call.organizations };
    let events = named.iter().filter_map(|number| Some(&companies.get(*number)?.events));
    events.map(|events| Ok((events, Asked::read(events, call)?))).collect()
}

/// The events that are asked for, those of all organizations in one order.
fn merged<'a>(
    logs: &'a [(&'a Events, Asked)],
    descending: bool,
) -> impl Iterator<Item = (&'a Events, usize)> {
    let mut lines: Vec<_> = logs
        .iter()
        .map(|(events, asked)| {
            let numbers: Box<dyn Iterator<Item = usize>> = match descending {
                true => Box::new(asked.range.clone().rev()),
                false => Box::new(asked.range.clone()),
            };
            (*events, numbers.filter(|number| asked.fits(events, *number)).peekable())
        })
        .collect();
    std::iter::from_fn(move || {
        let mut best: Option<(usize, (i64, String))> = None;
        for (line, (events, numbers)) in lines.iter_mut().enumerate() {
            let Some(number) = numbers.peek() else { continue };
            let place = (events.time(*number), events.id(*number));
            if best.as_ref().is_none_or(|(_, known)| (place < *known) != descending) {
                best = Some((line, place));
            }
        }
        let (events, numbers) = lines.get_mut(best?.0)?;
        Some((*events, numbers.next()?))
    })
}

/// `insights.events.query`
pub(crate) fn query(companies: &[Company], call: &Call) -> Outcome {
    let body = call.object()?;
    let mut logs = logs(companies, call)?;
    // Nonsense in limit and sort means the default, without a word.
    let limit = body
        .get("limit")
        .and_then(Value::as_u64)
        .filter(|limit| (1..=10_000).contains(limit))
        .unwrap_or(1000) as usize;
    let limit = limit.min(call.quirks.max_page.unwrap_or(limit).max(1));
    let skip = body.get("skip").and_then(Value::as_u64).unwrap_or(0) as usize;
    let descending =
        body.get("sort").and_then(Value::as_str).is_some_and(|sort| sort.eq_ignore_ascii_case("desc"));
    let fields: Option<Vec<&str>> = match body.get("fields") {
        Some(Value::Array(fields)) => {
            let known: Vec<&str> =
                fields.iter().filter_map(Value::as_str).filter(|name| FIELDS.contains(name)).collect();
            if known.is_empty() {
                return Err(bad(format!("fields must name at least one of {}", FIELDS.join(", "))));
            }
            Some(known)
        }
        _ => None,
    };
    if let Some(cursor) = body.get("search_after").filter(|cursor| !cursor.is_null()) {
        // The time comes as a number or, from some clients, as text.
        let first = cursor.as_array().and_then(|items| items.first());
        let time = first.and_then(|time| time.as_i64().or_else(|| time.as_str()?.parse().ok()));
        let time =
            time.ok_or_else(|| bad("search_after must be the array from the header X-Search_after"))?;
        // Those of another organization may have happened at the same time: they stand in the order of their ids.
        let id = cursor.as_array().and_then(|items| items.get(1)).and_then(Value::as_str);
        let id = id.filter(|id| !id.is_empty());
        for (events, Asked { range, .. }) in &mut logs {
            let (low, high) = (events.from(time), events.from(time.saturating_add(1)));
            let own = |id: &str| (low..high).find(|number| *events.id(*number) == *id);
            let behind = |id: &str| (low..high).find(|number| *events.id(*number) > *id).unwrap_or(high);
            if descending {
                let end = id.map_or(low, |id| own(id).unwrap_or_else(|| behind(id)));
                range.end = range.end.min(end).max(range.start);
            } else {
                let start = id.map_or(high, |id| own(id).map_or_else(|| behind(id), |own| own + 1));
                range.start = range.start.max(start).min(range.end);
            }
        }
    }
    let shown: Vec<(&Events, usize)> = merged(&logs, descending).skip(skip).take(limit).collect();
    // The cursor is there on every page, the last and the empty one too.
    let cursor = match shown.last() {
        Some((events, last)) => json!([events.time(*last), events.id(*last)]),
        None => body.get("search_after").cloned().unwrap_or_else(|| json!([call.now, ""])),
    };
    let items = shown.iter().map(|(events, number)| {
        let mut event = events.record(*number);
        if let Some(fields) = &fields {
            event.retain(|name, _| fields.contains(&name.as_str()));
        }
        Value::Object(event)
    });
    let items = habits::items(call, items.collect());
    // Where cursors go in a circle, that of the last page leads to the first.
    let next = (call.quirks.tokens != Tokens::Circle || shown.len() == limit).then_some(cursor);
    let cursor = habits::token(call, next, body.get("search_after"), &json!([0, ""]));
    let cursor = cursor.unwrap_or_default();
    let count = items.len();
    Ok(Answer::json(200, &Value::Array(items))
        .with("x-result-count", count)
        .with("x-limit", limit)
        .with("x-sort", if descending { "DESC" } else { "ASC" })
        .with("x-search_after", cursor))
}

/// `insights.events.count`
pub(crate) fn count(companies: &[Company], call: &Call) -> Outcome {
    let count = |(events, asked): &(&Events, Asked)| match asked.counts_all() {
        true => asked.range.len(),
        false => asked.range.clone().filter(|number| asked.fits(events, *number)).count(),
    };
    let count: usize = logs(companies, call)?.iter().map(count).sum();
    Ok(Answer::json(200, &json!({"count": count})))
}

/// `insights.events.distinct`
pub(crate) fn distinct(companies: &[Company], call: &Call) -> Outcome {
    let field = call.body_text("field")?;
    let logs = logs(companies, call)?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (events, number) in merged(&logs, false) {
        let event = Value::Object(events.record(number));
        let value = field.split('.').try_fold(&event, |value, key| value.get(key));
        let key = match value {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        *counts.entry(key).or_default() += 1;
    }
    let mut buckets: Vec<(String, usize)> = counts.into_iter().collect();
    buckets.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let buckets: Vec<Value> =
        buckets.into_iter().map(|(key, count)| json!({"key": key, "doc_count": count})).collect();
    Ok(Answer::json(200, &json!({(field): buckets})))
}

/// `insights.events.interval`
pub(crate) fn interval(companies: &[Company], call: &Call) -> Outcome {
    let logs = logs(companies, call)?;
    let unit = match call.body_text("interval_unit")? {
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => DAY,
        "w" => 7 * DAY,
        other => {
            return Err(bad(format!("interval_unit must be s, m, h, d or w, got {other:?}")));
        }
    };
    let value = call
        .body
        .get("interval_value")
        .map_or(Some(1), |value| value.as_i64().or_else(|| value.as_str()?.parse().ok()));
    let value = value
        .filter(|value| (1..=10_000).contains(value))
        .ok_or_else(|| bad("interval_value must be a whole number from 1 on"))?;
    let width = unit * value;
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for (events, number) in merged(&logs, false) {
        let time = events.time(number);
        *counts.entry(time - time.rem_euclid(width)).or_default() += 1;
        if counts.len() > 10_000 {
            return Err(bad(
                "the interval gives more than 10000 buckets: make it longer, or the time shorter",
            ));
        }
    }
    let bucket =
        |(time, count)| json!({"key": time, "key_as_string": calendar::write(time), "doc_count": count});
    let buckets: Vec<Value> = counts.into_iter().map(bucket).collect();
    Ok(Answer::json(200, &json!({"buckets": buckets})))
}
