//! What operations, parameters and fields mean, in a person's words: the fourth column of `core/api/names.tsv`,
//! `parameter-words.tsv` and `field-words.tsv`, and `search-words.tsv`, which says what people call things.
//!
//! `generate` holds the rules ([`check`]); the heads of the files say them to a person.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::{Description, Kind, Operation, Schema};
use crate::models::names::words;

/// What a sentence or a phrase has at most.
const MOST: usize = 25;

const NAMES: &str = "core/api/names.tsv";
const PARAMETERS: &str = "core/api/parameter-words.tsv";
const FIELDS: &str = "core/api/field-words.tsv";
const SEARCH: &str = "core/api/search-words.tsv";

/// The phrases, and the words of searches.
#[derive(Default)]
pub struct Words {
    /// By operation (nothing: in all) and parameter.
    parameters: BTreeMap<(String, String), String>,
    /// By the name of a type (`*`: in all that have words) and the keys that lead to the field, with dots.
    fields: BTreeMap<(String, String), String>,
    /// Words that mean the same, a line each.
    pub search: Vec<Vec<String>>,
}

impl Words {
    /// Reads the three files below `root`.
    pub fn read(root: &Path) -> Result<Words> {
        let text = |file: &str| fs::read_to_string(root.join(file)).context(file.to_owned());
        let mut words = Words::default();
        for line in lines(&text(PARAMETERS)?, PARAMETERS)? {
            let [key, phrase] = columns(&line, PARAMETERS, "[operation:]parameter<TAB>phrase")?;
            let (operation, parameter) = key.split_once(':').unwrap_or(("", &key));
            words.parameters.insert((operation.to_owned(), parameter.to_owned()), phrase);
        }
        for line in lines(&text(FIELDS)?, FIELDS)? {
            let [schema, field, phrase] = columns(&line, FIELDS, "Schema<TAB>field<TAB>phrase")?;
            words.fields.insert((schema, field), phrase);
        }
        for line in lines(&text(SEARCH)?, SEARCH)? {
            words.search.push(line.split('\t').map(str::to_owned).collect());
        }
        Ok(words)
    }

    /// What a parameter means: in this operation, or everywhere; by the name it has or had.
    pub fn parameter(&self, operation: &Operation, name: &str) -> Option<&str> {
        let own = operation.parameters.iter().find(|parameter| parameter.name == name);
        let former = own.into_iter().flat_map(|parameter| parameter.former_names.iter().map(String::as_str));
        let names: Vec<&str> = std::iter::once(name).chain(former).collect();
        let phrase = |of: &str| {
            names.iter().find_map(|name| self.parameters.get(&(of.to_owned(), (*name).to_owned())))
        };
        phrase(&operation.name).or_else(|| phrase("")).map(String::as_str)
    }

    /// What a parameter of that name means in all operations for which nothing else is said.
    pub fn common(&self, name: &str) -> Option<&str> {
        self.parameters.get(&(String::new(), name.to_owned())).map(String::as_str)
    }

    /// What a field means: of this schema, or of all that have words.
    pub fn field(&self, schema: &str, path: &str) -> Option<&str> {
        let phrase = |schema: &str, path: &str| self.fields.get(&(schema.to_owned(), path.to_owned()));
        let key = path.rsplit('.').next().unwrap_or_default();
        let common = || phrase("*", key).filter(|_| self.schemas().contains(schema));
        phrase(schema, path).or_else(common).map(String::as_str)
    }

    /// The types whose fields have words.
    pub fn schemas(&self) -> BTreeSet<&str> {
        self.fields.keys().map(|(schema, _)| schema.as_str()).filter(|schema| *schema != "*").collect()
    }
}

/// The lines of a file that are no comments: sorted, and none twice.
fn lines(text: &str, file: &str) -> Result<Vec<String>> {
    let lines: Vec<String> = text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    let key = |line: &str| line.rsplit_once('\t').map_or(line, |(key, _)| key).to_owned();
    for pair in lines.windows(2) {
        let (one, other) = (key(&pair[0]), key(&pair[1]));
        ensure!(
            one < other,
            "{file} is sorted (by bytes), and says nothing twice: {other:?} stands after {one:?}"
        );
    }
    Ok(lines)
}

fn columns<const N: usize>(line: &str, file: &str, expected: &str) -> Result<[String; N]> {
    let columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
    columns.try_into().ok().with_context(|| format!("{file}: expected {expected}, got {line:?}"))
}

