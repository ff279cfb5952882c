//! A wasm module, read: what of it matters for a split.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use wasmparser::{
    ExternalKind, FunctionBody, GlobalType, MemoryType, Operator, Parser, Payload, TableType, TypeRef,
};

use super::reach::{self, Reach};

/// A module, read.
#[derive(Default)]
pub struct Whole<'a> {
    /// A number that another module has by chance only: parts of two releases do not fit together.
    pub version: String,
    pub types: Vec<wasmparser::FuncType>,
    /// Names and types of what is imported: functions.
    pub imports: Vec<(&'a str, u32)>,
    /// The type of each function of its own.
    pub functions: Vec<u32>,
    pub table: Option<TableType>,
    pub memory: Option<MemoryType>,
    pub globals: Vec<(GlobalType, wasmparser::ConstExpr<'a>)>,
    pub exports: Vec<(&'a str, ExternalKind, u32)>,
    /// The table's slots and the functions in them.
    pub slots: BTreeMap<u32, u32>,
    pub bodies: Vec<FunctionBody<'a>>,
    /// Addresses, and what is there at first.
    pub data: Vec<(u32, &'a [u8])>,
}

impl<'a> Whole<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Whole<'a>> {
        let mut whole = Whole { version: version(bytes), ..Whole::default() };
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(types) => {
                    whole.types = types.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        let TypeRef::Func(kind) = import.ty else { bail!("{} is no function", import.name) };
                        whole.imports.push((import.name, kind));
                    }
                }
                Payload::FunctionSection(functions) => {
                    whole.functions = functions.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::TableSection(tables) => {
                    for table in tables {
                        ensure!(whole.table.replace(table?.ty).is_none(), "there are two tables");
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        ensure!(whole.memory.replace(memory?).is_none(), "there are two memories");
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        let global = global?;
                        whole.globals.push((global.ty, global.init_expr));
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        whole.exports.push((export.name, export.kind, export.index));
                    }
                }
                Payload::ElementSection(elements) => {
                    for element in elements {
                        whole.slots.extend(reach::slots(&element?)?);
                    }
                }
                Payload::CodeSectionEntry(body) => whole.bodies.push(body),
                Payload::DataSection(data) => {
                    for segment in data {
                        let segment = segment?;
                        whole.data.push((reach::address(&segment)?, segment.data));
                    }
                }
                Payload::StartSection { .. } => bail!("the module starts by itself: which part would?"),
                Payload::TagSection(_) => bail!("the module throws exceptions"),
                _ => {}
            }
        }
        Ok(whole)
    }

    /// The functions that these exports and slots lead to.
    pub fn closure(&self, reach: &Reach, is_root: impl Fn(&str) -> bool) -> Result<BTreeSet<u32>> {
        let exported = self.exported(is_root);
        let addressed =
            self.slots.iter().filter(|(slot, _)| reach.slots.contains(slot)).map(|(_, index)| *index);
        let mut waiting: Vec<u32> = exported.chain(addressed).chain(0..self.imports.len() as u32).collect();
        let mut found: BTreeSet<u32> = waiting.iter().copied().collect();
        while let Some(function) = waiting.pop() {
            for called in self.calls(function)?.functions {
                if found.insert(called) {
                    waiting.push(called);
                }
            }
        }
        Ok(found)
    }

    /// The functions that are exported by names like these.
    pub fn exported(&self, is: impl Fn(&str) -> bool) -> impl Iterator<Item = u32> {
        let functions = self.exports.iter().filter(|(_, kind, _)| *kind == ExternalKind::Func);
        functions.filter(move |(name, ..)| is(name)).map(|(_, _, index)| *index)
    }

    /// All functions: what is imported first.
    pub fn all(&self) -> std::ops::Range<u32> {
        0..(self.imports.len() + self.bodies.len()) as u32
    }

    pub fn is_imported(&self, function: u32) -> bool {
        (function as usize) < self.imports.len()
    }

    pub fn body(&self, function: u32) -> Option<&FunctionBody<'a>> {
        self.bodies.get((function as usize).checked_sub(self.imports.len())?)
    }

    /// What a function names.
    pub fn calls(&self, function: u32) -> Result<Named> {
        let mut named = Named::default();
        let Some(body) = self.body(function) else { return Ok(named) };
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::Call { function_index }
                | Operator::ReturnCall { function_index }
                | Operator::RefFunc { function_index } => drop(named.functions.insert(function_index)),
                Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
                    named.globals.insert(global_index);
                }
                operator @ (Operator::MemoryInit { .. }
                | Operator::DataDrop { .. }
                | Operator::TableInit { .. }
                | Operator::TableSet { .. }
                | Operator::ElemDrop { .. }) => bail!("a function moves what is split: {operator:?}"),
                _ => {}
            }
        }
        Ok(named)
    }

    /// Whether every part that needs the function has its own. A function is nothing but code: all that it knows is in the
    /// memory, and to export it takes as much of the first part as it does.
    pub fn is_small(&self, function: u32) -> bool {
        self.body(function).is_some_and(|body| body.as_bytes().len() <= SMALL)
    }

    pub fn type_of(&self, function: u32) -> Result<u32> {
        let kind = match (function as usize).checked_sub(self.imports.len()) {
            None => self.imports.get(function as usize).map(|(_, kind)| kind),
            Some(place) => self.functions.get(place),
        };
        kind.copied().context("a function without a type")
    }
}

/// Bytes of a function that may be in several parts.
const SMALL: usize = 200;

/// What functions name.
#[derive(Default)]
pub struct Named {
    pub functions: BTreeSet<u32>,
    pub globals: BTreeSet<u32>,
}

/// A number that another text would have by chance only (FNV-1a), in hexadecimal.
fn version(bytes: &[u8]) -> String {
    let add = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, add))
}
