//! One organization with all it has, made up from a seed.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::applications::{self, Logos};
use crate::calendar::DAY;
use crate::collection::{Collection, Record};
use crate::command_results::{CommandResult, Run};
use crate::commands::{self, COMMANDS};
use crate::events::Events;
use crate::generic;
use crate::graph::{Graph, Kind, Node};
use crate::groups;
use crate::id::Id;
use crate::later::Later;
use crate::names::{APPLICATIONS, COMPANIES, DEPARTMENTS, OFFICES};
use crate::people::{EPOCH, Facts, Person, staff};
use crate::policies::{self, POLICIES, POLICY_GROUPS};
use crate::policy_templates;
use crate::random::Random;
use crate::refusal::Refusal;
use crate::store::Store;
use crate::systems::{Device, fleet};

/// A collection of records that are all kept.
pub(crate) type Kept = Collection<Infallible>;

/// The types of objects of the graph that the [store](crate::store) keeps, and where.
pub(crate) const STORED: [(Kind, &str); 6] = [
    (Kind::ActiveDirectory, "/api/v2/activedirectories"),
    (Kind::GSuite, "/api/v2/gsuites"),
    (Kind::LdapServer, "/api/v2/ldapservers"),
    (Kind::Office365, "/api/v2/office365s"),
    (Kind::RadiusServer, "/api/radiusservers"),
    (Kind::SoftwareApp, "/api/v2/softwareapps"),
];

/// How much the first organization has; what is not said follows from the users.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sizes {
    /// Users.
    pub(crate) users: usize,
    /// Systems.
    pub(crate) systems: Option<usize>,
    /// User groups: those of departments, offices and the like, and as many projects as it takes.
    pub(crate) groups: Option<usize>,
    /// Events of the last ninety days.
    pub(crate) events: Option<usize>,
}

/// The name and the domain of an organization. Names are borrowed for as long as the program runs.
fn named(number: usize) -> (&'static str, &'static str) {
    let (name, domain) = COMPANIES[number % COMPANIES.len()];
    match number / COMPANIES.len() {
        0 => (name, domain),
        again => (format!("{name} {}", again + 1).leak(), format!("{}.{domain}", again + 1).leak()),
    }
}

/// An organization.
pub(crate) struct Company {
    /// What all its records share.
    pub(crate) facts: Facts,
    /// The organization's own record.
    pub(crate) organization: Record,
    /// `/api/systemusers`
    pub(crate) users: Collection<Person>,
    /// `/api/systems`
    pub(crate) systems: Collection<Device>,
    /// `/api/v2/usergroups`
    pub(crate) user_groups: Kept,
    /// `/api/v2/systemgroups`
    pub(crate) system_groups: Kept,
    /// `/api/applications`
    pub(crate) applications: Kept,
    /// `/api/v2/logos`
    pub(crate) logos: Logos,
    /// `/api/commands`
    pub(crate) commands: Kept,
    /// `/api/commandresults`
    pub(crate) command_results: Collection<CommandResult>,
    /// `/api/v2/policies`
    pub(crate) policies: Kept,
    /// `/api/v2/policygroups`
    pub(crate) policy_groups: Kept,
    /// Every run of a command, in order.
    pub(crate) runs: Vec<Arc<Run>>,
    /// What came of jobs, user by user.
    pub(crate) jobs: HashMap<Id, Vec<Record>>,
    /// What is yet to happen.
    pub(crate) later: Later,
    /// Members and associations.
    pub(crate) graph: Graph,
    /// Directory Insights.
    pub(crate) events: Events,
    /// All other collections.
    pub(crate) store: Mutex<Store>,
    /// What everything made up follows from.
    pub(crate) seed: u64,
    /// Usernames and mail addresses in use, in lower case.
    taken: HashSet<Box<str>>,
}