/// The sentence of each operation: its own, or where the column is `= name`, the one of that operation, which does the
/// same.
pub(super) fn give_sentences(operations: &mut [Operation]) -> Result<()> {
    let own: BTreeMap<String, String> =
        operations.iter().map(|operation| (operation.name.clone(), operation.sentence.clone())).collect();
    for operation in operations {
        if let Some(other) = operation.sentence.strip_prefix("= ").map(str::to_owned) {
            let sentence = own.get(&other).filter(|sentence| !sentence.starts_with('='));
            operation.sentence = sentence
                .with_context(|| {
                    format!("{NAMES}: {} does the same as {other:?}, which has no sentence", operation.name)
                })?
                .clone();
            operation.same_as = Some(other);
        }
    }
    Ok(())
}

/// An error that says all that is missing, or the first line that breaks a rule. `fields` are those of the types that have
/// words, by type and the keys that lead there.
pub fn check(description: &Description, fields: &BTreeMap<String, BTreeSet<String>>) -> Result<()> {
    let words = &description.words;
    let mut missing = Vec::new();
    let mut ask = |file: &str, what: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            missing.push(format!("{file} has no words for {what}:\n  {}", lines.join("\n  ")));
        }
    };
    let wordless = description.operations.iter().filter(|operation| operation.sentence.is_empty());
    ask(NAMES, "these operations; write a sentence as the fourth column", wordless.map(place).collect());
    ask(PARAMETERS, "these parameters, which several operations have", parameters_without(description));
    let without = fields.iter().flat_map(|(schema, paths)| paths.iter().map(move |path| (schema, path)));
    let without = without.filter(|(schema, path)| words.field(schema, path).is_none());
    ask(FIELDS, "these fields", without.map(|(schema, path)| format!("{schema}\t{path}")).collect());
    ensure!(missing.is_empty(), "{}", missing.join("\n\n"));
    sentences(&description.operations)?;
    phrases(description, fields)?;
    for line in &words.search {
        let plain = |word: &String| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        ensure!(
            line.len() > 1 && line.iter().all(plain),
            "{SEARCH}: words in small letters that mean the same, {line:?}"
        );
    }
    Ok(())
}

fn place(operation: &Operation) -> String {
    format!("{}\t{}\t{}", operation.name, operation.method, operation.path)
}

/// The names of an operation's parameters.
pub fn taken(operation: &Operation) -> impl Iterator<Item = &str> {
    let filter = operation.body_filter.map(|_| "filter");
    operation.parameters.iter().map(|parameter| parameter.name.as_str()).chain(filter)
}

fn parameters_without(description: &Description) -> Vec<String> {
    let mut takers: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in &description.operations {
        for name in taken(operation) {
            takers.entry(name).or_default().push(operation);
        }
    }
    let common = takers.into_iter().filter(|(_, operations)| operations.len() > 1);
    let without = common.flat_map(|(name, operations)| {
        let silent = move |operation: &&Operation| description.words.parameter(operation, name).is_none();
        operations.into_iter().find(silent).map(|operation| format!("{name}\t(as in {})", operation.name))
    });
    without.collect()
}

/// What every sentence and every phrase is held to.
fn plain(text: &str) -> Result<()> {
    let count = text.split_whitespace().count();
    ensure!(count <= MOST, "{count} words, and {MOST} are the most: {text:?}");
    ensure!(text.starts_with(|first: char| first.is_ascii_uppercase()), "it begins with a capital: {text:?}");
    ensure!(text.ends_with('.') && !text.ends_with(".."), "it ends with a period: {text:?}");
    let marks = |letter: char| !(' '..='~').contains(&letter) || "\"`*<>\\".contains(letter);
    if let Some(mark) = text.chars().find(|letter| marks(*letter)) {
        bail!("it is plain ASCII without quotes, marks and escapes, and has {mark:?}: {text:?}");
    }
    ensure!(!text.contains("  "), "two spaces: {text:?}");
    Ok(())
}

fn sentences(operations: &[Operation]) -> Result<()> {
    let mut said: BTreeMap<&str, &Operation> = BTreeMap::new();
    for operation in operations {
        let Operation { name, sentence, .. } = operation;
        plain(sentence).with_context(|| format!("{NAMES}: {name}"))?;
        ensure!(
            !says_the_name_again(name, sentence),
            "{NAMES}: {name}: what it does, and not its name again: {sentence:?}"
        );
        if operation.same_as.is_some() {
            continue;
        }
        if let Some(other) = said.insert(sentence, operation) {
            bail!(
                "{NAMES}: {} and {name} have the same sentence. If they do the same, write `= {}` for the second; else say \
                 what differs",
                other.name,
                other.name
            );
        }
    }
    Ok(())
}

