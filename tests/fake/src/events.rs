//! The events of a company, made up when somebody looks, and those of what was done here.

use serde_json::{Value, json};

use crate::calendar::{self, DAY};
use crate::call::Call;
use crate::collection::Record;
use crate::id::Id;
use crate::names::{APPLICATIONS, OFFICES};
use crate::people::{Facts, Person};
use crate::random::{ALPHANUMERIC, Random};
use crate::systems::Device;

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

/// The keys of a summary.
pub(crate) const SUMMARY: [&str; 4] = ["event_type", "id", "service", "timestamp"];

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
    pub(crate) fn new(
        seed: u64,
        facts: &Facts,
        people: &[Person],
        devices: &[Device],
        now: i64,
        count: Option<usize>,
    ) -> Events {
        let a_day = (people.len() as i64 * 5).clamp(500, 20_000);
        let spacing = match count {
            Some(count) => ((now - facts.today + DAYS * DAY) / (count as i64).max(1)).max(2),
            None => DAY / a_day,
        };
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
        let made_up = count.unwrap_or(((now - start) / spacing) as usize);
        let count = if devices.is_empty() { 0 } else { made_up };
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

    pub(crate) fn len(&self) -> usize {
        self.count + self.here.len()
    }

    pub(crate) fn time(&self, number: usize) -> i64 {
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
    pub(crate) fn from(&self, time: i64) -> usize {
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

    pub(crate) fn service(&self, number: usize) -> &str {
        match number.checked_sub(self.count) {
            Some(here) => self.here[here].1.get("service").and_then(Value::as_str).unwrap_or_default(),
            None => self.kind(number).1,
        }
    }

    pub(crate) fn id(&self, number: usize) -> String {
        match number.checked_sub(self.count) {
            Some(here) => self.here[here].1.get("id").and_then(Value::as_str).unwrap_or_default().to_owned(),
            None => Random::new(self.seed ^ number as u64, "id").word(20, ALPHANUMERIC),
        }
    }

    /// What most searches look at, which costs little: the keys of [`SUMMARY`].
    pub(crate) fn summary(&self, number: usize) -> Record {
        if number >= self.count {
            return self.record(number);
        }
        let (event_type, service) = self.kind(number);
        let values =
            [event_type.to_owned(), self.id(number), service.to_owned(), calendar::write(self.time(number))];
        SUMMARY.into_iter().map(str::to_owned).zip(values.map(Value::String)).collect()
    }

    pub(crate) fn record(&self, number: usize) -> Record {
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
