//! The system's RSA private key: out of PEM or DER, in PKCS#1 (RFC 8017) or PKCS#8 (RFC 5958).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::{Error, Result};

/// The private key that signs for a system, without anything that could print it.
///
/// The agent's `client.key` is PKCS#1, which WebCrypto cannot import; PKCS#8 is the same numbers
/// in one more envelope. Only the encoding is checked here: whether the numbers make a key is for
/// whoever signs with them.
#[derive(Clone)]
pub struct PrivateKey {
    /// A checked `RSAPrivateKey`.
    pkcs1: Zeroizing<Vec<u8>>,
    modulus_bits: usize,
}

impl PrivateKey {
    /// Reads an RSA private key from the contents of a file: PEM (`BEGIN RSA PRIVATE KEY` or
    /// `BEGIN PRIVATE KEY`), with any line ends and any text around it, or DER.
    ///
    /// # Errors
    /// An invalid request that says what came instead: an encrypted key, a public key, an OpenSSH
    /// or an elliptic-curve key, a key cut short, or no key at all. It repeats nothing of the input.
    ///
    /// ```
    /// use jumpcloud_core::system_context::PrivateKey;
    ///
    /// // The key of the textbooks, p = 61 and q = 53: of the right form, and no secret.
    /// let key = PrivateKey::parse(b"-----BEGIN RSA PRIVATE KEY-----\n\
    ///     MB0CAQACAgyhAgERAgIKwQIBPQIBNQIBNQIBMQIBJg==\n\
    ///     -----END RSA PRIVATE KEY-----\n")?;
    /// assert_eq!(format!("{key:?}"), "PrivateKey(RSA, 12 bits)");
    /// assert_eq!(key.as_pkcs1().len(), 31);
    /// assert_eq!(key.to_pkcs8().len(), 53);
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    pub fn parse(file: &[u8]) -> Result<PrivateKey> {
        let text = String::from_utf8_lossy(file);
        if text.contains(BEGIN) {
            from_der(&from_pem(&text)?)
        } else if file.first() == Some(&SEQUENCE) {
            from_der(file)
        } else {
            Err(Error::invalid(
                "the file holds no private key: expected PEM, starting with -----BEGIN RSA PRIVATE \
                 KEY-----, or DER; the agent's key is in client.key",
            ))
        }
    }

    /// The key as DER of a PKCS#8 `PrivateKeyInfo`, as WebCrypto and `ring` import it.
    pub fn to_pkcs8(&self) -> Vec<u8> {
        let mut body = VERSION_0.to_vec();
        body.extend_from_slice(RSA_ALGORITHM);
        write_element(&mut body, OCTET_STRING, &self.pkcs1);
        let mut key = Vec::with_capacity(body.len() + 4);
        write_element(&mut key, SEQUENCE, &body);
        key
    }

    /// The key as DER of a PKCS#1 `RSAPrivateKey`.
    pub fn as_pkcs1(&self) -> &[u8] {
        &self.pkcs1
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(RSA, {} bits)", self.modulus_bits)
    }
}

const BEGIN: &str = "-----BEGIN ";

/// The bytes of the first private key in a PEM text.
fn from_pem(text: &str) -> Result<Vec<u8>> {
    let mut blocks = text;
    while let Some((_, block)) = blocks.split_once(BEGIN) {
        let (label, body) = block.split_once("-----").ok_or_else(cut_short)?;
        match label {
            "RSA PRIVATE KEY" | "PRIVATE KEY" => return from_base64(label, body),
            "ENCRYPTED PRIVATE KEY" => return Err(encrypted()),
            "EC PRIVATE KEY" => return Err(elliptic_curve()),
            "OPENSSH PRIVATE KEY" => {
                return Err(Error::invalid(
                    "the key is in OpenSSH's own format: expected PKCS#1 or PKCS#8; \
                     ssh-keygen -p -m PEM converts an RSA key",
                ));
            }
            label if label.ends_with("PRIVATE KEY") => return Err(not_rsa()),
            // Certificates and parameters may stand before the key.
            _ => blocks = body,
        }
    }
    Err(public_key())
}

