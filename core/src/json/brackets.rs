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

/// How many bytes the object or array has that `bytes` start with. Brackets are counted, not paired, and nothing else in
/// it is looked at: whoever decodes the bytes sees whether they are JSON.
pub(super) fn length(bytes: &[u8], deepest: u32) -> Result<usize, Unended> {
    let (mut depth, mut in_text, mut escaped) = (0, 0_u64, 0);
    let (blocks, rest) = bytes.as_chunks::<64>();
    let mut last = [0; 64];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    for (index, block) in blocks.iter().chain([&last]).enumerate() {
        let [mut quotes, backslashes, opens, closes] = marks(block);
        if backslashes | escaped != 0 {
            quotes &= !escapes(backslashes, &mut escaped);
        }
        // A byte is in a text when an odd number of quotes comes before it.
        let before = in_text;
        if quotes.count_ones() % 2 == 1 {
            in_text = !in_text;
        }
        if opens | closes == 0 {
            continue;
        }
        let mut texts = quotes;
        for distance in [1, 2, 4, 8, 16, 32] {
            texts ^= texts << distance;
        }
        texts ^= before;
        let (opens, closes) = (opens & !texts, closes & !texts);
        if closes.count_ones() < depth && depth + opens.count_ones() <= deepest {
            depth = depth + opens.count_ones() - closes.count_ones();
            continue;
        }
        let mut brackets = opens | closes;
        while brackets != 0 {
            let place = brackets.trailing_zeros();
            if opens >> place & 1 == 1 {
                depth += 1;
            } else if depth <= 1 {
                return Ok(64 * index + place as usize + 1);
            } else {
                depth -= 1;
            }
            if depth > deepest {
                return Err(Unended::TooDeep);
            }
            brackets &= brackets - 1;
        }
    }
    Err(Unended::Never)
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

/// Which bytes are quotes, backslashes, brackets that open, brackets that close. `[` and `{` differ in the bit 0x20 alone,
/// as do `]` and `}`.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
fn marks(block: &[u8; 64]) -> [u64; 4] {
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
    [mark(0, b'"'), backslashes, opens, closes]
}

/// As above, for a compiler that is told to be short and makes no vectors by itself. Most blocks have quotes alone.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
fn marks(block: &[u8; 64]) -> [u64; 4] {
    use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, u64x2, v128, v128_any_true, v128_or};
    let vectors = || {
        let pairs = block.as_chunks::<8>().0.as_chunks::<2>().0.iter().rev();
        pairs.map(|[low, high]| u64x2(u64::from_le_bytes(*low), u64::from_le_bytes(*high)))
    };
    let is = |bytes: v128, byte| u8x16_eq(bytes, u8x16_splat(byte));
    let upper = |bytes| v128_or(bytes, u8x16_splat(0x20));
    let push = |marks: u64, found| marks << 16 | u64::from(u8x16_bitmask(found));
    let (mut quotes, mut backslashes, mut brackets) = (0, u64x2(0, 0), u64x2(0, 0));
    for bytes in vectors() {
        quotes = push(quotes, is(bytes, b'"'));
        backslashes = v128_or(backslashes, is(bytes, b'\\'));
        brackets = v128_or(brackets, v128_or(is(upper(bytes), b'{'), is(upper(bytes), b'}')));
    }
    let mut marks = [quotes, 0, 0, 0];
    if v128_any_true(v128_or(backslashes, brackets)) {
        let [_, backslashes, opens, closes] = &mut marks;
        for bytes in vectors() {
            *backslashes = push(*backslashes, is(bytes, b'\\'));
            *opens = push(*opens, is(upper(bytes), b'{'));
            *closes = push(*closes, is(upper(bytes), b'}'));
        }
    }
    marks
}
