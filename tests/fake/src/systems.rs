//! Devices and servers (`/api/systems`).

use serde_json::{Value, json};

use crate::calendar::{self, DAY};
use crate::call::{Answer, Call, Outcome};
use crate::collection::{MadeUp, Record};
use crate::company::Company;
use crate::graph::{Kind, Node};
use crate::id::Id;
use crate::names::{DEVICES, Model, OFFICES, SERVERS};
use crate::people::{EPOCH, Facts, Person};
use crate::policy_results;
use crate::random::{Random, SERIAL};
use crate::refusal::Refusal;

/// One device.
pub(crate) struct Device {
    /// The id.
    pub(crate) id: Id,
    /// The person whose device it is, with the name of the account on it; none for a server.
    pub(crate) owner: Option<(Id, Box<str>)>,
    model: u8,
    office: u8,
    created: i64,
    number: u32,
    roll: u64,
}

/// Makes up the devices of a staff: most people have one, some two or none, and there are servers.
pub(crate) fn fleet(people: &[Person], seed: u64, count: Option<usize>) -> Vec<Device> {
    let mut random = Random::new(seed, "systems");
    let mut owners: Vec<Option<&Person>> = Vec::with_capacity(people.len() * 6 / 5);
    for person in people {
        let count = match random.below(100) {
            0..8 => 0,
            8..26 => 2,
            _ => 1,
        };
        owners.extend(std::iter::repeat_n(Some(person), count));
        if random.percent(4) {
            owners.push(None);
        }
    }
    if owners.is_empty() {
        owners.push(None);
    }
    if let Some(count) = count {
        let more = people.iter().map(Some).chain([None]).cycle();
        owners = owners.into_iter().chain(more).take(count.max(1)).collect();
    }
    let count = owners.len();
    let mut devices: Vec<Device> = Vec::with_capacity(count);
    for (number, owner) in owners.into_iter().enumerate() {
        let created = EPOCH.0 + (EPOCH.1 - EPOCH.0) * (number as i64 + 1) / (count as i64 + 1);
        let mut id = Id::new(created / 1000, random.next());
        if let Some(last) = devices.last().filter(|last| last.id >= id) {
            id = last.id.after();
        }
        let models = if owner.is_some() { &DEVICES[..] } else { &SERVERS[..] };
        devices.push(Device {
            id,
            owner: owner.map(|person| (person.id, person.username.clone())),
            model: random.weighted(models.iter().map(|model| model.weight)) as u8,
            office: owner.map_or(0, |person| person.office),
            created,
            number: number as u32,
            roll: random.next(),
        });
    }
    devices
}

impl Device {
    fn model(&self) -> &'static Model {
        let models = if self.owner.is_some() { &DEVICES[..] } else { &SERVERS[..] };
        &models[self.model as usize]
    }

    /// `darwin`, `windows`, `linux` or `ios`.
    pub(crate) fn family(&self) -> &'static str {
        self.model().family
    }

    fn random(&self, purpose: &str) -> Random {
        Random::new(self.roll, purpose)
    }

    /// The host's name.
    pub(crate) fn hostname(&self) -> String {
        let model = self.model();
        match &self.owner {
            Some((_, username)) => {
                format!("{}-{}-{:02}", username.replace('.', "-"), model.short, self.number % 100)
            }
            None => format!("{}-{:03}", model.short, self.number),
        }
    }

    /// Enrolled through Apple's device enrolment: such systems may not sign requests.
    pub(crate) fn automated(&self) -> bool {
        self.owner.is_some()
            && self.model().vendor.starts_with("Apple")
            && self.random("enrolment").percent(60)
    }
}

impl MadeUp for Device {
    type Facts = Facts;

