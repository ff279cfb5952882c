//! System Context against independent judges: keys from `openssl`, signatures from `ring` and
//! `openssl`, and parsers fed with what no one would write.

#![allow(clippy::unwrap_used)] // clippy.toml's leave covers `#[test]` functions, not what they call

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jumpcloud_core::system_context::{
    AgentConfiguration, PrivateKey, SigningInput, authorization, parse_authorization, signing_bytes,
    signing_input,
};
use proptest::prelude::*;
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};

const SYSTEM_KEY: &str = "5f0c1e2d3b4a59687766554a";

#[test]
fn pkcs8_is_what_openssl_makes_of_a_2048_bit_key() {
    compare_with_openssl(2048);
}

#[test]
fn pkcs8_is_what_openssl_makes_of_a_4096_bit_key() {
    compare_with_openssl(4096);
}

/// Wraps a fresh PKCS#1 key and signs with it, here and with `openssl`: every byte must agree.
fn compare_with_openssl(bits: usize) {
    let Some(openssl) = Openssl::find(&format!("compare-{bits}")) else {
        return;
    };
    let size = bits.to_string();
    openssl.run(&["genrsa", "-traditional", "-out", "pkcs1.pem", &size]);
    openssl.run(&["pkcs8", "-topk8", "-nocrypt", "-in", "pkcs1.pem", "-out", "pkcs8.pem"]);
    let to_pkcs8 = ["pkcs8", "-topk8", "-nocrypt", "-in", "pkcs1.pem", "-outform", "DER"];
    openssl.run(&[&to_pkcs8[..], &["-out", "pkcs8.der"]].concat());
    openssl.run(&["rsa", "-traditional", "-in", "pkcs1.pem", "-outform", "DER", "-out", "pkcs1.der"]);
    let pkcs1_pem = openssl.read("pkcs1.pem");
    assert!(pkcs1_pem.starts_with(b"-----BEGIN RSA PRIVATE KEY-----"));
    assert!(openssl.read("pkcs8.pem").starts_with(b"-----BEGIN PRIVATE KEY-----"));

    let pkcs8 = openssl.read("pkcs8.der");
    for file in ["pkcs1.pem", "pkcs8.pem", "pkcs1.der", "pkcs8.der"] {
        let key = PrivateKey::parse(&openssl.read(file)).unwrap();
        assert!(key.to_pkcs8() == pkcs8, "PKCS#8 out of {file} differs from openssl's");
        assert!(key.as_pkcs1() == openssl.read("pkcs1.der"), "PKCS#1 out of {file} differs");
        assert_eq!(format!("{key:?}"), format!("PrivateKey(RSA, {bits} bits)"));
    }
    for end in 4..pkcs8.len() {
        let error = PrivateKey::parse(&pkcs8[..end]).unwrap_err();
        assert!(error.message().contains("cut short"), "{end}: {error}");
    }

    let key = PrivateKey::parse(&pkcs1_pem).unwrap();
    let target = format!("/api/v2/systems/{SYSTEM_KEY}/associations?targets=command");
    let now = UNIX_EPOCH + Duration::from_secs(1_795_000_000);
    let SigningInput { bytes, date } = signing_input("POST", &target, now).unwrap();
    std::fs::write(openssl.folder.join("input"), &bytes).unwrap();
    openssl.run(&["dgst", "-sha256", "-sign", "pkcs1.pem", "-out", "signature", "input"]);

    let pair = RsaKeyPair::from_pkcs8(&key.to_pkcs8()).unwrap();
    let signature = sign(&pair, &bytes);
    assert_eq!(signature.len() * 8, bits);
    assert_eq!(signature, openssl.read("signature"));
    let from_pkcs1 = RsaKeyPair::from_der(key.as_pkcs1()).unwrap();
    assert_eq!(sign(&from_pkcs1, &bytes), signature);

    // And what a server does with it.
    let header = authorization(SYSTEM_KEY, &signature).unwrap();
    let parsed = parse_authorization(&header).unwrap();
    assert_eq!(parsed.system_key(), Some(SYSTEM_KEY));
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
    let signed = signing_bytes("POST", &target, &date);
    assert!(public.verify(&signed, &parsed.signature).is_ok());
    let unsigned = signing_bytes("POST", &target.replace("command", "user"), &date);
    assert!(public.verify(&unsigned, &parsed.signature).is_err());
}

