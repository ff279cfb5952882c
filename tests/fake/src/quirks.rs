//! How the fake misbehaves, on purpose: what real servers, proxies and networks do now and then.

use serde::{Deserialize, Serialize};

/// The switches. `every` numbers: 0 never, 1 always, 3 each third request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// Whether v2 lists that are bare arrays say `X-Total-Count`. JumpCloud does not on all of them.
    pub total_header: bool,
    /// Whether v2 lists send `Link: <…>; rel="next"`. JumpCloud does not on all of them.
    pub link_header: bool,
    /// Answer 429 to every so many requests.
    pub rate_limit_every: u64,
    /// The `Retry-After` of a 429, in seconds; none when null.
    pub retry_after: Option<u64>,
    /// Answer [`Quirks::server_error_status`] to every so many requests.
    pub server_error_every: u64,
    /// 500, 502, 503 or 504.
    pub server_error_status: u16,
    /// Send half of the body of every so many answers, as if it were all.
    pub truncate_every: u64,
    /// Send half of the body of every so many answers, then close the connection.
    pub disconnect_every: u64,
    /// Answer every so many requests with a page of HTML and status 200.
    pub html_every: u64,
    /// Answer no sooner than so many milliseconds after the request came.
    pub latency_ms: u64,
    /// Let systems answer to commands, and jobs work, after so many milliseconds; when null, after a moment.
    pub work_ms: Option<u32>,
    /// Give no more than so many items a page, whatever was asked for.
    pub max_page: Option<usize>,
    /// Totals change from page to page.
    pub unstable_totals: bool,
}

impl Default for Quirks {
    fn default() -> Quirks {
        Quirks {
            total_header: true,
            link_header: true,
            rate_limit_every: 0,
            retry_after: Some(1),
            server_error_every: 0,
            server_error_status: 503,
            truncate_every: 0,
            disconnect_every: 0,
            html_every: 0,
            latency_ms: 0,
            work_ms: None,
            max_page: None,
            unstable_totals: false,
        }
    }
}

/// Whether the request with this number (from 1 on) is one of every so many.
pub(crate) fn due(number: u64, every: u64) -> bool {
    every > 0 && number.is_multiple_of(every)
}
