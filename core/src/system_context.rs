//! System Context: a system that signs its requests with its agent's own key instead of an API key.
//!
//! JumpCloud checks an early form of HTTP signatures (draft-cavage-http-signatures-00, with its
//! `request-line`): the signed text is the request line and the date, nothing else. The core makes
//! that text ([`signing_input`]) and the header ([`authorization`]); the host signs in between,
//! with RSASSA-PKCS1-v1_5 and SHA-256. [`AgentConfiguration`] and [`PrivateKey`] read the two files
//! in which the agent keeps the system's identity.
//!
//! ```
//! use std::time::{Duration, UNIX_EPOCH};
//! use jumpcloud_core::system_context::{authorization, signing_input};
//!
//! let now = UNIX_EPOCH + Duration::from_secs(650_211_915);
//! let input = signing_input("GET", "/api/systems/5f0c1e2d3b4a59687766554a", now)?;
//! assert_eq!(input.date, "Thu, 09 Aug 1990 14:25:15 GMT");
//! assert_eq!(
//!     input.bytes,
//!     b"GET /api/systems/5f0c1e2d3b4a59687766554a HTTP/1.1\ndate: Thu, 09 Aug 1990 14:25:15 GMT",
//! );
//!
//! let signature = [1, 2, 3]; // what the host's RSA made of input.bytes
//! assert_eq!(
//!     authorization("5f0c1e2d3b4a59687766554a", &signature)?,
//!     "Signature keyId=\"system/5f0c1e2d3b4a59687766554a\",headers=\"request-line date\",\
//!      algorithm=\"rsa-sha256\",signature=\"AQID\"",
//! );
//! # Ok::<(), jumpcloud_core::Error>(())
//! ```

mod agent;
mod private_key;

use std::fmt;
use std::time::SystemTime;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;

use crate::encode::base64;
use crate::http_date;
use crate::json::Quoted;
use crate::{Error, ErrorKind, Result};

pub use agent::{AgentConfiguration, AgentPlatform};
pub use private_key::PrivateKey;

/// Why JumpCloud answers 401 to a signature that is right by the book.
pub const UNAUTHORIZED_CAUSES: &str = "the usual causes under System Context: the system was \
    enrolled by Apple's device enrolment (ADE, MDM) or its agent installed from the user portal, \
    and such systems may not sign; the system's clock is wrong, and the signature covers the date; \
    the operation is not one that a system may call; or the key is not the one that belongs to \
    this system key";

/// What a host must sign, and the date that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningInput {
    /// The exact bytes to sign with RSASSA-PKCS1-v1_5 and SHA-256.
    pub bytes: Vec<u8>,
    /// The `Date` header to send: the signature covers this very text.
    pub date: String,
}

/// The bytes to sign for a request that is sent at `now`.
///
/// `target` is path and query exactly as they go over the wire, so nothing may re-encode them
/// afterwards. HTTP/1.1 is in the text whatever version the transport speaks.
///
/// # Errors
/// An invalid request when the method is not in capitals, when the target does not start with `/`
/// or holds what a request line cannot (spaces, line breaks, `#`, non-ASCII), and when `now` lies
/// outside the years 1970 to 9999, which is all an HTTP date can say.
pub fn signing_input(method: &str, target: &str, now: SystemTime) -> Result<SigningInput> {
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Error::invalid(format!(
            "{method} cannot be signed as a method: expected capitals, such as GET",
            method = Quoted(method)
        )));
    }
    if !target.starts_with('/') || !target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        return Err(Error::invalid(
            "the target cannot be signed: expected path and query as they are sent, starting with \
             / and percent-encoded",
        ));
    }
    let date = http_date::write(now).ok_or_else(|| {
        Error::invalid("the time lies outside the years 1970 to 9999: set the system's clock")
    })?;
    Ok(SigningInput { bytes: signing_bytes(method, target, &date), date })
}

/// The bytes that a signature covers, from the request line and the `Date` header that came: what
/// a server verifies against.
pub fn signing_bytes(method: &str, target: &str, date: &str) -> Vec<u8> {
    format!("{method} {target} HTTP/1.1\ndate: {date}").into_bytes()
}

/// The `Authorization` header for a signature over [`SigningInput::bytes`].
///
/// # Errors
/// An invalid request when the system key is not one, [`ErrorKind::Signing`] when the signature is
/// empty.
pub fn authorization(system_key: &str, signature: &[u8]) -> Result<String> {
    check_system_key(system_key)?;
    if signature.is_empty() {
        return Err(Error::new(
            ErrorKind::Signing,
            "the signature is empty: expected the bytes that RSASSA-PKCS1-v1_5 with SHA-256 gives",
        ));
    }
    Ok(format!(
        "Signature keyId=\"system/{system_key}\",headers=\"request-line date\",\
         algorithm=\"rsa-sha256\",signature=\"{}\"",
        base64(signature)
    ))
}

