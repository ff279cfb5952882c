//! `jumpcloud-fake`: serves until it is stopped.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use jumpcloud_fake::{Fake, Quirks};
use lexopt::{Arg, Parser, ValueExt as _};

const HELP: &str = "\
A JumpCloud in memory, over HTTP on loopback: for trying clients and for testing code that uses them.

Usage: jumpcloud-fake [OPTIONS]

      --users N              how many users [250]; systems, groups and events grow with them by default
      --systems N            how many systems
      --groups N             how many user groups
      --events N             how many Directory Insights events of the last ninety days
      --organizations N      how many organizations [1]; of several, x-org-id must name one
      --seed N               what all data follows from [1]: the same number, the same company
      --port N               where to listen [8080]; 0 for a free port
      --host ADDRESS         [127.0.0.1]
      --multi-tenant         the administrator has three organizations and must name one with x-org-id
      --load FILE            begin with a state that was saved
      --save FILE            save the state there, within a second of every change
      --strict               refuse what JumpCloud serves although its description does not have it
      --explorer DIR         serve the web page in DIR at / [what `cargo xtask explorer` built, if it did]

How it misbehaves: every switch of `GET /__fake/quirks` is one here too, with dashes; also while it runs, with
PUT /__fake/quirks, and for one request, with the header x-fake-quirks: {\"max_page\": 3}. The README says who suffers.
`every` numbers mean every Nth request.

      --latency MS           answer no sooner than that
      --work MS              systems answer to commands, and jobs work, after so long [a moment]
      --max-page N           give no more than N items a page, whatever was asked for
      --no-total-header      v2 lists do not say X-Total-Count
      --no-link-header       v2 lists do not send Link
      --unstable-totals      totals change from page to page
      --totals WHICH         right, absent, small, large or page
      --hidden-every N       every Nth item is left out of its page
      --empty-page-every N   every Nth list is an empty page
      --churn WHAT           between pages: none, insert, remove or move
      --shuffle-pages        the items of a page come in any order
      --repeat-page-every N  every Nth list is the page before
      --tokens WHICH         tokens of next pages: right, repeated or circle
      --endless-lists        lists have no end
      --hidden-headers       no x-…, link and retry-after
      --token-life-s N       how long bearer tokens live
      --rate-limit-every N   429
      --retry-after SECONDS  what a 429 says in Retry-After [1]
      --no-retry-after       a 429 says nothing
      --server-error-every N 503, or what --server-error-status says
      --truncate-every N     half of the body, as if it were all
      --disconnect-every N   half of the body, then the connection is closed
      --reset-every N        a TCP reset instead of the answer
      --continue-every N     `100 Continue` without an end instead of the answer
      --html-every N         a page of HTML
      --empty-body-every N   no body
      --error-in-200-every N an error with status 200
      --text-every N         the text OK
      --redirect-every N     a redirect to --redirect-to URL
      --trickle-ms MS        64 bytes of the body at a time
      --endless-body-every N a body without an end
      --huge-body-every N    a body of --huge-body-mb N
      --gzip-bomb-every N    gzip that becomes as much
      --clock-skew-s N       the server's clock is so many seconds fast

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
    let (mut explorer, mut save) = (built_explorer(), None);
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
            "systems" => builder = builder.systems(number(&mut parser)?),
            "groups" => builder = builder.groups(number(&mut parser)?),
            "events" => builder = builder.events(number(&mut parser)?),
            "organizations" => builder = builder.organizations(number(&mut parser)?),
            "seed" => builder = builder.seed(number(&mut parser)?),
            "port" => builder = builder.port(number(&mut parser)?),
            "host" => builder = builder.host(number::<IpAddr>(&mut parser)?),
            "multi-tenant" => builder = builder.multi_tenant(true),
            "load" => {
                let path = PathBuf::from(parser.value()?);
                let text = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                builder = builder.state(
                    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?,
                );
            }
            "save" => save = Some(PathBuf::from(parser.value()?)),
            "strict" => builder = builder.strict(true),
            "explorer" => explorer = Some(parser.value()?.into()),
            "latency" => quirks.latency_ms = number(&mut parser)?,
            "work" => quirks.work_ms = Some(number(&mut parser)?),
            "no-total-header" => quirks.total_header = false,
            "no-link-header" => quirks.link_header = false,
            "no-retry-after" => quirks.retry_after = None,
            name => {
                let name = name.to_owned();
                quirks = quirk(quirks, &name, &mut parser)?;
            }
        }
    }
    if let Some(directory) = explorer {
        builder = builder.explorer(directory);
    }
    let fake = builder.quirks(quirks).start()?;
    println!("{}", fake.access());
    let Some(path) = save else {
        loop {
            std::thread::park();
        }
    };
    let mut saved = None;
    loop {
        let changes = fake.changes();
        if saved != Some(changes) {
            write(&path, &fake.state().to_string())
                .map_err(|error| format!("{}: {error}", path.display()))?;
            saved = Some(changes);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Writes a file so that it is whole whenever somebody looks.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path)
}

/// Where `cargo xtask explorer` puts the page: this program is in `target/debug` or `target/release`, and the page is in
/// `target/explorer`.
fn built_explorer() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let page = program.parent()?.parent()?.join("explorer");
    page.join("index.html").is_file().then_some(page)
}

/// Sets the switch of that name, with dashes for its underscores. Those that are on or off take no value.
fn quirk(quirks: Quirks, name: &str, parser: &mut Parser) -> Result<Quirks, Box<dyn std::error::Error>> {
    let known = serde_json::to_value(&quirks)?;
    let key = name.replace('-', "_");
    let Some(value) = known.get(&key) else {
        return Err(format!("invalid option '--{name}'; see --help").into());
    };
    let value = match value {
        serde_json::Value::Bool(_) => serde_json::Value::Bool(true),
        _ => {
            let text = parser.value()?.string()?;
            serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text))
        }
    };
    let changes = serde_json::Value::Object([(key, value)].into_iter().collect()).to_string();
    quirks.with(&changes).map_err(|error| format!("--{name}: {error}").into())
}

fn number<T: FromStr<Err: Into<Box<dyn std::error::Error + Send + Sync>>>>(
    parser: &mut Parser,
) -> Result<T, lexopt::Error> {
    parser.value()?.parse()
}