impl Company {
    /// Makes up the organization with this number.
    pub(crate) fn new(number: usize, sizes: Sizes, seed: u64, now: i64) -> Company {
        // The numbers of events are mixed into it: those of two organizations never meet.
        let seed = seed.wrapping_add((number as u64) << 32);
        let mut random = Random::new(seed, "company");
        let (name, domain) = named(number);
        // The managed organizations are smaller.
        let share = |count: usize| count / (1 + 4 * number.min(COMPANIES.len()));
        let organization = Id::new(EPOCH.0 / 1000 - 86_400, random.next());
        let facts = Facts { organization, company: name, domain, today: now - now.rem_euclid(DAY) };
        let people = staff(share(sizes.users), seed);
        let devices = fleet(&people, seed, sizes.systems.map(share));

        let mut sketch = Sketch { random, organization, ..Sketch::default() };
        sketch.groups_of_people(&people);
        sketch.groups_of_systems(&people, &devices);
        sketch.more_groups(&people, sizes.groups.map(share));
        sketch.applications();
        sketch.commands();
        sketch.policies();

        let taken = people.iter().map(|person| person.username.clone()).collect();
        let mut company = Company {
            organization: record(json!({
                "_id": organization.to_string(),
                "id": organization.to_string(),
                "displayName": name,
                "logoUrl": null,
                "created": crate::calendar::write(EPOCH.0 - DAY),
                "settings": {
                    "name": name,
                    "contactName": "IT Service Desk",
                    "contactEmail": format!("it@{domain}"),
                    "systemUserPasswordExpirationInDays": 90,
                    "passwordPolicy": {
                        "enableMinLength": true, "minLength": 8, "needsLowercase": true, "needsUppercase": true,
                        "needsNumeric": true, "needsSymbolic": false, "enablePasswordExpirationInDays": true,
                        "passwordExpirationInDays": 90, "enableMaxLoginAttempts": true, "maxLoginAttempts": 5,
                    },
                    "features": {"directoryInsights": {"enabled": true}, "systemInsights": {"enabled": true}},
                },
            })),
            events: Events::new(seed, &facts, &people, &devices, now, sizes.events.map(share)),
            users: Collection::new(people, facts.clone()),
            systems: Collection::new(devices, facts.clone()),
            user_groups: kept(sketch.user_groups),
            system_groups: kept(sketch.system_groups),
            applications: kept(sketch.application_records),
            logos: Logos::new(),
            commands: kept(sketch.command_records),
            command_results: Collection::new(Vec::new(), ()),
            policies: kept(sketch.policy_records),
            policy_groups: kept(sketch.policy_groups),
            runs: Vec::new(),
            jobs: HashMap::new(),
            later: Later::default(),
            graph: Graph::new(sketch.members, sketch.bound),
            store: Mutex::default(),
            seed,
            facts,
            taken,
        };
        commands::history(&mut company, now, seed);
        company
    }

    /// What a group gives its members, where it has attributes.
    pub(crate) fn attributes(&self, Node(kind, id): Node) -> Option<Value> {
        let groups = match kind {
            Kind::UserGroup => &self.user_groups,
            Kind::SystemGroup => &self.system_groups,
            _ => return None,
        };
        groups.field(id, "attributes").filter(|attributes| !attributes.is_null())
    }

    /// Whether there is such an object. Of types that the fake keeps no records of, every id will do.
    pub(crate) fn knows(&self, Node(kind, id): Node) -> bool {
        match kind {
            Kind::User => self.users.contains(id),
            Kind::System => self.systems.contains(id),
            Kind::UserGroup => self.user_groups.contains(id),
            Kind::SystemGroup => self.system_groups.contains(id),
            Kind::Application => self.applications.contains(id),
            Kind::Command => self.commands.contains(id),
            Kind::Policy => self.policies.contains(id),
            Kind::PolicyGroup => self.policy_groups.contains(id),
            kind => match STORED.iter().find(|(stored, _)| *stored == kind) {
                Some((_, path)) => generic::knows(self, path, path, &id.to_string()),
                None => true,
            },
        }
    }

    /// Takes a username and a mail address for a user, giving back those it had; 409 when another user has one.
    pub(crate) fn reserve(
        &mut self,
        user: Option<&Record>,
        username: Option<&str>,
        email: Option<&str>,
    ) -> Result<(), Refusal> {
        let had = |name: &str| user.and_then(|user| user.get(name)).and_then(Value::as_str);
        let mut changes = Vec::new();
        for (name, wanted) in [("username", username), ("email", email)] {
            let Some(wanted) = wanted.map(|wanted| self.key(wanted)) else {
                continue;
            };
            let old = had(name).map(|old| self.key(old));
            if old.as_ref() == Some(&wanted) {
                continue;
            }
            // A mail address of the company is its user's name, so it may be the user's own already.
            let own = [had("username"), had("email"), username.filter(|_| name == "email")];
            let own = own.into_iter().flatten().any(|own| self.key(own) == wanted);
            if !own && self.taken.contains(&wanted) {
                return Err(Refusal::conflict(format!("Already Exists: a user with this {name}")));
            }
            changes.push((old, wanted));
        }
        for (old, wanted) in changes {
            let still = old.as_ref().is_some_and(|old| {
                [had("username").filter(|_| username.is_none()), had("email").filter(|_| email.is_none())]
                    .into_iter()
                    .flatten()
                    .any(|kept| self.key(kept) == *old)
            });
            if let Some(old) = old.filter(|_| !still) {
                self.taken.remove(&old);
            }
            self.taken.insert(wanted);
        }
        Ok(())
    }

    /// Takes the usernames and mail addresses of all users there are, and no others.
    pub(crate) fn take_names(&mut self) {
        let made_up = self.users.made_up().map(|person| person.username.clone());
        let kept = self.users.kept().flat_map(|(_, user)| {
            ["username", "email"].into_iter().filter_map(|name| user.get(name).and_then(Value::as_str))
        });
        self.taken = made_up.chain(kept.map(|name| self.key(name))).collect();
    }

