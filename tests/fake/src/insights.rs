//! Directory Insights: ninety days of events, made up when somebody looks, and those of what was done here.

use std::collections::BTreeMap;
use std::ops::Range;

use jumpcloud_core::filter::{Filter, Matching};
use serde_json::{Value, json};

use crate::calendar::{self, DAY};
use crate::call::{Answer, Call, Outcome};
use crate::collection::{Record, fields};
use crate::company::Company;
use crate::id::Id;
use crate::names::{APPLICATIONS, OFFICES};
use crate::random::{ALPHANUMERIC, Random};
use crate::refusal::Refusal;
use crate::systems::Device;
use crate::users::{Facts, Person};

/// How long JumpCloud keeps events.
const DAYS: i64 = 90;
/// Of how many people and devices there are events at most: enough to look alive, little enough to keep.
const SAMPLE: usize = 5000;

/// Types of events with their service and how often they come.
const TYPES: [(&str, &str, usize); 14] = [
    ("sso_auth", "sso", 30),
    ("user_login_attempt", "directory", 20),
    ("login_attempt", "systems", 22),
    ("ldap_bind", "ldap", 6),
    ("radius_auth_attempt", "radius", 8),
    ("admin_login_attempt", "directory", 1),
    ("user_update", "directory", 2),
    ("user_password_change", "directory", 2),
    ("user_lockout", "directory", 1),
    ("association_change", "directory", 1),
    ("system_os_update", "systems", 2),
    ("software_add", "software", 2),
    ("mdm_command_result", "mdm", 2),
    ("passwordmanager_item_autofill", "password_manager", 1),
];

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

/// The keys of a summary.
const SUMMARY: [&str; 4] = ["event_type", "id", "service", "timestamp"];

struct Who {
    id: Id,
    username: Box<str>,
    office: u8,
}

struct Machine {
    id: Id,
    hostname: Box<str>,
    owner: Id,
    account: Box<str>,
}

/// All events, in the order of their times, which all differ.
pub(crate) struct Events {
    seed: u64,
    organization: Id,
    domain: &'static str,
    start: i64,
    spacing: i64,
    count: usize,
    people: Vec<Who>,
    devices: Vec<Machine>,
    here: Vec<(i64, Record)>,
}

impl Events {
    /// Events of the ninety days until now.
    pub(crate) fn new(seed: u64, facts: &Facts, people: &[Person], devices: &[Device], now: i64) -> Events {
        let a_day = (people.len() as i64 * 5).clamp(500, 20_000);
        let spacing = DAY / a_day;
        let start = facts.today - DAYS * DAY;
        let some = people.iter().filter(|person| person.is_active()).take(SAMPLE);
        let owned = devices
            .iter()
            .filter_map(|device| device.owner.as_ref().map(|owner| (device, owner)))
            .take(SAMPLE);
        let devices: Vec<Machine> = owned
            .map(|(device, (owner, username))| Machine {
                id: device.id,
                hostname: device.hostname().into(),
                owner: *owner,
                account: username.clone(),
            })
            .collect();
        // Who has nobody has no events.
        let count = if devices.is_empty() { 0 } else { ((now - start) / spacing) as usize };
        Events {
            seed,
            organization: facts.organization,
            domain: facts.domain,
            start,
            spacing,
            count,
            people: some
                .map(|person| Who { id: person.id, username: person.username.clone(), office: person.office })
                .collect(),
            devices,
            here: Vec::new(),
        }
    }

    fn len(&self) -> usize {
        self.count + self.here.len()
    }

    fn time(&self, number: usize) -> i64 {
        match number.checked_sub(self.count) {
            Some(here) => self.here[here].0,
            None => {
                let jitter =
                    Random::new(self.seed ^ number as u64, "time").below((self.spacing / 2) as usize);
                self.start + number as i64 * self.spacing + jitter as i64
            }
        }
    }

