//! How the fake misbehaves, on purpose: what real servers, proxies and networks do now and then.

use serde::{Deserialize, Serialize};

/// What lists say of how many items there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Totals {
    /// The truth.
    Right,
    /// Nothing.
    Absent,
    /// Half of the truth.
    Small,
    /// Twice the truth and some.
    Large,
    /// The number of items on the page.
    Page,
}

/// What happens to a list between its pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Churn {
    /// Nothing.
    None,
    /// An item comes in at the front before each further page: the last of a page comes again.
    Insert,
    /// An item of those that were shown goes before each further page: one is never shown.
    Remove,
    /// Before every second page an item moves from the end to the front, and back.
    Move,
}

/// What a list gives as the token or cursor of its next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tokens {
    /// That of the next page.
    Right,
    /// The one that was sent, again and again.
    Repeated,
    /// After the last page, that of the first.
    Circle,
}

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
    /// Leave every so many items out of its page, while offsets count them: JumpCloud does that to memberships whose
    /// member is gone.
    pub hidden_every: u64,
    /// Answer every so many lists with an empty page, whatever follows.
    pub empty_page_every: u64,
    /// What lists say of how many items there are.
    pub totals: Totals,
    /// What happens between the pages of a list.
    pub churn: Churn,
    /// The items of a page come in another order each time.
    pub shuffle_pages: bool,
    /// Answer every so many lists with the page before the one that was asked for.
    pub repeat_page_every: u64,
    /// What comes as the token of the next page.
    pub tokens: Tokens,
    /// Lists have no end: after the last item comes the first again.
    pub endless_lists: bool,
    /// Send no header that a proxy may take away, and that a browser hides: `x-…`, `link`, `retry-after`.
    pub hidden_headers: bool,
    /// How long new bearer tokens last, in seconds; an hour when null.
    pub token_life_s: Option<u32>,
    /// Answer every so many requests without a body.
    pub empty_body_every: u64,
    /// Do what was asked, but answer every so many requests with status 200 and an error in the body.
    pub error_in_200_every: u64,
    /// Do what was asked, but answer every so many requests with the text `OK`.
    pub text_every: u64,
    /// Send bodies in pieces of 64 bytes, so many milliseconds apart; at once when 0.
    pub trickle_ms: u64,
    /// Send every so many bodies without an end.
    pub endless_body_every: u64,
    /// Blow every so many bodies up to [`Quirks::huge_body_mb`] with white space.
    pub huge_body_every: u64,
    /// How many MiB a huge body has, and a gzip bomb when it is unpacked.
    pub huge_body_mb: u64,
    /// Send, for every so many answers, a few MB of gzip that become [`Quirks::huge_body_mb`].
    pub gzip_bomb_every: u64,
    /// Reset the connection (TCP RST) instead of every so many answers. What was asked is done.
    pub reset_every: u64,
    /// Send `100 Continue` without an end instead of every so many answers. What was asked is done.
    pub continue_every: u64,
    /// Answer every so many requests with a redirect to [`Quirks::redirect_to`].
    pub redirect_every: u64,
    /// Where redirects lead.
    pub redirect_to: String,
    /// How many seconds the server's clock is fast: in the header `date`, and where it checks signatures.
    pub clock_skew_s: i64,
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
            hidden_every: 0,
            empty_page_every: 0,
            totals: Totals::Right,
            churn: Churn::None,
            shuffle_pages: false,
            repeat_page_every: 0,
            tokens: Tokens::Right,
            endless_lists: false,
            hidden_headers: false,
            token_life_s: None,
            empty_body_every: 0,
            error_in_200_every: 0,
            text_every: 0,
            trickle_ms: 0,
            endless_body_every: 0,
            huge_body_every: 0,
            huge_body_mb: 256,
            gzip_bomb_every: 0,
            reset_every: 0,
            continue_every: 0,
            redirect_every: 0,
            redirect_to: "http://elsewhere.invalid/".into(),
            clock_skew_s: 0,
        }
    }
}

impl Quirks {
    /// These switches with others set, as JSON says: `{"max_page": 3}`. That is what the header `x-fake-quirks` does
    /// for one request.
    ///
    /// ```
    /// use jumpcloud_fake::Quirks;
    ///
    /// let quirks = Quirks::default().with(r#"{"max_page": 3}"#)?;
    /// assert_eq!(quirks.max_page, Some(3));
    /// assert!(quirks.with(r#"{"max_pages": 3}"#).is_err());
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// What is wrong: no JSON object, an unknown switch, or a value that it does not take.
    pub fn with(&self, changes: &str) -> Result<Quirks, String> {
        let mut all = serde_json::to_value(self).map_err(|error| error.to_string())?;
        let changes: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(changes).map_err(|error| error.to_string())?;
        if let Some(all) = all.as_object_mut() {
            all.extend(changes);
        }
        serde_json::from_value(all).map_err(|error| error.to_string())
    }
}

/// Whether the request with this number (from 1 on) is one of every so many.
pub(crate) fn due(number: u64, every: u64) -> bool {
    every > 0 && number.is_multiple_of(every)
}