fn from_base64(label: &str, body: &str) -> Result<Vec<u8>> {
    let (body, _) = body.split_once(&format!("-----END {label}-----")).ok_or_else(cut_short)?;
    // OpenSSL's older encryption keeps the label and adds `Proc-Type: 4,ENCRYPTED` (RFC 1421).
    if body.contains(",ENCRYPTED") {
        return Err(encrypted());
    }
    let base64: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(base64).map_err(|_| {
        Error::invalid("the private key is damaged: the text between BEGIN and END is not base64")
    })
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

const VERSION_0: &[u8] = &[INTEGER, 1, 0];

/// `rsaEncryption`, 1.2.840.113549.1.1.1.
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// `id-ecPublicKey`, 1.2.840.10045.2.1.
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// `AlgorithmIdentifier` of [`RSA_ENCRYPTION`], whose parameters are NULL (RFC 8017, A.1).
const RSA_ALGORITHM: &[u8] =
    &[SEQUENCE, 13, OBJECT_IDENTIFIER, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, NULL, 0];

/// A key of either form, told apart by structure: PEM labels are not always right.
fn from_der(der: &[u8]) -> Result<PrivateKey> {
    if declared_length(der).is_some_and(|length| length > der.len()) {
        return Err(cut_short());
    }
    let mut elements = Reader(der);
    let mut fields = Reader(elements.expect(SEQUENCE).ok_or_else(damaged)?);
    if !elements.is_empty() {
        return Err(Error::invalid("the private key is damaged: more bytes follow its end"));
    }
    let (first_tag, first) = fields.element().ok_or_else(damaged)?;
    let (second_tag, second) = fields.element().ok_or_else(damaged)?;
    match (first_tag, second_tag) {
        (INTEGER, INTEGER) if fields.is_empty() => Err(public_key()),
        (INTEGER, INTEGER) => from_pkcs1(der),
        (INTEGER, SEQUENCE) => {
            // Version 1 may add the public key after the private one (RFC 5958).
            if first != [0] && first != [1] {
                return Err(damaged());
            }
            check_algorithm(second)?;
            from_pkcs1(fields.expect(OCTET_STRING).ok_or_else(damaged)?)
        }
        (INTEGER, OCTET_STRING) => Err(elliptic_curve()),
        (SEQUENCE, OCTET_STRING) => Err(encrypted()),
        (SEQUENCE, BIT_STRING | SEQUENCE) => Err(public_key()),
        _ => Err(damaged()),
    }
}

fn check_algorithm(identifier: &[u8]) -> Result<()> {
    let mut fields = Reader(identifier);
    match fields.expect(OBJECT_IDENTIFIER) {
        Some(RSA_ENCRYPTION) => match fields.element() {
            None if fields.is_empty() => Ok(()),
            Some((NULL, [])) if fields.is_empty() => Ok(()),
            _ => Err(damaged()),
        },
        Some(EC_PUBLIC_KEY) => Err(elliptic_curve()),
        Some(_) => Err(not_rsa()),
        None => Err(damaged()),
    }
}

/// `RSAPrivateKey` (RFC 8017, A.1.2): version, n, e, d, p, q, d mod (p-1), d mod (q-1), 1/q mod p.
fn from_pkcs1(der: &[u8]) -> Result<PrivateKey> {
    let mut elements = Reader(der);
    let mut fields = Reader(elements.expect(SEQUENCE).ok_or_else(damaged)?);
    match fields.expect(INTEGER) {
        Some([0]) => {}
        Some([1]) => {
            return Err(Error::invalid(
                "the RSA key has more than two primes, which is not supported: use the agent's key",
            ));
        }
        _ => return Err(damaged()),
    }
    let modulus = fields.positive_integer().ok_or_else(damaged)?;
    for _ in 0..7 {
        fields.positive_integer().ok_or_else(damaged)?;
    }
    if !fields.is_empty() || !elements.is_empty() {
        return Err(damaged());
    }
    let unused_bits = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    Ok(PrivateKey { pkcs1: Zeroizing::new(der.to_vec()), modulus_bits: modulus.len() * 8 - unused_bits })
}

/// Reads DER elements one after another; `None` where the bytes are not DER.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn element(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, length, rest) = header(self.0)?;
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.element().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }

    /// An integer above zero, without the zero byte that keeps its sign.
    fn positive_integer(&mut self) -> Option<&'a [u8]> {
        match self.expect(INTEGER)? {
            [0, magnitude @ ..] if magnitude.first() >= Some(&0x80) => Some(magnitude),
            magnitude @ [0x01..=0x7f, ..] => Some(magnitude),
            _ => None,
        }
    }
}

