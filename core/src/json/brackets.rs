//! Finds where an object or array ends, as fast as memory comes: pages are long, and nothing else looks at all of one.
//!
//! Sixty-four bytes at a time become four sets of bits, one bit a byte: quotes, backslashes, and brackets that open and
//! close. What is between quotes follows from their set by arithmetic, so that nothing is decided byte by byte. The
//! method is that of simdjson (Langdale, Lemire: Parsing Gigabytes of JSON per Second, 2019).

/// Where brackets do not end as they should.
pub(super) enum Unended {
    Never,
    TooDeep,
}

/// How many bytes the object or array has that `bytes` start with, and where in it the value of a key stands, the last one
/// where the key comes twice (an empty key is none). Brackets are counted, not paired, and nothing else in it is looked at:
/// whoever decodes the bytes sees whether they are JSON.
pub(super) fn length(bytes: &[u8], deepest: u32, key: &str) -> Result<(usize, Option<usize>), Unended> {
    let (mut depth, mut in_text, mut escaped) = (0_u32, 0_u64, 0);
    let letter = key.bytes().next().unwrap_or_default();
    let (mut value, mut quoted) = (None, 0);
    let (blocks, rest) = bytes.as_chunks::<64>();
    let mut last = [0; 64];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    for (index, block) in blocks.iter().chain([&last]).enumerate() {
        let [mut quotes, backslashes, opens, closes, letters] = marks(block, letter);
        if backslashes | escaped != 0 {
            quotes &= !escapes(backslashes, &mut escaped);
        }
        // A byte is in a text when an odd number of quotes comes before it.
        let before = in_text;
        if quotes.count_ones() % 2 == 1 {
            in_text = !in_text;
        }
        // Where the key may start: behind a quote.
        let starts = letters & (quotes << 1 | quoted);
        quoted = quotes >> 63;
        if opens | closes == 0 {
            if starts != 0 && depth == 1 {
                value = last_value(bytes, key, 64 * index, starts).or(value);
            }
            continue;
        }
        let mut texts = quotes;
        for distance in [1, 2, 4, 8, 16, 32] {
            texts ^= texts << distance;
        }
        texts ^= before;
        let (opens, closes) = (opens & !texts, closes & !texts);
        let found = |before: u32, end: u64| {
            let starts = at_depth_one(before, starts & end, opens, closes);
            last_value(bytes, key, 64 * index, starts)
        };
        let before_block = depth;
        if closes.count_ones() < depth && depth + opens.count_ones() <= deepest {
            if starts != 0 {
                value = found(depth, u64::MAX).or(value);
            }
            depth = depth + opens.count_ones() - closes.count_ones();
            continue;
        }
        let mut brackets = opens | closes;
        while brackets != 0 {
            let place = brackets.trailing_zeros();
            if opens >> place & 1 == 1 {
                depth += 1;
            } else if depth <= 1 {
                // What starts behind the end belongs to what follows.
                let end = (1 << place) - 1;
                return Ok((64 * index + place as usize + 1, found(before_block, end).or(value)));
            } else {
                depth -= 1;
            }
            if depth > deepest {
                return Err(Unended::TooDeep);
            }
            brackets &= brackets - 1;
        }
        value = found(before_block, u64::MAX).or(value);
    }
    Err(Unended::Never)
}

/// Those of the places that stand in the outermost object or array.
fn at_depth_one(before: u32, mut places: u64, opens: u64, closes: u64) -> u64 {
    let mut found = 0;
    while places != 0 {
        let place = places & places.wrapping_neg();
        let earlier = place - 1;
        if before + (opens & earlier).count_ones() == 1 + (closes & earlier).count_ones() {
            found |= place;
        }
        places &= places - 1;
    }
    found
}

