//! Finds the one object that a caller means, and does one thing to it.

use super::talk::{Change, Talk, extend, map, picked, refused, text, text_at, with_body};
use crate::filter::{Filter, eq, eq_ignoring_case, or, wildcard};
use crate::json::{Map, Quoted, Value};
use crate::parameters::Parameters;
use crate::{Error, ErrorKind, Result};

/// A kind of object, and what it is known by.
pub(super) struct Kind {
    /// What it is called in messages, and in results.
    pub(super) noun: &'static str,
    get: &'static str,
    list: &'static str,
    /// The key of its id.
    id: &'static str,
    /// The fields that name it, and their names for a person.
    names: &'static [(&'static str, &'static str)],
    /// Whether `list` is a search, which can look at several fields without regard to case.
    search: bool,
    /// Whether `list` reads a `*` in a name as any text, and cannot be asked for the letter.
    wildcards: bool,
    /// What is told of it beside its id: who or what it is.
    told: &'static [&'static str],
    /// What is told as well where it is only looked at: what playbooks change.
    state: &'static [&'static str],
}

pub(super) const USER: Kind = Kind {
    noun: "user",
    get: "v1.systemUsers.get",
    list: "v1.systemUsers.search",
    id: "_id",
    names: &[("username", "username"), ("email", "email"), ("employeeIdentifier", "employee id")],
    search: true,
    wildcards: false,
    told: &["username", "email"],
    state: &["state"],
};
pub(super) const SYSTEM: Kind = Kind {
    noun: "system",
    get: "v1.systems.get",
    list: "v1.systems.search",
    id: "_id",
    names: &[("hostname", "hostname"), ("displayName", "display name"), ("serialNumber", "serial number")],
    search: true,
    wildcards: false,
    told: &["displayName", "hostname", "os", "active", "lastContact"],
    state: &[],
};
pub(super) const USER_GROUP: Kind = Kind {
    noun: "group",
    get: "v2.userGroups.get",
    list: "v2.userGroups.list",
    id: "id",
    names: &[("name", "name")],
    search: false,
    wildcards: true,
    told: &["name", "type"],
    state: &[],
};
pub(super) const SYSTEM_GROUP: Kind =
    Kind { get: "v2.systemGroups.get", list: "v2.systemGroups.list", ..USER_GROUP };
pub(super) const COMMAND: Kind = Kind {
    noun: "command",
    get: "v1.commands.get",
    list: "v1.commands.list",
    id: "_id",
    names: &[("name", "name")],
    search: false,
    wildcards: false,
    told: &["name"],
    state: &[],
};
pub(super) const POLICY: Kind = Kind {
    noun: "policy",
    get: "v2.policies.get",
    list: "v2.policies.list",
    id: "id",
    names: &[("name", "name")],
    search: false,
    wildcards: true,
    told: &["name"],
    state: &[],
};
/// Told of by id only; a caller does not name one.
pub(super) const APPLICATION: Kind = Kind {
    noun: "application",
    get: "v1.applications.get",
    list: "v1.applications.list",
    id: "_id",
    names: &[],
    search: false,
    wildcards: false,
    told: &["name", "displayName", "displayLabel"],
    state: &[],
};

impl Kind {
    pub(super) fn get(&self) -> &'static str {
        self.get
    }

    /// The id and the few facts by which a person recognises the object.
    pub(super) fn brief(&self, object: &Value) -> Value {
        let mut brief = map([("id", text(text_at(object, self.id)))]);
        extend(&mut brief, &picked(object, self.told));
        Value::Object(brief)
    }

    /// [`Kind::brief`] with the object's state.
    pub(super) fn seen(&self, object: &Value) -> Value {
        let mut brief = self.brief(object);
        if let Value::Object(entries) = &mut brief {
            extend(entries, &picked(object, self.state));
        }
        brief
    }

    pub(super) fn id<'a>(&self, object: &'a Value) -> &'a str {
        text_at(object, self.id)
    }

    fn known_by(&self, object: &Value, wanted: &str) -> Option<&'static str> {
        let same = |key: &str| {
            let known = text_at(object, key);
            known == wanted || (self.search && known.to_lowercase() == wanted.to_lowercase())
        };
        self.names.iter().find(|(key, _)| same(key)).map(|(_, called)| *called)
    }

    fn filter(&self, wanted: &str) -> Filter {
        match self.names {
            [(name, _)] if self.wildcards && wanted.contains('*') => wildcard(*name, wanted),
            [(name, _)] => eq(*name, wanted),
            names => or(names.iter().map(|(name, _)| eq_ignoring_case(*name, wanted))),
        }
    }

    fn called(&self) -> String {
        let names: Vec<&str> = self.names.iter().map(|(_, called)| *called).collect();
        names.join(", ")
    }
}

/// So many objects of one name are told apart in a message.
const MOST_NAMED: usize = 10;