/// Whether a sentence is what a grammar makes of a name: its words and `a`, `of`; or the verb, a colon and the rest.
fn says_the_name_again(name: &str, sentence: &str) -> bool {
    let stem =
        |word: &str| word.to_lowercase().trim_end_matches(['s', 'e', 'y']).trim_end_matches("ie").to_owned();
    let known: BTreeSet<String> = name.split('.').skip(1).flat_map(words).map(|word| stem(&word)).collect();
    let said = sentence.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let of_the_name = |word: &str| ["a", "an", "of", "the"].contains(&word) || known.contains(&stem(word));
    let colon = sentence.split_whitespace().next().is_some_and(|first| first.ends_with(':'));
    colon || known.len() > 2 && said.into_iter().all(of_the_name)
}

fn phrases(description: &Description, fields: &BTreeMap<String, BTreeSet<String>>) -> Result<()> {
    let words = &description.words;
    let operations: BTreeMap<&str, &Operation> =
        description.operations.iter().map(|operation| (operation.name.as_str(), operation)).collect();
    let everywhere: BTreeSet<&str> = description.operations.iter().flat_map(taken).collect();
    for ((operation, name), phrase) in &words.parameters {
        let line = if operation.is_empty() { name.clone() } else { format!("{operation}:{name}") };
        plain(phrase).with_context(|| format!("{PARAMETERS}: {line}"))?;
        let exists = match operations.get(operation.as_str()) {
            Some(operation) => {
                let mut former = operation.parameters.iter().flat_map(|parameter| &parameter.former_names);
                taken(operation).any(|known| known == name)
                    || former.any(|known| known == name)
                    || name == "body" && operation.body.is_some()
            }
            None => operation.is_empty() && everywhere.contains(name.as_str()),
        };
        ensure!(exists, "{PARAMETERS}: {line}: there is no such parameter (any more)");
        let common = words.parameters.get(&(String::new(), name.clone()));
        ensure!(
            operation.is_empty() || common != Some(phrase),
            "{PARAMETERS}: {line} says what {name} says everywhere"
        );
    }
    let used: BTreeSet<&str> = fields.values().flatten().filter_map(|path| path.rsplit('.').next()).collect();
    for ((schema, path), phrase) in &words.fields {
        plain(phrase).with_context(|| format!("{FIELDS}: {schema} {path}"))?;
        let exists = match schema.as_str() {
            "*" => used.contains(path.as_str()),
            schema => fields.get(schema).is_some_and(|known| known.contains(path)),
        };
        ensure!(exists, "{FIELDS}: {schema} {path}: there is no such field (any more)");
        let common = words.fields.get(&("*".to_owned(), path.clone()));
        ensure!(schema == "*" || common != Some(phrase), "{FIELDS}: {schema} {path} says what * says");
    }
    Ok(())
}

/// The fields of the types that have words, each by the keys that lead to it: those of objects that are described in place,
/// too. `names` are the type names of the schemas.
pub fn fields(
    description: &Description,
    names: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut fields = BTreeMap::new();
    for wanted in description.words.schemas() {
        let found = names.iter().find(|(_, name)| *name == wanted);
        let (schema, _) =
            found.with_context(|| format!("{FIELDS}: there is no schema {wanted} (any more)"))?;
        fields.insert(wanted.to_owned(), paths(&description.schemas[schema]));
    }
    Ok(fields)
}

/// The keys that lead to each field of a schema.
pub fn paths(schema: &Schema) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    collect(schema, "", &mut paths);
    paths
}

