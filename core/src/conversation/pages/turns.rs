//! A list over several organizations where only one can be named at a time: a list for each, in turn.
//!
//! Directory Insights takes several organizations as a header line each, and `fetch` and `URLSession` join the lines of
//! one name into one, which JumpCloud would read as the id of no organization.

use std::collections::VecDeque;

use super::{Pages, begun, too_many};
use crate::Result;
use crate::client::{Client, Options};
use crate::conversation::position::Position;
use crate::conversation::standing::{self, Stands};
use crate::conversation::{Conversation, over};
use crate::operation::{Operation, Organization};
use crate::parameters::Parameters;
use crate::request::check_organization;

/// The lists of the organizations.
pub(super) struct Turns {
    parameters: Parameters,
    options: Options,
    /// The organizations whose lists were read, and where those stand; of the last one, which a page in hand may be of, what
    /// tells it.
    behind: Vec<(String, Position)>,
    last: Option<(String, Option<Box<dyn Stands>>)>,
    /// How many items those lists gave, and how many pages they had.
    given: u64,
    pub(super) pages: u64,
    /// The organization whose turn it is, and those after it.
    ahead: VecDeque<Next>,
}

/// An organization whose list is to be read.
struct Next {
    id: String,
    /// Where its list begins, if not at its start.
    from: Option<Position>,
    /// What says so where lists are asked where they stand: with it a list goes on from the same time, whenever it is begun.
    begins: Option<Position>,
}

/// The organizations that need a list each, if there are several.
pub(super) fn several(client: &Client, operation: &Operation, options: &Options) -> Option<Vec<String>> {
    let several = client.joins_headers && operation.organization == Organization::Several;
    let mut organizations: Vec<String> = Vec::new();
    for id in options.organizations.iter().filter(|_| several) {
        if !organizations.iter().any(|known| known.eq_ignore_ascii_case(id)) {
            organizations.push(id.clone());
        }
    }
    (organizations.len() > 1).then_some(organizations)
}

impl Turns {
    /// The list of the first organization, which leads to the others.
    pub(super) fn begin(
        client: &Client,
        operation: &'static Operation,
        parameters: Parameters,
        options: Options,
        organizations: Vec<String>,
    ) -> Result<Pages> {
        organizations.iter().try_for_each(|id| check_organization(id))?;
        let from = match &options.from {
            Some(from) if !from.0.is_empty() => standing::places(from, &organizations)?,
            from => organizations.iter().map(|_| from.clone()).collect(),
        };
        let (behind, last) = Default::default();
        let mut turns =
            Turns { parameters, options, behind, last, given: 0, pages: 0, ahead: VecDeque::new() };
        for (id, from) in organizations.into_iter().zip(from) {
            let mut next = Next { id, from, begins: None };
            next.begins = turns.list(client, operation, &next)?.stands(usize::MAX);
            turns.ahead.push_back(next);
        }
        let Some(first) = turns.ahead.front() else { return Err(over()) };
        let pages = turns.list(client, operation, first)?;
        Ok(Pages { turns: Some(Box::new(turns)), ..pages })
    }

    /// The list of an organization.
    fn list(&self, client: &Client, operation: &'static Operation, next: &Next) -> Result<Pages> {
        let (organizations, from) = (vec![next.id.clone()], next.from.clone());
        let max_pages = self.options.max_pages.saturating_sub(self.pages);
        let options = Options { organizations, from, max_pages, ..self.options.clone() };
        begun(client, operation, self.parameters.clone(), options)
    }

    /// Where all of them stand when so many of the items that were handed out last are taken.
    pub(super) fn position(
        &self,
        pages: &Pages,
        taken: usize,
        here: impl Fn(usize) -> Option<Position>,
    ) -> Option<Position> {
        let mut each: Vec<(&str, Position)> =
            self.behind.iter().map(|(id, place)| (&**id, place.clone())).collect();
        let mut stands = pages.standing.as_deref();
        // Until this list hands out a page, the one that was handed out last is of the list before.
        let in_hand = self.last.is_some() && pages.given == self.given;
        if let Some((id, last)) = &self.last {
            stands = last.as_deref();
            each.push((id, stands?.position(if in_hand { taken } else { usize::MAX }, None)));
        }
        for (place, next) in self.ahead.iter().enumerate() {
            let position = match place {
                0 => here(if in_hand { usize::MAX } else { taken })?,
                _ => next.begins.clone()?,
            };
            each.push((&next.id, position));
        }
        Some(stands?.of_all(pages.operation.name, &each))
    }
}

impl Pages {
    /// Goes on with the list of the next organization, unless there is none or as many items as are wanted are there.
    pub(super) fn next_organization(&mut self) -> Result<bool> {
        let enough = self.options.limit.is_some_and(|limit| self.given >= limit);
        let Some(turns) = self.turns.as_mut().filter(|turns| !enough && turns.ahead.len() > 1) else {
            return Ok(false);
        };
        if turns.pages + self.pages >= turns.options.max_pages {
            let why = too_many(turns.options.max_pages);
            return Err(self.incomplete(&why));
        }
        turns.pages += self.pages;
        let over = turns.ahead.pop_front().map(|next| (next.id, self.standing.take()));
        // A page in hand is of the list that handed out last.
        let behind = if self.given > turns.given || turns.last.is_none() {
            turns.given = self.given;
            std::mem::replace(&mut turns.last, over)
        } else {
            over
        };
        if let Some((id, Some(stands))) = behind {
            turns.behind.push((id, stands.position(usize::MAX, None)));
        }
        let Some(next) = turns.ahead.front() else { return Ok(false) };
        let list = turns.list(&self.client, self.operation, next)?;
        let numbers = self.numbers + self.asked;
        *self = Pages { turns: self.turns.take(), given: self.given, numbers, ..list };
        Ok(true)
    }
}
