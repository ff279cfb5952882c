//! Splits a wasm module in parts: what every program needs, and what only some do. Of the core there is one, in one
//! memory: the later parts take memory, table, globals and functions of the earlier ones.
//!
//! What belongs to which part follows from the exports alone. A part has everything that its exports can reach and no
//! earlier part has: of data and of functions that are called by their address as the linker knew it ([`reach`]), of calls
//! as they are in the module after optimizing. The last part has the rest. So no part can call what may not be there, and
//! nothing has to be said of any function. The linker's addresses and slots stay what they are; optimizing moves code
//! from one function into another, but only from one that is called into one that calls it.

mod reach;
mod whole;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::{Context, Result, ensure};
use wasm_encoder::{Module, RawSection};
use wasmparser::{Parser, Payload, Validator};

use whole::{Named, Whole};
use write::Shared;

/// rustc's flags for a module that is split: what the linker knew stays in it.
pub const LINKED: [&str; 2] = ["-Clink-arg=--emit-relocs", "-Cstrip=none"];

/// A part of a module.
struct Part<'e> {
    /// Whether an export of that name is the part's.
    exports: Box<dyn Fn(&str) -> bool + 'e>,
    /// The functions that no earlier part has.
    owned: BTreeSet<u32>,
    /// The functions that it has, with small ones of earlier parts.
    functions: Vec<u32>,
    /// What it takes from earlier parts; of globals, what it names.
    needed: Named,
    slots: BTreeMap<u32, u32>,
    data: Vec<Range<u32>>,
}

/// The module as its only part: written as parts are.
pub fn unsplit(module: &[u8]) -> Result<Vec<u8>> {
    split(&[], module, &[])?.pop().context("a module without a part")
}

/// Splits `module`, which tools have made of `linked`, a module with what `--emit-relocs` leaves in it. Each part after
/// the first has the exports that are named for it, and each is to be loaded after those before it.
pub fn split(linked: &[u8], module: &[u8], later: &[&[&str]]) -> Result<Vec<Vec<u8>>> {
    let whole = Whole::read(module)?;
    for name in later.iter().copied().flatten() {
        ensure!(
            whole.exports.iter().any(|(known, ..)| known == name),
            "there is no export {name} to split off"
        );
    }
    let mut parts: Vec<Part<'_>> = Vec::new();
    let (mut functions, mut slots, mut data) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for place in 0..=later.len() {
        let after = later.get(place..).unwrap_or_default();
        let is_root = move |name: &str| !after.iter().any(|names| names.contains(&name));
        let (all, all_slots, all_data) = if after.is_empty() {
            let segments = whole.data.iter().map(|(start, bytes)| *start..start + bytes.len() as u32);
            (whole.all().collect(), whole.slots.keys().copied().collect(), segments.collect())
        } else {
            // What wasm-bindgen asks of the module is nobody's.
            let reach = reach::reach(linked, |name| {
                is_root(plain(name)) && !name.starts_with("__wbindgen_describe")
            })?;
            (whole.closure(&reach, is_root)?, reach.slots, joined(&reach.data))
        };
        let own = place.checked_sub(1).and_then(|place| later.get(place));
        let exports: Box<dyn Fn(&str) -> bool> = match own {
            None => Box::new(is_root),
            Some(own) => Box::new(|name| own.contains(&name)),
        };
        let slots_here =
            all_slots.difference(&slots).filter_map(|slot| Some((*slot, *whole.slots.get(slot)?)));
        let mut part = Part {
            exports,
            owned: all.difference(&functions).copied().collect(),
            functions: Vec::new(),
            needed: Named::default(),
            slots: slots_here.collect(),
            data: without(&all_data, &data),
        };
        part.take(&whole, &functions)?;
        parts.push(part);
        (functions, slots, data) = (all, all_slots, all_data);
    }
    let needed = || parts.iter().skip(1).map(|part| &part.needed);
    let all: BTreeSet<u32> = needed().flat_map(|needed| needed.functions.iter().copied()).collect();
    let globals: BTreeSet<u32> = needed().flat_map(|needed| needed.globals.iter().copied()).collect();
    let shared = Shared { functions: all.into_iter().collect(), globals: globals.into_iter().collect() };
    // The first part has the globals.
    if let Some(first) = parts.first_mut() {
        first.needed.globals.extend(&shared.globals);
    }
    let mut written = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        let module = write::write(&whole, part, &shared, place == 0)?;
        Validator::new().validate_all(&module).context("a part of the module that was split")?;
        written.push(module);
    }
    Ok(written)
}

impl Part<'_> {
    /// Takes what the part has and needs, where the earlier parts have these functions.
    fn take(&mut self, whole: &Whole<'_>, earlier: &BTreeSet<u32>) -> Result<()> {
        let mut own = BTreeSet::new();
        let mut waiting: Vec<u32> = self.owned.iter().chain(self.slots.values()).copied().collect();
        waiting.extend(whole.exported(&self.exports));
        while let Some(function) = waiting.pop() {
            if earlier.contains(&function) && !whole.is_small(function) {
                self.needed.functions.insert(function);
            } else if !whole.is_imported(function) && own.insert(function) {
                let named = whole.calls(function)?;
                waiting.extend(named.functions);
                self.needed.globals.extend(named.globals);
            }
        }
        // Like is compressed by like, and functions of one length are alike: 2 % of a module, gzipped. Short ones are called
        // most, and so have short numbers.
        let length = |function: &u32| whole.body(*function).map(|body| body.as_bytes().len());
        self.functions = own.into_iter().collect();
        self.functions.sort_by_key(length);
        Ok(())
    }
}

/// The name of an export without the number that it has until wasm-bindgen is through: `describe_23851919358815a6`.
fn plain(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((plain, number))
            if number.len() == 16 && number.bytes().all(|digit| digit.is_ascii_hexdigit()) =>
        {
            plain
        }
        _ => name,
    }
}

/// The linked module as the linker would have written it for others: what it says of itself is only right as long as
/// nothing is changed. What wasm-bindgen has put there for itself stays.
pub fn stripped(linked: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(linked) {
        let payload = payload?;
        if let Payload::CustomSection(custom) = &payload
            && !custom.name().starts_with("__wasm_bindgen")
        {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let data =
                linked.get(range.start as usize..range.end as usize).context("a section is cut short")?;
            module.section(&RawSection { id, data });
        }
    }
    Ok(module.finish())
}

/// A segment takes a few bytes of its own: what is nearer together than this stays together.
const NEAR: u32 = 12;

/// The ranges, which are in order, those that touch or nearly touch as one.
fn joined(ranges: &[Range<u32>]) -> Vec<Range<u32>> {
    let mut joined: Vec<Range<u32>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end + NEAR => last.end = last.end.max(range.end),
            _ => joined.push(range.clone()),
        }
    }
    joined
}

/// The ranges without what is in others; both are in order.
fn without(ranges: &[Range<u32>], others: &[Range<u32>]) -> Vec<Range<u32>> {
    let mut left = Vec::new();
    for range in ranges {
        let mut start = range.start;
        for other in others.iter().filter(|other| other.start < range.end && other.end > range.start) {
            left.push(start..other.start);
            start = start.max(other.end);
        }
        left.push(start..range.end);
    }
    left.retain(|range| !range.is_empty());
    left
}

#[cfg(test)]
mod tests;
