//! `commands.run`: runs a command on systems and waits for what they say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::find::{COMMAND, SYSTEM, find, named};
use super::talk::{Ask, Change, Talk, extend, map, picked, text, text_at, with_body};
use crate::filter::eq;
use crate::json::Value;
use crate::parameters::Parameters;
use crate::{Error, ErrorKind, Result};

/// A run whose end is not awaited for longer has its results looked up later, by its workflow.
pub(super) const USUAL_TIMEOUT: u64 = 120;
/// The longest time between two looks.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// `commands.run`
pub(super) async fn run(talk: Talk) -> Result<Value> {
    let command = named(&talk, &COMMAND).await?;
    let mut systems: Vec<Value> = Vec::new();
    for wanted in talk.texts("systems") {
        systems.push(find(&talk, &SYSTEM, "systems", &wanted).await?);
    }
    // The same system may have been named twice.
    let mut seen = BTreeSet::new();
    systems.retain(|system| seen.insert(SYSTEM.id(system).to_owned()));
    // The id goes under `_id`: any other key is refused with "command id is required".
    let targets = systems.iter().map(|system| text(SYSTEM.id(system))).collect();
    let body = map([("_id", text(COMMAND.id(&command))), ("systemIds", Value::Array(targets))]);
    let parameters = with_body(Parameters::new(), body);
    let briefs = systems.iter().map(|system| SYSTEM.brief(system)).collect();
    let mut found = map([("command", COMMAND.brief(&command)), ("systems", Value::Array(briefs))]);
    if talk.plan(RUN, &parameters)? {
        extend(
            &mut found,
            &map([
                ("workflowInstanceId", Value::Null),
                ("finished", Value::Bool(false)),
                ("results", Value::Array(Vec::new())),
            ]),
        );
        return Ok(talk.changed(Change::Planned, found, Value::Null, Value::Null));
    }
    let started = talk.call(RUN, parameters).await?;
    let workflow = match text_at(&started, "workflowInstanceId") {
        "" => {
            let why =
                "the command was started, but JumpCloud named no workflowInstanceId to find its results by";
            return Err(Error::new(ErrorKind::Decode, why).at(RUN));
        }
        workflow => workflow.to_owned(),
    };
    let running =
        |error: Error| error.because(&format!("the command runs on, as workflowInstanceId {workflow}"));
    let results = await_results(&talk, &workflow, &systems).await.map_err(running)?;
    let details = outputs(&talk, &results).await.map_err(running)?;
    let mut finished = true;
    // A service that takes no notice of the filter shows other runs too: the result in full says whose it is.
    let both = results.iter().zip(&details).filter(|(_, detail)| of_run(detail, &workflow)).rev();
    let first: BTreeMap<&str, (&Value, &Value)> = both.map(|both| (of(both.0), both)).collect();
    let each = systems.iter().map(|system| {
        let mut told = map([("system", SYSTEM.brief(system))]);
        let result = first.get(SYSTEM.id(system));
        finished &= result.is_some();
        told.insert("finished".to_owned(), Value::Bool(result.is_some()));
        if let Some((result, detail)) = result {
            extend(&mut told, &picked(result, &["exitCode", "requestTime", "responseTime"]));
            let response = detail.get("response").unwrap_or(&Value::Null);
            let data = response.get("data").unwrap_or(&Value::Null);
            extend(&mut told, &picked(data, &["exitCode", "output"]));
            extend(&mut told, &picked(response, &["error"]));
        }
        Value::Object(told)
    });
    let each = Value::Array(each.collect());
    found.insert("workflowInstanceId".to_owned(), text(&workflow));
    found.insert("finished".to_owned(), Value::Bool(finished));
    found.insert("results".to_owned(), each);
    Ok(talk.changed(Change::Made, found, Value::Null, Value::Null))
}

const RUN: &str = "v1.commands.run";

/// Looks again and again, less and less often, until every system has answered or the time is over.
async fn await_results(talk: &Talk, workflow: &str, systems: &[Value]) -> Result<Vec<Value>> {
    let (start, timeout) = (talk.now(), talk.seconds("timeout", USUAL_TIMEOUT));
    let (mut pause, mut waited) = (Duration::from_secs(1), Duration::ZERO);
    let asked = Parameters::new().with("filter", eq("workflowInstanceId", workflow));
    let meant: BTreeSet<&str> = systems.iter().map(|system| SYSTEM.id(system)).collect();
    loop {
        let mut results = talk.list("v1.commandResults.search", asked.clone(), None).await?;
        results.retain(|result| of_run(result, workflow) && meant.contains(of(result)));
        // Waits count too, not only the clock: one that stands still does not make this endless.
        let elapsed = talk.now().saturating_sub(start).max(waited);
        let left = timeout.saturating_sub(elapsed);
        let answered: BTreeSet<&str> = results.iter().map(of).collect();
        if answered.len() == meant.len() || left.is_zero() {
            return Ok(results);
        }
        let wait = pause.min(left);
        talk.wait(wait).await;
        waited += wait;
        pause = (pause * 2).min(LONGEST_WAIT);
    }
}

/// The system that a result is of. The description has `system` beside `systemId`, the name or the id.
fn of(result: &Value) -> &str {
    match text_at(result, "systemId") {
        "" => text_at(result, "system"),
        id => id,
    }
}

/// Whether a result may be of this run: the description gives those of a search no workflowInstanceId.
fn of_run(result: &Value, workflow: &str) -> bool {
    ["", workflow].contains(&text_at(result, "workflowInstanceId"))
}

/// The results in full: the list leaves out what was printed.
async fn outputs(talk: &Talk, results: &[Value]) -> Result<Vec<Value>> {
    let asks = results.iter().map(|result| {
        Ask::Call("v1.commandResults.get", Parameters::new().with("id", text_at(result, "_id")))
    });
    talk.all(asks.collect()).await.into_iter().collect()
}
