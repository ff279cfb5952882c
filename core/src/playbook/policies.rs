//! `policies.assign`, `policies.compliance`

use super::enrich::ids;
use super::find::{POLICY, SYSTEM, SYSTEM_GROUP, find, link, named};
use super::talk::{Ask, By, Talk, items, map, picked, text};
use crate::Result;
use crate::json::{Map, Value};
use crate::parameters::Parameters;

/// `policies.assign`: to a system, or to a group of systems.
pub(super) async fn assign(talk: Talk) -> Result<Value> {
    let policy = named(&talk, &POLICY).await?;
    let (kind, wire, wanted) = match talk.text("system") {
        Some(system) => (&SYSTEM, "system", system),
        None => (&SYSTEM_GROUP, "system_group", talk.text("group").unwrap_or_default()),
    };
    let target = find(&talk, kind, kind.noun, &wanted).await?;
    let parameters = Parameters::new().with("policy_id", POLICY.id(&policy));
    let operation = "v2.policies.associations.change";
    let change = link(&talk, operation, parameters, true, wire, kind.id(&target), None).await?;
    let found = map([("policy", POLICY.brief(&policy)), (kind.noun, kind.brief(&target))]);
    Ok(talk.tied(change, found, "assigned", true))
}

/// `policies.compliance`: what each system that the policy reaches last reported of it.
pub(super) async fn compliance(talk: Talk) -> Result<Value> {
    let policy = named(&talk, &POLICY).await?;
    let asked = Parameters::new().with("policy_id", POLICY.id(&policy));
    let mut answers = talk
        .all(vec![
            Ask::List("v2.policies.systems.list", asked.clone(), None),
            Ask::List("v2.policies.policyStatuses.list", asked, None),
        ])
        .await
        .into_iter();
    let mut next = || answers.next().unwrap_or(Ok(Value::Null));
    let (bound, reported) = (ids(next()?), items(next()?));
    let by_system = By::key("systemID", &reported);
    let (mut compliant, mut failing, mut unknown) = (0, 0, 0);
    let mut systems = Vec::new();
    // A status of a system that the policy reaches no longer says nothing about today.
    for id in bound {
        let own = by_system.of(&id);
        let says = |value: bool| move |status: &&Value| status.get("success") == Some(&Value::Bool(value));
        let (verdict, count) = if own.iter().any(says(false)) {
            (Value::Bool(false), &mut failing)
        } else if !own.is_empty() && own.iter().all(says(true)) {
            (Value::Bool(true), &mut compliant)
        } else {
            (Value::Null, &mut unknown)
        };
        *count += 1;
        let statuses = own.iter().map(|own| status(own)).collect();
        systems.push(Value::Object(map([
            ("id", text(&id)),
            ("compliant", verdict),
            ("statuses", Value::Array(statuses)),
        ])));
    }
    let number = |count: i32| Value::Number(count.to_string());
    let summary: Map = map([
        ("systems", number(compliant + failing + unknown)),
        ("compliant", number(compliant)),
        ("failing", number(failing)),
        ("unknown", number(unknown)),
    ]);
    Ok(Value::Object(map([
        ("policy", POLICY.brief(&policy)),
        ("summary", Value::Object(summary)),
        ("systems", Value::Array(systems)),
    ])))
}

/// What a system reported of a policy, without the output of the policy's scripts.
pub(super) fn status(status: &Value) -> Value {
    Value::Object(picked(
        status,
        &["success", "state", "exitStatus", "detail", "startedAt", "endedAt", "userObjectId"],
    ))
}
