//! Which playbooks there are, what they take, and what they do.

use std::future::Future;
use std::pin::Pin;

use super::find::{Act, SYSTEM, Sets, To, USER, act, change_member, named};
use super::talk::{Talk, map, text};
use super::{commands, connection, enrich, own_system, policies};
use crate::json::{Map, Quoted, Value};
use crate::nearest::{nearest, same};
use crate::operation::Operation;
use crate::parameters::Parameters;
#[cfg(feature = "reply-schemas")]
use crate::schema::{Drift, Schema, check};
use crate::{Error, Result};

/// A playbook on its way.
pub(super) type Script = Pin<Box<dyn Future<Output = Result<Value>> + Send>>;

/// A playbook.
pub(super) struct Definition {
    pub(super) name: &'static str,
    /// What it does, in a sentence.
    does: &'static str,
    parameters: &'static [Parameter],
    /// Names of which exactly one must be given.
    one_of: &'static [&'static str],
    /// The operations it may call.
    operations: &'static [&'static str],
    pub(super) script: fn(Talk) -> Script,
}

/// What a playbook does to the organization. What changes something takes `dryRun`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    Reads,
    Changes,
    /// It changes what cannot be brought back.
    Destroys,
}

struct Parameter {
    name: &'static str,
    takes: Takes,
    required: bool,
    means: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Text,
    /// A text, or a list of at least one.
    Texts,
    Flag,
    /// A whole number from 0 to this.
    Seconds(u64),
}

const fn required(name: &'static str, takes: Takes, means: &'static str) -> Parameter {
    Parameter { name, takes, required: true, means }
}

const fn optional(name: &'static str, takes: Takes, means: &'static str) -> Parameter {
    Parameter { name, takes, required: false, means }
}

const A_USER: &str = "the user's id, username, email or employee id";
const A_SYSTEM: &str = "the system's id, hostname, display name or serial number";
const DRY_RUN: Parameter = optional(
    "dryRun",
    Takes::Flag,
    "look up what is meant, but only return the requests that would change it",
);
const ONE_USER: &[Parameter] = &[required("user", Takes::Text, A_USER)];
const ONE_SYSTEM: &[Parameter] = &[required("system", Takes::Text, A_SYSTEM)];
const MEMBER: &[Parameter] = &[
    required(
        "group",
        Takes::Text,
        "the group's id or name: a group of users for `user`, of systems for `system`",
    ),
    optional("user", Takes::Text, A_USER),
    optional("system", Takes::Text, A_SYSTEM),
];
const MEMBER_OPERATIONS: &[&str] = &[
    "v1.systemUsers.get",
    "v1.systemUsers.search",
    "v1.systems.get",
    "v1.systems.search",
    "v2.systemGroups.get",
    "v2.systemGroups.list",
    "v2.systemGroups.members.change",
    "v2.userGroups.get",
    "v2.userGroups.list",
    "v2.userGroups.members.change",
];
const OWN_GROUP: &[Parameter] = &[required("group", Takes::Text, "the system group's id")];

/// A playbook that does one thing to one user or system.
macro_rules! act {
    ($name:literal, $kind:ident, $parameters:ident, [$($look:literal),*], $operation:literal ($id:literal), $sets:expr, $does:literal) => {
        Definition {
            name: $name,
            does: $does,
            parameters: $parameters,
            one_of: &[],
            operations: &[$($look,)* $operation],
            script: |talk| {
                const ACT: Act = Act { kind: &$kind, operation: $operation, id: $id, sets: $sets };
                Box::pin(act(talk, &ACT))
            },
        }
    };
}
macro_rules! user_act {
    ($name:literal, $operation:literal, $sets:expr, $does:literal) => {
        act!(
            $name,
            USER,
            ONE_USER,
            ["v1.systemUsers.get", "v1.systemUsers.search"],
            $operation("id"),
            $sets,
            $does
        )
    };
}
macro_rules! system_act {
    ($name:literal, $operation:literal, $does:literal) => {
        act!(
            $name,
            SYSTEM,
            ONE_SYSTEM,
            ["v1.systems.get", "v1.systems.search"],
            $operation("system_id"),
            Sets::Nothing,
            $does
        )
    };
}

