//! Jobs that work through many users (`/api/v2/bulk/users`), and changes of their states on a date
//! (`/api/v2/bulk/userstates`).

use jumpcloud_core::Operation;
use serde_json::{Value, json};
use std::cell::Cell;

use crate::calendar;
use crate::call::{Answer, Call, Outcome};
use crate::collection::{Record, page_of};
use crate::company::Company;
use crate::graph::{Kind, Node};
use crate::id::Id;
use crate::later::Task;
use crate::operations::{Handler, handler};
use crate::quirks::Quirks;
use crate::random::Random;
use crate::refusal::Refusal;

/// One user of a job.
pub(crate) struct Item {
    /// The job.
    pub(crate) job: Id,
    /// Its number in the job.
    pub(crate) number: usize,
    /// What is done with the user: the operation for one.
    pub(crate) operation: &'static str,
    /// What was sent for the user.
    pub(crate) body: Value,
}

/// A change of a user's state.
pub(crate) struct Change {
    /// Its id, `scheduledJobId`.
    pub(crate) id: Id,
    /// The user.
    pub(crate) user: Id,
    /// `ACTIVATED` or `SUSPENDED`.
    pub(crate) state: String,
}

/// `v2.bulk.users.create`. 200 where 201 is described, as JumpCloud does.
pub(crate) fn create(company: &mut Company, call: &Call) -> Outcome {
    start(company, call, 200, "v1.systemUsers.create")
}

/// `v2.bulk.users.update`
pub(crate) fn update(company: &mut Company, call: &Call) -> Outcome {
    start(company, call, 200, "v1.systemUsers.update")
}

/// `v2.bulk.users.expire`
pub(crate) fn expire(company: &mut Company, call: &Call) -> Outcome {
    start(company, call, 201, "v1.systemUsers.expire")
}

/// `v2.bulk.users.unlock`
pub(crate) fn unlock(company: &mut Company, call: &Call) -> Outcome {
    start(company, call, 201, "v1.systemUsers.unlock")
}

fn start(company: &mut Company, call: &Call, status: u16, operation: &'static str) -> Outcome {
    let items = call
        .body
        .as_array()
        .filter(|items| !items.is_empty())
        .ok_or_else(|| Refusal::bad_request("Bad Request: send an array of users, with at least one"))?;
    let job = Id::new(call.now / 1000, call.random);
    let mut results = Vec::with_capacity(items.len());
    let mut id = job;
    for (number, body) in items.iter().enumerate() {
        id = id.after();
        results.push(Record::from_iter([
            ("id".to_owned(), json!(id.to_string())),
            ("createdAt".to_owned(), json!(calendar::write(call.now))),
            ("updatedAt".to_owned(), json!(calendar::write(call.now))),
            ("status".to_owned(), json!("pending")),
            ("statusMsg".to_owned(), json!("")),
            ("meta".to_owned(), json!({"systemUser": {}})),
            ("persistedFields".to_owned(), Value::Null),
        ]));
        let mut body = body.clone();
        if let (Some(source), Value::Object(body)) = (call.parameters.get("creation-source"), &mut body) {
            body.insert("creationSource".into(), source.clone());
        }
        // A job does ten users in a millisecond, after a moment.
        let due = call.now.saturating_add(i64::from(call.quirks.work_ms.unwrap_or(200))) + number as i64 / 10;
        company.later.add(due, Task::Item(Item { job, number, operation, body }));
    }
    company.jobs.insert(job, results);
    Ok(Answer::json(status, &json!({"jobId": job.to_string()})))
}

/// `v2.bulk.users.results.list`
pub(crate) fn results(company: &Company, call: &Call) -> Outcome {
    let results = company.jobs.get(&call.id("job_id")?).ok_or_else(|| call.missing("job_id"))?;
    let page = call.page()?;
    call.list(page, results.len(), results.iter().skip(page.skip).take(page.limit).cloned().collect())
}

/// Does for one user what a call for that user would, and leaves the same traces.
fn act(
    company: &mut Company,
    operation: &str,
    user: &str,
    body: Value,
    (now, random): (i64, u64),
) -> Outcome {
    let internal = || Refusal::server_error(500);
    let operation = Operation::find(operation).map_err(|_| internal())?;
    let Handler::Write(write) = handler(operation.name) else {
        return Err(internal());
    };
    let call = Call {
        operation,
        parameters: Record::from_iter([("id".to_owned(), json!(user))]),
        body,
        raw: &[],
        origin: String::new(),
        target: "",
        now,
        random,
        quirks: &Quirks::default(),
        number: 0,
        around: None,
        found: Cell::default(),
        system: None,
        organizations: Vec::new(),
    };
    let answer = write(company, &call)?;
    company.events.note(&call);
    Ok(answer)
}

