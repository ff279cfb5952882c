//! The rules of `core/api/README.md`, "Names", as far as a program can hold them.
//!
//! Every generation holds them, so a line of `names.tsv` that breaks one is refused when it is written.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};

use crate::description::{Description, EffectKind, Operation};
use crate::{models, python_stubs, swift_models};

/// The verbs that mean the same everywhere, and the methods that may carry them. `list` and `get` may say more
/// (`listForReport`, `getV2`). Every other verb is an action's own name.
const VERBS: [(&str, &[&str]); 14] = [
    ("list", &["GET"]),
    ("get", &["GET"]),
    ("create", &["POST"]),
    ("update", &["PATCH", "PUT"]),
    ("replace", &["PATCH", "PUT"]),
    ("upsert", &["POST", "PUT"]),
    ("delete", &["DELETE"]),
    ("add", &["POST"]),
    ("remove", &["DELETE"]),
    ("change", &["PATCH", "POST", "PUT"]),
    ("bulkUpdate", &["PATCH", "POST"]),
    ("bulkDelete", &["DELETE", "POST"]),
    ("download", &["GET", "POST"]),
    ("upload", &["POST", "PUT"]),
];

/// The verbs of a POST that only asks: its body is the question.
const QUESTIONS: [&str; 5] = ["count", "distinct", "interval", "query", "search"];

/// What a GET may be called that changes nothing; a GET that acts has its action's name.
const READS: [&str; 4] = ["list", "get", "download", "validate"];

/// Words for many things that have no plural, or are JumpCloud's own.
const COLLECTIVE: [&str; 4] = ["history", "memberOf", "membership", "usage"];

/// Nouns that are not the URL's word: the noun, what the URL says, and where the noun comes from.
const OTHER_WORDS: [(&str, &str); 20] = [
    // JumpCloud's own name for it (`x-noun-verb`, `x-powershell-method-name`, a schema's or an id's).
    ("administrators", "/api/users"),
    ("catalogApplications", "/application-catalog"),
    ("permissions", "/manage"),
    ("queuedCommands", "/commandqueue/"),
    ("templates", "/reports/jumpcloud"),
    ("views", "/reports/custom"),
    ("workflows", "/commandqueue/{workflow_instance_id}"),
    // Two words of the URL that mean one thing.
    ("alertConfigurations", "/configuration"),
    ("companyPolicy", "/company/policies"),
    ("importJobs", "/import"),
    ("importableJumpcloudUsers", "/import/jumpcloudusers"),
    ("importableUsers", "/import/users"),
    ("nextEvents", "/eventlist/next"),
    ("scheduledReports", "/reports/scheduled"),
    ("sharedFolderPolicy", "/policy/sharedfolders"),
    // Spelt out, or in the number of what comes.
    ("activePasswordManagerTenants", "/active-pwm-tenants"),
    ("activity", "/activities"),
    ("jumpcloudUser", "/jc-user"),
    // `self` is a word of the languages themselves.
    ("current", "/self"),
    // The URL is given at run time.
    ("objects", "/{uploadUrl}"),
];

/// Spellings that are not American.
const BRITISH: [&str; 7] = ["authoris", "catalogue", "centre", "colour", "enrolment", "licence", "organis"];

/// An error for the first name that breaks a rule, or for two of one URL that do not belong together.
pub fn check(description: &Description) -> Result<()> {
    let mut places: BTreeMap<String, &Operation> = BTreeMap::new();
    for operation in &description.operations {
        parameters(operation)?;
        one(operation).map_err(|error| error.context("core/api/README.md, Names"))?;
        let other = places.entry(without_parameters(&operation.path)).or_insert(operation);
        ensure!(
            nouns(&other.name) == nouns(&operation.name),
            "{} and {} have the same URL, {}: only their verbs may differ",
            other.name,
            operation.name,
            operation.path
        );
    }
    Ok(())
}

/// What a caller may say means one parameter: no two have one name, and a former name is no other one's name, and no
/// other one's former name.
fn parameters(operation: &Operation) -> Result<()> {
    let Operation { file, method, path, parameters, .. } = operation;
    let body = operation.body.as_ref().map(|_| "body");
    let filter = operation.body_filter.map(|_| "filter");
    let current = parameters.iter().map(|parameter| parameter.name.as_str());
    let mut known: Vec<(String, &str)> = Vec::new();
    for name in current.chain(body).chain(filter) {
        if let Some((_, other)) = known.iter().find(|(said, _)| *said == letters(name)) {
            bail!(
                "core/api/{file}: {method} {path}: two fields would be called {name}, one is the parameter {other}: a \
                 call could not tell them apart; take one out by a line of core/api/corrections.json"
            );
        }
        known.push((letters(name), name));
    }
    for parameter in parameters {
        for former in &parameter.former_names {
            let other =
                known.iter().find(|(said, meant)| *said == letters(former) && *meant != parameter.name);
            if let Some((_, other)) = other {
                bail!(
                    "core/api/{file}: {method} {path}: {former} was a name of {} and means {other}, too: take it out of \
                     x-jc-former-names",
                    parameter.name
                );
            }
            known.push((letters(former), &parameter.name));
        }
    }
    Ok(())
}

