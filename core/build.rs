//! Packs the table's text for the module that is shipped; `src/table` stays as people read and compare it.

#[path = "src/operation/packed.rs"]
mod packed;
#[cfg(feature = "words")]
#[path = "src/words/packed.rs"]
mod words;

use std::collections::BTreeMap;
use std::env::var;
use std::fs::{read_to_string, write};
use std::path::Path;

use packed::{Packed, ROOTS, SPELLINGS};

fn main() {
    println!("cargo::rerun-if-changed=src/table");
    println!("cargo::rerun-if-changed=src/operation/packed.rs");
    println!("cargo::rerun-if-changed=src/words/packed.rs");
    let target = var("OUT_DIR").expect("cargo sets OUT_DIR");
    let read =
        |file: &str| read_to_string(Path::new("src/table").join(file)).expect("the table's files are there");
    let save =
        |file: &str, text: &str| write(Path::new(&target).join(file), text).expect("OUT_DIR can be written");

    // A schema is referred to by its place in the two lists, its name is kept apart: only the catalogue says it.
    let (bodies, replies) = (read("body-schemas.txt"), read("reply-schemas.txt"));
    // Those of bodies in the order of what they say, as like is compressed by like.
    let bodies = by_expression(&bodies);
    let lines = || bodies.lines().chain(replies.lines()).filter_map(|line| line.split_once('\t'));
    let places: BTreeMap<&str, usize> = lines().enumerate().map(|(place, (name, _))| (name, place)).collect();
    save("schema-names.txt", &lines().map(|(name, _)| format!("{name}\n")).collect::<String>());
    let expressions = |text: &str| {
        let lines = text.lines().filter_map(|line| line.split_once('\t'));
        lines.map(|(_, expression)| numbered(expression, &places) + "\n").collect::<String>()
    };
    save("reply-schemas.txt", &expressions(&replies));
    save("replies.txt", &numbered(&read("replies.txt"), &places));
    save("playbooks.txt", &numbered(&read("playbooks.txt"), &places));

    // OperationIds stand apart as well, a line an operation: calls do without them.
    let operations = numbered(&read("operations.txt"), &places);
    #[cfg(feature = "ids")]
    save("operation-ids.txt", &pack_ids(&operations));
    let operations: String = operations.lines().map(|line| without_ids(line) + "\n").collect();
    // The schemas stand behind the operations, where they are compressed better than before them; apart, where they are to
    // come with what composes bodies.
    let fields = read("filter-fields.txt");
    let mut text = pack(&operations);
    if cfg!(feature = "composer") {
        text += &expressions(&bodies);
        text += fields.trim_end();
    } else {
        text.truncate(text.trim_end_matches('\n').len());
    }
    save("body-schemas.txt", &expressions(&bodies));
    save("filter-fields.txt", fields.trim_end());
    let table = Packed { lines: text.split('\n').collect(), count: operations.lines().count() };
    let unpacked = table.names().enumerate().map(|(index, name)| {
        let columns: Vec<&str> = table.line(0, index).split('\t').collect();
        let [method, flags, answers, own_system] = columns[..] else { panic!("four columns: {columns:?}") };
        let (parameters, paging) = table.line(4, index).split_once('\t').expect("two columns");
        let path = packed::path(&name, table.line(3, index));
        let scopes = table.scopes(index, flags.contains('r')).collect::<Vec<_>>().join(" ");
        let body = table.line(5, index);
        format!("{name}\t{method}\t{path}\t\t{flags}\t{paging}\t{parameters}\t{body}\t{answers}\t{scopes}\t{own_system}\n")
    });
    assert!(unpacked.collect::<String>() == operations, "the packed table must give back every line");
    #[cfg(feature = "composer")]
    assert!(table.schemas().join("\n") == expressions(&bodies).trim_end(), "the schemas stand behind it");
    for (index, name) in table.names().enumerate() {
        assert!(table.find(&name) == Some(index), "{name} must be found");
    }
    save("count.txt", &table.count.to_string());
    save("operations.txt", &text);
    #[cfg(feature = "words")]
    pack_words(Path::new(&target), &read, &places);
}

