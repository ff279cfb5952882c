//! Bytes as text: percent-encoding and base64. Decoding, which no page in a browser needs, is left to libraries;
//! their encoders bring tables and engines that take 2 KB of the wasm module, gzipped, for these few lines.

/// What a path segment may hold beside letters and digits.
pub(crate) const PATH: &str = "-._~";
/// JumpCloud's filters read better with `:` and `$` as they are, and it accepts both.
pub(crate) const QUERY: &str = "-._~:$";

/// Appends `text` to `url`. Letters, digits and `plain` stand for themselves.
pub(crate) fn percent(text: &str, plain: &str, url: &mut String) {
    let hex = |digit: u8| char::from(if digit < 10 { b'0' + digit } else { b'A' - 10 + digit });
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.as_bytes().contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
}

/// Base64 with padding (RFC 4648, 4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    let digit = |bits: u32| match (bits & 63) as u8 {
        bits @ 0..26 => bits + b'A',
        bits @ 26..52 => bits - 26 + b'a',
        bits @ 52..62 => bits - 52 + b'0',
        62 => b'+',
        _ => b'/',
    };
    let mut text = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for group in bytes.chunks(3) {
        let bits =
            (0..3).fold(0, |bits, index| bits << 8 | group.get(index).map_or(0, |byte| u32::from(*byte)));
        for index in 0..4 {
            let stands = index <= group.len();
            text.push(if stands { char::from(digit(bits >> (18 - 6 * index))) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use ::base64::Engine as _;
    use ::base64::engine::general_purpose::STANDARD;
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn base64_is_what_the_library_makes_of_it(bytes: Vec<u8>) {
            prop_assert_eq!(super::base64(&bytes), STANDARD.encode(&bytes));
        }

        #[test]
        fn percent_encoding_is_what_the_library_makes_of_it(text: String) {
            const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
            const QUERY: &AsciiSet = &PATH.remove(b':').remove(b'$');
            for (plain, set) in [(super::PATH, PATH), (super::QUERY, QUERY)] {
                let mut url = String::new();
                super::percent(&text, plain, &mut url);
                prop_assert_eq!(url, utf8_percent_encode(&text, set).to_string());
            }
        }
    }
}
