//! The table of operations: what each one is called, takes, needs and gives.
//!
//! `table/operations.txt` holds one operation a line, in the order of their names, as columns between tabs:
//!
//! 1. the dotted name
//! 2. the HTTP method
//! 3. the path, `{parameter}`s included
//! 4. its operationIds other than the one that follows from method and path (`-`: that one does not apply)
//! 5. flags: credentials (`a` key or bearer, `s` also System Context, `c` client id and secret, `n` none);
//!    organization header, taken by default (`x` refused, `o` required, `m` many); `r` reads only, `i` idempotent,
//!    `d` destructive, `f` resets what is left out, `u` may reset it (nobody says), `z` deprecated; what an answer may be that elsewhere is
//!    an error: `e` it has a key `error`, `t` it is a text
//! 6. paging: strategy, size, position, maximum (`?` when JumpCloud does not state it), key of the items (`?` when a single
//!    one may come as it is), of the total, of the cursor, the field that we sort by, the field that tells items apart (dots
//!    lead into inner objects), which total counts what offsets count (`b` the one in the body, `h` the header
//!    `x-total-count`); of a list of events, the field with an event's time, and the keys of the body from and to which it
//!    asks for events (RFC 3339, or where the path ends in `seconds`, seconds since 1970)
//! 7. parameters: place (`/` path, `?` query, `@` header, `>` filter that goes into the body), name, `=` and what it was
//!    called before, `!` when required, style (`,` joined by commas, `*` repeated, `_` joined by spaces, `%` nested), schema
//!    (`f`: a filter, `g`: one that says `gte` for `ge`); path parameters that are plain text are not repeated here
//! 8. body: `J` JSON, `A` JSON or bytes, `M` multipart, `F` form, `B` bytes; `!` when required; schema
//! 9. what a success holds: `J` JSON, `JT` JSON or text, `T` text, `B` bytes, `E` nothing; and its media types,
//!    where they are others than `application/json`
//! 10. the OAuth scopes of which a caller needs one
//! 11. under System Context, the parameter that must be the caller's own system id

mod columns;
mod packed;
mod read;

use std::sync::OnceLock;

use crate::json::Quoted;
use crate::nearest::{fuller, nearest_within, same, suggestion};
use crate::region::HostFamily;
#[cfg(feature = "reply-schemas")]
use crate::schema::{Drift, Schema, check};
use crate::{Error, Result};

pub use columns::{
    Accepts, Answers, Api, Body, BodyForm, Counts, Method, Order, Organization, Paging, Parameter, Place,
    Strategy, Style, Times,
};

/// Everything the table knows of one operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The dotted name, as `v2.userGroups.members.list`.
    pub name: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path from the host on, as `/api/v2/usergroups/{group_id}/members`.
    pub path: &'static str,
    /// The credentials it accepts.
    pub accepts: Accepts,
    /// Whether it takes an organization.
    pub organization: Organization,
    /// It only reads.
    pub safe: bool,
    /// Doing it twice is doing it once: it may be retried.
    pub idempotent: bool,
    /// It deletes or locks away something.
    pub destructive: bool,
    /// Whether what its body leaves out is reset. `None` where no source says, which is so of some PUTs and PATCHes
    /// (`api/effects.tsv`): whoever calls one sends the whole object, to be safe.
    ///
    /// ```
    /// use jumpcloud_core::Operation;
    ///
    /// assert_eq!(Operation::find("v1.commands.replace")?.full_replace, Some(true));
    /// assert_eq!(Operation::find("v1.systemUsers.update")?.full_replace, Some(false));
    /// assert_eq!(Operation::find("v1.radiusServers.update")?.full_replace, None);
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    pub full_replace: Option<bool>,
    /// JumpCloud says that it will go.
    pub deprecated: bool,
    /// A success may have a key `error` or `errors`, which elsewhere only errors have.
    pub may_say_error: bool,
    /// What it answers may be a text in JSON; elsewhere that is an error, or confirms a change.
    pub may_be_text: bool,
    /// Its paging, when it is a list.
    pub paging: Option<Paging>,
    /// Its parameters, path parameters first.
    pub parameters: Vec<Parameter>,
    /// Its body.
    pub body: Option<Body>,
    /// What a success holds.
    pub answers: Answers,
    /// The media types that JumpCloud describes for it.
    pub media_types: Vec<&'static str>,
    /// The OAuth scopes of which the caller needs one.
    pub scopes: Vec<&'static str>,
    /// Under System Context: the parameter (or `body.id`) that must be the caller's own system id.
    pub own_system: &'static str,
}

