//! How the pages of a list follow one another: by rule from its parameters and its reply, and where the rule is wrong by
//! `x-jc-paging` in the corrections.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::{Body, Kind, Parameter, Property, Reader, ReplyShape, Schema};

/// How the pages of a list follow one another.
pub struct Paging {
    pub strategy: &'static str,
    /// The parameter (or body key) that asks for a page size, and the one that moves on.
    pub size: String,
    pub position: String,
    pub maximum: u64,
    /// Whether JumpCloud states the maximum; otherwise a short page does not prove the end.
    pub maximum_known: bool,
    /// The key of the items; empty when the reply is the array itself.
    pub items: String,
    /// Whether a single item may come as it is, without the object around it.
    pub alone: bool,
    pub total: String,
    pub cursor: String,
    /// The field that we sort by so that offsets stay true; empty where JumpCloud names none for the operation.
    pub sort: String,
    /// The field by which one item is told from another, with dots into inner objects; empty when there is none.
    pub identity: String,
    pub counts: Counts,
    /// Of a list of events: the field with an event's time, and the body's keys that bound it.
    pub time: [String; 3],
}

/// Which total counts what offsets count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counts {
    Body,
    Header,
    None,
}

/// The fields that tell items apart, if nothing else is said, the first that there is: v1, v2, the newer services, and
/// the edges of the graph.
const IDENTITIES: [&[&str]; 4] = [&["_id"], &["id"], &["objectId"], &["to", "id"]];

