//! The people of a company, made up from a seed.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::calendar::{self, DAY};
use crate::collection::MadeUp;
use crate::id::Id;
use crate::names::{CULTURES, DEPARTMENTS, OFFICES, latin, shown};
use crate::random::Random;

/// What all people of a company have in common.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The organization's id.
    pub(crate) organization: Id,
    /// Its name.
    pub(crate) company: &'static str,
    /// What mail addresses end in.
    pub(crate) domain: &'static str,
    /// The start of the day on which the fake was started.
    pub(crate) today: i64,
}

/// One person.
pub(crate) struct Person {
    /// The id.
    pub(crate) id: Id,
    /// Unique, and the first half of the mail address.
    pub(crate) username: Box<str>,
    /// The index of the department.
    pub(crate) department: u8,
    /// The index of the office.
    pub(crate) office: u8,
    culture: u8,
    given: u8,
    family: u8,
    title: u8,
    state: State,
    manager: Option<Id>,
    created: i64,
    number: u32,
    /// What everything else follows from.
    roll: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Staged,
    Activated,
    Suspended,
}

/// When the company began to use JumpCloud and when its last generated member came.
pub(crate) const EPOCH: (i64, i64) = (1_551_430_800_000, 1_767_000_000_000);

/// Makes up a staff: heads of departments first, then everybody else in the order in which they came.
pub(crate) fn staff(count: usize, seed: u64) -> Vec<Person> {
    let mut random = Random::new(seed, "users");
    let mut taken: HashMap<String, u32> = HashMap::with_capacity(count);
    let mut managers: Vec<Vec<Id>> = vec![Vec::new(); DEPARTMENTS.len()];
    let mut people: Vec<Person> = Vec::with_capacity(count);
    for number in 0..count {
        let culture = random.weighted(CULTURES.iter().map(|culture| culture.weight));
        let given = random.below(CULTURES[culture].given.len());
        let family = random.below(CULTURES[culture].family.len());
        let name =
            format!("{}.{}", latin(CULTURES[culture].given[given]), latin(CULTURES[culture].family[family]));
        let again = taken.entry(name.clone()).and_modify(|again| *again += 1).or_insert(1);
        let username = if *again == 1 { name } else { format!("{name}{again}") };
        let head = number < DEPARTMENTS.len();
        let department = if head {
            number
        } else {
            random.weighted(DEPARTMENTS.iter().map(|department| department.weight))
        };
        let titles = DEPARTMENTS[department].titles.len();
        let leads = head || random.percent(11);
        let title = if leads { titles - 1 } else { random.below(titles - 1) };
        // Companies grow faster and faster: the square root puts more people into the later years.
        let share = ((number as f64 + 0.5) / count as f64).sqrt();
        let created = EPOCH.0 + ((EPOCH.1 - EPOCH.0) as f64 * share) as i64;
        let mut id = Id::new(created / 1000, random.next());
        if let Some(last) = people.last().filter(|last| last.id >= id) {
            id = last.id.after();
        }
        let manager = match managers[department].as_slice() {
            [] => managers[0].first().copied(),
            [head] => Some(*head),
            all => Some(*random.pick(all)),
        };
        if leads {
            managers[department].push(id);
        }
        let state = match random.below(100) {
            _ if head => State::Activated,
            0..8 => State::Suspended,
            8..12 => State::Staged,
            _ => State::Activated,
        };
        people.push(Person {
            id,
            username: username.into(),
            department: department as u8,
            office: random.weighted(OFFICES.iter().map(|office| office.weight)) as u8,
            culture: culture as u8,
            given: given as u8,
            family: family as u8,
            title: title as u8,
            state,
            manager,
            created,
            number: number as u32,
            roll: random.next(),
        });
    }
    people
}

impl Person {
    /// Whether they work here now.
    pub(crate) fn is_active(&self) -> bool {
        self.state == State::Activated
    }

    /// A sequence of numbers of their own.
    pub(crate) fn random(&self, purpose: &str) -> Random {
        Random::new(self.roll, purpose)
    }
}

impl MadeUp for Person {
    type Facts = Facts;

