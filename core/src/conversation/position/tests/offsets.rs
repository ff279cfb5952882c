//! Lists that others change between two lists of a chain, and while they are read.

use super::*;

/// A list of each kind, and how its server goes through it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Sorted by id, with a total that counts.
    Sorted,
    /// By name, with a total in a header.
    Named,
    /// By name, each of which may change.
    Renamed,
    /// Rows without ids.
    Rows,
    Token,
    Single,
}

struct Records {
    random: Random,
    kind: Kind,
    /// By what they are sorted by, and their ids.
    records: BTreeSet<(u64, u64)>,
    /// There from the start on.
    steady: BTreeSet<u64>,
    hidden: BTreeSet<u64>,
    ever: BTreeSet<u64>,
    next: u64,
    /// How often something happens between two requests, of a hundred.
    changes: u64,
    losses: u64,
    most: u64,
    changed: bool,
}

fn id(number: u64) -> String {
    format!("{number:024x}")
}

impl Records {
    fn new(seed: u64, kind: Kind) -> Records {
        let mut random = Random(seed << 20);
        let count = random.pick(&[0, 1, 3, 10, 40, 130]);
        let mut records = Records {
            kind,
            records: BTreeSet::new(),
            steady: BTreeSet::new(),
            hidden: BTreeSet::new(),
            ever: BTreeSet::new(),
            next: 1000,
            changes: random.pick(&[0, 0, 20, 60]),
            losses: random.pick(&[0, 0, 5, 20]),
            most: random.pick(&[3, 10, 100]),
            changed: false,
            random,
        };
        (0..count).for_each(|_| records.insert());
        if matches!(kind, Kind::Sorted | Kind::Named) && records.random.chance(30) {
            let all: Vec<u64> = records.records.iter().map(|(_, id)| *id).collect();
            records.hidden = all.into_iter().filter(|_| records.random.chance(5)).collect();
        }
        records.steady = records.records.iter().map(|(_, id)| *id).collect();
        records.steady.retain(|id| !records.hidden.contains(id));
        records
    }

    fn insert(&mut self) {
        self.next += 1 + self.random.below(50);
        let id = if self.random.chance(30) { self.random.below(self.next) } else { self.next };
        let key = if self.kind == Kind::Sorted { id } else { scramble(id ^ self.random.0) };
        if self.ever.insert(id) {
            self.records.insert((key, id));
            self.changed = true;
        }
    }

    fn change(&mut self) {
        let place = self.random.below(self.records.len() as u64) as usize;
        let record = self.records.iter().nth(place).copied();
        match (record, self.random.below(3)) {
            (Some(record), 0) => {
                self.records.remove(&record);
                self.steady.remove(&record.1);
                self.changed = true;
            }
            (Some(record), 1) if self.kind == Kind::Renamed => {
                self.records.remove(&record);
                self.records.insert((self.random.below(u64::MAX), record.1));
                self.changed = true;
            }
            _ => self.insert(),
        }
    }

    fn delete(&mut self, id: u64) {
        self.records.retain(|(_, known)| *known != id);
        self.steady.remove(&id);
        self.changed = true;
    }

    fn operation(&self) -> (&'static str, Parameters) {
        match self.kind {
            Kind::Sorted => ("v1.systemUsers.list", Parameters::new()),
            Kind::Named | Kind::Renamed => ("v2.userGroups.list", Parameters::new()),
            Kind::Rows => ("v2.systemInsights.apps.list", Parameters::new()),
            Kind::Token => ("v2.gsuites.importableUsers.list", Parameters::new().with("gsuite_id", "5f1b")),
            Kind::Single => ("v1.systemUsers.sshKeys.list", Parameters::new().with("id", "5f1b")),
        }
    }
}

impl Server for Records {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_767_225_600)
    }

    fn lost(&mut self) -> bool {
        self.random.chance(self.losses)
    }

    fn answer(&mut self, request: &Request) -> Response {
        if self.random.chance(self.changes) {
            self.change();
        }
        let url = url::Url::parse(&request.url).unwrap();
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let number = |key: &str| query.get(key).map(|number| number.parse::<u64>().unwrap());
        let (size, skip) = match self.kind {
            Kind::Single => (u64::MAX, 0),
            Kind::Token => (number("maxResults").unwrap().min(self.most), 0),
            _ => (number("limit").unwrap(), number("skip").unwrap_or(0)),
        };
        // A token leads to what is behind a record.
        let after = query.get("pageToken").map(|token| {
            let (key, id) = token.split_once('-').unwrap();
            (key.parse::<u64>().unwrap(), id.parse::<u64>().unwrap())
        });
        let behind = self.records.iter().filter(|record| after.is_none_or(|after| **record > after));
        let page: Vec<(u64, u64)> = behind.skip(skip as usize).take(size as usize).copied().collect();
        let token = page.last().filter(|_| page.len() as u64 == size).map(|(key, id)| format!("{key}-{id}"));
        let items: Vec<Value> = page
            .iter()
            .filter(|(_, id)| !self.hidden.contains(id))
            .map(|(_, number)| match self.kind {
                Kind::Rows => json!({"name": number}),
                Kind::Sorted | Kind::Single => json!({"_id": id(*number)}),
                _ => json!({"id": id(*number)}),
            })
            .collect();
        let total = self.records.len();
        let (headers, body) = match self.kind {
            Kind::Sorted => (Vec::new(), json!({"totalCount": total, "results": items})),
            Kind::Named | Kind::Renamed => {
                (vec![("x-total-count".to_owned(), total.to_string())], Value::Array(items))
            }
            Kind::Token => (Vec::new(), json!({"users": items, "nextPageToken": token})),
            Kind::Rows | Kind::Single => (Vec::new(), Value::Array(items)),
        };
        Response { status: 200, headers, body: body.to_string().into_bytes() }
    }
}