    /// Gives back the username and mail address of a user that was deleted.
    pub(crate) fn release(&mut self, user: &Record) {
        for name in ["username", "email"] {
            if let Some(text) = user.get(name).and_then(Value::as_str) {
                self.taken.remove(&self.key(text));
            }
        }
    }

    /// `anna.weber` and `Anna.Weber@halden.example` are both `anna.weber`: it saves a second entry for everybody.
    fn key(&self, text: &str) -> Box<str> {
        let text = text.to_lowercase();
        match text.split_once('@') {
            Some((local, domain)) if domain == self.facts.domain => local.into(),
            _ => text.into(),
        }
    }

    /// After how many days a password expires.
    pub(crate) fn password_days(&self) -> i64 {
        let days = self
            .organization
            .get("settings")
            .and_then(|settings| settings["passwordPolicy"]["passwordExpirationInDays"].as_i64());
        days.unwrap_or(90)
    }
}

fn record(value: Value) -> Record {
    match value {
        Value::Object(record) => record,
        _ => Record::new(),
    }
}

fn kept(records: Vec<(Id, Record)>) -> Kept {
    let mut kept = Collection::new(Vec::new(), ());
    records.into_iter().for_each(|(id, record)| kept.put(id, record));
    kept
}

/// Groups, applications and who has what, while they are made up.
struct Sketch {
    random: Random,
    organization: Id,
    created: i64,
    user_groups: Vec<(Id, Record)>,
    system_groups: Vec<(Id, Record)>,
    application_records: Vec<(Id, Record)>,
    command_records: Vec<(Id, Record)>,
    policy_records: Vec<(Id, Record)>,
    policy_groups: Vec<(Id, Record)>,
    members: Vec<(Node, Node)>,
    bound: Vec<(Node, Node)>,
}

impl Default for Sketch {
    fn default() -> Sketch {
        Sketch {
            random: Random::new(0, ""),
            organization: Id::LOWEST,
            created: EPOCH.0 / 1000,
            user_groups: Vec::new(),
            system_groups: Vec::new(),
            application_records: Vec::new(),
            command_records: Vec::new(),
            policy_records: Vec::new(),
            policy_groups: Vec::new(),
            members: Vec::new(),
            bound: Vec::new(),
        }
    }
}

impl Sketch {
    fn id(&mut self) -> Id {
        self.created += 7 * 3600;
        Id::new(self.created, self.random.next())
    }

    fn group(
        &mut self,
        kind: Kind,
        name: &str,
        description: &str,
        members: impl Iterator<Item = Id>,
    ) -> Node {
        let id = self.id();
        let record = groups::new(kind, id, self.organization, name, description);
        let (groups, member) = match kind {
            Kind::SystemGroup => (&mut self.system_groups, Kind::System),
            Kind::PolicyGroup => (&mut self.policy_groups, Kind::Policy),
            _ => (&mut self.user_groups, Kind::User),
        };
        groups.push((id, record));
        let group = Node(kind, id);
        self.members.extend(members.map(|id| (group, Node(member, id))));
        group
    }

    fn groups_of_people(&mut self, people: &[Person]) {
        let kind = Kind::UserGroup;
        self.group(kind, "All Staff", "Everybody who works here", people.iter().map(|person| person.id));
        for (number, department) in DEPARTMENTS.iter().enumerate() {
            let all: Vec<&Person> =
                people.iter().filter(|person| usize::from(person.department) == number).collect();
            let description = format!("Members of {}", department.name);
            self.group(kind, department.name, &description, all.iter().map(|person| person.id));
            for (team_number, team) in department.teams.iter().enumerate() {
                let teams = department.teams.len();
                let members = all.iter().filter(|person| person.random("team").below(teams) == team_number);
                let name = format!("{} – {team}", department.name);
                self.group(kind, &name, &format!("The {team} team"), members.map(|person| person.id));
            }
        }
        for (number, office) in OFFICES.iter().enumerate() {
            let members =
                people.iter().filter(|person| usize::from(person.office) == number).map(|person| person.id);
            self.group(kind, &format!("Office – {}", office.city), "For printers, doors and Wi-Fi", members);
        }
        for (name, description, percent) in [
            ("VPN Users", "May connect from outside", 65),
            ("Privileged Access", "Break-glass and admin accounts", 2),
            ("Contractors", "Everybody with an end date", 9),
            ("Beta Testers", "Get new versions first", 5),
        ] {
            let members =
                people.iter().filter(|person| person.random(name).percent(percent)).map(|person| person.id);
            self.group(kind, name, description, members);
        }
    }

