//! Commands (`/api/commands`): scripts that systems run when somebody, a schedule or a trigger asks them to.

use std::sync::Arc;

use jumpcloud_core::filter::{and, eq};
use serde_json::{Value, json};

use crate::call::{Answer, Call, Outcome};
use crate::collection::{Query, Record};
use crate::command_results::{self, Run};
use crate::company::Company;
use crate::graph::{Kind, Node};
use crate::id::Id;
use crate::later::Task;
use crate::random::Random;
use crate::refusal::Refusal;

/// Who runs a command when nobody is named: root.
const ROOT: &str = "000000000000000000000000";

/// A command of the company.
pub(crate) struct Seed {
    pub(crate) name: &'static str,
    /// `linux`, `mac` or `windows`.
    pub(crate) system: &'static str,
    /// `manual`, `trigger` or `repeated`, with the trigger's name or the schedule.
    pub(crate) launch: (&'static str, &'static str),
    /// The system group it is bound to.
    pub(crate) group: &'static str,
    pub(crate) script: &'static str,
}

const fn seed(
    name: &'static str,
    (system, group): (&'static str, &'static str),
    launch: (&'static str, &'static str),
    script: &'static str,
) -> Seed {
    Seed { name, system, launch, group, script }
}

const MAC: (&str, &str) = ("mac", "macOS Laptops");
const WINDOWS: (&str, &str) = ("windows", "Windows Laptops");
const WORKSTATIONS: (&str, &str) = ("linux", "Linux Workstations");
const SERVERS: (&str, &str) = ("linux", "Linux Servers");
const MANUAL: (&str, &str) = ("manual", "");

/// The commands of the company.
pub(crate) const COMMANDS: [Seed; 12] = [
    seed("Check disk encryption (macOS)", MAC, ("repeated", "0 7 * * 1"), "fdesetup status"),
    seed("Install pending updates (macOS)", MAC, MANUAL, "softwareupdate --install --recommended"),
    seed("Collect logs (macOS)", MAC, ("trigger", "collect-logs"), "sysdiagnose -u -f /tmp"),
    seed("Rename computer", MAC, MANUAL, "scutil --set ComputerName new\necho \"renamed\""),
    seed("Check disk encryption (Windows)", WINDOWS, ("repeated", "30 7 * * 1"), "manage-bde -status C:"),
    seed("Restart print spooler", WINDOWS, MANUAL, "Restart-Service Spooler\necho \"Spooler is running\""),
    seed("Flush DNS cache", WINDOWS, ("trigger", "flush-dns"), "ipconfig /flushdns"),
    seed("Upgrade packages", WORKSTATIONS, ("repeated", "0 3 * * *"), "apt-get update && apt-get -y upgrade"),
    seed("Uptime", SERVERS, MANUAL, "uptime"),
    seed("Disk usage", SERVERS, ("repeated", "0 * * * *"), "df -h /"),
    seed(
        "Restart web server",
        SERVERS,
        ("trigger", "deploy"),
        "systemctl restart nginx\necho \"nginx restarted\"",
    ),
    seed("Rotate logs", SERVERS, MANUAL, "logrotate --force /etc/logrotate.conf\nexit 1"),
];

impl Seed {
    /// Its record.
    pub(crate) fn record(&self, id: Id, organization: Id) -> Record {
        let (launch, word) = self.launch;
        let mut record = defaults(id, organization);
        record.insert("name".into(), json!(self.name));
        record.insert("command".into(), json!(self.script));
        record.insert("commandType".into(), json!(self.system));
        record.insert("launchType".into(), json!(launch));
        match launch {
            "trigger" => record.insert("trigger".into(), json!(word)),
            "repeated" => {
                record.insert("scheduleRepeatType".into(), json!("custom"));
                record.insert("schedule".into(), json!(word))
            }
            _ => None,
        };
        if self.system == "windows" {
            record.insert("shell".into(), json!("powershell"));
        }
        record
    }
}

