//! How policies fare on systems (`/api/v2/policyresults`, `…/policystatuses`). What a policy reaches stands in the
//! graph; how it went there follows from the two ids, so it is the same whoever asks.

use serde_json::{Value, json};

use crate::calendar::{self, DAY};
use crate::call::{Answer, Call, Outcome};
use crate::collection::{Collection, MadeUp, Record};
use crate::company::Company;
use crate::graph::{Kind, Node};
use crate::id::Id;
use crate::random::Random;

#[derive(Clone, Copy, PartialEq)]
enum State {
    Success,
    Failed,
    /// The system has not called home since.
    Pending,
    /// The policy is for another operating system: it does not get there.
    Unsupported,
}

/// How a policy fares on a system.
pub(crate) struct PolicyResult {
    id: Id,
    policy: Id,
    system: Id,
    /// Through whom it got there; none when it is bound to the system.
    user: Option<Id>,
    state: State,
    started: i64,
    roll: Random,
}

impl MadeUp for PolicyResult {
    type Facts = ();

    const FIELDS: &'static [&'static str] = &[
        "id",
        "detail",
        "endedAt",
        "exitStatus",
        "policyID",
        "startedAt",
        "state",
        "stdErr",
        "stdOut",
        "success",
        "systemID",
        "userObjectId",
    ];

    fn id(&self) -> Id {
        self.id
    }

    fn field(&self, name: &str, (): &()) -> Option<Value> {
        let pending = self.state == State::Pending;
        let failed = self.state == State::Failed;
        Some(match name {
            "id" => json!(self.id.to_string()),
            "detail" | "stdErr" if failed => {
                json!(*self.roll.clone().pick(&[
                    "The setting was changed by somebody else",
                    "Another profile sets this value",
                    "There is not enough disk space"
                ]))
            }
            "detail" | "stdErr" | "stdOut" => json!(""),
            "startedAt" if !pending => json!(calendar::write(self.started)),
            "endedAt" if !pending => {
                json!(calendar::write(self.started + 400 + self.roll.clone().below(4000) as i64))
            }
            "exitStatus" => json!(u8::from(failed)),
            "policyID" => json!(self.policy.to_string()),
            "state" => json!(match self.state {
                State::Success => "success",
                State::Failed => "failed",
                State::Pending | State::Unsupported => "pending",
            }),
            "success" => json!(self.state == State::Success),
            "systemID" => json!(self.system.to_string()),
            "userObjectId" => json!(self.user?.to_string()),
            _ => return None,
        })
    }
}

/// How a policy for a family of systems fares on one.
fn result(company: &Company, policy: Id, family: &Value, system: Id) -> PolicyResult {
    let mut roll = Random::new(policy.number() ^ system.number(), "policy result");
    let started = company.facts.today - roll.below(14 * DAY as usize) as i64;
    let id = Id::new(started / 1000, roll.next());
    let state = if company.systems.field(system, "osFamily").as_ref() != Some(family) {
        State::Unsupported
    } else if company.systems.field(system, "active") != Some(json!(true)) {
        State::Pending
    } else {
        match roll.below(100) {
            0..7 => State::Failed,
            7..10 => State::Pending,
            _ => State::Success,
        }
    };
    PolicyResult { id, policy, system, user: None, state, started, roll }
}

/// The operating systems that a policy is for.
fn family(company: &Company, policy: Id) -> Value {
    company
        .policies
        .field(policy, "template")
        .and_then(|template| template.get("osMetaFamily").cloned())
        .unwrap_or_default()
}

fn of_policy(company: &Company, policy: Id) -> impl Iterator<Item = PolicyResult> {
    let family = family(company, policy);
    let systems = company.graph.reached(Node(Kind::Policy, policy), Kind::System);
    systems.into_iter().map(move |system| result(company, policy, &family, system))
}

fn of_system(company: &Company, system: Id) -> impl Iterator<Item = PolicyResult> {
    let policies = company.graph.reached(Node(Kind::System, system), Kind::Policy);
    policies.into_iter().map(move |policy| result(company, policy, &family(company, policy), system))
}