/// Where the value of the key stands, if it starts at one of these places.
fn last_value(bytes: &[u8], key: &str, block: usize, mut starts: u64) -> Option<usize> {
    let mut value = None;
    while starts != 0 {
        let start = block + starts.trailing_zeros() as usize;
        let rest = bytes.get(start..).and_then(|rest| rest.strip_prefix(key.as_bytes())?.strip_prefix(b"\""));
        if let Some(rest) = rest.and_then(|rest| rest.trim_ascii_start().strip_prefix(b":")) {
            value = Some(bytes.len() - rest.trim_ascii_start().len());
        }
        starts &= starts - 1;
    }
    value
}

/// Which bytes a backslash stands before; `escaped` is whether the first one has its backslash in the block before.
fn escapes(mut backslashes: u64, escaped: &mut u64) -> u64 {
    let mut escapes = *escaped;
    backslashes &= !escapes;
    *escaped = 0;
    while backslashes != 0 {
        let place = backslashes.trailing_zeros();
        // The byte after it, and that is no backslash of its own.
        let after = 2u64.checked_shl(place).unwrap_or(0);
        *escaped = u64::from(place == 63);
        escapes |= after;
        backslashes &= !after & (backslashes - 1);
    }
    escapes
}

/// Which bytes are quotes, backslashes, brackets that open, brackets that close, and the letter. `[` and `{` differ in the bit 0x20 alone,
/// as do `]` and `}`.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
fn marks(block: &[u8; 64], letter: u8) -> [u64; 5] {
    // Plain loops over arrays: the compiler makes vectors of them, twice as fast as of `map`.
    let mark = |set: u8, byte: u8| {
        let mut found = [0; 64];
        for (found, candidate) in found.iter_mut().zip(block) {
            *found = u8::from(candidate | set == byte);
        }
        let mut marks = 0;
        for (index, eight) in found.as_chunks::<8>().0.iter().enumerate() {
            // The product gathers the lowest bits of eight bytes.
            marks |= (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * index);
        }
        marks
    };
    // Most blocks have quotes alone.
    let (mut backslashes, mut brackets) = (0, 0);
    for byte in block {
        backslashes |= u8::from(*byte == b'\\');
        brackets |= u8::from(byte | 0x20 == b'{') | u8::from(byte | 0x20 == b'}');
    }
    let backslashes = if backslashes == 0 { 0 } else { mark(0, b'\\') };
    let [opens, closes] = if brackets == 0 { [0, 0] } else { [b'{', b'}'].map(|byte| mark(0x20, byte)) };
    [mark(0, b'"'), backslashes, opens, closes, mark(0, letter)]
}

/// As above, for a compiler that is told to be short and makes no vectors by itself. Most blocks have quotes alone.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
fn marks(block: &[u8; 64], letter: u8) -> [u64; 5] {
    use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, u64x2, v128, v128_any_true, v128_or};
    let vectors = || {
        let pairs = block.as_chunks::<8>().0.as_chunks::<2>().0.iter().rev();
        pairs.map(|[low, high]| u64x2(u64::from_le_bytes(*low), u64::from_le_bytes(*high)))
    };
    let is = |bytes: v128, byte| u8x16_eq(bytes, u8x16_splat(byte));
    let upper = |bytes| v128_or(bytes, u8x16_splat(0x20));
    let push = |marks: u64, found| marks << 16 | u64::from(u8x16_bitmask(found));
    let (mut quotes, mut letters) = (0, 0);
    let (mut backslashes, mut brackets) = (u64x2(0, 0), u64x2(0, 0));
    for bytes in vectors() {
        quotes = push(quotes, is(bytes, b'"'));
        letters = push(letters, is(bytes, letter));
        backslashes = v128_or(backslashes, is(bytes, b'\\'));
        brackets = v128_or(brackets, v128_or(is(upper(bytes), b'{'), is(upper(bytes), b'}')));
    }
    let mut marks = [quotes, 0, 0, 0, letters];
    if v128_any_true(v128_or(backslashes, brackets)) {
        let [_, backslashes, opens, closes, _] = &mut marks;
        for bytes in vectors() {
            *backslashes = push(*backslashes, is(bytes, b'\\'));
            *opens = push(*opens, is(upper(bytes), b'{'));
            *closes = push(*closes, is(upper(bytes), b'}'));
        }
    }
    marks
}
