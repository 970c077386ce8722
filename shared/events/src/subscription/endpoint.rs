//! Endpoints: an e-mail address, or a publicly reachable HTTPS address. Addresses in private networks are
//! refused, so that nobody can make us call hosts that only we can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Protocol;
use crate::address::{host_and_port, is_name, is_public};
use crate::command::mail_address;
use crate::input::InputError;

/// Longest HTTPS address, in characters.
const URL_CHARS_MAX: usize = 2048;
/// Longest e-mail address, in characters (RFC 5321, 4.5.3.1).
const MAIL_CHARS_MAX: usize = 254;
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

/// True for a name of at least two labels that is public.
fn is_public_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    is_name(&host) && labels.len() > 1 && labels.last().is_none_or(|last| !NOT_PUBLIC.contains(last))
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
