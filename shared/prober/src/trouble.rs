//! Reasons why a try failed: a fault of the service, or one of ours, which says nothing about it.

use std::error::Error;
use std::fmt::Write;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};

use events::target::LocationError;

/// The most causes told, outermost first.
const CAUSES_MAX: usize = 5;
/// `EMFILE` and `ENFILE`: this process or machine has no file left for a connection.
const FILES_USED_UP: [i32; 2] = [24, 23];

/// Reason why a try failed.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The name has no address.
    #[error("{host} is not resolved")]
    Unresolved {
        /// The name.
        host: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The address is private, local or reserved.
    #[error("{host} leads to {address}, which is not public: it is not called")]
    NotPublic {
        /// The host.
        host: String,
        /// Its address.
        address: IpAddr,
    },
    /// A redirect leads from HTTPS to HTTP.
    #[error("a redirect leads to {0} without TLS: it is not followed")]
    LessSecure(String),
    /// There is no connection.
    #[error("{to} is not reached")]
    Unconnected {
        /// The address.
        to: SocketAddr,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// There is no TLS, or the certificate is not trusted.
    #[error("no TLS with {host}")]
    Untrusted {
        /// The host.
        host: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The answer breaks off, or is no HTTP.
    #[error("no whole answer over HTTP")]
    Broken(#[source] hyper::Error),
    /// The request cannot be written.
    #[error("a request that cannot be written")]
    Request(#[source] hyper::http::Error),
    /// The status is not accepted.
    #[error("status {0} is not accepted")]
    Status(u16),
    /// The pattern is not in the body.
    #[error("the first {0} bytes of the body lack the pattern")]
    NoPattern(usize),
    /// There are too many redirects.
    #[error("more than {0} redirects")]
    Redirects(usize),
    /// A redirect leads nowhere.
    #[error("the answer")]
    Location(#[source] LocationError),
    /// The name server's answer cannot be read.
    #[error("an answer of the name server that cannot be read: {0}")]
    Unreadable(String),
    /// The name server's code is another one.
    #[error("the name server says {given} instead of {expected}")]
    Rcode {
        /// The code of the answer.
        given: String,
        /// The expected code.
        expected: &'static str,
    },
    /// There is no answer of the type.
    #[error("no answer of type {0}")]
    NoAnswer(&'static str),
    /// An expected answer is not among those given.
    #[error("`{0}` is not among the answers")]
    Missing(String),
    /// The random number of a query cannot be had.
    #[error("no random number")]
    Random(#[source] getrandom::Error),
    /// The time of a try is over.
    #[error("no end within {timeout_s} s")]
    Slow {
        /// The timeout, in seconds.
        timeout_s: u64,
    },
}

impl Trouble {
    /// True for a fault of ours, or something that we do not do: the service was not measured.
    pub fn is_ours(&self) -> bool {
        match self {
            Self::NotPublic { .. } | Self::LessSecure(_) | Self::Request(_) | Self::Random(_) => true,
            Self::Unconnected { to, source } => is_local(*to, source),
            _ => false,
        }
    }

    /// Returns what happened in words, with its causes.
    pub fn told(&self) -> String {
        let mut told = self.to_string();
        let mut cause = self.source();
        for _ in 0..CAUSES_MAX {
            let Some(error) = cause else { break };
            // Writing to a string cannot fail.
            let _ = write!(told, ": {error}");
            cause = error.source();
        }
        told
    }
}

/// True if a connection failed at this end: no file, no port, no right, or no route of the address's family.
fn is_local(to: SocketAddr, error: &io::Error) -> bool {
    let no_family =
        to.is_ipv6() && matches!(error.kind(), ErrorKind::NetworkUnreachable | ErrorKind::Unsupported);
    let no_room = matches!(
        error.kind(),
        ErrorKind::AddrNotAvailable | ErrorKind::PermissionDenied | ErrorKind::OutOfMemory
    );
    no_family || no_room || error.raw_os_error().is_some_and(|code| FILES_USED_UP.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_fails_at_this_end_is_our_fault() {
        #[track_caller]
        fn check(to: &str, source: io::Error, expect: bool) {
            assert_eq!(Trouble::Unconnected { to: to.parse().unwrap(), source }.is_ours(), expect);
        }
        let (v4, v6) = ("8.8.8.8:443", "[2606:4700::1111]:443");
        check(v4, ErrorKind::ConnectionRefused.into(), false);
        check(v6, ErrorKind::ConnectionReset.into(), false);
        check(v4, ErrorKind::HostUnreachable.into(), false);
        check(v4, ErrorKind::NetworkUnreachable.into(), false);
        check(v6, ErrorKind::NetworkUnreachable.into(), true);
        check(v4, ErrorKind::PermissionDenied.into(), true);
        check(v4, ErrorKind::AddrNotAvailable.into(), true);
        check(v4, io::Error::from_raw_os_error(24), true);
    }
}
