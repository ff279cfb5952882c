//! Directory Insights: events arrive minutes late.

use super::*;
use crate::http_date;

const START: u64 = 1_767_225_600_000;

struct Events {
    random: Random,
    /// When it happened, when it arrived, and its number; milliseconds.
    events: Vec<(u64, u64, u64)>,
    now: u64,
    /// How far the poller's clock is ahead.
    ahead: u64,
    /// Replies say what time it is.
    dated: bool,
    /// The header with the cursor is hidden.
    hidden: bool,
    without_id: bool,
    /// No page is longer; where only offsets go on, pages are as long as is asked for.
    most: u64,
    /// How often the network is gone, of a hundred requests.
    losses: u64,
}

fn name(number: u64) -> String {
    format!("{:x}", scramble(number))
}

impl Events {
    fn new(seed: u64) -> Events {
        let mut random = Random(seed << 20);
        let (dated, hidden) = (random.chance(50), random.chance(20));
        Events {
            events: Vec::new(),
            now: START,
            ahead: random.pick(&[0, 0, 5_000, 400_000]),
            dated,
            hidden,
            without_id: random.chance(20),
            most: if hidden { u64::MAX } else { random.pick(&[1, 2, 3, 7, 50]) },
            losses: random.pick(&[0, 0, 5, 15]),
            random,
        }
    }

    /// What happens until then, known up to so much later.
    fn happen(&mut self, until: u64, latest: u64) {
        while self.now < until {
            self.now += 1 + self.random.below(40_000);
            // Several may happen at once, and be known much later.
            for _ in 0..self.random.below(3) {
                let late = if self.random.chance(60) { 1000.min(latest) } else { latest };
                let (late, number) = (self.random.below(late + 1), self.events.len() as u64);
                self.events.push((self.now, self.now + late, number));
            }
        }
    }

    fn item(&self, (time, _, number): (u64, u64, u64)) -> Value {
        let second = http_date::write_rfc3339(time / 1000).unwrap();
        let exact = match number % 3 {
            0 => second,
            1 => second.replace('Z', &format!(".{:03}Z", time % 1000)),
            _ => second.replace('Z', ".000000001+00:00"),
        };
        match self.without_id && number % 5 == 0 {
            true => json!({"event_type": "x", "number": number, "timestamp": exact}),
            false => json!({"id": name(number), "number": number, "timestamp": exact}),
        }
    }
}

impl Server for Events {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.now + self.ahead)
    }

    fn lost(&mut self) -> bool {
        self.random.chance(self.losses)
    }

    fn answer(&mut self, request: &Request) -> Response {
        self.now += self.random.below(20_000);
        let body = body(request);
        let time = |key: &str| {
            body.get(key).map(|time| http_date::read_rfc3339(time.as_str().unwrap()).unwrap() * 1000)
        };
        let (start, end) = (time("start_time").unwrap(), time("end_time").unwrap_or(self.now));
        if start >= end {
            let body = br#"{"message":"Start Time not after End Time"}"#.to_vec();
            return Response { status: 400, headers: Vec::new(), body };
        }
        let latest_first = body["sort"] == "DESC";
        let there =
            |(time, arrival, _): &&(u64, u64, u64)| *arrival <= self.now && (start..=end).contains(time);
        let mut events: Vec<_> = self.events.iter().filter(there).copied().collect();
        events.sort_unstable_by_key(|(time, _, number)| (*time, *number));
        if latest_first {
            events.reverse();
        }
        let after: Option<(u64, u64)> =
            body.get("search_after").map(|after| serde_json::from_value(after.clone()).unwrap());
        if let Some(after) = after {
            events.retain(|(time, _, number)| match latest_first {
                true => (*time, *number) < after,
                false => (*time, *number) > after,
            });
        }
        let limit = body["limit"].as_u64().unwrap().min(self.most);
        let skip = body["skip"].as_u64().unwrap_or(0);
        let page: Vec<_> = events.into_iter().skip(skip as usize).take(limit as usize).collect();
        let last = page.last().map_or((0, 0), |(time, _, number)| (*time, *number));
        let mut headers = vec![("x-limit".to_owned(), limit.to_string())];
        if !self.hidden {
            headers.push(("x-search_after".to_owned(), json!([last.0, last.1]).to_string()));
        }
        if self.dated {
            let date = http_date::write(UNIX_EPOCH + Duration::from_millis(self.now)).unwrap();
            headers.push(("date".to_owned(), date));
        }
        let items: Vec<Value> = page.into_iter().map(|event| self.item(event)).collect();
        Response { status: 200, headers, body: Value::Array(items).to_string().into_bytes() }
    }
}

