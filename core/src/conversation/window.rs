//! Events arrive late, by minutes: a list of them is read window by window, so that who goes on loses none.
//!
//! A window ends `lag` before the time at which it is asked for, and the next one starts `overlap` before that end. So an
//! event that arrives up to `lag + overlap` after it happened is in a window that is asked for after it arrived: if it
//! was not there when its own was read, it is older than that window's end, and not older than the next one's start.
//! The ids of the events in the overlap are kept, so that none of them is handed out again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::parameters::{body, given, top};
use super::position::Standpoint;
use super::seen::Identity;
use crate::client::Options;
use crate::http_date::{self, read_rfc3339, write_rfc3339};
use crate::json::Value;
use crate::operation::{Paging, Times};
use crate::parameters::{Object, Parameters, quoted};
use crate::reply::{Reply, field};
use crate::{Error, Result};

/// What pollers of events have come to use: Elastic's integration asks for nothing newer than two minutes.
const LAG: Duration = Duration::from_secs(120);
/// Five times as much again for what is later still.
const OVERLAP: Duration = Duration::from_secs(600);

/// What a position says of the window that it is in, or behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Span {
    /// The body's bounds as they were sent, with the cursor that goes on between them; none behind the window.
    pub(super) sent: Option<[String; 2]>,
    /// Where the next window starts.
    pub(super) since: u64,
    /// Where this one ends.
    pub(super) until: u64,
    /// The events from `since` on that were handed out, and when they happened; within the window those of the last one too.
    pub(super) seen: Vec<(u64, u64)>,
}

/// The window that is being read.
#[derive(Debug)]
pub(super) struct Window {
    times: Times,
    lag: u64,
    overlap: u64,
    /// The lag counts for what is asked, and not only for where the next window starts.
    bounded: bool,
    /// It is known where it ends.
    begun: bool,
    /// Its first reply has come.
    told: bool,
    /// That reply says what time it is at JumpCloud; else only events tell it.
    dated: bool,
    /// Before this the ids of no events are known.
    floor: u64,
    span: Span,
}

impl Window {
    /// The window of a list that starts where a position says, or at its start.
    pub(super) fn new(
        paging: &Paging,
        parameters: &mut Parameters,
        options: &Options,
        from: Option<&Standpoint>,
    ) -> Result<Option<Window>> {
        let Some(times) = paging.times else { return Ok(None) };
        let span = from.and_then(Standpoint::span);
        // A second is what times are asked in.
        let seconds = |time: Option<Duration>, usual: Duration| {
            time.unwrap_or(usual).saturating_add(Duration::from_nanos(999_999_999)).as_secs()
        };
        let mut window = Window {
            times,
            lag: seconds(options.lag, LAG),
            overlap: seconds(options.overlap, OVERLAP).max(1),
            bounded: from.is_some() || options.lag.is_some(),
            begun: false,
            told: false,
            dated: true,
            floor: bound(paging, parameters, times.since).unwrap_or(0),
            span: span.cloned().unwrap_or_default(),
        };
        match &window.span.sent {
            Some([since, until]) => {
                (window.begun, window.told) = (true, true);
                let keys = vec![(top(times.since), since.clone()), (top(times.until), until.clone())];
                parameters.set_in_body(keys, None)?;
            }
            None if span.is_some() => {
                window.floor = window.span.since;
                parameters.set_in_body(vec![(top(times.since), written(times.since, window.floor))], None)?;
            }
            None => {}
        }
        if window.bounded && !window.begun {
            let end = given(paging, parameters, top(times.until));
            if end.is_some() && bound(paging, parameters, times.until).is_none() {
                let name = top(times.until);
                return Err(Error::invalid(format!(
                    "{name}: expected a time such as {example}, as where the list goes on depends on it",
                    example = written(times.until, 1_767_225_600)
                ))
                .parameter_named(name));
            }
        }
        Ok(Some(window))
    }

