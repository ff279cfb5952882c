//! What follows from a page of a list that is read by offset: the whole decision, as one table.
//!
//! Servers leave records out of pages, cap pages, misstate totals, pay no heed to offsets, and are changed while they
//! are read, most of all by whoever loops over the list. So a page is not believed because it was asked for: it is
//! believed when it *touches* what is in hand, that is when it starts with an item in hand, or where the list starts.
//! Between such a page and what is in hand nothing can lie. `walk.rs` gathers the facts and does what follows.

/// How often a jump is tried, and how often the same page may come again.
pub(super) const TRIES: u32 = 3;

/// The rules by name, so that a test can leave one out and see what fails without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    StepBack,
    Settled,
    Probe,
    GoOn,
    Few,
    Hidden,
    More,
    TotalShort,
    Ahead,
    Frontier,
    SecondLook,
    SecondPass,
}

/// What matters about the page that is next in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// It starts with an item in hand, or where the list starts: nothing can lie between.
    pub(super) touches: bool,
    /// It holds items that are not in hand.
    pub(super) new: bool,
    /// The total counts what offsets count, this page ends there, and it is not full: a full one may end there by chance.
    pub(super) settled: bool,
    /// Nothing new, and it begins as the list does, or is the page before: is paging heeded at all?
    pub(super) again: bool,
    /// How often that was so before.
    pub(super) repeats: u32,
    /// It is longer than asked for: the service pays no heed to the page size.
    pub(super) all: bool,
    /// Two items or more: the next page can be asked for from the last of them.
    pub(super) several: bool,
    /// Two items or more, yet at most half a page.
    pub(super) few: bool,
    /// A total says that more lies behind.
    pub(super) more: bool,
    /// A total is larger than what is in hand.
    pub(super) total_short: bool,
    /// A page from further on is here, and holds new items.
    pub(super) ahead: bool,
    /// The item that was taken last is in it.
    pub(super) frontier: bool,
}

/// What follows from a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Hand out what is new; the next page is asked for from the last item of this one.
    HandOut,
    /// Hand out what is new; the list is at its end.
    Finish,
    /// Nothing new: go on from the last item of this page.
    GoOn,
    /// Nothing new, yet more may lie behind: look further on.
    Jump,
    /// Ask with another page size, whether paging is heeded.
    Probe,
    /// Something may lie between: ask from further back.
    StepBack,
    /// The list is at its end.
    End,
    /// The list cannot be read to its end.
    Incomplete,
}

/// The first line that fits counts.
pub(super) fn verdict(facts: &Facts) -> Verdict {
    match *facts {
        Facts { again: true, all: true, .. } => Verdict::End,
        Facts { again: true, repeats: 0, .. } => Verdict::Probe,
        Facts { again: true, repeats: TRIES.., .. } => Verdict::Incomplete,
        Facts { touches: false, .. } => Verdict::StepBack,
        Facts { new: true, settled: true, .. } => Verdict::Finish,
        Facts { new: true, .. } => Verdict::HandOut,
        Facts { settled: true, .. } => Verdict::End,
        Facts { few: true, .. } => Verdict::Jump,
        Facts { several: true, .. } => Verdict::GoOn,
        Facts { more: true, .. } | Facts { ahead: true, .. } | Facts { frontier: false, .. } => Verdict::Jump,
        Facts { again: true, total_short: true, .. } => Verdict::Incomplete,
        _ => Verdict::End,
    }
}
