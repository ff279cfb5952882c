//! `cargo xtask import FILE`: merges a published API description into `core/api`.

mod additions;
mod carry;
mod document;
mod merge;
mod normalise;
mod report;
#[cfg(test)]
mod round_trip;
mod swagger;
#[cfg(test)]
mod tests;
mod yaml;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use serde_json::{Value, json};

use crate::description::{DOCUMENTS, effects};

const USAGE: &str = "usage: cargo xtask import FILE [--dry-run] [--allow-drops | --add]";

/// Runs the command: `import FILE`, on the documents in `directory` (`core/api`). `--dry-run` only tells, `--add` takes
/// the operations into `additions.json`, `--allow-drops` lets a description drop more than a tenth.
pub(crate) fn run(arguments: &[String], directory: &Path) -> Result<()> {
    let (mut file, mut dry_run, mut allow_drops, mut adds) = (None, false, false, false);
    for argument in arguments {
        match argument.as_str() {
            "--dry-run" => dry_run = true,
            "--allow-drops" => allow_drops = true,
            "--add" => adds = true,
            flag if flag.starts_with("--") => bail!("there is no {flag}\n{USAGE}"),
            path if file.is_none() => file = Some(path),
            _ => bail!("one file at a time\n{USAGE}"),
        }
    }
    let file = file.context(USAGE)?;
    ensure!(!(adds && allow_drops), "--add drops nothing\n{USAGE}");
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    let mut documents = load(directory)?;
    let take = if adds { add } else { import };
    let report = take(&text, &mut documents).with_context(|| format!("cannot import {file}"))?;
    print!("{report}");
    if !report.added.is_empty() {
        let names = fs::read_to_string(directory.join("names.tsv")).unwrap_or_default();
        println!("\nFor names.tsv, where each still needs a person's eye:");
        for line in suggested_names(&report.added, &names) {
            println!("{line}");
        }
        let added: Vec<_> =
            report.added.iter().map(|one| (one.method.to_uppercase(), one.path.as_str())).collect();
        let lines = effects::suggested(added.iter().map(|(method, path)| (method.as_str(), *path)));
        if !lines.is_empty() {
            println!("\nFor effects.tsv, the same; a GET that acts needs a line, too:\n{}", lines.join("\n"));
        }
    }
    if !allow_drops {
        report.refuse_drops()?;
    }
    if dry_run {
        return Ok(());
    }
    for (name, document) in &documents {
        let path = directory.join(name);
        fs::write(&path, canonical_text(document)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let gone = dropped_names(&fs::read_to_string(directory.join("names.tsv")).unwrap_or_default(), &report);
    let path = directory.join(PARAMETER_WORDS);
    if let Ok(text) = fs::read_to_string(&path) {
        let stays = |line: &&str| !gone.iter().any(|name| line.split(':').next() == Some(name));
        let kept: String = text.lines().filter(stays).map(|line| format!("{line}\n")).collect();
        fs::write(&path, kept).with_context(|| format!("cannot write {}", path.display()))?;
    }
    for (name, forget) in FOLLOWERS {
        let path = directory.join(name);
        if let Ok(text) = fs::read_to_string(&path) {
            let mut text = followed(&text, forget, &report);
            if name == "effects.tsv" {
                text = effects::sorted(&text); // by paths, which are spelled anew
            }
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}

/// Merges a description, JSON or YAML, into the documents by file name.
fn import(text: &str, documents: &mut BTreeMap<String, Value>) -> Result<report::Report> {
    let description = normalise::normalise(&read(text)?)?;
    ensure!(!description.operations.is_empty(), "it describes no operation: nothing can be taken from it");
    merge::merge(documents, &description)
}

/// Takes the operations of a description, JSON or YAML, into the additions.
fn add(text: &str, documents: &mut BTreeMap<String, Value>) -> Result<report::Report> {
    let source = additions::with_known_schemas(read(text)?, documents);
    additions::add(documents, &normalise::normalise(&source)?)
}

/// The files that say an operation's method and path, and whether its line goes when it is dropped.
const FOLLOWERS: [(&str, bool); 3] = [("effects.tsv", true), ("legacy-ids.tsv", false), ("names.tsv", true)];

/// What it says of one operation alone goes with that.
const PARAMETER_WORDS: &str = "parameter-words.tsv";

/// The names of the operations that are dropped.
fn dropped_names(names: &str, report: &report::Report) -> Vec<String> {
    let dropped = |line: &&str| {
        let columns: Vec<&str> = line.split('\t').collect();
        columns.windows(2).any(|pair| report.dropped.contains(&pair.join(" ")))
    };
    let lines = names.lines().filter(dropped);
    lines.filter_map(|line| line.split('\t').next()).map(str::to_owned).collect()
}

/// Such a file with the paths as they are spelled now, and without the lines of what was dropped.
fn followed(text: &str, forget: bool, report: &report::Report) -> String {
    let mut followed = String::new();
    for line in text.lines() {
        let mut columns: Vec<&str> = line.split('\t').collect();
        let dropped = |pair: &[&str]| report.dropped.contains(&pair.join(" "));
        if forget && columns.windows(2).any(dropped) {
            continue;
        }
        let moved = report.moved.iter().find_map(|moved| {
            let place =
                columns.windows(2).position(|pair| *pair == [moved.method.as_str(), moved.old.as_str()]);
            place.map(|place| (place, moved))
        });
        if let Some((place, moved)) = moved
            && let Some(path) = columns.get_mut(place + 1)
        {
            *path = &moved.new;
        }
        followed.push_str(&columns.join("\t"));
        followed.push('\n');
    }
    followed
}

fn read(text: &str) -> Result<Value> {
    if text.trim_start().starts_with('{') {
        serde_json::from_str(text).context("not JSON")
    } else {
        yaml::read(text)
    }
}

/// The API documents in a directory by file name; those not made yet are left out.
pub(crate) fn load(directory: &Path) -> Result<BTreeMap<String, Value>> {
    let mut documents = BTreeMap::new();
    for file in DOCUMENTS {
        let path = directory.join(file);
        if path.exists() {
            let text = fs::read_to_string(&path)?;
            let document =
                serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
            documents.insert(file.to_owned(), document);
        }
    }
    Ok(documents)
}

/// Keys sorted, one space of indentation, one newline at the end: small and quiet in diffs.
fn canonical_text(document: &Value) -> Result<String> {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
    document.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter))?;
    bytes.push(b'\n');
    Ok(String::from_utf8(bytes)?)
}

/// The APIs that JumpCloud describes and versions apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Api {
    V1,
    V2,
    Insights,
    OAuth,
    Storage,
}

impl Api {
    /// The API that a whole path belongs to.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let mut segments = path.strip_prefix('/')?.split('/');
        match (segments.next()?, segments.next()) {
            ("api", Some("v2")) => Some(Self::V2),
            ("api", Some(_)) => Some(Self::V1),
            ("insights", Some(_)) => Some(Self::Insights),
            ("oauth2", Some(_)) => Some(Self::OAuth),
            // A presigned URL: all of it is given at run time.
            (first, None) if first.starts_with('{') => Some(Self::Storage),
            _ => None,
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::Insights => "insights",
            Self::OAuth => "oauth",
            Self::Storage => "storage",
        }
    }

    /// How many pieces of a path split at slashes come before the resources.
    fn prefix_segments(self) -> usize {
        match self {
            Self::V1 | Self::OAuth => 2,
            Self::V2 => 3,
            Self::Insights => 4,
            Self::Storage => 1,
        }
    }

    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::V1 | Self::V2 => "console.json",
            Self::Insights => "insights.json",
            Self::OAuth => "oauth.json",
            Self::Storage => "storage.json",
        }
    }
}