    /// Says where the window ends, at the time when it is first asked for. Gives whether what is asked for has changed;
    /// nothing when there is nothing to ask for yet.
    pub(super) fn begin(
        &mut self,
        paging: &Paging,
        parameters: &mut Parameters,
        now: SystemTime,
    ) -> Result<Option<bool>> {
        if self.begun {
            return Ok(Some(false));
        }
        self.begun = true;
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let Times { since, until, .. } = self.times;
        let own = bound(paging, parameters, until);
        let end = now.saturating_sub(self.lag).min(own.unwrap_or(u64::MAX));
        // JumpCloud refuses a window that ends where it starts.
        if self.bounded && end <= self.floor {
            return Ok(None);
        }
        self.reaches(end);
        let body = body(parameters);
        let sent =
            |path: &str, time: u64| body.get(top(path)).map_or_else(|| written(path, time), str::to_owned);
        let last = if self.bounded { written(until, end) } else { sent(until, now + 1) };
        self.span.sent = Some([sent(since, self.floor), last.clone()]);
        if self.bounded {
            parameters.set_in_body(vec![(top(until), last)], None)?;
        }
        Ok(Some(self.bounded))
    }

    fn reaches(&mut self, end: u64) {
        self.span.until = end.max(self.floor);
        self.span.since = self.span.until.saturating_sub(self.overlap).max(self.floor);
    }

    /// The first reply of a window says what time it is at JumpCloud: a clock that is ahead would end it too late. Where it does
    /// not (proxies and browsers may hide it), the window ends `lag` before its newest event.
    pub(super) fn told(&mut self, reply: &Reply) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        let date = reply.header("date").and_then(http_date::read);
        self.dated = date.is_some();
        let date = date.map_or(self.floor, |date| date.saturating_sub(self.lag));
        if date < self.span.until {
            self.reaches(date);
        }
    }

    /// Notes the events that are handed out; `items` are their places in the reply.
    pub(super) fn note(&mut self, reply: &Reply, items: &[(usize, Identity)]) {
        let spans = reply.list.as_ref().map(|list| list.items.as_slice()).unwrap_or_default();
        let time = |(place, _): &(usize, Identity)| {
            let item = spans.get(*place).and_then(|span| reply.body.get(span.clone()))?;
            read(self.times.event, &field(item, self.times.event)?)
        };
        if !self.dated {
            let newest = items.iter().filter_map(time).max().unwrap_or_default().saturating_sub(self.lag);
            if newest > self.span.until {
                self.reaches(newest);
            }
        }
        // Events come in the order of their times: where the first and the last of a page are old, all are.
        let old =
            |item: Option<&(usize, Identity)>| item.and_then(time).is_some_and(|time| time < self.span.since);
        if old(items.first()) && old(items.last()) {
            return;
        }
        let mut seen = Vec::new();
        for item in items {
            // One without a time is kept as if it were of the last second.
            let time = time(item).unwrap_or(self.span.until);
            if time >= self.span.since {
                seen.push((item.1.key(), time));
            }
        }
        self.span.seen.extend(seen);
    }

    /// What a position says of one of which nothing was read: it starts where it would have.
    pub(super) fn ahead(&self) -> Option<Span> {
        (self.floor > 0).then(|| Span { since: self.floor, until: self.floor, ..Span::default() })
    }

    /// What a position says of it; nothing before it has begun. `left` are marks of events that were not taken.
    pub(super) fn span(&self, over: bool, left: &[u64]) -> Option<Span> {
        self.span.sent.as_ref()?;
        // Within the window what the last one handed out is still to be met.
        let kept = |(mark, time): &&(u64, u64)| (!over || *time >= self.span.since) && !left.contains(mark);
        let mut seen: Vec<(u64, u64)> = self.span.seen.iter().filter(kept).copied().collect();
        seen.sort_unstable();
        seen.dedup_by_key(|(mark, _)| *mark);
        let sent = self.span.sent.clone().filter(|_| !over);
        Some(Span { sent, seen, ..self.span })
    }
}

fn in_seconds(path: &str) -> bool {
    path.ends_with(".seconds")
}

fn read(path: &str, time: &str) -> Option<u64> {
    if in_seconds(path) { time.parse().ok() } else { read_rfc3339(time) }
}

/// A time as JSON, for the key at the start of a path.
fn written(path: &str, time: u64) -> String {
    if in_seconds(path) {
        let mut object = Object::default();
        object.set("seconds", time.to_string());
        return object.to_json();
    }
    quoted(&write_rfc3339(time).unwrap_or_default())
}

/// The caller's own bound.
fn bound(paging: &Paging, parameters: &Parameters, path: &str) -> Option<u64> {
    let value = given(paging, parameters, top(path))?;
    let value = Value::read(&value).ok()?;
    let inner = path.split('.').skip(1).try_fold(&value, |value, key| value.get(key))?;
    read(path, &inner.plain())
}
