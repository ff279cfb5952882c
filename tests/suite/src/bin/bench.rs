//! The core's figures, each beside a peer's in the same run. Ratios count: machines are noisy.

use std::hint::black_box;
use std::time::{Duration, Instant};

use jumpcloud_core::reply::{Response, parse};
use jumpcloud_core::request::{Settings, build};
use jumpcloud_core::{Client, Credentials, Operation, Options, Parameters};
use jumpcloud_fake::{Fake, Quirks};
use jumpcloud_suite::transport::Transport;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

fn main() {
    building();
    let page = a_megabyte_of_users();
    scanning(&page);
    decoding(&page);
    walking();
}

/// The median time of one run, over rounds of at least 20 ms each.
fn time(mut run: impl FnMut()) -> Duration {
    let mut runs = 1u32;
    let per_run = loop {
        let started = Instant::now();
        (0..runs).for_each(|_| run());
        let took = started.elapsed();
        if took > Duration::from_millis(20) {
            break runs;
        }
        runs *= 2;
    };
    let mut rounds: Vec<Duration> = (0..15)
        .map(|_| {
            let started = Instant::now();
            (0..per_run).for_each(|_| run());
            started.elapsed() / per_run
        })
        .collect();
    rounds.sort();
    rounds[rounds.len() / 2]
}

fn building() {
    let operation =
        Operation::find("v2.integrations.connectwise.agreements.additions.list").expect("a known name");
    let parameters = Parameters::new()
        .with("UUID", "8e9f5a52-8d0f-4a55-93d7-2d2b9b5e6a01")
        .with("agreement_ID", "5f1b2c3d4e5f6a7b8c9d0e1f")
        .with("limit", 100)
        .with("skip", 200)
        .with("sort", ["name"])
        .with("filter", ["name:eq:Gold Support"]);
    let json = parameters.to_json();
    let settings = Settings { origin: "https://console.jumpcloud.com".into(), ..Settings::default() };
    let built = time(|| drop(black_box(build(operation, black_box(&parameters), &settings))));
    let read = time(|| {
        let parameters = Parameters::from_json(black_box(&json)).expect("JSON");
        drop(black_box(build(operation, &parameters, &settings)));
    });
    let request = build(operation, &parameters, &settings).expect("a good request");
    let parsed = time(|| drop(black_box(url::Url::parse(black_box(&request.url)))));
    println!("Building a list request, 2 path and 4 query parameters");
    println!("  from parameters              {:8.2} µs", micro(built));
    println!("  from JSON text               {:8.2} µs", micro(read));
    println!("  peer: url::Url::parse of it  {:8.2} µs", micro(parsed));
}

fn micro(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// A v1 page of the fake's users, padded to a megabyte by more of them.
fn a_megabyte_of_users() -> Vec<u8> {
    let fake = Fake::builder().users(1500).start().expect("a free port");
    let client = Client::new(Credentials::api_key(fake.api_key())).base_urls(&fake.url()).expect("a URL");
    let mut users: Vec<Value> = Vec::new();
    let walked = Transport::default().list(
        &client,
        "v1.systemUsers.list",
        Parameters::new(),
        Options::default(),
        |page| {
            users.extend(page.reply.items().filter_map(|item| serde_json::from_slice(item).ok()));
            true
        },
    );
    walked.expect("a list");
    let mut page = Vec::new();
    for count in 1..=users.len() {
        if count % 50 == 0 || count == users.len() {
            page = json!({"totalCount": 100_000, "results": users[..count]}).to_string().into_bytes();
            if page.len() >= 1_000_000 {
                break;
            }
        }
    }
    page
}

fn scanning(page: &[u8]) {
    let operation = Operation::find("v1.systemUsers.list").expect("a known name");
    let response = Response { status: 200, headers: Vec::new(), body: page.to_vec() };
    let items = parse(operation, response.clone()).expect("a page").items().len();
    let copy = time(|| drop(black_box(response.clone())));
    let scan = time(|| drop(black_box(parse(operation, black_box(response.clone()))))).saturating_sub(copy);
    let ignored = time(|| drop(black_box(serde_json::from_slice::<IgnoredAny>(black_box(page)))));
    let rate = |time: Duration| page.len() as f64 / time.as_secs_f64() / 1e9;
    println!("\nScanning a page of {items} users, {} bytes", page.len());
    println!("  envelope, spans and total    {:8.2} GB/s", rate(scan));
    println!("  peer: serde_json IgnoredAny  {:8.2} GB/s", rate(ignored));
    println!("  ratio                        {:8.2}", rate(scan) / rate(ignored));
}

fn decoding(page: &[u8]) {
    use jumpcloud_core::typed::models::SystemUserList;
    let typed = time(|| drop(black_box(serde_json::from_slice::<SystemUserList>(black_box(page)))));
    let value = time(|| drop(black_box(serde_json::from_slice::<Value>(black_box(page)))));
    let rate = |time: Duration| page.len() as f64 / time.as_secs_f64() / 1e6;
    println!("\nDecoding the same page");
    println!("  typed models                 {:8.0} MB/s", rate(typed));
    println!("  peer: serde_json::Value      {:8.0} MB/s", rate(value));
    println!("  ratio                        {:8.2}", rate(typed) / rate(value));
}

fn walking() {
    let fake = Fake::builder()
        .users(100_000)
        .quirks(Quirks { latency_ms: 20, ..Quirks::default() })
        .start()
        .expect("a free port");
    let client = Client::new(Credentials::api_key(fake.api_key())).base_urls(&fake.url()).expect("a URL");
    println!("\nWalking 100,000 users, 100 a page, 20 ms of latency each");
    let mut serial = Duration::ZERO;
    for concurrency in [1, 4] {
        let (mut users, mut pages, before) = (0, 0, resident());
        let (mut early, mut most) = (0, 0);
        let started = Instant::now();
        let options = Options { concurrency, ..Options::default() };
        let walked =
            Transport::default().list(&client, "v1.systemUsers.list", Parameters::new(), options, |page| {
                users += page.reply.items().len();
                pages += 1;
                let now = resident().saturating_sub(before);
                most = most.max(now);
                if pages == 100 {
                    early = most;
                }
                true
            });
        walked.expect("a list");
        let took = started.elapsed();
        if concurrency == 1 {
            serial = took;
        }
        println!(
            "  {concurrency} in flight: {users} users in {pages} pages, {:.1} s, {:.2} times as fast; memory grew {} KB by page 100, {} KB in all",
            took.as_secs_f64(),
            serial.as_secs_f64() / took.as_secs_f64(),
            early,
            most
        );
    }
}

/// Resident memory in KB: of this process, the fake included.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
