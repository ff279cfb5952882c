//! What came of commands: the answers of systems (`/api/commandresults`), the runs they belong to, and what still
//! waits in queues (`/api/v2/commandresult/workflows`, `/api/v2/queuedcommand/workflows`).
//!
//! A system answers a moment after it was asked, always after the same moment. It understands very little of a shell:
//! `echo`, `exit`, and a few programs whose output admins know. That is enough to make a command say anything and
//! end with any status.

use std::collections::HashMap;
use std::sync::Arc;

use jumpcloud_core::filter::eq;
use serde_json::{Value, json};

use crate::calendar;
use crate::call::{Answer, Call, Outcome};
use crate::collection::{MadeUp, Query, Record, page_of};
use crate::company::Company;
use crate::id::Id;
use crate::later::Task;
use crate::random::Random;
use crate::refusal::Refusal;

/// One run of a command, on any number of systems.
pub(crate) struct Run {
    /// Its id, `workflowInstanceId`.
    pub(crate) instance: Id,
    /// The command's id, `workflowId`.
    pub(crate) command: Id,
    name: String,
    script: String,
    sudo: Value,
    user: Value,
    organization: Id,
    requested: i64,
    /// The system's name if there is but one.
    system: String,
}

impl Run {
    /// A run of a command as it is now.
    pub(crate) fn new(
        instance: Id,
        command: Id,
        record: &Record,
        requested: i64,
        systems: &[Id],
        company: &Company,
    ) -> Run {
        let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let value = |name: &str| record.get(name).cloned().unwrap_or_default();
        Run {
            instance,
            command,
            name: text("name"),
            script: text("command"),
            sudo: value("sudo"),
            user: value("user"),
            organization: company.facts.organization,
            requested,
            system: match systems {
                [system] => hostname(company, *system),
                _ => String::new(),
            },
        }
    }
}

fn hostname(company: &Company, system: Id) -> String {
    let name = company.systems.field(system, "hostname");
    name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// After how many milliseconds a system answers.
pub(crate) fn delay(system: Id) -> i64 {
    150 + Random::new(system.number(), "answer").below(500) as i64
}

/// What one system answered.
pub(crate) struct CommandResult {
    id: Id,
    run: Arc<Run>,
    system: Id,
    hostname: Box<str>,
    answered: i64,
}

impl Company {
    /// Notes that a system has run a command. One that is gone has not.
    pub(crate) fn answer(&mut self, run: &Arc<Run>, system: Id, now: i64) {
        if self.systems.contains(system) {
            let id = self.command_results.new_id(now, run.instance.number() ^ system.number());
            let hostname = hostname(self, system).into();
            let result = CommandResult { id, run: Arc::clone(run), system, hostname, answered: now };
            self.command_results.add(result);
        }
    }
}

/// What a program says.
const PROGRAMS: [(&str, &str); 7] = [
    ("apt-get", "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded."),
    ("df", "Filesystem      Size  Used Avail Use% Mounted on\n/dev/nvme0n1p1   97G   41G   56G  43% /"),
    ("fdesetup", "FileVault is On."),
    ("ipconfig", "Successfully flushed the DNS Resolver Cache."),
    (
        "manage-bde",
        "Volume C: [OSDisk]\n    Conversion Status:    Fully Encrypted\n    Protection Status:    Protection On",
    ),
    ("softwareupdate", "No updates are available."),
    ("uptime", " 09:14:02 up 12 days,  3:41,  1 user,  load average: 0.08, 0.11, 0.09"),
];

/// The output of a script and the status it ends with.
fn execute(script: &str, hostname: &str) -> (String, i64) {
    let mut output = String::new();
    for line in script.lines().map(str::trim) {
        let (program, rest) = line.split_once(' ').unwrap_or((line, ""));
        let said = match program {
            "echo" => rest.trim_matches(['"', '\'']),
            "hostname" => hostname,
            "exit" => return (output, rest.trim().parse().unwrap_or(0)),
            _ => match PROGRAMS.iter().find(|(known, _)| *known == program) {
                Some((_, said)) => said,
                None => continue,
            },
        };
        output.push_str(said);
        output.push('\n');
    }
    (output, 0)
}

impl MadeUp for CommandResult {
    type Facts = ();

    const FIELDS: &'static [&'static str] = &[
        "_id",
        "id",
        "command",
        "exitCode",
        "files",
        "name",
        "organization",
        "requestTime",
        "response",
        "responseTime",
        "sudo",
        "system",
        "systemId",
        "user",
        "workflowId",
        "workflowInstanceId",
    ];

    fn id(&self) -> Id {
        self.id
    }

    fn field(&self, name: &str, (): &()) -> Option<Value> {
        let run = &self.run;
        Some(match name {
            "_id" | "id" => json!(self.id.to_string()),
            "command" => json!(run.script),
            "exitCode" => json!(execute(&run.script, &self.hostname).1),
            "files" => json!([]),
            "name" => json!(run.name),
            "organization" => json!(run.organization.to_string()),
            "requestTime" => json!(calendar::write(run.requested)),
            "response" => {
                let (output, status) = execute(&run.script, &self.hostname);
                json!({"id": self.id.to_string(), "error": "", "data": {"exitCode": status, "output": output}})
            }
            "responseTime" => json!(calendar::write(self.answered)),
            "sudo" => run.sudo.clone(),
            "system" => json!(self.hostname),
            "systemId" => json!(self.system.to_string()),
            "user" => run.user.clone(),
            "workflowId" => json!(run.command.to_string()),
            "workflowInstanceId" => json!(run.instance.to_string()),
            _ => return None,
        })
    }
}