/// Writes the words packed, and what each byte stands for that stands for two. The operations and the schemas for which
/// a phrase is are numbers there.
#[cfg(feature = "words")]
fn pack_words(target: &Path, read: &dyn Fn(&str) -> String, schemas: &BTreeMap<&str, usize>) {
    let sentences = read("sentences.txt");
    let lines = || sentences.lines().filter_map(|line| line.split_once('\t'));
    let operations: BTreeMap<&str, usize> =
        lines().enumerate().map(|(place, (name, _))| (name, place)).collect();
    let numbered = |text: String, places: &BTreeMap<&str, usize>| -> String {
        let line = |line: &str| {
            let (phrase, names) = line.rsplit_once('\t')?;
            // No request and no reply that is described holds a schema that has no place.
            let places = names.split(' ').filter_map(|name| places.get(name)).map(usize::to_string);
            Some(format!("{phrase}\t{}\n", places.collect::<Vec<_>>().join(" ")))
        };
        text.lines().filter_map(line).collect()
    };
    let texts: [(&str, String); 3] = [
        ("sentences", lines().map(|(_, sentence)| format!("{sentence}\n")).collect()),
        ("parameter-words", numbered(read("parameter-words.txt"), &operations)),
        ("field-words", numbered(read("field-words.txt"), schemas)),
    ];
    let mut packed: Vec<Vec<u8>> = texts.iter().map(|(_, text)| text.as_bytes().to_vec()).collect();
    assert!(packed.iter().flatten().all(u8::is_ascii), "words are ASCII: other bytes stand for pairs");
    let mut pairs = Vec::new();
    for byte in 0x80..=u8::MAX {
        let mut counts = vec![0_u32; 1 << 16];
        let place = |pair: &[u8]| usize::from(pair[0]) << 8 | usize::from(pair[1]);
        for pair in packed.iter().flat_map(|text| text.windows(2)).filter(|pair| !pair.contains(&b'\n')) {
            counts[place(pair)] += 1;
        }
        let most = (0..counts.len()).max_by_key(|place| counts[*place]).unwrap_or_default();
        let pair = [(most >> 8) as u8, most as u8];
        pairs.extend(pair);
        for text in &mut packed {
            let (mut shorter, mut index) = (Vec::with_capacity(text.len()), 0);
            while index < text.len() {
                let is_pair = text[index..].starts_with(&pair);
                shorter.push(if is_pair { byte } else { text[index] });
                index += if is_pair { 2 } else { 1 };
            }
            *text = shorter;
        }
    }
    for ((name, text), packed) in texts.iter().zip(&packed) {
        assert!(words::unpack(packed, &pairs) == *text, "the packed {name} must give back every line");
        write(target.join(format!("{name}.bin")), packed).expect("OUT_DIR can be written");
    }
    write(target.join("word-pairs.bin"), &pairs).expect("OUT_DIR can be written");
}

/// The lines in the order of their second column, whatever the names are to which it refers.
fn by_expression(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_by_key(|line| {
        let mut parts = line.split('\t').nth(1).unwrap_or_default().split('@');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + &part[part.find([' ', '}']).unwrap_or(part.len())..])
    });
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The text with the place of a schema for each reference by name.
fn numbered(text: &str, places: &BTreeMap<&str, usize>) -> String {
    let mut parts = text.split('@');
    let mut numbered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find([' ', '}', '\t', '\n']).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        numbered.push('@');
        // Else it is an escaped character or the sign of a header parameter.
        match places.get(name) {
            Some(place) => numbered.push_str(&base_36(*place)),
            None => numbered.push_str(name),
        }
        numbered.push_str(rest);
    }
    numbered
}

/// Two letters are compressed better than three digits.
fn base_36(number: usize) -> String {
    let digit = |number: usize| char::from_digit(number as u32, 36).expect("a digit");
    if number < 36 {
        digit(number).to_string()
    } else {
        base_36(number / 36) + &digit(number % 36).to_string()
    }
}

