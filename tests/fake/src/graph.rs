//! Who is in which group, what is bound to what, and what follows from it: members, associations, traversals.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::call::{Answer, Call, Outcome, Page};
use crate::collection::{Record, page_of};
use crate::company::Company;
use crate::id::Id;
use crate::operations::Handler;
use crate::refusal::Refusal;

/// The types of objects in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub(crate) enum Kind {
    ActiveDirectory,
    Application,
    Command,
    GSuite,
    IdpRoutingPolicy,
    LdapServer,
    Office365,
    PasswordManagerItem,
    Policy,
    PolicyGroup,
    RadiusServer,
    SoftwareApp,
    System,
    SystemGroup,
    User,
    UserGroup,
}

/// Each type with its name on the wire.
const KINDS: [(Kind, &str); 16] = [
    (Kind::ActiveDirectory, "active_directory"),
    (Kind::Application, "application"),
    (Kind::Command, "command"),
    (Kind::GSuite, "g_suite"),
    (Kind::IdpRoutingPolicy, "idp_routing_policy"),
    (Kind::LdapServer, "ldap_server"),
    (Kind::Office365, "office_365"),
    (Kind::PasswordManagerItem, "password_manager_item"),
    (Kind::Policy, "policy"),
    (Kind::PolicyGroup, "policy_group"),
    (Kind::RadiusServer, "radius_server"),
    (Kind::SoftwareApp, "software_app"),
    (Kind::System, "system"),
    (Kind::SystemGroup, "system_group"),
    (Kind::User, "user"),
    (Kind::UserGroup, "user_group"),
];

impl Kind {
    /// The type's name on the wire.
    pub(crate) fn name(self) -> &'static str {
        KINDS[self as usize].1
    }

    /// The type of that name.
    pub(crate) fn named(name: &str) -> Option<Kind> {
        KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// What the members of such a group are.
    fn members(self) -> Option<Kind> {
        match self {
            Kind::UserGroup => Some(Kind::User),
            Kind::SystemGroup => Some(Kind::System),
            Kind::PolicyGroup => Some(Kind::Policy),
            _ => None,
        }
    }
}

/// An object of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Node(pub(crate) Kind, pub(crate) Id);

impl Node {
    fn json(self) -> Value {
        json!({"type": self.0.name(), "id": self.1.to_string()})
    }
}

const LOWEST: Node = Node(Kind::ActiveDirectory, Id::LOWEST);
const HIGHEST: Node = Node(Kind::UserGroup, Id::HIGHEST);

/// The whole graph of a company. Everything stands in both directions, in order.
#[derive(Default)]
pub(crate) struct Graph {
    members: BTreeSet<(Node, Node)>,
    groups: BTreeSet<(Node, Node)>,
    bound: BTreeMap<(Node, Node), Option<Box<Value>>>,
}

/// One step of a path.
struct Step(Node, Node, Option<Value>);

impl Graph {
    /// A graph of memberships (group, member) and associations.
    pub(crate) fn new(members: Vec<(Node, Node)>, bound: Vec<(Node, Node)>) -> Graph {
        Graph {
            groups: members.iter().map(|(group, member)| (*member, *group)).collect(),
            members: members.into_iter().collect(),
            bound: bound
                .into_iter()
                .flat_map(|(one, other)| [((one, other), None), ((other, one), None)])
                .collect(),
        }
    }

    /// Everything, as JSON.
    pub(crate) fn to_json(&self) -> Value {
        let members = self.members.iter().map(|(group, member)| json!([group.json(), member.json()]));
        let bound = self.bound.iter().filter(|((one, other), _)| one < other);
        let bound = bound.map(|((one, other), attributes)| json!([one.json(), other.json(), attributes]));
        json!({"members": members.collect::<Value>(), "bound": bound.collect::<Value>()})
    }

    /// What [`Graph::to_json`] gave; None when it is something else.
    pub(crate) fn from_json(value: &Value) -> Option<Graph> {
        let node = |value: &Value| {
            Some(Node(Kind::named(value.get("type")?.as_str()?)?, Id::parse(value.get("id")?.as_str()?)?))
        };
        let mut graph = Graph::default();
        for pair in value.get("members")?.as_array()? {
            graph.join(node(pair.get(0)?)?, node(pair.get(1)?)?);
        }
        for pair in value.get("bound")?.as_array()? {
            let attributes = pair.get(2).filter(|attributes| !attributes.is_null());
            graph.bind(node(pair.get(0)?)?, node(pair.get(1)?)?, attributes.cloned());
        }
        Some(graph)
    }