/// A reply that JumpCloud describes.
#[cfg(feature = "reply-schemas")]
#[derive(Clone, Debug)]
pub struct ReplyShape {
    /// The status, or `default`.
    pub status: &'static str,
    /// The media type; empty when there is no body.
    pub media_type: &'static str,
    /// What the body looks like.
    pub schema: Schema,
}

/// `table/replies.txt`: name, filter fields, and one column a reply: status, media type, schema.
#[cfg(feature = "reply-schemas")]
fn reply_columns(name: &str) -> impl Iterator<Item = &'static str> {
    static LINES: OnceLock<Vec<(&str, &str)>> = OnceLock::new();
    let lines = LINES.get_or_init(|| {
        let lines = include_str!(concat!(env!("OUT_DIR"), "/replies.txt")).lines();
        lines.filter_map(|line| line.split_once('\t')).collect()
    });
    let found = lines.binary_search_by_key(&name, |(known, _)| known).ok().and_then(|index| lines.get(index));
    found.map_or("", |(_, columns)| columns).split('\t')
}

impl PartialEq for Operation {
    fn eq(&self, other: &Operation) -> bool {
        self.name == other.name
    }
}

/// The table as it is compiled in; [`packed`] reads it.
fn table() -> &'static packed::Packed<'static> {
    static TABLE: OnceLock<packed::Packed<'static>> = OnceLock::new();
    let text = include_str!(concat!(env!("OUT_DIR"), "/operations.txt"));
    TABLE.get_or_init(|| packed::Packed { lines: text.split('\n').collect(), count: COUNT })
}

/// What filters compare fields with: see [`filter::fields`](crate::filter).
pub(crate) fn filter_fields() -> &'static str {
    #[cfg(feature = "composer")]
    return table().lines.last().copied().unwrap_or_default();
    #[cfg(not(feature = "composer"))]
    include_str!(concat!(env!("OUT_DIR"), "/filter-fields.txt"))
}

/// The schemas of bodies, by number.
pub(crate) fn body_schemas() -> impl Iterator<Item = &'static str> {
    #[cfg(feature = "composer")]
    return table().schemas().iter().copied();
    #[cfg(not(feature = "composer"))]
    include_str!(concat!(env!("OUT_DIR"), "/body-schemas.txt")).lines()
}

/// The operations of the table's lines, each once it was asked for.
static OPERATIONS: [OnceLock<Box<Operation>>; COUNT] = [const { OnceLock::new() }; COUNT];
const COUNT: usize = include!(concat!(env!("OUT_DIR"), "/count.txt"));

/// Of each operation, in their order, the operationIds but for the one that follows from method and path; a sign in front
/// says that it has none such.
#[cfg(feature = "ids")]
fn ids() -> impl Iterator<Item = String> {
    packed::ids(include_str!(concat!(env!("OUT_DIR"), "/operation-ids.txt")), names())
}

/// What does the same as an operation that is gone, or nothing; for an id of the older SDKs
/// in whatever case (`table/gone-ids.txt`: id, name).
#[cfg(feature = "ids")]
fn gone(id: &str) -> Option<&'static str> {
    let mut lines = include_str!("table/gone-ids.txt").lines();
    lines.find_map(|line| line.split_once('\t').filter(|(known, _)| same(known, id)).map(|(_, now)| now))
}

/// The names in the table, in their order.
fn names() -> impl Iterator<Item = String> {
    table().names()
}

/// What an operation of that name does: its last word.
fn verb(name: &str) -> &str {
    let dot = name.bytes().rposition(|letter| letter == b'.');
    name.get(dot.map_or(0, |dot| dot + 1)..).unwrap_or_default()
}

/// No name and no operationId is longer than this.
const LONGEST_NAME: usize = 128;