/// A command of which only the id is known.
fn defaults(id: Id, organization: Id) -> Record {
    let fields = json!({
        "_id": id.to_string(),
        "id": id.to_string(),
        "aiGenerated": false,
        "command": "",
        "commandRunners": [],
        "commandType": "linux",
        "description": "",
        "files": [],
        "filesS3": [],
        "launchType": "manual",
        "listensTo": "",
        "name": "",
        "organization": organization.to_string(),
        "schedule": "",
        "scheduleRepeatType": "",
        "scheduleYear": 0,
        "shell": "",
        "sudo": false,
        "systems": [],
        "template": "",
        "templatingRequired": false,
        "timeToLiveSeconds": 864_000,
        "timeout": "120",
        "trigger": "",
        "user": ROOT,
    });
    match fields {
        Value::Object(record) => record,
        _ => Record::new(),
    }
}

/// `v1.commands.list`, `v1.commands.search`
pub(crate) fn list(company: &Company, call: &Call) -> Outcome {
    let page = call.page()?;
    let query = call.query(&["name", "command", "commandType", "launchType"])?;
    let (total, records) = company.commands.page(&query, page.skip, page.limit);
    call.list(page, total, records)
}

/// `v1.commands.get`
pub(crate) fn get(company: &Company, call: &Call) -> Outcome {
    let record = company.commands.get(call.id("id")?).ok_or_else(|| call.missing("id"))?;
    Answer::record(call.project(record))
}

/// `v1.commands.create`
pub(crate) fn create(company: &mut Company, call: &Call) -> Outcome {
    put(company, call, company.commands.new_id(call.now, call.random))
}

/// `v1.commands.replace`: what the body leaves out falls back to its default, the type of system to `linux`.
pub(crate) fn replace(company: &mut Company, call: &Call) -> Outcome {
    let id = call.id("id")?;
    if !company.commands.contains(id) {
        return Err(call.missing("id"));
    }
    put(company, call, id)
}

fn put(company: &mut Company, call: &Call, id: Id) -> Outcome {
    call.body_text("name")?;
    call.body_text("command")?;
    let mut record = defaults(id, company.facts.organization);
    // Systems are bound through the graph: JumpCloud takes no notice of them here.
    let not_taken = ["_id", "id", "organization", "commandRunners", "systems"];
    for (name, value) in call.object()?.iter().filter(|(name, _)| !not_taken.contains(&name.as_str())) {
        record.insert(name.clone(), value.clone());
    }
    company.commands.put(id, record.clone());
    Answer::record(record)
}

/// `v1.commands.delete`
pub(crate) fn delete(company: &mut Company, call: &Call) -> Outcome {
    let id = call.id("id")?;
    let record = company.commands.remove(id).ok_or_else(|| call.missing("id"))?;
    company.graph.forget(Node(Kind::Command, id));
    company.later.forget(|task| matches!(task, Task::Answer { run, .. } if run.command == id));
    Answer::record(record)
}

/// `v1.commands.files.list`
pub(crate) fn files(company: &Company, call: &Call) -> Outcome {
    let files = company.commands.field(call.id("id")?, "filesS3").ok_or_else(|| call.missing("id"))?;
    let files: Vec<Record> = files
        .as_array()
        .into_iter()
        .flatten()
        .map(|file| {
            [("_id", "objectStorageId"), ("name", "name"), ("destination", "destination")]
                .into_iter()
                .map(|(shown, stored)| (shown.to_owned(), file[stored].clone()))
                .collect()
        })
        .collect();
    let page = call.page()?;
    let total = files.len();
    call.list(page, total, files.into_iter().skip(page.skip).take(page.limit).collect())
}

/// `v1.commands.run`: on the systems and the members of the groups that are named, or else on those it is bound to.
pub(crate) fn run(company: &mut Company, call: &Call) -> Outcome {
    // The words of JumpCloud, also for a body that names the command under another key.
    let id = call.body_text("_id").map_err(|_| Refusal::bad_request("command id is required"))?;
    let unknown = || Refusal::not_found(format!("Not Found: there is no command {id:?}"));
    let command = Id::parse(id).and_then(|id| company.commands.get(id).map(|record| (id, record)));
    let (id, command) = command.ok_or_else(unknown)?;
    let systems = match targets(company, call)? {
        Some(systems) => systems,
        None => company.graph.reached(Node(Kind::Command, id), Kind::System),
    };
    let (instance, queue) =
        start(company, (call.now, call.random, call.quirks.work_ms), id, &command, systems);
    let queue: Vec<String> = queue.iter().map(Id::to_string).collect();
    Ok(Answer::json(200, &json!({"queueIds": queue, "workflowInstanceId": instance.to_string()})))
}