/// A document without operations. Servers come from here and not from what is imported:
/// published descriptions name one region, or a proxy.
fn empty_document(file: &str) -> Value {
    let (title, host) = match file {
        "insights.json" => ("JumpCloud Directory Insights", Some("api")),
        "oauth.json" => ("JumpCloud OAuth 2.0", Some("admin-oauth.id")),
        "storage.json" => ("JumpCloud object storage", None),
        // Its operations are on the hosts of their APIs.
        "additions.json" => ("Operations that no published description has", None),
        _ => ("JumpCloud API v1 and v2", Some("console")),
    };
    let servers: Vec<Value> = host
        .into_iter()
        .flat_map(|host| {
            [("us", ""), ("eu", ".eu"), ("in", ".in")].map(|(region, label)| {
                json!({
                    "url": format!("https://{host}{label}.jumpcloud.com"),
                    "x-jc-region": region,
                })
            })
        })
        .collect();
    json!({
        "components": {},
        "info": { "title": title, "version": "1" },
        "openapi": "3.1.0",
        "paths": {},
        "servers": servers,
    })
}

/// Lines for names.tsv, spelled as the names there are and in the order of the file; a person decides.
fn suggested_names(added: &[normalise::Operation], names: &str) -> Vec<String> {
    let known: BTreeMap<String, &str> = names
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').next()?.rsplit_once('.'))
        .flat_map(|(nouns, _)| nouns.split('.').skip(1))
        .map(|noun| (noun.to_ascii_lowercase(), noun))
        .collect();
    let spelled = |segment: &str| {
        let plain = segment.replace(['-', '_'], "").to_ascii_lowercase();
        known.get(&plain).map_or_else(|| camel_case(segment), |noun| (*noun).to_owned())
    };
    let suggestion = |operation: &normalise::Operation| {
        let segments: Vec<&str> = operation.path.split('/').skip(operation.api.prefix_segments()).collect();
        let on_one = segments.last().is_some_and(|last| last.starts_with('{'));
        let mut nouns: Vec<String> = segments
            .iter()
            .filter(|segment| !segment.starts_with('{'))
            .map(|segment| spelled(segment))
            .collect();
        let collection = nouns.last().is_some_and(|noun| noun.ends_with('s'));
        let verb = match operation.method.as_str() {
            "get" if collection && !on_one => "list".to_owned(),
            "get" | "head" | "options" => "get".to_owned(),
            "delete" => "delete".to_owned(),
            "post" if collection || nouns.len() < 2 => "create".to_owned(),
            "post" => nouns.pop().unwrap_or_default(),
            _ => "update".to_owned(),
        };
        let name = [&[operation.api.label().to_owned()], nouns.as_slice(), &[verb]].concat().join(".");
        // The sentence is a person's to write: `generate` asks for it.
        format!("{name}\t{}\t{}\t", operation.method.to_uppercase(), operation.path)
    };
    let mut lines: Vec<String> = added.iter().map(suggestion).collect();
    // A tab comes before every letter and dot, so this is by name first.
    lines.sort();
    lines
}

fn camel_case(segment: &str) -> String {
    let mut words = segment.split(['-', '_']).filter(|word| !word.is_empty());
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        text.push_str(&first.to_uppercase());
        text.push_str(rest);
    }
    text
}