/// All playbooks, by name.
static PLAYBOOKS: &[Definition] = &[
    Definition {
        name: "commands.run",
        does: "runs a command on systems and waits for their results; those that have not answered by the timeout come as not finished",
        parameters: &[
            required("command", Takes::Text, "the command's id or name"),
            required("systems", Takes::Texts, "ids, hostnames, display names or serial numbers of systems"),
            optional(
                "timeout",
                Takes::Seconds(86_400),
                "how many seconds to wait for results; 120 by default",
            ),
        ],
        one_of: &[],
        operations: &[
            "v1.commandResults.get",
            "v1.commandResults.search",
            "v1.commands.get",
            "v1.commands.list",
            "v1.commands.run",
            "v1.systems.get",
            "v1.systems.search",
        ],
        script: |talk| Box::pin(commands::run(talk)),
    },
    Definition {
        name: "connection.test",
        does: "says what the credential may read, area by area; a refusal is part of the result",
        parameters: &[],
        one_of: &[],
        operations: &[
            "insights.events.count",
            "v1.applications.list",
            "v1.commands.list",
            "v1.systemUsers.list",
            "v1.systems.get",
            "v1.systems.list",
            "v2.policies.list",
            "v2.systemGroups.list",
            "v2.systems.memberOf.list",
            "v2.systems.users.list",
            "v2.userGroups.list",
        ],
        script: |talk| Box::pin(connection::test(talk)),
    },
    Definition {
        name: "groups.addMember",
        does: "adds a user or a system to a group; a member already is not changed",
        parameters: MEMBER,
        one_of: &["user", "system"],
        operations: MEMBER_OPERATIONS,
        script: |talk| Box::pin(change_member(talk, true)),
    },
    Definition {
        name: "groups.removeMember",
        does: "takes a user or a system out of a group; who is not a member is not changed",
        parameters: MEMBER,
        one_of: &["user", "system"],
        operations: MEMBER_OPERATIONS,
        script: |talk| Box::pin(change_member(talk, false)),
    },
    Definition {
        name: "policies.assign",
        does: "assigns a policy to a system or to a group of systems; where it is already, nothing is changed",
        parameters: &[
            required("policy", Takes::Text, "the policy's id or name"),
            optional("system", Takes::Text, A_SYSTEM),
            optional("group", Takes::Text, "the system group's id or name"),
        ],
        one_of: &["system", "group"],
        operations: &[
            "v1.systems.get",
            "v1.systems.search",
            "v2.policies.associations.change",
            "v2.policies.get",
            "v2.policies.list",
            "v2.systemGroups.get",
            "v2.systemGroups.list",
        ],
        script: |talk| Box::pin(policies::assign(talk)),
    },
    Definition {
        name: "policies.compliance",
        does: "says of each system that a policy reaches whether it complies, as it last reported; one that never did is unknown",
        parameters: &[required("policy", Takes::Text, "the policy's id or name")],
        one_of: &[],
        operations: &[
            "v2.policies.get",
            "v2.policies.list",
            "v2.policies.policyStatuses.list",
            "v2.policies.systems.list",
        ],
        script: |talk| Box::pin(policies::compliance(talk)),
    },
    Definition {
        name: "self.bindUser",
        does: "System Context: binds a user to the system that signs",
        parameters: &[
            required("user", Takes::Text, "the user's id"),
            optional("sudo", Takes::Flag, "make the user an administrator of the system"),
            optional("sudoWithoutPassword", Takes::Flag, "and ask for no password then"),
        ],
        one_of: &[],
        operations: &["v2.systems.associations.change"],
        script: |talk| Box::pin(own_system::bind_user(talk)),
    },
    Definition {
        name: "self.delete",
        does: "System Context: deletes the system that signs from its organization",
        parameters: &[],
        one_of: &[],
        operations: &["v1.systems.delete"],
        script: |talk| Box::pin(own_system::delete(talk)),
    },
    Definition {
        name: "self.join",
        does: "System Context: makes the system that signs a member of a group",
        parameters: OWN_GROUP,
        one_of: &[],
        operations: &["v2.systemGroups.members.change"],
        script: |talk| Box::pin(own_system::change_membership(talk, true)),
    },
    Definition {
        name: "self.leave",
        does: "System Context: takes the system that signs out of a group",
        parameters: OWN_GROUP,
        one_of: &[],
        operations: &["v2.systemGroups.members.change"],
        script: |talk| Box::pin(own_system::change_membership(talk, false)),
    },
    Definition {
        name: "systems.enrich",
        does: "gives a system with its groups, users, and policies with what it reported of them",
        parameters: ONE_SYSTEM,
        one_of: &[],
        operations: &[
            "v1.systemUsers.get",
            "v1.systems.get",
            "v1.systems.search",
            "v2.policies.get",
            "v2.systemGroups.get",
            "v2.systems.memberOf.list",
            "v2.systems.policies.list",
            "v2.systems.policyStatuses.list",
            "v2.systems.users.list",
        ],
        script: |talk| Box::pin(enrich::system(talk)),
    },
    system_act!("systems.erase", "v1.systems.erase", "erases a system's disk"),
    Definition {
        name: "systems.find",
        does: "gives the one system that is meant",
        parameters: ONE_SYSTEM,
        one_of: &[],
        operations: &["v1.systems.get", "v1.systems.search"],
        script: |talk| Box::pin(async move { named(&talk, &SYSTEM).await }),
    },
    system_act!("systems.lock", "v1.systems.lock", "locks a system's screen"),
    system_act!("systems.restart", "v1.systems.restart", "restarts a system"),
    system_act!(
        "systems.shutdown",
        "v1.systems.shutdown",
        "shuts a system down; one that is offline, when it is back"
    ),
    user_act!(
        "users.activate",
        "v1.systemUsers.activate",
        Sets::Once("state", To::Text("ACTIVATED")),
        "activates a suspended or staged user"
    ),
    Definition {
        name: "users.enrich",
        does: "gives a user with groups, systems, applications, and the state of password and MFA",
        parameters: ONE_USER,
        one_of: &[],
        operations: &[
            "v1.applications.get",
            "v1.systemUsers.get",
            "v1.systemUsers.search",
            "v1.systems.get",
            "v2.userGroups.get",
            "v2.users.applications.list",
            "v2.users.memberOf.list",
            "v2.users.systems.list",
        ],
        script: |talk| Box::pin(enrich::user(talk)),
    },
    // Also where it has ended already: the user is signed out everywhere.
    user_act!(
        "users.expirePassword",
        "v1.systemUsers.expire",
        Sets::Always("password_expired", To::Flag(true)),
        "ends a user's password at once, which must be changed at the next sign-in"
    ),
    Definition {
        name: "users.find",
        does: "gives the one user that is meant",
        parameters: ONE_USER,
        one_of: &[],
        operations: &["v1.systemUsers.get", "v1.systemUsers.search"],
        script: |talk| Box::pin(async move { named(&talk, &USER).await }),
    },
    // Also where no device is known: a period to set one up may begin anew.
    user_act!(
        "users.resetMfa",
        "v1.systemUsers.resetMfa",
        Sets::Always("totp_enabled", To::Flag(false)),
        "forgets a user's TOTP device, so that it is set up anew"
    ),
    user_act!(
        "users.suspend",
        "v1.systemUsers.suspend",
        Sets::Once("state", To::Text("SUSPENDED")),
        "suspends a user, who loses access to everything"
    ),
    user_act!(
        "users.unlock",
        "v1.systemUsers.unlock",
        Sets::Once("account_locked", To::Flag(false)),
        "unlocks a user who was locked out"
    ),
];