fn collect(schema: &Schema, before: &str, found: &mut BTreeSet<String>) {
    match &schema.kind {
        Kind::Array(inner) | Kind::Map(inner) => collect(inner, before, found),
        Kind::Object(properties) => {
            for property in properties {
                let path = if before.is_empty() {
                    property.name.clone()
                } else {
                    format!("{before}.{}", property.name)
                };
                collect(&property.schema, &path, found);
                found.insert(path);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::schema_names;

    fn read() -> (Description, BTreeMap<String, BTreeSet<String>>) {
        let root = crate::command::root().unwrap();
        let description = Description::read(&root).unwrap();
        let fields = fields(&description, &schema_names(&root, &description).unwrap()).unwrap();
        (description, fields)
    }

    #[test]
    fn what_people_use_most_has_words() {
        let (description, fields) = read();
        check(&description, &fields).unwrap();
        for schema in [
            "SystemUser",
            "System",
            "UserGroup",
            "SystemGroup",
            "Command",
            "CommandResult",
            "Policy",
            "PolicyResult",
            "PolicyTemplate",
            "Application",
            "EventQuery",
            "InsightsDirectoryEvent",
            "OrganizationSettingsPut",
            "AdministratorUserReturn",
            "GraphOperation",
            "GraphConnection",
            "JobWorkResult",
            "Alert",
            "SoftwareApp",
        ] {
            assert!(fields.get(schema).is_some_and(|paths| !paths.is_empty()), "{schema}");
        }
    }

    /// Each rule refuses what breaks it: the sentence of one operation is replaced, and the error names the rule.
    #[test]
    fn a_sentence_that_breaks_a_rule_is_refused() {
        let (mut description, fields) = read();
        let other = description.operations[0].sentence.clone();
        let long = format!("Lists{}.", " roles and more".repeat(9));
        for (sentence, told) in [
            ("", "no words for these operations"),
            (long.as_str(), "25 are the most"),
            ("Lists the roles that administrators have", "ends with a period"),
            ("lists the roles that administrators have.", "begins with a capital"),
            ("Lists the \"roles\" of administrators.", "has '\"'"),
            ("Lists the r\u{f4}les of administrators.", "has '\u{f4}'"),
            ("Lists the  roles of administrators.", "two spaces"),
            ("Count: roles.", "not its name again"),
            (other.as_str(), "have the same sentence"),
        ] {
            let found = description.operations.iter().position(|one| one.name == "v2.roles.list").unwrap();
            let right = std::mem::replace(&mut description.operations[found].sentence, sentence.to_owned());
            let error = format!("{:#}", check(&description, &fields).expect_err(sentence));
            assert!(error.contains(told) && error.contains("v2.roles.list"), "{sentence}: {error}");
            description.operations[found].sentence = right;
        }
        for sentence in ["Member: user groups.", "Lists members of a user group."] {
            assert!(says_the_name_again("v2.userGroups.members.list", sentence), "{sentence}");
        }
        assert!(!says_the_name_again("v2.userGroups.members.list", "Lists the users in a user group."));
    }

    #[test]
    fn operations_that_do_the_same_say_so_by_name() {
        let (mut description, fields) = read();
        let place = |name: &str| description.operations.iter().position(|one| one.name == name).unwrap();
        let (one, other) = (place("v2.roles.list"), place("v2.roles.get"));
        description.operations[other].sentence = "= v2.roles.list".to_owned();
        give_sentences(&mut description.operations).unwrap();
        assert_eq!(description.operations[other].sentence, description.operations[one].sentence);
        check(&description, &fields).unwrap();
        description.operations[other].sentence = "= v2.roles.nothing".to_owned();
        let error = format!("{:#}", give_sentences(&mut description.operations).unwrap_err());
        assert!(error.contains("v2.roles.get does the same as"), "{error}");
    }

    #[test]
    fn what_is_missing_is_asked_for_and_what_is_of_nothing_is_refused() {
        let (mut description, fields) = read();
        let refused = |description: &Description| format!("{:#}", check(description, &fields).unwrap_err());
        let key = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        let phrase = "Something that nobody else says.".to_owned();
        // A parameter of many, and a field, without words.
        let limit = description.words.parameters.remove(&key("", "limit")).unwrap();
        let name = description.words.fields.remove(&key("SystemUser", "username")).unwrap();
        let error = refused(&description);
        assert!(error.contains("limit\t(as in") && error.contains("SystemUser\tusername"), "{error}");
        description.words.parameters.insert(key("", "limit"), limit.clone());
        description.words.fields.insert(key("SystemUser", "username"), name);
        check(&description, &fields).unwrap();
        // Words of what there is not.
        for (operation, parameter) in
            [("", "balloon"), ("v2.roles.list", "balloon"), ("v2.balloons.list", "limit")]
        {
            description.words.parameters.insert(key(operation, parameter), phrase.clone());
            assert!(refused(&description).contains("no such parameter"), "{operation}:{parameter}");
            description.words.parameters.remove(&key(operation, parameter));
        }
        for (schema, field) in [("SystemUser", "balloon"), ("*", "balloon")] {
            description.words.fields.insert(key(schema, field), phrase.clone());
            assert!(refused(&description).contains("no such field"), "{schema} {field}");
            description.words.fields.remove(&key(schema, field));
        }
        // One that says for one operation what is said for all.
        description.words.parameters.insert(key("v2.roles.list", "limit"), limit);
        assert!(refused(&description).contains("says what limit says everywhere"));
    }

    #[test]
    fn lines_stand_in_their_order_and_once() {
        assert_eq!(lines("# head\na\t1\nb\t2\n", "FILE").unwrap().len(), 2);
        for text in ["b\t1\na\t2\n", "a\t1\na\t2\n"] {
            let error = lines(text, "FILE").unwrap_err().to_string();
            assert!(error.contains("FILE is sorted"), "{error}");
        }
    }
}
