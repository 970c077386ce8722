//! Hosts and addresses: which names are well-formed, and which addresses are public. What is not public is
//! never called for somebody else, so that nobody can make us reach hosts that only we can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest host name, and longest label of one (RFC 1035, 2.3.4).
pub(crate) const HOST_CHARS_MAX: usize = 253;
const LABEL_CHARS_MAX: usize = 63;
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

/// True for a public address, outside private, local and reserved ranges.
pub fn is_public(address: IpAddr) -> bool {
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

/// True for a well-formed name in lower case. One that ends in a number is none, as it would be parsed as an
/// address (WHATWG URL, "ends in a number").
pub(crate) fn is_name(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    let number = last.starts_with("0x") || last.chars().all(|c| c.is_ascii_digit());
    host.len() <= HOST_CHARS_MAX && !number && host.split('.').all(|label| is_label(label, "-"))
}

/// True for a label of letters, digits and the given signs, neither beginning nor ending with a hyphen.
pub(crate) fn is_label(label: &str, signs: &str) -> bool {
    (1..=LABEL_CHARS_MAX).contains(&label.len())
        && label.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Splits an authority into its host and its port.
pub(crate) fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        // The colons of an IPv6 address are within its brackets.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Addresses in and beside the ranges that have a meaning of their own, and anywhere.
    fn v4() -> impl Strategy<Value = Ipv4Addr> {
        let first = prop::sample::select(vec![0, 10, 100, 127, 169, 172, 192, 198, 203, 223, 224, 240, 255]);
        let second = prop::sample::select(vec![0, 15, 16, 18, 31, 51, 64, 127, 128, 168, 254, 255]);
        let third = prop::sample::select(vec![0, 2, 99, 100, 113, 255]);
        let near = (first, second, third, any::<u8>()).prop_map(|(a, b, c, d)| Ipv4Addr::new(a, b, c, d));
        prop_oneof![3 => near, 1 => any::<u32>().prop_map(Ipv4Addr::from_bits)]
    }

    fn v6() -> impl Strategy<Value = Ipv6Addr> {
        let first = prop::sample::select(vec![
            0, 0x64, 0x100, 0x2001, 0x2002, 0x3fff, 0xfc00, 0xfe80, 0xfec0, 0xff02,
        ]);
        let near = (first, prop::array::uniform7(prop_oneof![2 => Just(0), 1 => any::<u16>()]))
            .prop_map(|(first, [a, b, c, d, e, f, g])| Ipv6Addr::new(first, a, b, c, d, e, f, g));
        let mapped = v4().prop_map(|address| address.to_ipv6_mapped());
        prop_oneof![near, mapped, any::<u128>().prop_map(Ipv6Addr::from_bits)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8_192))]

        #[test]
        fn what_the_standard_library_calls_special_is_not_public(v4 in v4(), v6 in v6()) {
            let special = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_broadcast()
                || v4.is_documentation() || v4.is_multicast() || v4.is_unspecified();
            prop_assert!(!(special && is_public(v4.into())), "{v4}");
            let special = v6.is_loopback() || v6.is_multicast() || v6.is_unspecified() || v6.is_unique_local()
                || v6.is_unicast_link_local() || v6.to_ipv4().is_some();
            prop_assert!(!(special && is_public(v6.into())), "{v6}");
        }

        #[test]
        fn an_address_within_another_one_does_not_make_it_public(inner in v4()) {
            let [a, b, c, d] = inner.octets();
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            for outer in [
                inner.to_ipv6_mapped(),
                inner.to_ipv6_compatible(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, !high, !low),
            ] {
                prop_assert!(!is_public(outer.into()), "{outer}");
            }
        }
    }
}
