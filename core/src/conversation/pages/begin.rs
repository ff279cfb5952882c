//! How a list begins: what of its parameters and options is its page size, its limit, its place.

use super::Pages;
use crate::client::{Client, Options};
use crate::conversation::parameters::{add_names, given, number, without};
use crate::conversation::position::Standpoint;
use crate::conversation::standing;
use crate::json::Value;
use crate::operation::{Operation, Strategy};
use crate::parameters::Parameters;
use crate::{Error, Result};

/// A list at its start, its first request checked.
pub(super) fn begun(
    client: &Client,
    operation: &'static Operation,
    parameters: Parameters,
    mut options: Options,
) -> Result<Pages> {
    let mut parameters = parameters.spelled(operation.spellings())?.into_owned();
    let Some(paging) = &operation.paging else {
        return Err(Error::invalid("this operation is not a list: call it instead"));
    };
    // In a list `limit` is how many items are wanted in all, wherever it stands.
    if paging.size.rsplit('.').next() == Some("limit")
        && let Some(limit) = number(paging, &parameters, paging.size)?
    {
        if options.limit.is_some_and(|other| other != limit) {
            return Err(Error::invalid("limit is given twice").parameter_named("limit"));
        }
        options.limit = Some(limit);
        parameters = without(paging, parameters, paging.size)?;
    }
    let chosen = match options.page_size {
        None if !paging.size.is_empty() => number(paging, &parameters, paging.size)?,
        size => size,
    };
    if chosen == Some(0) {
        return Err(Error::invalid("pageSize: expected 1 or more").parameter_named("pageSize"));
    }
    // More than JumpCloud allows is no reason to fail: all items come anyway.
    let most = if paging.maximum_known { paging.maximum } else { u64::MAX };
    let offset = matches!(paging.strategy, Strategy::Skip | Strategy::BodySkip);
    // Pages that touch begin with an item that is in hand: those of one item would bring nothing new.
    let touched = u64::from(options.from.as_ref().is_some_and(|from| !from.0.is_empty()));
    let least = if offset { 2 } else { 1 + touched };
    let wanted = options.limit.map_or(u64::MAX, |limit| limit.saturating_add(touched).max(1));
    let size = chosen.unwrap_or(paging.maximum).max(least).min(most).min(wanted);
    let position = match paging.strategy {
        Strategy::Skip | Strategy::BodySkip => number(paging, &parameters, paging.position)?,
        Strategy::SearchAfter => number(paging, &parameters, "skip")?,
        Strategy::Single | Strategy::Token => None,
    };
    let cursor = (!offset).then(|| given(paging, &parameters, paging.position)).flatten();
    let cursor = match paging.strategy {
        Strategy::Token => {
            cursor.map(|cursor| Value::read(&cursor).map_or(cursor, |value| value.plain().to_owned()))
        }
        _ => cursor,
    };
    let organizations = match options.organizations.as_slice() {
        [] => client.organization.as_slice(),
        chosen => chosen,
    };
    let begun = standing::begin(operation, paging, &mut parameters, organizations, &options)?;
    let (standing, from) = begun.map_or((None, None), |begun| (Some(begun.stands), begun.from));
    if from.is_some() && paging.strategy == Strategy::SearchAfter {
        parameters = without(paging, parameters, "skip")?;
    }
    let cursor = from.as_ref().map_or(cursor, Standpoint::cursor);
    add_names(operation, paging, &mut parameters)?;
    let mut pages = Pages {
        client: client.clone(),
        operation,
        paging,
        parameters,
        size: if paging.size.is_empty() { 0 } else { size },
        own_size: chosen.is_none() && !paging.size.is_empty(),
        start: position.unwrap_or(0),
        cursor,
        course: None,
        by_id: false,
        running: Vec::new(),
        abandoned: Vec::new(),
        signing: None,
        total: None,
        given: 0,
        pages: 0,
        over: options.limit == Some(0),
        failed: false,
        standing,
        from,
        turns: None,
        numbers: 0,
        asked: 0,
        options,
    };
    // What is wrong with the request is said now, not at the first step.
    if !pages.over {
        pages.first()?;
    }
    Ok(pages)
}
