//! Endpoints: an e-mail address, or a publicly reachable HTTPS address. Addresses in private networks are
//! refused, so that nobody can make us call hosts that only we can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Protocol;
use crate::command::mail_address;
use crate::input::InputError;

/// Longest HTTPS address, in characters.
const URL_CHARS_MAX: usize = 2048;
/// Longest e-mail address, in characters (RFC 5321, 4.5.3.1).
const MAIL_CHARS_MAX: usize = 254;
/// Longest host name, and longest label of one (RFC 1035, 2.3.4).
const HOST_CHARS_MAX: usize = 253;
const LABEL_CHARS_MAX: usize = 63;
/// Ports that serve HTTPS; others may belong to services that were never meant to be called.
const PORTS: [&str; 2] = ["443", "8443"];
/// Top-level labels that are not public: IANA's special-use names (RFC 6761, RFC 6762, RFC 7686, RFC 8375,
/// RFC 9476), and those that ICANN keeps for private networks or never delegates.
const NOT_PUBLIC: [&str; 13] = [
    "alt",
    "arpa",
    "corp",
    "example",
    "home",
    "internal",
    "invalid",
    "lan",
    "local",
    "localhost",
    "mail",
    "onion",
    "test",
];
/// IANA's special-purpose registry of IPv4 (RFC 6890), the former 6to4 relays (RFC 7526), multicast (RFC
/// 5771) and the reserved range above: first address and length of each prefix.
const SPECIAL_V4: [([u8; 4], u32); 19] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([192, 175, 48, 0], 24),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
    ([255, 255, 255, 255], 32),
];
/// Global unicast of IPv6 (RFC 4291): everything outside is local, multicast, mapped, translated or reserved.
const GLOBAL_V6: ([u16; 3], u32) = ([0x2000, 0, 0], 3);
/// IANA's special-purpose registry of IPv6 (RFC 6890) within global unicast: protocol assignments with Teredo
/// and ORCHID, documentation, 6to4, AS112, documentation again.
const SPECIAL_V6: [([u16; 3], u32); 5] = [
    ([0x2001, 0, 0], 23),
    ([0x2001, 0xdb8, 0], 32),
    ([0x2002, 0, 0], 16),
    ([0x2620, 0x4f, 0x8000], 48),
    ([0x3fff, 0, 0], 20),
];

/// Reads an endpoint of a protocol.
pub(super) fn read(protocol: Protocol, text: &str) -> Result<String, InputError> {
    match protocol {
        Protocol::Email => {
            let plain = |c: char| c.is_ascii_graphic() && !"\"(),:;<>[\\]".contains(c);
            if text.contains('@') && (text.chars().count() > MAIL_CHARS_MAX || !text.chars().all(plain)) {
                return Err(InputError::new(format_args!(
                    "endpoint: `{}` has characters that an address cannot have, or more than {MAIL_CHARS_MAX}: \
                     write one such as ops@example.com",
                    sla::shown(text)
                )));
            }
            mail_address("endpoint", text.to_owned())
        }
        Protocol::Https => match why_not(text) {
            None => Ok(text.to_owned()),
            Some(why) => Err(InputError::new(format_args!(
                "endpoint: `{}` {why}: write one such as https://hooks.example.com/nines",
                sla::shown(text)
            ))),
        },
    }
}

/// Returns the reason for refusing an HTTPS address; `None` if it is fine.
fn why_not(url: &str) -> Option<&'static str> {
    let Some(rest) = url.strip_prefix("https://") else { return Some("does not begin with https://") };
    if url.len() > URL_CHARS_MAX {
        return Some("has more than 2,048 characters");
    }
    if !url.chars().all(|c| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c)) {
        return Some("has characters that an address cannot have");
    }
    if url.contains('#') {
        return Some("names a part of a page (`#`), to which nothing can be sent");
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Some("names a user, which everyone who sees the address would learn");
    }
    let (host, port) = host_and_port(authority);
    let public = match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok_and(|address| is_public(IpAddr::V6(address))),
        None => match host.parse::<Ipv4Addr>() {
            Ok(address) => is_public(IpAddr::V4(address)),
            Err(_) => is_public_name(host),
        },
    };
    if !public {
        return Some("names no host that can be reached from the internet");
    }
    port.is_some_and(|port| !PORTS.contains(&port)).then_some("has another port than 443 and 8443")
}

fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        // The colons of an IPv6 address are within its brackets.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// True for a name of at least two labels that is public. A name that ends in a number is refused, as it
/// would be parsed as an address (WHATWG URL, "ends in a number").
fn is_public_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let good = |label: &&str| {
        (1..=LABEL_CHARS_MAX).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = labels.last().copied().unwrap_or_default();
    let number = last.starts_with("0x") || last.chars().all(|c| c.is_ascii_digit());
    host.len() <= HOST_CHARS_MAX
        && labels.len() > 1
        && labels.iter().all(good)
        && !number
        && !NOT_PUBLIC.contains(&last)
}

