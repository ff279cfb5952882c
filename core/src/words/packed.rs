//! The words as they are compiled in: a byte that no ASCII text has stands for two others, which may stand for two each.
//! `build.rs` packs them so and makes sure that this undoes it; half of their bytes go.

/// The first byte that stands for a pair.
const FIRST: u8 = 0x80;

/// The text. `pairs` holds two bytes for each that stands for two.
pub(crate) fn unpack(packed: &[u8], pairs: &[u8]) -> String {
    let mut text = String::new();
    let mut waiting = Vec::new();
    for byte in packed {
        waiting.push(*byte);
        while let Some(byte) = waiting.pop() {
            let pair = byte.checked_sub(FIRST).map(|place| usize::from(place) * 2);
            match pair.and_then(|place| pairs.get(place..place + 2)) {
                Some([first, second]) => waiting.extend([*second, *first]),
                _ => text.push(char::from(byte)),
            }
        }
    }
    text
}
