//! `cargo xtask demo`: what the core does, shown against a fake JumpCloud on a free loopback port.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use jumpcloud_core::filter::{and, eq, is_in};
use jumpcloud_core::{Client, Credentials, Options, Page, Parameters, Request};
use jumpcloud_fake::{Fake, Quirks};
use jumpcloud_suite::transport::Transport;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let fake = Fake::builder().users(4000).seed(2026).start()?;
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = sent.clone();
    let url = fake.url();
    let mut transport = Transport::default();
    transport.watch = Some(Arc::new(move |request: &Request| {
        counter.fetch_add(1, Ordering::Relaxed);
        // A printed request is the method and URL, headers, and the body after an empty line; secrets never show.
        let text = request.to_string().replace(&url, "");
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        println!("{}", format!("  → {} {body}", head.lines().next().unwrap_or_default()).trim_end());
    }));
    let client = Client::new(Credentials::api_key(fake.api_key())).base_urls(&fake.url())?;
    println!(
        "A fake JumpCloud with 4,000 users listens on {}. Nothing below leaves this machine.",
        fake.url()
    );

    let user = suspended_users(&transport, &client)?;
    groups_and_systems(&transport, &client, &user)?;
    suspending_while_looping(&client)?;
    a_day_of_events(&transport, &client)?;
    service_account(&transport, &fake)?;
    system_context(&transport, &fake)?;
    mistakes(&transport, &client, &fake)?;
    println!("\n{} requests were sent.", sent.load(Ordering::Relaxed));
    Ok(())
}

fn title(text: &str) {
    println!("\n{text}\n{}", "─".repeat(text.chars().count()));
}

/// All items of a list as values.
fn collect(
    transport: &Transport,
    client: &Client,
    operation: &str,
    parameters: Parameters,
    options: Options,
) -> Outcome<Vec<Value>> {
    let mut items = Vec::new();
    let mut failed = None;
    transport.list(client, operation, parameters, options, |page: &Page| {
        for item in page.reply.items() {
            match serde_json::from_slice(item) {
                Ok(item) => items.push(item),
                Err(error) => failed = Some(error),
            }
        }
        failed.is_none()
    })?;
    failed.map_or(Ok(items), |error| Err(error.into()))
}

/// Prints the given paths of some rows as a table.
fn table(rows: &[Value], columns: &[(&str, &str)], most: usize) {
    let cell = |row: &Value, pointer: &str| match row.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let mut lines: Vec<Vec<String>> = vec![columns.iter().map(|(name, _)| name.to_uppercase()).collect()];
    lines.extend(
        rows.iter().take(most).map(|row| columns.iter().map(|(_, pointer)| cell(row, pointer)).collect()),
    );
    let width = |column: usize| lines.iter().map(|line| line[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    println!();
    for line in &lines {
        let cells = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.width())));
        println!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    if rows.len() > most {
        println!("  … and {} more", rows.len() - most);
    }
}

/// The main job: a filtered list over several pages. Gives the id of a user who has groups.
fn suspended_users(transport: &Transport, client: &Client) -> Outcome<String> {
    title("Suspended users in Sales, 10 a page");
    let filter = and([eq("department", "Sales"), eq("state", "SUSPENDED")]);
    let parameters =
        Parameters::new().with("filter", filter).with("fields", ["username", "email", "department", "state"]);
    let options = Options { page_size: Some(10), ..Options::default() };
    let users = collect(transport, client, "v1.systemUsers.list", parameters, options)?;
    table(&users, &[("username", "/username"), ("email", "/email"), ("state", "/state"), ("id", "/_id")], 6);
    println!("  {} users", users.len());

    title("Who works in Sales or Marketing: a search, its filter in the body");
    let filter = and([is_in("department", ["Sales", "Marketing"]), eq("state", "ACTIVATED")]);
    let options = Options { limit: Some(250), ..Options::default() };
    let active = collect(
        transport,
        client,
        "v1.systemUsers.search",
        Parameters::new().with("filter", filter),
        options,
    )?;
    table(&active, &[("name", "/displayname"), ("department", "/department"), ("title", "/jobTitle")], 4);
    let user = active.first().and_then(|user| user["_id"].as_str());
    Ok(user.ok_or("nobody works in Sales or Marketing")?.to_owned())
}

fn groups_and_systems(transport: &Transport, client: &Client, user: &str) -> Outcome {
    title("One user's groups and systems");
    let parameters = Parameters::new().with("user_id", user);
    let groups =
        collect(transport, client, "v2.users.memberOf.list", parameters.clone(), Options::default())?;
    let mut named = Vec::new();
    for group in &groups {
        let parameters = Parameters::new().with("id", &group["id"]);
        named.push(transport.call(client, "v2.userGroups.get", parameters)?.json::<Value>()?);
    }
    table(&named, &[("group", "/name"), ("id", "/id")], 6);
    let systems = collect(transport, client, "v2.users.systems.list", parameters, Options::default())?;
    let mut known = Vec::new();
    for system in &systems {
        let parameters = Parameters::new().with("id", &system["id"]);
        known.push(transport.call(client, "v1.systems.get", parameters)?.json::<Value>()?);
    }
    table(
        &known,
        &[
            ("hostname", "/hostname"),
            ("os", "/os"),
            ("version", "/version"),
            ("last contact", "/lastContact"),
        ],
        6,
    );
    Ok(())
}

