//! `jumpcloud-fake`: serves until it is stopped.

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use jumpcloud_fake::{Fake, Quirks};
use lexopt::{Arg, Parser, ValueExt as _};

const HELP: &str = "\
A JumpCloud in memory, over HTTP on loopback: for trying clients and for testing code that uses them.

Usage: jumpcloud-fake [OPTIONS]

      --users N              how many users [250]; systems, groups and events grow with them
      --seed N               what all data follows from [1]: the same number, the same company
      --port N               where to listen [8080]; 0 for a free port
      --host ADDRESS         [127.0.0.1]
      --multi-tenant         the administrator has three organizations and must name one with x-org-id
      --explorer DIR         serve the web page in DIR at / [what `cargo xtask explorer` built, if it did]

How it misbehaves (also while it runs, with PUT /__fake/quirks):
      --latency MS           answer no sooner than that
      --work MS              systems answer to commands, and jobs work, after so long [a moment]
      --max-page N           give no more than N items a page, whatever was asked for
      --no-total-header      v2 lists do not say X-Total-Count
      --no-link-header       v2 lists do not send Link
      --unstable-totals      totals change from page to page
      --rate-limit-every N   429 to every Nth request
      --retry-after SECONDS  what a 429 says in Retry-After [1]
      --no-retry-after       a 429 says nothing
      --server-error-every N 503 to every Nth request
      --truncate-every N     half of every Nth body, as if it were all
      --disconnect-every N   half of every Nth body, then the connection is closed
      --html-every N         a page of HTML instead of every Nth answer

      --help                 this text
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("jumpcloud-fake: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let (mut builder, mut quirks) = (Fake::builder().port(8080), Quirks::default());
    let mut explorer = built_explorer();
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        let Arg::Long(name) = argument else {
            return Err(format!("{}; see --help", argument.unexpected()).into());
        };
        match name {
            "help" => {
                print!("{HELP}");
                return Ok(());
            }
            "users" => builder = builder.users(number(&mut parser)?),
            "seed" => builder = builder.seed(number(&mut parser)?),
            "port" => builder = builder.port(number(&mut parser)?),
            "host" => builder = builder.host(number::<IpAddr>(&mut parser)?),
            "multi-tenant" => builder = builder.multi_tenant(true),
            "explorer" => explorer = Some(parser.value()?.into()),
            "latency" => quirks.latency_ms = number(&mut parser)?,
            "work" => quirks.work_ms = Some(number(&mut parser)?),
            "max-page" => quirks.max_page = Some(number(&mut parser)?),
            "no-total-header" => quirks.total_header = false,
            "no-link-header" => quirks.link_header = false,
            "unstable-totals" => quirks.unstable_totals = true,
            "rate-limit-every" => quirks.rate_limit_every = number(&mut parser)?,
            "retry-after" => quirks.retry_after = Some(number(&mut parser)?),
            "no-retry-after" => quirks.retry_after = None,
            "server-error-every" => quirks.server_error_every = number(&mut parser)?,
            "truncate-every" => quirks.truncate_every = number(&mut parser)?,
            "disconnect-every" => quirks.disconnect_every = number(&mut parser)?,
            "html-every" => quirks.html_every = number(&mut parser)?,
            _ => return Err(format!("{}; see --help", argument.unexpected()).into()),
        }
    }
    if let Some(directory) = explorer {
        builder = builder.explorer(directory);
    }
    let fake = builder.quirks(quirks).start()?;
    println!("{}", fake.access());
    loop {
        std::thread::park();
    }
}

/// Where `cargo xtask explorer` puts the page: this program is in `target/debug` or `target/release`, and the page is in
/// `target/explorer`.
fn built_explorer() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let page = program.parent()?.parent()?.join("explorer");
    page.join("index.html").is_file().then_some(page)
}

fn number<T: FromStr<Err: Into<Box<dyn std::error::Error + Send + Sync>>>>(
    parser: &mut Parser,
) -> Result<T, lexopt::Error> {
    parser.value()?.parse()
}
