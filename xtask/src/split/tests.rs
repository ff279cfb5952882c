//! A module with a function of each kind: called by one export, by both, by none but through a slot.

use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, DataSymbolDefinition, ElementSection, Elements,
    ExportKind, ExportSection, Function, FunctionSection, Instruction, LinkingSection, MemorySection,
    MemoryType, RefType, SymbolTable, TableSection, TableType, TypeSection,
};

use super::*;

/// The exports `first` and `later` call function 2, which is small, and 5, which is not; they know the data at 1024 and at
/// 1056, which hold the slots of functions 3 and 4.
fn sections() -> Module {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    for _ in 0..6 {
        functions.function(0);
    }
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 3,
        maximum: Some(3),
        shared: false,
    });
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("first", ExportKind::Func, 0).export("later", ExportKind::Func, 1);
    let mut elements = ElementSection::new();
    elements.active(None, &ConstExpr::i32_const(1), Elements::Functions([3, 4][..].into()));
    let mut code = CodeSection::new();
    for function in 0..6 {
        let mut body = Function::new([]);
        match function {
            0 | 1 => {
                let address = 1024 + 32 * function;
                body.instruction(&Instruction::Call(2)).instruction(&Instruction::Call(5));
                body.instruction(&Instruction::I32Const(address)).instruction(&Instruction::Drop);
            }
            5 => {
                for _ in 0..300 {
                    body.instruction(&Instruction::Nop);
                }
            }
            _ => {}
        }
        body.instruction(&Instruction::End);
        code.function(&body);
    }
    let mut data = DataSection::new();
    let bytes: Vec<u8> = (0..40).map(|place| if place < 32 { 1 } else { 2 }).collect();
    data.active(0, &ConstExpr::i32_const(1024), bytes);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&tables).section(&memories).section(&exports);
    module.section(&elements).section(&code).section(&data);
    module
}

/// The module as a linker writes it, with these relocations in the code of functions: function, kind, symbol.
fn linked(in_code: &[(usize, u8, u8)]) -> Vec<u8> {
    let mut module = sections();
    let bytes = module.clone().finish();
    let (mut code, mut bodies, mut content) = (0, Vec::new(), 0);
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload.unwrap() {
            Payload::CodeSectionStart { unchecked_range, .. } => code = unchecked_range.start,
            Payload::CodeSectionEntry(body) => bodies.push(body.range().start - code),
            Payload::DataSection(data) => {
                let start = data.range().start;
                let segment = data.into_iter().next().unwrap().unwrap();
                content = segment.range.end - segment.data.len() as u64 - start;
            }
            _ => {}
        }
    }
    // Symbols 0 to 5 are the functions, 6 and 7 the data.
    let mut symbols = SymbolTable::new();
    for function in 0..6 {
        symbols.function(0, function, Some("f"));
    }
    for place in 0..2 {
        symbols.data(0, "d", Some(DataSymbolDefinition { index: 0, offset: place * 32, size: 8 }));
    }
    module.section(LinkingSection::new().symbol_table(&symbols));
    let relocations = |section: u8, entries: Vec<Vec<u8>>| {
        let mut text = vec![section, entries.len() as u8];
        text.extend(entries.into_iter().flatten());
        text
    };
    let entries = in_code.iter().map(|(function, kind, symbol)| {
        let mut entry = vec![*kind, bodies[*function] as u8 + 1, *symbol];
        // An address has something added to it.
        entry.extend(matches!(kind, 3..=5).then_some(0));
        entry
    });
    let named = relocations(6, entries.collect());
    module.section(&CustomSection { name: "reloc.CODE".into(), data: named.into() });
    let slots = (0..2).map(|place| vec![2, content as u8 + 32 * place, 3 + place]);
    let named = relocations(7, slots.collect());
    module.section(&CustomSection { name: "reloc.DATA".into(), data: named.into() });
    module.finish()
}

const CODE: [(usize, u8, u8); 6] = [(0, 0, 2), (0, 4, 6), (0, 0, 5), (1, 0, 2), (1, 4, 7), (1, 0, 5)];

/// How many functions a module has of its own, the names of its imports and exports, and its data by address.
type Held = (u32, Vec<String>, Vec<String>, Vec<(u32, Vec<u8>)>);