impl Definition {
    pub(super) fn find(name: &str) -> Result<&'static Definition> {
        PLAYBOOKS.iter().find(|known| same(name, known.name)).ok_or_else(|| {
            let near = nearest(name, PLAYBOOKS.iter().map(|known| known.name));
            Error::invalid(format!("there is no playbook {name}{near}", name = Quoted(name)))
        })
    }

    /// What the gravest operation does that it may call. The tests hold that there is each of them.
    fn effect(&self) -> Effect {
        let called = self.operations.iter().filter_map(|name| Operation::find(name).ok());
        let effects = called.map(|operation| match (operation.safe, operation.destructive) {
            (_, true) => Effect::Destroys,
            (false, _) => Effect::Changes,
            (true, _) => Effect::Reads,
        });
        effects.max().unwrap_or(Effect::Reads)
    }

    fn parameters(&self) -> impl Iterator<Item = &Parameter> + Clone {
        let dry_run = (self.effect() != Effect::Reads).then_some(&DRY_RUN);
        self.parameters.iter().chain(dry_run)
    }

    /// What the caller gave, each of it known and of its kind.
    pub(super) fn read(&self, given: &Parameters) -> Result<Map> {
        given.check()?;
        let given = given.spelled(self.parameters().map(|known| (known.name, known.name)))?;
        let mut read = Map::default();
        for name in given.names() {
            let Some(parameter) = self.parameters().find(|known| known.name == name) else {
                let near = nearest(name, self.parameters().map(|known| known.name));
                let message = format!("it takes no {name}{near}", name = Quoted(name));
                return Err(Error::invalid(message).parameter_named(name));
            };
            let json = given.get(name).unwrap_or_default();
            let value = Value::read(json).ok().filter(|value| parameter.takes.accepts(value));
            let value = value.ok_or_else(|| {
                let message = format!("{name}: expected {}, got {json}", parameter.takes.words());
                Error::invalid(message).parameter_named(name)
            })?;
            read.insert(name.to_owned(), value);
        }
        if let Some(missing) =
            self.parameters().find(|known| known.required && !read.contains_key(known.name))
        {
            let message = format!("{} is missing: {}", missing.name, missing.means);
            return Err(Error::invalid(message).parameter_named(missing.name));
        }
        let given = self.one_of.iter().filter(|name| read.contains_key(name)).count();
        if !self.one_of.is_empty() && given != 1 {
            let message = format!("expected one of {}, got {given}", self.one_of.join(", "));
            return Err(
                Error::invalid(message).parameter_named(self.one_of.first().copied().unwrap_or_default())
            );
        }
        Ok(read)
    }

    fn describe(&self) -> Value {
        let mut properties = Map::default();
        for parameter in self.parameters() {
            let mut schema = parameter.takes.schema();
            schema.insert("description".to_owned(), text(parameter.means));
            properties.insert(parameter.name.to_owned(), Value::Object(schema));
        }
        let required = self.parameters.iter().filter(|known| known.required).map(|known| text(known.name));
        let mut parameters = map([
            ("type", text("object")),
            ("properties", Value::Object(properties)),
            ("required", Value::Array(required.collect())),
            ("additionalProperties", Value::Bool(false)),
        ]);
        if !self.one_of.is_empty() {
            let each = self
                .one_of
                .iter()
                .map(|name| Value::Object(map([("required", Value::Array(vec![text(name)]))])));
            parameters.insert("oneOf".to_owned(), Value::Array(each.collect()));
        }
        let mut described = Map::default();
        let mut set = |key: &str, value: Value| described.insert(key.to_owned(), value);
        set("name", text(self.name));
        set("description", text(self.does));
        set("safe", Value::Bool(self.effect() == Effect::Reads));
        set("destructive", Value::Bool(self.effect() == Effect::Destroys));
        set("operations", Value::Array(self.operations.iter().map(|name| text(name)).collect()));
        set("parameters", Value::Object(parameters));
        #[cfg(feature = "reply-schemas")]
        set("result", crate::catalogue::whole_schema(&self.result()));
        Value::Object(described)
    }

    /// What it gives: a line of `table/playbooks.txt`, which is made of `core/api/playbooks.json`.
    #[cfg(feature = "reply-schemas")]
    fn result(&self) -> Schema {
        crate::schema::with_replies();
        let lines = include_str!(concat!(env!("OUT_DIR"), "/playbooks.txt")).lines();
        let known = lines.filter_map(|line| line.split_once('\t')).find(|(name, _)| *name == self.name);
        Schema::parse(known.map_or("*", |(_, expression)| expression))
    }
}

