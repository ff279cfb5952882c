//! A request as the handlers see it, after the table has read it, and the answer they give.

use std::cell::Cell;

use jumpcloud_core::Operation;
use jumpcloud_core::filter::{Filter, Matching, and, or, search};
use jumpcloud_core::operation::{Api, Place, Strategy};
use serde_json::{Map, Value, json};

use crate::collection::{Query, Record, SortKey};
use crate::habits;
use crate::id::Id;
use crate::quirks::Quirks;
use crate::refusal::Refusal;

/// What a handler gives back.
pub(crate) type Outcome = Result<Answer, Refusal>;

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// Headers beside the media type.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The media type; none without a body.
    pub(crate) media_type: &'static str,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A JSON answer.
    pub(crate) fn json(status: u16, value: &Value) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            media_type: "application/json; charset=utf-8",
            body: value.to_string().into_bytes(),
        }
    }

    /// A 200 with a record.
    pub(crate) fn record(record: Record) -> Outcome {
        Ok(Answer::json(200, &Value::Object(record)))
    }

    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), media_type: "", body: Vec::new() }
    }

    /// Plain text.
    pub(crate) fn text(status: u16, text: String) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            media_type: "text/plain; charset=utf-8",
            body: text.into_bytes(),
        }
    }

    /// With a header more.
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Answer {
        self.headers.push((name, value.to_string()));
        self
    }
}

/// One request.
pub(crate) struct Call<'a> {
    /// What it calls.
    pub(crate) operation: &'static Operation,
    /// Its parameters without the body, by JumpCloud's names.
    pub(crate) parameters: Map<String, Value>,
    /// The body; null without one.
    pub(crate) body: Value,
    /// The body as it came: for the files in forms.
    pub(crate) raw: &'a [u8],
    /// The origin it was sent to.
    pub(crate) origin: String,
    /// The path and query as sent.
    pub(crate) target: &'a str,
    /// Milliseconds since 1970.
    pub(crate) now: i64,
    /// A number that no other request has: for new ids and the like.
    pub(crate) random: u64,
    /// How the fake misbehaves.
    pub(crate) quirks: &'a Quirks,
    /// Which request it is, from 1 on.
    pub(crate) number: u64,
    /// After how many items a list without an end begins again, where that is known.
    pub(crate) around: Option<usize>,
    /// How many items a list without an end was found to have.
    pub(crate) found: Cell<usize>,
    /// The system that signed the request, under System Context.
    /// The numbers of the organizations that it names.
    pub(crate) organizations: Vec<usize>,
    pub(crate) system: Option<Id>,
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Page {
    /// How many items come before it.
    pub(crate) skip: usize,
    /// How many items it has at most.
    pub(crate) limit: usize,
    /// How many the caller believes to come before it.
    pub(crate) asked: usize,
}