    const FIELDS: &'static [&'static str] = &[
        "_id",
        "id",
        "active",
        "agentVersion",
        "allowMultiFactorAuthentication",
        "allowPublicKeyAuthentication",
        "allowSshPasswordAuthentication",
        "allowSshRootLogin",
        "amazonInstanceID",
        "arch",
        "archFamily",
        "attributes",
        "azureAdJoined",
        "builtInCommands",
        "connectionHistory",
        "created",
        "description",
        "desktopCapable",
        "displayManager",
        "displayName",
        "domainInfo",
        "fde",
        "fileSystem",
        "hasServiceAccount",
        "hostname",
        "hwVendor",
        "isPolicyBound",
        "lastContact",
        "mdm",
        "modifySSHDConfig",
        "networkInterfaces",
        "organization",
        "os",
        "osFamily",
        "osVersionDetail",
        "primarySystemUser",
        "remoteIP",
        "secureLogin",
        "serialNumber",
        "sshRootEnabled",
        "sshdParams",
        "systemInsights",
        "systemTimezone",
        "tags",
        "templateName",
        "userMetrics",
        "version",
    ];

    fn id(&self) -> Id {
        self.id
    }

    fn field(&self, name: &str, facts: &Facts) -> Option<Value> {
        let model = self.model();
        let office = &OFFICES[self.office as usize];
        let version = || model.versions[self.random("version").below(model.versions.len())];
        // Nine in ten called home today; the rest are off, lost or retired.
        let idle = || {
            if self.random("idle").percent(90) { 0 } else { 1 + self.random("days").below(120) as i64 }
        };
        let apple = model.vendor.starts_with("Apple");
        Some(match name {
            "_id" | "id" => json!(self.id.to_string()),
            "active" => json!(idle() == 0),
            "agentVersion" => json!(["2.71.4", "2.71.4", "2.70.1", "2.68.0"][self.random("agent").below(4)]),
            "allowPublicKeyAuthentication" => json!(true),
            "allowMultiFactorAuthentication" => json!(self.owner.is_some()),
            "allowSshPasswordAuthentication"
            | "allowSshRootLogin"
            | "sshRootEnabled"
            | "modifySSHDConfig"
            | "azureAdJoined" => json!(false),
            "amazonInstanceID" if model.vendor == "Amazon EC2" => {
                json!(format!("i-{:017x}", self.random("instance").next()))
            }
            "arch" => json!(model.arch),
            "archFamily" => json!(if model.arch == "x86_64" { "x86" } else { "arm" }),
            "attributes" | "connectionHistory" | "sshdParams" | "tags" => json!([]),
            "builtInCommands" => {
                let commands = ["restart", "shutdown", "lock", "erase"]
                    .map(|name| json!({"name": name, "type": "security"}));
                json!(if model.family == "linux" { &commands[..2] } else { &commands[..] })
            }
            "created" => json!(calendar::write(self.created)),
            "description" => json!(model.name),
            "amazonInstanceID" | "displayManager" => json!(""),
            "desktopCapable" => json!(self.owner.is_some()),
            "displayName" | "hostname" => json!(self.hostname()),
            "domainInfo" => json!({"domainName": "", "partOfDomain": false}),
            "fde" => {
                let active = self.owner.is_some() && self.random("disk").percent(91);
                json!({"active": active, "keyPresent": active})
            }
            "fileSystem" => json!(if apple {
                "apfs"
            } else if model.family == "windows" {
                "NTFS"
            } else {
                "ext4"
            }),
            "hasServiceAccount" => json!(apple && model.family == "darwin"),
            "hwVendor" => json!(model.vendor),
            "isPolicyBound" => json!(self.owner.is_some()),
            "lastContact" => {
                let contact = self.random("contact").below(DAY as usize / 3) as i64;
                json!(calendar::write(facts.today - idle() * DAY + contact))
            }
            "mdm" => json!({
                "dep": self.automated(),
                "enrollmentType": if self.automated() { "automated device" } else if apple && self.owner.is_some() { "user" } else { "unknown" },
                "userApproved": apple,
                "vendor": if apple { "internal" } else { "none" },
            }),
            "networkInterfaces" => json!([{
                "name": if model.family == "windows" { "Ethernet" } else { "en0" },
                "family": "IPv4",
                "internal": false,
                "address": format!("10.{}.{}.{}", self.office, self.number / 250 % 250, self.number % 250 + 2),
            }]),
            "organization" => json!(facts.organization.to_string()),
            "os" => json!(model.os),
            "osFamily" => json!(model.family),
            "osVersionDetail" => {
                let (release, version, build) = version();
                let mut numbers = version.split('.');
                let mut next = || numbers.next().unwrap_or("0");
                let (major, minor, patch) = (next(), next(), next());
                let number = |text: &str| text.parse::<i64>().unwrap_or_default();
                json!({
                    "osName": model.os, "distributionName": model.os, "releaseName": release, "version": version, "revision": build,
                    "major": major, "minor": minor, "patch": patch,
                    "majorNumber": number(major), "minorNumber": number(minor), "patchNumber": number(patch),
                })
            }
            "primarySystemUser" => json!({"id": self.owner.as_ref().map(|(owner, _)| owner.to_string())}),
            // Addresses of RFC 5737: nobody's.
            "remoteIP" => json!(format!("203.0.113.{}", self.random("ip").below(254) + 1)),
            "secureLogin" => json!({"enabled": self.owner.is_some(), "supported": true}),
            "serialNumber" => json!(self.random("serial").word(if apple { 10 } else { 7 }, SERIAL)),
            "systemInsights" => {
                json!({"state": if self.random("insights").percent(85) { "enabled" } else { "disabled" }})
            }
            "systemTimezone" => json!(if office.country == "IN" {
                330
            } else {
                (office.position.1 / 15.0).round() as i64 * 60
            }),
            "templateName" => json!(model.template),
            "userMetrics" => match &self.owner {
                Some((_, username)) => json!([{
                    "userName": username, "admin": self.random("admin").percent(20), "managed": true, "suspended": false,
                    "secureTokenEnabled": apple,
                }]),
                None => {
                    json!([{"userName": "root", "admin": true, "managed": false, "suspended": false, "secureTokenEnabled": false}])
                }
            },
            "version" => json!(version().1),
            _ => return None,
        })
    }
}