    /// The first event at this time or later.
    fn from(&self, time: i64) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time(middle) < time {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn kind(&self, number: usize) -> (&'static str, &'static str) {
        let kind =
            Random::new(self.seed ^ number as u64, "type").weighted(TYPES.iter().map(|(.., weight)| *weight));
        (TYPES[kind].0, TYPES[kind].1)
    }

    fn service(&self, number: usize) -> &str {
        match number.checked_sub(self.count) {
            Some(here) => self.here[here].1.get("service").and_then(Value::as_str).unwrap_or_default(),
            None => self.kind(number).1,
        }
    }

    fn id(&self, number: usize) -> String {
        match number.checked_sub(self.count) {
            Some(here) => self.here[here].1.get("id").and_then(Value::as_str).unwrap_or_default().to_owned(),
            None => Random::new(self.seed ^ number as u64, "id").word(20, ALPHANUMERIC),
        }
    }

    /// What most searches look at, which costs little: the keys of [`SUMMARY`].
    fn summary(&self, number: usize) -> Record {
        if number >= self.count {
            return self.record(number);
        }
        let (event_type, service) = self.kind(number);
        let values =
            [event_type.to_owned(), self.id(number), service.to_owned(), calendar::write(self.time(number))];
        SUMMARY.into_iter().map(str::to_owned).zip(values.map(Value::String)).collect()
    }

    fn record(&self, number: usize) -> Record {
        if let Some(here) = number.checked_sub(self.count) {
            return self.here[here].1.clone();
        }
        let mut random = Random::new(self.seed ^ number as u64, "event");
        let (event_type, service) = self.kind(number);
        let Machine { id: device, hostname, owner, account } = random.pick(&self.devices);
        let who = random.pick(&self.people);
        let office = &OFFICES[usize::from(who.office)];
        let success = random.percent(94);
        let mut event = json!({
            "id": self.id(number),
            "@version": "1",
            "service": service,
            "event_type": event_type,
            "timestamp": calendar::write(self.time(number)),
            "organization": self.organization.to_string(),
            "success": success,
            "client_ip": format!("198.51.100.{}", random.below(254) + 1),
            "initiated_by": {"id": who.id.to_string(), "type": "user", "username": who.username},
            "geoip": {
                "timezone": office.time_zone,
                "country_code": office.country,
                "region_name": office.region,
                "region_code": "",
                "continent_code": match office.country { "US" | "CA" => "NA", "BR" => "SA", "IN" | "JP" => "AS", _ => "EU" },
                "latitude": office.position.0,
                "longitude": office.position.1,
            },
        });
        let user = json!({"type": "user", "id": who.id.to_string(), "username": who.username});
        match event_type {
            "sso_auth" => {
                let (name, label, _) = *random.pick(&APPLICATIONS);
                event["application"] = json!({"id": "", "name": name, "display_label": label, "sso_type": "saml", "sso_url": ""});
                event["auth_context"] = json!({
                    "auth_methods": {"password": {"success": success}},
                    "system": {
                        "id": device.to_string(), "hostname": hostname, "displayName": hostname, "os": "Mac OS X", "version": "14.4",
                    },
                });
                event["mfa"] = json!(random.percent(70));
                event["useragent"] = json!({
                    "name": *random.pick(&["Chrome", "Safari", "Firefox", "Edge"]),
                    "os": "Mac OS X", "os_name": "Mac OS X", "os_full": "Mac OS X 14.4", "device": "Mac",
                });
            }
            "user_login_attempt" => {
                event["auth_method"] = json!(*random.pick(&["password", "password", "webauthn", "push"]));
                event["mfa"] = json!(random.percent(70));
                event["resource"] = user;
            }
            "login_attempt" => {
                event["system"] =
                    json!({"id": device.to_string(), "hostname": hostname, "displayName": hostname});
                event["username"] = json!(account);
                event["initiated_by"] = json!({"id": owner.to_string(), "type": "user", "username": account});
                event["process_name"] = json!(*random.pick(&["loginwindow", "sshd", "sudo", "winlogon"]));
                event["auth_method"] = json!("password");
            }
            "ldap_bind" => {
                event["username"] = json!(who.username);
                event["auth_method"] = json!("password");
            }
            "radius_auth_attempt" => {
                event["username"] = json!(who.username);
                event["auth_method"] = json!("EAP-TTLS/PAP");
                event["mfa"] = json!(false);
            }
            "admin_login_attempt" => {
                event["initiated_by"] = json!({"type": "admin", "email": format!("it@{}", self.domain)});
                event["mfa"] = json!(true);
            }
            "user_update" => {
                event["initiated_by"] = json!({"type": "admin", "email": format!("it@{}", self.domain)});
                event["resource"] = user;
                event["changes"] = json!([{"field": "jobTitle", "from": "Software Engineer", "to": "Senior Software Engineer"}]);
            }
            "association_change" => {
                event["association"] = json!({
                    "op": *random.pick(&["add", "remove"]),
                    "action_source": "admin",
                    "attributes": null,
                    "connection": {
                        "from": {"object_id": who.id.to_string(), "type": "user", "name": who.username},
                        "to": {"object_id": device.to_string(), "type": "system", "name": hostname},
                    },
                });
            }
            "system_os_update" | "software_add" | "mdm_command_result" => {
                event["system"] =
                    json!({"id": device.to_string(), "hostname": hostname, "displayName": hostname});
                event["initiated_by"] = json!({"id": device.to_string(), "type": "system"});
            }
            _ => event["resource"] = user,
        }
        if !success {
            event["error_message"] = json!(*random.pick(&[
                "Invalid password",
                "User is suspended",
                "MFA was denied",
                "Account is locked"
            ]));
        }
        match event {
            Value::Object(event) => event,
            _ => Record::new(),
        }
    }

    /// Notes what a call has changed.
    pub(crate) fn note(&mut self, call: &Call) {
        let Some(event_type) = noted(call.operation.name) else {
            return;
        };
        let last = if self.len() > 0 { self.time(self.len() - 1) } else { 0 };
        let time = call.now.max(last + 1);
        let id = call
            .operation
            .parameters
            .iter()
            .map(|parameter| call.text(parameter.name))
            .find(|text| Id::parse(text).is_some());
        let initiated_by = match call.system {
            Some(system) => json!({"type": "system", "id": system.to_string()}),
            None => json!({"type": "admin", "email": format!("it@{}", self.domain)}),
        };
        let event = json!({
            "id": Id::new(time / 1000, call.random).to_string(),
            "@version": "1",
            "service": "directory",
            "event_type": event_type,
            "timestamp": calendar::write(time),
            "organization": self.organization.to_string(),
            "success": true,
            "client_ip": "127.0.0.1",
            "initiated_by": initiated_by,
            "resource": {"id": id, "type": event_type.split('_').next()},
        });
        if let Value::Object(event) = event {
            self.here.push((time, event));
        }
    }
}

/// The event that a change leaves behind.
fn noted(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "v1.systemUsers.create" => "user_create",
        "v1.systemUsers.update" => "user_update",
        "v1.systemUsers.delete" => "user_delete",
        "v1.systemUsers.suspend" => "user_suspended",
        "v1.systemUsers.activate" => "user_activated",
        "v1.systemUsers.unlock" => "user_unlocked",
        "v1.systemUsers.setPassword" | "v1.systemUsers.expire" => "user_password_change",
        "v1.systems.update" => "system_update",
        "v1.systems.delete" => "system_delete",
        "v2.userGroups.create" | "v2.systemGroups.create" => "group_create",
        "v2.userGroups.replace" | "v2.systemGroups.replace" => "group_update",
        "v2.userGroups.delete" | "v2.systemGroups.delete" => "group_delete",
        _ if operation.ends_with(".associations.change") || operation.ends_with(".members.change") => {
            "association_change"
        }
        _ => return None,
    })
}

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
            range: from..end.map_or(events.len(), |end| events.from(end + 1)).max(from),
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
        let matching = Matching { ignore_case: true, ..Matching::default() };
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

