//! `connection.test`: what a credential may do, seen from a few cheap reads.

use super::talk::{Ask, Talk, map, text, with_body};
use crate::Result;
use crate::json::Value;
use crate::parameters::Parameters;

/// An area of the API and a list of it, of which one item is read.
const AREAS: &[(&str, &str)] = &[
    ("users", "v1.systemUsers.list"),
    ("systems", "v1.systems.list"),
    ("userGroups", "v2.userGroups.list"),
    ("systemGroups", "v2.systemGroups.list"),
    ("applications", "v1.applications.list"),
    ("commands", "v1.commands.list"),
    ("policies", "v2.policies.list"),
];
const INSIGHTS: &str = "insights.events.count";
/// What a system may read of itself.
const OWN_SYSTEM: &[(&str, &str)] =
    &[("groups", "v2.systems.memberOf.list"), ("users", "v2.systems.users.list")];

/// `connection.test`
pub(super) async fn test(talk: Talk) -> Result<Value> {
    let (areas, asks) = asks(&talk);
    let answers = talk.all(asks).await;
    let (mut authenticated, mut told) = (false, Vec::new());
    for ((area, operation), answer) in areas.into_iter().zip(answers) {
        let mut line = map([("area", text(area)), ("operation", text(operation))]);
        let result = match answer {
            Ok(_) => "ok",
            // JumpCloud has answered: that is what was asked. No answer at all is a failure of the test.
            Err(error) if error.status().is_some() => {
                line.insert("message".to_owned(), text(error.message()));
                error.kind().name()
            }
            Err(error) => return Err(error),
        };
        // 403 is for credentials that are known.
        authenticated |= matches!(result, "ok" | "permission");
        line.insert("result".to_owned(), text(result));
        told.push(Value::Object(line));
    }
    Ok(Value::Object(map([("authenticated", Value::Bool(authenticated)), ("areas", Value::Array(told))])))
}

fn asks(talk: &Talk) -> (Vec<(&'static str, &'static str)>, Vec<Ask>) {
    if let Some(own) = talk.own_system() {
        let mut areas = vec![("system", "v1.systems.get")];
        let mut asks = vec![Ask::Call("v1.systems.get", Parameters::new().with("id", own))];
        for (area, operation) in OWN_SYSTEM {
            areas.push((area, operation));
            asks.push(Ask::List(operation, Parameters::new().with("system_id", own), Some(1)));
        }
        return (areas, asks);
    }
    let mut areas = AREAS.to_vec();
    let mut asks: Vec<Ask> =
        areas.iter().map(|(_, operation)| Ask::List(operation, Parameters::new(), Some(1))).collect();
    areas.push(("insights", INSIGHTS));
    // One second long ago: there is nothing to count, and only the right to do so is asked for.
    let body = map([
        ("service", Value::Array(vec![text("all")])),
        ("start_time", text("2020-01-01T00:00:00Z")),
        ("end_time", text("2020-01-01T00:00:01Z")),
    ]);
    asks.push(Ask::Call(INSIGHTS, with_body(Parameters::new(), body)));
    (areas, asks)
}
