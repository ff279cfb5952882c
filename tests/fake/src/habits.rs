//! Bad habits of lists: what their pages, totals and tokens do under the [quirks](crate::Quirks).

use serde_json::Value;

use crate::call::{Call, Page};
use crate::quirks::{Churn, Tokens, Totals, due};
use crate::random::Random;

/// How many items really come before a page, of which the caller believes `asked` to.
pub(crate) fn skip(call: &Call, asked: usize, limit: usize) -> usize {
    let quirks = call.quirks;
    let pages = asked.checked_div(limit).unwrap_or(0);
    let skip = match quirks.churn {
        Churn::None => asked,
        Churn::Insert => asked.saturating_sub(pages),
        Churn::Remove => asked.saturating_add(pages),
        Churn::Move => asked.saturating_sub(pages % 2),
    };
    let skip = if due(call.number, quirks.repeat_page_every) { skip.saturating_sub(limit) } else { skip };
    call.around.and_then(|around| skip.checked_rem(around)).unwrap_or(skip)
}

/// The items of a page as they are shown.
pub(crate) fn items(call: &Call, mut items: Vec<Value>) -> Vec<Value> {
    let quirks = call.quirks;
    if due(call.number, quirks.empty_page_every) {
        return Vec::new();
    }
    if quirks.hidden_every > 0 {
        let mut number = 0;
        items.retain(|_| {
            number += 1;
            !due(number, quirks.hidden_every)
        });
    }
    if quirks.shuffle_pages {
        let mut random = Random::new(call.random, "shuffle");
        for at in (1..items.len()).rev() {
            items.swap(at, random.below(at + 1));
        }
    }
    items
}

/// How many items a list has, as far as its pages go.
pub(crate) fn counted(call: &Call, page: Page, total: usize, count: usize) -> usize {
    if call.quirks.endless_lists {
        if count == 0 && call.around.is_none() {
            call.found.set(total);
        }
        // There is always more.
        return page.asked.saturating_add(count).saturating_add(page.limit.min(1000));
    }
    let pages = page.asked.checked_div(page.limit).unwrap_or(0);
    match call.quirks.churn {
        Churn::Insert => total.saturating_add(pages),
        Churn::Remove => total.saturating_sub(pages),
        Churn::None | Churn::Move => total,
    }
}

/// What a list says of how many items it has.
pub(crate) fn total(call: &Call, truth: usize, shown: usize) -> Option<usize> {
    let truth =
        if call.quirks.unstable_totals { truth.saturating_add((call.random % 3) as usize) } else { truth };
    match call.quirks.totals {
        Totals::Right => Some(truth),
        Totals::Absent => None,
        Totals::Small => Some(truth / 2),
        Totals::Large => Some(truth.saturating_mul(2).saturating_add(7)),
        Totals::Page => Some(shown),
    }
}

/// The token or cursor of the next page: `next`, none after the last page; `sent` is what the caller sent, `first`
/// what leads to the first page.
pub(crate) fn token(call: &Call, next: Option<Value>, sent: Option<&Value>, first: &Value) -> Option<Value> {
    match call.quirks.tokens {
        Tokens::Right => next,
        Tokens::Repeated => sent.cloned().or(next),
        Tokens::Circle => next.or_else(|| Some(first.clone())),
    }
}
