//! State in and out: what differs from the company that the seed gives.

use std::convert::Infallible;

use serde_json::{Map, Value, json};

use crate::collection::{Collection, MadeUp};
use crate::company::{Company, Sizes};
use crate::graph::Graph;
use crate::id::Id;
use crate::store::Store;

/// What companies follow from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// How much the first has.
    pub(crate) sizes: Sizes,
    /// How many there are.
    pub(crate) organizations: usize,
    /// What all data follows from.
    pub(crate) seed: u64,
    /// When they were made up, in milliseconds since 1970.
    pub(crate) now: i64,
}

impl Plan {
    /// Makes them up.
    pub(crate) fn companies(&self) -> Vec<Company> {
        let numbers = 0..self.organizations;
        numbers.map(|number| Company::new(number, self.sizes, self.seed, self.now)).collect()
    }

    /// The plan and what has changed since.
    pub(crate) fn save(&self, companies: &[Company]) -> Value {
        let changed =
            self.companies().iter().zip(companies).map(|(new, now)| save(new, now)).collect::<Value>();
        let Sizes { users, systems, groups, events } = self.sizes;
        json!({
            "users": users, "systems": systems, "groups": groups, "events": events,
            "organizations": self.organizations, "seed": self.seed, "now": self.now,
            "companies": changed,
        })
    }

    /// The plan that was saved, and the companies as they were.
    pub(crate) fn load(state: &Value) -> Result<(Plan, Vec<Company>), String> {
        let missing = |name: &str| format!("{name} is missing, or is no whole number; save the state anew");
        let number = |name: &str| state.get(name).and_then(Value::as_u64).ok_or_else(|| missing(name));
        let size = |name: &str| number(name).ok().and_then(|size| usize::try_from(size).ok());
        let plan = Plan {
            sizes: Sizes {
                users: size("users").ok_or_else(|| missing("users"))?,
                systems: size("systems"),
                groups: size("groups"),
                events: size("events"),
            },
            organizations: size("organizations").unwrap_or(1).clamp(1, 1000),
            seed: number("seed")?,
            now: state.get("now").and_then(Value::as_i64).ok_or_else(|| missing("now"))?,
        };
        let mut companies = plan.companies();
        let saved = state.get("companies").and_then(Value::as_array);
        for (company, saved) in companies.iter_mut().zip(saved.into_iter().flatten()) {
            load(company, saved).ok_or("a company is not as it was saved; save the state anew")?;
        }
        Ok((plan, companies))
    }
}

fn save(new: &Company, now: &Company) -> Value {
    json!({
        "organization": now.organization,
        "users": changes(&new.users, &now.users),
        "systems": changes(&new.systems, &now.systems),
        "userGroups": all(&now.user_groups),
        "systemGroups": all(&now.system_groups),
        "policyGroups": all(&now.policy_groups),
        "applications": all(&now.applications),
        "commands": all(&now.commands),
        "policies": all(&now.policies),
        "graph": now.graph.to_json(),
        "store": now.store.lock().unwrap_or_else(std::sync::PoisonError::into_inner).to_json(),
    })
}

fn load(company: &mut Company, saved: &Value) -> Option<()> {
    company.organization = saved.get("organization")?.as_object()?.clone();
    apply(&mut company.users, saved.get("users")?)?;
    apply(&mut company.systems, saved.get("systems")?)?;
    for (kept, name) in [
        (&mut company.user_groups, "userGroups"),
        (&mut company.system_groups, "systemGroups"),
        (&mut company.policy_groups, "policyGroups"),
        (&mut company.applications, "applications"),
        (&mut company.commands, "commands"),
        (&mut company.policies, "policies"),
    ] {
        *kept = Collection::new(Vec::new(), ());
        apply(kept, saved.get(name)?)?;
    }
    company.graph = Graph::from_json(saved.get("graph")?)?;
    company.store = Store::from_json(saved.get("store")?)?.into();
    company.take_names();
    Some(())
}

/// The records that are kept as they are, and the ids of those that are gone.
fn changes<T: MadeUp>(new: &Collection<T>, now: &Collection<T>) -> Value {
    let gone: Vec<String> = new.ids().filter(|id| !now.contains(*id)).map(|id| id.to_string()).collect();
    let kept: Map<String, Value> =
        now.kept().map(|(id, record)| (id.to_string(), Value::Object(record.clone()))).collect();
    json!({"kept": kept, "gone": gone})
}

fn all(now: &Collection<Infallible>) -> Value {
    changes(&Collection::new(Vec::new(), ()), now)
}

fn apply<T: MadeUp>(collection: &mut Collection<T>, changes: &Value) -> Option<()> {
    for id in changes.get("gone")?.as_array()? {
        collection.remove(Id::parse(id.as_str()?)?);
    }
    for (id, record) in changes.get("kept")?.as_object()? {
        collection.put(Id::parse(id)?, record.as_object()?.clone());
    }
    Some(())
}