/// Tag, length of the content, and all that follows the length.
fn header(der: &[u8]) -> Option<(u8, usize, &[u8])> {
    match der {
        [tag, length @ 0..=0x7f, rest @ ..] => Some((*tag, usize::from(*length), rest)),
        [tag, 0x81, length @ 0x80..=0xff, rest @ ..] => Some((*tag, usize::from(*length), rest)),
        [tag, 0x82, high @ 1..=0xff, low, rest @ ..] => {
            Some((*tag, usize::from(u16::from_be_bytes([*high, *low])), rest))
        }
        // No RSA key in use needs a length of three bytes, and DER knows no indefinite length.
        _ => None,
    }
}

fn declared_length(der: &[u8]) -> Option<usize> {
    header(der).map(|(_, length, rest)| der.len() - rest.len() + length)
}

fn write_element(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let significant = bytes.iter().skip_while(|byte| **byte == 0);
        out.push(0x80 | significant.clone().count() as u8);
        out.extend(significant);
    }
    out.extend_from_slice(content);
}

fn encrypted() -> Error {
    Error::invalid("the private key is encrypted: decrypt it first, for example with openssl pkey -in FILE")
}

fn public_key() -> Error {
    Error::invalid(
        "the file holds a certificate or public key and no private key: the agent's private key \
         is in client.key",
    )
}

fn elliptic_curve() -> Error {
    Error::invalid("the key is an elliptic-curve key: System Context signs with RSA")
}

fn not_rsa() -> Error {
    Error::invalid("the key is not a plain RSA key: System Context signs with RSA")
}

fn cut_short() -> Error {
    Error::invalid("the private key is cut short: its end is missing; copy the whole file")
}

fn damaged() -> Error {
    Error::invalid("the private key is damaged: it is not the DER of an RSA private key")
}

#[cfg(test)]
mod tests {
    use super::*;

    // n = 3233, e = 17, d = 2753, p = 61, q = 53: the key of the textbooks.
    const PKCS1: &[u8] = b"\x30\x1d\x02\x01\x00\x02\x02\x0c\xa1\x02\x01\x11\x02\x02\x0a\xc1\
        \x02\x01\x3d\x02\x01\x35\x02\x01\x35\x02\x01\x31\x02\x01\x26";
    const PKCS8: &[u8] = b"\x30\x33\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\
        \x01\x05\x00\x04\x1f\x30\x1d\x02\x01\x00\x02\x02\x0c\xa1\x02\x01\x11\x02\x02\x0a\xc1\
        \x02\x01\x3d\x02\x01\x35\x02\x01\x35\x02\x01\x31\x02\x01\x26";

    fn pem(label: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    }