/// `insights.events.query`
pub(crate) fn query(company: &Company, call: &Call) -> Outcome {
    let events = &company.events;
    let body = call.object()?;
    let mut asked = Asked::read(events, call)?;
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
        if descending {
            asked.range.end = asked.range.end.min(events.from(time)).max(asked.range.start);
        } else {
            asked.range.start = asked.range.start.max(events.from(time + 1)).min(asked.range.end);
        }
    }
    let fitting = |number: &usize| asked.fits(events, *number);
    let shown: Vec<usize> = if descending {
        asked.range.clone().rev().filter(fitting).skip(skip).take(limit).collect()
    } else {
        asked.range.clone().filter(fitting).skip(skip).take(limit).collect()
    };
    // The cursor is there on every page, the last and the empty one too.
    let cursor = match shown.last() {
        Some(last) => json!([events.time(*last), events.id(*last)]),
        None => body.get("search_after").cloned().unwrap_or_else(|| json!([call.now, ""])),
    };
    let items = shown.iter().map(|number| {
        let mut event = events.record(*number);
        if let Some(fields) = &fields {
            event.retain(|name, _| fields.contains(&name.as_str()));
        }
        Value::Object(event)
    });
    let items: Vec<Value> = items.collect();
    let count = items.len();
    Ok(Answer::json(200, &Value::Array(items))
        .with("x-result-count", count)
        .with("x-limit", limit)
        .with("x-sort", if descending { "DESC" } else { "ASC" })
        .with("x-search_after", cursor))
}

/// `insights.events.count`
pub(crate) fn count(company: &Company, call: &Call) -> Outcome {
    let events = &company.events;
    let asked = Asked::read(events, call)?;
    let count = match asked.counts_all() {
        true => asked.range.len(),
        false => asked.range.clone().filter(|number| asked.fits(events, *number)).count(),
    };
    Ok(Answer::json(200, &json!({"count": count})))
}

/// `insights.events.distinct`
pub(crate) fn distinct(company: &Company, call: &Call) -> Outcome {
    let events = &company.events;
    let field = call.body_text("field")?;
    let asked = Asked::read(events, call)?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for number in asked.range.clone().filter(|number| asked.fits(events, *number)) {
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
pub(crate) fn interval(company: &Company, call: &Call) -> Outcome {
    let events = &company.events;
    let asked = Asked::read(events, call)?;
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
    for number in asked.range.clone().filter(|number| asked.fits(events, *number)) {
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