fn page(call: &Call, results: impl Iterator<Item = PolicyResult>) -> Outcome {
    let results = collection(results);
    let page = call.page()?;
    let (total, records) = results.page(&call.query(&[])?, page.skip, page.limit);
    call.list(page, total, records)
}

fn collection(results: impl Iterator<Item = PolicyResult>) -> Collection<PolicyResult> {
    let mut results: Vec<PolicyResult> =
        results.filter(|result| result.state != State::Unsupported).collect();
    results.sort_unstable_by_key(|result| result.id);
    Collection::new(results, ())
}

fn finished(result: &PolicyResult) -> bool {
    result.state != State::Pending
}

fn everywhere(company: &Company) -> impl Iterator<Item = PolicyResult> {
    company.policies.ids().flat_map(|policy| of_policy(company, policy)).filter(finished)
}

/// `v2.policyResults.list`
pub(crate) fn list(company: &Company, call: &Call) -> Outcome {
    page(call, everywhere(company))
}

/// `v2.policyResults.get`
pub(crate) fn get(company: &Company, call: &Call) -> Outcome {
    let id = call.id("id")?;
    let found = collection(everywhere(company).filter(|result| result.id == id));
    Answer::record(found.get(id).ok_or_else(|| call.missing("id"))?)
}

/// `v2.policies.policyResults.list`: what systems have told.
pub(crate) fn results(company: &Company, call: &Call) -> Outcome {
    page(call, of_policy(company, policy(company, call)?).filter(finished))
}

/// `v2.policies.policyStatuses.list`: every system that it reaches, also those that have told nothing yet.
pub(crate) fn statuses(company: &Company, call: &Call) -> Outcome {
    page(call, of_policy(company, policy(company, call)?))
}

fn policy(company: &Company, call: &Call) -> Result<Id, crate::refusal::Refusal> {
    let id = call.id("policy_id")?;
    company.policies.contains(id).then_some(id).ok_or_else(|| call.missing("policy_id"))
}

/// `v2.systems.policyStatuses.list`
pub(crate) fn of_one_system(company: &Company, call: &Call) -> Outcome {
    let id = call.id("system_id")?;
    if !company.systems.contains(id) {
        return Err(call.missing("system_id"));
    }
    page(call, of_system(company, id))
}

/// `v2.users.policyStatuses.list`: policies bound to the user or the user's groups, on the user's systems.
pub(crate) fn of_one_user(company: &Company, call: &Call) -> Outcome {
    let id = call.id("user_id")?;
    if !company.users.contains(id) {
        return Err(call.missing("user_id"));
    }
    let user = Node(Kind::User, id);
    let systems = company.graph.reached(user, Kind::System);
    let policies = company.graph.reached(user, Kind::Policy);
    let results = policies.iter().flat_map(|policy| {
        let family = family(company, *policy);
        let on = |system: &Id| PolicyResult { user: Some(id), ..result(company, *policy, &family, *system) };
        systems.iter().map(on).collect::<Vec<_>>()
    });
    page(call, results)
}

/// How many policies of a system are in which state: `policyStats` of its record.
pub(crate) fn stats(company: &Company, system: Id) -> Value {
    let (mut failed, mut pending, mut success, mut unsupported) = (0, 0, 0, 0);
    for result in of_system(company, system) {
        *match result.state {
            State::Failed => &mut failed,
            State::Pending => &mut pending,
            State::Success => &mut success,
            State::Unsupported => &mut unsupported,
        } += 1;
    }
    json!({
        "duplicate": 0, "failed": failed, "pending": pending, "success": success,
        "total": failed + pending + success + unsupported, "unsupportedOs": unsupported,
    })
}

/// `v2.systems.aggregatedPolicyStats.get`
pub(crate) fn aggregated(company: &Company, call: &Call) -> Outcome {
    let id = call.id("systemObjectId")?;
    if !company.systems.contains(id) {
        return Err(call.missing("systemObjectId"));
    }
    let mut record = Record::from_iter([("policyCountData".to_owned(), stats(company, id))]);
    for (name, state) in [("failedPolicies", State::Failed), ("pendingPolicies", State::Pending)] {
        let ids = of_system(company, id).filter(|result| result.state == state);
        record.insert(name.into(), ids.map(|result| json!(result.policy.to_string())).collect());
    }
    Answer::record(record)
}
