//! Writes a part of a module as a module of its own.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, ImportSection, MemorySection, Module, TableSection, TypeSection,
};
use wasmparser::ExternalKind;

use super::Part;
use super::whole::Whole;

/// The module that all parts import from: JavaScript passes a function to the first, and what that exports to the others.
const FROM: &str = "";

/// What parts need of each other, in the order of its names.
#[derive(Default)]
pub struct Shared {
    pub functions: Vec<u32>,
    pub globals: Vec<u32>,
}

/// A part as a module; the first has memory, table and globals.
pub fn write(whole: &Whole<'_>, part: &Part, shared: &Shared, is_first: bool) -> Result<Vec<u8>> {
    let imported: Vec<u32> = match is_first {
        true => (0..whole.imports.len() as u32).collect(),
        false => part.needed.functions.iter().copied().collect(),
    };
    let globals: Vec<u32> = part.needed.globals.iter().copied().collect();
    let mut numbers = Numbers::new(imported.iter().chain(&part.functions), &globals);
    let (mut imports, mut functions, mut code) =
        (ImportSection::new(), FunctionSection::new(), CodeSection::new());
    let table = RoundtripReencoder.table_type(whole.table.context("there is no table")?)?;
    let memory = RoundtripReencoder.memory_type(whole.memory.context("there is no memory")?)?;
    if is_first {
        for (name, kind) in &whole.imports {
            // The rest of the name is a number of wasm-bindgen's.
            ensure!(
                name.starts_with("__wbg___wbindgen_throw_"),
                "nothing gives the module its import {name}"
            );
            imports.import(FROM, "throw", EntityType::Function(numbers.type_index(*kind)?));
        }
    } else {
        imports.import(FROM, &whole.version, memory);
        imports.import(FROM, TABLE, table);
        for global in &globals {
            let (kind, _) = whole.globals.get(*global as usize).context("a global that there is not")?;
            imports.import(
                FROM,
                &shared_name(&shared.globals, *global, GLOBAL)?,
                RoundtripReencoder.global_type(*kind)?,
            );
        }
        for function in &imported {
            let kind = EntityType::Function(numbers.type_index(whole.type_of(*function)?)?);
            imports.import(FROM, &shared_name(&shared.functions, *function, FUNCTION)?, kind);
        }
    }
    for function in &part.functions {
        functions.function(numbers.type_index(whole.type_of(*function)?)?);
        let body = whole.body(*function).context("a function without a body")?;
        numbers.parse_function_body(&mut code, body.clone())?;
    }

    let mut exports = ExportSection::new();
    for (name, kind, index) in &whole.exports {
        match kind {
            ExternalKind::Func if (part.exports)(name) => {
                exports.export(name, ExportKind::Func, numbers.function_index(*index)?);
            }
            ExternalKind::Memory if is_first => {
                exports.export(name, ExportKind::Memory, 0);
            }
            // Globals are addresses that wasm-bindgen would ask for where panics unwind.
            ExternalKind::Func | ExternalKind::Memory | ExternalKind::Global => {}
            _ => bail!("nothing is known of exports like {name}"),
        }
    }
    if is_first {
        exports.export(&whole.version, ExportKind::Memory, 0).export(TABLE, ExportKind::Table, 0);
        for (place, global) in shared.globals.iter().enumerate() {
            exports.export(&name(GLOBAL, place as u32), ExportKind::Global, numbers.global_index(*global)?);
        }
    }
    for (place, function) in shared.functions.iter().enumerate() {
        let is_own = match whole.is_imported(*function) {
            true => is_first,
            false => part.owned.contains(function),
        };
        if is_own {
            exports.export(
                &name(FUNCTION, place as u32),
                ExportKind::Func,
                numbers.function_index(*function)?,
            );
        }
    }

    let mut elements = ElementSection::new();
    let mut run: Vec<u32> = Vec::new();
    let mut slots = part.slots.iter().peekable();
    while let Some((slot, function)) = slots.next() {
        run.push(numbers.function_index(*function)?);
        if slots.peek().is_none_or(|(next, _)| **next != slot + 1) {
            let start = slot + 1 - run.len() as u32;
            let functions = Elements::Functions(std::mem::take(&mut run).into());
            elements.active(None, &ConstExpr::i32_const(start as i32), functions);
        }
    }

    let mut types = TypeSection::new();
    for kind in &numbers.types {
        let kind = whole.types.get(*kind as usize).context("a type that there is not")?;
        types.ty().func_type(&RoundtripReencoder.func_type(kind.clone())?);
    }
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions);
    if is_first {
        let mut section = GlobalSection::new();
        for global in &globals {
            let (kind, first) = whole.globals.get(*global as usize).context("a global that there is not")?;
            let first = RoundtripReencoder.const_expr(first.clone())?;
            section.global(RoundtripReencoder.global_type(*kind)?, &first);
        }
        module.section(TableSection::new().table(table)).section(MemorySection::new().memory(memory));
        module.section(&section);
    }
    module.section(&exports).section(&elements).section(&code).section(&data(whole, &part.data));
    Ok(module.finish())
}

