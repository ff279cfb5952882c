//! What a part of a linked module can reach, by what the linker knew of it.
//!
//! With `--emit-relocs` wasm-ld leaves in a module where its code and its data name functions and data, by symbol: the
//! same that it collects garbage by. So nothing here guesses whether a number in the code is an address.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use wasmparser::{
    ElementItems, ElementKind, ExternalKind, KnownCustom, Linking, Operator, Parser, Payload,
    RelocationEntry, RelocationType, SymbolFlags, SymbolInfo,
};

/// What a part of a module can reach without a call from outside: neither tools that come later nor a program that runs
/// can make it more.
pub struct Reach {
    /// The slots of the table whose functions it may call.
    pub slots: BTreeSet<u32>,
    /// The addresses whose data it may read or write, in their order and apart from each other.
    pub data: Vec<Range<u32>>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Function(u32),
    /// A function by its slot in the table.
    Slot(u32),
    /// A symbol by its place in the symbol table.
    Data(u32),
}

#[derive(Default)]
struct Linked<'a> {
    exports: Vec<(&'a str, u32)>,
    symbols: Vec<SymbolInfo<'a>>,
    /// The slot of each function that has one.
    slots: BTreeMap<u32, u32>,
    imported: u32,
    /// Where the bytes of each function are, from the start of the section.
    functions: Vec<Range<u32>>,
    /// Of each segment the place of its bytes, from the start of the section, and its address.
    segments: Vec<(Range<u32>, u32)>,
    in_code: Vec<RelocationEntry>,
    in_data: Vec<RelocationEntry>,
}

/// What the exports of these names reach in a module that was linked with `--emit-relocs`.
pub fn reach(module: &[u8], is_root: impl Fn(&str) -> bool) -> Result<Reach> {
    let linked = Linked::read(module)?;
    let leads = linked.leads()?;
    let roots = linked.exports.iter().filter(|(name, _)| is_root(name));
    let mut waiting: Vec<Node> = roots.map(|(_, function)| Node::Function(*function)).collect();
    let mut reached: BTreeSet<Node> = waiting.iter().copied().collect();
    while let Some(node) = waiting.pop() {
        for next in leads.get(&node).into_iter().flatten() {
            if reached.insert(*next) {
                waiting.push(*next);
            }
        }
    }
    let mut found = Reach { slots: BTreeSet::new(), data: Vec::new() };
    for node in reached {
        match node {
            Node::Function(_) => {}
            Node::Slot(slot) => drop(found.slots.insert(slot)),
            Node::Data(symbol) => found.data.extend(linked.address(symbol)),
        }
    }
    found.data.sort_by_key(|range| range.start);
    Ok(found)
}