/// True for a public address, outside private, local and reserved ranges.
fn is_public(address: IpAddr) -> bool {
    let is_within = |bits: u128, (first, length): (u128, u32), width: u32| {
        bits.checked_shr(width - length) == first.checked_shr(width - length)
    };
    match address {
        IpAddr::V4(address) => {
            let bits = u128::from(address.to_bits());
            let first = |prefix: [u8; 4]| u128::from(Ipv4Addr::from(prefix).to_bits());
            !SPECIAL_V4.iter().any(|(prefix, length)| is_within(bits, (first(*prefix), *length), 32))
        }
        IpAddr::V6(address) => {
            let first = |[a, b, c]: [u16; 3]| Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).to_bits();
            let within = |(prefix, length): &([u16; 3], u32)| {
                is_within(address.to_bits(), (first(*prefix), *length), 128)
            };
            within(&GLOBAL_V6) && !SPECIAL_V6.iter().any(within)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anyone_can_reach_is_taken_as_it_is() {
        for good in [
            "https://hooks.example.com",
            "https://hooks.example.com/nines?to=ops%40example.com",
            "https://hooks.example.com:8443/a/b",
            "https://hooks.example.com./hook",
            "https://8.8.8.8/hook",
            "https://[2606:4700::1111]:443/hook",
            "https://100.128.0.1/",
            "https://172.32.0.1/",
            "https://198.20.0.1/",
            "https://223.255.255.254/",
            "https://[2001:200::1]/",
            "https://[2003::1]/",
            "https://[3ffe::1]/",
            &format!("https://a.example.com/{}", "x".repeat(URL_CHARS_MAX - 22)),
        ] {
            assert_eq!(read(Protocol::Https, good).unwrap(), good);
        }
        for good in ["ops@example.com", "first.last+nines@example.co.uk"] {
            assert_eq!(read(Protocol::Email, good).unwrap(), good);
        }
    }

    /// Hosts that lead into the reader's own network, or nowhere.
    const INSIDE: &[&str] = &[
        "",
        "localhost",
        "hooks",
        "db.internal",
        "printer.local",
        "a.localhost.",
        "router.home.arpa",
        "hooks.example",
        "HOOKS.TEST.",
        "abc.onion",
        "a.alt",
        "nas.lan",
        "mail.corp",
        "hooks..",
        "-a.example",
        "a..example",
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "192.0.0.8",
        "198.18.0.1",
        "203.0.113.7",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "192.31.196.1",
        "192.52.193.1",
        "192.88.99.1",
        "192.175.48.1",
        "198.51.100.1",
        "240.0.0.1",
        "100.127.255.255",
        "127.1",
        "2130706433",
        "0x7f000001",
        "1.2.3",
        "1.2.3.0x4",
        "0x7f.1",
        "0177.0.0.1",
        "8.8.8.8.",
        "a.0x",
        "a.0XA",
        "[::1]",
        "[::]",
        "[fd00::1]",
        "[fe80::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[2002:a00:1::]",
        "[2001::1]",
        "[2001:db8::1]",
        "[2001:2::1]",
        "[2001:1ff::1]",
        "[3fff:fff::1]",
        "[2620:4f:8000::1]",
        "[5f00::1]",
        "[100::1]",
        "[64:ff9b:1::1]",
        "[fec0::1]",
        "[fe80::1%25eth0]",
        "[::8.8.8.8]",
        "[ff02::1]",
        "[::1",
        "::1",
    ];

    #[test]
    fn what_leads_inside_or_nowhere_is_refused() {
        let refused: Vec<String> = [
            "http://hooks.example.com",
            "HTTPS//hooks.example.com",
            "https://ann:secret@hooks.example.com/",
            "https://hooks.example.com/#top",
            "https://hooks.example.com:0/",
            "https://hooks.example.com:65536/",
            "https://hooks.example.com:/",
            "https://hooks.example.com:22/",
            "https://hooks.example.com:0443/",
            "https://hooks example.com/",
            "https://hooks.example.com\\@10.0.0.1/",
            "https://ex\u{e4}mple.com/",
            &format!("https://a.example.com/{}", "x".repeat(URL_CHARS_MAX - 21)),
        ]
        .map(|url| read(Protocol::Https, url).unwrap_err().to_string())
        .to_vec();
        insta::assert_snapshot!(refused.join("\n"));
        for inside in INSIDE {
            let url = format!("https://{inside}/hook");
            let error = read(Protocol::Https, &url).unwrap_err().to_string();
            assert!(error.contains("names no host that can be reached"), "{error}");
        }
    }

    #[test]
    fn what_is_no_e_mail_address_is_refused() {
        for bad in [
            "",
            "ops",
            "@example.com",
            "ops@",
            "ops @example.com",
            "ops@example.com\nBcc: all@example.com",
            "\u{202e}ops@example.com",
            "<ops@example.com>",
            "a@b,c@d",
            &format!("{}@example.com", "x".repeat(250)),
        ] {
            let error = read(Protocol::Email, bad).unwrap_err().to_string();
            assert!(error.starts_with("endpoint: `") && error.contains("ops@example.com"), "{error}");
        }
    }
}
