//! An http(s) URL, taken apart as RFC 3986 says: who will be called is parsed, never guessed from how a text begins.
//!
//! Stricter than clients are, and so that none of them can read another host out of it: no user info, no backslash, no host
//! of numbers that is no plain IPv4 address, no dot segments. What is refused is not quoted: it may hold a password.

/// Who is called, and where its path starts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// HTTPS.
    pub(crate) secure: bool,
    /// The host is this machine: what is sent to it meets no network.
    pub(crate) loopback: bool,
    /// Where the path starts; the length of the text when there is none.
    pub(crate) path: usize,
}

/// Takes a URL apart; or what is wrong with it.
pub(crate) fn read(url: &str) -> Result<Address, &'static str> {
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&b);
    if !url.bytes().all(plain) {
        return Err("it holds a space, a backslash, a fragment or another character that no such URL has");
    }
    let (scheme, rest) = url
        .split_once(':')
        .and_then(|(scheme, rest)| Some((scheme, rest.strip_prefix("//")?)))
        .ok_or("it has no scheme: it starts with https://")?;
    let secure = scheme.eq_ignore_ascii_case("https");
    if !secure && !scheme.eq_ignore_ascii_case("http") {
        return Err("its scheme is not https");
    }
    let length = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at_checked(length).unwrap_or((rest, ""));
    if authority.contains('@') {
        return Err("it holds a user name or password, which has no place there");
    }
    let (host, port) = match authority
        .bytes()
        .rposition(|letter| letter == b':')
        .filter(|colon| authority.get(*colon..).is_some_and(|rest| !rest.contains(']')))
    {
        Some(colon) => (authority.get(..colon).unwrap_or_default(), authority.get(colon + 1..)),
        None => (authority, None),
    };
    let numbered = |port: &str| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    if port.is_some_and(|port| !numbered(port)) {
        return Err("its port is not a number from 1 to 65535");
    }
    let loopback = host_is_loopback(host).ok_or("it has no host, or one that is none")?;
    let path = target.split('?').next().unwrap_or_default();
    if path.split('/').any(is_dots) {
        return Err("its path holds . or .., which clients resolve");
    }
    if !escaped(target) {
        return Err("it holds a % that is followed by no two hex digits");
    }
    Ok(Address { secure, loopback, path: url.len() - target.len() })
}

/// Whether a segment of a path is one or two dots, written as they are or escaped.
fn is_dots(segment: &str) -> bool {
    let rest = |segment: &str| -> Option<usize> {
        let escaped = segment.get(..3).is_some_and(|dot| dot.eq_ignore_ascii_case("%2e"));
        if escaped { Some(3) } else { segment.starts_with('.').then_some(1) }
    };
    let Some(second) = rest(segment).and_then(|dot| segment.get(dot..)) else { return false };
    second.is_empty() || rest(second) == Some(second.len())
}

/// Every `%` stands before two hex digits.
fn escaped(text: &str) -> bool {
    let mut parts = text.split('%');
    parts.next();
    parts.all(|part| part.bytes().take_while(u8::is_ascii_hexdigit).take(2).count() == 2)
}

/// Whether a host is this machine; nothing when it is no host.
fn host_is_loopback(host: &str) -> Option<bool> {
    if let Some(address) = host.strip_prefix('[') {
        return is_loopback_v6(address.strip_suffix(']')?);
    }
    let label = |label: &str| {
        let whole = label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        whole && (1..=63).contains(&label.len())
    };
    // A name may end with a dot: that of the root.
    let name = host.strip_suffix('.').unwrap_or(host);
    if name.len() > 253 || !name.split('.').all(label) {
        return None;
    }
    // Where the last label is a number, clients read an address: 0x7f.1 is 127.0.0.1.
    let dot = name.bytes().rposition(|letter| letter == b'.');
    let last = name.get(dot.map_or(0, |dot| dot + 1)..)?;
    let number = last.bytes().all(|b| b.is_ascii_digit());
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    if number || hex.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit())) {
        // Four numbers in the usual form: an octal one would be another host to some clients.
        return is_loopback_v4(host);
    }
    Some(name.eq_ignore_ascii_case("localhost"))
}

/// Four numbers, none of which starts with a 0 that is not all of it.
fn is_loopback_v4(address: &str) -> Option<bool> {
    let mut count = 0;
    for part in address.split('.') {
        count += 1;
        let whole = part.bytes().all(|digit| digit.is_ascii_digit());
        let plain = part.len() == 1
            || !part.starts_with('0') && (part.len() == 2 || part.len() == 3 && part <= "255");
        if !(whole && plain) {
            return None;
        }
    }
    (count == 4).then(|| address.starts_with("127."))
}