impl Call<'_> {
    /// A parameter as text; empty when it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.parameters.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The id in a path parameter. What is no id is nobody's id.
    pub(crate) fn id(&self, name: &str) -> Result<Id, Refusal> {
        Id::parse(self.text(name)).ok_or_else(|| self.missing(name))
    }

    /// 404 for what a path parameter names.
    pub(crate) fn missing(&self, name: &str) -> Refusal {
        Refusal::not_found(format!("Not Found: there is no {} {:?}", name.replace('_', " "), self.text(name)))
    }

    /// The body, which must be an object.
    pub(crate) fn object(&self) -> Result<&Record, Refusal> {
        self.body
            .as_object()
            .ok_or_else(|| Refusal::bad_request("Bad Request: the request has no body; send a JSON object"))
    }

    /// A required text of the body.
    pub(crate) fn body_text(&self, name: &str) -> Result<&str, Refusal> {
        let text = self.body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| Refusal::bad_request(format!("Bad Request: missing required property: {name}")))
    }

    /// A number of the query or, for a search, of the body, which counts more.
    fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let pages_in_body = matches!(self.strategy(), Some(Strategy::BodySkip | Strategy::SearchAfter));
        let in_body = self.body.get(name).filter(|_| pages_in_body);
        let Some(value) = in_body.or_else(|| self.parameters.get(name)).filter(|value| !value.is_null())
        else {
            return Ok(None);
        };
        // The gRPC-backed services take numbers as decimal text.
        let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        number.map(|number| Some(number as usize)).ok_or_else(|| {
            Refusal::bad_request(format!(
                "Bad Request: request parameter \"{name}\" must be a whole number from 0 on, got {value}"
            ))
        })
    }

    fn strategy(&self) -> Option<Strategy> {
        self.operation.paging.as_ref().map(|paging| paging.strategy)
    }

    /// Which part of the list is asked for. v1 refuses more than 100, most searches more than 1000; v2 refuses what
    /// is over a maximum it states, and otherwise gives 100 without a word.
    pub(crate) fn page(&self) -> Result<Page, Refusal> {
        let Some(paging) = &self.operation.paging else {
            return Ok(Page { skip: 0, limit: 10, asked: 0 });
        };
        // Beside its cursor such a list takes an offset.
        let offset = if paging.strategy == Strategy::SearchAfter { "skip" } else { paging.position };
        let (size, position) = (self.number(paging.size)?, self.number(offset)?);
        let most = match (paging.strategy, self.operation.api()) {
            (Strategy::Single, _) => {
                return Ok(Page { skip: 0, limit: usize::MAX, asked: 0 });
            }
            // 100 for the results of commands.
            (Strategy::BodySkip, _) if paging.maximum_known => (paging.maximum as usize).max(1),
            (Strategy::BodySkip, _) => 1000,
            (_, Api::V1) => 100,
            _ => (paging.maximum as usize).max(1),
        };
        let mut limit = size.filter(|size| *size > 0).unwrap_or(10);
        if limit > most {
            if self.operation.api() == Api::V1 || paging.maximum_known {
                let message = format!(
                    "Bad Request: request parameter \"{}\" exceeds maximum value of {most}",
                    paging.size
                );
                return Err(Refusal::bad_request(message));
            }
            limit = most;
        }
        let most = self.quirks.max_page.unwrap_or(limit).max(1);
        let (asked, limit) = (position.unwrap_or(0), limit.min(most));
        Ok(Page { skip: habits::skip(self, asked, limit), limit, asked })
    }

    /// Which records are asked for, by filter, search and sort. `searched` are the fields that a search without
    /// fields looks at.
    pub(crate) fn query(&self, searched: &[&str]) -> Result<Query, Refusal> {
        let bad =
            |error: jumpcloud_core::Error| Refusal::bad_request(format!("Bad Request: {}", error.message()));
        let mut filters = Vec::new();
        let described = self.operation.parameters.iter().filter(|parameter| parameter.filter);
        for parameter in described.filter(|parameter| parameter.place == Place::Query) {
            if let Some(filter) = self.parameters.get(parameter.name) {
                filters.push(Filter::from_json(&filter.to_string()).map_err(bad)?);
            }
        }
        let mut terms = self.parameters.get("search").map(search_of).unwrap_or_default();
        let mut sort = self.parameters.get("sort").map(words).unwrap_or_default();
        if self.strategy() == Some(Strategy::BodySkip) {
            if let Some(filter) = self.body.get("filter").filter(|filter| !filter.is_null()) {
                filters.push(Filter::from_v1_search(&filter.to_string()).map_err(bad)?);
            }
            for key in ["searchFilter", "search"] {
                if let Some(search) = self.body.get(key) {
                    terms = search_of(search);
                }
            }
            if let Some(order) = self.body.get("sort") {
                sort = words(order);
            }
        }
        let (terms, fields) = terms;
        if !terms.is_empty() {
            let fields = if fields.is_empty() {
                searched.iter().map(|field| (*field).to_owned()).collect()
            } else {
                fields
            };
            let alternatives = terms
                .iter()
                .flat_map(|term| fields.iter().map(move |field| search(field.as_str(), term.as_str())));
            filters.push(or(alternatives));
        }
        let sort = sort.iter().map(|word| match word.strip_prefix('-') {
            Some(field) => SortKey { field: field.to_owned(), descending: true },
            None => SortKey { field: word.clone(), descending: false },
        });
        let sort: Vec<SortKey> = sort.collect();
        let by_id =
            matches!(&sort[..], [key] if !key.descending && matches!(key.field.as_str(), "_id" | "id"));
        Ok(Query {
            filter: (!filters.is_empty()).then(|| and(filters)),
            matching: Matching::default(),
            sort: if by_id { Vec::new() } else { sort },
        })
    }

    /// The fields to answer; all when empty.
    fn fields(&self) -> Vec<String> {
        let in_body = self.body.get("fields").filter(|_| self.strategy() == Some(Strategy::BodySkip));
        in_body.or_else(|| self.parameters.get("fields")).map(words).unwrap_or_default()
    }

    /// A record with the fields that were asked for, and always its id.
    pub(crate) fn project(&self, record: Record) -> Record {
        narrow(record, &self.fields())
    }

    /// A page of a list in the operation's own envelope.
    pub(crate) fn list(&self, page: Page, total: usize, records: Vec<Record>) -> Outcome {
        let fields = self.fields();
        let shown = records.into_iter().map(|record| Value::Object(narrow(record, &fields)));
        self.values(page, total, shown.collect())
    }

    /// The same for items that may be anything.
    pub(crate) fn values(&self, page: Page, total: usize, items: Vec<Value>) -> Outcome {
        let Some(paging) = &self.operation.paging else {
            return Ok(Answer::json(200, &Value::Array(items)));
        };
        let count = items.len();
        let items = habits::items(self, items);
        let truth = habits::counted(self, page, total, count);
        let total = habits::total(self, truth, items.len());
        let mut answer = if paging.items.is_empty() {
            let answer = Answer::json(200, &Value::Array(items));
            match total.filter(|_| self.quirks.total_header) {
                Some(total) => answer.with("x-total-count", total),
                None => answer,
            }
        } else {
            let mut envelope = Map::from_iter([(paging.items.to_owned(), Value::Array(items))]);
            if let Some(total) = total.filter(|_| !paging.total.is_empty()) {
                envelope.insert(paging.total.to_owned(), json!(total));
            }
            Answer::json(200, &Value::Object(envelope))
        };
        // /policies sends no Link though it has pages (seen by JumpCloud's CLI).
        let links = self.operation.api() == Api::V2
            && paging.strategy == Strategy::Skip
            && self.operation.name != "v2.policies.list";
        let next = page.asked.saturating_add(count);
        if links && self.quirks.link_header && next < truth {
            let next = self.with_skip(paging.position, next);
            answer = answer.with("link", format!("<{next}>; rel=\"next\""));
        }
        Ok(answer)
    }

    fn with_skip(&self, name: &str, skip: usize) -> String {
        let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
        let others = query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name));
        let pairs: Vec<String> = others.map(str::to_owned).chain([format!("{name}={skip}")]).collect();
        format!("{}{path}?{}", self.origin, pairs.join("&"))
    }
}

fn narrow(mut record: Record, fields: &[String]) -> Record {
    if !fields.is_empty() {
        record.retain(|name, _| {
            matches!(name.as_str(), "_id" | "id") || fields.iter().any(|field| field == name)
        });
    }
    record
}

/// A list of words: an array, or one text with spaces (v1) or commas (v2) between them.
fn words(value: &Value) -> Vec<String> {
    let texts: Vec<&str> = match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::String(text) => vec![text],
        _ => Vec::new(),
    };
    texts
        .iter()
        .flat_map(|text| text.split([' ', ',']))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The terms and fields of a search: `{"searchTerm": "x" or ["x", "y"], "fields": ["email"]}`, or a text alone.
fn search_of(value: &Value) -> (Vec<String>, Vec<String>) {
    let texts = |value: &Value| match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) if !text.is_empty() => vec![text.clone()],
        _ => Vec::new(),
    };
    match value {
        Value::Object(search) => (
            search.get("searchTerm").map(texts).unwrap_or_default(),
            search.get("fields").map(words).unwrap_or_default(),
        ),
        text => (texts(text), Vec::new()),
    }
}