fn sign(pair: &RsaKeyPair, bytes: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature).unwrap();
    signature
}

/// Every other kind of key file that `openssl` writes is refused by its own name.
#[test]
fn other_keys_of_openssl_are_refused_by_name() {
    let Some(openssl) = Openssl::find("refused") else {
        return;
    };
    openssl.run(&["genrsa", "-traditional", "-out", "rsa.pem", "2048"]);
    let encrypt = ["-aes-256-cbc", "-passout", "pass:secret", "-in", "rsa.pem"];
    let elliptic = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let curve = ["ecparam", "-genkey", "-name", "prime256v1"];
    let pss = ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"];
    let multi = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_primes:3"];
    let certificate = ["req", "-x509", "-key", "rsa.pem", "-subj", "/CN=system"];
    for (arguments, expected) in [
        ([&["rsa", "-traditional"], &encrypt[..]].concat(), "encrypted"),
        ([&["pkcs8", "-topk8"], &encrypt[1..]].concat(), "encrypted"),
        ([&["pkcs8", "-topk8", "-outform", "DER"], &encrypt[1..]].concat(), "encrypted"),
        ([&["genpkey"], &elliptic[..]].concat(), "elliptic-curve"),
        ([&["genpkey", "-outform", "DER"], &elliptic[..]].concat(), "elliptic-curve"),
        (curve.to_vec(), "elliptic-curve"),
        ([&curve[..], &["-noout", "-outform", "DER"]].concat(), "elliptic-curve"),
        (vec!["genpkey", "-algorithm", "ED25519"], "not a plain RSA"),
        ([&["genpkey"], &pss[..]].concat(), "not a plain RSA"),
        ([&["genpkey"], &multi[..]].concat(), "more than two primes"),
        (vec!["rsa", "-in", "rsa.pem", "-pubout"], "public key"),
        (vec!["rsa", "-in", "rsa.pem", "-pubout", "-outform", "DER"], "public key"),
        (vec!["rsa", "-in", "rsa.pem", "-RSAPublicKey_out"], "public key"),
        (vec!["rsa", "-in", "rsa.pem", "-RSAPublicKey_out", "-outform", "DER"], "public key"),
        (certificate.to_vec(), "certificate"),
        ([&certificate[..], &["-outform", "DER"]].concat(), "certificate"),
    ] {
        openssl.run(&[&arguments[..], &["-out", "refused"]].concat());
        let error = PrivateKey::parse(&openssl.read("refused")).unwrap_err();
        assert!(error.message().contains(expected), "openssl {}: {error}", arguments.join(" "));
    }
}

/// The `openssl` command, run in a folder of the test's own.
struct Openssl {
    folder: PathBuf,
}