    const FIELDS: &'static [&'static str] = &[
        "_id",
        "id",
        "account_locked",
        "account_locked_date",
        "activated",
        "addresses",
        "allow_public_key",
        "alternateEmail",
        "attributes",
        "badLoginAttempts",
        "company",
        "costCenter",
        "created",
        "creationSource",
        "department",
        "description",
        "disableDeviceMaxLoginAttempts",
        "displayname",
        "email",
        "employeeIdentifier",
        "employeeType",
        "enable_managed_uid",
        "enable_user_portal_multifactor",
        "external_dn",
        "external_source_type",
        "externally_managed",
        "firstname",
        "jobTitle",
        "lastname",
        "ldap_binding_user",
        "location",
        "managedAppleId",
        "manager",
        "mfa",
        "mfaEnrollment",
        "middlename",
        "organization",
        "password_date",
        "password_expiration_date",
        "password_expired",
        "password_never_expires",
        "passwordless_sudo",
        "phoneNumbers",
        "recoveryEmail",
        "relationships",
        "restrictedFields",
        "samba_service_user",
        "ssh_keys",
        "state",
        "sudo",
        "suspended",
        "systemUsername",
        "tags",
        "totp_enabled",
        "unix_guid",
        "unix_uid",
        "username",
    ];

    fn id(&self) -> Id {
        self.id
    }

    fn field(&self, name: &str, facts: &Facts) -> Option<Value> {
        let culture = &CULTURES[self.culture as usize];
        let department = &DEPARTMENTS[self.department as usize];
        let office = &OFFICES[self.office as usize];
        let (given, family) =
            (shown(culture.given[self.given as usize]), shown(culture.family[self.family as usize]));
        let staged = self.state == State::Staged;
        // Worked out only where a field needs it: filters look at a few fields of everybody.
        let enrolled = || !staged && self.random("mfa").percent(82);
        let locked = || self.is_active() && self.random("locked").percent(1);
        let password_age = || self.random("password").below(110) as i64;
        Some(match name {
            "_id" | "id" => json!(self.id.to_string()),
            "account_locked" => json!(locked()),
            "account_locked_date" if locked() => {
                json!(calendar::write(facts.today - self.random("lock").below(DAY as usize) as i64))
            }
            "activated" => json!(!staged),
            "addresses" => json!([{
                "id": Id::new(self.created / 1000, self.random("address").next()).to_string(),
                "type": "work",
                "streetAddress": office.street,
                "locality": office.city,
                "region": office.region,
                "postalCode": office.postal_code,
                "country": office.country,
                "poBox": "",
                "extendedAddress": "",
            }]),
            "alternateEmail"
            | "description"
            | "external_dn"
            | "external_source_type"
            | "managedAppleId"
            | "middlename"
            | "systemUsername" => json!(""),
            "attributes" if self.random("attributes").percent(15) => {
                json!([{"name": "badge", "value": format!("{:06}", self.random("badge").below(1_000_000))}])
            }
            "attributes" | "relationships" | "restrictedFields" | "ssh_keys" | "tags" => json!([]),
            "badLoginAttempts" => json!(if locked() { 5 } else { 0 }),
            "company" => json!(facts.company),
            "costCenter" => json!(department.cost_center),
            "created" => json!(calendar::write(self.created)),
            "creationSource" => json!(
                ["jumpcloud:bulk", "jumpcloud:gsuite", "jumpcloud:command"][self.random("source").below(3)]
            ),
            "department" => json!(department.name),
            "displayname" => json!(format!("{given} {family}")),
            "email" => json!(format!("{}@{}", self.username, facts.domain)),
            "employeeIdentifier" => json!(format!("E{:06}", self.number + 1001)),
            "employeeType" => json!(
                ["Full-time", "Full-time", "Full-time", "Full-time", "Part-time", "Contractor"]
                    [self.random("type").below(6)]
            ),
            "enable_user_portal_multifactor" => json!(enrolled()),
            "firstname" => json!(given),
            "lastname" => json!(family),
            "jobTitle" => json!(department.titles[self.title as usize]),
            "location" => json!(office.city),
            "manager" => json!(self.manager?.to_string()),
            "mfa" => json!({"configured": enrolled(), "exclusion": false}),
            "mfaEnrollment" => {
                let enrolled = enrolled();
                let word = |is: bool| if is { "ENROLLED" } else { "NOT_ENROLLED" };
                let push = enrolled && self.random("push").percent(70);
                json!({
                    "overallStatus": word(enrolled), "totpStatus": word(enrolled && !push), "pushStatus": word(push),
                    "webAuthnStatus": word(enrolled && self.random("webauthn").percent(12)),
                    "jcGoStatus": "NOT_ENROLLED", "smsStatus": "NOT_ENROLLED",
                })
            }
            "organization" => json!(facts.organization.to_string()),
            "password_date" if !staged => json!(calendar::write(facts.today - password_age() * DAY)),
            "password_expiration_date" if !staged => {
                json!(calendar::write(facts.today + (90 - password_age()) * DAY))
            }
            // Of those who never signed in, JumpCloud leaves these out.
            "password_date" | "password_expiration_date" => return None,
            "account_locked_date" => Value::Null,
            "password_expired" => json!(!staged && password_age() > 90),
            "phoneNumbers" => json!([{
                "id": Id::new(self.created / 1000, self.random("phone").next()).to_string(),
                "type": "work",
                "number": format!("{} 555 01{:02} {:03}", office.calling_code, self.random("line").below(100), self.number % 1000),
            }]),
            "recoveryEmail" => json!({"address": "", "verified": false}),
            "state" => json!(match self.state {
                State::Staged => "STAGED",
                State::Activated => "ACTIVATED",
                State::Suspended => "SUSPENDED",
            }),
            "sudo" => json!(department.name == "IT" && self.random("sudo").percent(40)),
            "suspended" => json!(self.state == State::Suspended),
            "allow_public_key" => json!(true),
            "totp_enabled" => json!(enrolled() && !self.random("push").percent(70)),
            "unix_guid" | "unix_uid" => json!(5000 + self.number),
            "username" => json!(self.username),
            "disableDeviceMaxLoginAttempts"
            | "enable_managed_uid"
            | "externally_managed"
            | "ldap_binding_user"
            | "password_never_expires"
            | "passwordless_sudo"
            | "samba_service_user" => json!(false),
            _ => return None,
        })
    }
}
