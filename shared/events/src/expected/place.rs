//! Where a target is: hosts, ports, and HTTP addresses with the places to which they redirect.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU16;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use super::bounded::Bounded;
use crate::address::{HOST_CHARS_MAX, host_and_port, is_name};

/// Longest HTTP address, in characters.
const URL_CHARS_MAX: usize = 2048;

/// A port.
pub type Port = NonZeroU16;

/// Reads a port.
pub(crate) fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Port, D::Error> {
    let number = Bounded::<1, 65_535>::deserialize(deserializer)?.get();
    // The bounds are those of a port.
    u16::try_from(number).and_then(Port::try_from).map_err(serde::de::Error::custom)
}

/// A host: a name in lower case, or an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    text: String,
    address: Option<IpAddr>,
}

/// A text that is no [`Host`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is no host: write a name such as www.example.com, or an address such as 192.0.2.1",
    sla::shown(.0)
)]
pub struct HostError(String);

impl Host {
    /// Returns the host as text, an IPv6 address without brackets.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the address, if the host is one.
    pub const fn address(&self) -> Option<IpAddr> {
        self.address
    }
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Self {
        Self { text: address.to_string(), address: Some(address) }
    }
}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(address.into());
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if is_name(&name) { Ok(Self { text: name, address: None }) } else { Err(HostError(text.to_owned())) }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// An address of a document: `http://` or `https://`, without user, password and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl {
    is_secure: bool,
    host: Host,
    port: Port,
    path: String,
}

/// A text that is no [`HttpUrl`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` {why}: write one such as https://www.example.com/health", sla::shown(text))]
pub struct HttpUrlError {
    text: String,
    why: &'static str,
}

/// A place to which no answer can redirect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("redirects to a place that is no address")]
pub struct LocationError(#[source] HttpUrlError);

impl HttpUrl {
    /// True for `https://`.
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Returns the host.
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// Returns the port, given or usual.
    pub const fn port(&self) -> Port {
        self.port
    }

    /// Returns path and query as a request names them.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns host and port as the `Host` header names them.
    pub fn authority(&self) -> String {
        let host = match self.host.address {
            Some(IpAddr::V6(address)) => format!("[{address}]"),
            _ => self.host.text.clone(),
        };
        if self.port == usual_port(self.is_secure) { host } else { format!("{host}:{}", self.port) }
    }

    /// Returns the address that a `Location` of this document's answer means (RFC 3986, 5.2).
    ///
    /// # Errors
    /// Returns a [`LocationError`] if it is no HTTP address.
    pub fn join(&self, location: &str) -> Result<Self, LocationError> {
        let location = location.split('#').next().unwrap_or_default();
        let scheme = if self.is_secure { "https" } else { "http" };
        let here = self.path.split('?').next().unwrap_or_default();
        let absolute = if location.contains("://") && !location.starts_with(['/', '?']) {
            location.to_owned()
        } else if location.starts_with("//") {
            format!("{scheme}:{location}")
        } else {
            let path = match location.chars().next() {
                None => self.path.clone(),
                Some('/') => location.to_owned(),
                Some('?') => format!("{here}{location}"),
                Some(_) => format!("{}/{location}", here.rsplit_once('/').map_or("", |(folder, _)| folder)),
            };
            format!("{scheme}://{}{}", self.authority(), without_dots(&path))
        };
        absolute.parse().map_err(LocationError)
    }
}

/// Removes the segments `.` and `..` of a path.
fn without_dots(path: &str) -> String {
    let (path, query) = path.find('?').map_or((path, ""), |at| path.split_at(at));
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
        if is_last && matches!(segment, "." | "..") {
            kept.push("");
        }
    }
    format!("/{}{query}", kept.join("/"))
}

const fn usual_port(is_secure: bool) -> Port {
    const HTTP: Port = Port::MIN.saturating_add(80 - 1);
    const HTTPS: Port = Port::MIN.saturating_add(443 - 1);
    if is_secure { HTTPS } else { HTTP }
}

