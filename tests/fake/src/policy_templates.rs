//! What policies are made from (`/api/v2/policytemplates`): the same for every organization.

use serde_json::{Value, json};

use crate::call::{Answer, Call, Outcome};
use crate::collection::{Record, page_of};
use crate::company::Company;
use crate::id::Id;
use crate::random::Random;

/// A template.
pub(crate) struct Template {
    /// Its name in programs.
    pub(crate) name: &'static str,
    title: &'static str,
    description: &'static str,
    /// `darwin`, `windows`, `linux` or `ios`.
    family: &'static str,
    settings: &'static [Setting],
}

/// One setting: its name, its label, and its value unless a policy says otherwise.
type Setting = (&'static str, &'static str, Initially);

enum Initially {
    Is(bool),
    Number(i64),
    Text(&'static str),
}
use Initially::{Is, Number, Text};

const fn template(
    (name, family): (&'static str, &'static str),
    (title, description): (&'static str, &'static str),
    settings: &'static [Setting],
) -> Template {
    Template { name, title, description, family, settings }
}

/// All templates.
pub(crate) const TEMPLATES: [Template; 12] = [
    template(
        ("filevault_darwin", "darwin"),
        ("FileVault 2", "Encrypts the startup disk and keeps its recovery key"),
        &[
            ("showRecoveryKey", "Show the recovery key to the user", Is(false)),
            ("deferrals", "How often it may be put off", Number(3)),
        ],
    ),
    template(
        ("lock_screen_darwin", "darwin"),
        ("Lock Screen", "Locks the screen of a Mac that nobody uses"),
        &[("timeout", "Seconds until it locks", Number(300))],
    ),
    template(
        ("firewall_darwin", "darwin"),
        ("Application Firewall", "Turns on the firewall of macOS"),
        &[
            ("stealthMode", "Do not answer probes", Is(true)),
            ("blockAll", "Block all incoming connections", Is(false)),
        ],
    ),
    template(
        ("system_updates_darwin", "darwin"),
        ("System Updates", "Installs updates of macOS"),
        &[
            ("automatic", "Install on their own", Is(true)),
            ("deferralDays", "Days until they are offered", Number(7)),
        ],
    ),
    template(
        ("gatekeeper_darwin", "darwin"),
        ("Gatekeeper", "Says which applications may be opened"),
        &[("allow", "Allowed sources", Text("appStoreAndIdentifiedDevelopers"))],
    ),
    template(
        ("bitlocker_windows", "windows"),
        ("BitLocker Full Disk Encryption", "Encrypts fixed drives and keeps their recovery keys"),
        &[("encryptAll", "Encrypt all fixed drives", Is(true))],
    ),
    template(
        ("lock_screen_windows", "windows"),
        ("Lock Screen", "Locks the screen of a PC that nobody uses"),
        &[("timeout", "Seconds until it locks", Number(300))],
    ),
    template(
        ("removable_storage_windows", "windows"),
        ("Removable Storage Access", "Says what may be done with removable drives"),
        &[("denyRead", "Deny reading", Is(false)), ("denyWrite", "Deny writing", Is(true))],
    ),
    template(
        ("updates_windows", "windows"),
        ("Windows Update", "Installs updates of Windows"),
        &[
            ("activeHoursStart", "Start of the working day", Number(8)),
            ("activeHoursEnd", "End of the working day", Number(18)),
        ],
    ),
    template(
        ("lock_screen_linux", "linux"),
        ("Lock Screen", "Locks the screen of a workstation that nobody uses"),
        &[("timeout", "Seconds until it locks", Number(300))],
    ),
    template(
        ("ssh_root_linux", "linux"),
        ("Disable SSH Root Login", "Lets nobody sign in as root over SSH"),
        &[("permitRootLogin", "Value of PermitRootLogin", Text("no"))],
    ),
    template(
        ("passcode_ios", "ios"),
        ("Passcode", "Asks for a passcode on iPhones and iPads"),
        &[("minimumLength", "Least number of digits", Number(6)), ("allowSimple", "Allow 1234", Is(false))],
    ),
];

/// The templates with their ids, in the order of these.
fn all() -> impl Iterator<Item = (Id, &'static Template)> {
    (1_524_500_000..)
        .step_by(86_400)
        .zip(&TEMPLATES)
        .map(|(seconds, template)| (Id::new(seconds, Random::new(0, template.name).next()), template))
}

/// The template of that id.
pub(crate) fn find(id: Id) -> Option<(Id, &'static Template)> {
    all().find(|(known, _)| *known == id)
}

/// The template of that name, with its id.
pub(crate) fn named(name: &str) -> Option<(Id, &'static Template)> {
    all().find(|(_, template)| template.name == name)
}

impl Template {
    /// What lists and policies show of it: all but its settings.
    pub(crate) fn summary(&self, id: Id) -> Record {
        let apple = matches!(self.family, "darwin" | "ios");
        let fields = json!({
            "id": id.to_string(),
            "name": self.name,
            "displayName": self.title,
            "description": self.description,
            "osMetaFamily": self.family,
            "activation": "The policy takes effect within a few minutes",
            "behavior": "",
            "alert": null,
            "deliveryTypes": [if apple { "mdm" } else { "agent" }],
            "osRestrictions": [],
            "reference": null,
            "state": "",
        });
        match fields {
            Value::Object(record) => record,
            _ => Record::new(),
        }
    }

    fn fields(&self, id: Id) -> impl Iterator<Item = (String, &Setting)> {
        let first = id.after();
        let ids = std::iter::successors(Some(first), |id| Some(id.after()));
        ids.map(|id| id.to_string()).zip(self.settings)
    }

    /// Its settings.
    pub(crate) fn config_fields(&self, id: Id) -> Value {
        let fields = self.fields(id).enumerate().map(|(position, (id, (name, label, initially)))| {
            json!({
                "id": id,
                "name": name,
                "label": label,
                "position": position,
                "readOnly": false,
                "required": false,
                "sensitive": false,
                "displayType": match initially {
                    Is(_) => "checkbox",
                    Number(_) => "number",
                    Text(_) => "text",
                },
                "defaultValue": initially.value(),
                "displayOptions": {},
                "tooltip": {"template": "", "variables": {"icon": "", "message": ""}},
                "validators": null,
            })
        });
        fields.collect()
    }

    /// The values of its settings unless a policy says otherwise.
    pub(crate) fn values(&self, id: Id) -> Vec<Value> {
        let value = |(id, (_, _, initially)): (String, &Setting)| json!({"configFieldID": id, "sensitive": false, "value": initially.value()});
        self.fields(id).map(value).collect()
    }
}

impl Initially {
    fn value(&self) -> Value {
        match self {
            Is(value) => json!(value),
            Number(value) => json!(value),
            Text(value) => json!(value),
        }
    }
}

/// `v2.policyTemplates.list`: without the settings.
pub(crate) fn list(_: &Company, call: &Call) -> Outcome {
    let page = call.page()?;
    let templates = all().map(|(id, template)| template.summary(id)).collect();
    let (total, records) = page_of(templates, &call.query(&[])?, page.skip, page.limit);
    call.list(page, total, records)
}

/// `v2.policyTemplates.get`
pub(crate) fn get(_: &Company, call: &Call) -> Outcome {
    let (id, template) = find(call.id("id")?).ok_or_else(|| call.missing("id"))?;
    let mut record = template.summary(id);
    record.insert("configFields".into(), template.config_fields(id));
    Answer::record(record)
}
