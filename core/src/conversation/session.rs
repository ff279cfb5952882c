//! What all calls of a client share and one of them gets for all: the bearer token, and what the host's function says of who
//! calls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Error;

/// What is shared is renewed this long before it ends, or when half its life is over, so that none ends on its way.
const RENEW_BEFORE: Duration = Duration::from_secs(30);
/// When nothing has been heard of a renewal for so long, another call may try: whoever does it may have stopped asking.
const LONGEST_SILENCE: Duration = Duration::from_secs(10);

/// One at a time, one renewal at a time; times are those of the steady clock.
#[derive(Debug)]
pub(crate) struct Session<T>(Mutex<Shared<T>>);

#[derive(Debug)]
struct Shared<T> {
    current: Option<Current<T>>,
    renewal: Option<Renewal>,
    renewals: u64,
    /// How the last renewal that failed did: it is the failure of all calls that held for it.
    failed: Option<(u64, Error)>,
}

#[derive(Debug)]
struct Current<T> {
    value: T,
    since: Duration,
    life: Duration,
}

impl<T> Current<T> {
    fn serves(&self, now: Duration) -> bool {
        let left = self.since.saturating_add(self.life).saturating_sub(now);
        left > RENEW_BEFORE.min(self.life / 2)
    }
}

#[derive(Debug)]
struct Renewal {
    number: u64,
    until: Duration,
}

/// What a call finds when it needs what is shared.
pub(super) enum Found<T> {
    Ready(T),
    /// This call renews it; the number is its right to do so.
    Renew(u64),
    /// Another call is at it, the one with this number; nothing will have been heard of it for this long.
    Hold(u64, Duration),
    /// The renewal that this call held for has failed.
    Failed(Error),
}

/// The right to one renewal: it goes back when this is dropped, however it ended.
#[derive(Debug)]
pub(super) struct Lease<T> {
    session: Arc<Session<T>>,
    number: u64,
}

impl<T> Default for Session<T> {
    fn default() -> Session<T> {
        Session(Mutex::new(Shared { current: None, renewal: None, renewals: 0, failed: None }))
    }
}

impl<T> Session<T> {
    fn lock(&self) -> MutexGuard<'_, Shared<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone + PartialEq> Session<T> {
    /// What there is; the right to get it; or who has that right. `held` is the renewal that the call has held for so far.
    pub(super) fn find(&self, now: Duration, held: Option<u64>) -> Found<T> {
        let mut shared = self.lock();
        if let Some(current) = shared.current.as_ref().filter(|current| current.serves(now)) {
            return Found::Ready(current.value.clone());
        }
        if let Some((_, error)) = shared.failed.as_ref().filter(|(number, _)| Some(*number) == held) {
            return Found::Failed(error.clone());
        }
        if let Some(renewal) = &shared.renewal
            && let Some(left) = renewal.until.checked_sub(now).filter(|left| !left.is_zero())
        {
            return Found::Hold(renewal.number, left);
        }
        shared.renewals += 1;
        let number = shared.renewals;
        shared.renewal = Some(Renewal { number, until: now.saturating_add(LONGEST_SILENCE) });
        Found::Renew(number)
    }

    /// What there is, however long it still lives: a fresh one serves at least once.
    pub(super) fn latest(&self) -> Option<T> {
        self.lock().current.as_ref().map(|current| current.value.clone())
    }

    /// Forgets what JumpCloud refused, unless another has taken its place.
    pub(super) fn forget(&self, refused: &T) {
        let mut shared = self.lock();
        if shared.current.as_ref().is_some_and(|current| current.value == *refused) {
            shared.current = None;
        }
    }
}

impl<T> Lease<T> {
    pub(super) fn new(session: &Arc<Session<T>>, number: u64) -> Lease<T> {
        Lease { session: session.clone(), number }
    }

    pub(super) fn renewed(&self, value: T, since: Duration, life: Duration) {
        self.session.lock().current = Some(Current { value, since, life });
    }

    /// The renewal has failed, for all that hold for it.
    pub(super) fn failed(&self, error: &Error) {
        self.session.lock().failed = Some((self.number, error.clone()));
    }

    /// The renewal goes on: a request was sent, or waits for its time.
    pub(super) fn goes_on(&self, now: Duration, wait: Option<Duration>) {
        let left = wait.map_or(LONGEST_SILENCE, |wait| wait.saturating_add(Duration::from_secs(1)));
        let mut shared = self.session.lock();
        if let Some(renewal) = shared.renewal.as_mut().filter(|known| known.number == self.number) {
            renewal.until = now.saturating_add(left);
        }
    }

    /// Ends the renewal, whether anything came of it or not.
    pub(super) fn release(&self) {
        let mut shared = self.session.lock();
        if shared.renewal.as_ref().is_some_and(|known| known.number == self.number) {
            shared.renewal = None;
        }
    }
}

impl<T> Drop for Lease<T> {
    fn drop(&mut self) {
        self.release();
    }
}