fn one(operation: &Operation) -> Result<()> {
    let Operation { name, path, .. } = operation;
    let segments: Vec<&str> = name.split('.').collect();
    let [api, nouns @ .., verb] = segments.as_slice() else {
        bail!("{name}: an API, nouns and a verb are expected");
    };
    ensure!(!nouns.is_empty(), "{name}: a noun is expected before the verb");
    for segment in &segments {
        ensure!(is_camel_case(segment), "{name}: {segment} is not camelCase");
        ensure!(!is_reserved(segment), "{name}: {segment} is a word of Rust, Python or Swift");
        let spelled = segment.to_lowercase();
        ensure!(!BRITISH.iter().any(|word| spelled.contains(word)), "{name}: {segment} is not American");
    }
    ensure!(api_of(path) == *api, "{name}: {path} belongs to {}", api_of(path));
    let letters = letters(&without_parameters(path));
    for noun in nouns {
        let follows = [noun.to_lowercase(), models::names::singular(noun).to_lowercase()]
            .iter()
            .any(|word| letters.contains(word.as_str()));
        let other = OTHER_WORDS.iter().any(|(word, url)| word == noun && path.contains(url));
        // The id that stands in the URL is a device's.
        let device = *noun == "devices" && path.contains("/{deviceObjectId}/");
        ensure!(follows || other || device, "{name}: {noun} is no word of {path}");
    }
    meaning(operation, nouns, verb)
}

/// What the verb promises.
fn meaning(operation: &Operation, nouns: &[&str], verb: &str) -> Result<()> {
    let Operation { name, method, path, .. } = operation;
    let safe = operation.effect.kind == EffectKind::Safe;
    for (known, methods) in VERBS {
        let means = match known {
            "list" | "get" => begins(verb, known),
            _ => verb == known,
        };
        let may = methods.join(" or ");
        ensure!(!means || methods.contains(&method.as_str()), "{name}: {known} is {may}, not {method}");
    }
    match method.as_str() {
        "GET" => ensure!(
            READS.iter().any(|read| begins(verb, read)) == safe,
            "{name}: a GET that acts has its action's name, one that reads is one of {READS:?}"
        ),
        "DELETE" => ensure!(!safe, "{name}: a DELETE acts"),
        _ => {}
    }
    let question = QUESTIONS.contains(&verb);
    ensure!(!question || method == "POST" && safe, "{name}: {verb} is a POST that changes nothing");
    let list = begins(verb, "list");
    ensure!(!list || operation.paging.is_some(), "{name}: what {path} answers is no list");
    ensure!(
        operation.paging.is_none() || list || question,
        "{name}: {path} answers a list, and is not called one"
    );
    if let (true, Some(noun)) = (list, nouns.last()) {
        let many = noun.ends_with('s') || COLLECTIVE.contains(noun) || nouns[0] == "systemInsights";
        ensure!(many, "{name}: many are expected, so {noun} is plural");
    }
    ensure!(
        operation.effect.full_replace != Some(true) || ["replace", "upload", "upsert"].contains(&verb),
        "{name}: what the body leaves out is reset, so it is called replace"
    );
    ensure!(
        verb != "replace" || operation.effect.full_replace == Some(true),
        "{name}: replace resets what the body leaves out, and core/api/effects.tsv does not say `full`"
    );
    Ok(())
}

/// Whether a verb is `word`, or says more after it: `listForReport`.
fn begins(verb: &str, word: &str) -> bool {
    verb.strip_prefix(word).is_some_and(|more| !more.starts_with(|first: char| first.is_ascii_lowercase()))
}

fn nouns(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(nouns, _)| nouns)
}

fn api_of(path: &str) -> &'static str {
    match path.trim_start_matches('/').split('/').collect::<Vec<_>>()[..] {
        ["api", "v2", ..] => "v2",
        ["api", ..] => "v1",
        ["insights", ..] => "insights",
        ["oauth2", ..] => "oauth",
        _ => "storage",
    }
}

/// `/api/v2/roles/{}`: what the parameters are called does not tell operations apart.
fn without_parameters(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// What tells names apart in every language: letters and digits, in whatever case.
pub(crate) fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

fn is_camel_case(segment: &str) -> bool {
    segment.starts_with(|first: char| first.is_ascii_lowercase())
        && segment.chars().all(|letter| letter.is_ascii_alphanumeric())
        && !segment.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_uppercase))
}

