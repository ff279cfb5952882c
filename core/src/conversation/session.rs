//! The bearer token that all calls of a client share, and who is getting the next one.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Error;
use crate::secret::Secret;

/// A token is renewed this long before it ends, or when half its life is over, so that none ends on its way.
const RENEW_BEFORE: Duration = Duration::from_secs(30);
/// When nothing has been heard of a renewal for so long, another call may try: whoever does it may have stopped asking.
const LONGEST_SILENCE: Duration = Duration::from_secs(10);

/// One token at a time, one renewal at a time; times are those of the steady clock.
#[derive(Debug, Default)]
pub(crate) struct Session(Mutex<Tokens>);

#[derive(Debug, Default)]
struct Tokens {
    token: Option<Token>,
    renewal: Option<Renewal>,
    renewals: u64,
    /// How the last renewal that failed did: it is the failure of all calls that held for it.
    failed: Option<(u64, Error)>,
}

#[derive(Debug)]
struct Token {
    secret: Secret,
    since: Duration,
    life: Duration,
}

impl Token {
    fn serves(&self, now: Duration) -> bool {
        let left = (self.since + self.life).saturating_sub(now);
        left > RENEW_BEFORE.min(self.life / 2)
    }
}

#[derive(Debug)]
struct Renewal {
    number: u64,
    until: Duration,
}

/// What a call finds when it needs a token.
pub(super) enum Bearer {
    Ready(Secret),
    /// This call renews it; the number is its right to do so.
    Renew(u64),
    /// Another call is at it, the one with this number; nothing will have been heard of it for this long.
    Hold(u64, Duration),
    /// The renewal that this call held for has failed.
    Failed(Error),
}

impl Session {
    fn lock(&self) -> MutexGuard<'_, Tokens> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token; the right to get one; or who has that right. `held` is the renewal that the call has held for so far.
    pub(super) fn bearer(&self, now: Duration, held: Option<u64>) -> Bearer {
        let mut tokens = self.lock();
        if let Some(token) = tokens.token.as_ref().filter(|token| token.serves(now)) {
            return Bearer::Ready(token.secret.clone());
        }
        if let Some((_, error)) = tokens.failed.as_ref().filter(|(number, _)| Some(*number) == held) {
            return Bearer::Failed(error.clone());
        }
        if let Some(renewal) = &tokens.renewal
            && let Some(left) = renewal.until.checked_sub(now).filter(|left| !left.is_zero())
        {
            return Bearer::Hold(renewal.number, left);
        }
        tokens.renewals += 1;
        let number = tokens.renewals;
        tokens.renewal = Some(Renewal { number, until: now.saturating_add(LONGEST_SILENCE) });
        Bearer::Renew(number)
    }

    /// The token there is, however long it still lives: a fresh one serves at least once.
    pub(super) fn latest(&self) -> Option<Secret> {
        self.lock().token.as_ref().map(|token| token.secret.clone())
    }

    pub(super) fn renewed(&self, secret: Secret, since: Duration, life: Duration) {
        self.lock().token = Some(Token { secret, since, life });
    }

    /// The renewal has failed, for all that hold for it.
    pub(super) fn failed(&self, renewal: u64, error: &Error) {
        self.lock().failed = Some((renewal, error.clone()));
    }

    /// The renewal goes on: a request was sent, or waits for its time.
    pub(super) fn goes_on(&self, renewal: u64, now: Duration, wait: Option<Duration>) {
        let left = wait.map_or(LONGEST_SILENCE, |wait| wait.saturating_add(Duration::from_secs(1)));
        let mut tokens = self.lock();
        if let Some(renewal) = tokens.renewal.as_mut().filter(|known| known.number == renewal) {
            renewal.until = now.saturating_add(left);
        }
    }

    /// Ends a renewal, whether a token came of it or not.
    pub(super) fn release(&self, renewal: u64) {
        let mut tokens = self.lock();
        if tokens.renewal.as_ref().is_some_and(|known| known.number == renewal) {
            tokens.renewal = None;
        }
    }

    /// Forgets a token that JumpCloud refused, unless another has taken its place.
    pub(super) fn forget(&self, refused: &Secret) {
        let mut tokens = self.lock();
        if tokens.token.as_ref().is_some_and(|token| token.secret == *refused) {
            tokens.token = None;
        }
    }
}