impl Operation {
    /// All operations, in the order of their names.
    pub fn all() -> impl ExactSizeIterator<Item = &'static Operation> {
        let mut names = names().enumerate();
        OPERATIONS.iter().map(move |operation| {
            let (index, name) = names.next().unwrap_or_default();
            &**operation.get_or_init(|| Operation::parse(&name, table(), index))
        })
    }

    /// The operation of that dotted name or, with the feature `operation-ids`, operationId.
    ///
    /// ```
    /// use jumpcloud_core::Operation;
    ///
    /// let operation = Operation::find("v2.userGroups.list").unwrap();
    /// assert_eq!(operation.path, "/api/v2/usergroups");
    /// assert!(std::ptr::eq(operation, Operation::find("UserGroups_listAll").unwrap()));
    /// assert!(std::ptr::eq(operation, Operation::find("getApiV2Usergroups").unwrap()));
    ///
    /// assert!(std::ptr::eq(operation, Operation::find("v2.user-groups.list").unwrap()));
    ///
    /// let error = Operation::find("v2.userGroup.list").unwrap_err();
    /// assert!(error.to_string().contains("v2.userGroups.list"));
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind), with the nearest known name.
    pub fn find(name: &str) -> Result<&'static Operation> {
        #[cfg(feature = "operation-ids")]
        return Operation::called(name);
        #[cfg(not(feature = "operation-ids"))]
        Operation::search(name)
    }

    /// The operation of that dotted name or, with the feature `ids`, operationId: for programs whose calls do without the
    /// feature `operation-ids`, with which [`find`](Operation::find) does the same.
    ///
    /// ```
    /// use jumpcloud_core::Operation;
    ///
    /// # #[cfg(feature = "ids")]
    /// assert_eq!(Operation::called("UserGroups_listAll")?.name, "v2.userGroups.list");
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind), with the nearest known name.
    pub fn called(name: &str) -> Result<&'static Operation> {
        #[cfg(not(feature = "ids"))]
        return Operation::find(name);
        #[cfg(feature = "ids")]
        {
            if let Some(operation) = Operation::exactly(name).or_else(|| Operation::by_id(name)) {
                return Ok(operation);
            }
            if let Some(now) = gone(name) {
                let instead =
                    if now.is_empty() { String::new() } else { format!("; call {now}", now = Quoted(now)) };
                return Err(Error::invalid(format!(
                    "{name} was an operation of JumpCloud's older SDKs; JumpCloud has it no more{instead}",
                    name = Quoted(name)
                )));
            }
            Operation::search(name)
        }
    }

    /// Its place in the table.
    pub(crate) fn place(&self) -> Option<usize> {
        table().find(self.name)
    }

    fn exactly(name: &str) -> Option<&'static Operation> {
        let index = table().find(name)?;
        Some(&**OPERATIONS.get(index)?.get_or_init(|| Operation::parse(name, table(), index)))
    }

    #[cfg(feature = "ids")]
    fn by_id(name: &str) -> Option<&'static Operation> {
        let derived =
            |operation: &Operation| derived_operation_id(operation.method, operation.path).eq(name.chars());
        let mut known = Operation::all().zip(ids());
        let found = known.find(|(operation, ids)| {
            other(ids).any(|id| id == name) || has_derived(ids) && derived(operation)
        });
        found.map(|(operation, _)| operation)
    }

    fn search(name: &str) -> Result<&'static Operation> {
        if name.len() > LONGEST_NAME {
            return Err(Error::invalid(format!("there is no operation {name}", name = Quoted(name))));
        }
        if let Some(operation) = Operation::exactly(name) {
            return Ok(operation);
        }
        let known: Vec<String> = names().collect();
        if let Some(known) = known.iter().find(|known| same(name, known))
            && let Some(operation) = Operation::exactly(known)
        {
            return Ok(operation);
        }
        // Only a dotted name says what it does: an id that is nearly the same may be that of another operation.
        // What does something else (unlock for lock) is not what was meant, and a long text is no name at all.
        let meant = verb(name);
        let known_verb = known.iter().any(|known| verb(known) == meant);
        let mut alike: Vec<&str> = Vec::new();
        for known in &known {
            if !known_verb || verb(known) == meant {
                alike.push(known);
            }
        }
        let near = match fuller(name, &alike) {
            Some(fuller) => suggestion(fuller),
            None => nearest_within(1 + name.len() / 8, name, &mut alike.into_iter()),
        };
        Err(Error::invalid(format!("there is no operation {name}{near}", name = Quoted(name))))
    }

    /// Its official operationIds, the newest first (with the feature `ids`).
    #[cfg(feature = "ids")]
    pub fn operation_ids(&self) -> impl Iterator<Item = String> {
        let ids = self.place().and_then(|index| ids().nth(index)).unwrap_or_default();
        self.with_derived(&ids)
    }

    /// All operations with what [`operation_ids`](Operation::operation_ids) gives of each: for one alone the ids of all
    /// before it are read.
    #[cfg(feature = "ids")]
    pub(crate) fn all_with_ids() -> impl Iterator<Item = (&'static Operation, Vec<String>)> {
        Operation::all()
            .zip(ids())
            .map(|(operation, ids)| (operation, operation.with_derived(&ids).collect()))
    }

    /// The operationIds of its line, and before them the one that follows from method and path, if it has that.
    #[cfg(feature = "ids")]
    fn with_derived(&self, ids: &str) -> impl Iterator<Item = String> + use<> {
        let derived = has_derived(ids).then(|| derived_operation_id(self.method, self.path).collect());
        let other: Vec<String> = other(ids).map(str::to_owned).collect();
        derived.into_iter().chain(other)
    }

    /// The API it belongs to.
    pub fn api(&self) -> Api {
        match self.name.split('.').next() {
            Some("v1") => Api::V1,
            Some("v2") => Api::V2,
            Some("insights") => Api::Insights,
            Some("oauth") => Api::OAuth,
            _ => Api::Storage,
        }
    }

    /// The host it is called on; none for an upload, whose address JumpCloud gives.
    pub fn host(&self) -> Option<HostFamily> {
        match self.api() {
            Api::V1 | Api::V2 => Some(HostFamily::Console),
            Api::Insights => Some(HostFamily::Insights),
            Api::OAuth => Some(HostFamily::OAuth),
            Api::Storage => None,
        }
    }

    /// The names of what a caller may pass: the parameters, and `body` where there is one.
    pub(crate) fn names_taken(&self) -> impl Iterator<Item = &'static str> + Clone {
        let body = self.body.as_ref().map(|_| "body");
        self.parameters.iter().map(|parameter| parameter.name).chain(body)
    }

    /// Every name that a caller may say, with the one it stands for: first those there are, then the former ones.
    pub(crate) fn spellings(&self) -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
        let former = self
            .parameters
            .iter()
            .flat_map(|parameter| parameter.former_names.iter().map(|former| (*former, parameter.name)));
        self.names_taken().map(|name| (name, name)).chain(former)
    }

    /// The parameter of that name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// Every reply that JumpCloud describes, errors included (with the feature `reply-schemas`).
    #[cfg(feature = "reply-schemas")]
    pub fn replies(&self) -> Vec<ReplyShape> {
        crate::schema::with_replies();
        let mut shapes = Vec::new();
        for column in reply_columns(self.name).skip(1) {
            let mut words = column.splitn(3, ' ');
            let mut next = || words.next().unwrap_or_default();
            let (status, media_type, expression) = (next(), next(), next());
            shapes.push(ReplyShape { status, media_type, schema: Schema::parse(expression) });
        }
        shapes
    }

    /// Where the body of an answer differs from what JumpCloud describes for its status; nothing where it describes
    /// none (with the feature `reply-schemas`).
    ///
    /// ```
    /// # #[cfg(feature = "reply-schemas")] {
    /// use jumpcloud_core::Operation;
    ///
    /// let drifts = Operation::find("v1.systemUsers.get")?.drift(200, r#"{"username":1}"#)?;
    /// assert_eq!(drifts[0].to_string(), "body.username: expected a string, got a number");
    /// # }
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind) when the body is not JSON.
    #[cfg(feature = "reply-schemas")]
    pub fn drift(&self, status: u16, body: &str) -> Result<Vec<Drift>> {
        // Nothing is what any operation may answer, whatever is described.
        if body.trim().is_empty() {
            return Ok(Vec::new());
        }
        let (replies, status) = (self.replies(), status.to_string());
        let described = |status: &str| replies.iter().find(|reply| reply.status == status);
        match described(&status).or_else(|| described("default")) {
            Some(reply) if !reply.media_type.is_empty() => {
                check(&reply.schema, "body", body).map_err(|error| error.at(self.name))
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The fields that JumpCloud says its filter may name; empty where it does not say
    /// (with the feature `reply-schemas`).
    #[cfg(feature = "reply-schemas")]
    pub fn filter_fields(&self) -> Vec<&'static str> {
        let column = reply_columns(self.name).next().unwrap_or_default();
        column.split(' ').filter(|field| !field.is_empty()).collect()
    }
}

/// Of [`ids`] those that do not follow from method and path.
#[cfg(feature = "ids")]
fn other(ids: &str) -> impl Iterator<Item = &str> {
    ids.trim_start_matches('-').split(' ').filter(|id| !id.is_empty())
}

#[cfg(feature = "ids")]
fn has_derived(ids: &str) -> bool {
    !ids.starts_with('-')
}

/// JumpCloud's newest operationIds follow from method and path: `getApiV2UsergroupsByGroupIdMembers`.
#[cfg(feature = "ids")]
fn derived_operation_id(method: Method, path: &'static str) -> impl Iterator<Item = char> {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let words = segments.flat_map(|segment| {
        let by = if segment.starts_with('{') { "By" } else { "" };
        std::iter::once(by).chain(segment.split(|letter: char| !letter.is_ascii_alphanumeric()))
    });
    let capital = |(index, letter): (usize, char)| {
        if index == 0 { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
    };
    let method = method.as_str().chars().map(|letter| letter.to_ascii_lowercase());
    method.chain(words.flat_map(move |word| word.chars().enumerate().map(capital)))
}