/// `v1.commandResults.list`, `v1.commandResults.search`
pub(crate) fn list(company: &Company, call: &Call) -> Outcome {
    let page = call.page()?;
    let query = call.query(&["name", "command", "system"])?;
    let (total, records) = company.command_results.page(&query, page.skip, page.limit);
    call.list(page, total, records)
}

/// `v1.commandResults.get`
pub(crate) fn get(company: &Company, call: &Call) -> Outcome {
    let record = company.command_results.get(call.id("id")?).ok_or_else(|| call.missing("id"))?;
    Answer::record(call.project(record))
}

/// `v1.commandResults.delete`
pub(crate) fn delete(company: &mut Company, call: &Call) -> Outcome {
    Answer::record(company.command_results.remove(call.id("id")?).ok_or_else(|| call.missing("id"))?)
}

/// `v1.commands.results.list`: a bare array.
pub(crate) fn of_command(company: &Company, call: &Call) -> Outcome {
    let id = call.id("id")?;
    if !company.commands.contains(id) {
        return Err(call.missing("id"));
    }
    let page = call.page()?;
    let query = Query { filter: Some(eq("workflowId", id.to_string())), ..Query::default() };
    let (total, records) = company.command_results.page(&query, page.skip, page.limit);
    call.list(page, total, records)
}

/// How many systems have yet to answer in each run.
fn pending(company: &Company) -> HashMap<Id, usize> {
    let mut pending = HashMap::new();
    for (_, task) in company.later.tasks() {
        if let Task::Answer { run, .. } = task {
            *pending.entry(run.instance).or_default() += 1;
        }
    }
    pending
}

fn workflows(company: &Company, call: &Call, shown: impl Fn(&Run) -> Option<Record>) -> Outcome {
    // The last first, as people look for it.
    let runs: Vec<Record> = company.runs.iter().rev().filter_map(|run| shown(run)).collect();
    let page = call.page()?;
    let (total, records) = page_of(runs, &call.query(&["command", "system"])?, page.skip, page.limit);
    call.list(page, total, records)
}

fn workflow(run: &Run, pending: usize) -> Record {
    Record::from_iter([
        ("id".to_owned(), json!(run.instance.to_string())),
        ("command".to_owned(), json!(run.name)),
        ("system".to_owned(), json!(run.system)),
        ("pendingCount".to_owned(), json!(pending)),
    ])
}

/// `v2.queuedCommands.workflows.list`
pub(crate) fn queued(company: &Company, call: &Call) -> Outcome {
    let pending = pending(company);
    workflows(company, call, |run| pending.get(&run.instance).map(|pending| workflow(run, *pending)))
}

/// `v2.commandResults.workflows.list`
pub(crate) fn completed(company: &Company, call: &Call) -> Outcome {
    let pending = pending(company);
    let mut completed: HashMap<Id, usize> = HashMap::new();
    for result in company.command_results.made_up() {
        *completed.entry(result.run.instance).or_default() += 1;
    }
    workflows(company, call, |run| {
        let mut record = workflow(run, pending.get(&run.instance).copied().unwrap_or_default());
        record.insert("completedCount".to_owned(), json!(completed.get(&run.instance)?));
        Some(record)
    })
}

/// `v2.queuedCommands.workflows.cancel`: systems that have not answered never will.
pub(crate) fn cancel(company: &mut Company, call: &Call) -> Outcome {
    let instance = call.id("workflow_instance_id")?;
    match company.later.forget(|task| matches!(task, Task::Answer { run, .. } if run.instance == instance)) {
        0 if !company.runs.iter().any(|run| run.instance == instance) => {
            Err(Refusal::not_found(format!("Not Found: there is no workflow instance {instance}")))
        }
        _ => Ok(Answer::empty(204)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_say_and_end_as_they_tell() {
        assert_eq!(execute("hostname\necho \"two words\"", "db-001"), ("db-001\ntwo words\n".to_owned(), 0));
        assert_eq!(execute("echo one\nexit 3\necho two", ""), ("one\n".to_owned(), 3));
        assert_eq!(execute("unheard-of --flag", ""), (String::new(), 0));
    }
}