/// Eight groups of hex digits, of which `::` leaves out those that are 0, and the last two may be a v4 address.
fn is_loopback_v6(address: &str) -> Option<bool> {
    let (mut groups, mut empty) = (0, 0);
    let mut parts = address.split(':').peekable();
    while let Some(part) = parts.next() {
        let hex = part.len() <= 4 && part.bytes().all(|digit| digit.is_ascii_hexdigit());
        match part {
            "" => empty += 1,
            _ if hex => groups += 1,
            _ if parts.peek().is_none() && is_loopback_v4(part).is_some() => groups += 2,
            _ => return None,
        }
    }
    // A `::` is one empty part, and one more at either end.
    let ends = [address.starts_with("::"), address.ends_with("::")];
    if ends != [address.starts_with(':'), address.ends_with(':')] {
        return None;
    }
    let gap = 1 + usize::from(ends[0]) + usize::from(ends[1]);
    let whole = if empty == 0 { groups == 8 } else { empty == gap && groups < 8 && !address.is_empty() };
    let significant = address.bytes().filter(|letter| !b"0:".contains(letter)).count();
    whole.then(|| significant == 1 && address.ends_with('1'))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn who_is_called_is_told() {
        for (url, secure, loopback) in [
            ("https://console.jumpcloud.com", true, false),
            ("https://h:8443/a/b", true, false),
            ("https://bucket.s3.amazonaws.com/key?X-Amz-Signature=a%2Fb&x=/../y", true, false),
            ("HTTP://LOCALHOST:8080", false, true),
            ("http://127.0.0.1:9/x", false, true),
            ("http://127.255.255.254", false, true),
            ("http://[::1]:80/", false, true),
            ("http://[0:0:0:0:0:0:0:1]", false, true),
            ("http://[::2]", false, false),
            ("http://[::ffff:127.0.0.1]", false, false),
            ("http://localhost.evil.example", false, false),
            ("http://127.0.0.1.evil.example", false, false),
            ("http://128.0.0.1", false, false),
            ("http://xn--bcher-kva.example./", false, false),
        ] {
            let address = read(url).unwrap_or_else(|why| panic!("{url}: {why}"));
            assert_eq!((address.secure, address.loopback), (secure, loopback), "{url}");
            assert_eq!(url.split_at(address.path).1.chars().next().unwrap_or('/'), '/', "{url}");
        }
        assert_eq!(read("https://h?x=1").unwrap().path, 9);
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_quoted() {
        for url in [
            "",
            "https",
            "https:/",
            "https://",
            "https:///x",
            "https://:80",
            "ftp://h",
            "https:h",
            "//h",
            "https://h:",
            "https://h:0",
            "https://h:99999",
            "https://h:+1",
            "https://h:1:2",
            "https://u@h",
            "https://u:pass@h",
            "http://127.0.0.1:1@evil.example/",
            "https://a\\b",
            "https://h\\@evil",
            "https://[",
            "https://[]:443",
            "https://[::1",
            "https://::1",
            "https://[::1]x",
            "https://[1::2::3]",
            "https://[1]",
            "https://[1:2:3:4:5:6:7:8:9]",
            "https://[g::1]",
            "https://[::1%25eth0]",
            "https://[1:2:3:4:5:6:7::8:9]",
            "https://[1.2.3.4::]",
            "https://h/../x",
            "https://h/./x",
            "https://h/%2e%2E/x",
            "https://h/a/..",
            "https://h/a#b",
            "https://h a",
            "https://h\t",
            "https://h\n",
            "https://a..b",
            "https://.a",
            "https://a/%zz",
            "https://a/%1",
            "https://a%2eb",
            "https://é",
            "https://1.2",
            "https://0x7f.1",
            "https://127.1",
            "https://0177.0.0.1",
            "https://256.0.0.1",
            "https://1.2.3.4.5",
            "https://127.0.0.1.",
            "https://[::1.2.3.4:1.2.3.4]",
            "https://2130706433",
        ] {
            let why = read(url).expect_err(url);
            assert!(!why.contains("pass") || why.contains("user name"), "{why}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        /// What is taken apart here has the same scheme, host and path in what browsers do.
        #[test]
        fn clients_call_whom_we_say(
            scheme in "(https|http|HTTP|ftp|)",
            user in "((a|127\\.0\\.0\\.1)(:[a-z1]{1,2})?@)?",
            host in "(localhost|LocalHost|127\\.0\\.0\\.[0-9]{1,3}|0x7f\\.1|[0-9]{1,10}|[a-z0-9.%_-]{0,8}|\\[[0-9a-f:.]{2,9}\\]|\\[::1\\])",
            port in "(:[0-9]{0,6})?",
            path in "((/|\\\\|\\?)[a-z%.2eE/\\\\@:#?-]{0,8})?",
        ) {
            let text = format!("{scheme}://{user}{host}{port}{path}");
            if let Ok(address) = read(&text) {
                let other = url::Url::parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
                prop_assert_eq!(address.secure, other.scheme() == "https", "{}", text);
                let loopback = match other.host() {
                    Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
                    Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
                    Some(url::Host::Domain(name)) => name.trim_end_matches('.') == "localhost",
                    None => false,
                };
                prop_assert_eq!(address.loopback, loopback, "{}", text);
                prop_assert!(other.username().is_empty() && other.password().is_none() && other.fragment().is_none());
                // The path is not another one than what is there.
                let path = text.get(address.path..).and_then(|rest| rest.split('?').next()).unwrap_or_default();
                prop_assert_eq!(if path.is_empty() { "/" } else { path }, other.path(), "{}", text);
            }
        }
    }

    proptest! {
        #[test]
        fn addresses_are_the_librarys(
            four in "([0-9]{0,3}\\.){3}[0-9]{0,3}|[0-9.]{0,12}",
            six in "[0-9a-f:]{0,4}(:[01]{0,2}){0,9}:{0,2}[01]{0,5}(127.0.0.1)?|:{0,3}|(1?::?(1.2.3.4)?){0,3}|::(0:){0,6}[01]{1,4}",
        ) {
            prop_assert_eq!(is_loopback_v4(&four), four.parse::<Ipv4Addr>().ok().map(|known| known.is_loopback()), "{}", four);
            prop_assert_eq!(is_loopback_v6(&six), six.parse::<Ipv6Addr>().ok().map(|known| known.is_loopback()), "{}", six);
        }
    }
}