impl<'a> Linked<'a> {
    fn read(module: &'a [u8]) -> Result<Linked<'a>> {
        let mut linked = Linked::default();
        let mut code = 0;
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        if matches!(import?.ty, wasmparser::TypeRef::Func(_)) {
                            linked.imported += 1;
                        }
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            linked.exports.push((export.name, export.index));
                        }
                    }
                }
                Payload::StartSection { .. } => bail!("the linked module starts by itself"),
                Payload::ElementSection(elements) => {
                    for element in elements {
                        let element = element?;
                        for (slot, function) in slots(&element)? {
                            linked.slots.insert(function, slot);
                        }
                    }
                }
                Payload::CodeSectionStart { unchecked_range, .. } => code = unchecked_range.start,
                Payload::CodeSectionEntry(body) => linked.functions.push(within(body.range(), code)?),
                Payload::DataSection(data) => {
                    let start = data.range().start;
                    for segment in data {
                        let segment = segment?;
                        let bytes = segment.range.end - segment.data.len() as u64..segment.range.end;
                        linked.segments.push((within(bytes, start)?, address(&segment)?));
                    }
                }
                Payload::CustomSection(custom) => match custom.as_known() {
                    KnownCustom::Linking(linking) => {
                        for part in linking.subsections() {
                            match part? {
                                Linking::SymbolTable(symbols) => {
                                    linked.symbols = symbols.into_iter().collect::<Result<_, _>>()?;
                                }
                                Linking::InitFuncs(functions) if functions.count() > 0 => {
                                    bail!("the linked module has constructors")
                                }
                                _ => {}
                            }
                        }
                    }
                    KnownCustom::Reloc(relocations) => {
                        let entries = relocations.entries().into_iter().collect::<Result<Vec<_>, _>>()?;
                        match custom.name() {
                            "reloc.CODE" => linked.in_code = entries,
                            "reloc.DATA" => linked.in_data = entries,
                            // Of sections for debuggers.
                            _ => {}
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        ensure!(
            !linked.symbols.is_empty() && !linked.in_code.is_empty(),
            "the module is linked without --emit-relocs, or stripped"
        );
        Ok(linked)
    }

    /// What each function and each piece of data names.
    fn leads(&self) -> Result<BTreeMap<Node, Vec<Node>>> {
        let mut leads: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
        for (function, slot) in &self.slots {
            leads.entry(Node::Slot(*slot)).or_default().push(Node::Function(*function));
        }
        for entry in &self.in_code {
            let place = self.functions.partition_point(|range| range.end <= entry.offset);
            let inside = self.functions.get(place).is_some_and(|range| range.contains(&entry.offset));
            ensure!(inside, "a name at {} of the code is in no function", entry.offset);
            let function = Node::Function(self.imported + place as u32);
            leads.entry(function).or_default().extend(self.named(entry)?);
        }
        // Data may be known by several symbols.
        let mut places: Vec<(Range<u32>, u32)> = Vec::new();
        for symbol in 0..self.symbols.len() as u32 {
            places.extend(self.address(symbol).map(|range| (range, symbol)));
        }
        for entry in &self.in_data {
            let segment = self.segments.iter().find(|(bytes, _)| bytes.contains(&entry.offset));
            let (bytes, start) = segment.context("a name in the data is in no segment")?;
            let address = start + (entry.offset - bytes.start);
            let mut named = None;
            for (_, symbol) in places.iter().filter(|(range, _)| range.contains(&address)) {
                named = Some(self.named(entry)?);
                leads.entry(Node::Data(*symbol)).or_default().extend(named.flatten());
            }
            ensure!(named.is_some(), "a name at the address {address} is in no symbol's data");
        }
        Ok(leads)
    }

    /// What a place in the module names, if it is something that a part can do without.
    fn named(&self, entry: &RelocationEntry) -> Result<Option<Node>> {
        use RelocationType::*;
        let symbol = || self.symbols.get(entry.index as usize).context("a symbol that there is not");
        let function = || match symbol()? {
            SymbolInfo::Func { index, .. } => Ok(*index),
            _ => bail!("a function's place in the code names no function"),
        };
        Ok(match entry.ty {
            FunctionIndexLeb => Some(Node::Function(function()?)),
            TableIndexSleb | TableIndexI32 => {
                let slot = self.slots.get(&function()?);
                Some(Node::Slot(*slot.context("a function whose address is taken has no slot")?))
            }
            MemoryAddrLeb | MemoryAddrSleb | MemoryAddrI32 => match symbol()? {
                SymbolInfo::Data { .. } => Some(Node::Data(entry.index)),
                _ => bail!("an address in the code names no data"),
            },
            // Every part has them.
            TypeIndexLeb | GlobalIndexLeb | TableNumberLeb => None,
            other => bail!("nothing is known of relocations like {other:?}"),
        })
    }

    /// Where a symbol's data is; nothing for what has none: the ends of the stack and the heap, and what is zero at first.
    fn address(&self, symbol: u32) -> Option<Range<u32>> {
        let SymbolInfo::Data { flags, symbol: Some(data), .. } = self.symbols.get(symbol as usize)? else {
            return None;
        };
        if flags.contains(SymbolFlags::ABSOLUTE) || data.size == 0 {
            return None;
        }
        let (_, start) = self.segments.get(data.index as usize)?;
        Some(start + data.offset..start + data.offset + data.size)
    }
}

fn within(range: Range<u64>, section: u64) -> Result<Range<u32>> {
    Ok(u32::try_from(range.start - section)?..u32::try_from(range.end - section)?)
}

/// The slots that an element fills, each with its function.
pub fn slots(element: &wasmparser::Element<'_>) -> Result<Vec<(u32, u32)>> {
    let ElementKind::Active { table_index: None | Some(0), offset_expr } = &element.kind else {
        bail!("an element is not for the one table")
    };
    let start = constant(offset_expr)?;
    let functions: Vec<u32> = match &element.items {
        ElementItems::Functions(functions) => functions.clone().into_iter().collect::<Result<_, _>>()?,
        ElementItems::Expressions(..) => bail!("an element's functions are not plain numbers"),
    };
    Ok((start..).zip(functions).collect())
}

/// The address of a segment of data.
pub fn address(segment: &wasmparser::Data<'_>) -> Result<u32> {
    match &segment.kind {
        wasmparser::DataKind::Active { memory_index: 0, offset_expr } => constant(offset_expr),
        _ => bail!("a segment of data is not for the one memory"),
    }
}

fn constant(expression: &wasmparser::ConstExpr<'_>) -> Result<u32> {
    match expression.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(value as u32),
        other => bail!("a place is not a plain number: {other:?}"),
    }
}