impl Company {
    /// Does one user of a job.
    pub(crate) fn work(&mut self, Item { job, number, operation, body }: Item, now: i64) {
        let user = body.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let random = Random::new(job.number() ^ number as u64, "job").next();
        let done = act(self, operation, &user, body, (now, random));
        let result = self.jobs.get_mut(&job).and_then(|results| results.get_mut(number));
        let Some(result) = result else { return };
        result.insert("updatedAt".into(), json!(calendar::write(now)));
        match done {
            Ok(answer) => {
                let record: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                let id = record.get("id").cloned().unwrap_or(json!(user));
                let shown = json!({"id": id, "username": record["username"], "email": record["email"]});
                result.insert("status".into(), json!("finished"));
                result.insert("meta".into(), json!({"systemUser": shown}));
            }
            Err(refusal) => {
                result.insert("status".into(), json!("failed"));
                result.insert("statusMsg".into(), json!(refusal.message));
            }
        }
    }

    /// Changes a user's state. One who is gone has none.
    pub(crate) fn change_state(&mut self, Change { id, user, state }: &Change, now: i64) {
        let operation =
            if state == "SUSPENDED" { "v1.systemUsers.suspend" } else { "v1.systemUsers.activate" };
        _ = act(self, operation, &user.to_string(), Value::Null, (now, id.number()));
    }
}

fn shown(due: i64, change: &Change) -> Record {
    Record::from_iter([
        ("scheduledJobId".to_owned(), json!(change.id.to_string())),
        ("systemUserId".to_owned(), json!(change.user.to_string())),
        ("scheduledDate".to_owned(), json!(calendar::write(due))),
        ("state".to_owned(), json!(change.state)),
    ])
}

/// All changes to come, the next one first.
fn changes(company: &Company) -> impl Iterator<Item = (i64, &Change)> {
    company.later.tasks().filter_map(|(due, task)| match task {
        Task::State(change) => Some((due, change)),
        _ => None,
    })
}

/// `v2.bulk.userStates.create`: one change for each user.
pub(crate) fn schedule(company: &mut Company, call: &Call) -> Outcome {
    let bad = |message: &str| Refusal::bad_request(format!("Bad Request: {message}"));
    let state = call.body_text("state")?;
    if !matches!(state, "ACTIVATED" | "SUSPENDED") {
        return Err(bad("state must be ACTIVATED or SUSPENDED"));
    }
    let due = calendar::read(call.body_text("start_date")?);
    let due = due.ok_or_else(|| bad("start_date must be RFC 3339 such as 2030-01-01T09:00:00Z"))?;
    let users = call.body.get("user_ids").and_then(Value::as_array).filter(|users| !users.is_empty());
    let mut known = Vec::new();
    for user in users.ok_or_else(|| bad("user_ids must name at least one user"))? {
        let id = user.as_str().and_then(Id::parse).filter(|id| company.knows(Node(Kind::User, *id)));
        known.push(id.ok_or_else(|| Refusal::not_found(format!("Not Found: there is no user {user}")))?);
    }
    let mut id = Id::new(call.now / 1000, call.random);
    let mut scheduled = Vec::new();
    for user in known {
        let change = Change { id, user, state: state.to_owned() };
        scheduled.push(Value::Object(shown(due, &change)));
        company.later.add(due, Task::State(change));
        id = id.after();
    }
    Ok(Answer::json(201, &Value::Array(scheduled)))
}

/// `v2.bulk.userStates.list`
pub(crate) fn scheduled(company: &Company, call: &Call) -> Outcome {
    let user = call.text("userid");
    let of_user = |(_, change): &(i64, &Change)| user.is_empty() || change.user.to_string() == user;
    let all = changes(company).filter(of_user).map(|(due, change)| shown(due, change));
    let page = call.page()?;
    let (total, records) = page_of(all.collect(), &call.query(&[])?, page.skip, page.limit);
    call.list(page, total, records)
}

/// `v2.bulk.userStates.nextEvents.list`: the next change of each user that is named.
pub(crate) fn next(company: &Company, call: &Call) -> Outcome {
    let users = call.parameters.get("users").and_then(Value::as_array).cloned().unwrap_or_default();
    let next =
        users.iter().filter_map(|user| changes(company).find(|(_, change)| *user == change.user.to_string()));
    let next: Vec<Record> = next.map(|(due, change)| shown(due, change)).collect();
    let page = call.page()?;
    let records: Vec<Record> = next.iter().skip(page.skip).take(page.limit).cloned().collect();
    Ok(Answer::json(200, &json!({"results": records, "events_count": next.len()})))
}

/// `v2.bulk.userStates.delete`
pub(crate) fn forget(company: &mut Company, call: &Call) -> Outcome {
    let id = call.id("id")?;
    match company.later.forget(|task| matches!(task, Task::State(change) if change.id == id)) {
        0 => Err(call.missing("id")),
        _ => Ok(Answer::empty(204)),
    }
}