const SEARCHED: &[&str] = &["displayName", "hostname", "serialNumber", "os"];

/// `v1.systems.list`, `v1.systems.search`
pub(crate) fn list(company: &Company, call: &Call) -> Outcome {
    let page = call.page()?;
    let (total, records) = company.systems.page(&call.query(SEARCHED)?, page.skip, page.limit);
    call.list(page, total, records.into_iter().map(|record| with_policies(company, record)).collect())
}

/// `v1.systems.get`
pub(crate) fn get(company: &Company, call: &Call) -> Outcome {
    let record = company.systems.get(call.id("id")?).ok_or_else(|| call.missing("id"))?;
    Answer::record(call.project(with_policies(company, record)))
}

/// The record of a system with what the graph knows of its policies.
fn with_policies(company: &Company, mut record: Record) -> Record {
    if let Some(id) = record.get("_id").and_then(Value::as_str).and_then(Id::parse) {
        record.insert("policyStats".into(), policy_results::stats(company, id));
    }
    record
}

/// `v1.systems.update`
pub(crate) fn update(company: &mut Company, call: &Call) -> Outcome {
    const TAKEN: &[&str] = &[
        "allowMultiFactorAuthentication",
        "allowPublicKeyAuthentication",
        "allowSshPasswordAuthentication",
        "allowSshRootLogin",
        "attributes",
        "displayName",
        "tags",
    ];
    let id = call.id("id")?;
    let mut record = company.systems.get(id).ok_or_else(|| call.missing("id"))?;
    for (name, value) in call.object()?.iter().filter(|(name, _)| TAKEN.contains(&name.as_str())) {
        record.insert(name.clone(), value.clone());
    }
    company.systems.put(id, record.clone());
    Answer::record(with_policies(company, record))
}

/// `v1.systems.delete`
pub(crate) fn delete(company: &mut Company, call: &Call) -> Outcome {
    let id = call.id("id")?;
    let record: Record = company.systems.remove(id).ok_or_else(|| call.missing("id"))?;
    company.graph.forget(Node(Kind::System, id));
    Answer::record(record)
}

/// `v1.systems.lock`, `restart`, `shutdown`, `erase`: JumpCloud answers 201 when the command is on its way.
pub(crate) fn command(company: &Company, call: &Call) -> Outcome {
    let commands = company
        .systems
        .field(call.id("system_id")?, "builtInCommands")
        .ok_or_else(|| call.missing("system_id"))?;
    let name = call.operation.path.rsplit('/').next().unwrap_or_default();
    match commands.as_array().is_some_and(|commands| commands.iter().any(|command| command["name"] == name)) {
        true => Ok(Answer::empty(201)),
        false => Err(Refusal::bad_request(format!(
            "Bad Request: the system does not support the command {name}: see its builtInCommands"
        ))),
    }
}
