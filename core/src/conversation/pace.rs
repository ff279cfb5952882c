//! How many requests of a client may be in flight, and how many may start in a second: for all its calls together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The bounds, and how much of them is in use; times are those of the steady clock.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// At most so many at once.
    pub(crate) in_flight: Option<u64>,
    /// At most so many in any second.
    pub(crate) per_second: Option<u64>,
    going: Mutex<Going>,
}

#[derive(Debug, Default)]
struct Going {
    in_flight: u64,
    /// When the next one may start.
    gate: Duration,
    /// When the last of those that wait for it is to start, and one interval more: each looks again in its own time. One that
    /// gives up makes it an interval less.
    queue: Duration,
}

/// The right to one request, until it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    pace: Arc<Pace>,
    /// When the request is to start.
    starts: Duration,
    started: bool,
}

impl Pace {
    pub(crate) fn new(in_flight: Option<u64>, per_second: Option<u64>) -> Arc<Pace> {
        let least = |most: Option<u64>| most.map(|most| most.max(1));
        Arc::new(Pace { in_flight: least(in_flight), per_second: least(per_second), going: Mutex::default() })
    }

    fn going(&self) -> MutexGuard<'_, Going> {
        self.going.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far apart requests start: a second that begins anywhere has no more of them than there may be.
    fn interval(&self) -> Duration {
        self.per_second.map_or(Duration::ZERO, |most| Duration::from_nanos(1_000_000_000_u64.div_ceil(most)))
    }

    /// The right to one request more; nothing while as many are in flight as may be.
    pub(super) fn slot(self: &Arc<Pace>, now: Duration) -> Option<Slot> {
        let mut going = self.going();
        if self.in_flight.is_some_and(|most| going.in_flight >= most) {
            return None;
        }
        going.in_flight += 1;
        let starts = going.queue.max(going.gate).max(now);
        going.queue = starts.saturating_add(self.interval());
        drop(going);
        Some(Slot { pace: self.clone(), starts, started: false })
    }
}

impl Slot {
    /// How long it is until the request may start; nothing when it starts now.
    pub(super) fn start(&mut self, now: Duration) -> Option<Duration> {
        if self.started || self.pace.per_second.is_none() {
            return None;
        }
        let mut going = self.pace.going();
        // Whoever started late makes those after it late.
        let wait = self.starts.max(going.gate).checked_sub(now).filter(|wait| !wait.is_zero());
        if wait.is_none() {
            self.started = true;
            going.gate = now.saturating_add(self.pace.interval());
        }
        wait
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut going = self.pace.going();
        going.in_flight -= 1;
        if !self.started {
            // Its place in the queue is the next one's; the gate keeps two apart that have the same.
            going.queue = going.queue.saturating_sub(self.pace.interval());
        }
    }
}