/// The systems that a body names; none when it names nothing.
fn targets(company: &Company, call: &Call) -> Result<Option<Vec<Id>>, Refusal> {
    let mut systems = None;
    for (name, kind) in
        [("systemIds", Kind::System), ("systems", Kind::System), ("systemGroups", Kind::SystemGroup)]
    {
        let Some(values) = call.body.get(name).and_then(Value::as_array) else {
            continue;
        };
        let systems: &mut Vec<Id> = systems.get_or_insert_default();
        for value in values {
            let node = value.as_str().and_then(Id::parse).map(|id| Node(kind, id));
            let node = node.filter(|node| company.knows(*node)).ok_or_else(|| {
                Refusal::not_found(format!("Not Found: {name}: there is no {} {value}", kind.name()))
            })?;
            match kind {
                Kind::SystemGroup => {
                    systems.extend(company.graph.members(node).map(|Node(_, id)| id));
                }
                _ => systems.push(node.1),
            }
        }
    }
    Ok(systems)
}

/// `v1.commands.trigger`: runs all commands that wait for the trigger.
pub(crate) fn trigger(company: &mut Company, call: &Call) -> Outcome {
    let filter = and([eq("launchType", "trigger"), eq("trigger", call.text("triggername"))]);
    let query = Query { filter: Some(filter), ..Query::default() };
    let mut triggered = Vec::new();
    for command in company.commands.page(&query, 0, usize::MAX).1 {
        if let Some(id) = command.get("_id").and_then(Value::as_str).and_then(Id::parse) {
            let systems = company.graph.reached(Node(Kind::Command, id), Kind::System);
            start(company, (call.now, call.random, call.quirks.work_ms), id, &command, systems);
            triggered.push(command.get("name").cloned().unwrap_or_default());
        }
    }
    Ok(Answer::json(200, &json!({"triggered": triggered})))
}

/// Puts a command into the queues of systems: the id of the whole and those of the parts.
fn start(
    company: &mut Company,
    (now, random, work_ms): (i64, u64, Option<u32>),
    command: Id,
    record: &Record,
    mut systems: Vec<Id>,
) -> (Id, Vec<Id>) {
    systems.sort_unstable();
    systems.dedup();
    let instance = company.runs.last().map(|run| run.instance);
    let instance = Id::new(now / 1000, random).later_than(instance);
    let run = Arc::new(Run::new(instance, command, record, now, &systems, company));
    company.runs.push(Arc::clone(&run));
    let mut queued = instance;
    let mut queue = Vec::with_capacity(systems.len());
    for system in systems {
        queued = queued.after();
        queue.push(queued);
        // A system that is off, or has no agent, finds the command in its queue when it comes back.
        let answers = company.systems.field(system, "active") == Some(json!(true))
            && company.systems.field(system, "osFamily") != Some(json!("ios"));
        let delay = work_ms.map_or_else(|| command_results::delay(system), i64::from);
        let due = if answers { now.saturating_add(delay) } else { i64::MAX };
        company.later.add(due, Task::Answer { run: Arc::clone(&run), system });
    }
    (instance, queue)
}

/// What commands with a schedule did in the last hours, each on a few systems.
pub(crate) fn history(company: &mut Company, now: i64, seed: u64) {
    const SYSTEMS: usize = 20;
    const HOUR: i64 = 3_600_000;
    let mut random = Random::new(seed, "command history");
    let scheduled = Query { filter: Some(eq("launchType", "repeated")), ..Query::default() };
    let commands = company.commands.page(&scheduled, 0, usize::MAX).1;
    for hours in (1..=3).rev() {
        for command in &commands {
            if let Some(id) = command.get("_id").and_then(Value::as_str).and_then(Id::parse) {
                let mut systems = company.graph.reached(Node(Kind::Command, id), Kind::System);
                systems.truncate(SYSTEMS);
                start(company, (now - hours * HOUR, random.next(), None), id, command, systems);
            }
        }
    }
    company.catch_up(now);
}