/// Refuses what cannot be a system key: a system's id, 24 hexadecimal digits.
pub fn check_system_key(system_key: &str) -> Result<()> {
    if system_key.len() == 24 && system_key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    // What came is not repeated: the agent's file has secrets next to the key.
    Err(Error::invalid(format!(
        "a string of {} bytes is not a system key: expected the system's id, 24 hexadecimal digits",
        system_key.len()
    ))
    .parameter_named("systemKey"))
}

/// An `Authorization: Signature …` header taken apart, for servers.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Whose key signed: `system/<system key>`.
    pub key_id: String,
    /// What the signature covers, in order; JumpCloud's is `request-line`, `date`.
    pub headers: Vec<String>,
    /// The signature's algorithm; JumpCloud's is `rsa-sha256`.
    pub algorithm: String,
    /// The signature itself.
    pub signature: Vec<u8>,
}

impl Authorization {
    /// The key of the system that signed, when the key id names one.
    pub fn system_key(&self) -> Option<&str> {
        let key = self.key_id.strip_prefix("system/")?;
        check_system_key(key).is_ok().then_some(key)
    }
}

impl fmt::Debug for Authorization {
    // Whoever reads a signature in a log can send the same request again while the date holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("key_id", &self.key_id)
            .field("headers", &self.headers)
            .field("algorithm", &self.algorithm)
            .field("signature", &format_args!("{} bytes", self.signature.len()))
            .finish()
    }
}