    /// The members of a group, by their ids.
    pub(crate) fn members(&self, group: Node) -> impl Iterator<Item = Node> {
        self.members.range((group, LOWEST)..=(group, HIGHEST)).map(|(_, member)| *member)
    }

    fn groups(&self, member: Node) -> impl Iterator<Item = Node> {
        self.groups.range((member, LOWEST)..=(member, HIGHEST)).map(|(_, group)| *group)
    }

    /// What is bound to an object.
    fn bound(&self, node: Node) -> impl Iterator<Item = (Node, Option<&Value>)> {
        self.bound
            .range((node, LOWEST)..=(node, HIGHEST))
            .map(|((_, other), attributes)| (*other, attributes.as_deref()))
    }

    /// Adds a member; false when it is one.
    pub(crate) fn join(&mut self, group: Node, member: Node) -> bool {
        self.groups.insert((member, group)) && self.members.insert((group, member))
    }

    /// Removes a member; false when it is none.
    pub(crate) fn leave(&mut self, group: Node, member: Node) -> bool {
        self.groups.remove(&(member, group)) && self.members.remove(&(group, member))
    }

    fn is_bound(&self, one: Node, other: Node) -> bool {
        self.bound.contains_key(&(one, other))
    }

    fn bind(&mut self, one: Node, other: Node, attributes: Option<Value>) {
        self.bound.insert((one, other), attributes.clone().map(Box::new));
        self.bound.insert((other, one), attributes.map(Box::new));
    }

    fn unbind(&mut self, one: Node, other: Node) {
        self.bound.remove(&(one, other));
        self.bound.remove(&(other, one));
    }

    /// Takes an object and all that hangs on it out of the graph.
    pub(crate) fn forget(&mut self, node: Node) {
        let (groups, members): (Vec<Node>, Vec<Node>) =
            (self.groups(node).collect(), self.members(node).collect());
        groups.into_iter().for_each(|group| _ = self.leave(group, node));
        members.into_iter().for_each(|member| _ = self.leave(node, member));
        let bound: Vec<Node> = self.bound(node).map(|(other, _)| other).collect();
        bound.into_iter().for_each(|other| self.unbind(node, other));
    }

    /// All objects of a type that an object reaches, in order.
    pub(crate) fn reached(&self, from: Node, kind: Kind) -> Vec<Id> {
        let mut found: Vec<Id> = self.reach(from, &[kind]).into_iter().map(|(Node(_, id), _)| id).collect();
        found.dedup();
        found
    }

    /// Everything of some types that an object reaches, in order, with each way there: bound to it or to one of its
    /// groups, or a member of a group that is.
    fn reach(&self, from: Node, targets: &[Kind]) -> Vec<(Node, Way)> {
        let mut found = Vec::new();
        for group in self.groups(from).map(Some).chain([None]) {
            for (bound, _) in self.bound(group.unwrap_or(from)) {
                if targets.contains(&bound.0) {
                    found.push((bound, Way { group, bound }));
                }
                if bound.0.members().is_some_and(|kind| targets.contains(&kind)) {
                    let members = self.members(bound).filter(|member| *member != from);
                    found.extend(members.map(|member| (member, Way { group, bound })));
                }
            }
        }
        found.sort_by_key(|(node, _)| *node);
        found
    }

    /// The steps of a way.
    fn path(&self, from: Node, to: Node, Way { group, bound }: Way) -> Vec<Step> {
        let start = group.unwrap_or(from);
        let attributes =
            self.bound.get(&(start, bound)).and_then(|attributes| attributes.as_deref().cloned());
        let join = group.map(|group| Step(from, group, None));
        let member = (bound != to).then_some(Step(bound, to, None));
        join.into_iter().chain([Step(start, bound, attributes)]).chain(member).collect()
    }
}

/// How an object is reached: through a group of the first, and through what that is bound to.
#[derive(Clone, Copy)]
struct Way {
    group: Option<Node>,
    bound: Node,
}

fn connection(Step(from, to, attributes): &Step) -> Value {
    json!({"from": from.json(), "to": to.json(), "attributes": attributes})
}

/// A step as the paths of a traversal have it: without `from`, and with what a group is given beside its members.
fn step(company: &Company, Step(_, to, attributes): &Step) -> Value {
    let (kind, id) = (to.0.name(), to.1.to_string());
    json!({"to": {"attributes": company.attributes(*to), "id": id, "type": kind}, "attributes": attributes})
}