fn run(seed: u64, met: &mut BTreeMap<&'static str, u64>) -> Result<(), String> {
    let mut server = Events::new(seed);
    let mut r = Random(seed << 20 | 1 << 60);
    let ms = |time: u64| Some(Duration::from_millis(time));
    let (lag, overlap) = match r.chance(80) {
        true => (ms(r.pick(&[0, 1_000, 60_000, 120_000])), ms(r.pick(&[1_000, 60_000, 300_000, 600_000]))),
        false => (None, None),
    };
    let latest = lag.unwrap_or(Duration::from_secs(120)) + overlap.unwrap_or(Duration::from_secs(600));
    let latest = latest.as_millis() as u64;
    server.happen(START + 3_600_000, latest);
    let mut body = json!({"service": ["all"], "start_time": "2026-01-01T00:00:00Z"});
    if r.chance(30) {
        body["sort"] = json!("DESC");
    }
    let parameters = Parameters::new().with("body", body);
    let (mut text, mut handed) = (None::<String>, BTreeSet::new());
    let mut kills = r.pick(&[0, 3, 20, 60]);
    let (mut rounds, mut whole) = (2 + r.below(12), 0);
    let mut lists = 0;
    while whole < 2 {
        lists += 1;
        if lists > 200 {
            return Err(format!("it does not come to its end: {text:?}"));
        }
        if rounds == 0 {
            // What is on its way arrives, and the last lists are left alone: of a window that was begun, and of the rest.
            (kills, server.losses) = (0, 0);
            server.now += latest + server.ahead + 3_600_000;
        }
        // By offset pages of one item cannot overlap.
        let least = 1 + u64::from(server.hidden);
        let page_size = r.chance(50).then(|| least + r.below(9));
        let limit = if kills > 0 && r.chance(20) { Some(r.below(8)) } else { None };
        let options = from(text.as_ref(), Options { page_size, limit, lag, overlap, ..Options::default() });
        let pages = client().pages("insights.events.query", parameters.clone(), options);
        let mut twice = None;
        let mut take = |item: &[u8]| {
            let item: Value = serde_json::from_slice(item).unwrap();
            let number = item["number"].as_u64().unwrap();
            if !handed.insert(number) {
                twice = Some(number);
            }
            !r.chance(kills)
        };
        let ended = pages.and_then(|pages| poll(&mut server, pages, &mut take));
        let (ended, position) = ended.map_err(|error| error.to_string())?;
        if let Some(number) = twice {
            return Err(format!("{number} comes twice: {:?}", server.events[number as usize]));
        }
        *met.entry(match ended {
            Ended::End if limit.is_some() => "limit",
            Ended::End => "end",
            Ended::Killed => "killed",
            Ended::Incomplete => "incomplete",
        })
        .or_default() += 1;
        text = Some(position);
        whole += u32::from(rounds == 0 && ended == Ended::End);
        if rounds > 0 {
            rounds -= 1;
            let until = server.now + r.pick(&[0, 1_000, 30_000, 300_000, 3_000_000]);
            server.happen(until, latest);
        }
    }
    for (what, so) in [
        ("hidden cursor", server.hidden),
        ("clock ahead", server.ahead > 0),
        ("events without id", server.without_id),
        ("one an answer", server.most == 1),
    ] {
        *met.entry(what).or_default() += u64::from(so);
    }
    let missed: Vec<_> = server.events.iter().filter(|event| !handed.contains(&event.2)).collect();
    let Some(first) = missed.first() else { return Ok(()) };
    let (missed, all, text) = (missed.len(), server.events.len(), text.unwrap_or_default());
    let how = (server.hidden, server.ahead, server.dated, server.most, server.without_id, server.losses);
    Err(format!(
        "{missed} of {all} missed: {first:?}, lag {lag:?}, overlap {overlap:?}, {how:?}, position {text}"
    ))
}

#[test]
fn a_poller_of_late_events_that_is_killed_loses_and_doubles_nothing() {
    let mut met = BTreeMap::new();
    let faults: Vec<String> = (0..runs())
        .filter_map(|seed| run(seed, &mut met).err().map(|fault| format!("seed {seed}: {fault}")))
        .collect();
    println!("{met:?}");
    let some = &faults[..faults.len().min(5)];
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), runs(), some.join("\n"));
    for (what, least) in
        [("killed", 500), ("end", 500), ("limit", 50), ("hidden cursor", 20), ("clock ahead", 20)]
    {
        assert!(met[what] * 400 >= least * runs(), "{what}: {met:?}");
    }
}
