//! `users.enrich`, `systems.enrich`: an object with everything that is known around it, as one.

use super::find::{APPLICATION, Kind, POLICY, SYSTEM, SYSTEM_GROUP, USER, USER_GROUP, named};
use super::policies::status;
use super::talk::{Ask, By, Talk, extend, items, map, picked, text, text_at};
use crate::json::{Map, Value};
use crate::parameters::Parameters;
use crate::{ErrorKind, Result};

/// Of each kind, at most so many neighbours are looked up; the others come with their id only.
const MOST_NAMED: usize = 100;

/// `users.enrich`
pub(super) async fn user(talk: Talk) -> Result<Value> {
    let user = named(&talk, &USER).await?;
    let id = USER.id(&user);
    let around = neighbours(
        &talk,
        Parameters::new().with("user_id", id),
        &[
            ("groups", "v2.users.memberOf.list", Some(&USER_GROUP)),
            ("systems", "v2.users.systems.list", Some(&SYSTEM)),
            ("applications", "v2.users.applications.list", Some(&APPLICATION)),
        ],
    )
    .await?;
    let password = picked(
        &user,
        &["password_date", "password_expiration_date", "password_expired", "password_never_expires"],
    );
    let mfa = picked(&user, &["enable_user_portal_multifactor", "mfa", "mfaEnrollment", "totp_enabled"]);
    let (password, mfa) = (Value::Object(password), Value::Object(mfa));
    let mut result = map([("user", user), ("password", password), ("mfa", mfa)]);
    extend(&mut result, &around);
    Ok(Value::Object(result))
}

/// `systems.enrich`
pub(super) async fn system(talk: Talk) -> Result<Value> {
    let system = named(&talk, &SYSTEM).await?;
    let id = SYSTEM.id(&system);
    let mut around = neighbours(
        &talk,
        Parameters::new().with("system_id", id),
        &[
            ("groups", "v2.systems.memberOf.list", Some(&SYSTEM_GROUP)),
            ("users", "v2.systems.users.list", Some(&USER)),
            ("policies", "v2.systems.policies.list", Some(&POLICY)),
            ("statuses", "v2.systems.policyStatuses.list", None),
        ],
    )
    .await?;
    // Each policy with what the system reported of it; what it reported of others is out of date.
    let statuses = match around.get("statuses") {
        Some(Value::Array(statuses)) => Some(statuses.clone()),
        _ => None,
    };
    let by_policy = statuses.as_deref().map(|statuses| By::key("policyID", statuses));
    for (part, value) in around.iter_mut() {
        let Value::Array(policies) = value else { continue };
        for policy in policies.iter_mut().filter(|_| part == "policies") {
            let own = by_policy.as_ref().map_or(Value::Null, |by_policy| {
                Value::Array(by_policy.of(text_at(policy, "id")).iter().map(|own| status(own)).collect())
            });
            if let Value::Object(entries) = policy {
                entries.insert("statuses".to_owned(), own);
            }
        }
    }
    let mut result = map([("system", system)]);
    for (part, value) in around.iter().filter(|(part, _)| *part != "statuses") {
        result.insert(part.to_owned(), value.clone());
    }
    Ok(Value::Object(result))
}

/// The lists around an object, each item with its name. A list that the credential may not read is null and named
/// under `unavailable`: an empty one would say that there is nothing.
async fn neighbours(
    talk: &Talk,
    parameters: Parameters,
    parts: &[(&'static str, &'static str, Option<&'static Kind>)],
) -> Result<Map> {
    let asks = parts.iter().map(|(_, operation, _)| Ask::List(operation, parameters.clone(), None));
    let lists = talk.all(asks.collect()).await;
    let (mut known, mut unavailable, mut lookups) = (Vec::new(), Vec::new(), Vec::new());
    for ((part, _, kind), list) in parts.iter().zip(lists) {
        let list = match list {
            Ok(list) => list,
            Err(error) if error.kind() == ErrorKind::Permission => {
                unavailable.push(text(part));
                Value::Null
            }
            Err(error) => return Err(error),
        };
        if let Some(kind) = kind {
            let ids = nodes(&list).take(MOST_NAMED);
            lookups.extend(ids.map(|id| Ask::Call(kind.get(), Parameters::new().with("id", id))));
        }
        known.push(list);
    }
    let mut answers = talk.all(lookups).await.into_iter();
    let mut around = Map::default();
    for ((part, _, kind), list) in parts.iter().zip(known) {
        let (Some(kind), Value::Array(_)) = (kind, &list) else {
            around.insert((*part).to_owned(), list);
            continue;
        };
        let mut told = Vec::new();
        for (index, id) in nodes(&list).enumerate() {
            let object = if index < MOST_NAMED { answers.next() } else { None };
            told.push(match object {
                Some(Ok(object)) if kind.id(&object) == id => kind.seen(&object),
                // It is bound, but gone by now or not to be seen: what is known is its id.
                Some(Err(error)) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Permission) => {
                    return Err(error);
                }
                _ => Value::Object(map([("id", text(id))])),
            });
        }
        around.insert((*part).to_owned(), Value::Array(told));
    }
    around.insert("unavailable".to_owned(), Value::Array(unavailable));
    Ok(around)
}

/// The ids of a traversal's items, each once.
fn nodes(list: &Value) -> impl Iterator<Item = &str> {
    let all = match list {
        Value::Array(items) => items.as_slice(),
        _ => &[],
    };
    let ids = all.iter().map(|node| match text_at(node, "id") {
        // Associations and members stand as edges.
        "" => node.get("to").map(|to| text_at(to, "id")).unwrap_or_default(),
        id => id,
    });
    let mut seen = std::collections::BTreeSet::new();
    ids.filter(move |id| !id.is_empty() && seen.insert(*id))
}

/// The ids that a list of the graph names.
pub(super) fn ids(list: Value) -> Vec<String> {
    let list = Value::Array(items(list));
    nodes(&list).map(str::to_owned).collect()
}