#[cfg(test)]
mod tests {
    use super::read::path_parameters;
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_line_reads() {
        assert!(names().is_sorted());
        assert_eq!(names().count(), COUNT);
        for operation in Operation::all() {
            assert!(operation.path.starts_with('/'), "{}", operation.name);
            assert!(operation.operation_ids().next().is_some(), "{}", operation.name);
            assert!(operation.name.len() <= LONGEST_NAME);
            for id in operation.operation_ids() {
                assert!(id.len() <= LONGEST_NAME, "{id}");
                assert_eq!(Operation::find(&id).unwrap().name, operation.name, "{id}");
            }
            let placeholders = path_parameters(operation.path).count();
            assert_eq!(operation.parameters.iter().filter(|p| p.place == Place::Path).count(), placeholders);
        }
    }

    #[test]
    fn a_parameter_is_taken_by_the_name_that_it_had_before() {
        use crate::Parameters;
        use crate::request::{Settings, build};

        let text = "GET\ta\tJ\t\n\n\n/api/v2/kites/{kite_id}\n/kite_id=id=kite:s ?limit=max!:i\t\n";
        let table = packed::Packed { lines: text.split('\n').collect(), count: 1 };
        let operation: &'static Operation = Box::leak(Operation::parse("v2.kites.get", &table, 0));
        for names in [["kite_id", "limit"], ["id", "max"], ["kite", "MAX"]] {
            let parameters = Parameters::new().with(names[0], "a").with(names[1], 1);
            let request = build(operation, &parameters, &Settings::default()).unwrap();
            assert_eq!(request.url, "/api/v2/kites/a?limit=1");
        }
        let twice = Parameters::new().with("id", "a").with("kite_id", "b").with("limit", 1);
        let error = build(operation, &twice, &Settings::default()).unwrap_err();
        assert!(error.to_string().contains("kite_id is given twice"), "{error}");
        assert!(operation.describe().contains(r#""x-former-names":["id","kite"]"#));
    }

    #[test]
    fn a_name_that_is_nearly_right_is_suggested() {
        let message = |name: &str| Operation::find(name).unwrap_err().to_string();
        assert!(message("v1.systemusers.lst").ends_with("did you mean \"v1.systemUsers.list\"?"));
        // Nearly another's id is not that operation.
        assert!(message("UserGroups_listAl").ends_with("there is no operation \"UserGroups_listAl\""));
        assert!(message("v2.groups.find").ends_with("there is no operation \"v2.groups.find\""));
        assert!(message("zebra").ends_with("there is no operation \"zebra\""));
    }
}