/// A line of the table without the operationIds of its fourth column.
fn without_ids(line: &str) -> String {
    let kept = line.split('\t').enumerate().map(|(index, column)| if index == 3 { "" } else { column });
    kept.collect::<Vec<_>>().join("\t")
}

fn pack(text: &str) -> String {
    let mut blocks: [String; 6] = Default::default();
    let mut before: Vec<&str> = Vec::new();
    // The scopes that most operations have since the last that says other ones.
    let mut usual: Vec<String> = Vec::new();
    for line in text.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [name, method, path, _, flags, paging, parameters, body, answers, scopes, own_system] =
            columns[..]
        else {
            panic!("a line of the table has eleven columns: {line}")
        };
        let words: Vec<&str> = name.split('.').collect();
        let kept = words.iter().zip(&before).take_while(|(word, before)| word == before).count().min(9);
        let root =
            ROOTS.iter().find(|(api, _)| words[0] == *api).and_then(|(_, root)| path.strip_prefix(root));
        let mut said = 1;
        let segments: Vec<String> = root
            .unwrap_or(path)
            .split('/')
            .map(|segment| {
                for (skipped, word) in words.iter().skip(said).take(9).enumerate() {
                    if let Some((sign, _)) = SPELLINGS.iter().find(|(_, spell)| spell(word) == segment) {
                        said += skipped + 1;
                        let skipped = if skipped > 0 { skipped.to_string() } else { String::new() };
                        return format!("{sign}{skipped}");
                    }
                }
                segment.to_owned()
            })
            .collect();
        let safe = flags.contains('r');
        let own: Vec<String> =
            scopes.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
        let scopes = match own.as_slice() {
            same if same == &usual[..if safe { usual.len() } else { usual.len().min(1) }] => String::new(),
            [one] if !safe => {
                usual = vec![one.clone(), format!("{one}.readonly")];
                usual.join(" ")
            }
            [_, ..] if safe => {
                usual = own;
                usual.join(" ")
            }
            other => format!("={}", other.join(" ")),
        };
        let lines = [
            format!("{method}\t{flags}\t{answers}\t{own_system}"),
            scopes,
            format!("{kept}{}", words[kept..].join(".")),
            segments.join("/"),
            format!("{parameters}\t{paging}"),
            body.to_owned(),
        ];
        for (block, line) in blocks.iter_mut().zip(lines) {
            *block += &(line + "\n");
        }
        before = words;
    }
    blocks.concat()
}

/// The operationIds of each line of the table, without what [`packed::ids`] knows.
#[cfg(feature = "ids")]
fn pack_ids(operations: &str) -> String {
    let lines = || {
        operations.lines().map(|line| {
            let mut columns = line.split('\t');
            (columns.next().unwrap_or_default(), columns.nth(2).unwrap_or_default())
        })
    };
    let (mut packed, mut before) = (String::new(), "");
    for (name, line) in lines() {
        let (sign, ids) = line.strip_prefix('-').map_or(("", line), |ids| ("-", ids));
        let (first, second) = ids.split_once(' ').unwrap_or((ids, ""));
        let Some((of, does)) = first.split_once('_') else {
            packed.push_str(&format!("{line}\n"));
            continue;
        };
        let same =
            |between| second == format!("{}_{}", packed::spelled(of, between), packed::spelled(does, "_"));
        let second = match () {
            () if same("_") => "_",
            () if same("") => "~",
            () => second,
        };
        let space = if second.is_empty() { "" } else { " " };
        let does = if does == packed::said(name) { "" } else { does };
        packed.push_str(&format!(
            "{sign}{of}_{does}{space}{second}\n",
            of = if of == before { "" } else { of }
        ));
        before = of;
    }
    let unpacked = packed::ids(&packed, lines().map(|(name, _)| name.to_owned()));
    assert!(unpacked.eq(lines().map(|(_, ids)| ids)), "the packed operationIds must give back every line");
    packed
}
