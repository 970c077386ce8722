//! Expectations of a DNS target: records of a type, with some answers among them, or an error code.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::address::{HOST_CHARS_MAX, is_label};
use crate::input::InputError;

/// The most expected answers.
const ANSWERS_MAX: usize = 20;
/// Longest expected answer, in characters: a text record of one part.
const ANSWER_CHARS_MAX: usize = 255;

sla::named! {
    /// A type of record.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub enum RecordType {
        /// An IPv4 address.
        A = "A",
        /// An IPv6 address.
        Aaaa = "AAAA",
        /// Who may issue certificates: `0 issue "ca.example"`.
        Caa = "CAA",
        /// The name that this one stands for.
        Cname = "CNAME",
        /// A mail server: `10 mx.example.com`.
        Mx = "MX",
        /// A name server.
        Ns = "NS",
        /// The name of an address.
        Ptr = "PTR",
        /// A server of a service: `0 5 5060 sip.example.com`.
        Srv = "SRV",
        /// A text, its parts put together.
        Txt = "TXT",
    }

    /// The code of an answer.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub enum Rcode {
        /// The name exists.
        #[default]
        NoError = "NOERROR",
        /// The name does not exist.
        NxDomain = "NXDOMAIN",
        /// The server cannot answer.
        ServFail = "SERVFAIL",
        /// The server does not want to answer.
        Refused = "REFUSED",
    }
}

/// An answer of a name server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(expecting = "an object with name and record")]
pub struct DnsCheck {
    /// The name that is asked for.
    pub name: DnsName,
    /// The type of record that is asked for.
    pub record: RecordType,
    /// Answers that must be among those given; none means that any will do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
    /// The expected code.
    #[serde(default)]
    pub rcode: Rcode,
    /// The address of the name server that is asked, at port 53; without it, the vantage's own resolver.
    #[serde(default, deserialize_with = "resolver", skip_serializing_if = "Option::is_none")]
    pub resolver: Option<IpAddr>,
}

fn resolver<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<IpAddr>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        serde::de::Error::custom(format_args!(
            "`{}` is no address: write one such as 9.9.9.9, or leave it out",
            sla::shown(&text)
        ))
    })
}

impl DnsCheck {
    pub(crate) fn contradiction(&self) -> Option<InputError> {
        let (record, rcode) = (self.record.as_str(), self.rcode.as_str());
        let count = self.answers.len();
        if count > ANSWERS_MAX {
            return Some(InputError::new(format_args!(
                "check.dns.answers: {count} answers: give at most {ANSWERS_MAX}"
            )));
        }
        if self.rcode != Rcode::NoError && count > 0 {
            return Some(InputError::new(format_args!(
                "check.dns.answers: {count} expected with rcode {rcode}, which has none: leave them out, or \
                 expect NOERROR"
            )));
        }
        let wrong = self.answers.iter().find(|answer| !self.is_possible(answer))?;
        Some(InputError::new(format_args!(
            "check.dns.answers: `{}` cannot be an answer of type {record}: write it as dig +short does, in \
             1 to {ANSWER_CHARS_MAX} characters",
            sla::shown(wrong)
        )))
    }

    fn is_possible(&self, answer: &str) -> bool {
        let length = answer.chars().count();
        (1..=ANSWER_CHARS_MAX).contains(&length)
            && match self.record {
                RecordType::A => answer.parse::<Ipv4Addr>().is_ok(),
                RecordType::Aaaa => answer.parse::<Ipv6Addr>().is_ok(),
                _ => true,
            }
    }

    /// Returns the first expected answer that is not among those given.
    pub fn missing(&self, given: &[String]) -> Option<&str> {
        let plain: Vec<String> = given.iter().map(|answer| self.plain(answer)).collect();
        self.answers.iter().find(|answer| !plain.contains(&self.plain(answer))).map(String::as_str)
    }

    /// Returns an answer in the form in which two of the same meaning are equal.
    fn plain(&self, answer: &str) -> String {
        match self.record {
            RecordType::Txt => answer.to_owned(),
            RecordType::Aaaa => {
                answer.parse::<Ipv6Addr>().map_or_else(|_| answer.to_owned(), |a| a.to_string())
            }
            _ => answer.trim_end_matches('.').to_ascii_lowercase(),
        }
    }
}

/// A name in the DNS; other than a host's, it may have underscores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsName(String);

/// A text that is no [`DnsName`].
#[derive(Debug, thiserror::Error)]
#[error(
    "`{}` is no name: write one of at most {HOST_CHARS_MAX} characters, its labels of 1 to 63 letters, \
     digits, `-` and `_`", sla::shown(.0)
)]
pub struct DnsNameError(String);

impl DnsName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DnsName {
    type Err = DnsNameError;

    fn from_str(text: &str) -> Result<Self, DnsNameError> {
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if name.len() <= HOST_CHARS_MAX && name.split('.').all(|label| is_label(label, "-_")) {
            Ok(Self(name))
        } else {
            Err(DnsNameError(text.to_owned()))
        }
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

texts! {
    DnsName: { "type": "string", "maxLength": HOST_CHARS_MAX + 1 };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_compared_by_meaning() {
        #[track_caller]
        fn check(record: RecordType, expected: &str, given: &str, expect: bool) {
            let name = "example.com".parse().unwrap();
            let answers = vec![expected.to_owned()];
            let check = DnsCheck { name, record, answers, rcode: Rcode::NoError, resolver: None };
            let given = ["other".to_owned(), given.to_owned()];
            assert_eq!(check.missing(&given).is_none(), expect, "{expected} {given:?}");
        }
        check(RecordType::A, "192.0.2.1", "192.0.2.1", true);
        check(RecordType::A, "192.0.2.1", "192.0.2.11", false);
        check(RecordType::Aaaa, "2001:DB8:0::1", "2001:db8::1", true);
        check(RecordType::Cname, "Www.Example.com.", "www.example.com", true);
        check(RecordType::Mx, "10 mx.example.com", "10 MX.example.com", true);
        check(RecordType::Mx, "10 mx.example.com", "20 mx.example.com", false);
        check(RecordType::Txt, "V=spf1", "v=spf1", false);
    }
}