impl Takes {
    fn accepts(self, value: &Value) -> bool {
        let filled = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
        match (self, value) {
            (Takes::Text, value) => filled(value),
            (Takes::Texts, Value::Array(items)) => !items.is_empty() && items.iter().all(filled),
            (Takes::Texts, value) => filled(value),
            (Takes::Flag, value) => matches!(value, Value::Bool(_)),
            (Takes::Seconds(most), Value::Number(number)) => {
                number.parse::<u64>().is_ok_and(|seconds| seconds <= most)
            }
            (Takes::Seconds(_), _) => false,
        }
    }

    fn words(self) -> String {
        match self {
            Takes::Text => "a string that is not empty".to_owned(),
            Takes::Texts => "a string or a list of strings, none of them empty".to_owned(),
            Takes::Flag => "true or false".to_owned(),
            Takes::Seconds(most) => format!("a whole number of seconds from 0 to {most}"),
        }
    }

    fn schema(self) -> Map {
        let filled = || map([("type", text("string")), ("minLength", Value::Number("1".to_owned()))]);
        match self {
            Takes::Text => filled(),
            Takes::Texts => {
                let list = map([
                    ("type", text("array")),
                    ("items", Value::Object(filled())),
                    ("minItems", Value::Number("1".to_owned())),
                ]);
                map([("anyOf", Value::Array(vec![Value::Object(filled()), Value::Object(list)]))])
            }
            Takes::Flag => map([("type", text("boolean"))]),
            Takes::Seconds(most) => map([
                ("type", text("integer")),
                ("minimum", Value::Number("0".to_owned())),
                ("maximum", Value::Number(most.to_string())),
            ]),
        }
    }
}