/// The most natural script of all: whoever is suspended leaves the list that is being read.
fn suspending_while_looping(client: &Client) -> Outcome {
    title("Everybody active in Marketing is suspended, while the list of them is read");
    let (transport, list) = (Transport::default(), "v1.systemUsers.list");
    let active = and([eq("department", "Marketing"), eq("state", "ACTIVATED")]);
    let active = Parameters::new().with("filter", active);
    let options = || Options { page_size: Some(20), ..Options::default() };
    let before = collect(&transport, client, list, active.clone(), options())?.len();
    let mut suspended = 0;
    transport.list(client, list, active.clone(), options(), |page| {
        suspended += page.reply.items().filter(|user| suspend(&transport, client, user).is_ok()).count();
        true
    })?;
    let left = collect(&transport, client, list, active, options())?.len();
    assert_eq!((suspended, left), (before, 0), "nobody is missed, and nobody comes twice");
    println!("  {before} were active, {suspended} were suspended, {left} are left");
    Ok(())
}

fn suspend(transport: &Transport, client: &Client, user: &[u8]) -> Outcome {
    let user: Value = serde_json::from_slice(user)?;
    let change = Parameters::new().with("id", &user["_id"]).with("body", json!({ "state": "SUSPENDED" }));
    transport.call(client, "v1.systemUsers.update", change)?;
    Ok(())
}

fn a_day_of_events(transport: &Transport, client: &Client) -> Outcome {
    title("A day of Directory Insights: failed logins, 200 a page");
    let yesterday = SystemTime::now() - Duration::from_secs(86_400);
    let start = humantime::format_rfc3339_seconds(yesterday).to_string();
    let filter =
        and([is_in("event_type", ["user_login_attempt", "sso_auth", "login_attempt"]), eq("success", false)]);
    let parameters = Parameters::new()
        .with("filter", filter)
        .with("body", json!({ "service": ["all"], "start_time": start }));
    let options = Options { page_size: Some(200), ..Options::default() };
    let events = collect(transport, client, "insights.events.query", parameters, options)?;
    table(
        &events,
        &[
            ("time", "/timestamp"),
            ("type", "/event_type"),
            ("who", "/initiated_by/username"),
            ("from", "/client_ip"),
        ],
        6,
    );
    println!("  {} events", events.len());
    Ok(())
}

fn service_account(transport: &Transport, fake: &Fake) -> Outcome {
    title("A service account: its first call gets a bearer token, the others share it");
    let account = Credentials::service_account(fake.client_id(), fake.client_secret());
    let client = Client::new(account).base_urls(&fake.url())?;
    let options = || Options { limit: Some(3), ..Options::default() };
    let groups = collect(transport, &client, "v2.userGroups.list", Parameters::new(), options())?;
    table(&groups, &[("user group", "/name"), ("id", "/id")], 3);
    let groups = collect(transport, &client, "v2.systemGroups.list", Parameters::new(), options())?;
    table(&groups, &[("system group", "/name"), ("id", "/id")], 3);
    Ok(())
}

fn system_context(transport: &Transport, fake: &Fake) -> Outcome {
    title("System Context: a system asks about itself, signed with its own key");
    let id = fake.system_id();
    let client = Client::new(Credentials::system_context(&id)).base_urls(&fake.url())?;
    let signing = transport.clone().with_key(fake.system_private_key_pem().as_bytes())?;
    let system: Value = signing.call(&client, "v1.systems.get", Parameters::new().with("id", &id))?.json()?;
    table(
        &[system],
        &[("hostname", "/hostname"), ("os", "/os"), ("serial", "/serialNumber"), ("id", "/_id")],
        1,
    );
    let refused = client.call("v1.systemUsers.list", Parameters::new(), Options::default());
    println!("\n  What it may not do is refused before anything is sent:");
    refused.err().into_iter().for_each(|error| wrapped(&error.to_string()));
    Ok(())
}

fn mistakes(transport: &Transport, client: &Client, fake: &Fake) -> Outcome {
    title("What mistakes look like");
    let explain = |what: &str, result: Result<(), jumpcloud_core::Error>| {
        println!("\n  {what}");
        match result {
            Ok(()) => println!("  ✓ it worked"),
            Err(error) => wrapped(&format!("{}: {error}", error.kind().name())),
        }
    };
    let call = |client: &Client, operation: &str, parameters| {
        transport.call(client, operation, parameters).map(drop)
    };
    explain("A typo in a name:", call(client, "v1.systemUser.list", Parameters::new()));
    explain("A typo in a parameter:", call(client, "v1.systemUsers.list", Parameters::new().with("limt", 5)));
    explain(
        "A wrong value:",
        call(
            client,
            "v2.users.associations.list",
            Parameters::new().with("user_id", "x").with("targets", ["sistem"]),
        ),
    );
    let stranger = Client::new(Credentials::api_key("not-the-key")).base_urls(&fake.url())?;
    explain("A wrong key:", call(&stranger, "v1.systems.list", Parameters::new()));
    explain(
        "A missing object:",
        call(client, "v1.systems.get", Parameters::new().with("id", "0123456789abcdef01234567")),
    );
    fake.set_quirks(Quirks { rate_limit_every: 2, retry_after: Some(0), ..Quirks::default() });
    let first = call(client, "v1.organizations.list", Parameters::new());
    explain(
        "A 429, waited out and tried again:",
        first.and_then(|()| call(client, "v1.organizations.list", Parameters::new())),
    );
    fake.set_quirks(Quirks { rate_limit_every: 1, retry_after: Some(3600), ..Quirks::default() });
    explain("A 429 that asks for an hour:", call(client, "v1.organizations.list", Parameters::new()));
    fake.set_quirks(Quirks::default());
    Ok(())
}

/// Prints a long line indented, at 100 columns.
fn wrapped(text: &str) {
    let mut line = String::from("  ✗");
    for word in text.split(' ') {
        if line.chars().count() + word.chars().count() > 100 {
            println!("{line}");
            line = String::from("   ");
        }
        line.extend([" ", word]);
    }
    println!("{line}");
}