    /// Groups of projects, until there are as many user groups as there shall be.
    fn more_groups(&mut self, people: &[Person], wanted: Option<usize>) {
        let missing = wanted.unwrap_or(0).saturating_sub(self.user_groups.len());
        for number in 0..missing {
            let mut random = self.random;
            let size = 3 + random.below(18);
            let first = if people.is_empty() { 0 } else { random.below(people.len()) };
            let members = people.iter().skip(first).take(size).map(|person| person.id);
            self.group(Kind::UserGroup, &format!("Project {:04}", number + 1), "A project team", members);
        }
    }

    fn groups_of_systems(&mut self, people: &[Person], devices: &[Device]) {
        let kind = Kind::SystemGroup;
        self.group(kind, "All Devices", "Everything with an agent", devices.iter().map(|device| device.id));
        for (name, family) in [
            ("macOS Laptops", "darwin"),
            ("Windows Laptops", "windows"),
            ("Linux Workstations", "linux"),
            ("Mobile Devices", "ios"),
        ] {
            let members = devices.iter().filter(|device| device.owner.is_some() && device.family() == family);
            self.group(kind, name, "By operating system", members.map(|device| device.id));
        }
        let servers = devices.iter().filter(|device| device.owner.is_none());
        let servers =
            self.group(kind, "Linux Servers", "Server room and cloud", servers.map(|device| device.id));
        let mut random = self.random;
        let pilot = devices.iter().filter(|_| random.percent(4)).map(|device| device.id);
        self.group(kind, "Patch Ring 0", "Gets updates first", pilot);
        // IT gets onto the servers through its group; everybody onto their own device.
        for (id, record) in &self.user_groups {
            if matches!(record.get("name").and_then(Value::as_str), Some("IT" | "Engineering – Platform")) {
                self.bound.push((Node(Kind::UserGroup, *id), servers));
            }
        }
        for device in devices {
            if let Some((owner, _)) = &device.owner {
                self.bound.push((Node(Kind::User, *owner), Node(Kind::System, device.id)));
            }
        }
        // An on-call rotation has direct access to a few servers.
        let rotation: Vec<&Device> = devices.iter().filter(|device| device.owner.is_none()).take(3).collect();
        for person in people.iter().filter(|person| person.random("on call").percent(1)).take(20) {
            self.bound.extend(
                rotation.iter().map(|device| (Node(Kind::User, person.id), Node(Kind::System, device.id))),
            );
        }
    }

    fn applications(&mut self) {
        let groups: Vec<(Id, String)> = self
            .user_groups
            .iter()
            .map(|(id, record)| {
                (*id, record.get("name").and_then(Value::as_str).unwrap_or_default().to_owned())
            })
            .collect();
        for (name, label, users) in APPLICATIONS {
            let id = self.id();
            let application = Node(Kind::Application, id);
            let bound = groups
                .iter()
                .filter(|(_, group)| group == users)
                .map(|(group, _)| (Node(Kind::UserGroup, *group), application));
            self.bound.extend(bound);
            let record = applications::new(id, self.organization, name, label, self.created * 1000);
            self.application_records.push((id, record));
        }
    }

    /// The group of systems with that name.
    fn system_group(&self, name: &str) -> Option<Node> {
        let named = |(_, group): &&(Id, Record)| group.get("name").and_then(Value::as_str) == Some(name);
        self.system_groups.iter().find(named).map(|(id, _)| Node(Kind::SystemGroup, *id))
    }

    fn commands(&mut self) {
        for command in &COMMANDS {
            let id = self.id();
            let group = self.system_group(command.group);
            self.bound.extend(group.map(|group| (Node(Kind::Command, id), group)));
            self.command_records.push((id, command.record(id, self.organization)));
        }
    }

    fn policies(&mut self) {
        for (name, template, group) in POLICIES {
            let id = self.id();
            let group = group.and_then(|group| self.system_group(group));
            self.bound.extend(group.map(|group| (Node(Kind::Policy, id), group)));
            if let Some(template) = policy_templates::named(template) {
                self.policy_records.push((id, policies::new(id, name, template)));
            }
        }
        for (name, start, systems) in POLICY_GROUPS {
            let named = |(_, policy): &&(Id, Record)| {
                policy.get("name").and_then(Value::as_str).is_some_and(|name| name.starts_with(start))
            };
            // What is bound by itself is no member.
            let alone =
                |(id, _): &&(Id, Record)| !self.bound.iter().any(|(one, _)| *one == Node(Kind::Policy, *id));
            let members: Vec<Id> =
                self.policy_records.iter().filter(named).filter(alone).map(|(id, _)| *id).collect();
            let group =
                self.group(Kind::PolicyGroup, name, "What every such device must have", members.into_iter());
            let systems = self.system_group(systems);
            self.bound.extend(systems.map(|systems| (group, systems)));
        }
    }
}