/// All playbooks as a JSON array, by name: what each does, whether it only reads (`safe`) or changes what cannot be
/// brought back (`destructive`), the operations it may call (of which
/// [`scopes`](crate::catalogue::scopes) makes the rights it needs), and its `parameters` as a JSON Schema. With the
/// feature `reply-schemas` also `result`, the JSON Schema of what it gives.
///
/// ```
/// let all: serde_json::Value = serde_json::from_str(&jumpcloud_core::playbooks())?;
/// let suspend = all.as_array().unwrap().iter().find(|playbook| playbook["name"] == "users.suspend").unwrap();
/// assert_eq!(suspend["parameters"]["required"], serde_json::json!(["user"]));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn playbooks() -> String {
    Value::Array(PLAYBOOKS.iter().map(Definition::describe).collect()).to_string()
}

/// A playbook as an item of [`playbooks`]; nothing for a name that there is not.
pub(crate) fn describe(name: &str) -> Option<String> {
    PLAYBOOKS.iter().find(|known| same(name, known.name)).map(|known| known.describe().to_string())
}

/// Where what a playbook gave differs from its description (with the feature `reply-schemas`).
///
/// # Errors
/// [`ErrorKind::InvalidRequest`](crate::ErrorKind) for a name that there is not, and when `result` is not JSON.
#[cfg(feature = "reply-schemas")]
pub fn drift(name: &str, result: &str) -> Result<Vec<Drift>> {
    check(&Definition::find(name)?.result(), "result", result)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_sorted_and_keeps_its_word() {
        assert!(PLAYBOOKS.is_sorted_by(|one, next| one.name < next.name));
        for playbook in PLAYBOOKS {
            let distinct: BTreeSet<_> = playbook.operations.iter().collect();
            assert_eq!(distinct.len(), playbook.operations.len(), "{}", playbook.name);
            for name in playbook.operations {
                assert_eq!(Operation::find(name).unwrap().name, *name, "{}", playbook.name);
            }
            for name in playbook.one_of {
                assert!(playbook.parameters.iter().any(|known| known.name == *name && !known.required));
            }
        }
    }

    #[cfg(feature = "reply-schemas")]
    #[test]
    fn every_playbook_says_what_it_gives() {
        for playbook in PLAYBOOKS {
            assert!(playbook.result().kind != crate::schema::Kind::Any, "{}", playbook.name);
            let described = playbook.describe().to_string();
            let described: serde_json::Value = serde_json::from_str(&described).unwrap();
            let name = described["result"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
            let properties = described["result"]["$defs"][name]["properties"].as_object().unwrap();
            let has = |key: &str| properties.contains_key(key);
            let changes = ["before", "after", "changed", "requests"].iter().filter(|key| has(key)).count();
            assert_eq!(changes, if playbook.effect() == Effect::Reads { 0 } else { 4 }, "{}", playbook.name);
        }
        let lines = include_str!("../table/playbooks.txt").lines();
        let names: Vec<&str> = lines.filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(names, PLAYBOOKS.iter().map(|playbook| playbook.name).collect::<Vec<_>>());
    }

    #[test]
    fn a_playbook_may_go_from_thread_to_thread() {
        fn sent<T: Send>() {}
        sent::<super::super::Playbook>();
    }
}