    fn refusal(file: impl AsRef<[u8]>) -> String {
        PrivateKey::parse(file.as_ref()).unwrap_err().message().to_owned()
    }

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_element(&mut out, tag, content);
        out
    }

    #[test]
    fn pkcs1_is_wrapped_and_pkcs8_unwrapped() {
        for file in [
            PKCS1.to_vec(),
            PKCS8.to_vec(),
            pem("RSA PRIVATE KEY", PKCS1).into_bytes(),
            pem("PRIVATE KEY", PKCS8).into_bytes(),
            pem("PRIVATE KEY", PKCS1).into_bytes(),
        ] {
            let key = PrivateKey::parse(&file).unwrap();
            assert_eq!(key.as_pkcs1(), PKCS1);
            assert_eq!(key.to_pkcs8(), PKCS8);
        }
    }

    #[test]
    fn line_ends_and_text_around_the_key_do_not_matter() {
        let plain = pem("RSA PRIVATE KEY", PKCS1);
        let certificate = pem("CERTIFICATE", b"anything");
        for file in [
            plain.replace('\n', "\r\n"),
            plain.replace('\n', " "),
            format!("{plain} \t\r\n\0"),
            format!("\u{feff}Bag Attributes\r\n  name: x\r\n{plain}"),
            format!("{certificate}{plain}{certificate}"),
            plain.trim_end().to_owned(),
        ] {
            assert_eq!(PrivateKey::parse(file.as_bytes()).unwrap().as_pkcs1(), PKCS1, "{file}");
        }
        let mut latin1 = b"Schl\xfcssel\n".to_vec();
        latin1.extend_from_slice(plain.as_bytes());
        assert_eq!(PrivateKey::parse(&latin1).unwrap().as_pkcs1(), PKCS1);
    }

    #[test]
    fn what_is_not_a_plain_rsa_private_key_is_named() {
        for (label, expected) in [
            ("ENCRYPTED PRIVATE KEY", "encrypted"),
            ("EC PRIVATE KEY", "elliptic-curve"),
            ("OPENSSH PRIVATE KEY", "OpenSSH"),
            ("DSA PRIVATE KEY", "not a plain RSA"),
            ("PUBLIC KEY", "public key"),
            ("RSA PUBLIC KEY", "public key"),
            ("CERTIFICATE", "public key"),
        ] {
            assert!(refusal(pem(label, PKCS1)).contains(expected), "{label}");
        }
        let old_encryption = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\
            DEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        assert!(refusal(old_encryption).contains("encrypted"));
    }

    #[test]
    fn a_key_cut_short_is_told_from_a_damaged_one() {
        let whole = pem("RSA PRIVATE KEY", PKCS1);
        for end in BEGIN.len()..whole.len() - 1 {
            assert!(refusal(&whole[..end]).contains("cut short"), "{end}");
        }
        for end in 2..PKCS8.len() {
            assert!(refusal(&PKCS8[..end]).contains("cut short"), "{end}");
            assert!(refusal(pem("PRIVATE KEY", &PKCS8[..end])).contains("cut short"), "{end}");
        }
        assert!(refusal(whole.replace("MB0", "M*0")).contains("not base64"));
        assert!(refusal(whole.replace("MB0", "MB0C")).contains("not base64"));
        assert!(refusal([PKCS1, b"\n"].concat()).contains("more bytes follow"));
    }

    #[test]
    fn only_der_is_read() {
        for (from, to) in [
            // Version 2 of PKCS#1.
            (&b"\x02\x01\x00\x02\x02"[..], &b"\x02\x01\x02\x02\x02"[..]),
            // A negative modulus, one of zero, and one with a needless zero byte before it.
            (b"\x02\x02\x0c\xa1", b"\x02\x02\x8c\xa1"),
            (b"\x02\x02\x0c\xa1\x02\x01\x11", b"\x02\x01\x00\x02\x02\x01\x11"),
            (b"\x02\x02\x0c\xa1", b"\x02\x02\x00\x21"),
            // An element that is no integer, and one that is longer than its parent.
            (b"\x02\x01\x26", b"\x04\x01\x26"),
            (b"\x02\x01\x26", b"\x02\x02\x26"),
            // Indefinite length.
            (b"\x30\x1d", b"\x30\x80"),
        ] {
            let start = PKCS1.windows(from.len()).position(|part| part == from).unwrap();
            let mut broken = PKCS1.to_vec();
            broken.splice(start..start + from.len(), to.iter().copied());
            assert!(refusal(&broken).contains("damaged"), "{to:x?}");
        }
        for long_form in [&b"\x30\x81\x1d"[..], b"\x30\x82\x00\x1d"] {
            assert!(refusal([long_form, &PKCS1[2..]].concat()).contains("damaged"));
        }
        let two_keys = element(OCTET_STRING, &[PKCS1, PKCS1].concat());
        let two_keys = [VERSION_0, RSA_ALGORITHM, &two_keys].concat();
        assert!(refusal(element(SEQUENCE, &two_keys)).contains("damaged"));
        assert!(refusal(element(SEQUENCE, &PKCS1[2..PKCS1.len() - 3])).contains("damaged"));
        let ninth = [&PKCS1[2..], b"\x02\x01\x01"].concat();
        assert!(refusal(element(SEQUENCE, &ninth)).contains("damaged"));
        assert!(
            refusal(PKCS8.iter().map(|b| if *b == NULL { 6 } else { *b }).collect::<Vec<_>>())
                .contains("damaged")
        );
    }

    #[test]
    fn multi_prime_keys_are_refused_by_name() {
        let mut key = PKCS1.to_vec();
        key[4] = 1;
        assert!(refusal(key).contains("more than two primes"));
    }

    #[test]
    fn pkcs8_without_parameters_and_with_attributes_is_normalized() {
        let algorithm = element(SEQUENCE, &element(OBJECT_IDENTIFIER, RSA_ENCRYPTION));
        let key = element(OCTET_STRING, PKCS1);
        let attributes = element(0xa0, &[]);
        let body = [VERSION_0, &algorithm, &key, &attributes].concat();
        let parsed = PrivateKey::parse(&element(SEQUENCE, &body)).unwrap();
        assert_eq!(parsed.to_pkcs8(), PKCS8);
    }

    #[test]
    fn what_is_no_key_at_all_says_what_was_expected() {
        for file in [&b""[..], b"hello", b"{}", b"\xff\xfe-\0-\0", b"MB0CAQACAgyh"] {
            assert!(refusal(file).contains("no private key: expected PEM"), "{file:?}");
        }
        for file in [&b"0"[..], b"00 and other text", b"\x30\x00", b"\x30\x82"] {
            assert!(!refusal(file).is_empty());
        }
    }

    #[test]
    fn lengths_are_written_in_the_shortest_form() {
        for (length, expected) in [
            (0, &[0x00][..]),
            (127, &[0x7f]),
            (128, &[0x81, 0x80]),
            (255, &[0x81, 0xff]),
            (256, &[0x82, 0x01, 0x00]),
            (65_535, &[0x82, 0xff, 0xff]),
            (65_536, &[0x83, 0x01, 0x00, 0x00]),
        ] {
            let written = element(OCTET_STRING, &vec![0; length]);
            assert_eq!(written.len(), 1 + expected.len() + length);
            assert_eq!(&written[1..1 + expected.len()], expected);
            if length < 65_536 {
                let (tag, content) = Reader(&written).element().unwrap();
                assert_eq!((tag, content.len()), (OCTET_STRING, length));
            }
        }
    }

    #[test]
    fn neither_debug_nor_errors_show_the_key() {
        let key = PrivateKey::parse(PKCS1).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey(RSA, 12 bits)");
        // A label that has run into the key must not be repeated either.
        for file in [
            "-----BEGIN RSA PRIVATE KEY MB0CAQACAgyh-----END RSA PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----MB0CAQACAgyh-----END PRIVATE KEY-----",
        ] {
            assert!(!refusal(file).contains("MB0"), "{}", refusal(file));
        }
    }
}