/// The id of most objects: 24 hexadecimal digits.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The one object that the caller's text means: by id, or by one of its names.
pub(super) async fn find(talk: &Talk, kind: &Kind, parameter: &str, wanted: &str) -> Result<Value> {
    if is_id(wanted) {
        match talk.call(kind.get, Parameters::new().with("id", wanted)).await {
            // What an answer does not say of itself may not be acted upon.
            Ok(object) if kind.id(&object).eq_ignore_ascii_case(wanted) => return Ok(object),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    let asked = Parameters::new().with("filter", kind.filter(wanted));
    // A pattern matches others than the name itself.
    let most = (!(kind.wildcards && wanted.contains('*'))).then_some(MOST_NAMED as u64);
    let mut found = talk.list(kind.list, asked, most).await?;
    // A service that takes no notice of a filter answers with anything at all.
    found.retain(|object| !kind.id(object).is_empty() && kind.known_by(object, wanted).is_some());
    let (noun, quoted) = (kind.noun, Quoted(wanted));
    match (found.pop(), found.len()) {
        (None, _) => Err(Error::new(
            ErrorKind::NotFound,
            format!("{parameter}: no {noun} has the id, {} {quoted}", kind.called().replace(", ", " or ")),
        )
        .parameter_named(parameter)),
        (Some(object), 0) => Ok(object),
        (Some(last), others) => {
            found.push(last);
            let count = others + 1;
            let more = if count >= MOST_NAMED { "at least " } else { "" };
            let each = found.iter().map(|object| {
                format!("{} ({})", kind.id(object), kind.known_by(object, wanted).unwrap_or_default())
            });
            let each: Vec<String> = each.collect();
            let message =
                format!("{parameter}: {more}{count} match {quoted}: {}; give the id of one", each.join(", "));
            Err(refused(parameter, message))
        }
    }
}

/// The one object that the parameter of its kind's name means.
pub(super) async fn named(talk: &Talk, kind: &Kind) -> Result<Value> {
    let wanted = talk.text(kind.noun).unwrap_or_default();
    find(talk, kind, kind.noun, &wanted).await
}

/// One thing that is done to one object.
pub(super) struct Act {
    pub(super) kind: &'static Kind,
    pub(super) operation: &'static str,
    /// The operation's parameter for the id.
    pub(super) id: &'static str,
    pub(super) sets: Sets,
}

/// What an act changes of its object.
pub(super) enum Sets {
    /// Nothing that JumpCloud tells.
    Nothing,
    /// This field to this value; where it has it already, there is nothing to do.
    Once(&'static str, To),
    /// This field to this value. There is more to it, so that it is done where the field has the value, too.
    Always(&'static str, To),
}

/// The value that a field is set to.
pub(super) enum To {
    Text(&'static str),
    Flag(bool),
}

/// `users.suspend`, `systems.lock`, …: finds the object, and does it unless it is so already.
pub(super) async fn act(talk: Talk, act: &'static Act) -> Result<Value> {
    let object = named(&talk, act.kind).await?;
    let sets = match &act.sets {
        Sets::Nothing => None,
        Sets::Once(key, to) | Sets::Always(key, to) => Some((*key, to.value())),
    };
    let is_so = sets.as_ref().is_some_and(|(key, value)| object.get(key) == Some(value));
    let mut change = Change::Already;
    if !(is_so && matches!(act.sets, Sets::Once(..))) {
        let parameters = Parameters::new().with(act.id, act.kind.id(&object));
        change = talk.change(act.operation, parameters, None).await?;
    }
    let (before, after) = match sets {
        Some((key, value)) => (Value::Object(picked(&object, &[key])), Value::Object(map([(key, value)]))),
        None => (Value::Null, Value::Null),
    };
    Ok(talk.changed(change, map([(act.kind.noun, act.kind.brief(&object))]), before, after))
}

impl To {
    fn value(&self) -> Value {
        match self {
            To::Text(words) => text(words),
            To::Flag(flag) => Value::Bool(*flag),
        }
    }
}

/// Adds to a group, or takes from it.
pub(super) async fn change_member(talk: Talk, add: bool) -> Result<Value> {
    let (kind, groups, operation) = match talk.text(USER.noun) {
        Some(_) => (&USER, &USER_GROUP, "v2.userGroups.members.change"),
        None => (&SYSTEM, &SYSTEM_GROUP, "v2.systemGroups.members.change"),
    };
    let group = named(&talk, groups).await?;
    let member = named(&talk, kind).await?;
    let parameters = Parameters::new().with("group_id", groups.id(&group));
    let change = link(&talk, operation, parameters, add, kind.noun, kind.id(&member), None).await?;
    let found = map([("group", groups.brief(&group)), (kind.noun, kind.brief(&member))]);
    Ok(talk.tied(change, found, "member", add))
}

/// Adds a member or an association, or removes it. 409 says that it was there already, 404 that it was not; whoever
/// calls this knows that both ends exist.
pub(super) async fn link(
    talk: &Talk,
    operation: &'static str,
    parameters: Parameters,
    add: bool,
    kind: &str,
    id: &str,
    attributes: Option<Map>,
) -> Result<Change> {
    let mut body =
        map([("op", text(if add { "add" } else { "remove" })), ("type", text(kind)), ("id", text(id))]);
    if let Some(attributes) = attributes {
        body.insert("attributes".to_owned(), Value::Object(attributes));
    }
    let already = if add { ErrorKind::Conflict } else { ErrorKind::NotFound };
    talk.change(operation, with_body(parameters, body), Some(already)).await
}