fn with_paths(company: &Company, node: Node, paths: &[Vec<Step>]) -> Record {
    let steps = || paths.iter().flatten();
    let attributes = steps().find_map(|Step(_, _, attributes)| attributes.clone());
    let attributes = attributes.or_else(|| steps().find_map(|Step(_, to, _)| company.attributes(*to)));
    Record::from_iter([
        ("id".to_owned(), json!(node.1.to_string())),
        ("type".to_owned(), json!(node.0.name())),
        ("compiledAttributes".to_owned(), attributes.unwrap_or_default()),
        (
            "paths".to_owned(),
            paths.iter().map(|path| path.iter().map(|one| step(company, one)).collect::<Value>()).collect(),
        ),
    ])
}

/// A look at the graph, from one object of it.
pub(crate) struct View {
    of: Kind,
    asks: Asks,
}

enum Asks {
    Members,
    MemberOf,
    Membership,
    Associations,
    Reach(&'static [Kind]),
}

/// A change of the members or associations of one object.
pub(crate) struct Change {
    of: Kind,
    members: bool,
}

/// What answers an operation on the graph, read from its name; none when it is about something else.
pub(crate) fn handler(name: &str) -> Option<Handler> {
    let words: Vec<&str> = name.split('.').collect();
    let (noun, what, verb) = match words[..] {
        ["v2", noun, what, verb] => (noun, what, verb),
        ["v2", "identityProviders", "policies", what, verb] => ("idpRoutingPolicies", what, verb),
        _ => return None,
    };
    let of = match noun {
        "users" => Kind::User,
        "systems" => Kind::System,
        "userGroups" => Kind::UserGroup,
        "systemGroups" => Kind::SystemGroup,
        "applications" => Kind::Application,
        "commands" => Kind::Command,
        "policies" => Kind::Policy,
        "policyGroups" => Kind::PolicyGroup,
        "activeDirectories" => Kind::ActiveDirectory,
        "gsuites" => Kind::GSuite,
        "idpRoutingPolicies" => Kind::IdpRoutingPolicy,
        "ldapServers" => Kind::LdapServer,
        "office365s" => Kind::Office365,
        "passwordManagerItems" => Kind::PasswordManagerItem,
        "radiusServers" => Kind::RadiusServer,
        "softwareApps" => Kind::SoftwareApp,
        _ => return None,
    };
    let asks = match (what, verb) {
        ("members", "change") => return Some(Handler::Change(Change { of, members: true })),
        ("associations", "change") => return Some(Handler::Change(Change { of, members: false })),
        ("members", "list") => Asks::Members,
        ("memberOf", "list") => Asks::MemberOf,
        ("membership", "list") => Asks::Membership,
        ("associations", "list") => Asks::Associations,
        (_, "list") => Asks::Reach(match what {
            "activeDirectories" => &[Kind::ActiveDirectory],
            "applications" => &[Kind::Application],
            "commands" => &[Kind::Command],
            "directories" => &[Kind::ActiveDirectory, Kind::GSuite, Kind::LdapServer, Kind::Office365],
            "gsuites" => &[Kind::GSuite],
            "ldapServers" => &[Kind::LdapServer],
            "office365s" => &[Kind::Office365],
            "policies" => &[Kind::Policy],
            "policyGroups" => &[Kind::PolicyGroup],
            "radiusServers" => &[Kind::RadiusServer],
            "systemGroups" => &[Kind::SystemGroup],
            "systems" => &[Kind::System],
            "userGroups" => &[Kind::UserGroup],
            "users" => &[Kind::User],
            _ => return None,
        }),
        _ => return None,
    };
    Some(Handler::View(View { of, asks }))
}

/// The object that the path names, which must exist.
fn subject(of: Kind, company: &Company, call: &Call) -> Result<Node, Refusal> {
    let name = call.operation.parameters.first().map_or("id", |parameter| parameter.name);
    let node = Node(of, call.id(name)?);
    company.knows(node).then_some(node).ok_or_else(|| call.missing(name))
}

impl View {
    /// Answers a call.
    pub(crate) fn answer(&self, company: &Company, call: &Call) -> Outcome {
        let subject = subject(self.of, company, call)?;
        let graph = &company.graph;
        let page = call.page()?;
        match &self.asks {
            Asks::Members => {
                connections(call, page, subject, graph.members(subject).map(|member| (member, None)))
            }
            Asks::Associations => {
                let targets = call.parameters.get("targets").and_then(Value::as_array);
                let targets: Vec<&str> = targets.into_iter().flatten().filter_map(Value::as_str).collect();
                let wanted = graph.bound(subject).filter(|(other, _)| targets.contains(&other.0.name()));
                connections(call, page, subject, wanted)
            }
            Asks::MemberOf => {
                let one = |group: &Node| with_paths(company, *group, &[vec![Step(subject, *group, None)]]);
                objects(call, page, &graph.groups(subject).collect::<Vec<_>>(), one)
            }
            Asks::Membership => {
                let one = |member: &Node| with_paths(company, *member, &[vec![Step(subject, *member, None)]]);
                objects(call, page, &graph.members(subject).collect::<Vec<_>>(), one)
            }
            Asks::Reach(targets) => {
                let found = graph.reach(subject, targets);
                let ways: Vec<&[(Node, Way)]> = found.chunk_by(|(one, _), (other, _)| one == other).collect();
                let nodes: Vec<Node> = ways.iter().map(|ways| ways[0].0).collect();
                let one = |node: &Node| {
                    let ways = nodes.binary_search(node).map_or(&[][..], |number| ways[number]);
                    let paths: Vec<Vec<Step>> =
                        ways.iter().map(|(_, way)| graph.path(subject, *node, *way)).collect();
                    with_paths(company, *node, &paths)
                };
                objects(call, page, &nodes, one)
            }
        }
    }
}

impl Change {
    /// Makes the change that the body asks for.
    pub(crate) fn apply(&self, company: &mut Company, call: &Call) -> Outcome {
        let subject = subject(self.of, company, call)?;
        let kind = Kind::named(call.body_text("type")?);
        let other = kind.zip(Id::parse(call.body_text("id")?)).map(|(kind, id)| Node(kind, id));
        let bad = |message: String| Refusal::bad_request(format!("Bad Request: {message}"));
        let other = other
            .ok_or_else(|| bad("type must be a type of the graph and id 24 hexadecimal digits".into()))?;
        let op = call.body_text("op")?;
        let members = self.members;
        if members && self.of.members() != Some(other.0) {
            return Err(bad(format!("a {} has no members of type {}", self.of.name(), other.0.name())));
        }
        // Under System Context a system changes its own membership only.
        if let Some(system) = call.system.filter(|_| members)
            && other != Node(Kind::System, system)
        {
            return Err(Refusal::unauthorized(
                "under System Context a system may add and remove only itself",
            ));
        }
        if !company.knows(other) {
            return Err(Refusal::not_found(format!("Not Found: there is no {} {}", other.0.name(), other.1)));
        }
        let attributes = call.body.get("attributes").filter(|attributes| !attributes.is_null()).cloned();
        let graph = &mut company.graph;
        let there =
            if members { graph.members.contains(&(subject, other)) } else { graph.is_bound(subject, other) };
        match (op, there) {
            ("add", true) => return Err(Refusal::conflict("Already Exists")),
            ("remove" | "update", false) => {
                return Err(Refusal::not_found("Not Found: the two are not connected"));
            }
            ("add", _) if members => _ = graph.join(subject, other),
            ("remove", _) if members => _ = graph.leave(subject, other),
            ("update", _) if members => {}
            ("add" | "update", _) => graph.bind(subject, other, attributes),
            ("remove", _) => graph.unbind(subject, other),
            _ => return Err(bad(format!("op must be add, remove or update, got {op:?}"))),
        }
        Ok(Answer::empty(204))
    }
}

fn connections<'a>(
    call: &Call,
    page: Page,
    from: Node,
    all: impl Iterator<Item = (Node, Option<&'a Value>)>,
) -> Outcome {
    let (mut total, mut shown) = (0, Vec::new());
    for (to, attributes) in all {
        if total >= page.skip && shown.len() < page.limit {
            shown.push(connection(&Step(from, to, attributes.cloned())));
        }
        total += 1;
    }
    call.values(page, total, shown)
}

/// A page of objects. Their filter says `object_id` where the object says `id`.
fn objects(call: &Call, page: Page, nodes: &[Node], one: impl Fn(&Node) -> Record) -> Outcome {
    let query = call.query(&[])?;
    if query.filter.is_none() && query.sort.is_empty() {
        return call.list(
            page,
            nodes.len(),
            nodes.iter().skip(page.skip).take(page.limit).map(one).collect(),
        );
    }
    let keys = nodes.iter().enumerate().map(|(number, Node(kind, id))| {
        let fields = [
            ("id", json!(id.to_string())),
            ("object_id", json!(id.to_string())),
            ("type", json!(kind.name())),
            ("number", json!(number)),
        ];
        Record::from_iter(fields.map(|(name, value)| (name.to_owned(), value)))
    });
    let (total, shown) = page_of(keys.collect(), &query, page.skip, page.limit);
    let numbers = shown.iter().filter_map(|key| nodes.get(key.get("number")?.as_u64()? as usize));
    call.list(page, total, numbers.map(one).collect())
}
