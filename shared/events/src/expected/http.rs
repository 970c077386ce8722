//! Expectations of an HTTP target: a status, a pattern in the body, a certificate that lasts.

use std::fmt;
use std::str::FromStr;

use regex::bytes::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::bounded::CertificateDays;
use super::place::HttpUrl;
use crate::input::InputError;

/// The most ranges of accepted statuses.
const RANGES_MAX: usize = 20;
/// Longest pattern, in characters.
const PATTERN_CHARS_MAX: usize = 200;
/// Largest compiled pattern, in bytes: some 2,000 states, each tried once for each of 64 KB of a body, are
/// 130 million steps, half a second at the very worst.
const COMPILED_BYTES_MAX: usize = 64 * 1024;
/// Largest cache of a search, in bytes.
const CACHE_BYTES_MAX: usize = 512 * 1024;

sla::named! {
    /// The method of a request; neither changes anything at the target.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub enum Method {
        /// The document.
        #[default]
        Get = "GET",
        /// Its head alone.
        Head = "HEAD",
    }
}

/// An answer over HTTP or HTTPS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(expecting = "an object with url")]
pub struct HttpCheck {
    /// The address.
    pub url: HttpUrl,
    /// The method.
    #[serde(default)]
    pub method: Method,
    /// The accepted statuses; a redirect is followed unless its status is among them.
    #[serde(default = "success", deserialize_with = "ranges")]
    pub status: Vec<StatusRange>,
    /// The pattern that the first 64 KB of the body must contain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_pattern: Option<BodyPattern>,
    /// Days that the certificate must still be valid; fewer are degraded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_days: Option<CertificateDays>,
}

impl HttpCheck {
    pub(crate) fn contradiction(&self) -> Option<InputError> {
        if self.method == Method::Head && self.body_pattern.is_some() {
            return Some(InputError::new(
                "check.http.body_pattern: an answer to HEAD has no body: leave it out, or use GET",
            ));
        }
        match self.certificate_days {
            Some(days) if !self.url.is_secure() => Some(InputError::new(format_args!(
                "check.http.certificate_days: {days} days of a certificate that {} does not have: leave it \
                 out, or write https://",
                self.url
            ))),
            _ => None,
        }
    }

    /// True for an accepted status.
    pub fn accepts(&self, status: u16) -> bool {
        self.status.iter().any(|range| (range.from..=range.to).contains(&status))
    }
}

/// A range of statuses: `200-299`, or one alone: `401`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusRange {
    from: u16,
    to: u16,
}

fn success() -> Vec<StatusRange> {
    vec![StatusRange { from: 200, to: 299 }]
}

fn ranges<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<StatusRange>, D::Error> {
    let ranges = Vec::<StatusRange>::deserialize(deserializer)?;
    if (1..=RANGES_MAX).contains(&ranges.len()) {
        return Ok(ranges);
    }
    Err(serde::de::Error::custom(format_args!(
        "{} ranges: give 1 to {RANGES_MAX} such as \"200-299\", or leave the field out",
        ranges.len()
    )))
}

/// A text that is no [`StatusRange`].
#[derive(Debug, thiserror::Error)]
#[error("`{}` is no range of statuses: write one from 100 to 599 such as 200-299, or 401", sla::shown(.0))]
pub struct StatusRangeError(String);

impl FromStr for StatusRange {
    type Err = StatusRangeError;

    fn from_str(text: &str) -> Result<Self, StatusRangeError> {
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        let status = |text: &str| text.parse().ok().filter(|status| (100..=599).contains(status));
        match (status(from), status(to)) {
            (Some(from), Some(to)) if from <= to => Ok(Self { from, to }),
            _ => Err(StatusRangeError(text.to_owned())),
        }
    }
}

impl fmt::Display for StatusRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to { self.from.fmt(f) } else { write!(f, "{}-{}", self.from, self.to) }
    }
}

/// A pattern of the `regex` crate over the bytes of a body. A search takes time that is linear in the body;
/// classes such as `\w` are those of ASCII.
#[derive(Debug, Clone)]
pub struct BodyPattern(Regex);

/// A text that is no [`BodyPattern`].
#[derive(Debug, thiserror::Error)]
pub enum BodyPatternError {
    /// Empty or too long.
    #[error("a pattern of {0} characters: give 1 to {PATTERN_CHARS_MAX}")]
    Length(usize),
    /// No pattern, or one that grows too large.
    #[error(
        "`{}` is no pattern, or one of more than 64 KB: use the syntax of docs.rs/regex with smaller \
         repetitions, without look-around and back references", sla::shown(.0)
    )]
    Syntax(String),
}

impl BodyPattern {
    /// True if the body contains the pattern.
    pub fn is_in(&self, body: &[u8]) -> bool {
        self.0.is_match(body)
    }
}

impl FromStr for BodyPattern {
    type Err = BodyPatternError;

    fn from_str(text: &str) -> Result<Self, BodyPatternError> {
        let chars = text.chars().count();
        if !(1..=PATTERN_CHARS_MAX).contains(&chars) {
            return Err(BodyPatternError::Length(chars));
        }
        let mut builder = RegexBuilder::new(text);
        builder.unicode(false).size_limit(COMPILED_BYTES_MAX).dfa_size_limit(CACHE_BYTES_MAX);
        builder.build().map(Self).map_err(|_| BodyPatternError::Syntax(text.to_owned()))
    }
}

impl fmt::Display for BodyPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl PartialEq for BodyPattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for BodyPattern {}

texts! {
    StatusRange: { "type": "string", "pattern": "^[1-5][0-9]{2}(-[1-5][0-9]{2})?$" };
    BodyPattern: { "type": "string", "minLength": 1, "maxLength": PATTERN_CHARS_MAX };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_searched_in_bytes() {
        #[track_caller]
        fn check(pattern: &str, body: &[u8], expect: bool) {
            assert_eq!(pattern.parse::<BodyPattern>().unwrap().is_in(body), expect, "{pattern}");
        }
        check("ready", b"all is ready.", true);
        check("(?i)READY", b"all is ready.", true);
        check("^ready$", b"all is ready.", false);
        check(r"\d{3}", "42 \u{661}\u{662}\u{663}".as_bytes(), false);
        check("läuft", "es läuft".as_bytes(), true);
        check("ready", b"\xff\xfeready\xff", true);
    }

    #[test]
    fn the_worst_pattern_is_searched_in_linear_time() {
        let pattern = "(a?){60}a{60}b".parse::<BodyPattern>().unwrap();
        let started = std::time::Instant::now();
        assert!(!pattern.is_in(&[b'a'; 64 * 1024]));
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }
}