fn is_reserved(segment: &str) -> bool {
    let word = models::names::snake(segment);
    models::KEYWORDS.contains(&word.as_str())
        || python_stubs::KEYWORDS.contains(&word.as_str())
        || swift_models::KEYWORDS.contains(&segment)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn description() -> Description {
        Description::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap()
    }

    #[test]
    fn every_name_keeps_the_rules() {
        check(&description()).unwrap();
    }

    #[test]
    fn every_exception_is_needed() {
        let description = description();
        for (noun, url) in OTHER_WORDS {
            let used = description.operations.iter().any(|operation| {
                operation.path.contains(url) && operation.name.split('.').any(|segment| segment == noun)
            });
            assert!(used, "{noun} for {url}");
        }
        for noun in COLLECTIVE {
            assert!(
                description
                    .operations
                    .iter()
                    .any(|operation| operation.name.contains(&format!(".{noun}.list"))),
                "{noun}"
            );
        }
    }

    /// Each rule refuses what breaks it: the name of one operation is replaced, and the error names the rule.
    #[test]
    fn what_breaks_a_rule_is_refused() {
        let cases = [
            (
                "v2.userGroups.members.change",
                "v2.userGroups.members.update",
                "update is PATCH or PUT, not POST",
            ),
            ("v2.userGroups.members.change", "v2.userGroups.members.get", "get is GET, not POST"),
            ("v2.roles.create", "v2.roles.replace", "replace is PATCH or PUT, not POST"),
            ("v2.roles.replace", "v2.roles.update", "is reset, so it is called replace"),
            ("v2.roles.delete", "v2.roles.add", "add is POST, not DELETE"),
            ("v2.roles.list", "v2.roles.get", "answers a list"),
            ("v2.roles.get", "v2.roles.list", "is no list"),
            ("v2.roles.list", "v2.role.list", "role is plural"),
            ("v2.roles.list", "v2.duties.list", "duties is no word of /api/v2/roles"),
            ("v2.roles.list", "v1.roles.list", "belongs to v2"),
            ("v2.roles.list", "v2.api.roles.list", "only their verbs may differ"),
            ("v2.roles.get", "v2.Roles.get", "Roles is not camelCase"),
            ("v2.roles.get", "v2.roles.getTTL", "getTTL is not camelCase"),
            ("v2.roles.get", "v2.roles.self.get", "self is a word of"),
            ("v2.roles.get", "v2.get", "a noun is expected"),
            ("v1.organizations.list", "v1.organisations.list", "is not American"),
            ("v1.administrators.reactivate", "v1.administrators.get", "a GET that acts"),
            ("v2.roles.get", "v2.roles.reset", "a GET that acts"),
            ("v2.roles.create", "v2.roles.query", "query is a POST that changes nothing"),
        ];
        let mut description = description();
        for (right, wrong, told) in cases {
            let found = description.operations.iter().position(|operation| operation.name == right);
            let found = found.unwrap_or_else(|| panic!("{right} is gone"));
            description.operations[found].name = wrong.to_owned();
            let error = format!("{:#}", check(&description).expect_err(wrong));
            assert!(error.contains(told), "{wrong}: {error}");
            description.operations[found].name = right.to_owned();
        }
    }

    #[test]
    fn what_a_caller_says_means_one_parameter() {
        let mut description = description();
        let schema = description.operations[0].parameters[0].schema.clone();
        let found =
            description.operations.iter_mut().find(|operation| operation.name == "v2.roles.list").unwrap();
        let parameter = |name: &str, former: &[&str]| crate::description::Parameter {
            name: name.to_owned(),
            location: "query".to_owned(),
            required: false,
            style: crate::description::Style::Single,
            former_names: former.iter().map(|name| (*name).to_owned()).collect(),
            spells_gte: false,
            schema: schema.clone(),
        };
        assert!(found.parameters.iter().any(|known| known.name == "limit"));
        for (more, told) in [
            (vec![parameter("Limit", &[])], "two fields would be called Limit, one is the parameter limit"),
            (vec![parameter("size", &["limit"])], "limit was a name of size and means limit, too"),
            (
                vec![parameter("a", &["old"]), parameter("b", &["old"])],
                "old was a name of b and means a, too",
            ),
            (vec![parameter("userId", &["user_id"])], ""),
        ] {
            let known = found.parameters.len();
            found.parameters.extend(more);
            let error = parameters(found).err().map(|error| error.to_string()).unwrap_or_default();
            let place = "core/api/console.json: GET /api/v2/roles: ";
            assert!(told.is_empty() == error.is_empty() && error.contains(told), "{error}");
            assert!(error.is_empty() || error.starts_with(place), "{error}");
            found.parameters.truncate(known);
        }
    }
}