impl Openssl {
    /// `None` where there is no `openssl`, which only a person's machine may lack.
    fn find(test: &str) -> Option<Openssl> {
        if Command::new("openssl").arg("version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "CI needs the openssl command");
            eprintln!("skipped: there is no openssl command to compare with");
            return None;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("system_context").join(test);
        std::fs::create_dir_all(&folder).unwrap();
        Some(Openssl { folder })
    }

    fn run(&self, arguments: &[&str]) {
        let output = Command::new("openssl").args(arguments).current_dir(&self.folder).output().unwrap();
        assert!(
            output.status.success(),
            "openssl {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn read(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(file)).unwrap()
    }
}

/// A well-formed key of small numbers, to damage.
const TEXTBOOK_KEY: &[u8] = b"\x30\x33\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\
    \x01\x05\x00\x04\x1f\x30\x1d\x02\x01\x00\x02\x02\x0c\xa1\x02\x01\x11\x02\x02\x0a\xc1\
    \x02\x01\x3d\x02\x01\x35\x02\x01\x35\x02\x01\x31\x02\x01\x26";

/// Whatever is accepted as a key comes out of both encodings unchanged.
fn parse_key_and_back(file: &[u8]) {
    if let Ok(key) = PrivateKey::parse(file) {
        assert_eq!(PrivateKey::parse(&key.to_pkcs8()).unwrap().as_pkcs1(), key.as_pkcs1());
        assert_eq!(PrivateKey::parse(key.as_pkcs1()).unwrap().to_pkcs8(), key.to_pkcs8());
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_a_parser(bytes: Vec<u8>) {
        parse_key_and_back(&bytes);
        parse_key_and_back(&[b"\x30\x82", &bytes[..]].concat());
        let _ = AgentConfiguration::parse(&bytes);
        let _ = parse_authorization(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_damage_to_a_key_panics(
        at in 0..TEXTBOOK_KEY.len(),
        removed in 0..6_usize,
        inserted in prop::collection::vec(any::<u8>(), 0..6),
    ) {
        let mut key = TEXTBOOK_KEY.to_vec();
        key.splice(at..(at + removed).min(TEXTBOOK_KEY.len()), inserted);
        parse_key_and_back(&key);
    }

    #[test]
    fn no_text_that_looks_like_pem_panics(
        text in "(-----(BEGIN|END) (RSA |EC |ENCRYPTED )?PRIVATE KEY-----|[A-Za-z0-9+/=\n]{0,8}|\\PC){0,12}",
    ) {
        parse_key_and_back(text.as_bytes());
    }

    #[test]
    fn no_text_that_looks_like_a_signature_panics(
        text in "Signature ((keyId|headers|algorithm|signature|x)=\"?[a-z/=]{0,8}\"?[ ,]{0,3}|\\PC){0,6}",
    ) {
        let _ = parse_authorization(&text);
    }

    #[test]
    fn no_agent_file_panics(host in "(agent)?[.]{0,2}(us|eu|in|\\PC{0,3})[.]{0,2}(jumpcloud.com)?", key: String) {
        let json = serde_json::json!({ "agentServerHost": host, "systemKey": key });
        let _ = AgentConfiguration::parse(json.to_string().as_bytes());
    }

    #[test]
    fn a_header_reads_back_as_it_was_made(
        key in "[0-9a-fA-F]{24}",
        signature in prop::collection::vec(any::<u8>(), 1..600),
    ) {
        let parsed = parse_authorization(&authorization(&key, &signature).unwrap()).unwrap();
        prop_assert_eq!(parsed.system_key(), Some(&*key));
        prop_assert_eq!(parsed.headers, ["request-line", "date"]);
        prop_assert_eq!(parsed.algorithm, "rsa-sha256");
        prop_assert_eq!(parsed.signature, signature);
    }

    #[test]
    fn what_is_signed_holds_the_target_and_a_date_that_reads_back(
        target in "/[!-\"$-~]{0,40}",
        seconds in 0..253_402_300_800_u64,
    ) {
        let now = UNIX_EPOCH + Duration::from_secs(seconds);
        let input = signing_input("PUT", &target, now).unwrap();
        prop_assert_eq!(httpdate::parse_http_date(&input.date).unwrap(), now);
        prop_assert_eq!(&input.bytes, &signing_bytes("PUT", &target, &input.date));
        let text = String::from_utf8(input.bytes).unwrap();
        let lines: Vec<&str> = text.split('\n').collect();
        prop_assert_eq!(
            lines,
            [format!("PUT {target} HTTP/1.1"), format!("date: {}", input.date)]
        );
    }

    #[test]
    fn no_request_or_time_panics(method: String, target: String, seconds in any::<i64>()) {
        let length = Duration::from_secs(seconds.unsigned_abs());
        let now: Option<SystemTime> =
            if seconds < 0 { UNIX_EPOCH.checked_sub(length) } else { UNIX_EPOCH.checked_add(length) };
        if let Some(now) = now {
            let _ = signing_input(&method, &target, now);
            let _ = signing_input("GET", "/", now);
        }
    }
}