/// What is in these ranges of addresses.
fn data(whole: &Whole<'_>, ranges: &[Range<u32>]) -> DataSection {
    let mut section = DataSection::new();
    for (start, bytes) in &whole.data {
        for range in ranges {
            let (from, to) = (range.start.max(*start), range.end.min(start + bytes.len() as u32));
            let bytes = bytes.get(from.saturating_sub(*start) as usize..to.saturating_sub(*start) as usize);
            // Memory is zero at first.
            let Some(first) = bytes.and_then(|bytes| bytes.iter().position(|byte| *byte != 0)) else {
                continue;
            };
            let bytes = bytes.unwrap_or_default();
            let last = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(first);
            let address = ConstExpr::i32_const((from + first as u32) as i32);
            section.active(0, &address, bytes.get(first..=last).unwrap_or_default().iter().copied());
        }
    }
    section
}

fn shared_name(shared: &[u32], what: u32, kind: &str) -> Result<String> {
    let place = shared.iter().position(|known| *known == what).context("a part needs what is not shared")?;
    Ok(name(kind, place as u32))
}

const TABLE: &str = "t";
const GLOBAL: &str = "g";
const FUNCTION: &str = "";

/// The name under which a part gives something to others: short, and no other export's.
fn name(kind: &str, mut number: u32) -> String {
    let mut name = kind.to_owned();
    loop {
        name.push(char::from_digit(number % 36, 36).unwrap_or_default().to_ascii_uppercase());
        number /= 36;
        if number == 0 {
            return name;
        }
    }
}

/// What things are called in a part: types are numbered as they are met.
struct Numbers {
    functions: BTreeMap<u32, u32>,
    globals: BTreeMap<u32, u32>,
    types: Vec<u32>,
}

impl Numbers {
    fn new<'n>(functions: impl Iterator<Item = &'n u32>, globals: &[u32]) -> Numbers {
        Numbers {
            functions: functions.copied().zip(0..).collect(),
            globals: globals.iter().copied().zip(0..).collect(),
            types: Vec::new(),
        }
    }
}

/// What a part names, and only the other part has.
#[derive(Debug)]
struct Elsewhere(&'static str, u32);

impl std::fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the {} {} is in the other part", self.0, self.1)
    }
}

impl std::error::Error for Elsewhere {}

type Encoded = Result<u32, wasm_encoder::reencode::Error<Elsewhere>>;

fn number(known: &BTreeMap<u32, u32>, number: u32, what: &'static str) -> Encoded {
    let known = known.get(&number).copied();
    known.ok_or(wasm_encoder::reencode::Error::UserError(Elsewhere(what, number)))
}

impl Reencode for Numbers {
    type Error = Elsewhere;

    fn function_index(&mut self, function: u32) -> Encoded {
        number(&self.functions, function, "function")
    }

    fn global_index(&mut self, global: u32) -> Encoded {
        number(&self.globals, global, "global")
    }

    fn type_index(&mut self, kind: u32) -> Encoded {
        let place = self.types.iter().position(|known| *known == kind).unwrap_or_else(|| {
            self.types.push(kind);
            self.types.len() - 1
        });
        Ok(place as u32)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_things_have_the_same_name() {
        let names: Vec<String> =
            (0..4000).flat_map(|number| [name(FUNCTION, number), name(GLOBAL, number)]).collect();
        let distinct: BTreeSet<&String> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
        assert!(!names.iter().any(|name| name == TABLE || name == "throw" || name.is_empty()));
    }
}