/// Reads an `Authorization: Signature …` header: the inverse of [`authorization`], for servers.
///
/// Parameters may come in any order, with spaces around the commas; unknown ones are skipped.
///
/// # Errors
/// An invalid request when the scheme is another, when a parameter is missing, given twice or not
/// quoted, or when the signature is not base64.
///
/// ```
/// use jumpcloud_core::system_context::parse_authorization;
///
/// let header = "Signature keyId=\"system/5f0c1e2d3b4a59687766554a\", \
///               headers=\"request-line date\", algorithm=\"rsa-sha256\", signature=\"AQID\"";
/// let parsed = parse_authorization(header)?;
/// assert_eq!(parsed.system_key(), Some("5f0c1e2d3b4a59687766554a"));
/// assert_eq!(parsed.headers, ["request-line", "date"]);
/// assert_eq!(parsed.signature, [1, 2, 3]);
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
pub fn parse_authorization(header: &str) -> Result<Authorization> {
    let malformed = || {
        Error::invalid(
            "the Authorization header cannot be read: expected Signature, then parameters such as \
             keyId=\"…\", separated by commas",
        )
    };
    let (scheme, parameters) = header.trim().split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("Signature") {
        return Err(malformed());
    }

    const NAMES: [&str; 4] = ["keyId", "headers", "algorithm", "signature"];
    let mut values: [Option<&str>; 4] = [None; 4];
    let mut rest = parameters;
    loop {
        let (name, after) = rest.trim_start().split_once("=\"").ok_or_else(malformed)?;
        let (value, after) = after.split_once('"').ok_or_else(malformed)?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(malformed());
        }
        let known = NAMES.iter().zip(&mut values).find(|(known, _)| **known == name);
        if let Some((name, slot)) = known
            && slot.replace(value).is_some()
        {
            return Err(Error::invalid(format!("the Authorization header has {name} twice")));
        }
        let after = after.trim_start();
        if after.is_empty() {
            break;
        }
        rest = after.strip_prefix(',').ok_or_else(malformed)?;
    }

    let missing = |name| Error::invalid(format!("the Authorization header lacks {name}"));
    let [key_id, headers, algorithm, signature] = values;
    let signature = signature.ok_or_else(|| missing("signature"))?;
    Ok(Authorization {
        key_id: key_id.ok_or_else(|| missing("keyId"))?.to_owned(),
        headers: headers
            .ok_or_else(|| missing("headers"))?
            .split_ascii_whitespace()
            .map(str::to_owned)
            .collect(),
        algorithm: algorithm.ok_or_else(|| missing("algorithm"))?.to_owned(),
        signature: STANDARD.decode(signature).map_err(|_| {
            Error::invalid("the signature in the Authorization header is not base64 with padding")
        })?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    const SYSTEM_KEY: &str = "5f0c1e2d3b4a59687766554a";

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn the_query_is_signed_as_it_is_sent() {
        let target = "/api/v2/systems/5f0c1e2d3b4a59687766554a/associations?targets=command&a=%20";
        let input = signing_input("POST", target, at(650_211_915)).unwrap();
        let expected = "POST /api/v2/systems/5f0c1e2d3b4a59687766554a/associations\
                        ?targets=command&a=%20 HTTP/1.1\ndate: Thu, 09 Aug 1990 14:25:15 GMT";
        assert_eq!(String::from_utf8(input.bytes).unwrap(), expected);
    }

    #[test]
    fn dates_have_two_digit_days_and_no_fraction() {
        let date = |now| signing_input("GET", "/", now).unwrap().date;
        assert_eq!(date(at(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(at(1_709_210_096)), "Thu, 29 Feb 2024 12:34:56 GMT");
        assert_eq!(date(at(253_402_300_799)), "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(date(at(0) + Duration::from_nanos(1_999_999_999)), "Thu, 01 Jan 1970 00:00:01 GMT");
    }

    #[test]
    fn times_no_http_date_can_say_are_refused() {
        for now in [at(0) - Duration::from_nanos(1), at(253_402_300_800)] {
            let error = signing_input("GET", "/", now).unwrap_err();
            assert!(error.message().contains("1970 to 9999"), "{error}");
        }
    }

    #[test]
    fn what_no_request_line_can_hold_is_not_signed() {
        for method in ["", "get", "GET ", "GET\n"] {
            assert!(signing_input(method, "/", at(0)).is_err(), "{method:?}");
        }
        let targets = ["", "api/systems", "https://a/b", "/a b", "/a\nb", "/a\rb", "/ü", "/a#b"];
        for target in targets {
            assert!(signing_input("GET", target, at(0)).is_err(), "{target:?}");
        }
    }

    #[test]
    fn a_long_signature_stays_on_one_line() {
        let header = authorization(SYSTEM_KEY, &[0xff; 512]).unwrap();
        assert!(!header.contains(['\n', '\r']));
        assert_eq!(parse_authorization(&header).unwrap().signature, [0xff; 512]);
    }

    #[test]
    fn what_is_not_a_system_key_is_refused_and_not_repeated() {
        for key in ["", "5f0c1e2d3b4a59687766554", "5f0c1e2d3b4a59687766554\"", "secret"] {
            let error = authorization(key, &[1]).unwrap_err();
            assert_eq!(error.parameter(), Some("systemKey"));
            assert!(error.message().contains("24 hexadecimal digits"), "{error}");
            assert!(!error.message().contains("secret"), "{error}");
        }
    }

    #[test]
    fn an_empty_signature_is_a_signing_error() {
        let error = authorization(SYSTEM_KEY, &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Signing);
    }

    #[test]
    fn headers_are_read_in_any_order_with_spaces_and_unknown_parameters() {
        let parsed = parse_authorization(
            " signature  algorithm=\"rsa-sha256\" ,\tcreated=\"1\",signature=\"/+8=\",\
             keyId=\"system/5f0c1e2d3b4a59687766554a\",  headers=\"date\" ",
        )
        .unwrap();
        assert_eq!(parsed.system_key(), Some(SYSTEM_KEY));
        assert_eq!(parsed.headers, ["date"]);
        assert_eq!(parsed.algorithm, "rsa-sha256");
        assert_eq!(parsed.signature, [0xff, 0xef]);
    }

    #[test]
    fn a_key_id_that_names_no_system_has_no_system_key() {
        for key_id in ["5f0c1e2d3b4a59687766554a", "user/5f0c1e2d3b4a59687766554a", "system/1"] {
            let parsed = parse_authorization(&format!(
                "Signature keyId=\"{key_id}\",headers=\"date\",algorithm=\"x\",signature=\"\""
            ))
            .unwrap();
            assert_eq!(parsed.system_key(), None, "{key_id}");
        }
    }

    #[test]
    fn each_fault_in_a_header_is_told_apart() {
        let complete = authorization(SYSTEM_KEY, &[1, 2, 3]).unwrap();
        for (header, expected) in [
            ("".to_owned(), "cannot be read"),
            ("Signature".to_owned(), "cannot be read"),
            ("Signature ".to_owned(), "cannot be read"),
            ("Bearer abc".to_owned(), "cannot be read"),
            (complete.replace("Signature ", "Basic "), "cannot be read"),
            (complete.replace("\",headers", "\" headers"), "cannot be read"),
            (format!("{complete},"), "cannot be read"),
            (complete.trim_end_matches('"').to_owned(), "cannot be read"),
            (complete.replace("keyId=", "keyID="), "lacks keyId"),
            (complete.replace("headers=", "header="), "lacks headers"),
            (complete.replace("algorithm=", "a="), "lacks algorithm"),
            (complete.replace(",signature=", ",s="), "lacks signature"),
            (format!("{complete},keyId=\"system/1\""), "keyId twice"),
            (complete.replace("AQID", "AQI"), "not base64"),
            (complete.replace("AQID", "A-_D"), "not base64"),
        ] {
            let error = parse_authorization(&header).unwrap_err();
            assert!(error.message().contains(expected), "{header}: {error}");
        }
    }

    #[test]
    fn debug_does_not_show_the_signature() {
        let parsed = parse_authorization(&authorization(SYSTEM_KEY, &[171; 256]).unwrap()).unwrap();
        let shown = format!("{parsed:?}");
        assert!(shown.contains("256 bytes"), "{shown}");
        assert!(!shown.contains("171"), "{shown}");
    }
}