fn read(text: &str) -> Result<HttpUrl, &'static str> {
    if text.len() > URL_CHARS_MAX {
        return Err("has more than 2,048 characters");
    }
    if !text.chars().all(|c| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c)) {
        return Err("has characters that an address cannot have");
    }
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let is_secure = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => false,
        _ => return Err("does not begin with http:// or https://"),
    };
    if text.contains('#') {
        return Err("names a part of a page (`#`), which no server is told");
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.contains('@') {
        return Err("names a user, which everyone who sees the address would learn");
    }
    let (host, port) = host_and_port(authority);
    let host: Host = match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(|address| IpAddr::V6(address).into()),
        None => host.parse().ok().filter(|_| !host.contains(':')),
    }
    .ok_or("has a host that is neither name nor address")?;
    let port = match port {
        None => usual_port(is_secure),
        Some(port) => port
            .parse()
            .ok()
            .filter(|_| !port.starts_with('+'))
            .ok_or("has a port that is not a number from 1 to 65535")?,
    };
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    Ok(HttpUrl { is_secure, host, port, path })
}

impl FromStr for HttpUrl {
    type Err = HttpUrlError;

    fn from_str(text: &str) -> Result<Self, HttpUrlError> {
        read(text).map_err(|why| HttpUrlError { text: text.to_owned(), why })
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http{}://{}{}", if self.is_secure { "s" } else { "" }, self.authority(), self.path)
    }
}

texts! {
    Host: { "type": "string", "maxLength": HOST_CHARS_MAX + 1 };
    HttpUrl: { "type": "string", "maxLength": URL_CHARS_MAX };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_apart_into_its_parts() {
        #[track_caller]
        fn check(text: &str, authority: &str, port: u16, path: &str) {
            let url: HttpUrl = text.parse().unwrap();
            let parts = (url.authority(), url.port().get(), url.path());
            assert_eq!(parts, (authority.to_owned(), port, path));
            assert_eq!(url.to_string().parse::<HttpUrl>().unwrap(), url);
        }
        check("https://a.example.com", "a.example.com", 443, "/");
        check("HTTP://A.example.com:80/x", "a.example.com", 80, "/x");
        check("https://a.example.com:80?q=a/b", "a.example.com:80", 80, "/?q=a/b");
        check("http://[::1]:8080/", "[::1]:8080", 8080, "/");
        check("http://127.0.0.1/", "127.0.0.1", 80, "/");
    }

    #[test]
    fn a_location_is_resolved_against_the_document() {
        #[track_caller]
        fn check(location: &str, expect: Option<&str>) {
            let here: HttpUrl = "https://a.example.com:8443/b/c/d?q=1".parse().unwrap();
            let there = here.join(location).ok().map(|url| url.to_string());
            assert_eq!(there.as_deref(), expect, "{location}");
        }
        check("https://b.example.com/x#top", Some("https://b.example.com/x"));
        check("//b.example.com/x", Some("https://b.example.com/x"));
        check("/x?y=//z", Some("https://a.example.com:8443/x?y=//z"));
        check("/x?to=http://b.example.com", Some("https://a.example.com:8443/x?to=http://b.example.com"));
        check("x", Some("https://a.example.com:8443/b/c/x"));
        check("../x", Some("https://a.example.com:8443/b/x"));
        check("../../../x/./y/..", Some("https://a.example.com:8443/x/"));
        check("?r=2", Some("https://a.example.com:8443/b/c/d?r=2"));
        check("#top", Some("https://a.example.com:8443/b/c/d?q=1"));
        check("http://10.0.0.1/", Some("http://10.0.0.1/"));
        check("ftp://b.example.com/", None);
        check("https://ann@b.example.com/", None);
        check("http://b.example.com:99999/", None);
        check("https:///x", None);
        check("\\\\b.example.com\\x", None);
    }
}
