//! JSON as the engine needs it: read in place, kept as text.
//!
//! Calls carry JSON through: a caller's body goes out as it was given, an item of a page comes out as it came. So
//! the engine looks at JSON without building it: a [`Reader`] walks a text and says where values start and end, and
//! the few that are needed become a [`Value`]. `serde_json` would do the same with more code (its generic readers
//! and its tables for floating point double the size of the wasm module); tests hold the two against each other.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use brackets::Unended;

mod brackets;
mod value;

pub(crate) use value::{Map, Quoted, Value, object, write_text};

/// Where a text stops being JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    what: &'static str,
    at: usize,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}

type Read<T> = Result<T, Fault>;

/// How deep arrays and objects may stand in one another.
const DEPTH: u32 = 128;

/// What kind of value comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Number,
    Text,
    Array,
    Object,
}

/// Walks a JSON text from value to value.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Reader<'a> {
        Reader::of_bytes(text.as_bytes())
    }

    /// Of these bytes, what is read must be UTF-8; what [`span`](Reader::span) passes over is not looked at.
    pub(crate) fn of_bytes(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0, depth: 0 }
    }

    fn byte(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    /// Another reader of the same text, at a place in it.
    pub(crate) fn from(&self, at: usize) -> Reader<'a> {
        Reader { at, ..*self }
    }

    pub(crate) fn fault<T>(&self, what: &'static str) -> Read<T> {
        let what = if self.at >= self.bytes.len() { "unexpected end" } else { what };
        Err(Fault { what, at: self.at })
    }

    /// The text of bytes that have been read.
    fn part(&self, range: Range<usize>) -> Read<&'a str> {
        let start = range.start;
        let part = std::str::from_utf8(self.bytes.get(range).unwrap_or_default());
        part.map_err(|error| Fault { what: "not UTF-8", at: start + error.valid_up_to() })
    }

    fn space(&mut self) {
        while matches!(self.byte(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let takes = self.byte() == byte;
        self.at += usize::from(takes);
        takes
    }

    /// The kind of the next value.
    pub(crate) fn kind(&mut self) -> Read<Kind> {
        self.space();
        Ok(match self.byte() {
            b'n' => Kind::Null,
            b't' | b'f' => Kind::Boolean,
            b'-' | b'0'..=b'9' => Kind::Number,
            b'"' => Kind::Text,
            b'[' => Kind::Array,
            b'{' => Kind::Object,
            _ => return self.fault("expected a value"),
        })
    }

    /// How many bytes have been read.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Passes over the next value and says where it stands. Of an object or array it finds the end and no more.
    pub(crate) fn span(&mut self) -> Read<Range<usize>> {
        self.span_with("").map(|(span, _)| span)
    }

    /// Passes over the next value; says where it stands, and if it is an object where in it the value of a key starts.
    pub(crate) fn span_with(&mut self, key: &str) -> Read<(Range<usize>, Option<usize>)> {
        self.space();
        let start = self.at;
        let mut value = None;
        if matches!(self.byte(), b'[' | b'{') {
            let bytes = self.bytes.get(start..).unwrap_or_default();
            match brackets::length(bytes, DEPTH.saturating_sub(self.depth), key) {
                Ok((length, found)) => {
                    self.at += length;
                    value = found.map(|found| start + found);
                }
                Err(Unended::TooDeep) => return self.fault("nested too deeply"),
                Err(Unended::Never) => {
                    self.at = self.bytes.len();
                    return self.fault("unexpected end");
                }
            }
        } else {
            self.pass()?;
        }
        Ok((start..self.at, value))
    }

    /// Passes over the next value and gives its text.
    pub(crate) fn skip(&mut self) -> Read<&'a str> {
        self.space();
        let start = self.at;
        self.pass()?;
        self.part(start..self.at)
    }

    fn pass(&mut self) -> Read<()> {
        match self.kind()? {
            Kind::Array => self.array(&mut |reader| reader.pass()),
            Kind::Object => self.object(&mut |_, reader| reader.pass()),
            Kind::Text => self.string().map(drop),
            Kind::Number => self.number(),
            Kind::Null => self.word("null"),
            Kind::Boolean => self.word(if self.byte() == b't' { "true" } else { "false" }),
        }
    }

    fn word(&mut self, word: &str) -> Read<()> {
        if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            self.at += word.len();
            return Ok(());
        }
        self.fault("expected a value")
    }

    fn number(&mut self) -> Read<()> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Read<()> {
        let start = self.at;
        while self.byte().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == start { self.fault("expected a digit") } else { Ok(()) }
    }

    /// Passes over a string; says whether it holds escapes. The text between its quotes is `start..at - 1`.
    fn string(&mut self) -> Read<(usize, bool)> {
        if !self.take(b'"') {
            return self.fault("expected a string in quotes");
        }
        let (start, mut escapes) = (self.at, false);
        loop {
            self.at += plain_bytes(self.bytes.get(self.at..).unwrap_or_default());
            match self.byte() {
                b'"' => {
                    self.at += 1;
                    return Ok((start, escapes));
                }
                b'\\' => {
                    escapes = true;
                    self.at += 1;
                    self.escape()?;
                }
                _ => return self.fault("a control character in a string"),
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Read<char> {
        let letter = self.byte();
        let meaning = match letter {
            b'"' | b'\\' | b'/' => letter as char,
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.code();
            }
            _ => return self.fault("an unknown escape"),
        };
        self.at += 1;
        Ok(meaning)
    }

    /// Reads `\u` escapes: a code, or the two halves of a surrogate pair.
    fn code(&mut self) -> Read<char> {
        let mut code = self.hex()?;
        if (0xd800..0xdc00).contains(&code) {
            if !(self.take(b'\\') && self.take(b'u')) {
                return self.fault("half a character");
            }
            let low = self.hex()?;
            if !(0xdc00..0xe000).contains(&low) {
                return self.fault("half a character");
            }
            code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        char::from_u32(code).map_or_else(|| self.fault("half a character"), Ok)
    }

    fn hex(&mut self) -> Read<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = (self.byte() as char).to_digit(16) else {
                return self.fault("expected four hex digits");
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// The next value, which must be a text.
    pub(crate) fn text(&mut self) -> Read<Cow<'a, str>> {
        self.space();
        let (start, escapes) = self.string()?;
        let inner = self.part(start..self.at - 1)?;
        if !escapes {
            return Ok(Cow::Borrowed(inner));
        }
        let mut plain = String::with_capacity(inner.len());
        let mut rest = Reader::new(inner);
        while rest.at < inner.len() {
            let start = rest.at;
            rest.at += plain_bytes(inner.as_bytes().get(start..).unwrap_or_default());
            plain.push_str(inner.get(start..rest.at).unwrap_or_default());
            if rest.take(b'\\') {
                plain.push(rest.escape()?);
            }
        }
        Ok(Cow::Owned(plain))
    }

    fn colon(&mut self) -> Read<()> {
        self.space();
        if self.take(b':') { Ok(()) } else { self.fault("expected a colon") }
    }

    /// The items of the next value, which must be an array. `each` reads one.
    pub(crate) fn array(&mut self, each: &mut dyn FnMut(&mut Self) -> Read<()>) -> Read<()> {
        self.sequence(b'[', b']', each)
    }

    /// The entries of the next value, which must be an object. `each` reads the value that stands at the reader.
    pub(crate) fn object(&mut self, each: &mut dyn FnMut(Cow<'a, str>, &mut Self) -> Read<()>) -> Read<()> {
        self.sequence(b'{', b'}', &mut |reader| {
            let key = reader.text()?;
            reader.colon()?;
            each(key, reader)
        })
    }

    fn sequence(&mut self, open: u8, close: u8, each: &mut dyn FnMut(&mut Self) -> Read<()>) -> Read<()> {
        self.space();
        if !self.take(open) {
            return self.fault(if open == b'[' { "expected an array" } else { "expected an object" });
        }
        self.depth += 1;
        if self.depth > DEPTH {
            return self.fault("nested too deeply");
        }
        self.space();
        if !self.take(close) {
            loop {
                self.space();
                each(self)?;
                self.space();
                if self.take(close) {
                    break;
                }
                if !self.take(b',') {
                    return self.fault("expected a comma or the end of the list");
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Nothing but white space may follow.
    pub(crate) fn end(&mut self) -> Read<()> {
        self.space();
        if self.at == self.bytes.len() { Ok(()) } else { self.fault("expected nothing more") }
    }
}

/// Where the first backslash is; eight bytes at a time.
pub(crate) fn backslash(bytes: &[u8]) -> Option<usize> {
    let (eights, _) = bytes.as_chunks::<8>();
    let none = |eight: &&[u8; 8]| {
        let word = u64::from_le_bytes(**eight) ^ (ONES * b'\\' as u64);
        word.wrapping_sub(ONES) & !word & HIGH == 0
    };
    let start = 8 * eights.iter().take_while(none).count();
    let rest = bytes.get(start..)?;
    rest.iter().position(|byte| *byte == b'\\').map(|place| start + place)
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// How many bytes come before a quote, a backslash, a control character or the end; eight at a time.
#[inline(always)]
fn plain_bytes(bytes: &[u8]) -> usize {
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let mut at = 0;
    for chunk in bytes.chunks_exact(8) {
        let Ok(word) = chunk.try_into().map(u64::from_le_bytes) else {
            break;
        };
        let quote = zero(word ^ (ONES * b'"' as u64));
        let backslash = zero(word ^ (ONES * b'\\' as u64));
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let found = quote | backslash | control;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}

/// The items of an array or the entries of an object, as their texts.
pub(crate) fn items(text: &str) -> Read<Vec<&str>> {
    let mut reader = Reader::new(text);
    let mut items = Vec::new();
    reader.array(&mut |reader| reader.skip().map(|item| items.push(item)))?;
    reader.end()?;
    Ok(items)
}

/// The text that a JSON text stands for.
pub(crate) fn text(json: &str) -> Read<Cow<'_, str>> {
    let mut reader = Reader::new(json);
    let text = reader.text()?;
    reader.end()?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn both(text: &str) -> (Read<Value>, serde_json::Result<serde_json::Value>) {
        (Value::read(text), serde_json::from_str(text))
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        let fault = |text: &str| Value::read(text).unwrap_err().to_string();
        assert_eq!(fault(""), "unexpected end at byte 0");
        assert_eq!(fault("[1,]"), "expected a value at byte 3");
        assert_eq!(fault("[1 2]"), "expected a comma or the end of the list at byte 3");
        assert_eq!(fault("{\"a\" 1}"), "expected a colon at byte 5");
        assert_eq!(fault("\"a\nb\""), "a control character in a string at byte 2");
        assert_eq!(fault("\"\\ud800\""), "half a character at byte 7");
        assert_eq!(fault(&"[".repeat(200)), "nested too deeply at byte 129");
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(Reader::new(&nested(128)).span(), Ok(0..256));
        assert_eq!(Reader::new(&nested(129)).span().unwrap_err().to_string(), "nested too deeply at byte 0");
        for text in
            ["01", "1.", "-", "1e", "nul", "'a'", "\"\\x\"", "[1]]", "\u{feff}1", "{\"a\":1,}", "\"\\u12g4\""]
        {
            let (ours, theirs) = both(text);
            assert!(ours.is_err() && theirs.is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_and_the_order_of_keys_stay_as_they_were_written() {
        let text =
            r#"{"z":1.50,"a":123456789012345678901234567890,"m":[-0,1E+2],"é":"\u00e9\ud83d\ude00\n"}"#;
        let read = Value::read(text).unwrap();
        assert_eq!(
            read.to_string(),
            "{\"z\":1.50,\"a\":123456789012345678901234567890,\"m\":[-0,1E+2],\"é\":\"é😀\\n\"}"
        );
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            ".{0,20}".prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 60, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
                prop::collection::btree_map(any::<String>(), inner, 0..8)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_json_text_reads_and_writes_as_serde_json_does(value in any_json(), pretty in any::<bool>()) {
            let compact = value.to_string();
            let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { compact.clone() };
            prop_assert_eq!(Value::read(&text).unwrap().to_string(), compact);
            let mut reader = Reader::new(&text);
            prop_assert_eq!(reader.skip().unwrap(), text.as_str());
        }

        #[test]
        fn a_damaged_text_is_json_for_both_or_for_none(value in any_json(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
            let mut bytes = value.to_string().into_bytes();
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            if let Ok(text) = String::from_utf8(bytes) {
                let (ours, theirs) = both(&text);
                // serde_json stops at a number that is too large for a double, whatever comes after it.
                let stopped = theirs.as_ref().is_err_and(|error| error.to_string().starts_with("number out of range"));
                prop_assert!(stopped || ours.is_ok() == theirs.is_ok(), "{}", text);
                prop_assert_eq!(Reader::new(&text).skip().is_ok() , Value::next(&mut Reader::new(&text)).is_ok());
            }
        }

        #[test]
        fn an_object_or_array_ends_where_serde_json_says(
            value in any_json(),
            escaped in "[\\\\\"\\[\\]{}u0]{0,150}",
            before in " {0,70}",
            after in ".{0,70}",
            pretty in any::<bool>(),
        ) {
            let value = serde_json::json!([escaped, { escaped.clone(): value }]);
            let value = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
            let text = format!("{before}{value}{after}");
            prop_assert_eq!(Reader::new(&text).span(), Ok(before.len()..before.len() + value.len()));
            for length in [0, 1, 10, value.len() - 1] {
                prop_assert!(Reader::new(&value[..value.floor_char_boundary(length)]).span().is_err());
            }
        }

        #[test]
        fn any_bytes_have_an_end_or_none(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let bytes = [b"[", &bytes[..]].concat();
            if let Ok(span) = Reader::of_bytes(&bytes).span() {
                let closes = b"]}".contains(&bytes[span.end - 1]);
                prop_assert!(closes);
            }
        }

        #[test]
        fn texts_are_escaped_as_serde_json_does(text in any::<String>()) {
            let mut written = String::new();
            write_text(&text, &mut written);
            prop_assert_eq!(&written, &serde_json::to_string(&text).unwrap());
            prop_assert_eq!(super::text(&written).unwrap(), text);
        }
    }
}