impl Reader<'_> {
    pub(super) fn paging(
        &self,
        name: &str,
        path: &str,
        operation: &Value,
        parameters: &[Parameter],
        body: &Option<Body>,
        replies: &[ReplyShape],
    ) -> Result<Option<Paging>> {
        // Its name says what a list is: v1 offers limit and skip on single objects too.
        let verb = name.rsplit('.').next().unwrap_or_default();
        let said = |key: &str| operation.get("x-jc-paging").and_then(|paging| paging.get(key));
        if said("strategy").is_none() && verb != "search" && !verb.starts_with("list") {
            return Ok(None);
        }
        let text = |key: &str| said(key).and_then(Value::as_str).map(str::to_owned);
        let query = |name: &str| parameters.iter().find(|p| p.location == "query" && p.name == name);
        let reply = replies
            .iter()
            .filter(|reply| reply.status.starts_with('2'))
            .flat_map(|reply| &reply.content)
            .map(|(_, schema)| self.follow(schema))
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .next();
        let found =
            |strategy, size: &str, position: &str| Some((strategy, size.to_owned(), position.to_owned()));
        let chosen = match said("strategy").and_then(Value::as_str) {
            Some("none") => return Ok(None),
            Some("search-after") => {
                found("search-after", "limit", &text("position").unwrap_or_else(|| "search_after".to_owned()))
            }
            Some("body-skip") => found("body-skip", "limit", "skip"),
            Some("token") => found(
                "token",
                &text("size").unwrap_or_default(),
                &text("position").context("x-jc-paging.position")?,
            ),
            Some("single") => found("single", "", ""),
            Some(other) => bail!("x-jc-paging.strategy {other} is not known"),
            None if path.starts_with("/api/search/") => found("body-skip", "limit", "skip"),
            None if query("pageToken").is_some() => found("token", "maxResults", "pageToken"),
            None if query("skipToken").is_some() => found("token", "top", "skipToken"),
            None if query("continuationToken").is_some() => found("token", "", "continuationToken"),
            None if query("limit").is_some() && query("skip").is_some() => found("skip", "limit", "skip"),
            None if query("limit").is_some() && query("offset").is_some() => found("skip", "limit", "offset"),
            None if query("queryParameters.limit").is_some() => {
                found("skip", "queryParameters.limit", "queryParameters.skip")
            }
            None => found("single", if query("limit").is_some() { "limit" } else { "" }, ""),
        };
        let Some((strategy, size, position)) = chosen else {
            return Ok(None);
        };
        let (items, total, cursor) = reply.as_ref().map(|reply| self.envelope(reply)).unwrap_or_default();
        let items = text("items").unwrap_or(items);
        let total = text("total").unwrap_or(total);
        let stated = if body.is_some() && matches!(strategy, "body-skip" | "search-after") {
            self.body_limit(body)
        } else {
            operation
                .get("parameters")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .find(|p| p.get("name").and_then(Value::as_str) == Some(&size))
                .and_then(|p| p.pointer("/schema/maximum"))
                .and_then(Value::as_u64)
        };
        let stated = said("maximum").and_then(Value::as_u64).or(stated);
        let maximum = stated.unwrap_or(100);
        let maximum_known = said("maximumKnown").and_then(Value::as_bool).unwrap_or(stated.is_some());
        let by_offset = matches!(strategy, "skip" | "body-skip");
        let v1 = path.starts_with("/api/") && !path.starts_with("/api/v2/");
        // JumpCloud's article on best practices asks to sort v1's lists by _id; of v2 it names no field.
        let sortable = v1 && (strategy == "body-skip" || (strategy == "skip" && query("sort").is_some()));
        let identity = match text("identity") {
            Some(identity) => identity,
            None => {
                let identity = reply.as_ref().and_then(|reply| self.identity(reply, &items));
                ensure!(
                    identity.is_some() || !by_offset,
                    "what tells the items of this list apart? set x-jc-paging.identity in core/api/corrections.json: a \
                     field, or \"\" when there is none"
                );
                identity.unwrap_or_default()
            }
        };
        let counts = match text("counts").as_deref() {
            Some("body") => Counts::Body,
            Some("header") => Counts::Header,
            Some("none") => Counts::None,
            Some(other) => bail!("x-jc-paging.counts is body, header or none, not {other}"),
            // v1's totalCount: recorded tenants (2021, 2023) repeat it on the page behind the end; JumpCloud's PowerShell
            // module (Get-JCResults.ps1) fetches all offsets below the first page's.
            None if v1 && by_offset && !total.is_empty() => Counts::Body,
            // x-total-count of the older services of v2, which say that a page has 100 items: the same recordings and
            // the same module. It counts members that a page leaves out (JumpCloud/support issues 239 and 369), as
            // offsets do. Whether the tables of System Insights and the newer services send it, nobody says.
            None if strategy == "skip" && items.is_empty() && maximum_known && maximum == 100 && !v1 => {
                Counts::Header
            }
            None => Counts::None,
        };
        Ok(Some(Paging {
            maximum,
            maximum_known,
            items,
            alone: said("alone").and_then(Value::as_bool).unwrap_or_default(),
            total,
            cursor: text("cursor").unwrap_or(cursor),
            sort: text("sort").unwrap_or_else(|| if sortable { "_id".into() } else { String::new() }),
            identity,
            counts,
            time: ["time", "since", "until"].map(|key| text(key).unwrap_or_default()),
            strategy,
            size,
            position,
        }))
    }

    fn body_limit(&self, body: &Option<Body>) -> Option<u64> {
        let body = body.as_ref()?;
        let Kind::Reference(name) = &body.schema.kind else {
            return None;
        };
        self.components.get(name)?.pointer("/properties/limit/maximum")?.as_u64()
    }

    /// The keys of items, total and cursor in a list's reply object; all empty for anything else.
    fn envelope(&self, reply: &Schema) -> (String, String, String) {
        let Kind::Object(properties) = &reply.kind else {
            return Default::default();
        };
        let is_array = |p: &&Property| matches!(self.follow(&p.schema).map(|s| s.kind), Ok(Kind::Array(_)));
        let arrays: Vec<&Property> = properties.iter().filter(is_array).collect();
        let named = |names: &[&str]| {
            properties
                .iter()
                .find(|p| names.contains(&p.name.as_str()))
                .map(|p| p.name.clone())
                .unwrap_or_default()
        };
        let items = match arrays.iter().find(|p| p.name == "results" || p.name == "records") {
            Some(results) => results.name.clone(),
            None if arrays.len() == 1 => arrays[0].name.clone(),
            None => String::new(),
        };
        let cursor = named(&["nextPageToken", "skipToken", "continuationToken"]);
        // `count` and `events_count` may as well count the page: trusting them could cut a list short.
        (items, named(&["totalCount", "total_count"]), cursor)
    }

    /// The first of the usual fields that the items have, as a path with dots.
    fn identity(&self, reply: &Schema, items: &str) -> Option<String> {
        let list = if items.is_empty() { Some(reply.clone()) } else { self.inner(reply, items) }?;
        let Kind::Array(item) = list.kind else { return None };
        let item = self.follow(&item).ok()?;
        let holds = |path: &&&[&str]| {
            path.iter().try_fold(item.clone(), |schema, name| self.inner(&schema, name)).is_some()
        };
        IDENTITIES.iter().find(holds).map(|path| path.join("."))
    }

    /// The schema of an object's property.
    pub(super) fn inner(&self, schema: &Schema, name: &str) -> Option<Schema> {
        let Kind::Object(properties) = &schema.kind else { return None };
        self.follow(&properties.iter().find(|property| property.name == name)?.schema).ok()
    }
}