fn held(module: &[u8]) -> Held {
    let (mut functions, mut imports, mut exports, mut data) = (0, Vec::new(), Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            Payload::FunctionSection(own) => functions = own.count(),
            Payload::ImportSection(all) => {
                imports = all.into_imports().map(|import| import.unwrap().name.to_owned()).collect();
            }
            Payload::ExportSection(all) => {
                exports = all.into_iter().map(|export| export.unwrap().name.to_owned()).collect();
            }
            Payload::DataSection(all) => {
                let segments = all.into_iter().map(|segment| segment.unwrap());
                data = segments.map(|one| (reach::address(&one).unwrap(), one.data.to_vec())).collect();
            }
            _ => {}
        }
    }
    (functions, imports, exports, data)
}

#[test]
fn a_part_has_what_its_exports_reach_and_takes_the_rest_from_those_before() {
    let module = linked(&CODE);
    let parts = split(&module, &module, &[&["later"]]).unwrap();
    let [first, later] = &parts[..] else { panic!("{}", parts.len()) };
    let version = whole::Whole::read(&module).unwrap().version;
    // 0, 2, 3 and 5.
    let (functions, imports, exports, data) = held(first);
    assert_eq!((functions, imports.len()), (4, 0));
    assert_eq!(exports, ["memory", "first", &version, "t", "0"]);
    assert_eq!(data, [(1024, vec![1; 8])]);
    // 1, 4, and 2 once more.
    let (functions, imports, exports, data) = held(later);
    assert_eq!(functions, 3);
    assert_eq!(imports, [&version, "t", "0"]);
    assert_eq!(exports, ["later"]);
    assert_eq!(data, [(1032, [vec![1; 24], vec![2; 8]].concat())]);
}

#[test]
fn what_is_named_anywhere_in_the_first_part_is_in_it() {
    // The first export knows the other's data, and by that the function in its slot.
    let module = linked(&[&CODE[..], &[(0, 4, 7)]].concat());
    let parts = split(&module, &module, &[&["later"]]).unwrap();
    let (functions, _, _, data) = held(&parts[0]);
    assert_eq!((functions, data.iter().map(|(_, bytes)| bytes.len()).sum::<usize>()), (5, 16));
}

#[test]
fn what_cannot_be_known_is_refused() {
    let module = linked(&CODE);
    let refusal = |linked: &[u8], later: &[&str]| split(linked, &module, &[later]).err().unwrap().to_string();
    assert_eq!(refusal(&module, &["nothing"]), "there is no export nothing to split off");
    let stripped = stripped(&module).unwrap();
    assert_eq!(stripped, sections().finish());
    assert!(refusal(&stripped, &["later"]).contains("without --emit-relocs"));
    // Of a table's function by an offset nobody has said what it is.
    assert!(refusal(&linked(&[(0, 12, 2)]), &["later"]).contains("TableIndexRelSleb"));
    assert!(refusal(&linked(&[(0, 0, 6)]), &["later"]).contains("names no function"));
    assert!(refusal(&linked(&[(0, 4, 2)]), &["later"]).contains("names no data"));
}

#[test]
fn what_is_left_and_what_is_not_are_all_there_is_and_nothing_twice() {
    let ranges = [4..10, 12..30, 60..61, 61..64, 95..120];
    assert_eq!(joined(&ranges), [4..30, 60..64, 95..120]);
    let first = joined(&ranges);
    for whole in [vec![0..45, 50..130], vec![0..40, 50..130], vec![4..30, 60..64, 95..120]] {
        let left = without(&whole, &first);
        assert!(left.iter().all(|range| !range.is_empty()), "{left:?}");
        let addresses = |ranges: &[Range<u32>]| ranges.iter().flat_map(Clone::clone).collect::<Vec<u32>>();
        let mut all = addresses(&[first.clone(), left].concat());
        all.sort_unstable();
        assert_eq!(all, addresses(&whole));
    }
}

#[test]
fn the_number_behind_an_export_goes() {
    assert_eq!(plain("describe_23851919358815a6"), "describe");
    assert_eq!(plain("agent_paths"), "agent_paths");
    assert_eq!(plain("__wbg_key_free"), "__wbg_key_free");
}