fn number(item: &[u8]) -> u64 {
    let item: Value = serde_json::from_slice(item).unwrap();
    let id = ["_id", "id"].iter().find_map(|key| item[key].as_str());
    id.map_or_else(|| item["name"].as_u64().unwrap(), |id| u64::from_str_radix(id, 16).unwrap())
}

fn run(seed: u64, kind: Kind, met: &mut BTreeMap<String, u64>) -> Result<(), String> {
    let mut server = Records::new(seed, kind);
    let mut r = Random(seed << 20 | 1 << 60);
    let (operation, parameters) = server.operation();
    let kills = r.pick(&[0, 2, 10, 30]);
    let deletes = kind != Kind::Rows && r.chance(20);
    let (mut text, mut handed, mut order) = (None::<String>, BTreeSet::new(), Vec::new());
    for list in 0..500 {
        let page_size = r.chance(70).then(|| 2 + r.below(12));
        let limit = r.chance(20).then(|| r.below(9));
        let options = from(text.as_ref(), Options { page_size, limit, ..Options::default() });
        let pages = client().pages(operation, parameters.clone(), options).map_err(|e| e.to_string())?;
        let mut todo = Vec::new();
        let mut take = |item: &[u8]| {
            todo.push(number(item));
            !r.chance(kills)
        };
        let (ended, position) = poll(&mut server, pages, &mut take).map_err(|error| error.to_string())?;
        for id in todo {
            let alike = kind == Kind::Rows && server.changed;
            if !handed.insert(id) && !alike {
                return Err(format!("{id} comes twice in list {list}: {order:?}, begun at {text:?}"));
            }
            order.push(id);
            if deletes {
                server.delete(id);
            }
        }
        let name =
            if ended == Ended::End && limit.is_some() { "limit".to_owned() } else { format!("{ended:?}") };
        *met.entry(format!("{kind:?} {name}")).or_default() += 1;
        match ended {
            Ended::Incomplete if !server.changed && server.hidden.is_empty() => {
                return Err(format!("a false alarm, begun at {text:?}"));
            }
            Ended::Incomplete => return Ok(()),
            Ended::End if limit.is_none() => {
                text = Some(position);
                break;
            }
            _ => text = Some(position),
        }
        for _ in 0..r.below(3) {
            if server.random.chance(server.changes) {
                server.change();
            }
        }
    }
    let missed = server.steady.difference(&handed).count();
    // What is not promised: records that move, rows that nothing tells apart, and a page of hidden records.
    if missed > 0 && kind != Kind::Renamed && !(kind == Kind::Rows && server.changed) {
        return Err(format!("{missed} of {} missed, {}", server.steady.len(), text.unwrap_or_default()));
    }
    // What is new comes when the list is begun once more, where its place is behind.
    let whole = text.clone();
    if kind == Kind::Sorted {
        server.next += 1;
        server.records.insert((server.next, server.next));
        let pages = client().pages(operation, parameters, from(whole.as_ref(), Options::default())).unwrap();
        let (mut new, losses) = (Vec::new(), std::mem::take(&mut server.losses));
        server.changes = 0;
        let ended = poll(&mut server, pages, &mut |item| {
            new.push(number(item));
            true
        });
        server.losses = losses;
        // Where pages are tiny and most records are gone, the list may not be sure that it is whole: never without a word.
        let alarm = matches!(ended, Ok((Ended::Incomplete, _)));
        *met.entry("false alarm behind the end".to_owned()).or_default() += u64::from(alarm);
        if !(alarm || matches!(ended, Ok((Ended::End, _))))
            || new.last() != Some(&server.next)
            || new.iter().any(|id| !handed.insert(*id))
        {
            return Err(format!(
                "{new:?} came behind the end instead of {}: {ended:?}, {whole:?}",
                server.next
            ));
        }
    }
    Ok(())
}

#[test]
fn a_list_that_is_killed_goes_on_where_it_stood() {
    let kinds = [Kind::Sorted, Kind::Named, Kind::Renamed, Kind::Rows, Kind::Token, Kind::Single];
    let (mut met, mut faults) = (BTreeMap::new(), Vec::new());
    for seed in 0..runs() {
        for kind in kinds {
            if let Err(fault) = run(seed, kind, &mut met) {
                faults.push(format!("seed {seed}, {kind:?}: {fault}"));
            }
        }
    }
    println!("{met:#?}");
    let some = &faults[..faults.len().min(8)];
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), runs() * 6, some.join("\n"));
    let alarms = met.get("false alarm behind the end").copied().unwrap_or_default();
    assert!(alarms * 100 <= runs(), "{alarms} false alarms");
    for kind in kinds {
        let of = |ended: &str| met.get(&format!("{kind:?} {ended}")).copied().unwrap_or_default();
        assert!(of("Killed") > runs() / 4 && of("End") > runs() / 3, "{kind:?}: {met:?}");
    }
}
